"""The state of a simulated environment, and of an account and Region with several: frozen, hashable, without behaviour.

Whoever walks the state machine (the server, a model checker) only ever passes these values on. Times are epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from localcloud.aws.mwaa.laws import Laws, Outcome

Pairs = tuple[tuple[str, str], ...]
"""A map of strings, sorted by key."""


class Status(StrEnum):
    """Statuses of an environment (botocore model mwaa: EnvironmentStatus)."""

    CREATING = "CREATING"
    CREATE_FAILED = "CREATE_FAILED"
    AVAILABLE = "AVAILABLE"
    UPDATING = "UPDATING"
    DELETING = "DELETING"
    DELETED = "DELETED"
    UNAVAILABLE = "UNAVAILABLE"
    UPDATE_FAILED = "UPDATE_FAILED"
    ROLLING_BACK = "ROLLING_BACK"
    CREATING_SNAPSHOT = "CREATING_SNAPSHOT"
    PENDING = "PENDING"
    MAINTENANCE = "MAINTENANCE"


SETTLED = frozenset({Status.AVAILABLE, Status.UPDATE_FAILED, Status.CREATE_FAILED, Status.UNAVAILABLE})
"""Statuses in which AWS has nothing in hand."""

SERVING = frozenset({Status.AVAILABLE, Status.UPDATE_FAILED, Status.UPDATING, Status.MAINTENANCE, Status.ROLLING_BACK})
"""Statuses in which the web server answers."""


class Artifact(NamedTuple):
    """A pinned S3 object: key and version id."""

    path: str
    version: str


class ModuleLog(NamedTuple):
    """One logging module."""

    enabled: bool
    level: str


class Module(NamedTuple):
    """How a logging module is called in the API and in its log group's name."""

    member: str
    suffix: str


MODULES = (
    Module("DagProcessingLogs", "DAGProcessing"),
    Module("SchedulerLogs", "Scheduler"),
    Module("TaskLogs", "Task"),
    Module("WebserverLogs", "WebServer"),
    Module("WorkerLogs", "Worker"),
)


class Team(NamedTuple):
    """One team of a multi-team environment."""

    name: str
    source_bucket_arn: str
    dag_s3_path: str


@dataclass(frozen=True, slots=True)
class Config:
    """What CreateEnvironment and UpdateEnvironment set; members as in botocore's model, in snake case."""

    execution_role_arn: str
    source_bucket_arn: str
    dag_s3_path: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    airflow_version: str
    environment_class: str
    min_workers: int
    max_workers: int
    schedulers: int
    min_webservers: int
    max_webservers: int
    webserver_access_mode: str
    weekly_maintenance_window_start: str
    endpoint_management: str
    logging: tuple[ModuleLog, ...]
    """In the order of MODULES."""
    options: Pairs = ()
    plugins: Artifact | None = None
    requirements: Artifact | None = None
    startup_script: Artifact | None = None
    kms_key: str | None = None
    identity_center: Pairs = ()
    teams: tuple[Team, ...] = ()


@dataclass(frozen=True, slots=True)
class LastUpdate:
    """botocore model mwaa: LastUpdate."""

    status: str
    created_at: float
    error: tuple[str, str] | None = None
    """Code and message."""
    source: str | None = None
    strategy: str | None = None


class Effect(StrEnum):
    """What a step does beside setting the status."""

    NONE = "none"
    READY = "ready"
    CREATE_FAILED = "create-failed"
    COMMIT = "commit"
    REVERT = "revert"
    MAINTAINED = "maintained"
    GONE = "gone"


class Step(NamedTuple):
    """Something that will happen: at what time the environment gets which status."""

    at: float
    status: str
    effect: Effect = Effect.NONE
    error: tuple[str, str] | None = None


class Stale(NamedTuple):
    """What Get still shows until a time (eventual consistency)."""

    until: float
    status: str
    config: Config
    last_update: LastUpdate | None


class StaleTags(NamedTuple):
    """The tags that reads still show until a time."""

    until: float
    tags: Pairs


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment."""

    account: str
    region: str
    name: str
    status: str
    config: Config
    created_at: float
    tags: Pairs = ()
    target: Config | None = None
    """The configuration of an update that is not finished."""
    last_update: LastUpdate | None = None
    steps: tuple[Step, ...] = ()
    """What is going to happen, soonest first."""
    endpoints: bool = False
    """Whether the endpoint services are there."""
    ready: bool = False
    """Whether it was ever available."""
    forced: bool = False
    """Whether an update with FORCED replacement was ever finished."""
    hidden_until: float = 0.0
    hidden_reads: int = 0
    unlisted_until: float = 0.0
    stale: Stale | None = None
    stale_tags: StaleTags | None = None

    @property
    def hidden(self) -> bool:
        """Whether reads say "not found" (as of the last `advance`)."""
        return self.hidden_until > 0 or self.hidden_reads > 0

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:{partition(self.region)}:airflow:{self.region}:{self.account}:environment/{self.name}"


@dataclass(frozen=True, slots=True)
class World:
    """All environments of one account and Region, sorted by name, and what is scripted for names ("*" = any)."""

    account: str
    region: str
    laws: Laws = field(default_factory=Laws)
    environments: tuple[Environment, ...] = ()
    outcomes: tuple[tuple[str, Outcome], ...] = ()

    def find(self, name: str) -> Environment | None:
        """Return the environment of that name, hidden or not."""
        return next((item for item in self.environments if item.name == name), None)


def partition(region: str) -> str:
    """Return the ARN partition of a Region."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def pairs(mapping: dict[str, str]) -> Pairs:
    """Freeze a map of strings."""
    return tuple(sorted(mapping.items()))
