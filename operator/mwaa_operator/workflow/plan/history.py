"""What the runs in AWS say that status does not say yet: which have ended, how, and what is told of it, once. Pure.

The memory is status: a run that was under way at the last look, or is newer than the newest one then, is news when it
has ended. What is news is looked into in the same pass, and never again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from mwaa_operator.api.conditions import Condition, condition, find, shorten
from mwaa_operator.api.plan import Notice
from mwaa_operator.workflow import live_runs
from mwaa_operator.workflow.live_runs import ENDED
from mwaa_operator.workflow.plan.outcomes import Outcome, failed_tasks, judge, told, wants_tasks
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.wish import hash_of
from mwaa_operator.workflow.reasons import DetailReason, EventReason
from mwaa_operator.workflow.status import (
    DEFINITION_VALID,
    LAST_RUN_SUCCEEDED,
    WATCHED_RUNS,
    LastRun,
    LastSuccessfulRun,
    Run,
)

TOLD = 8
"""How many runs that ended between two looks are looked into, the newest: an absence must not cost a thousand calls."""

EVENTS: Final[Mapping[DetailReason, EventReason]] = {
    DetailReason.RUN_SUCCEEDED: EventReason.RUN_SUCCEEDED,
    DetailReason.MASKED_TASK_FAILURE: EventReason.MASKED_TASK_FAILURE,
    DetailReason.STOPPED: EventReason.RUN_STOPPED,
    DetailReason.TIMED_OUT: EventReason.RUN_TIMED_OUT,
}
"""Every other outcome is RunFailed."""
QUIET = frozenset({DetailReason.RUN_SUCCEEDED, DetailReason.STOPPED})
"""What needs nobody."""

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    """What one look at the runs adds.

    Attributes:
        needs: Tasks that must be looked at first; then there is nothing else.
        changes: Members of status.
        conditions: LastRunSucceeded, and DefinitionValid where a run could not read the definition.
        notices: Events, the oldest first.
    """

    needs: frozenset[str] = frozenset()
    changes: Mapping[str, Any] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    notices: tuple[Notice, ...] = ()


def look(s: Situation) -> Seen:
    """Return what the runs, which were observed, add to status."""
    fresh = news(s)
    policy = s.spec.success_policy
    missing = [run.run_id for run in fresh if wants_tasks(run, policy) and run.run_id not in s.observed.tasks]
    if missing:
        return Seen(needs=frozenset(f"tasks:{run_id}" for run_id in missing))
    judged = [(run, judge(run, s.observed.tasks.get(run.run_id, ()), policy=policy)) for run in fresh]
    conditions = _concluded(s, judged) or _still_unreadable(s)
    notices = (
        () if s.status.active_runs is None else tuple(note for run, how in judged for note in _notices(s, run, how))
    )
    return Seen(changes=_changes(s, judged), conditions=conditions, notices=notices)


def unseen(s: Situation) -> list[live_runs.Run]:
    """Return the runs that are newer than the newest one that status knows; all, where it knows none."""
    runs, last = list(s.observed.runs or ()), s.status.last_run
    if last is None:
        return runs
    index = next((place for place, run in enumerate(runs) if run.run_id == last.run_id), None)
    if index is not None:
        return runs[:index]
    since = datetime.fromisoformat(last.started_at) if last.started_at else _FIRST
    return [run for run in runs if made(run) > since]


def news(s: Situation) -> list[live_runs.Run]:
    """Return the runs whose end is not in status yet, the oldest end first; of a history found, the newest one."""
    ended = sorted((run for run in s.observed.runs or () if run.ended), key=_end)
    if s.status.active_runs is None:
        return ended[-1:]
    asked = s.status.run
    own = asked.run_id if asked is not None and asked.state not in ENDED else None
    newer, watched = {run.run_id for run in unseen(s)}, set(s.status.watched_runs)
    fresh = [run for run in ended if run.run_id in newer or run.run_id == own or mark(run.run_id) in watched]
    return fresh[-TOLD:]


def made(run: live_runs.Run) -> datetime:
    """Return when a run was made; what AWS gives no time for was made a moment ago."""
    return run.created_at or run.started_at or _LAST


def lasted(run: live_runs.Run) -> int | None:
    """Return the seconds that a run took, where AWS says."""
    if run.seconds is not None or run.ended_at is None or run.started_at is None:
        return run.seconds
    return max(0, round((run.ended_at - run.started_at).total_seconds()))


def printed(moment: datetime | None) -> str | None:
    """Return a time of AWS as status shows it."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def mark(run_id: str) -> str:
    """Return the short hash by which a run is remembered."""
    return hash_of(run_id)[:12]


