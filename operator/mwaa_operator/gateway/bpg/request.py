"""A submission as BPG gets it: who asks, and those members of the body that decide what becomes of it. Pure data.

Left out is what never changes an answer: arguments, files, dependencies, labels, environment, volumes. Source:
apple/batch-processing-gateway, SubmitApplicationRequest, SparkPodSpec.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PROBE_TYPE = "__probe__"
"""A type that no image has: a request with it and without an image is refused when all routing is done."""


@dataclass(frozen=True)
class Claims:
    """A queue token whose signature and times are taken for good.

    Attributes:
        issuer: `iss`.
        queues: `allowedQueues`; None: the claim is missing.
    """

    issuer: str | None = "airflow"
    queues: tuple[str | None, ...] | None = ()


@dataclass(frozen=True)
class Pod:
    """`driver` or `executor`: what a request says of sizes; None is not said.

    Attributes:
        cores: Whole cores.
        core_limit: Whole cores as text, the one form that BPG reads.
        memory: Number and unit.
        instances: Executors only.
    """

    cores: int | None = None
    core_limit: str | None = None
    memory: str | None = None
    instances: int | None = None


@dataclass(frozen=True)
class Request:
    """One `POST /spark`.

    Attributes:
        user: The header `User-Account`; None: not sent.
        basic_user: The user of basic authentication; either of the two may pass.
        dag_user: The parameter `dagUser`, which counts for `airflow_system_account` alone.
        queue: None and empty: the caller's default queue.
        queue_token: A JWT, or what one says.
        spark_version: None matches no cluster.
        type: None and empty: `Java` with a main class, else `Python`.
        main_class: Of a job on the JVM.
        image: None and empty: one of the configured ones.
        cluster_id: Names a cluster whatever its weight and queues.
        spot_instance: Whether executors may be interrupted.
        submission_id_suffix: Becomes part of the object's name.
        application_name: Becomes a label, made fit for one.
        spark_conf: None: the body has none, which is not the same as empty.
        driver: None: not said.
        executor: None: not said.
    """

    user: str | None = None
    basic_user: str | None = None
    dag_user: str = "dagUser"
    queue: str | None = None
    queue_token: str | Claims | None = field(default=None, repr=False)
    spark_version: str | None = None
    type: str | None = None
    main_class: str | None = None
    image: str | None = None
    cluster_id: str | None = None
    spot_instance: bool = False
    submission_id_suffix: str | None = None
    application_name: str | None = None
    spark_conf: Mapping[str, str | None] | None = None
    driver: Pod | None = None
    executor: Pod | None = None


def probe(*, user: str, queue: str, spark_version: str, queue_token: str | Claims | None = None) -> Request:
    """Return the request that asks for a way and creates nothing.

    Args:
        user: One that is allowed.
        queue: Full name.
        spark_version: As a job would say it.
        queue_token: For a secure queue.
    """
    return Request(
        user=user,
        queue=queue,
        spark_version=spark_version,
        queue_token=queue_token,
        type=PROBE_TYPE,
        driver=Pod(),
        executor=Pod(),
    )
