"""When an entry may leave the file, and when a deleted route may go. Pure.

An entry stays until nobody can ask for a job of it: no pod routes it any more, requests in flight have arrived, and
after that none of its jobs was left. A route does not wait that long: what it leaves behind are tombstones.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mwaa_operator.gateway.actions import ReleaseRoute
from mwaa_operator.gateway.plan.situation import LeavingRoute, Situation
from mwaa_operator.gateway.revision import anywhere
from mwaa_operator.gateway.status import Entry


def released(s: Situation) -> frozenset[str]:
    """Return ids without a job, under which none can arrive: a file need not know them any more."""
    return s.once("released", lambda: frozenset(id_ for id_ in anywhere(s.serving) if _is_over(s, id_)))


def routed_somewhere(s: Situation) -> frozenset[str]:
    """Return ids under which a job may arrive now, in whatever pod."""
    return s.once("routed somewhere", lambda: frozenset[str]().union(*(revision.routed for revision in s.serving)))


def releases(s: Situation) -> tuple[ReleaseRoute, ...]:
    """Return the deleted routes that may go now."""
    return tuple(ReleaseRoute(route.key) for route in s.observed.leaving if all_arrived(s) and _may_go(s, route))


def all_arrived(s: Situation) -> bool:
    """Return whether no call can be under way any more that points the Deployment elsewhere: calls end within this."""
    return s.status.last_rollout_at is None or s.since(s.status.last_rollout_at) >= s.timings.grace


def _is_over(s: Situation, id_: str) -> bool:
    if id_ in routed_somewhere(s):
        return False
    jobs, unrouted = s.observed.jobs.get(id_), _unrouted_since(s)
    if jobs is not None:
        return jobs.left == 0 and unrouted is not None and jobs.counted_at >= unrouted
    return _is_uncountable(s, id_)


def _unrouted_since(s: Situation) -> datetime | None:
    """Return from when on a count can be believed: no pod has run anything but what serves now for a while."""
    active = s.status.active_revision
    if active is None or active.since is None:
        return None
    return datetime.fromisoformat(active.since) + timedelta(seconds=s.timings.grace)


def _is_uncountable(s: Situation, id_: str) -> bool:
    """Return whether nobody will ever count: its cluster has not been the gateway's for long enough."""
    entry = next((item for item in s.status.entries if item.id == id_), None)
    if entry is None or entry.cluster is None or _is_cluster(s, entry):
        return False
    return entry.since is not None and s.since(entry.since) >= s.timings.uncounted


def _is_cluster(s: Situation, entry: Entry) -> bool:
    """Return whether the entry's cluster is still the gateway's, and where the entry says that it is."""
    if not any(cluster.name == entry.cluster for cluster in s.spec.clusters):
        return False
    look = s.observed.clusters.get(entry.cluster or "")
    written = {file["masterUrl"] for revision in s.serving if (file := revision.clusters.get(entry.id)) is not None}
    return look is None or not written or look.url in written


def _may_go(s: Situation, route: LeavingRoute) -> bool:
    if (s.now - route.deleted_at).total_seconds() >= route.timeout:
        return True
    entries = [entry for revision in s.serving for entry in revision.entries if entry.route == route.key]
    if any(entry.id in routed_somewhere(s) for entry in entries):
        return False
    return not route.waits or all(entry.id in released(s) for entry in entries)
