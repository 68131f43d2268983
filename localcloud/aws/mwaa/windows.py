"""The weekly maintenance window as arithmetic on epoch seconds (UTC)."""

from __future__ import annotations

from localcloud.aws.mwaa.config import DAYS

DAY = 86_400
WEEK = 7 * DAY
FIRST_MONDAY = 4 * DAY
"""1970-01-05, in epoch seconds."""


def next_window(start: str, now: float) -> float:
    """Return when the window `start` ("SUN:03:30") opens next after `now` (epoch seconds)."""
    day, hour, minute = start.split(":")
    offset = FIRST_MONDAY + DAYS.index(day) * DAY + int(hour) * 3600 + int(minute) * 60
    return now + (WEEK - (now - offset) % WEEK)
