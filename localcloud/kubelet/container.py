"""The life of one container: pulled, started, probed, started again, stopped.

It runs the program and tells what it is doing; the pod writes that down. All methods belong to the node's event loop.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from localcloud.kubelet import images, status
from localcloud.kubelet.backoff import BackOff
from localcloud.kubelet.hooks import pre_stop
from localcloud.kubelet.images import Image, Launch, RefusedError
from localcloud.kubelet.probing import Probing
from localcloud.kubelet.status import ContainerState
from localcloud.kubelet.world import World, now
from localcloud.process import Process, ProcessFailedError

LOOK_SECONDS = 0.1
"""How soon the end of a program is noticed."""
LEAST_GRACE = 2.0
"""What a program has after a hook that used up the grace period, as with the kubelet."""
START_ERROR = 128

Prepare = Callable[[Mapping[str, Any], Image], Awaitable[Launch]]
"""Turns a container of the spec and its image into a program; LookupError, ValueError: its environment is not there."""


@dataclass(frozen=True)
class OfPod:
    """What a container has from its pod.

    Attributes:
        ip: the pod's address.
        policy: the pod's restart policy.
        grace: seconds that a program has to end.
        logs: directory of the containers' logs.
        prepare: says what to run.
        changed: called whenever a container's state changed.
    """

    ip: str
    policy: str
    grace: float
    logs: Path
    prepare: Prepare
    changed: Callable[[], None]


class Container:
    """One container of a pod.

    Args:
        spec: of the pod's spec.
        pod: what it has from there.
        world: the node's.
    """

    def __init__(self, spec: Mapping[str, Any], pod: OfPod, world: World) -> None:
        self.state = ContainerState(spec["name"], spec["image"])
        self.process: Process | None = None
        self.log = pod.logs / f"{spec['name']}.log"
        """All runs append to it."""
        self._spec = spec
        self._pod = pod
        self._world = world
        self._env: Mapping[str, str] = {}
        self._stopping = asyncio.Event()

    async def live(self) -> None:
        """Run until it has ended for good or was stopped."""
        crashes = BackOff(self._world.time_factor)
        clock = asyncio.get_running_loop().time
        while (ready := await self._ready_to_start()) is not None:
            began = clock()
            await self._attempt(*ready)
            if self._stopping.is_set() or not self._again():
                break
            await self._wait_to_restart(crashes.next(clock() - began))
        self._tell(over=True)

    async def stop(self, grace: float) -> None:
        """Stop it for good: hook, SIGTERM, SIGKILL when `grace` seconds are over. Returns when it has ended."""
        self._stopping.set()
        await self._end(grace)

    async def _ready_to_start(self) -> tuple[Launch | RefusedError, Probing] | None:
        """Wait for the image and for what its environment refers to; None when it is stopped before."""
        factor = self._world.time_factor
        pulls, tries = BackOff(factor, patient=True), BackOff(factor, patient=True)
        while not self._stopping.is_set():
            image = images.find(self._world.images, self._spec["image"])
            if image is None:
                await self._not_pulled(pulls.next())
                continue
            try:
                probing = Probing(self._spec, self._pod.ip, grace=self._pod.grace, time_factor=factor)
                return await self._pod.prepare(self._spec, image), probing
            except RefusedError as refusal:
                return refusal, probing
            except (LookupError, ValueError) as missing:
                self._tell(state=status.waiting("CreateContainerConfigError", str(missing)))
                await self._pause(tries.next())
        return None

    async def _not_pulled(self, delay: float) -> None:
        name = self._spec["image"]
        known = ", ".join(self._world.images) or "none"
        self._tell(state=status.waiting("ErrImagePull", f"{name}: not found; the kubelet stand-in knows {known}"))
        await self._pause(delay / 2)
        self._tell(state=status.waiting("ImagePullBackOff", f'Back-off pulling image "{name}": not found'))
        await self._pause(delay / 2)

    async def _attempt(self, launch: Launch | RefusedError, probing: Probing) -> None:
        """Run the program once; one that does not start has ended with an error."""
        since = now()
        try:
            if isinstance(launch, RefusedError):
                raise launch
            self.process, self._env = await self._start(launch.argv, launch.env), launch.env
        except (RefusedError, ProcessFailedError) as failure:
            said = status.terminated(START_ERROR, since=since, until=now(), reason="StartError", message=str(failure))
            self._tell(state=said)
            return
        self._tell(state=status.running(since), ready=False, started=False)
        await self._watch(self.process, probing)
        code = self.process.returncode or status.OK_CODE
        self._tell(state=status.terminated(code, since=since, until=now()), ready=False, started=False)

    async def _watch(self, process: Process, probing: Probing) -> None:
        """Return when the program has ended, by itself or because of a probe."""
        async with asyncio.TaskGroup() as group:
            probes = group.create_task(self._probe(probing))
            await _ended(process)
            probes.cancel()

    async def _probe(self, probing: Probing) -> None:
        await probing.watch(self._tell)
        await self._end(probing.grace)

    async def _end(self, grace: float) -> None:
        """End the present run, if there is one."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        clock = asyncio.get_running_loop().time
        deadline = clock() + grace
        # A hook that cannot be done, or not in time, changes nothing.
        with suppress(TimeoutError, ProcessFailedError, ValueError):
            async with asyncio.timeout(grace):
                await pre_stop(self._spec, self._pod.ip, self._execute, time_factor=self._world.time_factor)
        process.signal(signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(deadline - clock(), min(LEAST_GRACE, grace))):
                await _ended(process)
        process.signal(signal.SIGKILL)
        await _ended(process)

    async def _execute(self, command: Sequence[str]) -> None:
        hook = await self._start(command, self._env)
        try:
            await _ended(hook)
        finally:
            hook.signal(signal.SIGKILL)

    async def _start(self, argv: Sequence[str], env: Mapping[str, str]) -> Process:
        return await asyncio.to_thread(
            self._world.household.start, self._spec["name"], argv, env=dict(env), log=self.log
        )

    def _again(self) -> bool:
        failed = self.state.exit_code != status.OK_CODE
        return self._pod.policy == "Always" or (self._pod.policy == "OnFailure" and failed)

    async def _wait_to_restart(self, delay: float) -> None:
        ended = self.state.state
        if delay:
            why = f"back-off {delay * self._world.time_factor:g}s restarting failed container={self._spec['name']}"
            self._tell(last=ended, state=status.waiting("CrashLoopBackOff", why))
            await self._pause(delay)
        # Told with what comes next: a restart is counted when it happens.
        self.state = replace(self.state, last=ended, restarts=self.state.restarts + 1)

    async def _pause(self, seconds: float) -> None:
        """Wait; not longer than until it is stopped."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _tell(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._pod.changed()


async def _ended(process: Process) -> None:
    while process.returncode is None:
        await asyncio.sleep(LOOK_SECONDS)
