"""What stands around a rollout: whether the gateway may be looked after at all, what it owns, and its end. Pure.

A gateway that may not be looked after touches nothing, and what runs stays. It goes only when no route refers to it any
more; what it owns is deleted by Kubernetes then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mwaa_operator.api import verdict
from mwaa_operator.api.conditions import Condition, transition
from mwaa_operator.api.meta import FINALIZER
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.gateway.actions import AddFinalizer, ApplyObject, RemoveFinalizer
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.plan.chain import plan_rollout
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.plan.statuses import MOST_NAMED, Verdict
from mwaa_operator.gateway.reasons import EventReason, Reason
from mwaa_operator.gateway.render.document import owned_members
from mwaa_operator.gateway.status import SparkGatewayStatus


def plan_gateway(s: Situation) -> Plan:
    """Decide the next step for one gateway.

    Args:
        s: The gateway, what was observed, and the time.

    Returns:
        The plan. Where `needs` is not empty, observe these and plan again.
    """
    for rule in BEFORE:
        plan = rule(s)
        if plan is not None:
            return plan
    plan = plan_rollout(s)
    return plan if plan.needs else replace(plan, actions=(*_upkeep(s), *plan.actions))


def outside(resource: SparkGateway, *, namespaces: Iterable[str], now: datetime, requeue: float) -> Plan:
    """Return the plan for a gateway where nobody looks after gateways: it says so, and ends if it is deleted.

    Args:
        resource: The gateway.
        namespaces: Where gateways are looked after.
        now: UTC.
        requeue: Seconds until the next look.
    """
    if resource.metadata.deleting:
        return Plan(status=resource.status.wire(), actions=(RemoveFinalizer(meant=False),))
    where = ", ".join(sorted(namespaces))
    text = f"SparkGateways are looked after in namespace {where} alone: make it there, or change gateways.namespaces."
    status = _with(resource, Verdict("False", Reason.WRONG_NAMESPACE, text, stalled=True), now)
    return Plan(status=status.wire(), requeue_after=requeue)


def failed(
    resource: SparkGateway,
    reason: Reason,
    message: str,
    *,
    intent: Mapping[str, Any] | None,
    now: datetime,
    requeue: float,
) -> Plan:
    """Return what a pass leaves behind that the API server stopped.

    Args:
        resource: The gateway that was planned on.
        reason: What the failure means.
        message: What the API server says, and what to do.
        intent: A status that was stored in this pass already.
        now: UTC.
        requeue: Seconds until the next try.
    """
    if intent is not None:
        resource = resource.model_copy(update={"status": SparkGatewayStatus.model_validate(intent)})
    word = Verdict("False", reason, message, reconciling=True, retrying=True)
    return Plan(status=_with(resource, word, now).wire(), requeue_after=requeue)


def released(s: Situation) -> Plan | None:
    """A deleted gateway that no route refers to goes."""
    if not s.resource.metadata.deleting or s.observed.referring:
        return None
    notice = Notice(EventReason.DELETED, "No route refers to the gateway: Kubernetes deletes its objects.")
    return Plan(status=s.status.wire(), actions=(RemoveFinalizer(meant=not s.observed.rival),), notices=(notice,))


def rivalled(s: Situation) -> Plan | None:
    """Routes refer by name alone, so that of two gateways of one name the older one is meant."""
    text = f"SparkGateway {s.observed.rival} is older and has the same name: choose another name."
    return _refused(s, Reason.NAME_CONFLICT, text) if s.observed.rival else None


def taken_over(s: Situation) -> Plan | None:
    """What the operator writes into the file itself is not taken from extraConfig, and not left out in silence."""
    owned = owned_members(s.spec)
    if not owned:
        return None
    names = ", ".join(f"extraConfig.{name}" for name in owned)
    return _refused(s, Reason.INVALID_SPEC, f"spec.{names}: the operator writes it itself; remove it from extraConfig.")


def not_owned(s: Situation) -> Plan | None:
    """An object that somebody else made is never taken over; what a gateway of the same name left will go by itself."""
    if not s.observed.foreign:
        return None
    names = ", ".join(s.observed.foreign[:MOST_NAMED])
    text = f"{names} exists in namespace {s.resource.metadata.namespace} and is not the gateway's own"
    plan = _refused(s, Reason.NOT_OWNED, f"{text}: delete it, or choose another name for the gateway.")
    return replace(plan, requeue_after=s.timings.draining)


BEFORE: tuple[Callable[[Situation], Plan | None], ...] = (released, rivalled, taken_over, not_owned)


def _refused(s: Situation, reason: Reason, text: str) -> Plan:
    status = _with(s.resource, Verdict("False", reason, text, stalled=True), s.now)
    return Plan(status=status.wire(), requeue_after=s.timings.stalled)


def _upkeep(s: Situation) -> tuple[AddFinalizer | ApplyObject, ...]:
    """Return what every pass sees to, whatever the rollout does."""
    metadata = s.resource.metadata
    first = () if metadata.deleting or FINALIZER in metadata.finalizers else (AddFinalizer(),)
    return first if s.spec.suspend else (*first, *(ApplyObject(body) for body in s.observed.stale))


def _with(resource: SparkGateway, word: Verdict, now: datetime) -> SparkGatewayStatus:
    """Return the stored status with other conditions: nothing else was looked at, and nothing is forgotten."""
    status, generation = resource.status, resource.metadata.generation
    said: list[Condition] = verdict.summary(word)
    names = {item.type for item in said} | {"Reconciling", "Stalled"}
    kept = [item for item in status.conditions if item.type not in names]
    conditions = transition(previous=status.conditions, desired=[*said, *kept], generation=generation, now=now)
    return status.model_copy(update={"observed_generation": generation, "conditions": conditions})
