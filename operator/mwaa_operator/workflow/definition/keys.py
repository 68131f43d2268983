"""Rules on keys: which the service uses, drops and refuses, and what `params` and the echoes of ids look like. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mwaa_operator.workflow.definition.case import Case
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, Severity, error, listed, shown, warning

_DROPPED = "Remove it: the service takes it and drops it."
_INSTEAD = {
    "description": "Remove it; describe the workflow in spec.description.",
    "tags": "Remove it; the workflow's tags are spec.tags.",
    "aws_conn_id": "Remove it: tasks use the workflow's role.",
    "region_name": "Remove it: tasks work in the workflow's Region.",
    "deferrable": "Remove it: there is no triggerer, the task waits and is billed; bound the wait.",
    "max_active_runs": "Remove it; spec.concurrencyPolicy holds for runs that the operator starts.",
}


def workflow_keys(case: Case) -> Iterator[Finding]:
    """Tell which keys of the workflow have no effect or are refused."""
    keys = case.around.knowledge.workflow
    for key in case.dag:
        if key in keys.dropped:
            yield _dropped(case.path(key), key)
        elif key in keys.refused:
            yield error(Code.UNSUPPORTED_ATTRIBUTE, case.path(key), f"`{key}` is refused", keys.refused[key])
        elif key not in keys.taken:
            yield Finding(
                Code.UNKNOWN_ATTRIBUTE,
                Severity.ERROR if case.around.strict else Severity.WARNING,
                case.path(key),
                f'{shown(key)} is not known here; the service may answer "Unexpected element"',
                f"Remove it, or correct it: a workflow has {listed(sorted(keys.taken))}.",
            )


def task_keys(case: Case) -> Iterator[Finding]:
    """Tell which keys of tasks have no effect or are refused; the rest are arguments of the operator."""
    keys = case.around.knowledge.tasks
    for task_id, task in case.tasks.items():
        for key in task:
            if not isinstance(key, str):
                hint = "Name the argument as the operator does; put words such as `on` in quotes."
                path = case.path("tasks", task_id, key)
                yield error(Code.UNSUPPORTED_ATTRIBUTE, path, f"{shown(key)} is no argument", hint)
            elif key in keys.dropped:
                yield _dropped(case.path("tasks", task_id, key), key)
            elif key in keys.refused:
                path = case.path("tasks", task_id, key)
                yield error(Code.UNSUPPORTED_ATTRIBUTE, path, f"`{key}` is refused", keys.refused[key])


def default_arguments(case: Case) -> Iterator[Finding]:
    """Tell what `default_args` may not hold; the service takes ten keys there."""
    keys, defaults = case.around.knowledge.default_args, case.dag.get("default_args")
    if defaults is None:
        return
    path = case.path("default_args")
    if not isinstance(defaults, dict):
        hint = "Write it as a mapping, or remove it."
        yield error(Code.INVALID_DEFAULT_ARGUMENT, path, f"`default_args` is {shown(defaults)}", hint)
        return
    for key in defaults:
        if key in keys.dropped:
            yield _dropped(case.path("default_args", key), key)
        elif key not in keys.taken:
            yield error(
                Code.INVALID_DEFAULT_ARGUMENT,
                case.path("default_args", key),
                f"{shown(key)} is refused in `default_args`",
                f"Move it to the tasks that need it; taken are {listed(sorted(keys.taken | keys.dropped), most=10)}.",
            )


def echoes(case: Case) -> Iterator[Finding]:
    """Tell where `dag_id` or `task_id` says something else than the key."""
    said: list[tuple[Any, str, tuple[str, ...]]] = [(case.dag.get("dag_id", case.dag_id), case.dag_id, ("dag_id",))]
    said += [(task.get("task_id", key), key, ("tasks", key, "task_id")) for key, task in case.tasks.items()]
    for echo, key, place in said:
        if echo != key:
            message = f"{shown(echo)} is not the key {shown(key)}"
            yield warning(Code.ID_MISMATCH, case.path(*place), message, "Remove it, or make it equal.")


def params(case: Case) -> Iterator[Finding]:
    """Tell where `params` is no mapping of names."""
    given: list[tuple[Any, tuple[str, ...]]] = [(case.dag.get("params"), ("params",))]
    given += [(task.get("params"), ("tasks", task_id, "params")) for task_id, task in case.tasks.items()]
    for value, place in given:
        if value is None:
            continue
        if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
            hint = "Write it as a mapping of names to defaults, such as `bucket: acme-raw`."
            yield error(Code.INVALID_PARAMS, case.path(*place), f"`params` is {shown(value)} without names", hint)


def _dropped(path: str, key: str) -> Finding:
    return warning(
        Code.IGNORED_ATTRIBUTE, path, f"`{key}` has no effect: the service drops it", _INSTEAD.get(key, _DROPPED)
    )
