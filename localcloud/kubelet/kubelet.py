"""The kubelet stand-in as its users meet it: a context manager and what can be done to the pods.

It runs the node's event loop in a thread. With its end the processes end, the node leaves the cluster and its pods with
it; killed, it leaves no process (process.py), and its node and pods stay for the next one, which starts them anew.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from localcloud.controlplane import ControlPlane
from localcloud.kube.identity import ADMIN
from localcloud.kubelet import node
from localcloud.kubelet.addresses import Addresses
from localcloud.kubelet.api import Api
from localcloud.kubelet.images import Image
from localcloud.kubelet.pods import Pods
from localcloud.kubelet.services import ADDRESS, Services
from localcloud.kubelet.world import World
from localcloud.process import Household, Process
from localcloud.waiting import wait_until

START_SECONDS = 30.0
STOP_SECONDS = 30.0


class _StoppedError(Exception):
    """Somebody left the `with` block."""


class Kubelet:
    """Serves pods and Services inside its `with` block.

    Args:
        control_plane: a running one, with no other kubelet stand-in at work on it.
        images: what runs for an image's name, or for all names that begin with it and go on with a tag, a digest or a
            path. Names that are added later are found when a pod tries again.
        time_factor: divides delays and periods of startup and readiness probes, sleeps of hooks and back-offs; not
            time-outs, nor the time that a program has to start or to end, nor liveness.
        namespaces: which ones it serves; None: all.
        server: URL of the API server that pods are told, such as a fault proxy's; None: the control plane's.

    Raises:
        NotRegisteredError, ConnectionError: the API server did not take the node.
    """

    def __init__(
        self,
        control_plane: ControlPlane,
        images: Mapping[str, Image],
        *,
        time_factor: float = 1.0,
        namespaces: Collection[str] | None = None,
        server: str | None = None,
    ) -> None:
        self._control_plane = control_plane
        self._images = images
        self._time_factor = time_factor
        self._namespaces = namespaces
        self._server = server or control_plane.url
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._work, name="kubelet", daemon=True)
        self._failure: BaseException | None = None

    def __enter__(self) -> Kubelet:
        self._household = Household()
        self._thread.start()
        try:
            self._ready.result(START_SECONDS)
        except BaseException:
            self._household.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(RuntimeError):
            # Raised where the loop has ended by a failure of its own.
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_SECONDS)
        self._household.close()
        if self._failure is not None and error is None:
            raise self._failure

    def kill(self, namespace: str, pod: str, *, container: str | None = None) -> None:
        """End a container's process with SIGKILL; the node notices and starts it again. LookupError: none runs."""
        self.process(namespace, pod, container=container).kill()

    def pause(self, namespace: str, pod: str, *, container: str | None = None) -> None:
        """Stop a container's clock (SIGSTOP): it answers nothing any more. LookupError: none runs."""
        self.process(namespace, pod, container=container).pause()

    def resume(self, namespace: str, pod: str, *, container: str | None = None) -> None:
        """Let a paused container go on. LookupError: none runs."""
        self.process(namespace, pod, container=container).resume()

    def process(self, namespace: str, pod: str, *, container: str | None = None) -> Process:
        """Return the present process of a pod's first container, or of the named one. LookupError: none runs."""
        return self._pods.process((namespace, pod), container)

    def log(self, namespace: str, pod: str, *, container: str | None = None) -> Path:
        """Return the file that all runs of a container write to; it stays until the node ends.

        Raises:
            LookupError: the node never had such a pod.
        """
        return self._pods.log((namespace, pod), container)

    def address(self, namespace: str, service: str, *, within: float = 20.0) -> str:
        """Return the URL of a Service's first port, which the node writes on the Service.

        Raises:
            TimeoutError: there is none after `within` seconds.
        """
        path = f"/api/v1/namespaces/{namespace}/services/{service}"

        def found() -> str | None:
            body: dict[str, Any] = self._control_plane.api.get(path).body
            address: str | None = body.get("metadata", {}).get("annotations", {}).get(ADDRESS)
            return address

        address = wait_until(found, within=within, what=f"an address of Service {namespace}/{service}")
        assert address is not None
        return address

    def _work(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:
            if self._ready.done():
                self._failure = failure
            else:
                self._ready.set_exception(failure)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        identity = self._control_plane.identity
        authority = identity.authority
        token = identity.user_token(ADMIN)
        async with Api(self._control_plane.url, authority.client_context(), token) as api:
            with Addresses() as addresses:
                world = World(
                    api=api,
                    rest=self._control_plane.api,
                    server=self._server,
                    authority=authority.files.certificate,
                    images=self._images,
                    household=self._household,
                    addresses=addresses,
                    time_factor=self._time_factor,
                )
                await self._be_a_node(world)

    async def _be_a_node(self, world: World) -> None:
        await node.register(world.api)
        try:
            async with asyncio.TaskGroup() as group:
                self._pods = Pods(world, group, self._namespaces)
                services = Services(world, self._pods, group, self._namespaces)
                for work in (node.beat(world.api), self._pods.mirror.follow(), services.mirror.follow()):
                    group.create_task(work)
                self._ready.set_result(None)
                await self._stopping.wait()
                raise _StoppedError
        except* _StoppedError:
            # An API server that has gone before needs no farewell.
            with suppress(ConnectionError):
                await self._pods.evict()
                await node.leave(world.api)
