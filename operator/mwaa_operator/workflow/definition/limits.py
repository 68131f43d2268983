"""Rules on what bounds a task: retries, their delay, the time-out, the trigger rule. Pure.

Source: MWAA Serverless user guide, "Quotas" and "Supported Airflow parameters"; AWS's samples quote the refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from mwaa_operator.workflow.definition.case import Case
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, listed, shown
from mwaa_operator.workflow.definition.typed import DURATION, TypedValueError, is_typed, read_duration

MAX_RETRIES = 3
MAX_RETRY_DELAY = timedelta(seconds=300)
MAX_EXECUTION_TIMEOUT = timedelta(minutes=60)

_Check = Callable[[Case, Any, str], Iterator[Finding]]


def limits(case: Case) -> Iterator[Finding]:
    """Look at the bounds of every task and of `default_args`."""
    for prefix, members in _places(case):
        for name, check in _CHECKS.items():
            if name in members and (members[name] is not None or name == "trigger_rule"):
                yield from check(case, members[name], case.path(*prefix, name))


def read_delay(value: Any) -> timedelta:
    """Return what `retry_delay` means: a number of seconds or a typed timedelta.

    Raises:
        TypedValueError: It is neither.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return read_duration({"seconds": value})
    if is_typed(value, DURATION):
        return read_duration(value)
    raise TypedValueError("it is neither a number of seconds nor a typed timedelta")


def _places(case: Case) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    defaults = case.dag.get("default_args")
    if isinstance(defaults, dict):
        yield ("default_args",), defaults
    for task_id, task in case.tasks.items():
        yield ("tasks", task_id), task


def _retries(case: Case, value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_RETRIES:
        hint = f"Write a whole number from 0 to {MAX_RETRIES}, without quotes."
        yield error(Code.INVALID_RETRIES, path, f"`retries` is {shown(value)}", hint)


def _retry_delay(case: Case, value: Any, path: str) -> Iterator[Finding]:
    hint = "Write seconds from 0 to 300 as a number, or {__type__: datetime.timedelta, seconds: 300}."
    try:
        delay = read_delay(value)
    except TypedValueError:
        if not is_typed(value, DURATION):
            yield error(Code.INVALID_RETRY_DELAY, path, f"`retry_delay` is {shown(value)}", hint)
        return
    if not timedelta() <= delay <= MAX_RETRY_DELAY:
        yield error(Code.INVALID_RETRY_DELAY, path, f"`retry_delay` is {delay.total_seconds():g} seconds", hint)


def _execution_timeout(case: Case, value: Any, path: str) -> Iterator[Finding]:
    hint = "Write {__type__: datetime.timedelta, minutes: 60} or less; the service ends every task after an hour."
    if not is_typed(value, DURATION):
        message = f"`execution_timeout` is {shown(value)}, no typed timedelta"
        yield error(Code.INVALID_EXECUTION_TIMEOUT, path, message, hint)
        return
    try:
        timeout = read_duration(value)
    except TypedValueError:
        return  # told by the rule on typed values
    if not timedelta() < timeout <= MAX_EXECUTION_TIMEOUT:
        message = f"`execution_timeout` is {timeout.total_seconds() / 60:g} minutes"
        yield error(Code.INVALID_EXECUTION_TIMEOUT, path, message, hint)


def _trigger_rule(case: Case, value: Any, path: str) -> Iterator[Finding]:
    rules = case.around.knowledge.trigger_rules
    if not isinstance(value, str) or value not in rules:
        hint = f"Write one of {listed(sorted(rules), most=len(rules))}."
        yield error(Code.UNKNOWN_TRIGGER_RULE, path, f"{shown(value)} is no trigger rule of Airflow 3", hint)


_CHECKS: Mapping[str, _Check] = {
    "retries": _retries,
    "retry_delay": _retry_delay,
    "execution_timeout": _execution_timeout,
    "trigger_rule": _trigger_rule,
}
