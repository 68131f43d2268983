"""The controller of AwsAccount: observe, plan, act, report. The only file of the room that the engine sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from mwaa_operator.account.act import Writer, execute
from mwaa_operator.account.api import KIND, AwsAccount
from mwaa_operator.account.observe import Observer
from mwaa_operator.account.plan import plan_account
from mwaa_operator.account.reasons import Reason
from mwaa_operator.api.invalid import invalid_status
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.plan import Plan, result_of
from mwaa_operator.api.result import Done, RequeueAfter, Result
from mwaa_operator.api.timing import Timings
from mwaa_operator.kube.errors import Conflict, NotFound
from mwaa_operator.kube.report import StatusReporter
from mwaa_operator.kube.report import Writer as ReportWriter

Body = dict[str, Any]


class Kube(Writer, ReportWriter, Protocol):
    """What the controller reads and writes in Kubernetes."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the object as the API server holds it now."""


class AccountController:
    """Keeps the word of one AwsAccount true per pass.

    Args:
        cached: The cached object of a key, or None.
        written: Told of every answer to a write, so that the next pass never plans on an older status.
        reported: Told of the status that a pass left behind, or None when the object is gone; for metrics.
        kube: Reads and writes of Kubernetes.
        observer: Reads.
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
        observer: Observer,
        timings: Timings,
        now: Callable[[], datetime],
    ) -> None:
        self._cached, self._written, self._kube, self._observer = cached, written, kube, observer
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
        try:
            resource = AwsAccount.from_body(body)
        except ValidationError as error:
            self._reporter.report(body, invalid_status(body, error, reason=Reason.INVALID_SPEC, now=self._now()))
            return RequeueAfter(self._timings.stalled)
        plan = plan_account(resource, self._observer.look(resource), self._now(), self._timings)
        left = self._act(plan, body)
        if left is None or (resource.metadata.deleting and not plan.status):
            self._observer.forget(resource.metadata.uid)
            self._reporter.gone(key)
            return Done()
        self._reporter.report(left, plan.status, plan.notices)
        return result_of(plan)

    def _act(self, plan: Plan, body: Body) -> Body | None:
        """Carry out the actions; returns the object as it is then, or None if it was let go."""
        left = body
        for action in plan.actions:
            after = execute(action, left, self._kube)
            if after is None:
                return None
            left = after
            self._written(left)
        return left
