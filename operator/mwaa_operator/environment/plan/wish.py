"""What spec asks of AWS right now: canonical values with artefact versions chosen and secret options resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.plan.fields import ARTIFACTS, COUNTS, IMMUTABLE, MUTABLE, OPTIONS, Value, digest, merge
from mwaa_operator.environment.plan.ownership import ownership_tags
from mwaa_operator.environment.plan.situation import Situation, debounce, print_time
from mwaa_operator.environment.status import Artifact, Artifacts

ARTIFACT_MEMBERS = {"plugins": "plugins", "requirements": "requirements", "startupScript": "startup_script"}
"""Our name of an artefact to the attribute prefix in spec and the attribute in status.artifacts."""


@dataclass(frozen=True)
class Wish:
    """What should be in AWS.

    Attributes:
        values: Field name to canonical value; members that spec leaves to AWS are missing.
        artifacts: What status.artifacts should say.
        options: Plain options; None: not managed.
        secrets: Options from Secrets.
        secret_digests: Option name to keyed digest.
        immutable: Field name to canonical value of the members that never change.
    """

    values: Mapping[str, Value]
    artifacts: Artifacts
    options: Mapping[str, str] | None = None
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    secret_digests: Mapping[str, str] = field(default_factory=dict)
    immutable: Mapping[str, Value] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """A hash of everything that an update could carry; the same wish always has the same hash."""
        return digest(
            [dict(self.values), None if self.options is None else dict(self.options), dict(self.secret_digests)]
        )

    @property
    def manages_options(self) -> bool:
        """Whether the options map in AWS is ours to set."""
        return self.options is not None


def make_wish(s: Situation) -> Wish:
    """Return what spec asks for, given the artefacts and Secrets that were observed."""
    values = {row.name: value for row in MUTABLE if (value := row.wish(s.spec)) is not None}
    artifacts = {name: pinned for name in ARTIFACTS if (pinned := _pin(s, name)) is not None}
    values |= {name: {"path": pin.path, "version": pin.version_id} for name, pin in artifacts.items()}
    looks = [look for look in s.observed.options or () if look.value is not None]
    return Wish(
        values=values,
        artifacts=Artifacts(**{ARTIFACT_MEMBERS[name]: pin for name, pin in artifacts.items()}),
        options=_options(s),
        secrets={look.name: look.value for look in looks if look.value is not None},
        secret_digests={look.name: look.digest for look in looks},
        immutable={row.name: value for row in IMMUTABLE if (value := row.wish(s.spec)) is not None},
    )


def _options(s: Situation) -> Mapping[str, str] | None:
    spec, status = s.spec, s.status
    if spec.airflow_configuration_options is not None:
        return spec.airflow_configuration_options
    applied = OPTIONS in status.applied_fields or status.secret_hashes is not None
    return {} if spec.airflow_configuration_options_from or applied else None


def paths(spec: MwaaEnvironmentSpec) -> dict[str, tuple[str, str | None]]:
    """Return each artefact that spec names, with its key and the version that spec fixes (or None)."""
    named = {}
    for name, prefix in ARTIFACT_MEMBERS.items():
        path = getattr(spec, f"{prefix}_s3_path")
        if path is not None:
            named[name] = (path, getattr(spec, f"{prefix}_s3_object_version"))
    return named


def _pin(s: Situation, name: str) -> Artifact | None:
    """Choose the version of one artefact: spec's, else the pinned one, else what AWS pinned, else the newest."""
    path, fixed = paths(s.spec).get(name, (None, None))
    if path is None:
        return None
    look = (s.observed.artifacts or {}).get(name)
    latest = look.version_id if look is not None else None
    before = getattr(s.status.artifacts, ARTIFACT_MEMBERS[name]) if s.status.artifacts else None
    kept = before.version_id if before is not None and before.path == path else _live_version(s, name, path)
    follow = s.spec.artifact_policy == "Follow" and latest is not None and _settled(s, before, latest)
    version = fixed or (latest if follow or kept is None else kept)
    newest = latest or (before.latest_version_id if before is not None and before.path == path else None)
    return Artifact(path=path, version_id=version, latest_version_id=newest, latest_seen_time=_seen(s, before, newest))


def _live_version(s: Situation, name: str, path: str) -> str | None:
    if s.live is None:
        return None
    path_member, version_member = ARTIFACTS[name]
    return s.there.members.get(version_member) if s.there.members.get(path_member) == path else None


def _settled(s: Situation, before: Artifact | None, latest: str) -> bool:
    """Whether the newest version has been the newest for the debounce time."""
    if before is None or before.version_id == latest:
        return True
    return before.latest_version_id == latest and s.since(before.latest_seen_time) >= debounce(s)


def _seen(s: Situation, before: Artifact | None, newest: str | None) -> str | None:
    if newest is None:
        return None
    if before is not None and before.latest_version_id == newest and before.latest_seen_time:
        return before.latest_seen_time
    return print_time(s.now)


def create_request(s: Situation, wish: Wish) -> dict[str, Any]:
    """Return the members of CreateEnvironmentInput without secret options.

    A re-creation sends the recorded Airflow version: AWS's default moves with time.
    """
    parts = [row.request(wish.values[row.name]) for row in MUTABLE if row.name in wish.values]
    parts += [row.request(wish.immutable[row.name]) for row in IMMUTABLE if row.name in wish.immutable]
    parts += [artifact_request(name, wish.values[name]) for name in ARTIFACTS if name in wish.values]
    request = {"Name": s.name} | merge(parts) | {"Tags": {**s.spec.tags, **ownership_tags(s)}}
    if s.spec.kms_key is not None:
        request["KmsKey"] = s.spec.kms_key
    if wish.options:
        request["AirflowConfigurationOptions"] = dict(wish.options)
    if "AirflowVersion" not in request and s.status.airflow_version:
        request["AirflowVersion"] = s.status.airflow_version
    return request


def artifact_request(name: str, value: Value) -> dict[str, Any]:
    """Return the members of one artefact: path and version always go together."""
    path_member, version_member = ARTIFACTS[name]
    return {path_member: value["path"]} | ({version_member: value["version"]} if value["version"] else {})


def companions(s: Situation, target_class: str) -> dict[str, Any]:
    """Return the counts that must ride along with a change of class: the nearest that the new class admits.

    Only those that spec leaves to AWS and whose present value the new class refuses.
    """
    row = s.knowledge.classes.get(target_class)
    if row is None or s.live is None:
        return {}
    bounds = dict(zip(COUNTS, (row.workers, row.workers, row.schedulers, row.webservers, row.webservers), strict=True))
    moved = {}
    for name, (least, most) in bounds.items():
        member = name[0].upper() + name[1:]
        current = s.there.members.get(member)
        if current is not None and not least <= current <= most:
            moved[member] = min(max(current, least), most)
    return moved
