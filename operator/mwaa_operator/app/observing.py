"""Logs, metrics and the health pages of a process, made before anything else so that everything can tell them."""

from __future__ import annotations

import platform as python
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from mwaa_operator import __version__
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.engine.clock import Clock, SystemClock
from mwaa_operator.engine.log import Log
from mwaa_operator.engine.worker import Passes
from mwaa_operator.gateway.tally import Tally as GatewayTally
from mwaa_operator.settings import Settings
from mwaa_operator.telemetry.health import Heartbeat
from mwaa_operator.telemetry.logging import configure, get_logger
from mwaa_operator.telemetry.metrics import Metrics
from mwaa_operator.telemetry.redaction import Redactor
from mwaa_operator.workflow.plan.tally import Tally
from mwaa_operator.workflow.status import MAX_VERSIONS

HEARTBEAT_SECONDS = 15.0
"""How long the event loop may stand still: a first list of thousands of objects takes seconds of one core."""


@dataclass(frozen=True)
class Observing:
    """Who is told what.

    Attributes:
        log: Every line.
        metrics: Every number.
        redactor: Every secret that is read.
        passes: Which thread is in which pass.
        heartbeat: Whether the event loop turns.
        clock: The time.
    """

    log: Log
    metrics: Metrics
    redactor: Redactor
    passes: Passes
    heartbeat: Heartbeat
    clock: Clock = field(default_factory=SystemClock)

    def reported(self, key: ObjectKey, status: Mapping[str, Any] | None) -> None:
        """Show the conditions of a status in the metrics, or drop an object that is gone."""
        if status is None:
            self.metrics.object_gone(key.kind, key.namespace, key.name)
            return
        conditions = {item["type"]: item["status"] for item in status.get("conditions", ())}
        self.metrics.conditions(key.kind, key.namespace, key.name, conditions)

    def measured(self, key: ObjectKey, figures: Tally) -> None:
        """Show the figures of a workflow after a pass, and count the runs that ended."""
        namespace, name, metrics = key.namespace, key.name, self.metrics
        metrics.workflow(
            namespace,
            name,
            active_runs=figures.active_runs,
            versions_used=figures.versions_used,
            versions_quota=MAX_VERSIONS,
            last_success=None if figures.last_success is None else figures.last_success.timestamp(),
        )
        for run in figures.ended:
            metrics.run_ended(
                namespace,
                name,
                state=run.state,
                type_=run.type,
                seconds=run.seconds,
                failed_tasks=run.failed_tasks,
            )

    def gateway_measured(self, key: ObjectKey, figures: GatewayTally) -> None:
        """Show the figures of a gateway and its routes after a pass, and count a rollout that ended."""
        gateways, gateway, rollout = self.metrics.gateways, (key.namespace, key.name), figures.rollout
        gateways.show(
            gateway,
            clusters=figures.clusters,
            routes=figures.routes,
            jobs=figures.jobs,
            shares=figures.shares,
        )
        if rollout is not None:
            gateways.ended(gateway, result=rollout.result, seconds=rollout.seconds)


def observe(settings: Settings) -> Observing:
    """Configure logging for this process and return what else observes it."""
    redactor, passes, clock = Redactor(), Passes(), SystemClock()
    configure(
        level=settings.log_level,
        log_format=settings.log_format,
        stream=sys.stderr,
        redactor=redactor,
        context=lambda: _pass_fields(passes),
    )
    libraries = {name: version(name) for name in ("kopf", "boto3", "kubernetes")}
    return Observing(
        log=get_logger(),
        metrics=Metrics({"version": __version__, "python": python.python_version(), **libraries}),
        redactor=redactor,
        passes=passes,
        heartbeat=Heartbeat(limit=HEARTBEAT_SECONDS, monotonic=clock.monotonic),
        clock=clock,
    )


def _pass_fields(passes: Passes) -> Mapping[str, object]:
    if (current := passes.current()) is None:
        return {}
    return {"object": str(current.key), "pass": current.number}
