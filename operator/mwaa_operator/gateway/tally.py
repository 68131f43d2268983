"""What a pass adds to the figures of a gateway and its routes: how a rollout ended, and what was seen just now. Pure.

Figures follow status: an end counts in the pass that stored it and in no other. What nobody knows has no figure: a zero
would say something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from mwaa_operator.api.plan import Notice
from mwaa_operator.gateway.plan.jobs import running
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.plan.stages import ROLLING
from mwaa_operator.gateway.plan.statuses import route_counts
from mwaa_operator.gateway.reasons import EventReason
from mwaa_operator.gateway.routestatus.view import Pass, View
from mwaa_operator.gateway.status import SparkGatewayStatus
from mwaa_operator.route.targets import Target

RESULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        EventReason.ROLLED_OUT: "active",
        EventReason.PROOF_FAILED: "proof_failed",
        EventReason.ROUTE_SET_ASIDE: "route_set_aside",
    }
)
"""What is told once when a revision comes to its end, and the word for that end."""

TargetKey = tuple[str, str, str]
"""Namespace and name of a route, and the name of a target in its spec."""


@dataclass(frozen=True)
class Rollout:
    """A revision that came to its end.

    Attributes:
        result: One of `RESULTS`.
        seconds: From its first change on until all pods served it; None: it does not serve, or nobody knows.
    """

    result: str
    seconds: float | None = None


@dataclass(frozen=True)
class Tally:
    """The figures of one gateway and its routes after one pass.

    Attributes:
        rollout: What ended in this pass; None: nothing.
        clusters: Whether each cluster can run jobs, by name; one is missing of which nobody knows.
        routes: How many routes are active, waiting, refused and leaving.
        jobs: Jobs under way of each target; one is missing whose jobs nobody could count.
        shares: The share of each target in the jobs of its queue, 0 to 1; none of a route whose jobs are refused.
    """

    rollout: Rollout | None = None
    clusters: Mapping[str, bool] = field(default_factory=dict)
    routes: Mapping[str, int] = field(default_factory=dict)
    jobs: Mapping[TargetKey, int] = field(default_factory=dict)
    shares: Mapping[TargetKey, float] = field(default_factory=dict)


def tally(s: Situation, closing: SparkGatewayStatus, notices: Iterable[Notice]) -> Tally:
    """Return the figures after a pass.

    Args:
        s: The situation that was planned on, with its looks at clusters.
        closing: What the pass left behind and the API server has stored.
        notices: What the pass told.
    """
    common, counts = Pass(s, closing, {}, None), _counts(s)
    views = (View(common, key, route) for key, route in sorted(s.observed.attached.items()))
    targets = [(v, item) for v in views for item in v.spec.targets]
    jobs = {_key(v, item): counts.get((v.key, item.name)) for v, item in targets}
    shares = {_key(v, item): _share(v, item) for v, item in targets}
    return Tally(
        rollout=_rollout(s, closing, notices),
        clusters=_clusters(s),
        routes=_routes(s),
        jobs={key: number for key, number in jobs.items() if number is not None},
        shares={key: share for key, share in shares.items() if share is not None},
    )


def _rollout(s: Situation, closing: SparkGatewayStatus, notices: Iterable[Notice]) -> Rollout | None:
    result = next((RESULTS[notice.reason] for notice in notices if notice.reason in RESULTS), None)
    return None if result is None else Rollout(result, _seconds(s, closing))


def _seconds(s: Situation, closing: SparkGatewayStatus) -> float | None:
    """Return how long it took until the revision served that was rolled; status remembers its beginning."""
    staged, active = s.status.staged_revision, closing.active_revision
    if staged is None or active is None or staged.state != ROLLING or staged.name != active.name:
        # Of a revision that somebody else pointed the Deployment to nobody knows when it was asked for.
        return None
    return None if staged.since is None else s.since(staged.since)


def _clusters(s: Situation) -> dict[str, bool]:
    """Return how clusters are; one that is Disabled is not looked at, so that nobody knows."""
    asked, looks = (item.name for item in s.spec.clusters if item.state != "Disabled"), s.observed.clusters
    return {name: looks[name].healthy for name in asked if name in looks}


def _routes(s: Situation) -> dict[str, int]:
    counts, leaving = route_counts(s), len(s.observed.leaving)
    attached, active, refused = counts.attached or 0, counts.active or 0, counts.refused or 0
    waiting = attached - leaving - active - refused
    return {"active": active, "waiting": waiting, "refused": refused, "leaving": leaving}


def _counts(s: Situation) -> dict[tuple[str, str], int | None]:
    """Return the jobs under way by route and target, of entries that it had before among them; None: not all known."""
    found: dict[tuple[str, str], int | None] = {}
    known, entries = running(s), {entry.id: entry for revision in s.serving for entry in revision.entries}
    for entry in entries.values():
        place, number = (entry.route, entry.target), known.get(entry.id)
        before = found.get(place, 0)
        found[place] = None if number is None or before is None else before + number
    return found


def _share(v: View, target: Target) -> float | None:
    """Return what status.split says of a target; one that it does not name takes none of the jobs."""
    shares = v.prediction.shares if v.prediction is not None else {}
    return float(shares.get(target.name, 0)) if shares else None


def _key(v: View, target: Target) -> TargetKey:
    namespace, _, name = v.key.partition("/")
    return namespace, name, target.name
