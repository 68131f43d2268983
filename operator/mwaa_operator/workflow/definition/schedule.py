"""When a workflow runs by itself: the forms of `schedule` that the service takes, and the next time. Pure.

Sources: botocore model mwaa-serverless, ScheduleConfiguration; Airflow's presets. The definition has no time zone, so
every time is UTC. The service's own clock is not asked here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from cronsim import CronSim, CronSimError

from mwaa_operator.api.cron import CRON
from mwaa_operator.workflow.definition.eventbridge import ExpressionError, parse_cron, parse_rate

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""Those that the service's model lists."""
DOUBTFUL_PRESETS = {"@midnight": "0 0 * * *", "@quarterly": "0 0 1 */3 *", "@once": "", "@continuous": ""}
"""Those that only Airflow lists; empty: it cannot be told when."""

_LONGEST = 256
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NTH_DAY = re.compile(r"(?P<start>\S+ \S+ )(?P<day>L|LW|\S+)(?P<month> \S+ )(?P<weekday>[0-7]L|\w+#[1-5]|\S+)")


class ScheduleError(ValueError):
    """A schedule has no form that the service takes; the text says why."""


class Form(StrEnum):
    """How a schedule is written."""

    CRON = "Cron"
    RATE = "Rate"
    EVENTBRIDGE = "EventBridge"
    UNTOLD = "Untold"
    """`@once` and `@continuous`: it cannot be told when they fire."""


@dataclass(frozen=True)
class Schedule:
    """One schedule, in UTC.

    Attributes:
        expression: As written, without the space around it.
        form: How it is written.
        cron: Five fields, for Form.CRON.
        period: For Form.RATE.
    """

    expression: str
    form: Form
    cron: str = ""
    period: timedelta | None = None

    @property
    def doubtful(self) -> bool:
        """Whether the service may refuse it: a preset that only Airflow lists, or a day of month and a day of week."""
        fields = self.cron.split()
        both_days = len(fields) == 5 and "*" not in (fields[2], fields[4])
        return both_days or self.expression in DOUBTFUL_PRESETS

    def next_fire(self, after: datetime, *, anchor: datetime | None = None) -> datetime | None:
        """Return the first time after `after`, or None if there is none or it cannot be told.

        Args:
            after: UTC.
            anchor: For a rate, a time at which it fired or was created. Without one, the answer is one period after
                `after`: the schedule fires then at the latest.
        """
        if self.form is Form.CRON:
            try:
                return next(CronSim(self.cron, after.astimezone(UTC)))
            except (CronSimError, StopIteration, OverflowError):
                return None
        if self.form is Form.EVENTBRIDGE:
            return parse_cron(self.expression).next(after)
        if self.period is None:
            return None
        begin = after if anchor is None else anchor
        return begin + ((after - begin) // self.period + 1) * self.period


def parse_schedule(value: Any) -> Schedule | None:
    """Return the schedule that a definition's `schedule` means; None for one that runs on demand only.

    Args:
        value: What the document has there: text, or None. `None`, `"None"` and the empty text mean no schedule.

    Raises:
        ScheduleError: It is no text, has no known form, or never comes true.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise ScheduleError("it is no text")
    text = value.strip()
    if text.lower() in ("", "none"):
        return None
    if len(text) > _LONGEST:
        raise ScheduleError(f"it has more than {_LONGEST} characters")
    try:
        return _known_form(text)
    except ExpressionError as refusal:
        raise ScheduleError(str(refusal)) from refusal


def _known_form(text: str) -> Schedule:
    if text.startswith("@"):
        return _preset(text)
    if text.startswith("rate("):
        return Schedule(text, Form.RATE, period=parse_rate(text))
    if text.startswith("cron("):
        if parse_cron(text).next(_EPOCH) is None:
            raise ScheduleError("it never comes true")
        return Schedule(text, Form.EVENTBRIDGE)
    return Schedule(text, Form.CRON, cron=_five_fields(text))


def _preset(text: str) -> Schedule:
    cron = (PRESETS | DOUBTFUL_PRESETS).get(text)
    if cron is None:
        raise ScheduleError(f"the presets are {', '.join(PRESETS)}")
    return Schedule(text, Form.CRON if cron else Form.UNTOLD, cron=cron)


def _five_fields(text: str) -> str:
    """Return a cron expression in one spelling, checked: first its shape, then that it ever comes true."""
    cron = " ".join(text.upper().split())
    if cron.count(" ") != 4:
        raise ScheduleError("a cron expression has five fields: minute, hour, day of month, month, day of week")
    if not re.fullmatch(CRON, _without_nth_days(cron)):
        raise ScheduleError("a field of the cron expression is not within its range")
    try:
        next(CronSim(cron, _EPOCH))
    except CronSimError as refusal:
        raise ScheduleError(f"the cron expression cannot be read: {refusal}") from refusal
    except StopIteration as end:
        raise ScheduleError("it never comes true") from end
    return cron


def _without_nth_days(cron: str) -> str:
    """Return an expression whose `L`, `LW`, `5L` and `MON#2`, which Airflow takes and CRON does not, are stars."""
    found = _NTH_DAY.fullmatch(cron)
    if found is None:
        return cron
    day = "*" if found["day"] in ("L", "LW") else found["day"]
    nth = re.fullmatch(r"[0-7]L|([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5]", found["weekday"])
    return f"{found['start']}{day}{found['month']}{'*' if nth else found['weekday']}"
