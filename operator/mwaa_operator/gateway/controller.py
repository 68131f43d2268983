"""The controller of SparkGateway: observe, plan, act, report, then the same for what it owes its routes.

The only writer of the status of routes that have a gateway. The only file of the room that the engine sees.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol

from pydantic import ValidationError

from mwaa_operator.api.invalid import invalid_status
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.plan import Notice, Plan, result_of
from mwaa_operator.api.result import Done, Outdated, RequeueAfter, Result
from mwaa_operator.gateway.act import Executor
from mwaa_operator.gateway.act import Writer as ActWriter
from mwaa_operator.gateway.api import KIND, SparkGateway
from mwaa_operator.gateway.looks.revisions import key_of_gateway
from mwaa_operator.gateway.observe import Look, Observer
from mwaa_operator.gateway.plan.life import failed, outside, plan_gateway
from mwaa_operator.gateway.plan.situation import Observed, Situation
from mwaa_operator.gateway.plan.timings import RolloutTimings
from mwaa_operator.gateway.reasons import EventReason, Reason
from mwaa_operator.gateway.routestatus.report import RouteReport, route_reports
from mwaa_operator.gateway.status import SparkGatewayStatus
from mwaa_operator.gateway.tally import Tally, tally
from mwaa_operator.gateway.tokenwork import TokenWork
from mwaa_operator.kube.errors import AlreadyExists, Conflict, Forbidden, KubeError, NotFound, Rejected
from mwaa_operator.kube.report import StatusReporter
from mwaa_operator.kube.report import Writer as ReportWriter
from mwaa_operator.route.api import KIND as ROUTE

MAX_LOOKS: Final = 4
"""How often one pass may find that it must look at more: serving pods and the proof's, once each."""
GRANT: Final = "give the operator this right in the gateway's namespace (the chart's value gateways.namespaces does)"

Body = dict[str, Any]


class Kube(ActWriter, ReportWriter, Protocol):
    """What the controller reads and writes in Kubernetes."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return one of our objects as the API server holds it now."""


