"""Rules on sensors, whose waiting is billed by the minute. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from mwaa_operator.workflow.definition.case import Case, Task
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, shown, warning
from mwaa_operator.workflow.definition.limits import MAX_EXECUTION_TIMEOUT, read_delay
from mwaa_operator.workflow.definition.typed import TypedValueError

_MODES = ("poke", "reschedule")


def sensor_modes(case: Case) -> Iterator[Finding]:
    """Tell which sensors wait in a way that does not work, or may not."""
    for task_id, task in _sensors(case):
        mode, path = task.get("mode", "poke"), case.path("tasks", task_id, "mode")
        if mode not in _MODES:
            hint = "Write `mode: poke`, or leave it out."
            yield error(Code.INVALID_SENSOR_MODE, path, f"{shown(mode)} is no mode of a sensor", hint)
        elif mode == "reschedule":
            hint = "Remove `mode`, and bound the wait with `timeout`."
            yield warning(Code.UNSAFE_SENSOR_MODE, path, "the wait may not resume after its first check", hint)


def sensor_bounds(case: Case) -> Iterator[Finding]:
    """Tell which sensors may wait for longer than a task may run."""
    for task_id, task in _sensors(case):
        bound = _bound(task.get("timeout"))
        if bound is not None and bound <= MAX_EXECUTION_TIMEOUT:
            continue
        told = "no `timeout` (Airflow's own is 7 days)" if "timeout" not in task else "a `timeout` above an hour"
        hint = "Set `timeout`, in seconds, to the longest wait that makes sense, at most 3600."
        yield warning(Code.UNBOUNDED_SENSOR, case.path("tasks", task_id), f"the sensor has {told}", hint)


def _sensors(case: Case) -> Iterator[tuple[str, Task]]:
    for task_id, task in case.tasks.items():
        operator: Any = task.get("operator")
        if isinstance(operator, str) and case.around.knowledge.is_sensor(operator):
            yield task_id, task


def _bound(value: Any) -> timedelta | None:
    """Return a time-out; None where there is none or it cannot be told."""
    try:
        return read_delay(value)
    except TypedValueError:
        return None
