"""What a file is rendered from: the gateway, its routes, what is known of clusters, and what was rendered before. Data.

Whoever observes fills it; nothing is decided here. Credentials of clusters are references, never values; the only
secrets are the keys of queue tokens, which BPG reads from the file itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.route.api import SparkJobRoute
from mwaa_operator.route.reasons import Reason


@dataclass(frozen=True)
class ClusterView:
    """One Spark cluster as it is seen now.

    Attributes:
        url: Address of its API server.
        ca: Certificates that sign its own, PEM in base64.
        token: Reference to a bearer token, as BPG resolves it: `k8s:secret:<namespace>:<name>:<key>`.
        healthy: Whether it can run jobs at this moment.
        lasting: For how many seconds, as specs count them, that has been so; without end if never otherwise.
        open: Whether it may take new jobs: its state is Active and no maintenance window is near.
    """

    url: str
    ca: str
    token: str
    healthy: bool = True
    open: bool = True
    lasting: float = inf


@dataclass(frozen=True)
class Candidate:
    """A route that refers to the gateway.

    Attributes:
        route: As it is to be rendered; of a suspended one the form that is active.
        namespace_labels: Of its namespace; empty if they could not be read.
    """

    route: SparkJobRoute
    namespace_labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.route.metadata.namespace}/{self.route.metadata.name}"


@dataclass(frozen=True)
class Past:
    """What earlier files have promised.

    Attributes:
        ids: Digest of an identity to the id that it was given; such an id is never given to another identity.
        routed: Ids that take jobs in the active revision.
        tombstones: Id to the entry as it was rendered last, of entries that no route asks for and that must stay known
            until the last of their jobs has ended.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    routed: frozenset[str] = frozenset()
    tombstones: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """Everything that a file depends on.

    Attributes:
        gateway: The gateway.
        candidates: Routes that refer to it, in any order.
        clusters: Name in the gateway's spec to what is known of it; one that is missing cannot be rendered.
        past: What earlier files have promised.
        keys: Keys that queue tokens are signed with, the newest first.
        held: Ids that must be known to every pod before they may take jobs.
        aside: Route key to why a proof set it aside.
        places: Address of an API server and namespace to the data class that an older gateway uses them for.
    """

    gateway: SparkGateway
    candidates: tuple[Candidate, ...]
    clusters: Mapping[str, ClusterView]
    past: Past = Past()
    keys: tuple[str, ...] = field(default=(), repr=False)
    held: frozenset[str] = frozenset()
    aside: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """Why a route is left out of a file.

    Attributes:
        reason: What its Ready says.
        message: For people, with what to do.
    """

    reason: Reason
    message: str
