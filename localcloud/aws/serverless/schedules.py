"""Schedules: which forms the service takes, and when one fires next.

Source: botocore model mwaa-serverless (ScheduleConfiguration) and EventBridge Scheduler's user guide ("Schedule
types"). All times are UTC. It is arithmetic on epoch seconds and asks for no time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

PRESETS: Mapping[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
UNIT_SECONDS: Mapping[str, int] = {"minute": 60, "hour": 3600, "day": 86_400}
NONE = ("", "None", "none", "null")
"""Texts that mean no schedule (AWS's examples write `schedule: None`, which YAML reads as text)."""

_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
_CRON = re.compile(r"cron\((.*)\)")
_FIVE, _SIX = 5, 6
_DAY_NUMBER = re.compile(r"(?<![\d#])\d")
_ALL_YEARS = "*"


def is_none(schedule: object) -> bool:
    """Whether a definition says that there is no schedule."""
    return schedule is None or (isinstance(schedule, str) and schedule.strip() in NONE)


def problem_of(schedule: object, *, eventbridge: bool) -> str:
    """Return what is wrong with a schedule, "" when nothing is; `eventbridge`: rate and 6-field cron are accepted."""
    if is_none(schedule):
        return ""
    if not isinstance(schedule, str):
        return f"Schedule of type {type(schedule).__name__} is not supported. Use a cron expression, preset or rate."
    text = schedule.strip()
    if text.startswith("@"):
        return "" if text in PRESETS else f"Schedule preset {text} is not supported."
    if text.startswith(("rate(", "cron(")) and not eventbridge:
        return f"Schedule {text} is not supported."
    if text.startswith("rate("):
        found = _RATE.fullmatch(text)
        return "" if found and int(found[1]) > 0 else f"Invalid rate expression: {text}"
    return _cron_problem(text)


def next_fire(schedule: str, after: float, *, anchor: float) -> float | None:
    """Return when a schedule fires next after a time (epoch seconds of the calendar); None when it never does again.

    Args:
        schedule: One that `problem_of` finds nothing wrong with.
        after: The fire is later than this.
        anchor: From when a rate counts.
    """
    if rate := _RATE.fullmatch(schedule):
        period = int(rate[1]) * UNIT_SECONDS[rate[2]]
        return anchor + (max(0, after - anchor) // period + 1) * period
    cron, years = _cron(schedule)
    try:
        for fire in CronSim(cron, datetime.fromtimestamp(int(after), UTC)):
            if years is None or fire.year in years:
                return fire.timestamp()
            if fire.year > max(years):
                return None
    except (OverflowError, ValueError):
        # The calendar ends with the year 9999.
        return None
    return None


def _cron_problem(text: str) -> str:
    inner = _CRON.fullmatch(text)
    fields = (inner[1] if inner else text).split()
    if len(fields) != (_SIX if inner else _FIVE):
        return f"Invalid cron expression: {text}"
    if inner and fields[2:5:2].count("?") != 1:
        return f"Invalid cron expression: {text}: one of day-of-month and day-of-week has to be ?"
    if not inner and "*" not in (fields[2][:1], fields[4][:1]):
        return f"Invalid cron expression: {text}: specify either a day-of-month or a day-of-week, not both"
    try:
        cron, _ = _cron(text)
        next(CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, ValueError, StopIteration):
        return f"Invalid cron expression: {text}"
    return ""


def _cron(schedule: str) -> tuple[str, frozenset[int] | None]:
    """Return five fields, and the years where the expression names any."""
    inner = _CRON.fullmatch(schedule)
    if not inner:
        return PRESETS.get(schedule, schedule), None
    minute, hour, day, month, weekday, year = inner[1].upper().split()
    fields = (minute, hour, day.replace("?", "*"), month, _weekday(weekday))
    return " ".join(fields), None if year == _ALL_YEARS else _years(year)


def _weekday(field: str) -> str:
    """EventBridge counts the days of the week from 1 = Sunday, cron from 0."""
    if field == "?":
        return "*"
    if field == "L":
        return "6"
    head, slash, step = field.partition("/")
    return _DAY_NUMBER.sub(lambda found: str(int(found[0]) - 1), head) + slash + step


def _years(field: str) -> frozenset[int]:
    """Return the years of a list of years, ranges and steps. Raises ValueError."""
    years: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = ("1970-2199" if span == _ALL_YEARS else span).partition("-")
        years.update(range(int(first), int(last or ("2199" if step else first)) + 1, int(step or 1)))
    if not years:
        raise ValueError(field)
    return frozenset(years)
