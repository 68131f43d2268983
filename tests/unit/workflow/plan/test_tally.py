"""What a pass counts: each end of a run once, in the pass that stored it, and nothing of the time before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mwaa_operator.workflow.live_runs import Run
from mwaa_operator.workflow.plan.runs import step
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.tally import EndedRun, Tally, tally
from tests.support.workflows import live, run, situation, stored, task, with_runs

LOOKED: dict[str, Any] = {"activeRuns": 0}


def after(s: Situation) -> dict[str, Any]:
    """Return the status that a pass leaves behind."""
    return stored(s, step(s).changes)


def passed(*runs: Run, status: dict[str, Any], tasks: Any = None) -> tuple[Tally, dict[str, Any]]:
    """Return the figures of a pass and its status; runs are looked into where `tasks` says nothing."""
    looked = {item.run_id: () for item in runs} | dict(tasks or {})
    s = with_runs(*runs, status=status, tasks=looked)
    left = after(s)
    return tally(s, left), left


@pytest.mark.parametrize("state", ["SUCCESS", "FAILED", "TIMEOUT", "STOPPED"])
def test_a_run_counts_when_it_ends_and_never_again(state: str) -> None:
    live_, status = passed(run(), status=LOOKED)
    assert (live_.ended, live_.active_runs) == ((), 1)
    ended, status = passed(run(state=state), status=status)
    assert (ended.ended, ended.active_runs) == ((EndedRun(state, "ON_DEMAND", 30, 0),), 0)
    again, _ = passed(run(state=state), status=status)
    assert again.ended == ()


def test_a_run_whose_end_could_not_be_stored_counts_when_it_is() -> None:
    s = with_runs(run(state="SUCCESS"), status=LOOKED, tasks={"run1": []})
    assert tally(s, s.status.wire()).ended == ()
    assert len(tally(s, after(s)).ended) == 1


def test_what_was_found_of_the_time_before_does_not_count() -> None:
    found, status = passed(run("new", "SUCCESS"), run("old", "FAILED", made=90), status={})
    assert found.ended == ()
    assert passed(run("new", "SUCCESS"), run("old", "FAILED", made=90), status=status)[0].ended == ()


def test_runs_that_came_and_went_between_two_looks_count_each() -> None:
    runs = (run("c", "FAILED", made=10, type_="SCHEDULED"), run("b", "SUCCESS", made=20), run("a", made=30))
    found, _ = passed(*runs, status=LOOKED)
    assert [(item.state, item.type) for item in found.ended] == [("SUCCESS", "ON_DEMAND"), ("FAILED", "SCHEDULED")]
    assert found.active_runs == 1


def test_tasks_count_by_their_last_attempt() -> None:
    tasks = [
        task("load"),
        task("load", attempt=2),
        task("again"),
        task("again", "SUCCESS", attempt=2),
        task("late", "TIMEOUT"),
        task("after", "UPSTREAM_FAILED"),
    ]
    found, _ = passed(run(state="FAILED"), status=LOOKED, tasks={"run1": tuple(tasks)})
    assert [item.failed_tasks for item in found.ended] == [2]


def test_the_rest_is_what_status_says() -> None:
    completed = {"runId": "run1", "completedAt": "2026-11-18T11:00:00.000000Z"}
    status = {"observedGeneration": 1, "activeRuns": 3, "versionsUsed": 7, "lastSuccessfulRun": completed}
    found = tally(situation(live()), status)
    assert found == Tally(active_runs=3, versions_used=7, last_success=datetime(2026, 11, 18, 11, tzinfo=UTC))
    assert tally(situation(), {"observedGeneration": 1}) == Tally()
