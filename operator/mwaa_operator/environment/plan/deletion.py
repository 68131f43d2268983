"""The object is being deleted: retain or delete in AWS, wait until it is true, then let the object go.

Absence is never evidence by itself, a failed read is none at all, and what does not carry our tag is left alone.
"""

from __future__ import annotations

from dataclasses import replace

from mwaa_operator.api.meta import FINALIZER
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.environment.actions import Action, DeleteEnvironment, DeleteLogGroups, RemoveFinalizer, TagResource
from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.plan.ownership import RECLAIMABLE, Ownership, ownership, ownership_tags
from mwaa_operator.environment.plan.situation import Situation, parse_time, print_time
from mwaa_operator.environment.plan.statuses import Verdict, conclude
from mwaa_operator.environment.reasons import DetailReason, EventReason, Reason
from mwaa_operator.environment.status import Operation

DELETABLE = frozenset({"AVAILABLE", "UPDATE_FAILED", "CREATE_FAILED", "UNAVAILABLE", "PENDING", "MAINTENANCE"})


def deleting(s: Situation) -> Plan | None:
    """Deletion always wins; without our finalizer there is nothing left to do."""
    meta = s.resource.metadata
    if not meta.deleting:
        return None
    if FINALIZER not in meta.finalizers:
        return Plan(status=s.status.wire())
    return _retained(s) or _no_account(s) or _no_answer(s) or _gone(s) or _not_ours(s) or _delete(s)


def retains(spec: MwaaEnvironmentSpec, *, crd_removing: bool) -> bool:
    """Whether deleting the object leaves the environment in AWS alone."""
    return spec.deletion_policy != "Delete" or spec.suspend or spec.management_policy == "Observe" or crd_removing


def _retained(s: Situation) -> Plan | None:
    if not retains(s.spec, crd_removing=s.observed.crd_removing):
        return None
    reason = EventReason.RETAINED
    if s.observed.crd_removing and s.spec.deletion_policy == "Delete":
        reason = EventReason.RETAINED_ON_CRD_REMOVAL
    return _let_go(s, Notice(reason=reason, note=f"Environment {s.name} stays in AWS.", action="RemoveFinalizer"))


def _no_account(s: Situation) -> Plan | None:
    """Deletion is not subject to admission, but without the account there is nobody to ask."""
    if s.observed.admission.state != "Missing" or s.observed.live is not None:
        return None
    return blocked(s, Reason.DEPENDENCY_NOT_READY, " ".join(s.observed.admission.messages))


def _no_answer(s: Situation) -> Plan | None:
    failure = s.observed.failure
    if failure is None:
        return None
    return blocked(s, Reason.AWS_UNAVAILABLE, f"{failure.operation} failed with {failure.code}: {failure.message}")


def _gone(s: Situation) -> Plan | None:
    if s.live is not None and s.there.state != "DELETED":
        return None
    sure = s.live is not None or s.status.state in ("DELETING", "DELETED")
    absent_since = _absent_since(s)
    if not sure and (absent_since is None or s.since(absent_since) < s.timings.absence_confirm):
        text = "AWS does not find the environment; looking once more before the object goes."
        since = absent_since or print_time(s.now)
        return conclude(s, _verdict(s, text), requeue=s.timings.absence_confirm, absent_since=since)
    notice = Notice(
        reason=EventReason.DELETED, note=f"Environment {s.name} is gone from AWS.", action="RemoveFinalizer"
    )
    extra: tuple[Action, ...] = (DeleteLogGroups(name=s.name),) if s.spec.delete_log_groups else ()
    return _let_go(s, notice, extra)


def _absent_since(s: Situation) -> str | None:
    """Since when it is missing, counted from the deletion on: an older absence knows nothing of a later create."""
    since, deleted = s.status.absent_since, s.resource.metadata.deletion_timestamp
    return since if since is not None and deleted is not None and parse_time(since) >= deleted else None


def _not_ours(s: Situation) -> Plan | None:
    whose = ownership(s)
    if whose is Ownership.OURS:
        return None
    if whose is Ownership.YOUNG:
        return conclude(s, _verdict(s, "The environment's tags do not show yet."), requeue=s.timings.poll_min)
    if whose in RECLAIMABLE:
        tag = TagResource(arn=s.there.arn, tags=ownership_tags(s))
        text = "The owner tags are restored before the environment is deleted."
        return conclude(s, _verdict(s, text), requeue=s.timings.poll_min, actions=(tag,))
    note = f"Environment {s.name} in AWS is not owned by this object and stays."
    return _let_go(s, Notice(reason=EventReason.NOT_OWNED, note=note, action="RemoveFinalizer", type="Warning"))


def _delete(s: Situation) -> Plan:
    state = s.there.state
    if state not in DELETABLE:
        began = s.status.operation.started_at if s.status.operation else None
        text = f"AWS says {state}." if state == "DELETING" else f"AWS says {state}; the delete is sent when it is done."
        return conclude(s, _verdict(s, text), requeue=s.timings.poll(s.since(began)))
    operation = Operation(type="Delete", hash="delete", started_at=print_time(s.now))
    notice = Notice(
        reason=EventReason.DELETING, note=f"Asked AWS to delete environment {s.name}.", action="DeleteEnvironment"
    )
    return conclude(
        s,
        _verdict(s, "AWS says DELETING."),
        requeue=s.timings.poll_min,
        actions=(DeleteEnvironment(name=s.name),),
        notices=(notice,),
        operation=operation,
        state="DELETING",
    )


def _let_go(s: Situation, notice: Notice, before: tuple[Action, ...] = ()) -> Plan:
    return Plan(status=s.status.wire(), actions=(*before, RemoveFinalizer()), notices=(notice,))


def blocked(s: Situation, reason: Reason, text: str) -> Plan:
    """Return the plan for a deletion that cannot go on: retried, and after a while said aloud with the way out."""
    meta = s.resource.metadata
    waited = (s.now - meta.deletion_timestamp).total_seconds() if meta.deletion_timestamp else 0.0
    if waited < s.timings.deletion_blocked:
        return conclude(s, replace(_verdict(s, text), retrying=True), absent_since=s.status.absent_since)
    way_out = f"{text} To let the object go and keep the environment, set spec.deletionPolicy to Retain. ({reason})"
    verdict = replace(
        _verdict(s, way_out), reconciling=False, stalled=True, stalled_reason=DetailReason.DELETION_BLOCKED
    )
    return conclude(s, verdict, requeue=s.timings.stalled, absent_since=s.status.absent_since)


def _verdict(s: Situation, text: str) -> Verdict:
    return Verdict("False", Reason.DELETING, text, reconciling=True)
