"""Values that a definition writes as `{__type__: …}`: which are harmless, and what durations and dates they make. Pure.

The service's parser (dag-factory) imports whatever `__type__` names and calls it with the other members; so only names
that do nothing are allowed, anywhere in a definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Any

TYPE, ARGUMENTS = "__type__", "__args__"
DURATION, MOMENT = "datetime.timedelta", "datetime.datetime"
ALLOWED_TYPES = frozenset({DURATION, MOMENT, "datetime.date", "datetime.time", "builtins.list"})
RESERVED_KEYS = frozenset({ARGUMENTS, "__join__", "__and__", "__or__"})
"""Keys beside `__type__` that the parser replaces (dag-factory 1.0, "load_yaml_file")."""

_DURATION_MEMBERS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")
_DURATION_ORDER = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
_MOMENT_MEMBERS = ("year", "month", "day", "hour", "minute", "second", "microsecond")


class TypedValueError(ValueError):
    """A value makes no duration or date; the text says why."""


def is_typed(value: Any, kind: str) -> bool:
    """Whether a value is a mapping with this `__type__`."""
    return isinstance(value, dict) and value.get(TYPE) == kind


def read_duration(value: Mapping[str, Any]) -> timedelta:
    """Return the duration that `{__type__: datetime.timedelta, minutes: 5}` makes.

    Raises:
        TypedValueError: A member is not known or no number, or the duration is out of all bounds.
    """
    members = _members(value, _DURATION_MEMBERS, _DURATION_ORDER)
    try:
        return timedelta(**members)
    except OverflowError as refusal:
        raise TypedValueError("the duration is too long") from refusal


def read_moment(value: Mapping[str, Any]) -> datetime:
    """Return the time that `{__type__: datetime.datetime, year: 2026, month: 1, day: 1}` makes, in UTC.

    Raises:
        TypedValueError: A member is not known or no whole number, or there is no such date.
    """
    members = _members(value, _MOMENT_MEMBERS, _MOMENT_MEMBERS)
    if not all(isinstance(number, int) for number in members.values()):
        raise TypedValueError("its members are whole numbers")
    try:
        return datetime(**members, tzinfo=UTC)
    except (ValueError, OverflowError, TypeError) as refusal:
        raise TypedValueError(f"there is no such date: {refusal}") from refusal


def read_date(value: Any) -> datetime:
    """Return the time that a `start_date` or `end_date` means, in UTC.

    Args:
        value: `YYYY-MM-DD`, an ISO 8601 time, an unquoted YAML date, or a typed datetime.

    Raises:
        TypedValueError: It is none of these.
    """
    if is_typed(value, MOMENT):
        return read_moment(value)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as refusal:
            raise TypedValueError("it is no date") from refusal
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else _in_utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise TypedValueError("it is no date")


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as refusal:
        raise TypedValueError("it is no date") from refusal


def _members(value: Mapping[str, Any], known: tuple[str, ...], order: tuple[str, ...]) -> dict[str, Any]:
    """Return the members of a typed value by name, those of `__args__` too."""
    positional = value.get(ARGUMENTS, [])
    if not isinstance(positional, list) or len(positional) > len(order):
        raise TypedValueError(f"{ARGUMENTS} is no list of up to {len(order)} numbers")
    named = {key: number for key, number in value.items() if key not in (TYPE, ARGUMENTS)}
    if unknown := [key for key in named if key not in known]:
        raise TypedValueError(f"{unknown[0]!r:.40} is not one of {', '.join(known)}")
    members = dict(zip(order, positional, strict=False)) | named
    if not members:
        raise TypedValueError(f"it has none of {', '.join(known)}")
    if not all(_is_number(number) for number in members.values()):
        raise TypedValueError("its members are numbers")
    return members


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or isfinite(value)
