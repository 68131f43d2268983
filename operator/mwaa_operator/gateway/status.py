"""The status of a SparkGateway: the revision that serves, the one that is proven or rolled, entries, clusters, keys.

The gateway's pass writes it and reads it back as its memory between two passes. No secrets, not even hashed without a
key. What is written passes through `fit.fitted`, which keeps it small.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from mwaa_operator.api import records
from mwaa_operator.api.conditions import READY, RECONCILING, STALLED, SYNCED
from mwaa_operator.api.fields import Count, ListType, Time, Token, Word, clipped
from mwaa_operator.api.records import Hash, Waiting
from mwaa_operator.api.resource import Status, StatusModel

AVAILABLE = "Available"
TARGETS_HEALTHY = "TargetsHealthy"
TOKENS_ENFORCED = "TokensEnforced"
DEGRADED = "Degraded"

NORMAL: Final = (READY, SYNCED, AVAILABLE, TARGETS_HEALTHY, TOKENS_ENFORCED)
"""Conditions that are good news when True. Only Ready and Synced sum up; the others stand beside them."""
ABNORMAL: Final = (RECONCILING, STALLED, DEGRADED)
"""Conditions that are present only while True; Reconciling and Stalled are never both."""

MAX_CLUSTERS: Final = 32
MAX_ENTRIES: Final = 400
"""More than a file of 1 MiB holds, with the certificates of a cluster in every entry."""
MAX_SET_ASIDE: Final = 16
MAX_FINDINGS: Final = 8

RevisionName = Annotated[str, Field(max_length=32)]
"""Hash of the file's text; the Secret of the revision ends in it."""
EntryId = Annotated[str, Field(max_length=17)]
Identity = Annotated[str, Field(max_length=32)]
RouteKey = Annotated[str, Field(max_length=127)]
"""namespace/name."""
Detail = Annotated[str, Field(max_length=256), clipped(256)]


class Operation(records.Operation):
    """The intent that was stored before the Deployment is pointed to another revision."""

    revision: RevisionName | None = None
    """The revision that it is pointed to."""


class Revision(StatusModel):
    """One text of BPG's file, in a Secret of its own that never changes."""

    name: RevisionName
    """Hash of the text."""
    since: Time | None = None
    """When it became what it is here."""
    entries: Count | None = None
    """How many entries it has."""
    bytes: Count | None = None
    """Size of its text; a Secret takes 1 MiB."""


class StagedRevision(Revision):
    """The revision that is to become active."""

    step: Word | None = None
    """Expand: new entries, not routed yet. Activate: they are routed, others drain. Contract: what ended is gone."""
    state: Word | None = None
    """Rendered, Proving, Proven, Rolling or Failed."""
    tried: Word | None = None
    """After a failed proof: 2/5 passes with 2 changed routes, fails with 5."""
    pods: Count | None = None
    """While it is rolled: pods that answer from it."""


class Finding(StatusModel):
    """One probe of a proof that was not answered as predicted."""

    probe: Word
    """Queue, Entry or Status."""
    subject: Annotated[str, Field(max_length=63)]
    """The queue or the entry."""
    expected: Detail | None = None
    """What the simulator predicts."""
    answered: Detail | None = None
    """What BPG said."""


class Proof(StatusModel):
    """The last proof of a revision in a pod that no client reaches."""

    revision: RevisionName
    """The revision."""
    state: Word
    """Running, Passed or Failed."""
    pod: Annotated[str, Field(max_length=253)] | None = None
    """The pod, while it is there."""
    started_at: Time | None = None
    """When it began."""
    finished_at: Time | None = None
    """When it ended."""
    message: Detail | None = None
    """Why it failed."""
    findings: Annotated[list[Finding], ListType("atomic", most=MAX_FINDINGS)] = Field(default_factory=list)
    """Probes that were not answered as predicted."""


class Entry(StatusModel):
    """One entry of BPG's file: a route's target under an id of its own."""

    id: EntryId
    """Its id in BPG, never used for another identity; every job's id begins with it."""
    identity: Identity
    """Hash of what the id is bound to."""
    mode: Word
    """Staged, Routed, Draining or Tombstone, in the active revision."""
    route: RouteKey | None = None
    """The route, as namespace/name."""
    target: Word | None = None
    """The target's name in the route."""
    cluster: Word | None = None
    """The cluster's name."""
    weight: Count | None = None
    """Its weight in BPG's file."""
    since: Time | None = None
    """When it came into its mode."""
    jobs: Count | None = None
    """Jobs that are left; counted while it drains."""


