"""The chain of rules: the first that has something to say decides. It reads like the specification of the kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.ownership import RECLAIMABLE, Ownership
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.workflow.actions import TagResource
from mwaa_operator.workflow.live import DELETING, READY
from mwaa_operator.workflow.plan import creation, deletion, updates
from mwaa_operator.workflow.plan.ownership import ownership, ownership_tags
from mwaa_operator.workflow.plan.requests import forgo
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import (
    FORGOTTEN,
    Verdict,
    close,
    conclude,
    finalizer,
    stalled_after,
    waiting_for,
)
from mwaa_operator.workflow.reasons import EventReason, Reason

Rule = Callable[[Situation], Plan | None]


def decide(s: Situation) -> Plan:
    """Decide the next step for one workflow, but for its runs.

    Args:
        s: The object, what was observed, the time and what is known about definitions.

    Returns:
        The plan. Where `needs` is not empty, observe these and plan again.
    """
    for rule in RULES:
        plan = rule(s)
        if plan is not None:
            return plan
    raise AssertionError("updates.converge always answers")


def account_missing(s: Situation) -> Plan | None:
    """Without its AwsAccount no call is made to AWS; the workflow waits for it."""
    if s.observed.admission.state != "Missing":
        return None
    verdict = Verdict("False", Reason.DEPENDENCY_NOT_READY, " ".join(s.observed.admission.messages))
    return _patient(s, verdict)


def not_permitted(s: Situation) -> Plan | None:
    """An account that does not admit what spec names is a wall; no call is made to AWS."""
    if s.observed.admission.state != "Refused":
        return None
    verdict = Verdict("False", Reason.NOT_PERMITTED, " ".join(s.observed.admission.messages), stalled=True)
    return conclude(s, verdict, requeue=s.timings.stalled)


def account_changed(s: Situation) -> Plan | None:
    """An object whose record points into another account or Region never acts there by accident."""
    parts = (s.status.workflow_arn or "").split(":")
    account = s.observed.admission.account_id
    if len(parts) < 6 or (parts[4], parts[3]) == (account, s.spec.region):
        return None
    text = (
        f"status.workflowArn is in account {parts[4]}, Region {parts[3]}, but spec leads to account {account}, "
        f"Region {s.spec.region}. Make a new object for the other place."
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
    settled = s.status.observed_generation == s.resource.metadata.generation and updates.was_ready(s)
    reason = Reason.ACCESS_DENIED if denied else Reason.AWS_UNAVAILABLE
    text = f"{failure.operation} failed with {failure.code}: {failure.message}"
    if not settled or waited >= s.timings.unavailable_after:
        verdict = Verdict("False", reason, text, reconciling=True, retrying=True, synced="Unknown")
    elif waited >= s.timings.unknown_after:
        verdict = Verdict(
            "True", Reason.SUCCEEDED, "As spec says at the last look.", synced="Unknown", synced_reason=reason
        )
    else:
        return Plan(status=s.status.wire(), requeue_after=after, retry=after is None)
    return conclude(s, verdict, requeue=after, waiting=s.status.waiting, absent_since=s.status.absent_since)


def observe_only(s: Situation) -> Plan | None:
    """Observe writes nothing to AWS and holds no finalizer: it reports what there is."""
    if s.spec.management_policy != "Observe":
        return None
    if s.live is None:
        text = f"There is no workflow {s.name} in AWS; managementPolicy is Observe, so none is made."
        return _patient(s, Verdict("False", Reason.WORKFLOW_NOT_FOUND, text))
    return busy(s) or updates.observed_only(s)


def not_owned(s: Situation) -> Plan | None:
    """What somebody else owns is never touched; what is nobody's only by adoption; what was ours is reclaimed."""
    if s.live is None:
        return None
    whose = ownership(s)
    if whose is Ownership.OURS:
        return None
    if whose is Ownership.YOUNG:
        text = "The workflow carries no owner tag yet; a new one's tags may lag behind."
        return conclude(s, Verdict("False", Reason.CREATING, text, reconciling=True), requeue=s.timings.poll_min)
    if whose in RECLAIMABLE:
        return busy(s) or _reclaim(s, whose)
    adoptable = whose is Ownership.UNOWNED and s.spec.adoption_policy != "Never"
    if adoptable and s.observed.admission.adoption_allowed:
        return busy(s) or _adopt(s)
    verdict = Verdict("False", Reason.NOT_OWNED, _not_owned_text(s, whose), stalled=True)
    return conclude(s, verdict, requeue=s.timings.stalled)


