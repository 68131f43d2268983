"""When an update may begin: the user's own window, and the hour before AWS's weekly maintenance."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from cronsim import CronSim, CronSimError

from mwaa_operator.api.fields import seconds
from mwaa_operator.environment.api import UpdateWindow

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
WEEK = timedelta(days=7)


def until_open(window: UpdateWindow, zone: tzinfo, now: datetime) -> float:
    """Return the seconds until the window is open; 0 while it is.

    Args:
        window: Cron schedule of the openings and how long each lasts.
        zone: The time zone of the schedule.
        now: UTC.

    Raises:
        ValueError: The schedule never comes true, such as 31 February.
    """
    local, length = now.astimezone(zone), timedelta(seconds=seconds(window.duration))
    try:
        opening = next(CronSim(window.schedule, local - length))
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"{window.schedule} never comes true") from error
    if opening <= local < opening + length:
        return 0.0
    return max(0.0, (opening - local).total_seconds())


def until_maintenance(start: str | None, now: datetime) -> float | None:
    """Return the seconds until AWS's weekly maintenance begins, or None where its start is unknown.

    Args:
        start: `DAY:HH:MM` in UTC (botocore model mwaa: WeeklyMaintenanceWindowStart).
        now: UTC.
    """
    parts = (start or "").split(":")
    if len(parts) != 3 or parts[0] not in WEEKDAYS:
        return None
    days = (WEEKDAYS.index(parts[0]) - now.weekday()) % 7
    begin = now.replace(hour=int(parts[1]), minute=int(parts[2]), second=0, microsecond=0) + timedelta(days=days)
    return ((begin - now) % WEEK).total_seconds()
