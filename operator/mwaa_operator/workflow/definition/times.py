"""Rules on when a workflow runs: `schedule`, `start_date`, `end_date`. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mwaa_operator.workflow.definition.case import Case
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, shown, warning
from mwaa_operator.workflow.definition.schedule import ScheduleError, parse_schedule
from mwaa_operator.workflow.definition.typed import MOMENT, TypedValueError, is_typed, read_date

_FORMS = 'Write a cron expression such as "17 3 * * *", @daily, rate(5 minutes), cron(0 12 * * ? *), or null.'


def schedule(case: Case) -> Iterator[Finding]:
    """Tell whether the schedule has a form that the service takes."""
    value, path = case.dag.get("schedule"), case.path("schedule")
    if isinstance(value, dict | list):
        what = "an interval" if is_typed(value, "datetime.timedelta") else "no text"
        hint = "Write rate(30 minutes) or a cron expression; assets, timetables and intervals are not taken."
        yield error(Code.UNSUPPORTED_SCHEDULE, path, f"`schedule` is {what}", hint)
        return
    try:
        found = parse_schedule(value)
    except ScheduleError as refusal:
        yield error(Code.INVALID_SCHEDULE, path, f"{shown(value)} is no schedule: {refusal}", _FORMS)
        return
    if found is not None and found.doubtful:
        hint = "Use one of the forms that the service lists: one of the two days, or a preset such as @daily."
        yield warning(Code.DOUBTFUL_SCHEDULE, path, f"the service may refuse {shown(value)}", hint)


def dates(case: Case) -> Iterator[Finding]:
    """Tell whether dates are dates, in order, and not past where that matters."""
    for prefix, members in _places(case):
        found: dict[str, datetime] = {}
        for name in ("start_date", "end_date"):
            if members.get(name) is None:
                continue
            try:
                found[name] = read_date(members[name])
            except TypedValueError:
                if not is_typed(members[name], MOMENT):
                    hint = 'Write "YYYY-MM-DD", or {__type__: datetime.datetime, year: 2026, month: 1, day: 1}.'
                    message = f"`{name}` is {shown(members[name])}, no date"
                    yield error(Code.INVALID_DATE, case.path(*prefix, name), message, hint)
        yield from _order(case, prefix, found)


def _places(case: Case) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    yield (), dict(case.dag)
    defaults = case.dag.get("default_args")
    if isinstance(defaults, dict):
        yield ("default_args",), defaults


def _order(case: Case, prefix: tuple[str, ...], found: dict[str, datetime]) -> Iterator[Finding]:
    start, end, today = found.get("start_date"), found.get("end_date"), case.around.today
    if start and end and end < start:
        path = case.path(*prefix, "end_date")
        yield error(Code.END_BEFORE_START, path, "`end_date` lies before `start_date`", "Correct one of the dates.")
    if today is None:
        return
    if start and start.date() < today:
        hint = "Nothing, if the service takes it; otherwise set a date to come, or remove it."
        yield warning(Code.PAST_START_DATE, case.path(*prefix, "start_date"), "`start_date` is past", hint)
    if end and end.date() < today:
        hint = "Set a later date or remove it, if the workflow is to run on schedule."
        yield warning(Code.PAST_END_DATE, case.path(*prefix, "end_date"), "`end_date` is past", hint)