class SparkGatewayController:
    """Brings the pods, the file and the routes of one SparkGateway in line per pass.

    Args:
        cached: The cached object of a key, or None.
        written: Told of every answer to a write, so that the next pass never plans on an older status.
        reported: Told of the status that a pass left behind, or None when the object is gone; for metrics.
        measured: Told of the figures after each pass, the end of a rollout among them that it stored; likewise.
        kube: Reads and writes of Kubernetes.
        observer: Reads.
        tokens: Keeps queue tokens.
        namespaces: Where gateways are looked after.
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
        tokens: TokenWork,
        namespaces: frozenset[str],
        timings: RolloutTimings,
        now: Callable[[], datetime],
    ) -> None:
        self._cached, self._kube, self._observer, self._tokens = cached, kube, observer, tokens
        self._reporter = StatusReporter(kube=kube, written=written, reported=reported)
        self._measured = measured
        self._namespaces, self._timings, self._now = namespaces, timings, now

    def reconcile(self, key: ObjectKey) -> Result:
        """Make one pass; see `engine.controller.Controller`."""
        body = self._cached(key)
        if body is None:
            self._gone(key)
            return Done()
        try:
            return self._pass(key, body)
        except (Conflict, NotFound, Outdated):
            # Somebody wrote between our look and our write: nothing is lost, the next pass sees the newer object.
            return RequeueAfter(self._timings.poll) if self._reporter.refresh(key) else Done()

    def _pass(self, key: ObjectKey, body: Body) -> Result:
        try:
            resource = SparkGateway.from_body(body)
        except ValidationError as error:
            self._blind(key, body, invalid_status(body, error, reason=Reason.INVALID_SPEC, now=self._now()))
            return RequeueAfter(self._timings.stalled)
        if key.namespace not in self._namespaces:
            return self._outside(key, resource, body)
        try:
            situation, look, plan = self._decide(resource, self._observer.look(resource))
        except (Forbidden, Rejected) as error:
            return self._unseen(key, resource, body, error)
        executor = Executor(writer=self._kube, resource=resource, look=look, body=body)
        if plan.intent is not None:
            executor.body = self._reporter.store(body, plan.intent)
        acted, plan = bool(plan.actions or look.renewed), self._act(situation, plan, executor)
        if executor.gone:
            self._reporter.tell(body, plan.notices)
            self._gone(key)
            return Done()
        told = (*plan.notices, *_renewed(look))
        self._reporter.report(executor.body, plan.status, told, acted=acted)
        closing = SparkGatewayStatus.model_validate(plan.status)
        # Before the routes: a status of one that cannot be stored must not make the end of a rollout forgotten.
        self._measured(key, tally(situation, closing, plan.notices) if look.ring is not None else Tally())
        self._routes(situation, look, closing)
        return _sooner(result_of(plan), self._tokens.until(key))

    def _outside(self, key: ObjectKey, resource: SparkGateway, body: Body) -> Result:
        plan = outside(resource, namespaces=self._namespaces, now=self._now(), requeue=self._timings.stalled)
        executor = Executor(writer=self._kube, resource=resource, look=Look(Observed(template="")), body=body)
        for action in plan.actions:
            executor.run(action)
        if executor.gone:
            self._gone(key)
            return Done()
        self._blind(key, body, plan.status)
        return result_of(plan)

    def _decide(self, resource: SparkGateway, look: Look) -> tuple[Situation, Look, Plan]:
        for _ in range(MAX_LOOKS):
            situation = self._observer.situation(resource, look.observed)
            plan = plan_gateway(situation)
            if not plan.needs:
                return situation, look, plan
            look = self._observer.extend(resource, look, plan.needs)
        raise AssertionError(f"the planner still asks for {sorted(plan.needs)}")

    def _act(self, situation: Situation, plan: Plan, executor: Executor) -> Plan:
        for action in plan.actions:
            try:
                executor.run(action)
            except (Forbidden, Rejected, AlreadyExists) as error:
                return self._failed(situation.resource, error, plan.intent)
        return plan

    def _unseen(self, key: ObjectKey, resource: SparkGateway, body: Body, error: KubeError) -> Result:
        plan = self._failed(resource, error, None)
        self._blind(key, body, plan.status)
        return result_of(plan)

    def _blind(self, key: ObjectKey, body: Body, status: Body) -> None:
        """Leave a status behind without a look at anything: what was measured before holds no more."""
        self._reporter.report(body, status)
        self._measured(key, Tally())

    def _failed(self, resource: SparkGateway, error: KubeError, intent: Body | None) -> Plan:
        denied = isinstance(error, Forbidden)
        reason, step = (Reason.ACCESS_DENIED, f": {GRANT}") if denied else (Reason.REFUSED, "")
        wait = self._timings.draining
        return failed(resource, reason, f"{error}{step}", intent=intent, now=self._now(), requeue=wait)

    def _routes(self, situation: Situation, look: Look, closing: SparkGatewayStatus) -> None:
        """Write the status of every route."""
        if look.ring is None or not situation.observed.attached:
            self._tokens.forget(key_of_gateway(situation.resource))
            return
        tokens = self._tokens.kept(situation, look.ring)
        for report in route_reports(situation, closing, tokens=tokens, url=situation.observed.address):
            self._report(report, situation.observed.attached[report.key].metadata.resource_version)

    def _report(self, report: RouteReport, seen: str) -> None:
        namespace, _, name = report.key.partition("/")
        key = ObjectKey(ROUTE.kind, namespace, name)
        body = self._cached(key)
        if body is None or body["metadata"]["resourceVersion"] != seen:
            # It was edited, or went, while we looked: its own event brings the next pass.
            return
        if report.goes:
            self._reporter.tell(body, report.notices)
        try:
            self._reporter.report(body, report.status, () if report.goes else report.notices)
        except (Conflict, NotFound):
            self._reporter.refresh(key)

    def _gone(self, key: ObjectKey) -> None:
        self._observer.forget(key)
        self._tokens.forget(key)
        self._reporter.gone(key)


def _renewed(look: Look) -> tuple[Notice, ...]:
    text = "A new token for cluster {} was written before the old one ended."
    return tuple(Notice(EventReason.TOKEN_RENEWED, text.format(name)) for name in look.renewed)


def _sooner(result: Result, seconds: float | None) -> Result:
    """Return a result whose next look is at most so many seconds away."""
    if seconds is None or not isinstance(result, RequeueAfter):
        return result
    return RequeueAfter(min(result.seconds, seconds))
