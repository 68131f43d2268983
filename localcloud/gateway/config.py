"""What BPG holds in memory of its file. Pure data; a null in a list is None, as BPG keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.gateway.jackson import TextMap, Texts
from localcloud.gateway.profile import Profile

Objects = tuple[Mapping[str, Any] | None, ...]


@dataclass(frozen=True)
class Cluster:
    """An entry of `sparkClusters`: one namespace of one Kubernetes cluster."""

    id: str | None = None
    weight: int = 0
    queues: Texts | None = None
    spark_versions: Texts | None = None
    master_url: str | None = None
    user_token: str | None = field(default=None, repr=False)
    ca_cert: str | None = field(default=None, repr=False)
    timeout_millis: int | None = 30000
    namespace: str | None = None
    service_account: str | None = None
    batch_scheduler: str | None = None
    ttl_seconds: int | None = None
    ui_url: str | None = None
    spark_conf: TextMap | None = None
    ui_options: Mapping[str, Any] | None = None
    volumes: Objects | None = None
    driver: Mapping[str, Any] | None = None
    executor: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Queue:
    """An entry of `queues`."""

    name: str | None = None
    secure: bool | None = None
    users: Texts | None = None
    max_running_millis: int | None = None
    max_executors: int | None = None
    driver_label_key: str | None = None
    driver_label_values: Texts | None = None
    executor_label_key: str | None = None
    executor_label_values: Texts | None = None
    spot_label_values: Texts | None = None
    driver_cpu: float = 1.0
    driver_memory: float = 1.0
    executor_cpu: float = 1.0
    executor_memory: float = 1.0
    zones: Texts | None = None


@dataclass(frozen=True)
class Image:
    """An entry of `sparkImages`."""

    name: str | None = None
    types: Texts | None = None
    version: str | None = None


@dataclass(frozen=True)
class Tokens:
    """`queueTokenSOPS`."""

    secrets: Texts | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Connector:
    """Where to listen; no host means every address."""

    port: int
    host: str | None = None


@dataclass(frozen=True)
class Health:
    """The block `health`, as far as readiness depends on it.

    Attributes:
        checked: Whether BPG's own check, `sparkClusters`, is among those that count.
        delayed: Whether a stop begins with answering 503 while all else is served.
        wait_seconds: For how long.
        begins_after: Seconds from the start until a check that is well has been so often enough to count.
    """

    checked: bool
    delayed: bool
    wait_seconds: float
    begins_after: float = 0.0


@dataclass(frozen=True)
class Config:
    """The whole file."""

    profile: Profile
    context_path: str = "/skatev2"
    clusters: tuple[Cluster | None, ...] | None = None
    queues: tuple[Queue | None, ...] | None = None
    images: tuple[Image | None, ...] | None = None
    tokens: Tokens | None = None
    default_conf: TextMap | None = None
    fixed_conf: TextMap | None = None
    allowed_users: Texts | None = None
    blocked_users: Texts | None = None
    status_cache_millis: int | None = None
    application: Connector = Connector(8080)
    admin: Connector = Connector(8081)
    health: Health | None = None
