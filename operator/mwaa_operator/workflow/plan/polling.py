"""When the runs of a workflow are looked at next. Pure.

Runs tell nothing by themselves, and AWS publishes no rate limits for this service, so the account's few calls go where
something happens: to live runs, then to schedules that are about to fire, hardly ever to workflows at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mwaa_operator.api.timing import Timings
from mwaa_operator.workflow.definition.schedule import ScheduleError, parse_schedule
from mwaa_operator.workflow.live import SCHEDULED
from mwaa_operator.workflow.live_runs import SCHEDULED_RUN, Run
from mwaa_operator.workflow.plan.situation import Situation

LIVE_MIN = 15.0
"""Between two looks at a run that began a moment ago; each task needs tens of seconds for its container alone."""
LIVE_MAX = 60.0
"""Between two looks at a run that has been under way for twenty minutes and more."""
AFTER_FIRE = 20.0
"""After a schedule's time, for the run to show."""
IDLE_SCHEDULED = 300.0
"""Between two looks at a workflow with a schedule: what it will really do is known to AWS alone."""
IDLE_MANUAL = 1200.0
"""Between two looks at a workflow that runs on demand only: others may start it too."""


def scaled(s: Situation, seconds: float) -> float:
    """Return a duration in seconds divided by the operator's time factor, like every field of Timings."""
    return seconds * s.timings.debounce / Timings.debounce


def next_look(s: Situation, runs: Sequence[Run]) -> float:
    """Return the seconds until the runs are to be looked at again.

    Args:
        s: The situation.
        runs: The newest runs.
    """
    live = [run for run in runs if not run.ended]
    if live:
        return min(_live(s, run) for run in live)
    if s.there.trigger_mode != SCHEDULED or not s.there.schedule:
        return scaled(s, IDLE_MANUAL)
    return min(_until_fire(s, runs), scaled(s, IDLE_SCHEDULED))


def live_look(s: Situation) -> float:
    """Return the seconds until the first look at a run that was just started or asked to stop."""
    return scaled(s, LIVE_MIN)


def _live(s: Situation, run: Run) -> float:
    began = run.started_at or run.created_at or s.now
    elapsed = (s.now - began).total_seconds()
    return min(max(0.05 * elapsed, scaled(s, LIVE_MIN)), scaled(s, LIVE_MAX))


def _until_fire(s: Situation, runs: Sequence[Run]) -> float:
    """Return the seconds until the schedule's next run should show; what cannot be told is long."""
    try:
        schedule = parse_schedule(s.there.schedule)
    except ScheduleError:
        schedule = None
    little = scaled(s, AFTER_FIRE)
    # A schedule that came true a moment ago counts too: its run may not show yet.
    since = s.now - timedelta(seconds=little)
    fire = schedule.next_fire(since, anchor=_anchor(s, runs)) if schedule is not None else None
    if fire is None:
        return scaled(s, IDLE_MANUAL)
    return max((fire - s.now).total_seconds() + little, scaled(s, LIVE_MIN))


def _anchor(s: Situation, runs: Sequence[Run]) -> datetime | None:
    return next((run.created_at for run in runs if run.type == SCHEDULED_RUN), None) or s.there.created_at
