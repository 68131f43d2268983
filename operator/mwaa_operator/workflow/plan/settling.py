"""AWS has what spec asks for: what needs no version (the managed role, tags, log retention), old versions that may go,
and rest. Pure."""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.conditions import READY, find, shorten
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.api.words import counted
from mwaa_operator.workflow.actions import Action, SetLogRetention, TagResource, UntagResource
from mwaa_operator.workflow.definition.validate import Verdict as Judgement
from mwaa_operator.workflow.live import derived_log_group
from mwaa_operator.workflow.plan import versions
from mwaa_operator.workflow.plan.checks import definition_condition, stored_code, stored_definition
from mwaa_operator.workflow.plan.comparison import Comparison
from mwaa_operator.workflow.plan.creation import details
from mwaa_operator.workflow.plan.rolekeeping import remembered, resting, upkeep
from mwaa_operator.workflow.plan.rolewords import same_text, widened
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import Verdict, conclude, finalizer
from mwaa_operator.workflow.reasons import DetailReason, EventReason, Reason
from mwaa_operator.workflow.status import DEFINITION_VALID, Operation


def settled(c: Comparison, judgement: Judgement | None, *notices: Notice, landed: bool = False) -> Plan:
    """Nothing differs: prune what is beyond the limit, and rest.

    Args:
        c: The comparison.
        judgement: What the validator said.
        notices: To be told with it.
        landed: Whether the version that is live is the answer to our last call.
    """
    s = c.s
    owned = versions.own(s, landed=landed)
    if needs := versions.wanting(s, owned):
        return Plan(needs=frozenset(needs))
    pruned, told = versions.surplus(s, owned), [*notices, *_warned(s, judgement)]
    actions: tuple[Action, ...] = (*pruned, *(versions.unused(s, c.wish.definition) if landed and _updated(s) else ()))
    if pruned:
        text = f"Deleted {counted(len(pruned), 'old version')}."
        told.append(Notice(EventReason.VERSIONS_PRUNED, text, action="DeleteWorkflow"))
    verdict, found = resting(s, judgement) or _verdict(s), details(s, judgement)
    return conclude(
        s,
        verdict,
        requeue=s.timings.poll_min / 5 if actions or c.of("InPlace") else s.timings.settled,
        actions=actions,
        notices=(*told, *widened(s, found), *_newly_ready(s, verdict)),
        details=found,
        **memory(c, judgement, landed=landed),
    )


def in_place(c: Comparison, judgement: Judgement | None, *notices: Notice, landed: bool = False) -> Plan | None:
    """The managed role, tags and log retention need no version; arguments as in `settled`."""
    s = c.s
    if s.spec.management_policy != "Manage" or s.spec.suspend:
        return None
    told = details(s, judgement)
    roles = upkeep(s, judgement, told)
    if isinstance(roles, Plan):
        return roles
    days = _retention(s)
    actions = [*roles.actions, *_tags(c), *([] if days is None else [SetLogRetention(s.there.log_group, days)])]
    if not actions:
        return None
    kept = {"log_retention_days": days if days is not None else s.status.log_retention_days}
    verdict = resting(s, judgement) or _verdict(s)
    return conclude(
        s,
        verdict,
        requeue=s.timings.poll_min,
        actions=(*finalizer(s), *actions),
        notices=(*notices, *roles.notices, *_newly_ready(s, verdict)),
        details=told,
        **memory(c, judgement, landed=landed) | kept | dict(roles.changes),
    )


def memory(c: Comparison, judgement: Judgement | None, *, landed: bool) -> dict[str, Any]:
    """Return what status remembers once AWS has what spec asks for."""
    s, wish = c.s, c.wish
    return nothing_pending() | {
        "definition": stored_definition(s, wish.definition, judgement, live=True),
        "code": stored_code(s, wish.code),
        "applied_fields": c.applied(),
        "own_versions": versions.own(s, landed=landed),
        "operation": under_way(s),
        "answered_version": None,
        "last_failure": None,
        **remembered(s, judgement),
    }


def nothing_pending() -> dict[str, Any]:
    """Return the members of status that say that nothing differs."""
    return {"pending_changes": [], "pending_changes_hash": None, "pending_since": None}


def under_way(s: Situation) -> Operation | None:
    """Return the intent of another than the workflow's own calls: a run that is being started."""
    operation = s.status.operation
    return operation if operation is not None and operation.type == "StartRun" else None


def _verdict(s: Situation) -> Verdict:
    text = "The workflow is in AWS as spec says."
    if not s.spec.suspend:
        return Verdict("True", Reason.SUCCEEDED, text, synced="True")
    goes_on = (
        " spec.suspend is true, so nothing is changed; a schedule in AWS goes on (triggerMode: Disabled stops it)."
    )
    return Verdict("True", Reason.SUSPENDED, text + goes_on, synced="True", synced_reason=Reason.SUCCEEDED)


def _updated(s: Situation) -> bool:
    return s.status.operation is not None and s.status.operation.type == "Update"


def _newly_ready(s: Situation, verdict: Verdict) -> tuple[Notice, ...]:
    before = find(s.status.conditions, READY)
    if verdict.ready != "True" or (before is not None and before.status == "True"):
        return ()
    return (Notice(EventReason.READY, f"Workflow {s.name} is in AWS as spec says.", action="Reconcile"),)


def _tags(c: Comparison) -> list[Action]:
    """Return the actions for tags; with driftPolicy Report only for those that somebody edited in spec."""
    arn, correct = c.s.there.arn, c.s.spec.drift_policy == "Correct"
    missing = {
        item.field.removeprefix("tags."): item.wanted
        for item in c.of("InPlace")
        if item.field.removeprefix("tags.") in c.s.spec.tags and (correct or not item.drift)
    }
    actions: list[Action] = [TagResource(arn, missing)] if missing else []
    if gone := c.gone_tags():
        actions.append(UntagResource(arn, gone))
    return actions


def _retention(s: Situation) -> int | None:
    """Return the days to set on the log group, where it is the one that AWS made and they were not set before."""
    days = s.spec.logging.retention_days if s.spec.logging is not None else None
    if days is None or int(days) == s.status.log_retention_days:
        return None
    return int(days) if s.there.log_group == derived_log_group(s.there.arn) else None


def _warned(s: Situation, judgement: Judgement | None) -> tuple[Notice, ...]:
    """Say once for each text what AWS or the operator ignores or doubts in the definition."""
    now, before = definition_condition(s, judgement), find(s.status.conditions, DEFINITION_VALID)
    if now is None or now.reason != DetailReason.WARNINGS:
        return ()
    if before is not None and before.reason == now.reason and same_text(before.message, now.message):
        return ()
    return (Notice(EventReason.DEFINITION_WARNINGS, shorten(now.message), action="Validate", type="Warning"),)