def _end(run: live_runs.Run) -> datetime:
    return run.ended_at or run.modified_at or made(run)


def _changes(s: Situation, judged: list[tuple[live_runs.Run, Outcome]]) -> dict[str, Any]:
    runs = s.observed.runs or ()
    active = [run for run in runs if not run.ended]
    changes: dict[str, Any] = {
        "active_runs": len(active),
        "watched_runs": sorted(mark(run.run_id) for run in active[:WATCHED_RUNS]),
        "recent_runs": [Run(**_words(run)) for run in runs[: s.spec.run_history_limit]],
        "last_run": _last_run(s, judged),
    }
    good = [run for run, outcome in judged if outcome.succeeded]
    if good:
        newest = good[-1]
        changes["last_successful_run"] = LastSuccessfulRun(run_id=newest.run_id, completed_at=printed(newest.ended_at))
    return changes


def _last_run(s: Situation, judged: list[tuple[live_runs.Run, Outcome]]) -> LastRun | None:
    """Return status.lastRun: the newest run; what was found out about it stays."""
    before = s.status.last_run
    newest = next(iter(s.observed.runs or ()), None)
    if newest is None:
        return before
    outcome = next((outcome for run, outcome in judged if run.run_id == newest.run_id), None)
    if outcome is None and before is not None:
        known = (before.run_id, before.state) == (newest.run_id, newest.state[:64]) and newest.ended
        # Reads may lag: a newest run that is older than the one in status is none.
        older = before.run_id != newest.run_id and newest not in unseen(s)
        if known or older:
            return before
    return LastRun(
        **_words(newest),
        duration_seconds=lasted(newest),
        message=newest.error or None,
        failed_tasks=failed_tasks(outcome, s.there.log_group) if outcome is not None else [],
    )


def _words(run: live_runs.Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "type": run.type[:64] or None,
        "state": run.state[:64] or None,
        "version": run.version[:64] or None,
        "started_at": printed(run.started_at or run.created_at),
        "completed_at": printed(run.ended_at),
    }


def _concluded(s: Situation, judged: list[tuple[live_runs.Run, Outcome]]) -> tuple[Condition, ...]:
    """Return what the run that ended last means; AWS took the definition, so only a run can tell that it is unfit."""
    if not judged:
        return ()
    run, outcome = judged[-1]
    text = told(run, outcome, s.there.log_group)
    found = condition(LAST_RUN_SUCCEEDED, "True" if outcome.succeeded else "False", outcome.reason, text)
    if outcome.reason is DetailReason.DEFINITION_ERROR_AT_RUN and run.version == s.there.version:
        return (found, _unreadable(found.message))
    return (found,)


def _still_unreadable(s: Situation) -> tuple[Condition, ...]:
    """Return DefinitionValid as the last run left it, as long as that run's version is live and no newer run began."""
    known, last = find(s.status.conditions, LAST_RUN_SUCCEEDED), s.status.last_run
    if known is None or known.reason != DetailReason.DEFINITION_ERROR_AT_RUN or last is None:
        return ()
    newest = next((run.run_id for run in s.observed.runs or ()), last.run_id)
    same = last.state == "FAILED" and newest == last.run_id and last.version == s.there.version
    return (_unreadable(known.message),) if same else ()


def _unreadable(text: str) -> Condition:
    return condition(DEFINITION_VALID, "False", DetailReason.DEFINITION_ERROR_AT_RUN, text)


def _notices(s: Situation, run: live_runs.Run, outcome: Outcome) -> list[Notice]:
    text = shorten(told(run, outcome, s.there.log_group))
    reason = EVENTS.get(outcome.reason, EventReason.RUN_FAILED)
    found = [Notice(reason, text, action="Run", type="Normal" if outcome.reason in QUIET else "Warning")]
    if outcome.reason in (DetailReason.TASK_FAILED, DetailReason.CODE_PACKAGE_ERROR) and outcome.failed:
        names = ", ".join(task.task_id or task.instance_id for task in outcome.failed)
        stream = next((task.log_stream for task in outcome.failed if task.log_stream), "")
        where = f" Log: {s.there.log_group} {stream}" if stream else ""
        note = f"Run {run.run_id}: {shorten(names, 256)}.{where}"
        found.append(Notice(EventReason.TASK_FAILED, shorten(note), action="Run", type="Warning"))
    return found
