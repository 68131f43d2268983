"""When runs are looked at next: often while one is under way, at the schedule's times, hardly ever at rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.timing import Timings
from mwaa_operator.workflow.live import Live
from mwaa_operator.workflow.live_runs import Run
from mwaa_operator.workflow.plan.polling import AFTER_FIRE, IDLE_MANUAL, LATE, due, next_look
from tests.support.workflows import NOW, ago, live, run, with_runs


def look(*runs: Run, aws: Live | None = None, **changes: Any) -> float:
    return next_look(with_runs(*runs, aws=aws, **changes), runs)


def scheduled(expression: str) -> Live:
    return live(ScheduleConfiguration={"CronExpression": expression})


@pytest.mark.parametrize(("elapsed", "wait"), [(0, 15), (300, 15), (600, 30), (1200, 60), (86_400, 60)])
def test_a_live_run_is_looked_at_less_often_the_longer_it_takes(elapsed: float, wait: float) -> None:
    assert look(run(made=elapsed)) == wait


def test_of_several_live_runs_the_youngest_counts() -> None:
    assert look(run("new", made=10), run("old", made=9000)) == 15


@pytest.mark.parametrize("state", ["STOPPING", "SOMETHING_NEW"])
def test_a_run_in_a_state_that_is_no_end_is_live(state: str) -> None:
    assert look(run(state=state, made=1200)) == 60


@pytest.mark.parametrize(
    ("expression", "wait"),
    [
        ("0 6 * * *", 1200),
        ("2 12 * * *", 120 + AFTER_FIRE),
        ("cron(2 12 * * ? *)", 120 + AFTER_FIRE),
        ("rate(11 minutes)", 120 + AFTER_FIRE),
        ("0 12 * * *", AFTER_FIRE),
        ("@continuous", 300),
        ("nobody knows this", 300),
        ("58 11 * * *", 60),
        ("54 11 * * *", 1200),
    ],
)
def test_a_schedule_is_met_just_after_its_time_and_one_that_nobody_can_tell_every_five_minutes(
    expression: str, wait: float
) -> None:
    assert look(aws=scheduled(expression)) == wait


def test_a_rate_counts_from_the_last_scheduled_run() -> None:
    last = run(state="SUCCESS", type_="SCHEDULED", made=9 * 60)
    assert look(last, aws=scheduled("rate(10 minutes)")) == 60 + AFTER_FIRE


@pytest.mark.parametrize(("made", "wait"), [(119, 1200), (121, 60)])
def test_a_run_that_shows_is_not_waited_for(made: float, wait: float) -> None:
    shown = run(state="SUCCESS", type_="SCHEDULED", made=made)
    assert look(shown, aws=scheduled("58 11 * * *")) == wait


def test_a_version_is_not_waited_for_at_times_before_it() -> None:
    newer = live(ScheduleConfiguration={"CronExpression": "58 11 * * *"}, ModifiedAt=ago(60))
    assert look(aws=newer) == 1200


def test_a_schedule_that_came_true_a_moment_ago_is_met_soon() -> None:
    s = with_runs(aws=scheduled("0 12 * * *"), now=NOW + timedelta(seconds=10))
    assert next_look(s, ()) == 15


@pytest.mark.parametrize(
    "aws", [live(TriggerMode="manual_only"), live(TriggerMode="DISABLED"), live(ScheduleConfiguration=None)]
)
def test_a_workflow_that_no_schedule_starts_is_looked_at_every_twenty_minutes(aws: Live) -> None:
    assert look(aws=aws) == 1200


def test_the_time_factor_divides_every_wait() -> None:
    fast = Timings().scaled(10)
    assert look(run(made=10), timings=fast) == 1.5
    assert look(run(made=9000), timings=fast) == 6
    assert look(aws=scheduled("nobody knows this"), timings=fast) == 30
    assert look(aws=live(TriggerMode="manual_only"), timings=fast) == 120


def seen(seconds: float, *runs: Run, aws: Live | None = None, **changes: Any) -> bool:
    """Return whether runs that were listed so many seconds ago are due for another look."""
    return due(with_runs(*runs, aws=aws, observed={"runs_at": ago(seconds)}, **changes))


ENDED = run(state="SUCCESS", made=7200)
ASKED = {"token": "t", "runId": "run2", "startedAt": "2026-11-18T11:58:00Z"}


@pytest.mark.parametrize(("seconds", "answer"), [(0, False), (1000, False), (1090, True), (5000, True)])
def test_runs_at_rest_serve_for_twenty_minutes_or_what_the_queue_makes_of_them(seconds: float, *, answer: bool) -> None:
    assert seen(seconds, ENDED) is answer


@pytest.mark.parametrize(
    ("runs", "status"),
    [
        ([run()], {}),
        ([run(state="SOMETHING_NEW")], {}),
        ([ENDED], {"activeRuns": 1}),
        ([ENDED], {"activeRuns": 0, "run": {**ASKED, "state": "STARTING"}}),
    ],
    ids=["live", "unknown", "live at the last look", "not shown yet"],
)
def test_runs_never_serve_again_while_one_is_under_way(runs: list[Run], status: dict[str, Any]) -> None:
    assert seen(1, *runs, status=status)
    assert not seen(1, ENDED, status={"activeRuns": 0, "run": {**ASKED, "state": "SUCCESS"}})


@pytest.mark.parametrize(
    ("expression", "seconds", "answer"),
    [
        ("1 12 * * *", 100, False),
        ("0 12 * * *", 100, False),
        ("59 11 * * *", 100, True),
        ("59 11 * * *", 45, True),
        ("59 11 * * *", 35, False),
        ("58 11 * * *", 50, False),
        ("58 11 * * *", 70, True),
        ("52 11 * * *", 100, False),
        ("nobody knows this", 280, True),
        ("nobody knows this", 200, False),
    ],
)
def test_runs_do_not_serve_beyond_the_time_at_which_the_next_one_should_show(
    expression: str, seconds: float, *, answer: bool
) -> None:
    assert seen(seconds, ENDED, aws=scheduled(expression)) is answer


def test_what_was_listed_in_this_pass_is_never_due() -> None:
    assert not due(with_runs(run()))


def test_a_run_that_never_comes_is_given_up_until_the_next_look_of_all() -> None:
    late = with_runs(aws=scheduled("0 12 * * *"), now=NOW + timedelta(seconds=LATE + 1))
    assert next_look(late, ()) == IDLE_MANUAL
