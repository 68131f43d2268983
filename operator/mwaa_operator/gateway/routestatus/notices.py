"""What happened to a route between two statuses: Events, each told once, when it happens. Pure.

All of it stands in status too. What has not changed since the last status is not told again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mwaa_operator.api.conditions import READY, Condition, find
from mwaa_operator.api.plan import Notice
from mwaa_operator.gateway.routestatus.deletion import Departure
from mwaa_operator.gateway.routestatus.view import View
from mwaa_operator.route.reasons import DetailReason, EventReason, Reason
from mwaa_operator.route.status import DRAINED, TARGETS_HEALTHY, SparkJobRouteStatus

_TOLD_WHEN_READY_SAYS: Final = {
    Reason.STAGED: (EventReason.STAGED, "Normal"),
    Reason.NO_HEALTHY_TARGET: (EventReason.NO_HEALTHY_TARGET, "Warning"),
    Reason.QUEUE_CONFLICT: (EventReason.CONFLICT, "Warning"),
    Reason.USER_CONFLICT: (EventReason.CONFLICT, "Warning"),
    Reason.DEFAULT_QUEUE_CONFLICT: (EventReason.CONFLICT, "Warning"),
    Reason.ISOLATION_CONFLICT: (EventReason.CONFLICT, "Warning"),
    Reason.SET_ASIDE: (EventReason.SET_ASIDE, "Warning"),
    Reason.NOT_PERMITTED: (EventReason.REFUSED, "Warning"),
    Reason.DATA_CLASS_MISMATCH: (EventReason.REFUSED, "Warning"),
    Reason.UNSUPPORTED_BY_PROFILE: (EventReason.REFUSED, "Warning"),
    Reason.FILE_TOO_LARGE: (EventReason.REFUSED, "Warning"),
    Reason.REFUSED_BY_GATEWAY: (EventReason.REFUSED, "Warning"),
}


def notices(v: View, status: SparkJobRouteStatus) -> tuple[Notice, ...]:
    """Return what is to be told.

    Args:
        v: The route, with the status before.
        status: The one that comes.
    """
    return (*_activated(v, status), *_of_ready(v, status), *_of_targets(v, status), *_of_tokens(v, status), *_end(v))


def _activated(v: View, status: SparkJobRouteStatus) -> Iterator[Notice]:
    before, now = v.before.revision, status.revision
    if now is None or now.generation != v.generation or (before is not None and before.generation == now.generation):
        return
    text = f"Revision {now.active} serves generation {now.generation} of the route: {status.split or 'no target'}."
    yield Notice(EventReason.ACTIVATED, text, action="Activate")


def _of_ready(v: View, status: SparkJobRouteStatus) -> Iterator[Notice]:
    before, now = find(v.before.conditions, READY), find(status.conditions, READY)
    if now is None:
        return
    if now.status == "True" and (before is None or before.status != "True"):
        yield Notice(EventReason.READY, now.message)
    if before is None or before.reason != now.reason:
        event = _TOLD_WHEN_READY_SAYS.get(Reason(now.reason))
        if event is not None:
            reason, type_ = event
            yield Notice(reason, now.message, type="Warning" if type_ == "Warning" else "Normal")


def _of_targets(v: View, status: SparkJobRouteStatus) -> Iterator[Notice]:
    before, now = find(v.before.conditions, TARGETS_HEALTHY), find(status.conditions, TARGETS_HEALTHY)
    if _says(now, DetailReason.FAILED_OVER) and not _says(before, DetailReason.FAILED_OVER):
        yield Notice(EventReason.FAILED_OVER, now.message if now else "", action="FailOver", type="Warning")
    if _says(before, DetailReason.FAILED_OVER) and now is not None and now.status == "True":
        yield Notice(EventReason.RECOVERED, f"All targets take their shares again: {status.split or ''}".strip())
    counts = {item.entry: item.jobs for item in status.targets}
    for item in v.before.targets:
        if item.jobs and item.entry and not counts.get(item.entry) and _is_over(v, item.entry):
            yield Notice(EventReason.DRAINED, f"The last job of target {item.name} has ended.", action="Drain")


def _is_over(v: View, id_: str) -> bool:
    """Return whether an entry has no jobs left, by a count or because it is gone."""
    look = v.of.s.observed.jobs.get(id_)
    return look.left == 0 if look is not None else all(entry.id != id_ for entry in v.held)


def _of_tokens(v: View, status: SparkJobRouteStatus) -> Iterator[Notice]:
    before = {item.name: item.issued_at for item in v.before.tokens}
    for item in status.tokens:
        if item.issued_at is not None and before.get(item.name) != item.issued_at:
            text = f"Token {item.name} is in Secret {item.secret_name} and ends at {item.expires_at}."
            yield Notice(EventReason.TOKEN_ISSUED, text, action="IssueToken")


def _end(v: View) -> Iterator[Notice]:
    if not v.route.metadata.deleting:
        return
    going = Departure(v)
    late, before = going.drained.reason == DetailReason.DRAIN_TIMED_OUT, find(v.before.conditions, DRAINED)
    if late and not _says(before, DetailReason.DRAIN_TIMED_OUT):
        yield Notice(EventReason.DRAIN_TIMED_OUT, going.drained.message, action="Drain", type="Warning")
    if going.is_let_go:
        yield Notice(EventReason.DELETED, going.message, action="RemoveFinalizer")


def _says(condition: Condition | None, reason: DetailReason) -> bool:
    return condition is not None and condition.reason == reason
