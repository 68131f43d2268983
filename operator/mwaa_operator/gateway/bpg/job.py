"""What can still go wrong with a job that has a cluster and a queue, up to what any API server would refuse. Pure.

The order is BPG's: zones, sizes, image, Spark configuration, the cluster's credentials, running time, and the object's
name and labels. Sources: apple/batch-processing-gateway, ApplicationSubmissionRest, ApplicationSubmissionHelper,
ZoneManager, KubernetesHelper; Kubernetes documentation, "Object Names and IDs", "Labels and Selectors".
"""

from __future__ import annotations

import re

from mwaa_operator.gateway.bpg.answer import RefusedError, Stage, broken, refused
from mwaa_operator.gateway.bpg.case import Job
from mwaa_operator.gateway.bpg.config import Cluster, Image
from mwaa_operator.gateway.bpg.javatext import equals_ignore_case, parse_long
from mwaa_operator.gateway.bpg.names import exact_queue, parent
from mwaa_operator.gateway.bpg.request import Request
from mwaa_operator.gateway.bpg.sizes import check_sizes

MAX_RUNNING = "bpg.maxRunningMillis"
DEFAULT_MAX_RUNNING = 12 * 60 * 60 * 1000
"""Milliseconds."""
AIRFLOW = "airflow_system_account"
"""The one caller who may speak for somebody else."""

_RANGER = ("spark.sql.extensions", "spark.ranger.plugin.spark.env")
_SHORTEST_TOKEN = 10
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_LONGEST_NAME, _LONGEST_LABEL = 253, 63
_UUID = "0" * 32


def check_job(job: Job) -> None:
    """Raise RefusedError for the first thing that stops a job on its way to its cluster.

    Args:
        job: With cluster and queue.
    """
    name = parent(job.queue, stage=Stage.SPEC)
    queue = exact_queue(job.case.config.queues, name, stage=Stage.SPEC)
    if queue is not None and queue.allowed_zones and not all(queue.allowed_zones):
        message = "Invalid allowedZones: Some zone is empty"
        raise broken(Stage.SPEC, message, exception="java.lang.RuntimeException", exact=True)
    check_sizes(job.case.request.driver)
    check_sizes(job.case.request.executor)
    _check_image(job)
    _check_spark_conf(job)
    _check_client(job.cluster)
    _check_running_time(job, DEFAULT_MAX_RUNNING if queue is None else queue.max_running_millis)
    _check_object(job)


def job_type(request: Request) -> str:
    """Return the type of a job."""
    return request.type or ("Java" if request.main_class else "Python")


def proxy_user(job: Job) -> str:
    """Return whom the job is labelled with."""
    return job.case.request.dag_user if job.case.user == AIRFLOW else job.case.user


def object_name(job: Job) -> str:
    """Return the name of the object, with zeros in place of what BPG invents."""
    suffix = job.case.request.submission_id_suffix
    return f"{job.cluster.id}-{_UUID}{f'-{suffix}' if suffix else ''}"


def _check_image(job: Job) -> None:
    request = job.case.request
    if request.image:
        return
    kind, version = job_type(request), request.spark_version
    for image in job.case.config.images or ():
        if image is None:
            raise broken(Stage.IMAGE, "`sparkImages` has a null element")
        if _serves(image, kind, version):
            return
    shown = "null" if version is None else version
    raise refused(Stage.IMAGE, 400, f"Spark image not found for type: {kind}, version: {shown}")


def _serves(image: Image, kind: str, version: str | None) -> bool:
    if not any(name is not None and equals_ignore_case(name, kind) for name in image.types or ()):
        return False
    return image.version is not None and equals_ignore_case(image.version, version)


def _check_spark_conf(job: Job) -> None:
    """Raise for a null where BPG does not expect one; it expects it in a cluster's and a request's configuration."""
    conf = job.case.config.default_spark_conf or {}
    unused = (
        _RANGER if job.case.request.image is not None and not _ranger_is_on(conf.get("RangerOnCustomImage")) else ()
    )
    if any(value is None for key, value in conf.items() if key not in unused):
        raise broken(Stage.SPARK_CONF, "`defaultSparkConf` has a null value")
    if not all(job.cluster.ui_tls or ()):
        raise broken(Stage.SPARK_CONF, "`sparkUIOptions.ingressTLS` has an element without hosts")
    if any(value is None for value in (job.cluster.ui_annotations or {}).values()):
        raise broken(Stage.SPARK_CONF, "`sparkUIOptions.ingressAnnotations` has a null value")
    if job.cluster.id is None:
        raise broken(Stage.SPARK_CONF, "the cluster has no id")


def _ranger_is_on(switch: str | None) -> bool:
    return bool(switch) and equals_ignore_case(switch or "", "On")


def _check_client(cluster: Cluster) -> None:
    token = cluster.user_token
    if token is None:
        raise broken(Stage.CLIENT, "the cluster has no `userTokenSOPS`")
    token = token.removeprefix("plaintext:")
    if len(token) < _SHORTEST_TOKEN:
        exception = "java.lang.StringIndexOutOfBoundsException"
        message = f"begin 0, end {_SHORTEST_TOKEN}, length {len(token)}"
        raise broken(Stage.CLIENT, message, exception=exception, exact=True)
    if cluster.ca_data is None:
        raise broken(Stage.CLIENT, "the cluster has no `caCertDataSOPS`")


def _check_running_time(job: Job, most: int | None) -> None:
    value = (job.case.request.spark_conf or {}).get(MAX_RUNNING)
    if not value:
        return
    asked = parse_long(value)
    if asked is None:
        raise refused(Stage.RUNNING_TIME, 400, f"Invalid value for config {MAX_RUNNING}: {value}")
    most = DEFAULT_MAX_RUNNING if most is None else most
    if asked > most:
        message = f"maxRunningMillis {asked} is too large than allowed {most} for queue {job.queue}"
        raise refused(Stage.RUNNING_TIME, 400, message)


def _check_object(job: Job) -> None:
    if not _NAME.fullmatch(object_name(job)) or len(object_name(job)) > _LONGEST_NAME:
        raise _not_created(f"{object_name(job)} is no name of an object")
    for label, value in (("proxyUser", proxy_user(job)), ("queue", f"root.{job.queue}")):
        if not _LABEL.fullmatch(value) or len(value) > _LONGEST_LABEL:
            raise _not_created(f"{value} is no value of the label {label}")


def _not_created(message: str) -> RefusedError:
    exception = "io.fabric8.kubernetes.client.KubernetesClientException"
    return broken(Stage.CREATE, message[:200], exception=exception)
