"""The Node object and its heartbeat.

No controller of this control plane judges nodes, but people and clients look at them: the node is there, Ready, without
taints, and renews its Lease as a kubelet does. It knows no pods.
"""

from __future__ import annotations

import asyncio
import platform
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from localcloud.kubelet.api import MERGE, STRATEGIC, Api
from localcloud.kubelet.world import NODE, now

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
LEASE_SECONDS = 40
BEAT_SECONDS = 10.0
"""The kubelet's defaults: nodeLeaseDurationSeconds, a quarter of it."""
CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": "1000"}
"""Nothing is counted against it."""


class NotRegisteredError(RuntimeError):
    """The API server refused the node."""


async def register(api: Api) -> None:
    """Make the node, or take it over from a stand-in that ended, and say that it is ready.

    Raises:
        NotRegisteredError: it was refused.
        ConnectionError: no answer came.
    """
    labels = {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", "kubernetes.io/arch": platform.machine()}
    node: dict[str, Any] = {"metadata": {"name": NODE, "labels": labels}}
    await _write(api, "POST", "/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", **node})
    version = (await api.call("GET", "/version")).body["gitVersion"]
    await _write(api, "PATCH", f"/api/v1/nodes/{NODE}/status", {"status": _status(version)})
    # Admission taints every new node as not ready, and the controller that takes that away does not run.
    await _write(api, "PATCH", f"/api/v1/nodes/{NODE}", {"spec": {"taints": None}}, MERGE)


async def beat(api: Api) -> None:
    """Renew the Lease for ever; a server that is away is tried again at the next beat."""
    while True:
        with suppress(ConnectionError, NotRegisteredError):
            await _renew(api)
        await asyncio.sleep(BEAT_SECONDS)


async def leave(api: Api) -> None:
    """Delete the node and its Lease."""
    for path in (f"{LEASES}/{NODE}", f"/api/v1/nodes/{NODE}"):
        await api.call("DELETE", path)


async def _renew(api: Api) -> None:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    spec = {"spec": {"holderIdentity": NODE, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": at}}
    answer = await api.call("PATCH", f"{LEASES}/{NODE}", spec, content_type=MERGE)
    if answer.status == HTTPStatus.NOT_FOUND:
        await _write(api, "POST", LEASES, {"metadata": {"name": NODE}, **spec})


async def _write(api: Api, method: str, path: str, body: object, content_type: str = STRATEGIC) -> None:
    kind = "application/json" if method == "POST" else content_type
    answer = await api.call(method, path, body, content_type=kind)
    if not answer.ok and not (method == "POST" and answer.status == HTTPStatus.CONFLICT):
        raise NotRegisteredError(f"{method} {path}: {answer.body}")


def _status(version: str) -> dict[str, Any]:
    said = {"lastHeartbeatTime": now(), "lastTransitionTime": now(), "reason": "KubeletReady"}
    return {
        "conditions": [{"type": "Ready", "status": "True", "message": "the kubelet stand-in is at work", **said}],
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": NODE}],
        "capacity": CAPACITY,
        "allocatable": CAPACITY,
        "nodeInfo": {
            "kubeletVersion": version,
            "osImage": "localcloud",
            "operatingSystem": "linux",
            "architecture": platform.machine(),
            "kernelVersion": platform.release(),
            "containerRuntimeVersion": "localcloud://1",
            "kubeProxyVersion": "",
            "machineID": "",
            "systemUUID": "",
            "bootID": "",
        },
    }
