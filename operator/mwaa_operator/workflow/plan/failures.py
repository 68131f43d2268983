"""What becomes of a plan whose call to AWS failed: the status that tells it, and when to try again. Pure."""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.conditions import READY, find, shorten
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.api.verdict import summary
from mwaa_operator.workflow.actions import (
    Action,
    CreateRole,
    CreateWorkflow,
    DeleteLogGroup,
    DeleteRole,
    DeleteStored,
    DeleteVersion,
    SetLogRetention,
    StartRun,
    StopRun,
    UpdateWorkflow,
)
from mwaa_operator.workflow.fit import fitted
from mwaa_operator.workflow.plan.chain import taken_over
from mwaa_operator.workflow.plan.checks import judge, rejected_condition, role_condition, stored_definition
from mwaa_operator.workflow.plan.comparison import Comparison
from mwaa_operator.workflow.plan.creation import refused_text, until_mended
from mwaa_operator.workflow.plan.deletion import blocked
from mwaa_operator.workflow.plan.pending import pending
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import Verdict, conclude, overlaid, stalled_after, waiting_for
from mwaa_operator.workflow.plan.together import after_run_failed, with_runs_seen
from mwaa_operator.workflow.plan.wish import make_wish
from mwaa_operator.workflow.reasons import EventReason, Reason
from mwaa_operator.workflow.status import LastFailure, ServerlessWorkflowStatus

