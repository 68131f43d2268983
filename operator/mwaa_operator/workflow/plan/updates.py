"""A workflow that is ours and READY: compare it with spec, and make a new version where it differs, once. Pure.

Every update makes one of fifty versions, has no token and no precondition: so an intent with the version before it is
stored first, and the next look tells by the version whether it was taken.
"""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.meta import APPROVE_CHANGES, RETRY_REQUESTED_AT
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.workflow.actions import UpdateWorkflow
from mwaa_operator.workflow.definition.validate import Verdict as Judgement
from mwaa_operator.workflow.plan import creation, rolework, versions
from mwaa_operator.workflow.plan.checks import judge, role_condition, stored_definition
from mwaa_operator.workflow.plan.comparison import Comparison, Difference, about_to_send
from mwaa_operator.workflow.plan.creation import details, looks, role_looks, unresolved
from mwaa_operator.workflow.plan.pending import names_of, pending
from mwaa_operator.workflow.plan.settling import in_place, nothing_pending, settled, under_way
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import Verdict, close, conclude, finalizer, print_time
from mwaa_operator.workflow.plan.wish import make_wish
from mwaa_operator.workflow.reasons import EventReason, Reason
from mwaa_operator.workflow.status import LastFailure, Operation

LOOP = 6
"""Corrections of drift within an hour that are no accident any more: somebody else sends updates too."""
LOOPED = "UpdateLoop"
"""What status.lastFailure says of a loop, so that it stays stopped when the hour is over."""


def converge(s: Situation) -> Plan:
    """Bring the live workflow in line with spec; always answers."""
    if unlimited := rolework.unlimited(s):
        return unlimited
    needs = looks(s) | role_looks(s)
    if s.observed.versions is None and versions.due(s):
        needs.add("versions")
    if needs:
        return Plan(needs=frozenset(needs))
    if confined := rolework.confined(s):
        return confined
    c, judgement = Comparison(s, make_wish(s)), judge(s)
    for rule in RULES:
        if plan := rule(c, judgement):
            return plan
    return settled(c, judgement)


def observed_only(s: Situation) -> Plan:
    """Compare as far as spec says anything, and report."""
    if needs := looks(s):
        return Plan(needs=frozenset(needs))
    wish = make_wish(s)
    if gap := unresolved(s, wish.gaps):
        return gap
    c, judgement = Comparison(s, wish), judge(s)
    if held := _held(c, judgement):
        return held
    verdict = Verdict("True", Reason.SUCCEEDED, "The workflow is in AWS as spec says.", synced="True")
    told = details(s, judgement)
    return conclude(s, verdict, requeue=s.timings.settled, details=told, **nothing_pending())


def was_ready(s: Situation) -> bool:
    """Whether the last pass left the workflow Ready."""
    return any(item.type == "Ready" and item.status == "True" for item in s.status.conditions)


