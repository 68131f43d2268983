"""BPG's configuration as BPG holds it after its start: what was coerced, what was dropped, what is null. Pure data.

Built by `bind` only. Null elements of lists are kept, because they break requests and not the start; fields that
decide about no answer and no check are left out. Source: apple/batch-processing-gateway, AppConfig.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mwaa_operator.gateway.bpg.profile import Profile

Texts = tuple[str | None, ...]
"""A list of texts; a null element is None."""


@dataclass(frozen=True)
class StartFailure:
    """Why BPG does not start from a file.

    Attributes:
        path: Of the culprit as Dropwizard writes it, `sparkClusters.[0].weight`; empty for the whole file.
        message: What Dropwizard prints, without what it adds about the place in the text.
    """

    path: str
    message: str


@dataclass(frozen=True)
class Cluster:
    """One entry of `sparkClusters`: one namespace on one Kubernetes cluster.

    Attributes:
        id: Prefix of every submission id; null and duplicates are not refused.
        weight: Its part among those that serve a queue; none at 0 and below.
        queues: Parent queues that it serves; None and empty: none.
        spark_versions: As `queues`; without one it is not reachable by `clusterId` either.
        master_url: Of the API server.
        namespace: Of the Spark applications.
        user_token: As written: a token or a reference to one.
        ca_data: As `user_token`, and empty means the trust store of the JVM.
        ttl_seconds: None: applications are never removed.
        timeout_millis: None: 30 seconds.
        eks_cluster: A tag of metrics.
        spark_conf: Null values are kept.
        ui_annotations: Of the ingress.
        ui_tls: One element for each TLS entry: whether it has hosts. A null entry is None.
    """

    id: str | None = None
    weight: int = 0
    queues: Texts | None = None
    spark_versions: Texts | None = None
    master_url: str | None = None
    namespace: str | None = None
    user_token: str | None = field(default=None, repr=False)
    ca_data: str | None = None
    ttl_seconds: int | None = None
    timeout_millis: int | None = None
    eks_cluster: str | None = None
    spark_conf: Mapping[str, str | None] | None = None
    ui_annotations: Mapping[str, str | None] | None = None
    ui_tls: tuple[bool | None, ...] | None = None


@dataclass(frozen=True)
class Image:
    """One entry of `sparkImages`; the first that has the job's type and version is used."""

    name: str | None = None
    types: Texts | None = None
    version: str | None = None


@dataclass(frozen=True)
class Queue:
    """One entry of `queues`.

    Attributes:
        name: Parent and sub-queues are entries of their own.
        secure: Whether a token is demanded; None is no.
        users: Whose jobs go here if they name no queue. No access list.
        max_running_millis: Bound of what a request may ask for; None: 12 hours.
        max_executor_instances: None: 5,000.
        driver_values: Node labels of drivers; None and empty: any node.
        executor_values: Of executors.
        executor_spot_values: Of executors of jobs that ask for spot instances, instead of `executor_values`.
        driver_cpu_ratio: Buffers: what a request asks for is multiplied by these.
        executor_cpu_ratio: As above.
        driver_memory_ratio: As above.
        executor_memory_ratio: As above.
        allowed_zones: One of them is picked for each job; None and empty: any.
    """

    name: str | None = None
    secure: bool | None = None
    users: Texts | None = None
    max_running_millis: int | None = None
    max_executor_instances: int | None = None
    driver_values: Texts | None = None
    executor_values: Texts | None = None
    executor_spot_values: Texts | None = None
    driver_cpu_ratio: float = 1.0
    executor_cpu_ratio: float = 1.0
    driver_memory_ratio: float = 1.0
    executor_memory_ratio: float = 1.0
    allowed_zones: Texts | None = None


@dataclass(frozen=True)
class Config:
    """A file from which BPG starts.

    Attributes:
        profile: The revision that read it; another one reads it differently.
        clusters: None where the file has none; an element is None where it is null.
        images: As `clusters`.
        queues: As `clusters`.
        has_token_secrets: Whether there is a `queueTokenSOPS`.
        token_secrets: Keys of queue tokens, any of which will do.
        allowed_users: `*` is everybody; None and empty: nobody.
        blocked_users: Even if allowed.
        default_spark_conf: Lowest layer.
        status_cache_millis: How long a status, or an error instead of one, is remembered.
        context_path: Prefix of the API.
    """

    profile: Profile
    clusters: tuple[Cluster | None, ...] | None = None
    images: tuple[Image | None, ...] | None = None
    queues: tuple[Queue | None, ...] | None = None
    has_token_secrets: bool = False
    token_secrets: Texts | None = field(default=None, repr=False)
    allowed_users: Texts | None = None
    blocked_users: Texts | None = None
    default_spark_conf: Mapping[str, str | None] | None = None
    status_cache_millis: int = 990
    context_path: str = "/skatev2"
