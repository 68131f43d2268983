"""The controller of SparkJobRoute: look, plan, act, report. The only file of the room that the engine sees.

Absence is never evidence by itself: a route is let go only after fresh reads say that no gateway has its name, and
while the API server is known to serve gateways at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol

from pydantic import ValidationError

from mwaa_operator.api.invalid import invalid_status
from mwaa_operator.api.meta import FINALIZER, ObjectKey, key_of
from mwaa_operator.api.plan import Plan, result_of
from mwaa_operator.api.result import Done, RequeueAfter, Result
from mwaa_operator.api.timing import Timings
from mwaa_operator.kube.errors import Conflict, NotFound
from mwaa_operator.kube.report import StatusReporter
from mwaa_operator.kube.report import Writer as ReportWriter
from mwaa_operator.route.api import KIND, SparkJobRoute
from mwaa_operator.route.plan import AddFinalizer, GatewayState, plan_route, released
from mwaa_operator.route.reasons import Reason

GATEWAY: Final = "SparkGateway"
"""The kind that routes refer to. Its room knows this one, and not the other way round."""

Body = dict[str, Any]


class Kube(ReportWriter, Protocol):
    """What the controller reads and writes in Kubernetes."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the object as the API server holds it now."""

    def is_served(self, kind: str) -> bool:
        """Return whether the API server knows a kind."""

    def add_finalizer(self, body: Body) -> Body:
        """Put our finalizer on the object."""

    def remove_finalizer(self, body: Body) -> Body:
        """Take our finalizer off the object."""


class SparkJobRouteController:
    """Holds one SparkJobRoute for its gateway per pass, and speaks for it where it has none.

    Args:
        cached: The cached object of a key, or None.
        written: Told of every answer to a write, so that the next pass never plans on an older status.
        reported: Told of the status that a pass left behind, or None when the object is gone; for metrics.
        kube: Reads and writes of Kubernetes.
        gateway: The cached SparkGateway of a name in whichever gateway namespace, or None.
        fits: Whether the body of a SparkGateway can be read, so that its own pass looks after its routes.
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
        kube: Kube,
        gateway: Callable[[str], Body | None],
        fits: Callable[[Body], bool],
        namespaces: tuple[str, ...],
        timings: Timings,
        now: Callable[[], datetime],
    ) -> None:
        self._cached, self._written, self._kube = cached, written, kube
        self._gateway, self._fits, self._namespaces = gateway, fits, namespaces
        self._reporter = StatusReporter(kube=kube, written=written, reported=reported)
        self._timings, self._now = timings, now

    def reconcile(self, key: ObjectKey) -> Result:
        """Make one pass; see `engine.controller.Controller`."""
        body = self._cached(key)
        if body is None:
            self._reporter.gone(key)
            return Done()
        try:
            return self._pass(key, body)
        except (Conflict, NotFound):
            # Somebody wrote between our look and our write: nothing is lost, the next pass sees the newer object.
            return RequeueAfter(self._timings.poll_min / 5) if self._reporter.refresh(key) else Done()

    def _pass(self, key: ObjectKey, body: Body) -> Result:
        gateway = self._look(body)
        if gateway is None:
            return RequeueAfter(self._timings.poll_max)
        try:
            resource = SparkJobRoute.from_body(body)
        except ValidationError as error:
            return self._unreadable(key, body, error, gateway)
        plan = plan_route(resource, gateway, namespaces=self._namespaces, now=self._now(), timings=self._timings)
        return self._carry_out(key, body, plan)

    def _unreadable(self, key: ObjectKey, body: Body, error: ValidationError, gateway: GatewayState) -> Result:
        """A route that does not fit its kind any more says so; where it has no gateway it may go all the same."""
        if gateway == "Missing" and _is_deleting(body):
            return self._carry_out(key, body, released())
        self._reporter.report(body, invalid_status(body, error, reason=Reason.INVALID_SPEC, now=self._now()))
        return RequeueAfter(self._timings.stalled)

    def _carry_out(self, key: ObjectKey, body: Body, plan: Plan) -> Result:
        left = body
        for action in plan.actions:
            if isinstance(action, AddFinalizer):
                left = self._kube.add_finalizer(left)
                self._written(left)
            else:
                self._release(left)
                self._reporter.gone(key)
                self._reporter.tell(left, plan.notices)
                return Done()
        if plan.status:
            self._reporter.report(left, plan.status, plan.notices)
        return result_of(plan)

    def _release(self, body: Body) -> None:
        fresh = self._kube.get(key_of(body))
        same = fresh is not None and fresh["metadata"]["uid"] == body["metadata"]["uid"]
        if fresh is not None and same and _is_deleting(fresh):
            self._kube.remove_finalizer(fresh)

    def _look(self, body: Body) -> GatewayState | None:
        """Return how the route's gateway is; None: it cannot be known now."""
        reference = (body.get("spec") or {}).get("gatewayRef") or {}
        name = str(reference.get("name") or "")
        found = self._gateway(name)
        if found is None and _is_deleting(body):
            if not self._kube.is_served(GATEWAY):
                return None
            found = self._fresh(name)
        if found is None:
            return "Missing"
        if _is_deleting(found) and FINALIZER not in found["metadata"].get("finalizers", ()):
            return "Leaving"
        return "There" if self._fits(found) else "Invalid"

    def _fresh(self, name: str) -> Body | None:
        keys = (ObjectKey(GATEWAY, namespace, name) for namespace in self._namespaces if name)
        return next((found for key in keys if (found := self._kube.get(key)) is not None), None)


def _is_deleting(body: Body) -> bool:
    return "deletionTimestamp" in body["metadata"]
