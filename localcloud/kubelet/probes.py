"""Probes of a container: how often they ask, what counts as an answer, and when they change their mind.

The node's time factor makes it ask more often and be told of readiness sooner. No program starts or answers faster by
it, so time-outs, liveness and the time that a start may take stay real. It kills nothing. Source: Kubernetes
documentation, "Configure Liveness, Readiness and Startup Probes".
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

Check = Callable[[], Awaitable[bool]]

HIGHEST_GOOD = 399

STARTUP, READINESS, LIVENESS = "startupProbe", "readinessProbe", "livenessProbe"

LEAST_SECONDS = 0.5
"""Between two questions to a program that is well: often enough, and ten of them cost nothing."""
EAGER_SECONDS = 0.2
"""Between two questions to a program that is not well yet."""


@dataclass(frozen=True)
class Probe:
    """One probe with the API's defaults.

    Attributes:
        delay: seconds after the container's start until the first question.
        period: seconds between two questions while the program is well.
        eager: seconds between two questions while it is not.
        timeout: seconds until no answer counts as a bad one.
        successes: good answers in a row that count.
        failures: bad answers in a row that count.
        action: `httpGet` or `tcpSocket`, as in the spec.
    """

    delay: float
    period: float
    eager: float
    timeout: float
    successes: int
    failures: int
    action: Mapping[str, Any]

    @classmethod
    def of(cls, container: Mapping[str, Any], name: str, *, time_factor: float) -> Probe | None:
        """Read a container's probe.

        Args:
            container: of a pod's spec.
            name: STARTUP, READINESS or LIVENESS.
            time_factor: divides delay and period, of liveness excepted.

        Raises:
            ValueError: an action that the stand-in cannot do.
        """
        body = container.get(name)
        if body is None:
            return None
        if not {"httpGet", "tcpSocket"} & set(body):
            raise ValueError(f"the kubelet stand-in knows httpGet and tcpSocket; {name} has {sorted(body)}")
        factor = 1.0 if name == LIVENESS else time_factor
        asked = body.get("periodSeconds", 10)
        period = min(asked, max(asked / factor, LEAST_SECONDS))
        eager = min(asked, max(asked / factor, EAGER_SECONDS))
        failures = body.get("failureThreshold", 3)
        return cls(
            delay=body.get("initialDelaySeconds", 0) / factor,
            period=period,
            eager=eager,
            timeout=body.get("timeoutSeconds", 1),
            successes=body.get("successThreshold", 1),
            # Asked more often, a start may fail as much more often.
            failures=math.ceil(failures * asked / eager) if name == STARTUP else failures,
            action=body,
        )


class Tally:
    """Counts answers in a row and says when they amount to a verdict."""

    def __init__(self, successes: int, failures: int) -> None:
        self._needed = {True: successes, False: failures}
        self._last: bool | None = None
        self._in_row = 0
        self._verdict: bool | None = None

    def count(self, *, good: bool) -> bool | None:
        """Take one answer; return the verdict if it has just changed, else None."""
        self._in_row = self._in_row + 1 if good == self._last else 1
        self._last = good
        if self._in_row < self._needed[good] or good == self._verdict:
            return None
        self._verdict = good
        return good


async def verdicts(probe: Probe, check: Check) -> AsyncGenerator[bool, None]:
    """Ask for ever and yield each change of mind: True for well, False for not."""
    tally = Tally(probe.successes, probe.failures)
    well = False
    await asyncio.sleep(probe.delay)
    while True:
        verdict = tally.count(good=await check())
        if verdict is not None:
            well = verdict
            yield verdict
        await asyncio.sleep(probe.period if well else probe.eager)


def checker(probe: Probe, container: Mapping[str, Any], ip: str) -> Check:
    """Return what asks once: whether a pod at `ip` answers."""
    if "tcpSocket" in probe.action:
        target = probe.action["tcpSocket"]
        host, port = target.get("host", ip), port_of(container, target["port"])
        return lambda: _connects(host, port, probe.timeout)
    wanted = probe.action["httpGet"]
    url = http_url(wanted, container, ip)
    headers = {item["name"]: item["value"] for item in wanted.get("httpHeaders", ())}
    return lambda: _answers(url, headers, probe.timeout)


def http_url(wanted: Mapping[str, Any], container: Mapping[str, Any], ip: str) -> str:
    """Return the URL of an `httpGet`, of a probe or a hook."""
    port = port_of(container, wanted["port"])
    scheme = wanted.get("scheme", "HTTP").lower()
    return f"{scheme}://{wanted.get('host', ip)}:{port}/{wanted.get('path', '/').lstrip('/')}"


def port_of(container: Mapping[str, Any], port: int | str) -> int:
    """Return a port by number, or by its name in the container.

    Raises:
        ValueError: no port has that name.
    """
    if isinstance(port, int):
        return port
    named = {item["name"]: item["containerPort"] for item in container.get("ports", ()) if "name" in item}
    if port not in named:
        raise ValueError(f"container {container['name']} has no port named {port}")
    return int(named[port])


async def _answers(url: str, headers: Mapping[str, str], timeout: float) -> bool:
    limit = aiohttp.ClientTimeout(total=timeout)
    with suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=limit, headers={"User-Agent": "kube-probe/1.36", **headers}) as session,
            session.get(url, allow_redirects=False, ssl=False) as answer,
        ):
            return answer.status <= HIGHEST_GOOD
    return False


async def _connects(host: str, port: int, timeout: float) -> bool:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
        return True
    return False