def busy(s: Situation) -> Plan | None:
    """AWS deletes it, or says what nobody knows: change nothing, look again soon."""
    if s.live is None or s.there.state == READY:
        return None
    if s.there.state == DELETING:
        text = "AWS deletes the workflow, and not because this object asked for it; then it is made again."
        verdict = Verdict("False", Reason.DELETING, text, reconciling=True)
    else:
        text = f"AWS says {s.there.state or 'nothing'}: nothing is sent until that changes."
        verdict = Verdict("False", Reason.UNKNOWN, text, reconciling=True)
    return conclude(s, verdict, requeue=s.timings.poll_max)


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
    updates.converge,
)


def _patient(s: Situation, verdict: Verdict) -> Plan:
    verdict = stalled_after(s, verdict, seconds=s.timings.dependency)
    after = s.timings.stalled if verdict.stalled else None
    return conclude(s, verdict, requeue=after, waiting=waiting_for(s, verdict.reason))


def _reclaim(s: Situation, whose: Ownership) -> Plan:
    if s.spec.suspend:
        text = "The owner tags must be restored, but the object is suspended: set spec.suspend to false."
        return conclude(s, Verdict("False", Reason.SUSPENDED, text), requeue=s.timings.settled)
    reason = EventReason.TAGS_RESTORED if whose is Ownership.STRIPPED else EventReason.TAKEN_OVER
    text = f"{reason}: the workflow is ours ({whose.value})."
    forgotten = {} if s.status.workflow_arn == s.there.arn else FORGOTTEN
    return _tagged(s, Verdict("False", Reason.TAKING_OVER, text, reconciling=True), reason, **forgotten)


def _adopt(s: Situation) -> Plan:
    if s.spec.suspend:
        text = "The workflow exists and nobody owns it; it is adopted when spec.suspend is false."
        return conclude(s, Verdict("False", Reason.SUSPENDED, text), requeue=s.timings.settled)
    text = "The workflow existed and nobody owned it; its first change waits for approval."
    verdict = Verdict("False", Reason.ADOPTING, text, reconciling=True)
    return _tagged(s, verdict, EventReason.ADOPTED, **{**FORGOTTEN, "adopted": True})


def taken_over(s: Situation) -> Mapping[str, Any]:
    """Return the changes of status with which a workflow becomes this object's: whoever had it may have used the tokens
    that stand on the object."""
    return {} if ownership(s) in (Ownership.OURS, Ownership.STRIPPED) else forgo(s)


def _tagged(s: Situation, verdict: Verdict, reason: EventReason, **changes: Any) -> Plan:
    """Write the owner tags, after it is stored that no token of ours starts a run: it may have, for whoever had it."""
    actions = (*finalizer(s), TagResource(arn=s.there.arn, tags=ownership_tags(s)))
    notice = Notice(reason, verdict.message, action="TagResource")
    changes |= taken_over(s)
    return conclude(
        s,
        verdict,
        requeue=s.timings.poll_min,
        actions=actions,
        intent=close(s, verdict, **changes),
        notices=(notice,),
        **changes,
    )


def _not_owned_text(s: Situation, whose: Ownership) -> str:
    if whose is Ownership.UNOWNED and s.spec.adoption_policy == "Never":
        return f"Workflow {s.name} exists and nobody owns it. Choose another spec.name, or set spec.adoptionPolicy."
    if whose is Ownership.UNOWNED:
        account = s.spec.account_ref.name
        return f"Workflow {s.name} exists; AwsAccount {account} does not allow adoption (spec.adoption.allowed)."
    return f"Workflow {s.name} belongs to {s.there.owner or s.there.uid}. Choose another spec.name."
