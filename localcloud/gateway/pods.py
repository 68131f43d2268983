"""The pods of a job: sizes, node affinity, zones, annotations, environment and mounts, from request, queue and cluster.

Queues are found by their parent's exact name here, so `PHI` gets nothing of `phi`. Source:
apple/batch-processing-gateway, ApplicationSubmissionHelper.getDriverSpec, getExecutorSpec, populateEnv.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.gateway.config import Cluster, Objects, Queue
from localcloud.gateway.errors import BpgError
from localcloud.gateway.jackson import Texts
from localcloud.gateway.request import Pod, Request
from localcloud.gateway.sizes import sized

LABEL_KEY = "node_group_category"
ZONE_KEY = "topology.kubernetes.io/zone"
SAFE_TO_EVICT = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}

PickZone = Callable[[str, Texts], str]
"""Takes a queue's name and its zones and gives the next one."""


def pick_zone(request: Request, queue: Queue | None, pick: PickZone) -> str | None:
    """Return the zone of a job; it is picked, and then lost, for a request that has no Spark configuration."""
    if queue is None or not queue.zones:
        return None
    if not all(queue.zones):
        raise BpgError(500, "Invalid allowedZones: Some zone is empty", "java.lang.RuntimeException")
    zone = pick(queue.name or "", queue.zones)
    return None if request.spark_conf is None else zone


def driver(request: Request, cluster: Cluster, queue: Queue | None, zone: str | None) -> dict[str, Any]:
    """Return `spec.driver`."""
    pod = request.driver or Pod()
    queue = queue or Queue()
    return {
        **_common(pod, request, cluster, cluster.driver),
        **sized(pod, cpu=queue.driver_cpu, memory=queue.driver_memory),
        "serviceAccount": pod.service_account or cluster.service_account,
        "annotations": {**(pod.annotations or {}), **SAFE_TO_EVICT},
        "affinity": pod.affinity or _affinity(queue.driver_label_key, queue.driver_label_values, zone),
    }


def executor(request: Request, cluster: Cluster, queue: Queue | None, zone: str | None) -> dict[str, Any]:
    """Return `spec.executor`."""
    pod = request.executor or Pod()
    queue = queue or Queue()
    values = queue.spot_label_values if request.spot_instance else queue.executor_label_values
    return {
        **_common(pod, request, cluster, cluster.executor),
        **sized(pod, cpu=queue.executor_cpu, memory=queue.executor_memory),
        "instances": 1 if pod.instances is None else pod.instances,
        "serviceAccount": pod.service_account or cluster.service_account,
        "annotations": pod.annotations or SAFE_TO_EVICT,
        "affinity": pod.affinity or _affinity(queue.executor_label_key, values, zone),
        "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]},
    }


def volumes(request: Request, cluster: Cluster) -> list[Mapping[str, Any]]:
    """Return the volumes of a job; those of a request stand in it twice."""
    chosen = [*request.volumes, *request.volumes] if request.volumes else cluster.volumes or ()
    return [_volume(item) for item in chosen if item is not None]


def _volume(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what BPG's own class of volumes can hold; other sources are dropped in silence."""
    return {key: item[key] for key in ("name", "hostPath", "configMap") if key in item}


def _common(pod: Pod, request: Request, cluster: Cluster, configured: Mapping[str, Any] | None) -> dict[str, Any]:
    mounts: Any = pod.volume_mounts
    if not request.volumes and cluster.volumes and configured is not None:
        mounts = configured.get("volumeMounts")
    return {
        **pod.kept,
        "labels": pod.labels,
        "volumeMounts": list(mounts) if mounts else None,
        "env": _environment((configured or {}).get("env"), pod.env),
    }


def _environment(configured: Any, asked: Objects | None) -> list[Mapping[str, Any]] | None:
    found = {item["name"]: item for item in (*(configured or ()), *(asked or ())) if item and "name" in item}
    return list(found.values()) or None


def _affinity(key: str | None, values: Texts | None, zone: str | None) -> Mapping[str, Any] | None:
    wanted = [(key or LABEL_KEY, list(values))] if values else []
    if zone is not None:
        wanted.append((ZONE_KEY, [zone]))
    if not wanted:
        return None
    terms = [{"key": name, "operator": "In", "values": options} for name, options in wanted]
    selector = {"nodeSelectorTerms": [{"matchExpressions": terms}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}
