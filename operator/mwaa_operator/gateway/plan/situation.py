"""What one decision is made from: the gateway, its routes, clusters, pods and Secrets as they are, and the clock. Pure.

All of it is frozen data. The rules take a `Situation` and nothing else, so that a table, a property or the model
checker can put them into any situation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any

from mwaa_operator.api.fields import seconds
from mwaa_operator.api.memo import Memo
from mwaa_operator.api.meta import APPROVE_CHANGES, RETRY_REQUESTED_AT
from mwaa_operator.gateway.api import SparkGateway, SparkGatewaySpec, SparkGatewayStatus
from mwaa_operator.gateway.plan.timings import RolloutTimings
from mwaa_operator.gateway.render.file import RenderedEntry
from mwaa_operator.gateway.render.scene import Candidate
from mwaa_operator.gateway.revision import Revision
from mwaa_operator.gateway.status import QueueKeys
from mwaa_operator.route.api import SparkJobRoute


@dataclass(frozen=True)
class Reply:
    """What a pod answered to one probe.

    Attributes:
        status: HTTP; 0: it did not answer.
        message: Of the body.
    """

    status: int
    message: str = ""


Replies = Mapping[tuple[str, str], Reply]
"""Kind of a probe and its subject to the answer."""


@dataclass(frozen=True)
class PodLook:
    """One pod that the Service selects, or selected until a moment ago.

    Attributes:
        name: Its name.
        revision: Which one it runs.
        ready: Whether it takes requests.
        created_at: When it was made.
        leaving: Whether it is being deleted.
        replies: To the probes of its own revision; None: not asked in this pass. `pods` asks all that are ready.
    """

    name: str
    revision: str
    ready: bool
    created_at: datetime
    leaving: bool = False
    replies: Replies | None = None


@dataclass(frozen=True)
class DeploymentLook:
    """The Deployment of the serving pods.

    Attributes:
        revision: Which one its template names.
        resource_version: Of the object.
        complete: Its controller has seen the template, all replicas run it and are ready, and there are no others.
    """

    revision: str
    resource_version: str
    complete: bool


@dataclass(frozen=True)
class ProofLook:
    """A pod of a proof.

    Attributes:
        name: Its name.
        revision: Which one it runs.
        ready: Whether it answers.
        trouble: Why it does not start, in a sentence; empty while nothing is known.
        replies: None: not asked in this pass. `proof` asks it.
        restarts: How often its program was started anew.
    """

    name: str
    revision: str
    ready: bool = False
    trouble: str = ""
    replies: Replies | None = None
    restarts: int = 0


@dataclass(frozen=True)
class ClusterLook:
    """One Spark cluster, with the same token that BPG has.

    Attributes:
        url: Address of its API server.
        ca: Certificates that sign its own, PEM in base64.
        token: Reference to the token, as BPG resolves it.
        reachable: Whether the API answers and takes the token.
        healthy: Whether it can run jobs at this moment: reachable, and its Spark operator works.
        reason: Why not.
        message: The same for people.
        token_expires_at: When a token ends that was made for it; None: nobody knows.
        running: Namespace to the id of an entry to how many of its jobs are under way; a namespace is missing whose
            jobs were not counted.
    """

    url: str
    ca: str
    token: str
    reachable: bool = True
    healthy: bool = True
    reason: str = ""
    message: str = ""
    token_expires_at: datetime | None = None
    running: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class ClusterTrouble:
    """Why nothing is known of a cluster: neither its address nor its certificates.

    Attributes:
        reason: One of the gateway's.
        message: The same for people, with what to do.
    """

    reason: str
    message: str


@dataclass(frozen=True)
class JobsLook:
    """Jobs of one entry, those among them that have ended and are still there: clients may ask for them.

    Attributes:
        left: How many.
        counted_at: When.
    """

    left: int
    counted_at: datetime


@dataclass(frozen=True)
class LeavingRoute:
    """A route that is deleted and still has our finalizer.

    Attributes:
        key: `namespace/name`.
        deleted_at: When.
        waits: Whether it waits for its jobs (`deletionPolicy: Drain`).
        timeout: How long, in seconds.
    """

    key: str
    deleted_at: datetime
    waits: bool = True
    timeout: float = 86_400.0


@dataclass(frozen=True)
class Observed:
    """What one pass saw.

    Attributes:
        template: Digest of how the pods shall be, but for the file.
        candidates: Routes that refer to the gateway and are not deleted; a suspended one in the form that is active.
        leaving: Those that are deleted.
        attached: All routes that refer to the gateway as the API server holds them, by key: of these the status is
            written.
        referring: Keys of all that refer to it, also of those that do not fit their kind any more, sorted.
        clusters: By name; one is missing whose address or certificates were never known.
        troubles: Why it is missing, by name.
        revisions: By name, those whose Secrets are there.
        deployment: None: there is none.
        pods: All that run or are being deleted.
        proofs: Pods of proofs.
        jobs: Id of an entry to its jobs, for entries whose cluster could be asked.
        keys: That sign queue tokens, the newest first.
        places: Address of an API server and namespace to the data class that an older gateway uses them for.
        zones: Name of a time zone to the zone; one that does not exist is missing.
        stale: Objects of the gateway that are missing or otherwise than they should be, as they should be.
        foreign: Objects that have a name which the gateway needs and are not its own, such as `Service phi`.
        rival: `namespace/name` of an older gateway of the same name; empty: there is none.
        address: Where clients reach the gateway; None: nowhere yet.
        bpg_revision: The source revision that a pod says it is of; None: nobody was asked.
        queue_keys: What is told of `keys`.
    """

    template: str
    candidates: tuple[Candidate, ...] = ()
    leaving: tuple[LeavingRoute, ...] = ()
    attached: Mapping[str, SparkJobRoute] = field(default_factory=dict)
    referring: tuple[str, ...] = ()
    clusters: Mapping[str, ClusterLook] = field(default_factory=dict)
    troubles: Mapping[str, ClusterTrouble] = field(default_factory=dict)
    revisions: Mapping[str, Revision] = field(default_factory=dict)
    deployment: DeploymentLook | None = None
    pods: tuple[PodLook, ...] = ()
    proofs: tuple[ProofLook, ...] = ()
    jobs: Mapping[str, JobsLook] = field(default_factory=dict)
    keys: tuple[str, ...] = field(default=(), repr=False)
    places: Mapping[tuple[str, str], str] = field(default_factory=dict)
    zones: Mapping[str, tzinfo] = field(default_factory=dict)
    stale: tuple[Mapping[str, Any], ...] = ()
    foreign: tuple[str, ...] = ()
    rival: str = ""
    address: str | None = None
    bpg_revision: str | None = None
    queue_keys: QueueKeys | None = None


@dataclass(frozen=True)
class Situation(Memo):
    """Everything that a rule may look at.

    Attributes:
        resource: The gateway as the API server holds it.
        observed: What this pass saw.
        now: UTC.
        timings: Durations, already scaled.
    """

    resource: SparkGateway
    observed: Observed
    now: datetime
    timings: RolloutTimings = field(default_factory=RolloutTimings)

    @property
    def spec(self) -> SparkGatewaySpec:
        """What is asked for."""
        return self.resource.spec

    @property
    def status(self) -> SparkGatewayStatus:
        """What the last pass left behind."""
        return self.resource.status

    @cached_property
    def active(self) -> Revision | None:
        """The revision that all pods ran at last, if there ever was one."""
        active = self.status.active_revision
        return None if active is None else self.revision(active.name)

    @cached_property
    def serving(self) -> tuple[Revision, ...]:
        """All revisions that a pod may run now, or before the next look: every one must know every running job."""
        deployment, names = self.observed.deployment, {pod.revision for pod in self.observed.pods}
        if deployment is not None:
            names.add(deployment.revision)
        if self.status.active_revision is not None and not (deployment and deployment.complete):
            names.add(self.status.active_revision.name)
        return tuple(self.revision(name) for name in sorted(names))

    def revision(self, name: str) -> Revision:
        """Return a revision; of one whose Secret is lost, what status remembers."""
        return self.observed.revisions.get(name) or Revision(name, "", self.remembered)

    @cached_property
    def remembered(self) -> tuple[RenderedEntry, ...]:
        """Entries of the active revision as status has them."""
        return tuple(
            RenderedEntry(
                entry.id,
                entry.identity,
                entry.mode,
                entry.route or "",
                entry.target or "",
                entry.cluster or "",
                entry.weight or 0,
            )
            for entry in self.status.entries
        )

    @property
    def approved(self) -> str | None:
        """What a person allowed by annotation."""
        return self.resource.metadata.annotations.get(APPROVE_CHANGES)

    @cached_property
    def retry(self) -> str | None:
        """The retry annotation if it was not answered yet, cut as status keeps it."""
        asked = self.resource.metadata.annotations.get(RETRY_REQUESTED_AT)
        asked = None if asked is None else asked[:256]
        return asked if asked and asked != self.status.last_handled_retry_at else None

    def lasts(self, duration: str) -> float:
        """Return how many seconds a duration of a spec takes here."""
        return seconds(duration) / self.timings.factor

    def since(self, moment: str | None) -> float:
        """Return the seconds since an RFC 3339 time of status; 0 for None."""
        return 0.0 if moment is None else max(0.0, (self.now - datetime.fromisoformat(moment)).total_seconds())

    @property
    def print_time(self) -> str:
        """The situation's time with microseconds, so that short scaled durations can be measured from it."""
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
