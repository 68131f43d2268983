"""What a Lease says, in the words that the leader election (engine) and the API server's client (kube) share.

The two are siblings that do not import each other. Pure data: when a Lease is written is engine/leader.py's business,
how it is written is kube/lease.py's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Lease:
    """What a Lease says (coordination.k8s.io/v1 LeaseSpec).

    Attributes:
        holder: Who holds it; empty after a release.
        duration: Seconds for which it holds after a renewal; stored in whole seconds, rounded up.
        acquired_at: When the holder got it, UTC. For people only: no decision looks at a remote clock.
        renewed_at: When the holder renewed it last, UTC, by the holder's clock. For people only.
        transitions: How often it changed hands.
        resource_version: What a change is based on; empty for one that does not exist yet.
    """

    holder: str
    duration: float
    acquired_at: datetime | None
    renewed_at: datetime | None
    transitions: int
    resource_version: str = ""
