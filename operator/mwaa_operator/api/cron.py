"""The shape of a cron schedule: five fields, each within its range.

A pattern and not a parser, because the API server must give the same verdict. What a pattern cannot see (a range that
runs backwards, 31 February) passes here and is told by whoever computes the next date.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field


def _field(value: str) -> str:
    """Return the pattern of one field: a list of `*`, values and ranges, each with an optional step."""
    item = rf"(\*|({value})(-({value}))?)(/[1-9][0-9]?)?"
    return f"{item}(,{item})*"


_FIELDS = (
    "[0-5]?[0-9]",
    "[01]?[0-9]|2[0-3]",
    "0?[1-9]|[12][0-9]|3[01]",
    "0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC",
    "[0-7]|SUN|MON|TUE|WED|THU|FRI|SAT",
)
CRON = "^" + " ".join(map(_field, _FIELDS)) + "$"

Schedule = Annotated[str, Field(min_length=9, max_length=128, pattern=CRON)]
"""Minute, hour, day of month, month, day of week; months and days by number or by name in capitals."""

TimeZone = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$")]
"""An IANA time zone by its shape; whether there is one of this name is told by whoever computes the next date."""
