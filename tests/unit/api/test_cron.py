"""The shape of a schedule agrees with the library that computes its dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mwaa_operator.api.cron import CRON, Schedule

SCHEDULE: TypeAdapter[str] = TypeAdapter(Schedule)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["0 2 * * SUN", "*/15 0-6 1,15 JAN-MAR MON-FRI", "59 23 31 12 7", "00 08 * * *", "0 22 * * 5-6", "0/30 1 * * *"],
)
def test_a_schedule_is_taken_here_and_there(text: str) -> None:
    assert SCHEDULE.validate_python(text) == text
    assert next(CronSim(text, NOON)) > NOON


@pytest.mark.parametrize(
    "text",
    [
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "* * * * MONDAY",
        "@daily  ",
        "*  * * * *",
        "* * * * *\n",
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        SCHEDULE.validate_python(text)


@given(st.from_regex(CRON, alphabet=st.characters(codec="ascii")).map(str.strip))
@settings(max_examples=50, deadline=None)
def test_what_passes_is_a_schedule_but_for_backward_ranges_and_impossible_days(text: str) -> None:
    complaint = _complaint(text)
    assert complaint in {"", "Bad day-of-month"} or "-" in text, complaint


def _complaint(text: str) -> str:
    try:
        CronSim(text, NOON)
    except CronSimError as refusal:
        return str(refusal)
    return ""
