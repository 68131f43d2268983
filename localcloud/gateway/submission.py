"""From a request to the SparkApplication that is to be created, in the order of the revision's own steps.

`prepare` ends before any cluster is called; `labelled` comes after the client was made, because BPG looks at the
running time that late. Source: apple/batch-processing-gateway, ApplicationSubmissionRest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.gateway import java, pods, routing, sparkconf
from localcloud.gateway.config import Cluster, Config
from localcloud.gateway.errors import BpgError, null
from localcloud.gateway.pods import PickZone
from localcloud.gateway.profile import Profile
from localcloud.gateway.request import Request
from localcloud.gateway.routing import Turn

API_VERSION, KIND = "sparkoperator.k8s.io/v1beta2", "SparkApplication"
MAX_EXECUTORS = 5000
MAX_RUNNING_MILLIS = 12 * 3600 * 1000
RUNNING_CONF = "bpg.maxRunningMillis"
EXECUTORS_CONF = "spark.executor.instances"
SYSTEM_ACCOUNT = "airflow_system_account"

_LABEL_UNFIT = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True)
class Submission:
    """A job that has a cluster.

    Attributes:
        index: Of the cluster's entry.
        queue: Whose label and limits it gets; not always the one that chose the cluster.
        id: Name of the object.
        spec: Of the object.
    """

    index: int
    cluster: Cluster
    queue: str
    id: str
    spec: Mapping[str, Any]


def prepare(turn: Turn, *, proxy_user: str, pick_zone: PickZone, new_id: Callable[[], str]) -> Submission:
    """Route a submission and build its spec.

    Args:
        turn: Request, caller, file, dice.
        proxy_user: In whose name the job runs.
        pick_zone: The process's round robin.
        new_id: 32 hexadecimal digits.

    Raises:
        BpgError: What BPG answers instead.
    """
    if turn.config.profile is Profile.AWS_PIN:
        _check_executors_old(turn.request)
        index = routing.choose_cluster(turn)
        queue = routing.get_queue(turn)
    else:
        queue = routing.get_queue(turn)
        _check_executors(turn.config, turn.request, queue)
        index = routing.choose_cluster(turn)
    cluster = (turn.config.clusters or ())[index] or Cluster()
    submission = f"{cluster.id}-{new_id()}" + (f"-{turn.request.suffix}" if turn.request.suffix else "")
    spec = _spec(turn, cluster, queue, submission, proxy_user=proxy_user, pick_zone=pick_zone)
    if cluster.id is None:
        raise null("value of tag spark_cluster")
    return Submission(index, cluster, queue, submission, spec)


def labelled(config: Config, request: Request, job: Submission, proxy_user: str) -> dict[str, Any]:
    """Return the whole object.

    Raises:
        BpgError: The running time that the request asks for is no number, or too long for the queue.
    """
    labels = {
        "proxyUser": proxy_user,
        "queue": f"root.{job.queue}",
        "maxRunningMillis": str(_running_millis(config, request, job.queue)),
    }
    if request.application_name is not None:
        labels["applicationName"] = _LABEL_UNFIT.sub("-", request.application_name)[:63].strip("-_.")
    metadata = {"name": job.id, "namespace": job.cluster.namespace, "labels": labels}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": job.spec}


def proxied(user: str, dag_user: str) -> str:
    """Return in whose name a job runs: Airflow's system account may speak for somebody."""
    return dag_user if user == SYSTEM_ACCOUNT else user


def _spec(
    turn: Turn, cluster: Cluster, queue: str, submission: str, *, proxy_user: str, pick_zone: PickZone
) -> Mapping[str, Any]:
    config, request = turn.config, turn.request
    parent = routing.parent(queue)
    placed = routing.exactly(config, parent)
    zone = pods.pick_zone(request, placed, pick_zone)
    driver = pods.driver(request, cluster, placed, zone)
    executor = pods.executor(request, cluster, placed, zone)
    spec = {
        **request.kept,
        "mode": "cluster",
        "proxyUser": proxy_user,
        "type": request.job_type,
        "sparkVersion": request.spark_version,
        "mainClass": request.main_class,
        "driver": _said(driver),
        "executor": _said(executor),
        "image": _image(config, request),
        "timeToLiveSeconds": cluster.ttl_seconds,
        "sparkConf": sparkconf.spark_conf(config, cluster, request, submission),
        "sparkUIOptions": sparkconf.ui_options(cluster, submission),
        "volumes": pods.volumes(request, cluster) or None,
    }
    if cluster.batch_scheduler == "yunikorn":
        spec |= {"batchScheduler": "yunikorn", "batchSchedulerOptions": {"queue": f"root.{queue}"}}
    return _said(spec)


def _said(members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value is not None}


def _image(config: Config, request: Request) -> str:
    if request.image:
        return request.image
    for image in config.images or ():
        if image is None:
            raise null("image")
        types = any(kind is not None and java.same(kind, request.job_type) for kind in image.types or ())
        if types and image.version is not None and java.same(image.version, request.spark_version) and image.name:
            return image.name
    version = "null" if request.spark_version is None else request.spark_version
    raise BpgError(400, f"Spark image not found for type: {request.job_type}, version: {version}")


def _check_executors_old(request: Request) -> None:
    """Check against the one limit of `aws-pin`, with its stray brackets."""
    asked = request.executor.instances if request.executor else None
    if asked is not None and asked > MAX_EXECUTORS:
        raise BpgError(400, f"Executor instances ({asked}) exceeds limit {MAX_EXECUTORS})")
    configured = (request.spark_conf or {}).get(EXECUTORS_CONF)
    if configured is None:
        return
    number = java.whole(configured, java.INT)
    if number is None:
        raise BpgError(400, f"Invalid value ({configured}) for Spark config: {EXECUTORS_CONF})")
    if number > MAX_EXECUTORS:
        raise BpgError(400, f"Executor instances in Spark config ({number}) exceeds limit {MAX_EXECUTORS})")


def _check_executors(config: Config, request: Request, queue: str) -> None:
    limit = routing.declared(config, queue).max_executors
    limit = MAX_EXECUTORS if limit is None else limit
    asked = request.executor.instances if request.executor else None
    configured = (request.spark_conf or {}).get(EXECUTORS_CONF)
    number = None if configured is None else java.whole(configured, java.INT)
    if asked is not None and asked > limit:
        raise BpgError(400, f"Executor instances in Spark config ({asked}) exceeds limit ({limit})")
    if configured is not None and number is None:
        raise BpgError(400, f"Invalid value ({configured}) for Spark config: ({EXECUTORS_CONF})")
    if number is not None and number > limit:
        raise BpgError(400, f"Executor instances in Spark config ({number}) exceeds limit ({limit})")


def _running_millis(config: Config, request: Request, queue: str) -> int:
    wished = (request.spark_conf or {}).get(RUNNING_CONF)
    if not wished:
        return MAX_RUNNING_MILLIS
    number = java.whole(wished, java.LONG)
    if number is None:
        raise BpgError(400, f"Invalid value for config {RUNNING_CONF}: {wished}")
    placed = routing.exactly(config, routing.parent(queue))
    allowed = placed.max_running_millis if placed and placed.max_running_millis is not None else MAX_RUNNING_MILLIS
    if allowed < number:
        raise BpgError(400, f"maxRunningMillis {number} is too large than allowed {allowed} for queue {queue}")
    return number
