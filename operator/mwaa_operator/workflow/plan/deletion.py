"""The object is being deleted: retain or delete in AWS, wait until it is true, then let the object go. Pure.

Absence is never evidence by itself, a failed read is none at all, and what does not carry our tag is left alone.
"""

from __future__ import annotations

from dataclasses import replace

from mwaa_operator.api.meta import FINALIZER
from mwaa_operator.api.ownership import RECLAIMABLE, Ownership
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.api.words import counted
from mwaa_operator.workflow.actions import (
    Action,
    DeleteLogGroup,
    DeleteRole,
    DeleteStored,
    DeleteWorkflow,
    RemoveFinalizer,
    StopRun,
    TagResource,
)
from mwaa_operator.workflow.live import DELETING, derived_log_group
from mwaa_operator.workflow.live_runs import STOPPING
from mwaa_operator.workflow.plan.ownership import ownership, ownership_tags
from mwaa_operator.workflow.plan.rolefacts import stored_prefix, written_roles
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import Verdict, conclude, print_time
from mwaa_operator.workflow.reasons import DetailReason, EventReason, Reason


def deleting(s: Situation) -> Plan | None:
    """Deletion always wins; without our finalizer there is nothing left to do."""
    meta = s.resource.metadata
    if not meta.deleting:
        return None
    if FINALIZER not in meta.finalizers:
        return Plan(status=s.status.wire())
    return _retained(s) or _no_account(s) or _no_answer(s) or _gone(s) or _not_ours(s) or _runs(s) or _delete(s)


def retains(s: Situation) -> bool:
    """Whether deleting the object leaves the workflow in AWS alone."""
    policy = s.spec.deletion_policy or ("Retain" if s.status.adopted else "Delete")
    return policy == "Retain" or s.spec.suspend or s.spec.management_policy == "Observe" or s.observed.crd_removing


def blocked(s: Situation, reason: Reason, text: str) -> Plan:
    """Return the plan for a deletion that cannot go on: retried, and after a while said aloud with the way out."""
    if _asked(s) < s.timings.deletion_blocked:
        return conclude(s, replace(_verdict(text), retrying=True), absent_since=s.status.absent_since)
    way_out = f"{text} To let the object go and keep the workflow, set spec.deletionPolicy to Retain. ({reason})"
    verdict = replace(_verdict(way_out), reconciling=False, stalled=True, stalled_reason=DetailReason.DELETION_BLOCKED)
    return conclude(s, verdict, requeue=s.timings.stalled, absent_since=s.status.absent_since)


def _retained(s: Situation) -> Plan | None:
    if not retains(s):
        return None
    removing = s.observed.crd_removing and s.spec.deletion_policy != "Retain"
    reason = EventReason.RETAINED_ON_CRD_REMOVAL if removing else EventReason.RETAINED
    return _let_go(s, Notice(reason, f"Workflow {s.name} stays in AWS.", action="RemoveFinalizer"))


def _no_account(s: Situation) -> Plan | None:
    """Deletion is not subject to admission, but without the account there is nobody to ask."""
    if s.observed.admission.state != "Missing" or s.live is not None:
        return None
    return blocked(s, Reason.DEPENDENCY_NOT_READY, " ".join(s.observed.admission.messages))


def _no_answer(s: Situation) -> Plan | None:
    failure = s.observed.failure
    if failure is None:
        return None
    return blocked(s, Reason.AWS_UNAVAILABLE, f"{failure.operation} failed with {failure.code}: {failure.message}")


def _gone(s: Situation) -> Plan | None:
    if s.live is not None:
        return None
    absent_since = _absent_since(s)
    if s.status.state != DELETING and (absent_since is None or s.since(absent_since) < s.timings.absence_confirm):
        text = "AWS does not find the workflow; looking once more before the object goes."
        since = absent_since or print_time(s)
        return conclude(s, _verdict(text), requeue=s.timings.absence_confirm, absent_since=since)
    notice = Notice(EventReason.DELETED, f"Workflow {s.name} is gone from AWS.", action="RemoveFinalizer")
    return _let_go(s, notice, _leftovers(s))


