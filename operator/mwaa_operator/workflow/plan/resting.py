"""When a look of an earlier pass still serves: an object at rest, and a list that says that nothing has changed. Pure.

A look at one workflow takes several calls, and the account has few; one list tells of a hundred. What lists do not tell
(tags, log retention, what AWS changes by itself) is found by the full look that comes after `Timings.full_look` at the
latest. An earlier look is good for resting only: whoever wants to act looks again first. Whoever hears of a change by
another way, such as AWS's events from a queue, need only have the earlier look forgotten and wake the object.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mwaa_operator.api.conditions import READY, find
from mwaa_operator.api.meta import RECONCILE_REQUESTED_AT
from mwaa_operator.api.plan import Plan
from mwaa_operator.api.timing import Timings
from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.live import Live, Summary
from mwaa_operator.workflow.live_runs import Run


@dataclass(frozen=True)
class Remembered:
    """What an earlier pass saw of a workflow.

    Attributes:
        live: The workflow with its tags.
        seen_at: When.
        listed: What the list said when it first agreed with `live`; None: it was not asked yet.
        runs: The newest runs; None where nobody asked for them.
        runs_at: When they were listed.
    """

    live: Live
    seen_at: datetime
    listed: Summary | None = None
    runs: tuple[Run, ...] | None = None
    runs_at: datetime | None = None


def rested(resource: ServerlessWorkflow) -> bool:
    """Whether the last pass left the object at rest, and nobody has asked for anything since."""
    status, meta = resource.status, resource.metadata
    if meta.deleting or status.observed_generation != meta.generation or status.operation is not None:
        return False
    asked = meta.annotations.get(RECONCILE_REQUESTED_AT)
    if asked is not None and asked[:256] != status.last_handled_reconcile_at:
        return False
    ready = find(status.conditions, READY)
    return ready is not None and ready.status == "True"


def young(before: Remembered, *, now: datetime, timings: Timings) -> bool:
    """Whether an earlier look is not too old to serve, whatever a list says."""
    return (now - before.seen_at).total_seconds() < timings.full_look


def unchanged(before: Remembered, listed: Summary | None) -> bool:
    """Whether the list vouches for an earlier look; one that does not show the workflow at all says nothing.

    Of what lists tell, AWS promises the ARN alone (botocore model mwaa-serverless: WorkflowSummary).
    """
    if listed is None or not listed.version:
        return False
    if before.listed is not None:
        return listed == before.listed
    live = before.live
    same = (listed.arn, listed.version) == (live.arn, live.version)
    return same and listed.state in ("", live.state) and listed.trigger_mode in ("", live.trigger_mode)


def acts(plan: Plan) -> bool:
    """Whether a plan does anything but tell."""
    return bool(plan.actions) or plan.intent is not None
