"""Random walks: edits, crashes, lost answers and refusals in any order never start two runs for one token.

AWS is a few lines here: it remembers client tokens for five minutes, and its lists may lag. Restored statuses are not
walked through; they have tests of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import RUN_REQUESTED_AT
from mwaa_operator.workflow.actions import StartRun, StopRun
from mwaa_operator.workflow.live_runs import Run
from mwaa_operator.workflow.plan.runs import failed, started, step
from mwaa_operator.workflow.plan.situation import Situation
from tests.support.workflows import NOW, VERSION, stored, with_runs

MEMORY = timedelta(minutes=5)
Fate = Literal["fine", "crash before", "crash after", "answer lost", "throttled", "quota", "invalid"]
WAYS = {"throttled": FailureKind.THROTTLED, "quota": FailureKind.QUOTA, "invalid": FailureKind.INVALID}


@dataclass
class World:
    """The object, AWS, and the time."""

    lag: timedelta
    now: datetime = NOW
    status: dict[str, Any] = field(default_factory=dict)
    spec: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    known: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)

    def situation(self) -> Situation:
        shown = [run for run in reversed(self.runs) if run.created_at and run.created_at + self.lag <= self.now]
        looked = {run.run_id: () for run in shown}
        return with_runs(
            *shown, tasks=looked, status=self.status, spec=self.spec, annotations=self.annotations, now=self.now
        )

    def look(self, fate: Fate) -> None:
        s = self.situation()
        result = step(s)
        assert result.needs == frozenset()
        starts = [item for item in result.actions if isinstance(item, StartRun)]
        if result.intent is not None:
            self.status = stored(s, result.intent, result.conditions)
        changes = dict(result.changes)
        for action in result.actions:
            if isinstance(action, StopRun):
                self.end(action.run_id, "STOPPED")
        if starts:
            if fate in WAYS:
                changes = dict(failed(s, starts[0], failure(WAYS[fate])).changes)
            elif fate == "answer lost":
                self.begin(starts[0])
                lost = failure(FailureKind.UNAVAILABLE, may_have_happened=True)
                changes = dict(failed(s, starts[0], lost).changes)
            elif fate == "crash before":
                return
            else:
                facts = {"RunId": self.begin(starts[0]), "Status": "STARTING", "StartedAt": self.now}
                if fate == "crash after":
                    return
                changes |= started(s, facts)
        self.status = stored(s, changes, result.conditions)

    def begin(self, action: StartRun) -> str:
        at, run_id = self.known.get(action.token, (None, ""))
        if at is not None and self.now < at + MEMORY:
            return run_id
        run_id = f"run{len(self.runs)}"
        self.known[action.token] = (self.now, run_id)
        self.count[action.token] = self.count.get(action.token, 0) + 1
        self.add(run_id, "ON_DEMAND")
        return run_id

    def add(self, run_id: str, type_: str) -> None:
        self.runs.append(Run(run_id, "RUNNING", type_, VERSION, created_at=self.now, started_at=self.now))

    def end(self, run_id: str, state: str) -> None:
        self.runs = [
            replace(run, state=state, ended_at=self.now) if run.run_id == run_id and not run.ended else run
            for run in self.runs
        ]


def failure(kind: FailureKind, *, may_have_happened: bool = False) -> Failure:
    return Failure(kind, "mwaa-serverless:StartWorkflowRun", "X", "no", may_have_happened=may_have_happened)


TOKENS = st.sampled_from(["a", "b", "c"])
REQUESTS = st.fixed_dictionaries({"token": TOKENS}, optional={"stop": st.booleans(), "parameters": st.just({"n": 1})})
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "run": REQUESTS,
        "concurrencyPolicy": st.sampled_from(["Allow", "Forbid", "Replace"]),
        "suspend": st.booleans(),
    },
)
LOOKS = st.sampled_from(["fine", "fine", "crash before", "crash after", "answer lost", *WAYS])
EVENTS = st.one_of(
    st.tuples(st.just("look"), LOOKS),
    st.tuples(st.just("look"), LOOKS),
    st.tuples(st.just("edit"), SPECS),
    st.tuples(st.just("annotate"), TOKENS),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 100, 200, 400])),
    st.tuples(st.just("end"), st.integers(0, 5)),
    st.tuples(st.just("fire"), st.none()),
)


def walk(world: World, events: list[tuple[str, Any]]) -> None:
    for kind, value in events:
        match kind:
            case "look":
                world.look(value)
            case "edit":
                world.spec = value
            case "annotate":
                world.annotations = {RUN_REQUESTED_AT: value}
            case "wait":
                world.now += timedelta(seconds=value)
            case "end" if value < len(world.runs):
                world.end(world.runs[value].run_id, "SUCCESS")
            case "fire":
                world.add(f"run{len(world.runs)}", "SCHEDULED")
            case _:
                pass
        world.now += timedelta(seconds=1)


@given(events=st.lists(EVENTS, max_size=30), lag=st.sampled_from([0, 30]))
def test_no_walk_starts_two_runs_for_one_token_and_every_walk_comes_to_rest(
    events: list[tuple[str, Any]], lag: int
) -> None:
    world = World(timedelta(seconds=lag))
    walk(world, events)
    assert all(number == 1 for number in world.count.values())
    world.spec = {key: value for key, value in world.spec.items() if key == "run"}
    for _ in range(8):
        world.look("fine")
        world.now += timedelta(seconds=300)
    assert all(number == 1 for number in world.count.values())
    rest = step(world.situation())
    assert (rest.actions, rest.notices, rest.intent) == ((), (), None)
    assert stored(world.situation(), rest.changes) == world.status
    assert world.status.get("run", {}).get("state") not in ("Requested", "Pending")
