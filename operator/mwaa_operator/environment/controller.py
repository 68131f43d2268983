"""The controller of MwaaEnvironment: observe, plan, act, report. The only file of the room that the engine sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from mwaa_operator.api.conditions import READY, STALLED, SYNCED, Condition, condition, shorten, transition
from mwaa_operator.api.meta import ObjectKey, key_of
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.api.result import Done, RequeueAfter, Result, Wait
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.environment.act import Executor, Outdated, Writer
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.environment.knowledge import Knowledge
from mwaa_operator.environment.observe import Look, Observer
from mwaa_operator.environment.plan import Situation, plan_environment, plan_failure
from mwaa_operator.kube.errors import Conflict, NotFound

MAX_LOOKS = 4
"""How often one pass may find that it must look at more; the planner asks for each thing once."""

Body = dict[str, Any]


class Kube(Writer, Protocol):
    """What the controller writes to Kubernetes beside its actions."""

    def apply_status(self, body: Body, status: Body) -> Body:
        """Store the whole status under the resourceVersion of `body`."""

    def record(self, body: Body, notice: Notice) -> None:
        """Record an Event."""


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
        self._cached, self._written, self._reported = cached, written, reported
        self._kube, self._observer = kube, observer
        self._knowledge, self._timings, self._now = knowledge, timings, now

    def reconcile(self, key: ObjectKey) -> Result:
        """Make one pass; see `engine.controller.Controller`."""
        body = self._cached(key)
        if body is None:
            self._reported(key, None)
            return Done()
        try:
            return self._pass(body)
        except (Conflict, NotFound, Outdated):
            # Somebody wrote between our look and our write: nothing is lost, the next pass sees the newer object.
            fresh = self._kube.get(key)
            if fresh is None:
                return Done()
            self._written(fresh)
            return RequeueAfter(self._timings.poll_min / 5)

    def _pass(self, body: Body) -> Result:
        try:
            resource = MwaaEnvironment.from_body(body)
        except ValidationError as error:
            self._report(body, self._invalid(body, error), ())
            return RequeueAfter(self._timings.stalled)
        look = self._observer.look(resource)
        situation, look, plan = self._decide(resource, look)
        executor = Executor(writer=self._kube, scope=look.scope, body=body)
        if plan.intent is not None:
            executor.body = self._store(body, plan.intent)
        plan = self._act(situation, plan, executor)
        if executor.gone:
            self._observer.forget(resource.metadata.uid)
            self._tell(body, plan.notices)
            return Done()
        self._report(executor.body, plan.status | executor.facts, plan.notices)
        return _result(plan)

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

    def _report(self, body: Body, status: Body, notices: tuple[Notice, ...]) -> None:
        if body.get("status") != status:
            body = self._store(body, status)
        self._reported(key_of(body), body.get("status"))
        self._tell(body, notices)

    def _store(self, body: Body, status: Body) -> Body:
        stored = self._kube.apply_status(body, status)
        self._written(stored)
        return stored

    def _tell(self, body: Body, notices: tuple[Notice, ...]) -> None:
        for notice in notices:
            self._kube.record(body, notice)

    def _invalid(self, body: Body, error: ValidationError) -> Body:
        """Return the status of an object that was stored before a rule existed which it breaks."""
        meta, old = body["metadata"], body.get("status") or {}
        faults = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        text = shorten(f"The object does not fit its kind any more: {faults}. Correct it.")
        wanted = [
            condition(READY, "False", "InvalidSpec", text),
            condition(SYNCED, "False", "InvalidSpec", text),
            condition(STALLED, "True", "InvalidSpec", text),
        ]
        previous = [Condition.model_validate(item) for item in old.get("conditions", [])]
        conditions = transition(previous=previous, desired=wanted, generation=meta["generation"], now=self._now())
        return {**old, "observedGeneration": meta["generation"], "conditions": [item.wire() for item in conditions]}


def _result(plan: Plan) -> Result:
    if plan.requeue_after is not None:
        return RequeueAfter(plan.requeue_after)
    if plan.retry:
        ready: Body = next((item for item in plan.status.get("conditions", []) if item["type"] == READY), {})
        raise Wait(ready.get("reason", "Retrying"), ready.get("message", ""), after=None)
    return Done()
