"""The blocks of the file that are Dropwizard's own: there, and only there, an unknown key stops the start. Pure.

Only names are judged, those of the blocks themselves and of health checks; what stands deeper is left to
`java … check <file>`. Source: Dropwizard, "Configuration Reference", and DefaultServerFactory, DefaultLoggingFactory,
MetricsFactory, AdminFactory, DefaultHealthFactory; compared with Dropwizard 2.1.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mwaa_operator.gateway.bpg.coerce import Path, UnbindableError, mapping, mismatch
from mwaa_operator.gateway.bpg.config import StartFailure
from mwaa_operator.gateway.bpg.profile import Profile

_SERVER = (
    "type maxThreads minThreads maxQueuedRequests idleThreadTimeout nofileSoftLimit nofileHardLimit gid uid user group "
    "umask startsAsRoot shutdownGracePeriod allowedMethods rootPath registerDefaultExceptionMappers "
    "detailedJsonProcessingExceptionMapper enableThreadNameFilter dumpAfterStart dumpBeforeStop "
    "adminMinThreads adminMaxThreads adminContextPath applicationContextPath connector "
    "applicationConnectors adminConnectors requestLog gzip serverPush"
)
_LATER = frozenset(("enableVirtualThreads", "enableAdminVirtualThreads", "responseMeteredLevel", "metricPrefix"))
"""Keys of `server` that Dropwizard 2.1 does not know yet."""
_HEALTH = (
    "type enabled initialOverallState healthChecks delayedShutdownHandlerEnabled shutdownWaitPeriod "
    "healthCheckUrlPaths responseProvider responder"
)
BLOCKS: Mapping[str, frozenset[str]] = {
    "server": frozenset(_SERVER.split()),
    "logging": frozenset(("type", "level", "loggers", "appenders")),
    "metrics": frozenset(("frequency", "reporters", "reportOnStop")),
    "admin": frozenset(("healthChecks", "tasks")),
    "health": frozenset(_HEALTH.split()),
}
HEALTH_CHECK = frozenset(("name", "type", "critical", "initialState", "schedule"))
SCHEDULE = frozenset(("checkInterval", "downtimeInterval", "initialDelay", "failureAttempts", "successAttempts"))


def check_blocks(document: Mapping[str, Any], profile: Profile) -> None:
    """Raise UnbindableError for the first key in a block of Dropwizard's that it does not know.

    Args:
        document: The whole file.
        profile: Whose Dropwizard it is.
    """
    later = _LATER if profile is Profile.HEAD else frozenset()
    for block, names in BLOCKS.items():
        known = names | later if block == "server" else names
        members = mapping(document.get(block), (block,), f"io.dropwizard.{block.title()}Factory")
        _known(members, (block,), known)
        if block == "health" and members:
            _health_checks(members.get("healthChecks"), (block, "healthChecks"))


def invalid_block(document: Mapping[str, Any]) -> StartFailure | None:
    """Return what Dropwizard's validation says of the blocks once all types are right; None: nothing.

    Args:
        document: The file, after `check_blocks`.
    """
    for block in ("server", "metrics", "admin"):
        if document.get(block, "") is None:
            return StartFailure(block, f"{block} must not be null")
    for index, check in enumerate((document.get("health") or {}).get("healthChecks") or ()):
        if check is not None and not check.get("name"):
            path = f"health.healthChecks[{index}].name"
            return StartFailure(path, f"{path} size must be between 1 and 2147483647")
    return None


def _health_checks(checks: Any, path: Path) -> None:
    if checks is None:
        return
    if not isinstance(checks, list):
        raise mismatch(checks, path, "java.util.ArrayList<io.dropwizard.health.HealthCheckConfiguration>")
    for index, check in enumerate(checks):
        here = (*path, index)
        members = mapping(check, here, "io.dropwizard.health.HealthCheckConfiguration")
        _known(members, here, HEALTH_CHECK)
        if members:
            schedule = (*here, "schedule")
            _known(mapping(members.get("schedule"), schedule, "io.dropwizard.health.Schedule"), schedule, SCHEDULE)


def _known(members: Mapping[str, Any] | None, path: Path, known: frozenset[str]) -> None:
    for key in members or {}:
        if key not in known:
            raise UnbindableError((*path, key), "Unrecognized field", "")
