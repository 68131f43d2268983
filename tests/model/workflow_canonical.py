"""The canonical form of a state of the workflow's model: the present is always NOW, and every time is an age.

Ages are exact while a rule can tell a difference, kept in their order where only that counts, and classes beyond; what
only people read is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from localcloud.aws.serverless.runstates import Run
from localcloud.aws.serverless.states import Workflow
from tests.model.workflow_world import NOW, TICK, State, Thing, moment

EXACT = 300.0
"""The age up to which rules count in ticks: AWS's shortest memory of client tokens."""
AGES = 7_200.0
"""The age from which on the longest rules hold: an hour for loops, forty minutes for runs that nobody knows."""
FAR = 3_600.0
"""What lies further ahead than this does not come nearer by ticks."""
_LEFT_OUT = ("effective", "recentRuns", "lastSuccessfulRun", "logGroup", "schedule", "createdAt", "triggerMode")
_TOLD_ONLY = ("message", "completedAt", "durationSeconds", "failedTasks", "startedOn", "type")


def canonical(state: State, *, now: float = NOW) -> State:
    """Return the state with its present, `now`, moved to NOW, and what no rule can tell apart made equal."""
    thing, workflow = state.thing, state.workflow
    status = {} if thing is None else json.loads(thing.status)
    ages = Ages(now, absent=_absences(thing, status), runs=_begun(status, workflow))
    if thing is not None:
        deleted = None if thing.deleted is None else ages.absent(thing.deleted)
        text = json.dumps(_plain(status, ages), sort_keys=True)
        thing = replace(thing, status=text, deleted=deleted, writes=0, edits=0)
    return replace(
        state,
        thing=thing,
        workflow=None if workflow is None else _workflow(workflow, ages),
        tokens=tuple(item._replace(until=ages.ahead(item.until)) for item in state.tokens),
    )


class Ages:
    """Moves times to the canonical present: exact, or in their order, or as a class of age.

    Args:
        now: The present that they are told in.
        absent: Times that are compared with each other over an absence: its beginning, the deletion of the object.
        runs: Times that are compared with each other over runs: those of their making, that of the intent.
    """

    def __init__(self, now: float, *, absent: Iterable[float], runs: Iterable[float]) -> None:
        self._now = now
        self._absent = sorted({now - time for time in absent})
        self._runs = sorted({now - time for time in runs})

    def absent(self, time: float) -> float:
        """Return a time that an absence is measured by."""
        return self._ordered(time, self._absent, exact=TICK)

    def run(self, time: float) -> float:
        """Return a time that runs are told apart by."""
        return self._ordered(time, self._runs, exact=EXACT)

    def rough(self, time: float, *, least: float = 0.0) -> float:
        """Return a past time that is only compared with long durations; exact up to an age of `least`."""
        age = self._now - time
        return NOW - (AGES if age >= AGES else min(age, least))

    def ahead(self, time: float) -> float:
        """Return a time to come."""
        left = time - self._now
        return NOW + (2 * FAR if left >= FAR else left)

    def _ordered(self, time: float, ages: list[float], *, exact: float) -> float:
        age = self._now - time
        if age < exact:
            return NOW - age
        least = AGES if age >= AGES else exact
        return NOW - least - sum(least <= other < age for other in ages)


def parse_time(text: str) -> float:
    """Return a time of status as epoch seconds."""
    return datetime.fromisoformat(text).timestamp()


def print_time(seconds: float) -> str:
    """Return a time as status holds it."""
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _absences(thing: Thing | None, status: Mapping[str, Any]) -> Iterator[float]:
    if thing is not None and thing.deleted is not None:
        yield thing.deleted
    if "absentSince" in status:
        yield parse_time(status["absentSince"])


def _begun(status: Mapping[str, Any], workflow: Workflow | None) -> Iterator[float]:
    operation = status.get("operation") or {}
    begun = [operation.get("startedAt") if operation.get("type") == "StartRun" else None]
    begun += [(status.get("lastRun") or {}).get("startedAt")]
    yield from (parse_time(text) for text in begun if text)
    if workflow is not None:
        yield from (run.created_at for run in (*workflow.past, *workflow.live))


def _plain(status: dict[str, Any], ages: Ages) -> dict[str, Any]:
    kept = {name: value for name, value in status.items() if name not in _LEFT_OUT}
    kept["conditions"] = [
        {name: item[name] for name in ("type", "status", "reason")}
        | {"message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}
        for item in status.get("conditions", [])
    ]
    for name in ("lastRun", "run", "lastFailure"):
        if name in kept:
            kept[name] = {key: value for key, value in kept[name].items() if key not in _TOLD_ONLY}
    if "recentUpdates" in kept:
        kept["recentUpdates"] = [_timed(text, partial(ages.rough, least=2 * TICK)) for text in kept["recentUpdates"]]
    for place, name, move in _times(kept, ages):
        if name in place:
            place[name] = _timed(place[name], move)
    return kept


def _times(status: dict[str, Any], ages: Ages) -> Iterator[tuple[dict[str, Any], str, Callable[[float], float]]]:
    """Yield where times stand in a status, and how each is moved; the objects that hold them may be changed."""
    for name in ("operation", "run", "lastRun", "waiting"):
        status[name] = dict(status.get(name) or {})
    soon = partial(ages.rough, least=2 * TICK)
    operation: dict[str, Callable[[float], float]] = {"Update": soon, "StartRun": ages.run}
    yield status, "absentSince", ages.absent
    yield status, "pendingSince", ages.rough
    yield status["waiting"], "since", ages.rough
    yield status["operation"], "startedAt", operation.get(status["operation"].get("type", ""), ages.rough)
    yield status["run"], "startedAt", soon
    # Without an intent it is what tells how long ago AWS was asked.
    alone = status["run"].get("state") == "Requested" and status["operation"].get("type") != "StartRun"
    yield status["run"], "requestedAt", partial(ages.rough, least=EXACT) if alone else ages.rough
    yield status["lastRun"], "startedAt", ages.run
    for name in ("operation", "run", "lastRun", "waiting"):
        if not status[name]:
            del status[name]


def _timed(text: str, move: Callable[[float], float]) -> str:
    return print_time(move(parse_time(text)))


def _workflow(workflow: Workflow, ages: Ages) -> Workflow:
    versions = tuple(
        replace(item, created_at=ages.rough(item.created_at, least=2 * TICK)) for item in workflow.versions
    )
    return replace(
        workflow,
        created_at=ages.rough(workflow.created_at, least=2 * TICK),
        versions=versions,
        gone_at=None if workflow.gone_at is None else ages.ahead(workflow.gone_at),
        live=tuple(_live(run, ages) for run in workflow.live),
        past=tuple(_past(run, ages) for run in workflow.past),
    )


def _live(run: Run, ages: Ages) -> Run:
    made = ages.run(run.created_at)
    tasks = tuple(
        replace(
            item,
            attempts=tuple(
                replace(
                    attempt,
                    since=made,
                    started_at=attempt.started_at and made,
                    next_at=None if attempt.next_at is None else ages.ahead(attempt.next_at),
                )
                for attempt in item.attempts
            ),
        )
        for item in run.tasks
    )
    next_at = None if run.next_at is None else ages.ahead(run.next_at)
    return replace(
        run, created_at=made, modified_at=made, started_at=run.started_at and made, next_at=next_at, tasks=tasks
    )


def _past(run: Run, ages: Ages) -> Run:
    made = ages.run(run.created_at)
    return replace(run, created_at=made, modified_at=made, started_at=made, ended_at=made, tasks=(), scripts=())
