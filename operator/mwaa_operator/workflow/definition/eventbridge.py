"""The two schedule expressions of EventBridge Scheduler, `rate(…)` and six-field `cron(…)`, and when they fire. Pure.

Source: EventBridge Scheduler user guide, "Schedule types". Times are UTC.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
FIRST_YEAR, LAST_YEAR = 1970, 2199

_RATE = re.compile(r"rate\(\s*([1-9][0-9]{0,5})\s+(minute|hour|day)s?\s*\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_DayTest = Callable[[date], bool]


class ExpressionError(ValueError):
    """The expression is none; the text says which part."""


@dataclass(frozen=True)
class Cron:
    """A six-field expression.

    Attributes:
        minutes: In order.
        hours: In order.
        months: 1 to 12.
        years: Within 1970 to 2199.
        on: Whether it fires on a day of these months and years.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    on: _DayTest

    def next(self, after: datetime) -> datetime | None:
        """Return the first time after `after`, or None if there is none before 2200."""
        after = after.astimezone(UTC)
        for day in self._days(after.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    moment = datetime.combine(day, time(hour, minute), UTC)
                    if moment > after:
                        return moment
        return None

    def _days(self, first: date) -> Iterator[date]:
        for year in range(max(first.year, FIRST_YEAR), LAST_YEAR + 1):
            for month in range(1, 13) if year in self.years else ():
                if month not in self.months or (year, month) < (first.year, first.month):
                    continue
                days = (date(year, month, number + 1) for number in range(calendar.monthrange(year, month)[1]))
                yield from (day for day in days if day >= first and self.on(day))


def parse_rate(text: str) -> timedelta:
    """Return the interval of `rate(value unit)`.

    Raises:
        ExpressionError: It is none.
    """
    found = _RATE.fullmatch(text)
    if found is None:
        raise ExpressionError("write rate(5 minutes), with minutes, hours or days")
    return int(found[1]) * _UNITS[found[2]]


def parse_cron(text: str) -> Cron:
    """Return the expression of `cron(minutes hours day-of-month month day-of-week year)`.

    Raises:
        ExpressionError: It is none; the text names the field.
    """
    found = _CRON.fullmatch(text)
    fields = found[1].upper().split() if found else []
    if len(fields) != 6:
        raise ExpressionError("write cron(minutes hours day-of-month month day-of-week year), six fields")
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") == (weekdays == "?"):
        raise ExpressionError("exactly one of day-of-month and day-of-week is `?`")
    return Cron(
        minutes=tuple(sorted(_numbers(minutes, "minutes", 0, 59))),
        hours=tuple(sorted(_numbers(hours, "hours", 0, 23))),
        months=frozenset(_numbers(months, "month", 1, 12, MONTHS)),
        years=frozenset(_numbers(years, "year", FIRST_YEAR, LAST_YEAR)),
        on=_in_month(days) if weekdays == "?" else _in_week(weekdays),
    )


def _in_month(field: str) -> _DayTest:
    if field == "L":
        return lambda day: day.day == _length(day)
    if field == "LW":
        return lambda day: day.day == _nearest_weekday(day, _length(day))
    if found := re.fullmatch(r"([0-9]{1,2})W", field):
        (wanted,) = _numbers(found[1], "day-of-month", 1, 31)
        return lambda day: wanted <= _length(day) and day.day == _nearest_weekday(day, wanted)
    days = _numbers(field, "day-of-month", 1, 31)
    return lambda day: day.day in days


def _in_week(field: str) -> _DayTest:
    if field == "L":
        field = "7"
    if found := re.fullmatch(r"([0-9A-Z]+?)L", field):
        (last,) = _numbers(found[1], "day-of-week", 1, 7, WEEKDAYS)
        return lambda day: _weekday(day) == last and day.day > _length(day) - 7
    if found := re.fullmatch(r"([0-9A-Z]+)#([1-5])", field):
        (wanted,) = _numbers(found[1], "day-of-week", 1, 7, WEEKDAYS)
        nth = int(found[2])
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == nth
    weekdays = _numbers(field, "day-of-week", 1, 7, WEEKDAYS)
    return lambda day: _weekday(day) in weekdays


def _numbers(field: str, name: str, least: int, most: int, words: tuple[str, ...] = ()) -> set[int]:
    """Return what a list of values, ranges and steps stands for; `words` are the names of `least` and on."""
    found: set[int] = set()
    for item in field.split(","):
        span, slash, step_text = item.partition("/")
        begin, dash, end = span.partition("-")
        if span == "*":
            first, last = least, most
        else:
            first = _number(begin, name, least, most, words)
            last = _number(end, name, least, most, words) if dash else most if slash else first
        step = _number(step_text, name, 1, most) if slash else 1
        if first > last:
            raise ExpressionError(f"{name}: a range runs backwards")
        found |= set(range(first, last + 1, step))
    return found


def _number(text: str, name: str, least: int, most: int, words: tuple[str, ...] = ()) -> int:
    if text in words:
        return words.index(text) + least
    if not re.fullmatch(r"[0-9]{1,4}", text) or not least <= int(text) <= most:
        raise ExpressionError(f"{name}: {text[:20]!r} is not within {least} to {most}")
    return int(text)


def _weekday(day: date) -> int:
    """Return 1 for Sunday to 7 for Saturday."""
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> int:
    """Return the day of this month, Monday to Friday, that is nearest to the day `wanted` and in the same month."""
    weekday = date(day.year, day.month, wanted).isoweekday()
    if weekday == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 7:
        return wanted + 1 if wanted < _length(day) else wanted - 2
    return wanted
