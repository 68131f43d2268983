"""All pods of the node: who lives here, who has to go, and who can be talked to.

Level-triggered: each change of the list is compared with the lives under way. It knows no containers but through pods.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.kubelet.api import Mirror
from localcloud.kubelet.container import Container
from localcloud.kubelet.pod import Pod
from localcloud.kubelet.world import NODE, World, path_of
from localcloud.process import Process

PodKey = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True)
class Backend:
    """A pod that a Service may send a connection to: its address, and its named ports by number."""

    ip: str
    ports: Mapping[str, int]


class Pods:
    """The node's pods; `mirror.follow` keeps them going.

    Args:
        world: the node's.
        group: runs their lives; an error in one of them ends the node.
        namespaces: which ones it serves; None: all.
    """

    def __init__(self, world: World, group: asyncio.TaskGroup, namespaces: Collection[str] | None) -> None:
        self._world = world
        self._group = group
        self._namespaces = namespaces
        self._lives: dict[str, Pod] = {}
        self._logs: dict[PodKey, tuple[Container, ...]] = {}
        self.mirror = Mirror(world.api, "/api/v1/pods", self._compare)

    def backends(self, namespace: str, selector: Mapping[str, str]) -> list[Backend]:
        """Return the pods that a selector finds and that take new connections.

        Without any, those that are about to go and still answer, as kube-proxy does (Kubernetes documentation,
        "Virtual IPs and Service Proxies", traffic to terminating endpoints).
        """
        ready = [
            life
            for life in list(self._lives.values())
            if life.ready
            and life.body["metadata"]["namespace"] == namespace
            and selector.items() <= life.body["metadata"].get("labels", {}).items()
        ]
        staying = [life for life in ready if not life.terminating]
        return [Backend(life.ip, _ports(life.body)) for life in staying or ready]

    def process(self, key: PodKey, container: str | None) -> Process:
        """Return the running process of a pod's container; of its first without a name.

        Raises:
            LookupError: nothing of that name runs.
        """
        found = self._container(key, container).process
        if found is None or found.returncode is not None:
            raise LookupError(f"pod {'/'.join(key)} runs no process now")
        return found

    def log(self, key: PodKey, container: str | None) -> Path:
        """Return the log of a pod's container, also when it is gone; LookupError if it never was here."""
        return self._container(key, container).log

    async def evict(self) -> None:
        """Delete every pod of the node from the API server at once: the node is about to go."""
        for life in list(self._lives.values()):
            options = {"gracePeriodSeconds": 0, "preconditions": {"uid": life.body["metadata"]["uid"]}}
            await self._world.api.call("DELETE", path_of(life.body, "pods"), options)

    def _container(self, key: PodKey, name: str | None) -> Container:
        for container in self._logs.get(key, ()):
            if name in (None, container.state.name):
                return container
        raise LookupError(f"the kubelet stand-in has had no pod {'/'.join(key)} with container {name or '(any)'}")

    def _compare(self) -> None:
        for uid, body in self.mirror.objects.items():
            if uid in self._lives:
                self._lives[uid].see(body)
            elif self._is_ours(body):
                self._begin(uid, body)
        for uid in self._lives.keys() - self.mirror.objects.keys():
            self._lives.pop(uid).vanish()

    def _is_ours(self, body: Mapping[str, Any]) -> bool:
        own, spec = body["metadata"], body["spec"]
        if self._namespaces is not None and own["namespace"] not in self._namespaces:
            return False
        if node := spec.get("nodeName"):
            return bool(node == NODE)
        return "deletionTimestamp" not in own and not spec.get("schedulingGates")

    def _begin(self, uid: str, body: Mapping[str, Any]) -> None:
        life = Pod(body, self._world)
        life.see(body)
        self._lives[uid] = life
        self._logs[body["metadata"]["namespace"], body["metadata"]["name"]] = life.containers
        self._group.create_task(life.run(), name=f"pod {body['metadata']['name']}")


def _ports(body: Mapping[str, Any]) -> dict[str, int]:
    return {
        port["name"]: port["containerPort"]
        for container in body["spec"]["containers"]
        for port in container.get("ports", ())
        if "name" in port
    }
