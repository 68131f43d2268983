"""What observes a process, with a log that nobody reads and metrics of its own."""

from __future__ import annotations

from mwaa_operator.app.observing import Observing
from mwaa_operator.engine.log import NullLog
from mwaa_operator.engine.worker import Passes
from mwaa_operator.telemetry.health import Heartbeat
from mwaa_operator.telemetry.metrics import Metrics
from mwaa_operator.telemetry.redaction import Redactor


def observing() -> Observing:
    """Return it."""
    return Observing(
        log=NullLog(),
        metrics=Metrics({}),
        redactor=Redactor(),
        passes=Passes(),
        heartbeat=Heartbeat(limit=1.0, monotonic=lambda: 0.0),
    )