class ClusterStatus(StatusModel):
    """One Spark cluster, as the operator sees it with the gateway's token."""

    name: Word
    """Its name in spec."""
    healthy: bool | None = None
    """Whether its API answers, takes the token and runs SparkApplications."""
    serving: bool | None = None
    """Whether it takes new jobs."""
    reason: Word | None = None
    """Why it is not healthy, or takes no jobs."""
    message: Detail | None = None
    """The same for people."""
    since: Time | None = None
    """Since when it has been healthy, or not."""
    endpoint: Annotated[str, Field(max_length=512)] | None = None
    """The address of its API."""
    token_expires_at: Time | None = None
    """When the token ends that was made for it."""
    next_window_at: Time | None = None
    """When new jobs stop for the next maintenance window."""
    window_until: Time | None = None
    """When the present maintenance window ends."""


class SetAside(StatusModel):
    """A route that a proof found to break the file."""

    route: RouteKey
    """The route, as namespace/name."""
    hash: Hash | None = None
    """Hash of what it asked for; another one is tried again."""
    reason: Word | None = None
    """What the proof found."""
    message: Detail | None = None
    """The same for people."""
    since: Time | None = None
    """When it was found."""


class RouteCounts(StatusModel):
    """How many routes refer to the gateway."""

    attached: Count | None = None
    """All that refer to it."""
    active: Count | None = None
    """Those in the active revision."""
    refused: Count | None = None
    """Those that it does not admit, or that lost a conflict."""


class QueueKeys(StatusModel):
    """The keys that sign queue tokens, without their values."""

    version: Count
    """Version of the key that signs."""
    rotated_at: Time | None = None
    """When it began to sign."""
    previous_until: Time | None = None
    """When the tokens of the key before have ended, so that it leaves the file."""


class SparkGatewayStatus(Status):
    """What the operator knows about the gateway. Written by the operator only."""

    url: Annotated[str, Field(max_length=512)] | None = None
    """Where clients reach the gateway, with its path."""
    bpg_revision: Annotated[str, Field(max_length=64)] | None = None
    """The source revision that the pods say they are of."""
    active_revision: Revision | None = None
    """The revision that serves on all pods."""
    staged_revision: StagedRevision | None = None
    """The revision that is being proven or rolled."""
    proof: Proof | None = None
    """The last proof."""
    history: Annotated[list[RevisionName], ListType("atomic", most=10)] = Field(default_factory=list)
    """Revisions whose Secrets are kept, newest first."""
    entries: Annotated[list[Entry], ListType("map", most=MAX_ENTRIES, keys=("id",))] = Field(default_factory=list)
    """Entries of the active and the staged revision, by id."""
    clusters: Annotated[list[ClusterStatus], ListType("map", most=MAX_CLUSTERS, keys=("name",))] = Field(
        default_factory=list
    )
    """The Spark clusters."""
    healthy_clusters: Annotated[str, Field(max_length=16)] | None = None
    """Healthy clusters of all, for example 2/3."""
    routes: RouteCounts | None = None
    """How many routes refer to the gateway."""
    set_aside: Annotated[list[SetAside], ListType("map", most=MAX_SET_ASIDE, keys=("route",))] = Field(
        default_factory=list
    )
    """Routes that failed a proof; the others went on."""
    warnings: Annotated[list[Detail], ListType("atomic", most=8)] = Field(default_factory=list)
    """What is odd about the file, and how full it is."""
    queue_keys: QueueKeys | None = None
    """The keys that sign queue tokens."""
    last_rollout_at: Time | None = None
    """When the pods were pointed to another revision last."""
    replaced_at: Time | None = None
    """When a pod that differed was deleted last."""
    operation: Operation | None = None
    """The call that is under way."""
    last_handled_retry_at: Token | None = None
    """The value of the annotation mwaa-operator.io/retry-requested-at that was answered last (first 256 characters)."""
    waiting: Waiting | None = None
    """What the object waits for outside of itself."""
