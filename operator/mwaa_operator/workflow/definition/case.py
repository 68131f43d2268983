"""One definition as the rules see it: its root is known to be a workflow, its tasks to be mappings. Pure.

What does not have that shape is told by `frame`, once, so that no rule has to ask for it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, listed, pointer, shown
from mwaa_operator.workflow.definition.graph import Ancestors, ancestry, find_cycle
from mwaa_operator.workflow.definition.knowledge import OperatorKnowledge, OperatorRow

ID = re.compile(r"[A-Za-z0-9_.-]{1,250}")
"""Ids of workflows and tasks (Airflow's key length; AWS's samples for MWAA Serverless)."""

Task = Mapping[str, Any]


@dataclass(frozen=True)
class Surroundings:
    """What is known beside the definition.

    Attributes:
        knowledge: Operators, keys, names.
        has_code: Whether a code package goes with the workflow.
        code_file: The package's file name; None where it is not known.
        strict: Whether what is unknown counts as an error.
        today: UTC; None: nothing is said about dates that are past.
    """

    knowledge: OperatorKnowledge
    has_code: bool
    code_file: str | None = None
    strict: bool = False
    today: date | None = None


@dataclass(frozen=True)
class Case:
    """One definition.

    Attributes:
        dag_id: The root key.
        dag: What stands below it.
        around: What is known beside it.
        tasks: The tasks that are mappings and have a usable id.
    """

    dag_id: str
    dag: Mapping[Any, Any]
    around: Surroundings
    tasks: Mapping[str, Task] = field(default_factory=dict)

    def path(self, *parts: object) -> str:
        """Return the JSON pointer of a member of the workflow."""
        return pointer(self.dag_id, *parts)

    def row(self, task: Task) -> OperatorRow | None:
        """Return what is known of a task's operator."""
        operator = task.get("operator")
        return self.around.knowledge.operators.get(operator) if isinstance(operator, str) else None

    def arguments(self, task: Task) -> Iterator[tuple[Any, Any]]:
        """Yield what reaches the operator's constructor: neither a key that every task has nor a dropped one."""
        keys = self.around.knowledge.tasks
        for key, value in task.items():
            if not (key in keys.taken or key in keys.dropped or key in keys.refused):
                yield key, value

    @cached_property
    def upstream(self) -> Mapping[str, tuple[str, ...]]:
        """Each task's dependencies that are tasks and not itself, each once."""
        return {
            task_id: tuple(dict.fromkeys(name for name in names_in(task) if name in self.tasks and name != task_id))
            for task_id, task in self.tasks.items()
        }

    @cached_property
    def circle(self) -> tuple[str, ...]:
        """The tasks of one circle of dependencies; empty if there is none."""
        return find_cycle(self.upstream)

    @cached_property
    def ancestors(self) -> Mapping[str, Ancestors]:
        """What lies upstream of each task, directly or through others; only where there is no circle."""
        return ancestry(self.upstream)


Rule = Callable[[Case], Iterable[Finding]]
"""Looks at one thing; what it does not look at is another rule's."""


def names_in(task: Task) -> list[str]:
    """Return the ids that a task's `dependencies` name, as far as they are text."""
    names = task.get("dependencies")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def frame(document: Any, around: Surroundings) -> tuple[Case | None, list[Finding]]:
    """Return a definition as a case, None where its root is no workflow, and what its shape is missing.

    Args:
        document: As parsed.
        around: What is known beside it.
    """
    if not isinstance(document, dict) or not document:
        hint = "Write `<workflow id>: {tasks: {…}}`."
        return None, [error(Code.NOT_A_MAPPING, "", f"the definition is {_what(document)}, not a mapping", hint)]
    if len(document) != 1 or "default" in document:
        return None, [_not_one(document)]
    ((dag_id, dag),) = document.items()
    if not isinstance(dag_id, str) or not ID.fullmatch(dag_id):
        return None, [_bad_id(Code.INVALID_WORKFLOW_ID, pointer(dag_id), dag_id, "workflow")]
    if not isinstance(dag, dict):
        hint = "Write the workflow as a mapping with `tasks`."
        return None, [error(Code.INVALID_WORKFLOW, pointer(dag_id), f"the workflow is {_what(dag)}", hint)]
    tasks, findings = _tasks(dag_id, dag.get("tasks"))
    return Case(dag_id, dag, around, tasks), findings


def _not_one(document: Mapping[Any, Any]) -> Finding:
    if {"apiVersion", "kind"} <= document.keys():
        message, hint = (
            "this is a Kubernetes manifest",
            "Give what stands in its spec.definition, without the manifest.",
        )
    elif "tasks" in document:
        message, hint = "`tasks` stands at the root", "Put everything below one key, the workflow's id."
    elif "default" in document:
        message, hint = "`default` stands at the root", "Write its members into the workflow's own `default_args`."
    else:
        message = f"there are {len(document)} root keys: {listed(document)}"
        hint = "Keep one workflow in one definition; make a ServerlessWorkflow of each."
    return error(Code.NOT_ONE_WORKFLOW, "", message, hint)


def _tasks(dag_id: str, tasks: Any) -> tuple[dict[str, Task], list[Finding]]:
    path = pointer(dag_id, "tasks")
    if not isinstance(tasks, dict) or not tasks:
        told = "missing" if tasks is None else "empty" if tasks in ({}, []) else _what(tasks)
        hint = "Write `tasks` as a mapping of each task's id to the task; the service takes no list."
        return {}, [error(Code.INVALID_TASKS, path, f"`tasks` is {told}", hint)]
    found: dict[str, Task] = {}
    findings: list[Finding] = []
    for task_id, task in tasks.items():
        here = pointer(dag_id, "tasks", task_id)
        if not isinstance(task_id, str) or not ID.fullmatch(task_id):
            findings.append(_bad_id(Code.INVALID_TASK_ID, here, task_id, "task"))
        elif not isinstance(task, dict):
            hint = "Write the task as a mapping with `operator` and its arguments."
            findings.append(error(Code.INVALID_TASK, here, f"the task is {_what(task)}", hint))
        else:
            found[task_id] = task
    return found, findings


def _bad_id(code: Code, path: str, value: Any, what: str) -> Finding:
    hint = "Use letters, digits, `_`, `.` and `-`, at most 250; put numbers and words such as `yes` in quotes."
    return error(code, path, f"{shown(value)} is no id of a {what}", hint)


def _what(value: Any) -> str:
    return "empty" if value in (None, {}) else shown(value)
