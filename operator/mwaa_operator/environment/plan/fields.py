"""The members of spec that the planner compares with AWS: one row each, with what a change of it does.

A row knows how to read the wish, how to read AWS's answer in the same form, and how to write the request. Both are
canonical, so that order, a trailing slash or the spelling of a key is never a difference.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_snake

from mwaa_operator.environment.api import MwaaEnvironmentSpec

IN_PLACE = "InPlace"
ROLLING = "RollingUpdate"
UPGRADE = "Upgrade"
DOWNGRADE = "Downgrade"
REPLACEMENT = "ReplacementRequired"
FORCED = "ForcedReplacement"

Value = Any
"""A canonical, JSON-able value; None means that spec leaves the member to AWS."""

ARTIFACTS = {
    "plugins": ("PluginsS3Path", "PluginsS3ObjectVersion"),
    "requirements": ("RequirementsS3Path", "RequirementsS3ObjectVersion"),
    "startupScript": ("StartupScriptS3Path", "StartupScriptS3ObjectVersion"),
}
"""Our name of an artefact to its two members in AWS."""

LOG_MODULES = {
    "dagProcessingLogs": "DagProcessingLogs",
    "schedulerLogs": "SchedulerLogs",
    "taskLogs": "TaskLogs",
    "webserverLogs": "WebserverLogs",
    "workerLogs": "WorkerLogs",
}

OPTIONS = "airflowConfigurationOptions"
LOGGING = "loggingConfiguration"


@dataclass(frozen=True)
class Field:
    """One comparable member.

    Attributes:
        name: Member of spec, as people see it in pendingChanges.
        wish: Reads it from spec; None: not managed.
        live: Reads it from GetEnvironment's members, in the same form.
        request: Writes it into the members of a create or update.
        effect: What an update of it does to the environment.
    """

    name: str
    wish: Callable[[MwaaEnvironmentSpec], Value]
    live: Callable[[Mapping[str, Any]], Value]
    request: Callable[[Value], dict[str, Any]]
    effect: str


def _same(value: Value) -> Value:
    return value


def _path(value: str | None) -> str | None:
    return value.rstrip("/") or "/" if value is not None else None


def _key_id(value: str | None) -> str | None:
    return value.rpartition("/")[2] or value if value else None


def _scalar(name: str, effect: str, canonical: Callable[[Any], Any] = _same) -> Field:
    member, attribute = name[0].upper() + name[1:], to_snake(name)
    return Field(
        name=name,
        wish=lambda spec: canonical(getattr(spec, attribute)),
        live=lambda members: canonical(members.get(member)),
        request=lambda value: {member: value},
        effect=effect,
    )


def _log_module(module: str, member: str) -> Field:
    def wish(spec: MwaaEnvironmentSpec) -> Value:
        chosen = getattr(spec.logging_configuration, to_snake(module)) if spec.logging_configuration else None
        return None if chosen is None else _level(enabled=chosen.enabled, level=chosen.log_level)

    def live(members: Mapping[str, Any]) -> Value:
        found = (members.get("LoggingConfiguration") or {}).get(member) or {}
        return _level(enabled=bool(found.get("Enabled")), level=found.get("LogLevel", "INFO"))

    def request(value: Value) -> dict[str, Any]:
        return {"LoggingConfiguration": {member: {"Enabled": value["enabled"], "LogLevel": value["level"]}}}

    return Field(name=f"{LOGGING}.{module}", wish=wish, live=live, request=request, effect=ROLLING)


def _level(*, enabled: bool, level: str) -> dict[str, Any]:
    return {"enabled": enabled, "level": level}


def _network(name: str, member: str, effect: str) -> Field:
    attribute = to_snake(name)
    return Field(
        name=f"networkConfiguration.{name}",
        wish=lambda spec: (
            sorted(getattr(spec.network_configuration, attribute)) if spec.network_configuration else None
        ),
        live=lambda members: sorted((members.get("NetworkConfiguration") or {}).get(member) or []),
        request=lambda value: {"NetworkConfiguration": {member: value}},
        effect=effect,
    )


SECURITY_GROUPS = _network("securityGroupIds", "SecurityGroupIds", ROLLING)

MUTABLE: tuple[Field, ...] = (
    _scalar("airflowVersion", UPGRADE),
    _scalar("environmentClass", ROLLING),
    _scalar("executionRoleArn", ROLLING),
    _scalar("sourceBucketArn", ROLLING),
    _scalar("dagS3Path", ROLLING, _path),
    _scalar("minWorkers", IN_PLACE),
    _scalar("maxWorkers", IN_PLACE),
    _scalar("schedulers", ROLLING),
    _scalar("minWebservers", IN_PLACE),
    _scalar("maxWebservers", IN_PLACE),
    _scalar("webserverAccessMode", ROLLING),
    _scalar("weeklyMaintenanceWindowStart", IN_PLACE),
    *(_log_module(module, member) for module, member in LOG_MODULES.items()),
    SECURITY_GROUPS,
)

IMMUTABLE: tuple[Field, ...] = (
    _network("subnetIds", "SubnetIds", REPLACEMENT),
    _scalar("kmsKey", REPLACEMENT, _key_id),
    _scalar("endpointManagement", REPLACEMENT),
)

COUNTS = ("minWorkers", "maxWorkers", "schedulers", "minWebservers", "maxWebservers")


def digest(value: Value) -> str:
    """Return a short hash of a canonical value: twelve hexadecimal digits of SHA-256 over its JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def merge(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return request members put together; the structures LoggingConfiguration and NetworkConfiguration are merged."""
    merged: dict[str, Any] = {}
    for part in parts:
        for member, value in part.items():
            both = isinstance(value, dict) and isinstance(merged.get(member), dict)
            merged[member] = merged[member] | value if both else value
    return merged
