"""Checks of queues and users: each rule finds one thing that BPG starts with and does not say. Pure.

Sources: apple/batch-processing-gateway, SparkClusterHelper, ApplicationSubmissionHelper, QueueTokenVerifier; Kubernetes
documentation, "Labels and Selectors".
"""

from __future__ import annotations

from collections import Counter

from pydantic import TypeAdapter

from mwaa_operator.api.spark import DEFAULT_QUEUE, MAX_QUEUE, QueueName, SubQueueName, UserName
from mwaa_operator.gateway.bpg.config import Config
from mwaa_operator.gateway.bpg.findings import Found, fits, queues_of
from mwaa_operator.gateway.bpg.request import Pod
from mwaa_operator.gateway.bpg.sizes import cores

_QUEUE: TypeAdapter[str] = TypeAdapter(QueueName)
_SUB_QUEUE: TypeAdapter[str] = TypeAdapter(SubQueueName)
_USER: TypeAdapter[str] = TypeAdapter(UserName)


def is_queue(name: str) -> bool:
    """Whether BPG and Kubernetes read a full name alike: lower case, and a label value behind `root.`."""
    parent, dot, rest = name.partition(".")
    return len(name) <= MAX_QUEUE and fits(_QUEUE, parent) and (not dot or fits(_SUB_QUEUE, rest))


def queue_names(config: Config) -> Found:
    """A name becomes a label as it is, and is compared with and without its case."""
    for path, queue in queues_of(config):
        if not is_queue(queue.name or ""):
            yield f"{path}.name", f"{queue.name!r} is no name in lower case with at most {MAX_QUEUE} characters"


def duplicate_queues(config: Config) -> Found:
    """The first decides about tokens, the last about executors."""
    counts = Counter((queue.name or "").lower() for _, queue in queues_of(config))
    for path, queue in queues_of(config):
        if counts[(queue.name or "").lower()] > 1:
            yield f"{path}.name", f"{queue.name!r} is there {counts[(queue.name or '').lower()]} times"


def open_sub_queues(config: Config) -> Found:
    """The token of a queue does not protect its sub-queues."""
    secure = {(queue.name or "").lower() for _, queue in queues_of(config) if queue.secure}
    for path, queue in queues_of(config):
        parent, dot, _ = (queue.name or "").lower().partition(".")
        if dot and not queue.secure and parent in secure:
            yield path, f"{queue.name!r} asks for no token, and {parent!r} does"


def missing_keys(config: Config) -> Found:
    """A secure queue that nobody gets into; which is what the fallback is for."""
    if not config.token_secrets:
        yield from (
            (path, f"{queue.name!r} is secure, and there are no keys")
            for path, queue in queues_of(config)
            if queue.secure and (queue.name or "").lower() != DEFAULT_QUEUE
        )


def open_fallback(config: Config) -> Found:
    """Whoever names no queue gets an answer that says nothing."""
    if not any((queue.name or "").lower() == DEFAULT_QUEUE for _, queue in queues_of(config)):
        yield "queues", f"there is no {DEFAULT_QUEUE!r}: make it a secure queue, so that jobs without one are told so"


def shared_users(config: Config) -> Found:
    """With two default queues a job gets labels of one and the cluster of another."""
    homes: dict[str, list[str]] = {}
    for _, queue in queues_of(config):
        for user in dict.fromkeys(user.lower() for user in queue.users or () if user is not None):
            homes.setdefault(user, []).append(queue.name or "")
    yield from (
        ("queues", f"{user!r} is a default user of {len(names)} queues: {', '.join(names)}")
        for user, names in homes.items()
        if len(names) > 1
    )


def user_names(config: Config) -> Found:
    """A user becomes a label as he is."""
    lists = [("allowedUsers", config.allowed_users)]
    lists += [(f"{path}.users", queue.users) for path, queue in queues_of(config)]
    for path, users in lists:
        for user in users or ():
            if user is not None and user != "*" and not fits(_USER, user):
                yield path, f"{user!r} makes no label: letters, digits and . _ - within, at most 63"


def buffers(config: Config) -> Found:
    """A buffer that leaves a pod no core."""
    for path, queue in queues_of(config):
        for field, ratio in (
            ("driverCPUBufferRatio", queue.driver_cpu_ratio),
            ("executorCPUBufferRatio", queue.executor_cpu_ratio),
        ):
            if cores(Pod(), ratio) < 1:
                yield f"{path}.{field}", f"{ratio:g} leaves a pod of one core none"
