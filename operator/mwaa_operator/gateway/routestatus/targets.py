"""What a route's status says of each target: where it is in the file, its share, how its cluster is, why no jobs. Pure.

Mode and share are of the active revision, health is of this moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mwaa_operator.gateway.reasons import DetailReason as ClusterReason
from mwaa_operator.gateway.revision import ROUTED, STAGED
from mwaa_operator.gateway.routestatus.view import Held, View, is_asked_for
from mwaa_operator.gateway.status import ClusterStatus
from mwaa_operator.route.reasons import DetailReason, Reason
from mwaa_operator.route.status import MAX_TARGETS, TargetStatus
from mwaa_operator.route.targets import Target

_ORDER: Final = (ROUTED, STAGED, "Draining")
Why = tuple[str | None, str | None]
"""Reason and message; None: there is nothing to say."""


def target_statuses(v: View) -> list[TargetStatus]:
    """Return the targets of spec in their order, then what is still known of others."""
    entries = {item.name: v.entry(item) for item in v.spec.targets}
    found = [_status(v, item, entries[item.name]) for item in v.spec.targets]
    shown = {entry.id for entry in entries.values() if entry is not None}
    left = sorted((entry for entry in v.held if entry.id not in shown), key=_rank)
    return found + [_former(v, entry) for entry in left[: 2 * MAX_TARGETS - len(found)]]


def healthy_targets(v: View) -> str:
    """Return how many targets of spec are on healthy clusters, and of how many."""
    return f"{sum(v.cluster(item).healthy or False for item in v.spec.targets)}/{len(v.spec.targets)}"


def failed_over(v: View) -> tuple[Target, ...]:
    """Return the targets whose share went to the others because of how their clusters are, or were a moment ago."""
    if not any(entry.mode == ROUTED for entry in v.held):
        return ()
    drained = (item for item in v.spec.targets if (entry := v.entry(item)) is not None and entry.mode == "Draining")
    return tuple(item for item in drained if v.may_take_jobs(item))


def told(v: View, targets: Iterable[Target]) -> str:
    """Return what is wrong with some targets, for people."""
    parts = []
    for item in targets:
        reason, message = _why(v, item, v.entry(item))
        parts.append(f"{item.name}: {message or reason or 'nothing is known of its cluster'}")
    return "; ".join(parts)


def _rank(entry: Held) -> tuple[int, str, str]:
    return (_ORDER.index(entry.mode) if entry.mode in _ORDER else len(_ORDER), entry.target, entry.id)


def _status(v: View, item: Target, entry: Held | None) -> TargetStatus:
    reason, message = _why(v, item, entry)
    return TargetStatus(
        name=item.name,
        entry=entry.id if entry is not None else None,
        mode=entry.mode if entry is not None else None,
        share=_share(v, entry) if entry is not None else None,
        healthy=v.cluster(item).healthy,
        reason=reason,
        message=message,
        jobs=entry.jobs if entry is not None else None,
    )


def _former(v: View, entry: Held) -> TargetStatus:
    cluster = v.of.clusters.get(entry.cluster)
    return TargetStatus(
        name=entry.target or entry.id,
        entry=entry.id,
        mode=entry.mode,
        share=_share(v, entry),
        healthy=cluster.healthy if cluster is not None else None,
        jobs=entry.jobs,
    )


def _share(v: View, entry: Held) -> str | None:
    prediction = v.prediction
    share = prediction.shares.get(entry.target) if prediction is not None and entry.mode == ROUTED else None
    return str(share) if share is not None else None


def _why(v: View, item: Target, entry: Held | None) -> Why:
    """Return why a target's cluster is not healthy, or else why no jobs go there."""
    cluster = v.cluster(item)
    if not cluster.healthy:
        return _unhealthy(cluster)
    if not v.may_take_jobs(item):
        return _held_back(item, cluster)
    if entry is None or entry.mode == STAGED:
        return Reason.STAGED, "jobs go there as soon as every pod of the gateway knows it: wait"
    if entry.mode == ROUTED:
        return None, None
    if v.refused is not None or v.route.metadata.deleting:
        return Reason.DRAINING, "it takes no new jobs"
    after = v.spec.failover.recover_after
    return DetailReason.FAILED_OVER, f"jobs go to other targets until cluster {item.cluster} has been well for {after}"


def _unhealthy(cluster: ClusterStatus) -> Why:
    if cluster.healthy is None:
        text = f"nothing is known of cluster {cluster.name}: look at the gateway's clusters"
        return cluster.reason or DetailReason.NOT_CHECKED, cluster.message or text
    text = f"cluster {cluster.name} cannot run jobs: look at the gateway's clusters"
    return cluster.reason or DetailReason.TARGET_UNHEALTHY, cluster.message or text


def _held_back(item: Target, cluster: ClusterStatus) -> Why:
    if item.state != "Active":
        return ClusterReason.DRAINED, f"its state is {item.state}"
    if not is_asked_for(item):
        return ClusterReason.DRAINED, "its weight is 0"
    if cluster.reason == ClusterReason.MAINTENANCE:
        return ClusterReason.MAINTENANCE, f"cluster {cluster.name} takes no new jobs until its maintenance window ends"
    return ClusterReason.DRAINED, f"cluster {cluster.name} takes no new jobs by the word of the gateway's owner"
