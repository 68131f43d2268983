"""The controller of ServerlessWorkflow: observe, plan, act, report. The only file of the room that the engine sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.invalid import invalid_status
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.plan import Plan, result_of
from mwaa_operator.api.result import Done, Outdated, RequeueAfter, Result
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.kube.errors import Conflict, NotFound
from mwaa_operator.kube.report import StatusReporter
from mwaa_operator.kube.report import Writer as ReportWriter
from mwaa_operator.workflow.act import Executor, Writer
from mwaa_operator.workflow.actions import Action, CreateWorkflow
from mwaa_operator.workflow.api import KIND, ServerlessWorkflow
from mwaa_operator.workflow.definition.knowledge import OperatorKnowledge
from mwaa_operator.workflow.facts import closed, notices
from mwaa_operator.workflow.observe import Look, Observer
from mwaa_operator.workflow.plan import Situation, plan_failure, plan_workflow
from mwaa_operator.workflow.plan.resting import acts
from mwaa_operator.workflow.plan.tally import Tally, tally
from mwaa_operator.workflow.reasons import Reason
from mwaa_operator.workflow.role.permissions import PermissionsData

MAX_LOOKS = 10
"""How often one pass may find that it must look at more: what to send, the runs, their tasks, and all of it once more
where it first rested on an earlier look; once for each."""

Body = dict[str, Any]


class Kube(Writer, ReportWriter, Protocol):
    """What the controller reads and writes in Kubernetes."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the object as the API server holds it now."""


class WorkflowController:
    """Brings AWS in line with one ServerlessWorkflow per pass.

    Args:
        cached: The cached object of a key, or None.
        written: Told of every answer to a write, so that the next pass never plans on an older status.
        reported: Told of the status that a pass left behind, or None when the object is gone; for metrics.
        measured: Told of the figures after each pass, the runs among them whose end it stored; likewise.
        kube: Writes to Kubernetes.
        observer: Reads.
        knowledge: What is known about definitions.
        permissions: What operators need of AWS.
        timings: Durations, scaled.
        now: UTC.
    """

    kind = KIND.kind

    def __init__(
        self,
        *,
        cached: Callable[[ObjectKey], Body | None],
        written: Callable[[Body], object],
        reported: Callable[[ObjectKey, Body | None], None],
        measured: Callable[[ObjectKey, Tally], None],
        kube: Kube,
        observer: Observer,
        knowledge: OperatorKnowledge,
        permissions: PermissionsData,
        timings: Timings,
        now: Callable[[], datetime],
    ) -> None:
        self._cached, self._kube, self._observer = cached, kube, observer
        self._reporter = StatusReporter(kube=kube, written=written, reported=reported)
        self._measured = measured
        self._knowledge, self._permissions = knowledge, permissions
        self._timings, self._now = timings, now

    def reconcile(self, key: ObjectKey) -> Result:
        """Make one pass; see `engine.controller.Controller`."""
        body = self._cached(key)
        if body is None:
            self._observer.gone(key)
            self._reporter.gone(key)
            return Done()
        try:
            return self._pass(key, body)
        except (Conflict, NotFound, Outdated):
            # Somebody wrote between our look and our write: nothing is lost, the next pass sees the newer object.
            return RequeueAfter(self._timings.poll_min / 5) if self._reporter.refresh(key) else Done()

    def _pass(self, key: ObjectKey, body: Body) -> Result:
        try:
            resource = ServerlessWorkflow.from_body(body)
        except ValidationError as error:
            self._reporter.report(body, invalid_status(body, error, reason=Reason.INVALID_SPEC, now=self._now()))
            return RequeueAfter(self._timings.stalled)
        situation, look, plan = self._decide(resource, self._observer.look(resource))
        executor, rests = Executor(writer=self._kube, scope=look.scope, body=body), not acts(plan)
        if plan.intent is not None:
            executor.body = self._reporter.store(body, plan.intent)
        acted, plan = bool(plan.actions), self._act(situation, look, plan, executor)
        facts = executor.facts
        told = (*plan.notices, *notices(situation, facts))
        if executor.gone:
            self._observer.forget(resource.metadata.uid)
            self._observer.gone(key)
            self._reporter.tell(body, told)
            self._reporter.gone(key)
            return Done()
        status = closed(situation, plan.status, facts)
        self._reporter.report(executor.body, status, told, acted=acted)
        self._measured(key, tally(situation, status))
        if rests:
            self._observer.rest(resource, look)
        return result_of(plan)

    def _decide(self, resource: ServerlessWorkflow, look: Look) -> tuple[Situation, Look, Plan]:
        for _ in range(MAX_LOOKS):
            situation = Situation(
                resource=resource,
                observed=look.observed,
                now=self._now(),
                knowledge=self._knowledge,
                timings=self._timings,
                permissions=self._permissions,
            )
            plan = plan_workflow(situation)
            if not plan.needs:
                return situation, look, plan
            look = self._observer.extend(resource, look, plan.needs)
        raise AssertionError(f"the planner still asks for {sorted(plan.needs)}")

    def _act(self, situation: Situation, look: Look, plan: Plan, executor: Executor) -> Plan:
        for action in plan.actions:
            try:
                executor.run(action)
            except AwsError as error:
                self._learn(situation, look, action, error.failure)
                return plan_failure(situation, plan, action, error.failure)
        return plan

    def _learn(self, situation: Situation, look: Look, action: Action, failure: Failure) -> None:
        """Remember who has the name: a create whose answer was lost is found again by that, and by no list."""
        wanted = isinstance(action, CreateWorkflow) and failure.kind is FailureKind.NAME_IN_USE
        # A token that was used for another request is a conflict too, and names no workflow.
        if wanted and look.scope is not None and f"{situation.name}-" in failure.resource_id:
            arn = look.scope.serverless.workflow_arn(failure.resource_id)
            self._observer.named(situation.resource.metadata.uid, arn)