def _leftovers(s: Situation) -> tuple[Action, ...]:
    """What belongs to the workflow alone: its log group, if asked for, our own uploads, and the roles that we wrote."""
    found: list[Action] = []
    arn, group = s.status.workflow_arn, s.status.log_group
    if s.spec.delete_log_group and arn is not None and group == derived_log_group(arn):
        found.append(DeleteLogGroup(group))
    store = s.observed.admission.store
    if store is not None:
        found.append(DeleteStored(store.bucket, stored_prefix(s)))
    return (*found, *(DeleteRole(name, arn) for name in written_roles(s)))


def _absent_since(s: Situation) -> str | None:
    """Since when it is missing, counted from the deletion on: an older absence knows nothing of a later create."""
    since, deleted = s.status.absent_since, s.resource.metadata.deletion_timestamp
    if since is None or deleted is None:
        return None
    return since if s.since(since) <= (s.now - deleted).total_seconds() else None


def _not_ours(s: Situation) -> Plan | None:
    whose = ownership(s)
    if whose is Ownership.OURS:
        return None
    if whose is Ownership.YOUNG:
        return conclude(s, _verdict("The workflow's tags do not show yet."), requeue=s.timings.poll_min)
    if whose in RECLAIMABLE:
        tag = TagResource(arn=s.there.arn, tags=ownership_tags(s))
        text = "The owner tags are restored before the workflow is deleted."
        return conclude(s, _verdict(text), requeue=s.timings.poll_min, actions=(tag,))
    kept = f" So do the roles {', '.join(roles)}." if (roles := written_roles(s)) else ""
    note = f"Workflow {s.name} in AWS is not owned by this object and stays.{kept}"
    return _let_go(s, Notice(EventReason.NOT_OWNED, note, action="RemoveFinalizer", type="Warning"))


def _runs(s: Situation) -> Plan | None:
    """AWS's guide says to stop runs first, its API that the deletion does: stop them, and wait for their end, though
    not for ever."""
    if s.there.state == DELETING:
        return None
    if s.observed.runs is None:
        return Plan(needs=frozenset({"runs"}))
    active = [run for run in s.observed.runs if not run.ended]
    if not active or (all(run.state == STOPPING for run in active) and _asked(s) >= s.timings.propagation):
        return None
    stops = tuple(StopRun(s.there.arn, run.run_id) for run in active if run.state != STOPPING)
    text = f"{counted(len(active), 'run is', 'runs are')} stopped before the workflow is deleted."
    return conclude(s, _verdict(text), requeue=s.timings.poll_min, actions=stops, active_runs=len(active))


def _delete(s: Situation) -> Plan:
    if s.there.state == DELETING:
        return conclude(s, _verdict("AWS says DELETING."), requeue=s.timings.poll(_asked(s)))
    notice = Notice(EventReason.DELETING, f"Asked AWS to delete workflow {s.name}.", action="DeleteWorkflow")
    return conclude(
        s,
        _verdict("AWS says DELETING."),
        requeue=s.timings.poll_min,
        actions=(DeleteWorkflow(s.there.arn),),
        notices=(notice,),
        state=DELETING,
    )


def _let_go(s: Situation, notice: Notice, before: tuple[Action, ...] = ()) -> Plan:
    return Plan(status=s.status.wire(), actions=(*before, RemoveFinalizer()), notices=(notice,))


def _asked(s: Situation) -> float:
    """Return for how many seconds the object has been deleted."""
    since = s.resource.metadata.deletion_timestamp
    return (s.now - since).total_seconds() if since is not None else 0.0


def _verdict(text: str) -> Verdict:
    return Verdict("False", Reason.DELETING, text, reconciling=True)