def _landed(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """The version that is live is the answer to our call: nothing more is sent for the same wish.

    What still differs is what AWS writes in its own way, or kept although spec does not name it any more.
    """
    s, operation = c.s, c.s.status.operation
    if operation is None or operation.type not in ("Create", "Update") or operation.hash != c.wish.hash:
        return None
    if _is_earlier(s, operation) or not _answers(c):
        return None
    notices = []
    if operation.type == "Update":
        fields = ", ".join(item.field for item in s.status.pending_changes[:8])
        text = f"Version {s.there.version} was made{f': {fields}' if fields else ''}."
        notices.append(Notice(EventReason.WORKFLOW_UPDATED, text, action="UpdateWorkflow"))
    return in_place(c, judgement, *notices, landed=True) or settled(c, judgement, *notices, landed=True)


def _answers(c: Comparison) -> bool:
    if c.s.status.answered_version == c.s.there.version:
        return True
    return not any(item.wanted for item in c.of("NewVersion"))


def _is_earlier(s: Situation, operation: Operation) -> bool:
    """Whether the version that shows is from before our call; where AWS has named the answer, any other counts so."""
    if s.status.answered_version is not None:
        return s.there.version != s.status.answered_version
    return s.there.version in {operation.version, *s.status.own_versions}


def _in_flight(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """An update was sent, or was about to be, and does not show yet."""
    s, operation = c.s, c.s.status.operation
    if operation is None or operation.type != "Update" or not _is_earlier(s, operation):
        return None
    # Where AWS named the version that it made, the one before it is a read that lags, and no answer that was lost.
    lags = s.status.answered_version is not None and s.there.version == operation.version
    if s.since(operation.started_at) >= (s.timings.create_settle if lags else s.timings.update_settle):
        return None
    text = "A new version was asked for; it does not show yet."
    verdict = Verdict("False", Reason.UPDATING, text, reconciling=True)
    # AWS named the version already, perhaps; that another one shows for a moment is no news.
    told = details(s, judgement)
    return conclude(s, verdict, requeue=s.timings.poll_min, details=told, version=s.status.version)


def _late(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """Reads of AWS may be late: soon after an update another version than the one that was seen is no news yet."""
    s, known, operation = c.s, c.s.status.version, c.s.status.operation
    if operation is not None and operation.type != "StartRun":
        return None
    left = s.timings.update_settle - s.since(s.status.recent_updates[-1]) if s.status.recent_updates else 0.0
    if left <= 0 or known in (None, s.there.version):
        return None
    wait = max(left, s.timings.poll_min)
    if was_ready(s) and s.status.observed_generation == s.resource.metadata.generation:
        return Plan(status=s.status.wire(), requeue_after=wait)
    text = "AWS shows another version than after the last update; it is looked at once more."
    verdict = Verdict("False", Reason.UPDATING, text, reconciling=True)
    told = details(s, judgement)
    return conclude(s, verdict, requeue=wait, details=told, operation=under_way(s), version=known)


def _gaps(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """Something that is named does not exist. A file that AWS has its copy of is missed only by the next version."""
    needed = c.wish.absent if c.of("NewVersion") else ()
    return unresolved(c.s, (*c.wish.gaps, *needed))


def _invalid(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """What is live was judged by AWS; a new definition that is wrong is not sent, and everything else waits for it."""
    if not any(item.field in ("definition", "code") for item in c.differences):
        return None
    return creation.invalid(c.s, c.wish, judgement, **pending(c))


def _replacement(c: Comparison, judgement: Judgement | None) -> Plan | None:
    found = c.of("ReplacementRequired")
    if not found:
        return None
    text = f"AWS cannot change {names_of(found)} of a workflow. Correct spec, or make a new object with another name."
    verdict = Verdict("False", Reason.REPLACEMENT_REQUIRED, text, stalled=True)
    return conclude(c.s, verdict, requeue=c.s.timings.stalled, details=details(c.s, judgement), **pending(c))


def _refused(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """AWS refused exactly this update: it is not sent again until something changes or somebody asks."""
    s, failure = c.s, c.s.status.last_failure
    if not c.of("NewVersion") or failure is None or failure.operation != "Update" or failure.code == LOOPED:
        return None
    if failure.hash != c.wish.hash or s.retry is not None:
        return None
    verdict = Verdict("False", Reason.REJECTED_BY_SERVICE, creation.refused_text(failure, created=False), stalled=True)
    # DefinitionValid stays as the refusal left it: AWS's word is stronger than the check's.
    told = tuple(item for item in (role_condition(s),) if item is not None)
    definition = stored_definition(s, c.wish.definition, judgement, live=False)
    requeue = creation.until_mended(s)
    return conclude(s, verdict, requeue=requeue, details=told, definition=definition, **pending(c))


def _held(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """It differs and serves, and nothing is sent: on purpose, and by whom stands in the reason."""
    s = c.s
    if not c.differences:
        return None
    cause = _cause(c)
    if cause is None:
        return None
    reason, text = cause
    verdict = Verdict("True", reason, text, synced="False")
    return conclude(s, verdict, requeue=s.timings.settled, details=details(s, judgement), **pending(c))


def _cause(c: Comparison) -> tuple[Reason, str] | None:
    s, names = c.s, names_of(c.differences)
    if s.spec.management_policy == "Observe":
        return Reason.OBSERVE, f"AWS differs in {names}; managementPolicy is Observe."
    if s.spec.suspend:
        return Reason.SUSPENDED, f"{names} would be sent, but spec.suspend is true. A schedule in AWS goes on."
    if _needs_approval(s) and s.resource.metadata.annotations.get(APPROVE_CHANGES) != c.pending_hash:
        return Reason.AWAITING_APPROVAL, (
            f"The workflow was adopted and differs in {names}. Annotate with {APPROVE_CHANGES}: {c.pending_hash}"
        )
    if s.spec.drift_policy == "Report" and all(item.drift for item in c.differences):
        return Reason.DRIFTED, f"Somebody changed {names} in AWS; driftPolicy is Report."
    return None


def _needs_approval(s: Situation) -> bool:
    """Whether nothing of ours was ever in the adopted workflow, and it was never seen to be as spec says."""
    return s.status.adopted is True and not s.status.applied_fields


def _loop(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """What is undone, or does not show, again and again would use up the versions: stop, and say so."""
    s, found = c.s, c.of("NewVersion")
    if not found or s.retry is not None:
        return None
    failure, operation = s.status.last_failure, s.status.operation
    stopped = failure is not None and failure.code == LOOPED and failure.hash == c.wish.hash
    repeated = operation is not None and operation.type == "Update" and operation.hash == c.wish.hash
    if not stopped and (len(_recent(s)) < LOOP or not (repeated or all(item.drift for item in found))):
        return None
    text = (
        f"{names_of(found)} was sent {LOOP} times within an hour and differs again: somebody else changes the workflow "
        f"too. Find out who, then annotate with {RETRY_REQUESTED_AT}."
    )
    verdict = Verdict("False", Reason.UPDATE_LOOP, text, stalled=True)
    notice = Notice(EventReason.UPDATE_LOOP, text, action="UpdateWorkflow", type="Warning")
    return conclude(
        s,
        verdict,
        requeue=s.timings.stalled,
        notices=() if stopped else (notice,),
        details=details(s, judgement),
        operation=under_way(s),
        last_failure=LastFailure(operation="Update", hash=c.wish.hash, code=LOOPED),
        **pending(c),
    )


def _starting(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """Status holds one intent: while it is a run's, no update is begun."""
    if not c.of("NewVersion") or under_way(c.s) is None:
        return None
    text = f"A run is being started; {names_of(c.of('NewVersion'))} is sent afterwards."
    verdict = Verdict("False", Reason.UPDATING, text, reconciling=True)
    return conclude(c.s, verdict, requeue=c.s.timings.poll_min, details=details(c.s, judgement), **pending(c))


def _role(c: Comparison, judgement: Judgement | None) -> Plan | None:
    if not c.of("NewVersion"):
        return None
    unready = creation.role_unready(c.s, judgement, reason=Reason.UPDATING, **pending(c))
    return creation.role_unfit(c.s, judgement, **pending(c)) or unready


def _exhausted(c: Comparison, judgement: Judgement | None) -> Plan | None:
    return versions.make_room(c.s, versions.own(c.s, landed=False)) if c.of("NewVersion") else None


def _update(c: Comparison, judgement: Judgement | None) -> Plan | None:
    """Make one version for all that differs."""
    s, found = c.s, c.of("NewVersion")
    if not found:
        return None
    names, keeps = names_of(found), _kept(c, judgement)
    planned = Verdict("Unknown", Reason.PROGRESSING, f"About to send {names}.", reconciling=True, synced="Unknown")
    sent = Verdict("False", Reason.UPDATING, f"A new version was asked for: {names}.", reconciling=True)
    action = UpdateWorkflow(
        request={"WorkflowArn": s.there.arn, **c.wish.request()},
        definition=c.wish.definition.upload if c.wish.definition else None,
        code=c.wish.code.upload if c.wish.code else None,
    )
    told = details(s, judgement)
    return conclude(
        s,
        sent,
        requeue=s.timings.poll_min / 5,
        actions=(*finalizer(s), action),
        intent=close(s, planned, details=told, **keeps),
        notices=_corrected(found),
        details=told,
        **keeps,
    )


def _kept(c: Comparison, judgement: Judgement | None) -> dict[str, Any]:
    """Return what both the intent and the status after the update remember of it."""
    s = c.s
    operation = Operation(type="Update", hash=c.wish.hash, started_at=print_time(s), version=s.there.version)
    return {
        "operation": operation,
        "answered_version": None,
        "own_versions": versions.own(s, landed=False),
        "recent_updates": [*_recent(s), operation.started_at][-10:],
        "applied_fields": about_to_send(c.wish, before=s.status.applied_fields),
        "definition": stored_definition(s, c.wish.definition, judgement, live=False),
        "last_failure": None,
        **pending(c),
    }


def _corrected(found: tuple[Difference, ...]) -> tuple[Notice, ...]:
    if not all(item.drift for item in found):
        return ()
    text = f"Sent again what somebody had changed: {names_of(found)}."
    return (Notice(EventReason.DRIFT_CORRECTED, text, action="UpdateWorkflow"),)


def _recent(s: Situation) -> list[str]:
    """Return status.recentUpdates of the last hour."""
    return [moment for moment in s.status.recent_updates if s.since(moment) < s.timings.unavailable_after]


RULES = (
    _landed,
    _in_flight,
    _late,
    _gaps,
    _invalid,
    _replacement,
    _refused,
    _held,
    _loop,
    _starting,
    _role,
    _exhausted,
    _update,
    in_place,
)
"""In this order; where none of them has anything to say, the workflow is settled."""
