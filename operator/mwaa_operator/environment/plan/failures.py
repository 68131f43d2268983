"""What becomes of a plan whose call to AWS failed: the status that tells it, and when to try again."""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.environment.actions import (
    Action,
    CreateEnvironment,
    DeleteEnvironment,
    DeleteLogGroups,
    SetLogRetention,
    UpdateEnvironment,
)
from mwaa_operator.environment.plan.comparison import GRACEFUL_REFUSED, compare
from mwaa_operator.environment.plan.deletion import blocked
from mwaa_operator.environment.plan.situation import Situation
from mwaa_operator.environment.plan.statuses import Verdict, conclude, stalled_after, waiting_for
from mwaa_operator.environment.plan.wish import make_wish
from mwaa_operator.environment.reasons import EventReason, Reason
from mwaa_operator.environment.status import LastFailure, MwaaEnvironmentStatus

FAILED_BY = {
    FailureKind.THROTTLED: Reason.THROTTLED,
    FailureKind.UNAVAILABLE: Reason.AWS_UNAVAILABLE,
    FailureKind.CREDENTIALS: Reason.CREDENTIALS_FAILED,
    FailureKind.ACCESS_DENIED: Reason.ACCESS_DENIED,
    FailureKind.PROPAGATION: Reason.IAM_PROPAGATION,
    FailureKind.QUOTA: Reason.QUOTA_EXCEEDED,
    FailureKind.INVALID: Reason.INVALID_SPEC,
    FailureKind.REFUSED: Reason.REFUSED,
    FailureKind.WRONG_STATE: Reason.WRONG_STATE,
    FailureKind.NAME_IN_USE: Reason.NAME_IN_USE,
    FailureKind.NOT_FOUND: Reason.NOT_FOUND,
    FailureKind.ALREADY_DELETED: Reason.ALREADY_DELETED,
}


def plan_failure(s: Situation, plan: Plan, action: Action, failure: Failure) -> Plan:
    """Decide what follows from the failure of `action`.

    Args:
        s: The situation that was planned on.
        plan: The plan that could not be finished.
        action: The action whose call failed; those before it succeeded.
        failure: How it failed.

    Returns:
        A plan without actions: the status that tells the failure, and when to look again.
    """
    if isinstance(action, DeleteEnvironment) and failure.kind in (FailureKind.NOT_FOUND, FailureKind.ALREADY_DELETED):
        return Plan(status=plan.status, requeue_after=s.timings.poll_min)
    if isinstance(action, SetLogRetention):
        return _retention_failed(s, failure)
    if s.resource.metadata.deleting:
        return _deletion_failed(s, action, failure)
    if isinstance(action, UpdateEnvironment):
        return _update_refused(s, plan, action, failure)
    return _told(s, failure, operation=None if isinstance(action, CreateEnvironment) else s.status.operation)


def _told(s: Situation, failure: Failure, **changes: Any) -> Plan:
    """Say it in Ready, and try again as the kind of failure allows."""
    reason, text = FAILED_BY[failure.kind], f"{failure.operation}: {failure.code}: {failure.message}"
    verdict, timings = Verdict("False", reason, text), s.timings
    match failure.kind:
        case FailureKind.INVALID:
            verdict = Verdict("False", reason, f"{text} Correct spec.", stalled=True)
            return conclude(s, verdict, requeue=timings.stalled, **changes)
        case FailureKind.PROPAGATION | FailureKind.REFUSED:
            verdict = stalled_after(s, verdict, seconds=timings.propagation)
            after: float | None = timings.stalled if verdict.stalled else timings.propagation_retry
        case FailureKind.QUOTA:
            verdict = stalled_after(s, verdict, seconds=timings.dependency)
            after = timings.stalled
        case FailureKind.ACCESS_DENIED:
            verdict = stalled_after(s, verdict, seconds=timings.dependency)
            after = timings.stalled if verdict.stalled else timings.access_denied
        case _:
            verdict = Verdict("False", reason, text, reconciling=True, retrying=True)
            after = None
    return conclude(s, verdict, requeue=after, waiting=waiting_for(s, reason), **changes)


def _update_refused(s: Situation, plan: Plan, action: UpdateEnvironment, failure: Failure) -> Plan:
    if failure.may_have_happened:
        sent = MwaaEnvironmentStatus.model_validate(plan.intent, extra="ignore") if plan.intent else s.status
        return _told(s, failure, **_memory(s) | {"operation": sent.operation})
    graceful = _graceful_refused(action, failure)
    if failure.kind is not FailureKind.INVALID and not graceful:
        return _told(s, failure, **_memory(s) | {"operation": None})
    told = LastFailure(
        operation="Update",
        hash=make_wish(s).hash,
        code=GRACEFUL_REFUSED if graceful else failure.code,
        message=failure.message,
    )
    text = f"AWS refuses the update: {failure.code}: {failure.message} Change spec."
    memory = _memory(s) | {"operation": None, "last_failure": told}
    if graceful:
        verdict = Verdict("False", Reason.UPDATING, text, reconciling=True)
        return conclude(s, verdict, requeue=s.timings.poll_min / 5, **memory)
    notice = Notice(reason=EventReason.UPDATE_FAILED, note=text, action="UpdateEnvironment", type="Warning")
    verdict = Verdict("False", Reason.UPDATE_FAILED, text, stalled=True)
    return conclude(s, verdict, requeue=s.timings.stalled, notices=(notice,), **memory)


def _graceful_refused(action: UpdateEnvironment, failure: Failure) -> bool:
    """Whether AWS refused the way in which workers were to be replaced, and nothing else of the update."""
    asked = action.changes.get("WorkerReplacementStrategy") == "GRACEFUL"
    words = ("graceful", "workerreplacementstrategy")
    validation = failure.kind in (FailureKind.INVALID, FailureKind.REFUSED)
    return asked and validation and any(word in failure.message.lower() for word in words)


def _memory(s: Situation) -> dict[str, Any]:
    return compare(s).memory()


def _retention_failed(s: Situation, failure: Failure) -> Plan:
    """Log retention never makes a serving environment un-Ready."""
    text = f"logRetentionDays is not set: {failure.operation}: {failure.code}: {failure.message}"
    verdict = Verdict("True", Reason.SUCCEEDED, text, synced="False", synced_reason=FAILED_BY[failure.kind])
    memory = _memory(s)
    applied = memory["applied_fields"]
    memory["applied_fields"] = {name: value for name, value in applied.items() if name != "logRetentionDays"}
    return conclude(s, verdict, requeue=s.timings.access_denied, **memory)


def _deletion_failed(s: Situation, action: Action, failure: Failure) -> Plan:
    text = f"{failure.operation}: {failure.code}: {failure.message}"
    if failure.kind is FailureKind.WRONG_STATE:
        verdict = Verdict(
            "False", Reason.DELETING, f"AWS does not delete it in this state yet: {text}", reconciling=True
        )
        return conclude(s, verdict, requeue=s.timings.poll_max)
    if isinstance(action, DeleteLogGroups):
        return blocked(s, FAILED_BY[failure.kind], f"The log groups are not deleted: {text}")
    return blocked(s, FAILED_BY[failure.kind], text)
