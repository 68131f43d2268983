"""From request members to a configuration: defaults on create, merging on update.

Source: botocore model mwaa (CreateEnvironmentInput, UpdateEnvironmentInput) and the defaults that the service fills.
It checks nothing; `rules` does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from localcloud.aws.mwaa.states import MODULES, Artifact, Config, ModuleLog, Pairs, Team, pairs
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.mwaa.versions import NEWEST, major

Params = Mapping[str, Any]

PLAIN = {
    "ExecutionRoleArn": "execution_role_arn",
    "SourceBucketArn": "source_bucket_arn",
    "DagS3Path": "dag_s3_path",
    "AirflowVersion": "airflow_version",
    "EnvironmentClass": "environment_class",
    "MinWorkers": "min_workers",
    "MaxWorkers": "max_workers",
    "Schedulers": "schedulers",
    "MinWebservers": "min_webservers",
    "MaxWebservers": "max_webservers",
    "WebserverAccessMode": "webserver_access_mode",
    "WeeklyMaintenanceWindowStart": "weekly_maintenance_window_start",
    "EndpointManagement": "endpoint_management",
    "KmsKey": "kms_key",
}
"""Members that are taken as they are."""

ARTIFACTS = {"Plugins": "plugins", "Requirements": "requirements", "StartupScript": "startup_script"}
"""First words of the members `…S3Path` and `…S3ObjectVersion`."""

MICRO = "mw1.micro"
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the service finds in the account when it looks at a create or an update.

    Attributes:
        refusal: Why it refuses: role not assumable, bucket wrong, version unreadable; None when all is fine.
        versions: Current object versions by key, as pairs; keys that are not listed get a made-up one.
    """

    refusal: Refusal | None = None
    versions: Pairs = ()

    def current_version(self, bucket_arn: str, key: str) -> str:
        """Return the version that an artefact without one is pinned to."""
        for known, version in self.versions:
            if known == key:
                return version
        return digest(bucket_arn, key)[:32]


def digest(*parts: str) -> str:
    """Return 64 hexadecimal digits that depend on the parts only (where AWS draws random ones)."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


def created(params: Params, *, name: str, around: Surroundings) -> Config:
    """Return the configuration of a new environment: what was asked for, and the service's defaults for the rest."""
    version = params.get("AirflowVersion", NEWEST)
    one = params.get("EnvironmentClass") == MICRO
    network = params["NetworkConfiguration"]
    config = Config(
        execution_role_arn=params["ExecutionRoleArn"],
        source_bucket_arn=params["SourceBucketArn"],
        dag_s3_path=params["DagS3Path"],
        subnet_ids=tuple(network.get("SubnetIds", ())),
        security_group_ids=tuple(network.get("SecurityGroupIds", ())),
        airflow_version=version,
        environment_class="mw1.small",
        min_workers=1,
        max_workers=1 if one else 10,
        schedulers=1 if one or major(version) == 1 else 2,
        min_webservers=1 if one else 2,
        max_webservers=1 if one else 2,
        webserver_access_mode="PRIVATE_ONLY",
        weekly_maintenance_window_start=_chosen_window(name),
        endpoint_management="SERVICE",
        logging=tuple(ModuleLog(module.member == "TaskLogs", "INFO") for module in MODULES),
    )
    return updated(config, params, around=around)


def updated(config: Config, params: Params, *, around: Surroundings) -> Config:
    """Return the configuration with the members of a request laid over it.

    Options are replaced as a whole, logging modules one by one; a path without a version is pinned to the current one.
    """
    changes: dict[str, Any] = {attribute: params[member] for member, attribute in PLAIN.items() if member in params}
    bucket = changes.get("source_bucket_arn", config.source_bucket_arn)
    for word, attribute in ARTIFACTS.items():
        if f"{word}S3Path" in params or f"{word}S3ObjectVersion" in params:
            changes[attribute] = _artifact(getattr(config, attribute), params, word, bucket, around)
    if "AirflowConfigurationOptions" in params:
        changes["options"] = pairs(params["AirflowConfigurationOptions"])
    if "LoggingConfiguration" in params:
        changes["logging"] = _logging(config.logging, params["LoggingConfiguration"])
    if "SecurityGroupIds" in params.get("NetworkConfiguration", ()):
        changes["security_group_ids"] = tuple(params["NetworkConfiguration"]["SecurityGroupIds"])
    if "IdentityCenterConfiguration" in params:
        changes["identity_center"] = pairs(params["IdentityCenterConfiguration"])
    if "Teams" in params:
        changes["teams"] = _teams(config.teams, params["Teams"])
    return replace(config, **changes) if changes else config


def _artifact(old: Artifact | None, params: Params, word: str, bucket: str, around: Surroundings) -> Artifact | None:
    path = params.get(f"{word}S3Path", old.path if old else "")
    if not path:
        return None
    version = params.get(f"{word}S3ObjectVersion") or around.current_version(bucket, path)
    return Artifact(path, version)


def _logging(old: tuple[ModuleLog, ...], sent: Params) -> tuple[ModuleLog, ...]:
    return tuple(
        ModuleLog(sent[module.member]["Enabled"], sent[module.member]["LogLevel"]) if module.member in sent else kept
        for module, kept in zip(MODULES, old, strict=True)
    )


def _teams(old: tuple[Team, ...], sent: Params) -> tuple[Team, ...]:
    """Read a map of teams (create) or {AddOrUpdate, Remove} (update)."""
    kept = {team.name: team for team in old}
    added = sent.get("AddOrUpdate", {}) if {"AddOrUpdate", "Remove"} & set(sent) else sent
    for name in sent.get("Remove", ()):
        kept.pop(name, None)
    kept |= {name: Team(name, team["SourceBucketArn"], team["DagS3Path"]) for name, team in added.items()}
    return tuple(kept[name] for name in sorted(kept))


def _chosen_window(name: str) -> str:
    """Return a maintenance window as the service picks one: any half hour of the week."""
    half_hours = int(digest("window", name)[:8], 16) % (7 * 48)
    day, rest = divmod(half_hours, 48)
    return f"{DAYS[day]}:{rest // 2:02d}:{rest % 2 * 30:02d}"
