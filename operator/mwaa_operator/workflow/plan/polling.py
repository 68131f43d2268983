"""When the runs of a workflow are looked at next. Pure.

Runs tell nothing by themselves, and AWS publishes no rate limits for this service, so the account's few calls go where
something happens: to live runs, then to schedules that are about to fire, hardly ever to workflows at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mwaa_operator.api.timing import Timings
from mwaa_operator.workflow.definition.schedule import Schedule, ScheduleError, parse_schedule
from mwaa_operator.workflow.live import SCHEDULED
from mwaa_operator.workflow.live_runs import SCHEDULED_RUN, Run
from mwaa_operator.workflow.plan.requests import under_way
from mwaa_operator.workflow.plan.situation import Situation

LIVE_MIN = 15.0
"""Between two looks at a run that began a moment ago; each task needs tens of seconds for its container alone."""
LIVE_MAX = 60.0
"""Between two looks at a run that has been under way for twenty minutes and more, or that is late."""
AFTER_FIRE = 20.0
"""After a schedule's time, for the run to show."""
LATE = 300.0
"""How long after a schedule's time its run is waited for: a schedule is kept to the minute only (EventBridge Scheduler
user guide), and lists lag."""
IDLE_UNTOLD = 300.0
"""Between two looks at a workflow with a schedule of which nobody here can tell when it fires."""
IDLE_MANUAL = 1200.0
"""Between two looks at any other workflow: somebody else may start its runs too."""
EARLY = 0.9
"""The part of such a wait after which a look counts as due: the queue wakes objects up to a tenth too early."""


def scaled(s: Situation, seconds: float) -> float:
    """Return a duration in seconds divided by the operator's time factor, like every field of Timings."""
    return seconds * s.timings.debounce / Timings.debounce


def next_look(s: Situation, runs: Sequence[Run]) -> float:
    """Return the seconds until the runs are to be looked at again.

    Args:
        s: The situation; `observed.runs_at` says when the runs were listed.
        runs: The newest runs.
    """
    live = [run for run in runs if not run.ended]
    if live:
        return min(_live(s, run) for run in live)
    seen, idle = _seen(s), timedelta(seconds=_idle(s))
    until = min(seen + idle, _after_fire(s, runs) or seen + idle)
    return max((until - s.now).total_seconds(), scaled(s, LIVE_MIN))


def due(s: Situation) -> bool:
    """Return whether runs that were listed in an earlier pass must be listed again: they serve only while none is under
    way, no schedule has fired since, and for a while."""
    runs, run = s.observed.runs, s.status.run
    if runs is None or s.observed.runs_at is None:
        return False
    if any(not item.ended for item in runs) or s.status.active_runs or (run is not None and under_way(run)):
        return True
    fire = _after_fire(s, runs)
    return (s.now - _seen(s)).total_seconds() >= EARLY * _idle(s) or (fire is not None and s.now >= fire)


def live_look(s: Situation) -> float:
    """Return the seconds until the first look at a run that was just started or asked to stop."""
    return scaled(s, LIVE_MIN)


def _live(s: Situation, run: Run) -> float:
    began = run.started_at or run.created_at or s.now
    elapsed = (s.now - began).total_seconds()
    return min(max(0.05 * elapsed, scaled(s, LIVE_MIN)), scaled(s, LIVE_MAX))


def _seen(s: Situation) -> datetime:
    """Return when the runs were listed."""
    return s.observed.runs_at or s.now


def _idle(s: Situation) -> float:
    """Return the longest wait between two looks."""
    if s.there.trigger_mode != SCHEDULED or not s.there.schedule:
        return scaled(s, IDLE_MANUAL)
    schedule = _schedule(s)
    told = schedule is not None and schedule.next_fire(s.now) is not None
    return scaled(s, IDLE_MANUAL if told else IDLE_UNTOLD)


def _after_fire(s: Situation, runs: Sequence[Run]) -> datetime | None:
    """Return when the run should show that the schedule starts next, or has started and that is late."""
    schedule = _schedule(s)
    if s.there.trigger_mode != SCHEDULED or schedule is None:
        return None
    seen, late = _seen(s), timedelta(seconds=scaled(s, LATE))
    last = next((run.created_at for run in runs if run.type == SCHEDULED_RUN), None)
    known = [moment for moment in (seen - late, last, s.there.modified_at) if moment is not None]
    fire = schedule.next_fire(max(known), anchor=last or s.there.created_at)
    if fire is None:
        return None
    shows = fire + timedelta(seconds=scaled(s, AFTER_FIRE))
    if fire > seen:
        return shows
    wait = LIVE_MIN if seen < shows else LIVE_MAX
    return max(shows, seen + timedelta(seconds=scaled(s, wait)))


def _schedule(s: Situation) -> Schedule | None:
    try:
        return parse_schedule(s.there.schedule)
    except ScheduleError:
        return None
