"""What the service refuses at once: rules on a whole configuration, one small function each, tried in order.

Source: Amazon MWAA user guide ("Environment class", "Access modes", "Upgrading", "Configuration options") and error
texts seen in the wild. Limits of single members are the service model's; `aws.shapes` checks those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localcloud.aws.mwaa.config import ARTIFACTS, MICRO, Params
from localcloud.aws.mwaa.laws import Laws
from localcloud.aws.mwaa.states import Config, Environment
from localcloud.aws.mwaa.texts import Refusal, invalid, option_format
from localcloud.aws.mwaa.versions import BY_NUMBER, major, parts, path_problem

CLASSES = (MICRO, "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge")
BLOCKED_OPTIONS = frozenset({"core.multi_team", "triggerer.queues_enabled"})
NO_GRACEFUL = frozenset({"ca-west-1", "ap-southeast-5"})
"""Regions without GRACEFUL replacement (user guide, at the time of reading)."""
MAX_TAGS = 50


@dataclass(frozen=True, slots=True)
class Proposal:
    """A configuration that a request would lead to. `before` is None on create."""

    config: Config
    params: Params
    laws: Laws
    now: float
    region: str
    before: Environment | None = None


def refused(proposal: Proposal) -> Refusal | None:
    """Return the first refusal, or None."""
    for rule in RULES:
        if text := rule(proposal):
            return text if isinstance(text, Refusal) else invalid(text)
    return None


def _version(proposal: Proposal) -> str | None:
    number = proposal.config.airflow_version
    if proposal.before and proposal.before.config.airflow_version == number:
        return None
    version = BY_NUMBER.get(number)
    if version is None:
        return f"Apache Airflow version {number} is not supported. Supported versions: {', '.join(BY_NUMBER)}."
    if not version.supported_at(proposal.now):
        return f"Apache Airflow version {number} is not supported any more: its support ended {version.end_of_support}."
    return None


def _upgrade_path(proposal: Proposal) -> str | None:
    if proposal.before is None:
        return None
    source, target = proposal.before.config.airflow_version, proposal.config.airflow_version
    if not proposal.laws.habits.downgrades and parts(target) < parts(source):
        return f"You cannot downgrade from Apache Airflow version {source} to {target}."
    return path_problem(source, target)


def _class(proposal: Proposal) -> str | None:
    if proposal.config.environment_class in CLASSES:
        return None
    return f"Environment class {proposal.config.environment_class} is not valid. Valid classes: {', '.join(CLASSES)}."


def _micro(proposal: Proposal) -> str | None:
    config = proposal.config
    if config.environment_class != MICRO:
        return None
    if config.min_webservers != 1 or config.max_webservers != 1:
        return f"The web server count for {MICRO} must be 1."
    if config.min_workers != 1 or config.max_workers != 1:
        return f"The worker count for {MICRO} must be 1."
    return None if config.schedulers == 1 else f"The scheduler count for {MICRO} must be 1."


def _schedulers(proposal: Proposal) -> str | None:
    config = proposal.config
    if config.environment_class == MICRO:
        return None
    if major(config.airflow_version) == 1:
        return None if config.schedulers == 1 else "The scheduler count for Apache Airflow version 1 must be 1."
    if 2 <= config.schedulers <= 5:
        return None
    return f"The scheduler count for {config.environment_class} must be between 2 and 5."


def _webservers(proposal: Proposal) -> str | None:
    config, most = proposal.config, proposal.laws.webservers
    if config.environment_class == MICRO:
        return None
    if config.min_webservers > config.max_webservers:
        return "MinWebservers must not be greater than MaxWebservers."
    if config.min_webservers >= 2 and config.max_webservers <= most:
        return None
    return f"The web server count for {config.environment_class} must be between 2 and {most}."


def _workers(proposal: Proposal) -> str | None:
    config, most = proposal.config, proposal.laws.workers
    if config.min_workers > config.max_workers:
        return "MinWorkers must not be greater than MaxWorkers."
    if config.max_workers > most:
        return f"MaxWorkers {config.max_workers} is over the limit of {most} workers of an environment (service quota)."
    return None


def _access_mode(proposal: Proposal) -> str | None:
    config = proposal.config
    if config.webserver_access_mode != "PUBLIC_AND_PRIVATE" or parts(config.airflow_version) >= (3, 2):
        return None
    return "WebserverAccessMode PUBLIC_AND_PRIVATE needs Apache Airflow version 3.2 or later."


def _options(proposal: Proposal) -> str | Refusal | None:
    sent: Mapping[str, str] = proposal.params.get("AirflowConfigurationOptions", {})
    if wrong := sorted(key for key in sent if "." not in key.strip(".")):
        return option_format(wrong)
    if blocked := sorted(BLOCKED_OPTIONS & set(sent)):
        return f"Airflow configuration options {', '.join(blocked)} cannot be set."
    return None


def _artifacts(proposal: Proposal) -> str | None:
    for word, attribute in ARTIFACTS.items():
        path = proposal.params.get(f"{word}S3Path")
        if path == "" and not proposal.laws.habits.empty_path_clears:
            return f"{word}S3Path must not be empty."
        if proposal.params.get(f"{word}S3ObjectVersion") and getattr(proposal.config, attribute) is None:
            return f"{word}S3ObjectVersion needs {word}S3Path."
    return None


def _network(proposal: Proposal) -> str | None:
    config = proposal.config
    if len(set(config.subnet_ids)) != 2:
        return "NetworkConfiguration: exactly two different subnets are required."
    return None if config.security_group_ids else "NetworkConfiguration: at least one security group is required."


def _graceful(proposal: Proposal) -> str | None:
    if proposal.before is None or proposal.params.get("WorkerReplacementStrategy") != "GRACEFUL":
        return None
    if parts(proposal.before.config.airflow_version) < (2, 4, 3):
        return "WorkerReplacementStrategy GRACEFUL needs Apache Airflow version 2.4.3 or later."
    if proposal.region in NO_GRACEFUL:
        return f"WorkerReplacementStrategy GRACEFUL is not available in {proposal.region}."
    if proposal.laws.habits.graceful_needs_forced_first and not proposal.before.forced:
        return "The first update of an environment must use WorkerReplacementStrategy FORCED."
    return None


def _teams(proposal: Proposal) -> str | None:
    config = proposal.config
    if not config.teams:
        return None
    if parts(config.airflow_version) < (3, 3, 1) or not config.identity_center:
        return "Teams need Apache Airflow version 3.3.1 or later and an IdentityCenterConfiguration."
    places = [(config.source_bucket_arn, config.dag_s3_path)]
    places += [(team.source_bucket_arn, team.dag_s3_path) for team in config.teams]
    for index, (bucket, path) in enumerate(places):
        for other_bucket, other in places[:index]:
            if bucket == other_bucket and (path.startswith(other) or other.startswith(path)):
                return f"The DAG folders {other} and {path} overlap."
    return None


def _tags(proposal: Proposal) -> Refusal | None:
    return tags_refused(proposal.params.get("Tags", {}))


def tags_refused(tags: Mapping[str, str]) -> Refusal | None:
    """Refuse reserved keys and too many tags."""
    if reserved := sorted(key for key in tags if key.lower().startswith("aws:")):
        return invalid(f"Tag keys must not begin with aws: ({', '.join(reserved)}).")
    return invalid(f"A resource can have at most {MAX_TAGS} tags.") if len(tags) > MAX_TAGS else None


Rule = Callable[[Proposal], "str | Refusal | None"]

RULES: tuple[Rule, ...] = (
    _version,
    _upgrade_path,
    _class,
    _micro,
    _schedulers,
    _webservers,
    _workers,
    _access_mode,
    _options,
    _artifacts,
    _network,
    _graceful,
    _teams,
    _tags,
)
