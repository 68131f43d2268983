"""The typed values of a definition: durations and dates, and which `__type__` may stand in one at all.

Source: dag-factory 1.0 (`__type__` mappings) and MWAA Serverless user guide. Nothing named by a definition is ever
called.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

TYPE, ARGUMENTS = "__type__", "__args__"
TIMEDELTA, DATETIME = "datetime.timedelta", "datetime.datetime"
HARMLESS = frozenset({TIMEDELTA, DATETIME, "datetime.date", "datetime.time", "builtins.list"})
"""Types that a definition may name."""
UNITS = frozenset({"weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds"})
PARTS = frozenset({"year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo"})


def is_number(value: Any) -> bool:
    """Whether this is a number (YAML's booleans are none)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def duration(value: Any) -> float | None:
    """Return the seconds of a typed timedelta; None when it is none."""
    if not isinstance(value, dict) or value.get(TYPE) != TIMEDELTA:
        return None
    units = {name: amount for name, amount in value.items() if name not in (TYPE, ARGUMENTS)}
    positional = value.get(ARGUMENTS, [])
    if not isinstance(positional, list) or not (units or positional) or not set(units) <= UNITS:
        return None
    if not all(is_number(amount) and math.isfinite(amount) for amount in (*units.values(), *positional)):
        return None
    try:
        return timedelta(*positional, **units).total_seconds()
    except (OverflowError, TypeError):
        return None


def moment(value: Any) -> float | None:
    """Return the epoch seconds of a date: text, YAML's own, or a typed datetime; None when it is none."""
    if isinstance(value, dict):
        value = _typed_moment(value)
    elif isinstance(value, str):
        value = _written_moment(value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def bad_types(value: Any, place: str) -> list[tuple[str, str]]:
    """Return place and text of every typed value that is of another type, or none of its type."""
    found: list[tuple[str, str]] = []
    if isinstance(value, dict):
        kind = value.get(TYPE)
        if TYPE in value and (not isinstance(kind, str) or kind not in HARMLESS):
            found.append((place, f"Type {kind} is not supported."))
        elif (kind == TIMEDELTA and duration(value) is None) or (kind == DATETIME and moment(value) is None):
            found.append((place, f"Invalid {kind}."))
        for name, item in value.items():
            found += bad_types(item, f"{place}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += bad_types(item, f"{place}.{index}")
    return found


def _typed_moment(value: dict[Any, Any]) -> datetime | None:
    parts = {name: part for name, part in value.items() if name not in (TYPE, "tzinfo")}
    if value.get(TYPE) != DATETIME or not set(parts) <= PARTS or not all(isinstance(i, int) for i in parts.values()):
        return None
    try:
        return datetime(**parts, tzinfo=UTC)
    except (ValueError, TypeError):
        return None


def _written_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
