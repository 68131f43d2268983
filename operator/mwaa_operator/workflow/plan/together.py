"""One plan out of two decisions: what becomes of the workflow, and what becomes of its runs. Pure.

The workflow comes first: while a pass changes it, no run is started, though one may be stopped. What is seen of runs is
told by every pass that knows the workflow, one that fails included, so that news of runs never waits for spec. What is
to be done is never decided on an earlier look at the workflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mwaa_operator.api.conditions import READY, SYNCED, Condition, find
from mwaa_operator.api.failure import Failure
from mwaa_operator.api.plan import Plan
from mwaa_operator.workflow import live
from mwaa_operator.workflow.actions import StartRun, StopRun, TagResource
from mwaa_operator.workflow.fit import fitted
from mwaa_operator.workflow.plan import runs
from mwaa_operator.workflow.plan.chain import decide
from mwaa_operator.workflow.plan.resting import acts
from mwaa_operator.workflow.plan.runs import Step
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import mirrored, overlaid
from mwaa_operator.workflow.status import ServerlessWorkflowStatus


def plan_workflow(s: Situation) -> Plan:
    """Decide the next step for one workflow and its runs.

    Args:
        s: The object, what was observed, the time and what is known about definitions.

    Returns:
        The plan. Where `needs` is not empty, observe these and plan again.
    """
    plan = _decided(s)
    return Plan(needs=frozenset({"live"})) if s.observed.seen_at is not None and acts(plan) else plan


def _decided(s: Situation) -> Plan:
    plan = decide(s)
    if plan.needs or not _known(s):
        return plan
    step = runs.step(s, may_start=_as_spec_says(plan) and (not plan.actions or _lags(s, plan)))
    if step.needs:
        return Plan(needs=step.needs)
    plan = replace(plan, actions=(*plan.actions, *step.actions))
    if step.intent is not None:
        plan = replace(plan, intent=_told(s, plan.intent or plan.status, step.intent, step.conditions))
    return _with(s, plan, step)


def with_runs_seen(s: Situation, plan: Plan) -> Plan:
    """Return what a failed call leaves behind with what was seen of runs; what was to be done about them waits."""
    if not _known(s) or s.observed.runs is None:
        return plan
    return _with(s, plan, runs.seen(s))


def after_run_failed(s: Situation, action: StartRun | StopRun, failure: Failure) -> Plan:
    """Return what a plan leaves behind whose call about a run failed: the workflow is what it was decided to be."""
    return _with(s, replace(decide(s), actions=(), intent=None), runs.failed(s, action, failure))


def _with(s: Situation, plan: Plan, step: Step) -> Plan:
    waits = [wait for wait in (plan.requeue_after, step.requeue) if wait is not None]
    return replace(
        plan,
        status=_told(s, plan.status, step.changes, step.conditions),
        # A back-off stays one, for it looks at runs too.
        requeue_after=None if plan.retry else min(waits, default=None),
        notices=(*plan.notices, *step.notices),
    )


def _told(
    s: Situation, status: Mapping[str, Any], changes: Mapping[str, Any], conditions: tuple[Condition, ...]
) -> dict[str, Any]:
    model = ServerlessWorkflowStatus.model_validate(status).model_copy(update=dict(changes))
    return fitted(overlaid(s, model, conditions).wire())


def _known(s: Situation) -> bool:
    """Whether the workflow is there, ours or observed, and nothing else is going on with it."""
    if s.resource.metadata.deleting or s.live is None or s.observed.failure is not None:
        return False
    return s.observed.admission.state == "Admitted" and s.there.state == live.READY and mirrored(s)


def _as_spec_says(plan: Plan) -> bool:
    """Whether what would run is what spec asks for."""
    conditions = ServerlessWorkflowStatus.model_validate(plan.status).conditions
    found = [find(conditions, name) for name in (READY, SYNCED)]
    return all(item is not None and item.status == "True" for item in found)


def _lags(s: Situation, plan: Plan) -> bool:
    """Whether all that is done is to send tags again that do not show, or that somebody changed: a run needs none.

    Status had them as sent before, so that what is stored ahead of the run claims nothing that was not so.
    """
    status = ServerlessWorkflowStatus.model_validate(plan.status)
    tags = all(isinstance(action, TagResource) for action in plan.actions)
    return tags and status.applied_fields == s.status.applied_fields