FAILED_BY = {
    FailureKind.THROTTLED: Reason.THROTTLED,
    FailureKind.UNAVAILABLE: Reason.AWS_UNAVAILABLE,
    FailureKind.CREDENTIALS: Reason.CREDENTIALS_FAILED,
    FailureKind.ACCESS_DENIED: Reason.ACCESS_DENIED,
    FailureKind.PROPAGATION: Reason.IAM_PROPAGATION,
    FailureKind.QUOTA: Reason.QUOTA_EXCEEDED,
    FailureKind.INVALID: Reason.REJECTED_BY_SERVICE,
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
    if isinstance(action, SetLogRetention | DeleteVersion):
        return _beside(s, plan, action, failure)
    if s.resource.metadata.deleting:
        return _deletion_failed(s, action, failure)
    if isinstance(action, DeleteRole | DeleteStored):
        return _beside(s, plan, action, failure)
    if isinstance(action, StartRun | StopRun):
        return after_run_failed(s, action, failure)
    return with_runs_seen(s, _failed(s, plan, action, failure))


def _failed(s: Situation, plan: Plan, action: Action, failure: Failure) -> Plan:
    if not isinstance(action, CreateWorkflow | UpdateWorkflow):
        if isinstance(action, CreateRole):
            return _told(s, failure, **_named(plan))
        # Tags that may have been written may have made the workflow ours.
        return _told(s, failure, **(taken_over(s) if s.live is not None else {}))
    if failure.may_have_happened:
        return _told(s, failure, **_sent(plan, action))
    if failure.kind is FailureKind.INVALID:
        return _rejected(s, action, failure)
    return _told(s, failure, operation=None)


def _sent(plan: Plan, action: CreateWorkflow | UpdateWorkflow) -> dict[str, Any]:
    """Return what status must remember of a call that may have taken effect."""
    status = ServerlessWorkflowStatus.model_validate(plan.status)
    names = {"operation", "answered_version", "applied_fields", "definition"}
    if isinstance(action, UpdateWorkflow):
        names |= {"recent_updates", "own_versions", "pending_changes", "pending_changes_hash", "pending_since"}
    return {name: getattr(status, name) for name in names}


def _named(plan: Plan) -> dict[str, Any]:
    """Return what the intent says of the role that was to be made: whatever became of the call, it may be there."""
    status = ServerlessWorkflowStatus.model_validate(plan.intent or plan.status)
    return {"managed_role": status.managed_role, "roles_made": status.roles_made}


def _told(s: Situation, failure: Failure, **changes: Any) -> Plan:
    """Say it in Ready, and try again as the kind of failure allows."""
    reason, text = FAILED_BY[failure.kind], f"{failure.operation}: {failure.code}: {failure.message}"
    verdict, timings = Verdict("False", reason, text), s.timings
    match failure.kind:
        case FailureKind.PROPAGATION | FailureKind.REFUSED | FailureKind.INVALID:
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
            after = None if failure.retry_after is None else float(failure.retry_after)
    return conclude(s, verdict, requeue=after, waiting=waiting_for(s, reason), **changes)


def _rejected(s: Situation, action: CreateWorkflow | UpdateWorkflow, failure: Failure) -> Plan:
    """AWS refuses the content: told in DefinitionValid, and not sent again for the same wish."""
    wish, created = make_wish(s), isinstance(action, CreateWorkflow)
    told = LastFailure(
        operation="Create" if created else "Update",
        hash=wish.hash,
        code=failure.code,
        message=failure.message,
        retry=s.retry,
    )
    text = refused_text(told, created=created)
    verdict = Verdict("False", Reason.REJECTED_BY_SERVICE, text, stalled=True)
    notice = Notice(EventReason.DEFINITION_INVALID, shorten(text), action=type(action).__name__, type="Warning")
    return conclude(
        s,
        verdict,
        requeue=until_mended(s),
        notices=(notice,),
        details=(rejected_condition(failure.message), *(item for item in (role_condition(s),) if item is not None)),
        definition=stored_definition(s, wish.definition, judge(s), live=False),
        operation=None,
        last_failure=told,
        **({} if created else pending(Comparison(s, wish))),
    )


def _beside(s: Situation, plan: Plan, action: Action, failure: Failure) -> Plan:
    """Log retention, old versions, their files and old roles never make a workflow un-Ready that is as spec says."""
    status = ServerlessWorkflowStatus.model_validate(plan.status)
    ready = find(status.conditions, READY)
    if isinstance(action, SetLogRetention):
        status = status.model_copy(update={"log_retention_days": s.status.log_retention_days})
    if isinstance(action, DeleteRole):
        kept = {"former_roles": s.status.former_roles, "managed_role": status.managed_role or s.status.managed_role}
        status = status.model_copy(update=kept)
    if failure.kind in (FailureKind.NOT_FOUND, FailureKind.ALREADY_DELETED):
        return Plan(status=status.wire(), requeue_after=s.timings.poll_min, notices=plan.notices)
    if ready is None or ready.status != "True":
        return _told(s, failure)
    text = f"{ready.message} {failure.operation}: {failure.code}: {failure.message}{_way_out(action, failure)}"
    verdict = Verdict("True", Reason(ready.reason), text, synced="False", synced_reason=FAILED_BY[failure.kind])
    closing = overlaid(s, status, summary(verdict))
    return Plan(status=fitted(closing.wire()), requeue_after=s.timings.access_denied, notices=_lasting(plan, action))


def _lasting(plan: Plan, action: Action) -> tuple[Notice, ...]:
    """Return the notices that are true although the action failed."""
    failed = {DeleteVersion: EventReason.VERSIONS_PRUNED, DeleteRole: EventReason.ROLE_DELETED}.get(type(action))
    return tuple(item for item in plan.notices if item.reason != failed)


def _deletion_failed(s: Situation, action: Action, failure: Failure) -> Plan:
    text = f"{failure.operation}: {failure.code}: {failure.message}"
    gone = failure.kind in (FailureKind.NOT_FOUND, FailureKind.ALREADY_DELETED)
    beside = isinstance(action, DeleteLogGroup | DeleteStored | DeleteRole)
    if gone and not beside:
        verdict = Verdict("False", Reason.DELETING, "AWS does not find it any more.", reconciling=True)
        return conclude(s, verdict, requeue=s.timings.poll_min)
    if failure.kind is FailureKind.WRONG_STATE and not isinstance(action, DeleteRole):
        waiting = f"AWS does not delete it in this state yet: {text}"
        return conclude(s, Verdict("False", Reason.DELETING, waiting, reconciling=True), requeue=s.timings.poll_max)
    if beside:
        text = f"What the workflow leaves behind is not deleted: {text}{_way_out(action, failure)}"
        return blocked(s, FAILED_BY[failure.kind], text)
    return blocked(s, FAILED_BY[failure.kind], text)


def _way_out(action: Action, failure: Failure) -> str:
    """IAM deletes no role to which others attached a policy; whose they are, only a person knows."""
    if not isinstance(action, DeleteRole) or failure.kind is not FailureKind.WRONG_STATE:
        return ""
    return f" See what others gave it: aws iam list-attached-role-policies --role-name {action.name}"
