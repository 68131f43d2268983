"""Schedules: what each form means, and when it comes true next."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.workflow.definition.eventbridge import ExpressionError, parse_cron, parse_rate
from mwaa_operator.workflow.definition.schedule import PRESETS, Form, ScheduleError, parse_schedule

SATURDAY = datetime(2026, 11, 21, 12, 30, 5, tzinfo=UTC)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FIRES = [
    ("17 3 * * *", "2026-11-22T03:17"),
    ("30 12 * * *", "2026-11-22T12:30"),
    ("31 12 * * *", "2026-11-21T12:31"),
    ("0 0 29 2 *", "2028-02-29T00:00"),
    ("0 0 L * *", "2026-11-30T00:00"),
    ("0 0 * * fri#2", "2026-12-11T00:00"),
    ("0 0 1 * MON", "2026-11-23T00:00"),
    ("@hourly", "2026-11-21T13:00"),
    ("@daily", "2026-11-22T00:00"),
    ("@weekly", "2026-11-22T00:00"),
    ("@monthly", "2026-12-01T00:00"),
    ("@yearly", "2027-01-01T00:00"),
    ("@quarterly", "2027-01-01T00:00"),
    ("rate(5 minutes)", "2026-11-21T12:35:05"),
    ("rate(1 hour)", "2026-11-21T13:30:05"),
    ("rate(2 days)", "2026-11-23T12:30:05"),
    ("cron(0 12 * * ? *)", "2026-11-22T12:00"),
    ("cron(31 12 * * ? *)", "2026-11-21T12:31"),
    ("cron(0/15 8-17 ? * MON-FRI *)", "2026-11-23T08:00"),
    ("cron(0 9 ? * 2 *)", "2026-11-23T09:00"),
    ("cron(0 9 ? * SUN *)", "2026-11-22T09:00"),
    ("cron(0 9 ? * L *)", "2026-11-28T09:00"),
    ("cron(0 9 ? * 6L *)", "2026-11-27T09:00"),
    ("cron(0 9 ? * TUE#1 *)", "2026-12-01T09:00"),
    ("cron(0 9 L * ? *)", "2026-11-30T09:00"),
    ("cron(0 9 LW JAN ? 2027)", "2027-01-29T09:00"),
    ("cron(0 9 1W AUG ? 2026-2027)", "2027-08-02T09:00"),
    ("cron(0 9 1W MAY ? 2027)", "2027-05-03T09:00"),
    ("cron(0 9 15W MAY ? 2027)", "2027-05-14T09:00"),
    ("cron(0 9 16W MAY ? 2027)", "2027-05-17T09:00"),
    ("cron(0 9 31W MAY ? 2027)", "2027-05-31T09:00"),
    ("cron(0 9 30W MAY ? 2027)", "2027-05-31T09:00"),
    ("cron(0 0 29 2 ? *)", "2028-02-29T00:00"),
    ("cron(0 0 1 1 ? 2030/10)", "2030-01-01T00:00"),
    ("cron(59 23 31 12 ? 2199)", "2199-12-31T23:59"),
]


@pytest.mark.parametrize(("text", "expected"), FIRES)
def test_a_schedule_fires_next(text: str, expected: str) -> None:
    schedule = parse_schedule(text)
    assert schedule is not None
    assert schedule.next_fire(SATURDAY) == moment(expected)


@pytest.mark.parametrize("text", [text for text, _ in FIRES])
def test_the_time_zone_of_the_question_does_not_matter(text: str) -> None:
    schedule = parse_schedule(text)
    assert schedule is not None
    assert schedule.next_fire(SATURDAY.astimezone(timezone(timedelta(hours=-9)))) == schedule.next_fire(SATURDAY)


@pytest.mark.parametrize("text", [text for text, _ in FIRES])
def test_each_time_is_later_than_the_one_before(text: str) -> None:
    schedule = parse_schedule(text)
    assert schedule is not None
    times = [SATURDAY]
    while len(times) < 6 and (then := schedule.next_fire(times[-1])):
        times.append(then)
    assert all(earlier < later for earlier, later in pairwise(times))


@pytest.mark.parametrize("text", ["cron(0 0 1 1 ? 2025)", "cron(0 0 L 11 ? 2020-2025)"])
def test_a_schedule_of_years_past_fires_no_more(text: str) -> None:
    schedule = parse_schedule(text)
    assert schedule is not None
    assert schedule.next_fire(SATURDAY) is None


@pytest.mark.parametrize("text", ["@once", "@continuous"])
def test_of_some_presets_nobody_can_tell_when(text: str) -> None:
    schedule = parse_schedule(text)
    assert schedule is not None
    assert (schedule.form, schedule.next_fire(SATURDAY), schedule.doubtful) == (Form.UNTOLD, None, True)


@pytest.mark.parametrize("value", [None, "", " ", "None", "none", " NONE "])
def test_no_schedule_is_no_schedule(value: str | None) -> None:
    assert parse_schedule(value) is None


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 500))
def test_a_rate_keeps_its_phase(first: int, later: int, period: int) -> None:
    schedule = parse_schedule(f"rate({period} minutes)")
    assert schedule is not None
    anchor, after = SATURDAY + timedelta(minutes=first), SATURDAY + timedelta(minutes=later)
    then = schedule.next_fire(after, anchor=anchor)
    assert then is not None
    assert after < then <= after + timedelta(minutes=period)
    assert (then - anchor) % timedelta(minutes=period) == timedelta()


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_not_doubtful(preset: str) -> None:
    schedule = parse_schedule(preset)
    assert schedule is not None
    assert not schedule.doubtful


@pytest.mark.parametrize(
    "text",
    [
        "cron(60 0 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * MON#6 *)",
        "cron(0 0 ? * FOO *)",
        "cron(0 0 * 13 ? *)",
        "cron(0 0 * * ? 1969)",
        "cron(5-1 0 * * ? *)",
        "cron(*/0 0 * * ? *)",
        "cron(, 0 * * ? *)",
        "cron(0 0 32W * ? *)",
        "cron(٣ 0 * * ? *)",
        "cron()",
        "cron(0 0 * * ? *",
        "cron(0 0 * * ? * *)",
    ],
)
def test_what_eventbridge_has_no_such_field_for_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_cron(text)


@pytest.mark.parametrize(
    "text", ["rate(5)", "rate(minutes)", "rate(-1 minutes)", "rate(1.5 hours)", "rate(5 minutes", "rate(1000000 days)"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_rate(text)


@given(st.text(alphabet="0123456789*/,-?#LWMONrateco()n @ \n", max_size=40))
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    with suppress(ScheduleError):
        schedule = parse_schedule(text)
        then = None if schedule is None else schedule.next_fire(SATURDAY)
        assert then is None or then > SATURDAY
