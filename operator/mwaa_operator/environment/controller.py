"""The controller of MwaaEnvironment: observe, plan, act, report. The only file of the room that the engine sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from mwaa_operator.api.invalid import invalid_status
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.plan import Plan, result_of
from mwaa_operator.api.result import Done, Outdated, RequeueAfter, Result
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.environment.act import Executor, Writer
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.environment.knowledge import Knowledge
from mwaa_operator.environment.observe import Look, Observer
from mwaa_operator.environment.plan import Situation, plan_environment, plan_failure
from mwaa_operator.environment.reasons import Reason
from mwaa_operator.kube.errors import Conflict, NotFound
from mwaa_operator.kube.report import StatusReporter
from mwaa_operator.kube.report import Writer as ReportWriter

MAX_LOOKS = 4
"""How often one pass may find that it must look at more; the planner asks for each thing once."""

Body = dict[str, Any]


class Kube(Writer, ReportWriter, Protocol):
    """What the controller reads and writes in Kubernetes."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the object as the API server holds it now."""


class EnvironmentController:
    """Brings AWS in line with one MwaaEnvironment per pass.

    Args:
        cached: The cached object of a key, or None.
        written: Told of every answer to a write, so that the next pass never plans on an older status.
        reported: Told of the status that a pass left behind, or None when the object is gone; for metrics.
        kube: Writes to Kubernetes.
        observer: Reads.
        knowledge: Rows about MWAA.
        timings: Durations, scaled.
        now: UTC.
    """

    kind = "MwaaEnvironment"

    def __init__(
        self,
        *,
        cached: Callable[[ObjectKey], Body | None],
        written: Callable[[Body], object],
        reported: Callable[[ObjectKey, Body | None], None],
        kube: Kube,
        observer: Observer,
        knowledge: Knowledge,
        timings: Timings,
        now: Callable[[], datetime],
    ) -> None:
        self._cached, self._kube, self._observer = cached, kube, observer
        self._reporter = StatusReporter(kube=kube, written=written, reported=reported)
        self._knowledge, self._timings, self._now = knowledge, timings, now

    def reconcile(self, key: ObjectKey) -> Result:
        """Make one pass; see `engine.controller.Controller`."""
        body = self._cached(key)
        if body is None:
            self._reporter.gone(key)
            return Done()
        try:
            return self._pass(key, body)
        except (Conflict, NotFound, Outdated):
            # Somebody wrote between our look and our write: nothing is lost, the next pass sees the newer object.
            return RequeueAfter(self._timings.poll_min / 5) if self._reporter.refresh(key) else Done()

    def _pass(self, key: ObjectKey, body: Body) -> Result:
        try:
            resource = MwaaEnvironment.from_body(body)
        except ValidationError as error:
            self._reporter.report(body, invalid_status(body, error, reason=Reason.INVALID_SPEC, now=self._now()))
            return RequeueAfter(self._timings.stalled)
        situation, look, plan = self._decide(resource, self._observer.look(resource))
        executor = Executor(writer=self._kube, scope=look.scope, body=body)
        if plan.intent is not None:
            executor.body = self._reporter.store(body, plan.intent)
        acted, plan = bool(plan.actions), self._act(situation, plan, executor)
        if executor.gone:
            self._observer.forget(resource.metadata.uid)
            self._reporter.tell(body, plan.notices)
            self._reporter.gone(key)
            return Done()
        self._reporter.report(executor.body, plan.status | executor.facts, plan.notices, acted=acted)
        return result_of(plan)

    def _decide(self, resource: MwaaEnvironment, look: Look) -> tuple[Situation, Look, Plan]:
        for _ in range(MAX_LOOKS):
            situation = Situation(
                resource=resource,
                observed=look.observed,
                now=self._now(),
                timings=self._timings,
                knowledge=self._knowledge,
            )
            plan = plan_environment(situation)
            if not plan.needs:
                return situation, look, plan
            look = self._observer.extend(resource, look, plan.needs)
        raise AssertionError(f"the planner still asks for {sorted(plan.needs)}")

    def _act(self, situation: Situation, plan: Plan, executor: Executor) -> Plan:
        for action in plan.actions:
            try:
                executor.run(action)
            except AwsError as error:
                return plan_failure(situation, plan, action, error.failure)
        return plan
