"""One request before one configuration: what every step of BPG's way reads. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from mwaa_operator.gateway.bpg.config import Cluster, Config
from mwaa_operator.gateway.bpg.request import Request


@dataclass(frozen=True)
class Case:
    """A request whose caller is known.

    Attributes:
        config: What BPG started from.
        request: What it was asked.
        user: Who asked.
        now: Seconds since 1970, for the times in queue tokens; None: they are not looked at.
    """

    config: Config
    request: Request
    user: str
    now: float | None = None


@dataclass(frozen=True)
class Job:
    """A request that has a cluster and a queue.

    Attributes:
        case: The request.
        index: Of the cluster in the file.
        cluster: Its entry.
        queue: The one that was drawn or named for labels and limits, full name.
    """

    case: Case
    index: int
    cluster: Cluster
    queue: str
