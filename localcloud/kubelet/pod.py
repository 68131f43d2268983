"""The life of one pod on the node: bound, volumes made, containers run, status told, and taken away at its end.

All methods belong to the node's event loop; files and processes are made in threads.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from localcloud.kubelet.api import STRATEGIC
from localcloud.kubelet.container import Container, OfPod
from localcloud.kubelet.images import Image, Launch
from localcloud.kubelet.mounts import NotMountedError
from localcloud.kubelet.preparation import Preparation
from localcloud.kubelet.status import pod_status, waiting
from localcloud.kubelet.world import NODE, Body, World, now, path_of

PAUSE_SECONDS = 0.3
"""Before something that the API server or a missing object prevented is tried again."""
GRACE_SECONDS = 30
ENDED = ("Succeeded", "Failed")


class Pod:
    """One pod; `run` is its whole life.

    Args:
        body: as the API server returned it.
        world: the node's.
    """

    def __init__(self, body: Body, world: World) -> None:
        self.body = body
        self.ip = world.addresses.take()
        self._world = world
        self._path = path_of(body, "pods")
        self._preparation = Preparation(body, self.ip, world)
        self._begun = now()
        self._told: dict[str, Any] = {}
        self._leaving = asyncio.Event()
        self._changed = asyncio.Event()
        self._vanished = False
        self.containers = tuple(Container(one, self._for_containers(), world) for one in body["spec"]["containers"])

    @property
    def ready(self) -> bool:
        """Whether every container is."""
        return all(container.state.told()["ready"] for container in self.containers)

    @property
    def terminating(self) -> bool:
        """Whether it was asked to go."""
        return self._leaving.is_set()

    def see(self, body: Body) -> None:
        """Take the object as it is now."""
        self.body = body
        if "deletionTimestamp" in body["metadata"]:
            self._leaving.set()

    def vanish(self) -> None:
        """The object is gone: whatever runs has to go at once."""
        self._vanished = True
        self._leaving.set()
        for container in self.containers:
            if container.process is not None:
                container.process.signal(signal.SIGKILL)

    async def run(self) -> None:
        """Live until the object is deleted and everything of it has ended."""
        try:
            if self.body.get("status", {}).get("phase") in ENDED:
                await self._leaving.wait()
            else:
                await self._run()
            await self._confirm()
        finally:
            self._world.addresses.give_back(self.ip)
            self._preparation.remove()

    def _for_containers(self) -> OfPod:
        own, spec = self.body["metadata"], self.body["spec"]
        logs = self._world.household.directory / "logs" / f"{own['namespace']}_{own['name']}_{own['uid'][:8]}"
        logs.mkdir(parents=True, exist_ok=True)
        grace = spec.get("terminationGracePeriodSeconds", GRACE_SECONDS)
        return OfPod(self.ip, spec.get("restartPolicy", "Always"), grace, logs, self._launch, self._changed.set)

    async def _launch(self, container: Body, image: Image) -> Launch:
        return await asyncio.to_thread(self._preparation.launch, container, image)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            living = group.create_task(self._live())
            reporting = group.create_task(self._report())
            await self._leaving.wait()
            grace = 0.0 if self._vanished else self._grace()
            await asyncio.gather(*(container.stop(grace) for container in self.containers))
            await living
            reporting.cancel()

    def _grace(self) -> float:
        asked = self.body["metadata"].get("deletionGracePeriodSeconds")
        usual = self.body["spec"].get("terminationGracePeriodSeconds", GRACE_SECONDS)
        return float(usual if asked is None else asked)

    async def _live(self) -> None:
        if not await self._insist(self._bind):
            return
        self._changed.set()
        if not await self._insist(self._make_volumes):
            return
        async with asyncio.TaskGroup() as group:
            for container in self.containers:
                group.create_task(container.live())

    async def _insist(self, attempt: Callable[[], Awaitable[bool]]) -> bool:
        """Try until it works and return True; False when the pod has to go before."""
        while not self.terminating:
            if await attempt():
                return True
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE_SECONDS):
                    await self._leaving.wait()
        return False

    async def _bind(self) -> bool:
        if self.body["spec"].get("nodeName"):
            return True
        target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
        body = {"metadata": {"name": self.body["metadata"]["name"]}, "target": target}
        try:
            return (await self._world.api.call("POST", f"{self._path}/binding", body)).ok
        except ConnectionError:
            return False

    async def _make_volumes(self) -> bool:
        try:
            await asyncio.to_thread(self._preparation.make_volumes)
        except (NotMountedError, OSError) as missing:
            why = waiting("ContainerCreating", str(missing))
            for container in self.containers:
                container.state = replace(container.state, state=why)
            self._changed.set()
            return False
        return True

    async def _report(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._write_status()
            except ConnectionError:
                await asyncio.sleep(PAUSE_SECONDS)
                self._changed.set()

    async def _write_status(self) -> None:
        status = pod_status(
            [container.state for container in self.containers],
            ip=self.ip,
            started=self._begun,
            previous=self._told.get("conditions", ()),
            now=now(),
        )
        if status != self._told:
            # With the uid a namesake is left alone.
            body = {"metadata": {"uid": self.body["metadata"]["uid"]}, "status": status}
            await self._world.api.call("PATCH", f"{self._path}/status", body, content_type=STRATEGIC)
            self._told = status

    async def _confirm(self) -> None:
        """Tell how it ended and remove the object: the API server waits for its node to say so."""
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self.body["metadata"]["uid"]}}
        while not self._vanished:
            try:
                if self._told:
                    await self._write_status()
                await self._world.api.call("DELETE", self._path, options)
            except ConnectionError:
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return
