"""The chain of rules: the first that has something to say decides. It reads like the specification of the kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.environment.actions import TagResource
from mwaa_operator.environment.live import STABLE
from mwaa_operator.environment.plan import creation, deletion, updates
from mwaa_operator.environment.plan.ownership import RECLAIMABLE, Ownership, ownership, ownership_tags
from mwaa_operator.environment.plan.situation import Situation, parse_time
from mwaa_operator.environment.plan.statuses import (
    Verdict,
    conclude,
    finalizer,
    stalled_after,
    waiting_for,
)
from mwaa_operator.environment.reasons import EventReason, Reason, camel

Rule = Callable[[Situation], Plan | None]


def plan_environment(s: Situation) -> Plan:
    """Decide the next step for one environment.

    Args:
        s: The object, what was observed, the time and what is known about MWAA.

    Returns:
        The plan. Where `needs` is not empty, observe these and plan again.
    """
    for rule in RULES:
        plan = rule(s)
        if plan is not None:
            return plan
    raise AssertionError("updates.converge always answers")


def account_missing(s: Situation) -> Plan | None:
    """Without its AwsAccount no call is made to AWS; the environment waits for it."""
    if s.observed.admission.state != "Missing":
        return None
    verdict = Verdict("False", Reason.DEPENDENCY_NOT_READY, " ".join(s.observed.admission.messages))
    verdict = stalled_after(s, verdict, seconds=s.timings.dependency)
    return conclude(s, verdict, requeue=_retry(s, verdict), waiting=waiting_for(s, verdict.reason))


def not_permitted(s: Situation) -> Plan | None:
    """An account that does not admit what spec names is a wall; no call is made to AWS."""
    if s.observed.admission.state != "Refused":
        return None
    verdict = Verdict("False", Reason.NOT_PERMITTED, " ".join(s.observed.admission.messages), stalled=True)
    return conclude(s, verdict, requeue=s.timings.stalled)


def account_changed(s: Situation) -> Plan | None:
    """An object whose record points into another account or Region never acts there by accident."""
    if not s.status.arn:
        return None
    parts = s.status.arn.split(":")
    if len(parts) < 6 or (parts[4], parts[3]) == (s.observed.admission.account_id, s.spec.region):
        return None
    text = (
        f"status.arn is in account {parts[4]}, Region {parts[3]}, but spec leads to account "
        f"{s.observed.admission.account_id}, Region {s.spec.region}. Make a new object for the other place."
    )
    return conclude(s, Verdict("False", Reason.ACCOUNT_CHANGED, text, stalled=True), requeue=s.timings.stalled)


def unreadable(s: Situation) -> Plan | None:
    """AWS gives no answer: at rest the last truth stands for a while, at work we say that we retry."""
    failure = s.observed.failure
    if failure is None:
        return None
    waited = (s.now - s.observed.failing_since).total_seconds() if s.observed.failing_since else 0.0
    denied = failure.kind is FailureKind.ACCESS_DENIED
    after = s.timings.access_denied if denied else None
    settled = s.status.observed_generation == s.resource.metadata.generation and _was_ready(s)
    reason = Reason.ACCESS_DENIED if denied else Reason.AWS_UNAVAILABLE
    text = f"{failure.operation} failed with {failure.code}: {failure.message}"
    if not settled or waited >= s.timings.unavailable_after:
        verdict = Verdict("False", reason, text, reconciling=True, retrying=True, synced="Unknown")
    elif waited >= s.timings.unknown_after:
        verdict = Verdict("True", Reason.SUCCEEDED, "Served at the last look.", synced="Unknown", synced_reason=reason)
    else:
        return Plan(status=s.status.wire(), requeue_after=after, retry=after is None)
    return conclude(s, verdict, requeue=after, waiting=s.status.waiting, absent_since=s.status.absent_since)


def observe_only(s: Situation) -> Plan | None:
    """Observe writes nothing to AWS and holds no finalizer: it reports what there is."""
    if s.spec.management_policy != "Observe":
        return None
    if s.live is None or s.there.state == "DELETED":
        text = f"There is no environment {s.name} in AWS; managementPolicy is Observe, so none is made."
        verdict = stalled_after(s, Verdict("False", Reason.ENVIRONMENT_NOT_FOUND, text), seconds=s.timings.dependency)
        return conclude(s, verdict, requeue=_retry(s, verdict), waiting=waiting_for(s, verdict.reason))
    return busy(s) or failed(s) or updates.observed_only(s)


def not_owned(s: Situation) -> Plan | None:
    """What somebody else owns is never touched; what is nobody's only by adoption; what was ours is reclaimed."""
    if s.live is None or s.there.state == "DELETED":
        return None
    whose = ownership(s)
    if whose is Ownership.OURS:
        return None
    if whose is Ownership.YOUNG:
        text = "The environment carries no owner tag yet; a new one's tags may lag behind."
        return conclude(s, Verdict("False", Reason.CREATING, text, reconciling=True), requeue=s.timings.poll_min)
    if whose in RECLAIMABLE:
        return _reclaim(s, whose)
    adoptable = whose is Ownership.UNOWNED and s.spec.adoption_policy != "Never"
    if adoptable and s.observed.admission.adoption_allowed and not s.spec.suspend:
        return _adopt(s)
    return conclude(
        s, Verdict("False", Reason.NOT_OWNED, _not_owned_text(s, whose), stalled=True), requeue=s.timings.stalled
    )


