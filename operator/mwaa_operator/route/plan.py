"""What a route's own pass does: its finalizer comes and goes, and without a gateway it says what is missing. Pure.

A route that has a gateway is none of its business otherwise: the gateway's pass renders it, writes its status, and lets
it go. So no two passes ever write one status.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from mwaa_operator.api import verdict
from mwaa_operator.api.conditions import transition
from mwaa_operator.api.meta import FINALIZER, RECONCILE_REQUESTED_AT, RETRY_REQUESTED_AT
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.api.records import Waiting
from mwaa_operator.api.timing import Timings
from mwaa_operator.route.api import SparkJobRoute
from mwaa_operator.route.fit import fitted
from mwaa_operator.route.reasons import DetailReason, EventReason, Reason
from mwaa_operator.route.status import SparkJobRouteStatus

Verdict = verdict.Verdict[Reason]

GatewayState = Literal["There", "Missing", "Leaving", "Invalid"]
"""There: its own pass looks after its routes. Leaving: it is being deleted, and nobody looks after it any more.
Invalid: its spec cannot be read. Missing: for a route that is being deleted, by a fresh look."""

_TROUBLE: Final[dict[GatewayState, str]] = {
    "Missing": "There is no SparkGateway {name}: make it in namespace {where}, the only place where gateways are "
    "looked after, or make a route to another gateway.",
    "Leaving": "SparkGateway {name} (namespace {where}) is being deleted: make it anew once it is gone, or make a "
    "route to another gateway.",
    "Invalid": "SparkGateway {name} (namespace {where}) does not fit its kind any more: correct it; what it says of "
    "itself names the fault.",
}


@dataclass(frozen=True)
class AddFinalizer:
    """Keep the object until its gateway has let it go: a gateway renders no route without our finalizer."""


@dataclass(frozen=True)
class RemoveFinalizer:
    """Let the object go: there is no gateway."""


Action = AddFinalizer | RemoveFinalizer


def plan_route(
    resource: SparkJobRoute, gateway: GatewayState, *, namespaces: Iterable[str], now: datetime, timings: Timings
) -> Plan:
    """Decide what one pass leaves behind.

    Args:
        resource: The route and its stored status.
        gateway: How the gateway is that it refers to.
        namespaces: Where gateways are looked after.
        now: UTC.
        timings: Durations, scaled.

    Returns:
        The plan; without a status nothing is said, because the gateway's pass does.
    """
    metadata = resource.metadata
    held = FINALIZER in metadata.finalizers
    if metadata.deleting and gateway == "Missing":
        return released() if held else Plan()
    actions = () if held or metadata.deleting else (AddFinalizer(),)
    if gateway == "There" or (metadata.deleting and not held):
        return Plan(actions=actions)
    where = " or ".join(sorted(namespaces))
    text = _TROUBLE[gateway].format(name=resource.spec.gateway_ref.name, where=where)
    word, waiting = _word(resource, text, now, timings)
    return Plan(
        status=_status(resource, word, waiting, now),
        actions=actions,
        requeue_after=timings.stalled if word.stalled else None,
        retry=word.reconciling,
    )


def released() -> Plan:
    """Return the plan that lets a deleted route go that has no gateway."""
    notice = Notice(EventReason.DELETED, "There is no gateway, so that the route goes.", action="RemoveFinalizer")
    return Plan(actions=(RemoveFinalizer(),), notices=(notice,))


def _word(resource: SparkJobRoute, text: str, now: datetime, timings: Timings) -> tuple[Verdict, Waiting | None]:
    """Return what Ready says, as retrying at first and later as stalled, and since when the route waits."""
    deleted = resource.metadata.deletion_timestamp
    if deleted is not None:
        word = Verdict("False", Reason.DELETING, text, stalled_reason=DetailReason.DELETION_BLOCKED)
        return word.after(waited=(now - deleted).total_seconds(), patience=timings.deletion_blocked), None
    reason, before = Reason.DEPENDENCY_NOT_READY, resource.status.waiting
    same = before is not None and before.reason == reason
    since = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    waiting = before if before is not None and same else Waiting(reason=reason, since=since)
    waited = (now - datetime.fromisoformat(waiting.since)).total_seconds()
    return Verdict("False", reason, text).after(waited=waited, patience=timings.dependency), waiting


def _status(resource: SparkJobRoute, word: Verdict, waiting: Waiting | None, now: datetime) -> dict[str, Any]:
    """Return a status that says nothing of what only a gateway knows; tokens are in their Secrets all the same."""
    before, metadata = resource.status, resource.metadata
    conditions = transition(
        previous=before.conditions, desired=verdict.summary(word), generation=metadata.generation, now=now
    )
    status = SparkJobRouteStatus(
        observed_generation=metadata.generation,
        conditions=conditions,
        last_handled_reconcile_at=metadata.annotations.get(RECONCILE_REQUESTED_AT),
        last_handled_retry_at=metadata.annotations.get(RETRY_REQUESTED_AT),
        tokens=before.tokens,
        drain=before.drain,
        waiting=waiting,
    )
    return fitted(status.wire())
