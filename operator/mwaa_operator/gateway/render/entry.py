"""One entry of `sparkClusters` for one target of a route. Pure.

BPG weighs entries, not queues, so that every target of every route has an entry of its own (BPG source: AppConfig.
SparkCluster, SparkClusterHelper).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mwaa_operator.api.spark import DEFAULT_QUEUE
from mwaa_operator.gateway.cluster import Cluster
from mwaa_operator.gateway.render.identity import PLACEHOLDER
from mwaa_operator.gateway.render.scene import ClusterView
from mwaa_operator.route.api import SparkJobRouteSpec
from mwaa_operator.route.job import Job, Volume
from mwaa_operator.route.rules import POD_ROLES, cost_label
from mwaa_operator.route.targets import Target

DRAINED: Final[Mapping[str, Any]] = {"queues": [], "sparkVersions": [], "weight": 1}
"""The form in which nothing new can land, neither by queue nor by cluster id, while jobs that are there keep status,
log and deletion: weight 0 alone would leave an entry open to jobs that name it."""


def drained(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry as one that takes no jobs."""
    return {**entry, **DRAINED}


def routed_entry(
    id_: str, spec: SparkJobRouteSpec, target: Target, *, cluster: Cluster, view: ClusterView
) -> dict[str, Any]:
    """Return the entry of a target that takes jobs.

    Args:
        id_: Its id.
        spec: Of the route.
        target: One of its targets.
        cluster: The target's cluster, as the gateway has it.
        view: What is known of it.
    """
    queues = [spec.queue.name, *([DEFAULT_QUEUE] if spec.queue.default else [])]
    entry: dict[str, Any] = {
        "id": id_,
        "weight": target.weight,
        "queues": queues,
        "sparkVersions": sorted(spec.spark_versions),
        "masterUrl": view.url,
        "caCertDataSOPS": view.ca,
        "userTokenSOPS": view.token,
        "timeoutMillis": cluster.timeout_millis,
        "eksCluster": cluster.eks.name if cluster.eks else cluster.name,
        "sparkApplicationNamespace": target.namespace,
        "sparkServiceAccount": target.service_account,
        "ttlSeconds": spec.job.ttl_seconds,
    }
    if cluster.spark_ui_url is not None:
        entry["sparkUIUrl"] = cluster.spark_ui_url
    if conf := _spark_conf(spec):
        entry["sparkConf"] = conf
    return entry | _job(spec.job)


def placeholder() -> dict[str, Any]:
    """Return the entry of a file without routes: BPG is never ready without one."""
    address = {"masterUrl": "https://localhost", "caCertDataSOPS": "", "userTokenSOPS": "plaintext:of-no-cluster"}
    return drained({"id": PLACEHOLDER, "eksCluster": PLACEHOLDER, "sparkApplicationNamespace": PLACEHOLDER} | address)


def _spark_conf(spec: SparkJobRouteSpec) -> dict[str, str]:
    center = spec.cost_center
    labels = {cost_label(role, center.label_key): center.code for role in POD_ROLES} if center else {}
    return spec.job.spark_conf | labels


def _job(job: Job) -> dict[str, Any]:
    """Return what a job gets that brings nothing itself; without members that there is nothing to say in."""
    pod: dict[str, Any] = {}
    if job.env:
        pod["env"] = [{"name": variable.name, "value": variable.value} for variable in job.env]
    if job.volumes:
        pod["volumeMounts"] = [_mount(volume) for volume in job.volumes]
    members: dict[str, Any] = {role: pod for role in POD_ROLES if pod}
    if job.volumes:
        members["volumes"] = [_volume(volume) for volume in job.volumes]
    if job.ui is not None:
        members["sparkUIOptions"] = {"servicePort": job.ui.service_port}
    return members


def _mount(volume: Volume) -> dict[str, Any]:
    return {"name": volume.name, "mountPath": volume.mount_path, "readOnly": volume.read_only}


def _volume(volume: Volume) -> dict[str, Any]:
    if volume.config_map is not None:
        return {"name": volume.name, "configMap": {"name": volume.config_map.name}}
    path = volume.host_path.path if volume.host_path else ""
    return {"name": volume.name, "hostPath": {"path": path}}
