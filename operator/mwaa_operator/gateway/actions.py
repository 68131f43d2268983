"""What a pass may do for a gateway. Each is one idempotent call, or one that an intent in status stands for. Pure.

None of them says how: whoever carries them out knows names of objects and the API server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mwaa_operator.gateway.revision import Revision


@dataclass(frozen=True)
class AddFinalizer:
    """Put our finalizer on the gateway."""


@dataclass(frozen=True)
class RemoveFinalizer:
    """Take our finalizer off the gateway: Kubernetes deletes what it owns.

    Attributes:
        meant: Whether routes that refer to its name mean this gateway, so that none may be left.
    """

    meant: bool = True


@dataclass(frozen=True)
class ApplyObject:
    """Make an object of the gateway what it should be: its Service, its role, all that no revision decides about.

    Attributes:
        body: The whole object; with a resourceVersion, only if it has not changed since.
    """

    body: Mapping[str, Any]


@dataclass(frozen=True)
class CreateRevisionSecret:
    """The Secret of a revision, with its file and what its entries stand for; it never changes, and may be there."""

    revision: Revision


@dataclass(frozen=True)
class StartProof:
    """A pod that runs a revision and that no client reaches; its name follows from the revision's, and it may be
    there."""

    revision: str


@dataclass(frozen=True)
class StopProof:
    """Delete a pod of a proof; it may be gone."""

    pod: str


@dataclass(frozen=True)
class PointDeployment:
    """Let the serving pods run a revision.

    Attributes:
        revision: Name of a revision that was proven.
        resource_version: Of the Deployment that was planned on: sent along, so that a call which was under way for long
            changes nothing any more. None: there is none, and it is made.
    """

    revision: str
    resource_version: str | None


@dataclass(frozen=True)
class DeletePod:
    """Delete a serving pod, so that another one takes its place; it may be gone."""

    pod: str


@dataclass(frozen=True)
class DeleteRevision:
    """Delete the Secret of a revision that nothing runs and that history does not keep; it may be gone."""

    revision: str


@dataclass(frozen=True)
class ReleaseRoute:
    """Let a deleted route go: no job can arrive any more, and its jobs have ended or are waited for no longer.

    Attributes:
        route: `namespace/name`.
    """

    route: str
