"""Schedules of the simulated MWAA Serverless: forms, problems, and the next fire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.aws.serverless.schedules import next_fire, problem_of
from tests.support.aws import START

NOON = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
"""START, as a date: a Friday."""


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("17 3 * * *", (2027, 1, 16, 3, 17)),
        ("0 8 * * *", (2027, 1, 16, 8, 0)),
        ("*/15 * * * *", (2027, 1, 15, 8, 15)),
        ("@hourly", (2027, 1, 15, 9, 0)),
        ("@daily", (2027, 1, 16, 0, 0)),
        ("@weekly", (2027, 1, 17, 0, 0)),
        ("@monthly", (2027, 2, 1, 0, 0)),
        ("@yearly", (2028, 1, 1, 0, 0)),
        ("@annually", (2028, 1, 1, 0, 0)),
        ("rate(5 minutes)", (2027, 1, 15, 8, 5)),
        ("rate(1 hour)", (2027, 1, 15, 9, 0)),
        ("rate(2 days)", (2027, 1, 17, 8, 0)),
        ("cron(0 12 * * ? *)", (2027, 1, 15, 12, 0)),
        ("cron(0 8 ? * 1 *)", (2027, 1, 17, 8, 0)),
        ("cron(0 8 ? * SUN *)", (2027, 1, 17, 8, 0)),
        ("cron(0 8 ? * 2-6 *)", (2027, 1, 18, 8, 0)),
        ("cron(0 8 ? * 2#1 *)", (2027, 2, 1, 8, 0)),
        ("cron(0 8 ? * L *)", (2027, 1, 16, 8, 0)),
        ("cron(0 8 L * ? *)", (2027, 1, 31, 8, 0)),
        ("cron(0/20 8 * * ? *)", (2027, 1, 15, 8, 20)),
        ("cron(0 8 1 1 ? 2029)", (2029, 1, 1, 8, 0)),
        ("cron(0 8 1 1 ? 2027-2040/5)", (2032, 1, 1, 8, 0)),
    ],
)
def test_the_next_fire_is_later_than_now(schedule: str, expected: tuple[int, int, int, int, int]) -> None:
    assert problem_of(schedule, eventbridge=True) == ""

    assert next_fire(schedule, START, anchor=START) == datetime(*expected, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "0 0 30 2 *",
        "0 0 1 * 1",
        "@never",
        "@once",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "rate(five minutes)",
        "cron(0 12 * * * *)",
        "cron(0 12 ? * ? *)",
        "cron(0 12 * * ?)",
        "cron(0 12 * * ? never)",
        "cron(0 12 15W * ? *)",
        17,
        ["@daily"],
    ],
)
def test_other_forms_are_problems(schedule: object) -> None:
    assert problem_of(schedule, eventbridge=True)


@pytest.mark.parametrize("schedule", ["rate(5 minutes)", "cron(0 12 * * ? *)"])
def test_eventbridge_forms_may_be_unknown(schedule: str) -> None:
    assert "not supported" in problem_of(schedule, eventbridge=False)


def test_a_schedule_of_past_years_never_fires() -> None:
    assert next_fire("cron(0 8 1 1 ? 2020)", START, anchor=START) is None


@pytest.mark.parametrize("after", [253_402_300_700.0, 1e15])
def test_no_schedule_fires_after_the_year_9999(after: float) -> None:
    assert next_fire("@yearly", after, anchor=START) is None


@given(st.integers(0, 10_000_000), st.sampled_from(["*/7 3 * * *", "rate(7 minutes)", "cron(0/7 3 * * ? *)", "@daily"]))
def test_fires_follow_each_other(offset: int, schedule: str) -> None:
    first = next_fire(schedule, START + offset, anchor=START)
    assert first is not None
    second = next_fire(schedule, first, anchor=START)
    assert second is not None

    assert START + offset < first < second
    assert next_fire(schedule, second - 1, anchor=START) == second
