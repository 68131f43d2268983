"""The way of a request through BPG up to a cluster and a queue: caller, queue, limits, cluster. Pure.

Every function that draws returns all that can be drawn, each with its probability. Sources:
apple/batch-processing-gateway, SparkClusterHelper, ApplicationSubmissionRest, UserNameBasicAuthenticator.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from mwaa_operator.api.spark import DEFAULT_QUEUE
from mwaa_operator.gateway.bpg import token
from mwaa_operator.gateway.bpg.answer import Refusal, RefusedError, Stage, broken, refused
from mwaa_operator.gateway.bpg.case import Case
from mwaa_operator.gateway.bpg.config import Cluster, Config
from mwaa_operator.gateway.bpg.javatext import INT_MAX, INT_MIN, parse_long
from mwaa_operator.gateway.bpg.names import contains, first_queue, last_queue, normalised, parent
from mwaa_operator.gateway.bpg.request import Request

MAX_EXECUTORS = 5_000
"""Of a queue that says nothing, and of every queue on `aws-pin`."""
EXECUTORS = "spark.executor.instances"

DrawnQueue = tuple[Fraction, str | Refusal]
DrawnCluster = tuple[Fraction, int | Refusal]


def caller(config: Config, request: Request) -> str | None:
    """Return who asks, or None if neither name may; passwords are not looked at."""
    blocked, allowed = config.blocked_users or (), config.allowed_users or ()
    for name in (request.user, request.basic_user):
        if name is not None and name not in blocked and ("*" in allowed or name in allowed):
            return name
    return None


def queues(case: Case) -> tuple[DrawnQueue, ...]:
    """Return the queues that can be drawn for a request, each in place of its error if its token is refused."""
    try:
        drawn = tuple(_drawn(case))
    except RefusedError as end:
        return ((Fraction(1), end.refusal),)
    return tuple((Fraction(1, len(drawn)), _admitted(case, name)) for name in drawn)


def clusters(case: Case) -> tuple[DrawnCluster, ...]:
    """Return the clusters that can be chosen, by their index in the file; a default queue is drawn anew for it."""
    try:
        return tuple(_named(case) if case.request.cluster_id else _weighted(case))
    except RefusedError as end:
        return ((Fraction(1), end.refusal),)


def check_limits(case: Case, queue: str | None) -> None:
    """Raise RefusedError if a request asks for too many executors, or the queue is not declared.

    Args:
        case: The request.
        queue: Full name; None where BPG does not know it yet and so demands no declaration.
    """
    most = MAX_EXECUTORS if queue is None else _most_executors(case.config, queue)
    executor, conf = case.request.executor, case.request.spark_conf
    if executor is not None and executor.instances is not None and executor.instances > most:
        raise _too_many(executor.instances, most, in_conf=queue is not None, old=queue is None)
    value = None if conf is None else conf.get(EXECUTORS)
    if value is None:
        return
    asked = parse_long(value, least=INT_MIN, most=INT_MAX)
    if asked is None:
        place = f"{EXECUTORS})" if queue is None else f"({EXECUTORS})"
        raise refused(Stage.LIMITS, 400, f"Invalid value ({value}) for Spark config: {place}")
    if asked > most:
        raise _too_many(asked, most, in_conf=True, old=queue is None)


def _drawn(case: Case) -> Iterator[str]:
    """Yield names of queues, each as likely as the others."""
    if case.request.queue:
        yield normalised(case.request.queue) or DEFAULT_QUEUE
        return
    mapped = []
    for queue in case.config.queues or ():
        if queue is None:
            raise broken(Stage.QUEUE, "`queues` has a null element")
        if contains(queue.users, case.user, stage=Stage.QUEUE, what=f"`users` of the queue {queue.name}"):
            mapped.append(queue.name or DEFAULT_QUEUE)
    yield from mapped or [DEFAULT_QUEUE]


def _admitted(case: Case, name: str) -> str | Refusal:
    try:
        _check_token(case, name)
    except RefusedError as end:
        return end.refusal
    return name


def _check_token(case: Case, name: str) -> None:
    if case.config.queues is None:
        return
    queue = first_queue(case.config.queues, name, stage=Stage.QUEUE)
    if queue is None or not queue.secure:
        return
    if not case.request.queue_token:
        raise refused(Stage.QUEUE, 400, f"Please specify queueToken for queue {name}")
    if not case.config.has_token_secrets:
        raise refused(Stage.QUEUE, 500, "Server hit configuration error: no queue token configure")
    token.check(case.request.queue_token, secrets=case.config.token_secrets, queue=name, now=case.now)


def _most_executors(config: Config, queue: str) -> int:
    declared = last_queue(config.queues, queue)
    if declared is None:
        message = f"The queue {queue} does not exist. Please check the queue name and try again."
        raise refused(Stage.LIMITS, 500, message)
    return MAX_EXECUTORS if declared.max_executor_instances is None else declared.max_executor_instances


def _too_many(asked: int, most: int, *, in_conf: bool, old: bool) -> RefusedError:
    place = " in Spark config" if in_conf else ""
    limit = f"{most})" if old else f"({most})"
    return refused(Stage.LIMITS, 400, f"Executor instances{place} ({asked}) exceeds limit {limit}")


def _named(case: Case) -> Iterator[DrawnCluster]:
    """Yield the cluster that a request names; neither its weight nor its queues count."""
    version = case.request.spark_version
    for index, cluster in enumerate(_entries(case.config)):
        if _there(cluster).id == case.request.cluster_id and _has_version(_there(cluster), version):
            yield Fraction(1), index
            return
    message = f"Cluster with id {case.request.cluster_id} having Spark version {_shown(version)} not found"
    raise refused(Stage.CLUSTER, 400, message)


def _weighted(case: Case) -> Iterator[DrawnCluster]:
    """Yield the clusters that can be drawn by weight among those that serve the queue and the version."""
    version = case.request.spark_version
    candidates = {
        index: _there(cluster)
        for index, cluster in enumerate(_entries(case.config))
        if _there(cluster).weight > 0 and _has_version(_there(cluster), version)
    }
    if not candidates:
        raise refused(Stage.CLUSTER, 400, f"Spark version not supported: {_shown(version)}")
    for probability, queue in queues(case):
        if isinstance(queue, Refusal):
            yield probability, queue
            continue
        try:
            serving = _serving(candidates, queue, version)
        except RefusedError as end:
            yield probability, end.refusal
            continue
        total = sum(cluster.weight for cluster in serving.values())
        yield from ((probability * Fraction(cluster.weight, total), index) for index, cluster in serving.items())


def _serving(candidates: dict[int, Cluster], queue: str, version: str | None) -> dict[int, Cluster]:
    name = parent(queue, stage=Stage.CLUSTER)
    what = "`queues` of a cluster"
    serving = {
        index: cluster
        for index, cluster in candidates.items()
        if contains(cluster.queues, name, stage=Stage.CLUSTER, what=what)
    }
    if not serving:
        message = f"Cluster with queue {queue} having Spark version {_shown(version)} not found"
        raise refused(Stage.CLUSTER, 400, message)
    return serving


def _entries(config: Config) -> tuple[Cluster | None, ...]:
    if config.clusters is None:
        raise broken(Stage.CLUSTER, "the file has no `sparkClusters`")
    return config.clusters


def _there(cluster: Cluster | None) -> Cluster:
    if cluster is None:
        raise broken(Stage.CLUSTER, "`sparkClusters` has a null element")
    return cluster


def _has_version(cluster: Cluster, version: str | None) -> bool:
    what = f"`sparkVersions` of the cluster {cluster.id}"
    return contains(cluster.spark_versions, version, stage=Stage.CLUSTER, what=what)


def _shown(text: str | None) -> str:
    """Return a text as Java's formatter shows it."""
    return "null" if text is None else text
