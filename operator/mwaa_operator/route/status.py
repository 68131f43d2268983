"""The status of a SparkJobRoute: where its jobs go now, what was staged, and how its clusters are.

Written by the pass of its gateway alone. No secrets: of a token its Secret's name and its end. What is written passes
through `fit.fitted`, which keeps it small.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from mwaa_operator.api.conditions import READY, RECONCILING, STALLED, SYNCED
from mwaa_operator.api.fields import Count, ListType, Time, Token, Word, clipped
from mwaa_operator.api.records import Waiting
from mwaa_operator.api.resource import Status, StatusModel

TARGETS_HEALTHY = "TargetsHealthy"
TOKENS_READY = "TokensReady"
TOKENS_ENFORCED = "TokensEnforced"
DRAINED = "Drained"
CONNECTIONS_READY = "ConnectionsReady"

NORMAL: Final = (READY, SYNCED, TARGETS_HEALTHY, TOKENS_READY, TOKENS_ENFORCED, DRAINED, CONNECTIONS_READY)
"""Conditions that are good news when True. Only Ready and Synced sum up; the others stand beside them."""
ABNORMAL: Final = (RECONCILING, STALLED)
"""Conditions that are present only while True, and never both."""

MAX_TARGETS: Final = 16
MAX_QUEUES: Final = 34
"""The queue, its sub-queues, and the one of jobs that name none."""

Fraction = Annotated[str, Field(max_length=24)]
"""An exact share, such as 9/10 or 1."""
RevisionName = Annotated[str, Field(max_length=32)]
EntryId = Annotated[str, Field(max_length=17)]
"""How BPG calls the route's entry for a target; every job's id begins with it."""
Detail = Annotated[str, Field(max_length=256), clipped(256)]
Split = Annotated[str, Field(max_length=1536), clipped(1536)]
"""Targets with their shares, such as analytics-a=9/10 analytics-b=1/10."""


class RouteRevision(StatusModel):
    """Which revisions of the gateway hold the route."""

    active: RevisionName | None = None
    """The revision that serves jobs."""
    generation: Count | None = None
    """The metadata.generation of the route that the active revision was made of."""
    staged: RevisionName | None = None
    """The revision that is being proven or rolled, if it changes the route."""


class TargetStatus(StatusModel):
    """One target as it is served."""

    name: Word
    """The target's name in spec; of one that was removed, the name that it had."""
    entry: EntryId | None = None
    """Id of its entry in BPG."""
    mode: Word | None = None
    """Staged: known, no jobs yet. Routed: takes jobs. Draining: takes no new ones. Tombstone: gone from spec."""
    share: Fraction | None = None
    """Its share of the queue's jobs in the active revision."""
    healthy: bool | None = None
    """Whether its cluster, seen with the same token, can run jobs."""
    reason: Word | None = None
    """Why it is not healthy, or takes no jobs."""
    message: Detail | None = None
    """The same for people."""
    jobs: Count | None = None
    """Jobs that are left, ended ones among them whose status may be asked for; counted while it drains, at most once a
    minute."""


class QueueStatus(StatusModel):
    """What becomes of a job that names a queue, by the simulator, for the active revision."""

    name: Annotated[str, Field(max_length=63)]
    """The full name; the queue of jobs that name none is poc."""
    split: Split | None = None
    """Shares of the targets; absent if such jobs are refused."""
    error: Detail | None = None
    """How BPG refuses them, if it does."""


class TokenStatus(StatusModel):
    """One queue token."""

    name: Word
    """Its name in spec."""
    secret_name: Annotated[str, Field(max_length=253)] | None = None
    """The Secret that holds it."""
    key_version: Count | None = None
    """Version of the gateway's key that signed it."""
    issued_at: Time | None = None
    """When it was written."""
    expires_at: Time | None = None
    """When it ends."""


class ConnectionStatus(StatusModel):
    """One connection in Airflow."""

    connection_id: Annotated[str, Field(max_length=200)]
    """Its id."""
    environment: Annotated[str, Field(max_length=80)] | None = None
    """The MWAA environment."""
    synced: bool | None = None
    """Whether it is there as it should be."""
    reason: Word | None = None
    """Why it is not."""
    message: Detail | None = None
    """The same for people."""


class DrainStatus(StatusModel):
    """The drain of a route that is being deleted."""

    started_at: Time
    """When no new job could arrive any more."""
    deadline: Time | None = None
    """When it ends at the latest."""
    jobs: Count | None = None
    """Jobs that are left, ended ones among them whose status may be asked for, at the last look."""


class SparkJobRouteStatus(Status):
    """What the operator knows about the route. Written by the operator only."""

    gateway: Annotated[str, Field(max_length=127)] | None = None
    """The gateway that serves the route, as namespace/name."""
    url: Annotated[str, Field(max_length=512)] | None = None
    """Where jobs are sent: the gateway's address with its path."""
    profile: Word | None = None
    """The gateway's bpgProfile, which decides how names and tokens are compared."""
    split: Split | None = None
    """Shares of the targets in the active revision, as exact fractions."""
    healthy_targets: Annotated[str, Field(max_length=16)] | None = None
    """Healthy targets of all, for example 1/2."""
    revision: RouteRevision | None = None
    """Which revisions of the gateway hold the route."""
    targets: Annotated[list[TargetStatus], ListType("atomic", most=2 * MAX_TARGETS)] = Field(default_factory=list)
    """The targets of spec in their order, then those that are still draining."""
    queues: Annotated[list[QueueStatus], ListType("map", most=MAX_QUEUES, keys=("name",))] = Field(default_factory=list)
    """What becomes of jobs of each queue."""
    warnings: Annotated[list[Detail], ListType("atomic", most=8)] = Field(default_factory=list)
    """What BPG will do otherwise than one might expect."""
    tombstones: Count | None = None
    """Entries that stay known only so that their last jobs keep their status."""
    tokens: Annotated[list[TokenStatus], ListType("map", most=8, keys=("name",))] = Field(default_factory=list)
    """Queue tokens, without their values."""
    connections: Annotated[list[ConnectionStatus], ListType("map", most=8, keys=("connectionId",))] = Field(
        default_factory=list
    )
    """Connections in Airflow."""
    drain: DrainStatus | None = None
    """How far the deletion has come."""
    last_handled_retry_at: Token | None = None
    """The value of the annotation mwaa-operator.io/retry-requested-at that was answered last (first 256 characters)."""
    waiting: Waiting | None = None
    """What the object waits for outside of itself."""
