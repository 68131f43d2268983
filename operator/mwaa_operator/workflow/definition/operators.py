"""Rules on operators and their arguments. Pure; what is known of an operator is data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mwaa_operator.workflow.definition.case import Case, Task
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, Severity, error, listed, shown, warning
from mwaa_operator.workflow.definition.knowledge import OperatorRow, State

_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_INSTALLED = ("airflow.operators.", "airflow.sensors.", "airflow.providers.amazon.", "airflow.providers.standard.")
"""Packages that the service brings itself: what they do not list does not come from the user's code."""
_WRAPPERS = ("parameters", "operator_args")


def operators(case: Case) -> Iterator[Finding]:
    """Tell what is known of every task's operator."""
    for task_id, task in case.tasks.items():
        row = case.row(task)
        if row is None or row.state is not State.SUPPORTED:
            yield from _operator(case, case.path("tasks", task_id, "operator"), task)


def arguments(case: Case) -> Iterator[Finding]:
    """Tell which arguments an operator's constructor misses, and where they were wrapped."""
    for task_id, task in case.tasks.items():
        row = case.row(task)
        if row is None or row.state is State.UNSUPPORTED:
            continue
        wrappers = [name for name in _WRAPPERS if isinstance(task.get(name), dict) and name not in row.own]
        for name in wrappers:
            yield error(
                Code.NESTED_ARGUMENTS,
                case.path("tasks", task_id, name),
                f"`{name}` is no argument of {_class(row.path)}",
                "Write its members flat onto the task, beside `operator`.",
            )
        missing = [name for name in row.required if name not in task]
        if missing and not wrappers:
            yield warning(
                Code.MISSING_ARGUMENT,
                case.path("tasks", task_id),
                f"{_class(row.path)} misses {listed(missing)}",
                "Add them to the task, as the provider's documentation of the operator says.",
            )


def _operator(case: Case, path: str, task: Task) -> Iterator[Finding]:
    name, knowledge = task.get("operator"), case.around.knowledge
    if name is None or name == "":
        hint = "Write `operator` with the full path of a class."
        yield error(Code.OPERATOR_MISSING, path, "the task has no operator", hint)
    elif not isinstance(name, str) or not _PATH.fullmatch(name):
        paths = knowledge.paths_of(name) if isinstance(name, str) else ()
        hint = (
            f"Write {paths[0]}." if paths else "Write the full path, such as airflow.providers.amazon.aws.operators.…"
        )
        yield error(Code.OPERATOR_NOT_QUALIFIED, path, f"{shown(name)} is no full path of a class", hint)
    elif row := knowledge.operators.get(name):
        yield from _known(path, row)
    else:
        yield _unknown(case, path, name)


def _known(path: str, row: OperatorRow) -> Iterator[Finding]:
    name = _class(row.path)
    if row.abstract:
        hint = "Use one of the operators that are built on it."
        yield error(Code.ABSTRACT_OPERATOR, path, f"{name} is a base class and cannot run", hint)
    elif row.state is State.UNSUPPORTED:
        hint = f"Use {row.instead}." if row.instead else "Use another operator, or a PythonOperator with your own code."
        yield error(Code.UNSUPPORTED_OPERATOR, path, f"the service does not run {name}: {row.note}", hint)
    elif row.state is State.DOUBTFUL:
        hint = "Try it on a workflow without a schedule first; the service tells at once whether it takes it."
        yield warning(Code.DOUBTFUL_OPERATOR, path, f"the service may refuse {name}: {row.note}", hint)


def _unknown(case: Case, path: str, name: str) -> Finding:
    others = case.around.knowledge.paths_of(_class(name))
    if case.around.has_code and not name.startswith(_INSTALLED) and not others:
        hint = "Make sure that its module, or its provider package, is at the root of the code."
        return warning(Code.CUSTOM_OPERATOR, path, f"{shown(name)} has to come with the workflow's code", hint)
    severity = Severity.ERROR if case.around.strict else Severity.WARNING
    hint = f"Write {others[0]}." if others else "Check the path against the guide's list of supported operators."
    return Finding(Code.UNKNOWN_OPERATOR, severity, path, f"no list of operators has {shown(name)}", hint)


def _class(path: str) -> str:
    return path.rpartition(".")[2]
