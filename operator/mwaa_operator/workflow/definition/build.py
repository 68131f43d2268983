"""From a definition without errors to what the planner and the role generator read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mwaa_operator.workflow.definition.case import Case
from mwaa_operator.workflow.definition.limits import read_delay
from mwaa_operator.workflow.definition.model import Definition, Parameter, Task
from mwaa_operator.workflow.definition.schedule import parse_schedule
from mwaa_operator.workflow.definition.typed import read_date


def build(case: Case) -> Definition:
    """Return the definition of a case.

    Args:
        case: One in which no rule finds an error; anything else may raise what the rules would have told.
    """
    defaults = case.dag.get("default_args") or {}
    return Definition(
        dag_id=case.dag_id,
        schedule=parse_schedule(case.dag.get("schedule")),
        tasks={task_id: _task(case, task_id, defaults) for task_id in case.tasks},
        params=_params(case.dag.get("params")),
        start_date=_date(case, defaults, "start_date"),
        end_date=_date(case, defaults, "end_date"),
        dropped=tuple(sorted(_dropped(case))),
    )


def _task(case: Case, task_id: str, defaults: Mapping[str, Any]) -> Task:
    task = case.tasks[task_id]
    members = {**defaults, **{key: value for key, value in task.items() if value is not None}}
    return Task(
        task_id=task_id,
        operator=task["operator"],
        arguments=dict(case.arguments(task)),
        dependencies=case.upstream[task_id],
        trigger_rule=members.get("trigger_rule") or "all_success",
        retries=members.get("retries"),
        retry_delay=_delay(members.get("retry_delay")),
        execution_timeout=_delay(members.get("execution_timeout")),
        params=_params(task.get("params")),
    )


def _delay(value: Any) -> timedelta | None:
    return None if value is None else read_delay(value)


def _date(case: Case, defaults: Mapping[str, Any], name: str) -> datetime | None:
    value = case.dag.get(name, defaults.get(name))
    return None if value is None else read_date(value)


def _params(params: Mapping[str, Any] | None) -> dict[str, Parameter]:
    return {name: _parameter(value) for name, value in (params or {}).items()}


def _parameter(value: Any) -> Parameter:
    """Return one parameter: a mapping with `type` or `default` is a schema, everything else is the default itself."""
    if not isinstance(value, dict) or not {"type", "default"} & value.keys():
        return Parameter(default=value)
    schema = {key: item for key, item in value.items() if key != "default"}
    return Parameter(default=value.get("default"), required="default" not in value, schema=schema)


def _dropped(case: Case) -> Iterator[str]:
    knowledge = case.around.knowledge
    yield from (case.path(key) for key in case.dag if key in knowledge.workflow.dropped)
    for task_id, task in case.tasks.items():
        yield from (case.path("tasks", task_id, key) for key in task if key in knowledge.tasks.dropped)
