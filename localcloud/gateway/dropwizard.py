"""The blocks of the file that belong to Dropwizard 2.1: an unknown key there stops the start.

Reads where to listen and when to be ready; what else they say is looked at for its names only. Source: Dropwizard
manual, "Configuration Reference" and "Health".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.gateway import jackson
from localcloud.gateway.config import Connector, Health
from localcloud.gateway.errors import StartFailureError
from localcloud.gateway.jackson import Place, WrongTypeError

CHECK = "sparkClusters"
"""The name under which BPG registers its one check."""

_SERVER = (
    "type applicationConnectors adminConnectors connector applicationContextPath adminContextPath rootPath "
    "maxThreads minThreads adminMaxThreads adminMinThreads maxQueuedRequests idleThreadTimeout nofileSoftLimit "
    "nofileHardLimit gid uid user group umask startsAsRoot shutdownGracePeriod allowedMethods "
    "registerDefaultExceptionMappers detailedJsonProcessingExceptionMapper enableThreadNameFilter dumpAfterStart "
    "dumpBeforeStop requestLog gzip serverPush"
)
_HEALTH = (
    "type enabled initialOverallState healthChecks delayedShutdownHandlerEnabled shutdownWaitPeriod "
    "healthCheckUrlPaths responseProvider responder"
)
_BLOCKS: Mapping[str, frozenset[str]] = {
    "server": frozenset(_SERVER.split()),
    "logging": frozenset({"type", "level", "loggers", "appenders"}),
    "metrics": frozenset({"frequency", "reporters", "reportOnStop"}),
    "admin": frozenset({"healthChecks", "tasks"}),
    "health": frozenset(_HEALTH.split()),
}
_CHECK = frozenset({"name", "type", "critical", "initialState", "schedule"})
_SCHEDULE = frozenset({"checkInterval", "downtimeInterval", "initialDelay", "failureAttempts", "successAttempts"})
_DURATION = re.compile(r"(\d+)\s*(ms|milliseconds?|s|seconds?|m|minutes?|h|hours?)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class UnknownKeyError(Exception):
    """A key that a block does not have; `path` as Dropwizard writes it."""

    def __init__(self, place: Place) -> None:
        self.path = WrongTypeError(place, "", None).path
        super().__init__(self.path)


def check(document: Mapping[str, Any]) -> None:
    """Look at the names in all blocks.

    Raises:
        WrongTypeError: A block is no object.
        UnknownKeyError: A key that Dropwizard does not know.
    """
    for block, known in _BLOCKS.items():
        found = _known(document.get(block), (block,), known) or {}
        if block == "health":
            jackson.many(_checked)(found.get("healthChecks"), (block, "healthChecks"))


def validate(document: Mapping[str, Any]) -> None:
    """Check what Dropwizard checks once every type is right.

    Raises:
        StartFailureError: A block is null, or a health check has no name.
    """
    for block in ("server", "metrics", "admin"):
        if block in document and document[block] is None:
            raise StartFailureError(block, f"{block} must not be null")
    for index, item in enumerate((document.get("health") or {}).get("healthChecks") or ()):
        if item is not None and not item.get("name"):
            path = f"health.healthChecks[{index}].name"
            raise StartFailureError(path, f"{path} size must be between 1 and 2147483647")


def connectors(document: Mapping[str, Any]) -> tuple[Connector, Connector]:
    """Return where the API and the administration are served; a server of type `simple` serves both at one port."""
    server = document.get("server") or {}
    if server.get("type") == "simple":
        one = _first([server.get("connector")], 8080)
        return one, one
    return _first(server.get("applicationConnectors"), 8080), _first(server.get("adminConnectors"), 8081)


def health(document: Mapping[str, Any]) -> Health | None:
    """Return when the readiness path says yes; None when there is no such path."""
    block = document.get("health")
    if not block or block.get("enabled") is False:
        return None
    checks = [item for item in block.get("healthChecks") or () if item]
    own = next((item for item in checks if item.get("name") == CHECK and item.get("critical", True)), None)
    return Health(
        checked=own is not None,
        delayed=bool(block.get("delayedShutdownHandlerEnabled")),
        wait_seconds=_seconds(block.get("shutdownWaitPeriod", "15s"), ("health", "shutdownWaitPeriod")),
        begins_after=_begins_after(own) if own is not None else 0.0,
    )


def _begins_after(check: Mapping[str, Any]) -> float:
    """Return after how many seconds a check that is well counts as such (dropwizard-health, Schedule and State)."""
    if check.get("initialState", True):
        return 0.0
    schedule, place = check.get("schedule") or {}, ("health", "healthChecks", "schedule")
    first = schedule.get("initialDelay") or schedule.get("checkInterval") or "5s"
    again = _seconds(schedule.get("downtimeInterval") or "30s", (*place, "downtimeInterval"))
    attempts = jackson.integer(schedule.get("successAttempts", 2), (*place, "successAttempts"))
    return _seconds(first, (*place, "initialDelay")) + (attempts - 1) * again


def _first(found: Any, port: int) -> Connector:
    wanted: Iterable[Any] = found if isinstance(found, list) else ()
    for item in wanted:
        if isinstance(item, dict):
            return Connector(jackson.integer(item.get("port", port), ("server",)), item.get("bindHost"))
    return Connector(port)


def _seconds(duration: Any, place: Place) -> float:
    found = _DURATION.fullmatch(str(duration))
    if found is None:
        raise StartFailureError(".".join(map(str, place)), f"Invalid duration: {duration}")
    unit = found[2] if found[2] == "ms" or found[2].startswith("milli") else found[2][0]
    return int(found[1]) * _UNITS["ms" if unit.startswith("milli") else unit]


def _checked(value: Any, place: Place) -> None:
    found = _known(value, place, _CHECK) or {}
    _known(found.get("schedule"), (*place, "schedule"), _SCHEDULE)


def _known(value: Any, place: Place, known: frozenset[str]) -> Mapping[str, Any] | None:
    found = jackson.members(value, place)
    for key in found or {}:
        if key not in known:
            raise UnknownKeyError((*place, key))
    return found
