"""The three probes of one container at work: startup first, then liveness and readiness side by side.

It says what it found and when the program has to be ended; the container does that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Protocol

from localcloud.kubelet.probes import LIVENESS, READINESS, STARTUP, Probe, checker, verdicts


class Tell(Protocol):
    """Takes what is known of a container that runs."""

    def __call__(self, *, started: bool, ready: bool) -> None:
        """Note it."""


class Probing:
    """Probes of one container, for one run after the other.

    Args:
        spec: the container's.
        ip: the pod's address.
        grace: seconds that the program has when a probe ends it, unless the probe says otherwise.
        time_factor: see `Probe.of`.

    Raises:
        ValueError: a probe that cannot be done here.
    """

    def __init__(self, spec: Mapping[str, Any], ip: str, *, grace: float, time_factor: float) -> None:
        names = (STARTUP, LIVENESS, READINESS)
        made = (Probe.of(spec, name, time_factor=time_factor) for name in names)
        self._startup, self._liveness, self._readiness = (
            (probe, checker(probe, spec, ip)) if probe else None for probe in made
        )
        self._graces = {name: spec.get(name, {}).get("terminationGracePeriodSeconds", grace) for name in names}
        self._failed = LIVENESS

    @property
    def grace(self) -> float:
        """Seconds that the program has after `watch` returned."""
        return float(self._graces[self._failed])

    async def watch(self, tell: Tell) -> None:
        """Probe and tell each change until the program has to be ended."""
        if self._startup is not None and not await self._has_started():
            self._failed = STARTUP
            return
        tell(started=True, ready=self._readiness is None)
        async with asyncio.TaskGroup() as group:
            readiness = group.create_task(self._follow_readiness(tell))
            await self._until_dead()
            readiness.cancel()

    async def _has_started(self) -> bool:
        assert self._startup is not None
        async with aclosing(verdicts(*self._startup)) as found:
            return await anext(found)

    async def _follow_readiness(self, tell: Tell) -> None:
        if self._readiness is None:
            return
        async with aclosing(verdicts(*self._readiness)) as found:
            async for well in found:
                tell(started=True, ready=well)

    async def _until_dead(self) -> None:
        if self._liveness is None:
            await asyncio.Event().wait()
            return
        async with aclosing(verdicts(*self._liveness)) as found:
            async for well in found:
                if not well:
                    return
