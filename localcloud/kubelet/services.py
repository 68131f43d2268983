"""Services: a balancer per port on an address of the Service's own, which is written on the object.

EndpointSlices refuse loopback addresses, so nothing can be learnt from them: who is behind a Service comes from the
pods of this node. Its cluster IP stays what the API server gave and leads nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from localcloud.kubelet.api import MERGE, Mirror
from localcloud.kubelet.balancer import Address, Balancer
from localcloud.kubelet.pods import Pods
from localcloud.kubelet.world import World, path_of

ADDRESS = "localcloud/address"
"""The annotation: URL of the Service's first port."""
PAUSE_SECONDS = 0.3


class Service:
    """One Service and its balancers."""

    def __init__(self, body: Mapping[str, Any], world: World, pods: Pods) -> None:
        self.body = body
        self._ip = world.addresses.take()
        self._world = world
        self._pods = pods
        self._balancers: dict[int, Balancer] = {}
        self._changed = asyncio.Event()
        self._gone = False

    def see(self, body: Mapping[str, Any]) -> None:
        """Take the object as it is now."""
        self.body = body
        self._changed.set()

    def vanish(self) -> None:
        """The object is gone."""
        self._gone = True
        self._changed.set()

    async def run(self) -> None:
        """Serve until the object is gone."""
        try:
            while not self._gone:
                self._changed.clear()
                try:
                    await self._serve()
                except ConnectionError:
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                await self._changed.wait()
        finally:
            for balancer in self._balancers.values():
                await balancer.close()
            self._world.addresses.give_back(self._ip)

    async def _serve(self) -> None:
        wanted = {port["port"]: port for port in self.body["spec"]["ports"] if port.get("protocol", "TCP") == "TCP"}
        for number in self._balancers.keys() - wanted.keys():
            await self._balancers.pop(number).close()
        for number in wanted.keys() - self._balancers.keys():
            balancer = Balancer(self._ip, number, partial(self._addresses, number))
            await balancer.open()
            self._balancers[number] = balancer
        if wanted:
            await self._publish(next(iter(wanted)))

    def _addresses(self, number: int) -> list[Address]:
        spec = self.body["spec"]
        target = next((port.get("targetPort", number) for port in spec["ports"] if port["port"] == number), number)
        return [
            (backend.ip, port)
            for backend in self._pods.backends(self.body["metadata"]["namespace"], spec["selector"])
            if (port := backend.ports.get(target) if isinstance(target, str) else target) is not None
        ]

    async def _publish(self, first: int) -> None:
        url = f"http://{self._ip}:{self._balancers[first].port}"
        path = path_of(self.body, "services")
        if self.body["metadata"].get("annotations", {}).get(ADDRESS) != url:
            body: dict[str, Any] = {"metadata": {"annotations": {ADDRESS: url}}}
            await self._world.api.call("PATCH", path, body, content_type=MERGE)
        balanced = {"ingress": [{"ip": self._ip, "ipMode": "VIP"}]}
        shown = self.body.get("status", {}).get("loadBalancer", {})
        # An ingress has no port of its own: without the Service's ports its address would lead nowhere.
        whole = all(balancer.port == number for number, balancer in self._balancers.items())
        if self.body["spec"].get("type") == "LoadBalancer" and whole and shown != balanced:
            body = {"status": {"loadBalancer": balanced}}
            await self._world.api.call("PATCH", f"{path}/status", body, content_type=MERGE)


class Services:
    """The cluster's Services that have a selector and are not headless.

    Args:
        world: the node's.
        pods: who is behind them.
        group: runs them; an error in one of them ends the node.
        namespaces: which ones it serves; None: all.
    """

    def __init__(self, world: World, pods: Pods, group: asyncio.TaskGroup, namespaces: Collection[str] | None) -> None:
        self._world = world
        self._pods = pods
        self._group = group
        self._namespaces = namespaces
        self._lives: dict[str, Service] = {}
        self.mirror = Mirror(world.api, "/api/v1/services", self._compare)

    def _compare(self) -> None:
        wanted = {uid: body for uid, body in self.mirror.objects.items() if self._is_ours(body)}
        for uid, body in wanted.items():
            if uid in self._lives:
                self._lives[uid].see(body)
            else:
                self._lives[uid] = Service(body, self._world, self._pods)
                self._group.create_task(self._lives[uid].run(), name=f"service {body['metadata']['name']}")
        for uid in self._lives.keys() - wanted.keys():
            self._lives.pop(uid).vanish()

    def _is_ours(self, body: Mapping[str, Any]) -> bool:
        spec = body["spec"]
        here = self._namespaces is None or body["metadata"]["namespace"] in self._namespaces
        return here and bool(spec.get("selector")) and spec.get("clusterIP") != "None"