def busy(s: Situation) -> Plan | None:
    """AWS is at work: change nothing, look again soon. A state that nobody knows counts as busy."""
    if s.live is None or s.there.state in STABLE:
        return None
    state, began = s.there.state, _began(s)
    elapsed = (s.now - began).total_seconds() if began else 0.0
    verdict = Verdict("False", camel(state), _busy_text(s, elapsed), reconciling=True)
    return conclude(s, verdict, requeue=s.timings.poll(elapsed), operation=s.status.operation)


def maintenance(s: Situation) -> Plan | None:
    """AWS's own maintenance: Airflow serves, nothing is sent (it would be queued and forced)."""
    if s.live is None or s.there.state != "MAINTENANCE":
        return None
    if s.status.operation is not None and s.status.operation.type == "Update":
        verdict = Verdict("False", Reason.MAINTENANCE, "AWS does its weekly maintenance first.", reconciling=True)
        return conclude(s, verdict, requeue=s.timings.maintenance)
    return updates.in_maintenance(s)


def failed(s: Situation) -> Plan | None:
    """A creation that failed, or an environment that AWS could not restore."""
    if s.live is None:
        return None
    if s.there.state == "CREATE_FAILED":
        return creation.create_failed(s)
    if s.there.state == "UNAVAILABLE":
        text = (
            f"AWS could not restore the environment ({s.there.error or 'no error given'}). Delete and create it again."
        )
        return conclude(
            s, Verdict("False", Reason.UNAVAILABLE, text, stalled=True), requeue=s.timings.stalled, operation=None
        )
    return None


RULES: tuple[Rule, ...] = (
    deletion.deleting,
    account_missing,
    not_permitted,
    account_changed,
    unreadable,
    observe_only,
    not_owned,
    creation.absent,
    busy,
    maintenance,
    failed,
    updates.converge,
)


def _was_ready(s: Situation) -> bool:
    return any(item.type == "Ready" and item.status == "True" for item in s.status.conditions)


def _retry(s: Situation, verdict: Verdict) -> float | None:
    return s.timings.stalled if verdict.stalled else None


def _began(s: Situation) -> datetime | None:
    operation = s.status.operation
    if operation is not None:
        return parse_time(operation.started_at)
    return s.there.last_update.get("CreatedAt") or s.there.created_at


def _busy_text(s: Situation, elapsed: float) -> str:
    state = s.there.state
    if state == "PENDING":
        return "AWS waits for your VPC endpoints (see condition EndpointsRequired); it gives up after 72 hours."
    slow = s.timings.create_alarm if state == "CREATING" else s.timings.update_alarm
    late = " It takes longer than usual." if elapsed > slow else ""
    return f"AWS says {state}.{late}"


def _reclaim(s: Situation, whose: Ownership) -> Plan:
    if s.spec.suspend:
        text = "The owner tags must be restored, but the object is suspended: set spec.suspend to false."
        return conclude(s, Verdict("False", Reason.SUSPENDED, text), requeue=s.timings.settled)
    reason = EventReason.TAGS_RESTORED if whose is Ownership.STRIPPED else EventReason.TAKEN_OVER
    text = f"{reason}: the environment is ours ({whose.value})."
    actions = (*finalizer(s), TagResource(arn=s.there.arn, tags=ownership_tags(s)))
    verdict = Verdict("False", Reason.TAKING_OVER, text, reconciling=True)
    notice = Notice(reason=reason, note=text, action="TagResource")
    return conclude(s, verdict, requeue=s.timings.poll_min, actions=actions, notices=(notice,))


def _adopt(s: Situation) -> Plan:
    text = "The environment existed and nobody owned it; its first change waits for approval."
    actions = (*finalizer(s), TagResource(arn=s.there.arn, tags=ownership_tags(s)))
    verdict = Verdict("False", Reason.ADOPTING, text, reconciling=True)
    notice = Notice(reason=EventReason.ADOPTED, note=text, action="TagResource")
    return conclude(s, verdict, requeue=s.timings.poll_min, actions=actions, notices=(notice,), adopted=True)


def _not_owned_text(s: Situation, whose: Ownership) -> str:
    if whose is Ownership.UNOWNED and s.spec.adoption_policy == "Never":
        return f"Environment {s.name} exists and nobody owns it. Choose another spec.name, or set spec.adoptionPolicy."
    if whose is Ownership.UNOWNED:
        account = s.spec.account_ref.name
        return f"Environment {s.name} exists; AwsAccount {account} does not allow adoption (spec.adoption.allowed)."
    return f"Environment {s.name} belongs to {s.there.owner or s.there.uid}. Choose another spec.name."
