"""When runs are looked at next: often while one is under way, at the schedule's times, hardly ever at rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.timing import Timings
from mwaa_operator.workflow.live import Live
from mwaa_operator.workflow.live_runs import Run
from mwaa_operator.workflow.plan.polling import AFTER_FIRE, next_look
from tests.support.workflows import NOW, live, run, with_runs


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
        ("0 6 * * *", 300),
        ("2 12 * * *", 120 + AFTER_FIRE),
        ("cron(2 12 * * ? *)", 120 + AFTER_FIRE),
        ("rate(7 minutes)", 240 + AFTER_FIRE),
        ("0 12 * * *", AFTER_FIRE),
        ("@continuous", 300),
        ("nobody knows this", 300),
    ],
)
def test_a_schedule_is_met_just_after_its_time_and_seen_every_five_minutes(expression: str, wait: float) -> None:
    assert look(aws=scheduled(expression)) == wait


def test_a_rate_counts_from_the_last_scheduled_run() -> None:
    last = run(state="SUCCESS", type_="SCHEDULED", made=9 * 60)
    assert look(last, aws=scheduled("rate(10 minutes)")) == 60 + AFTER_FIRE


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
    assert look(aws=scheduled("0 6 * * *"), timings=fast) == 30
    assert look(aws=live(TriggerMode="manual_only"), timings=fast) == 120
