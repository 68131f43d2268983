"""Rules on `dependencies`: they are lists of ids of other tasks, and nothing runs in a circle. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mwaa_operator.workflow.definition.case import Case, names_in
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, listed, shown


def dependencies(case: Case) -> Iterator[Finding]:
    """Tell what is wrong with each task's dependencies."""
    for task_id, task in case.tasks.items():
        value = task.get("dependencies", [])
        names = dict.fromkeys(names_in(task))
        if value == list(names) and names.keys() <= case.tasks.keys() and task_id not in names:
            continue
        path = case.path("tasks", task_id, "dependencies")
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            hint = "Write a list of the ids upstream, such as [extract, load]; leave it out where there are none."
            yield error(Code.INVALID_DEPENDENCIES, path, f"`dependencies` is {shown(value)}, no list of ids", hint)
        if task_id in names:
            yield error(Code.SELF_DEPENDENCY, path, f"{task_id} depends on itself", "Remove it from its own list.")
        if unknown := [name for name in names if name not in case.tasks]:
            hint = f"Correct the spelling; the tasks are {listed(case.tasks)}."
            yield error(Code.UNKNOWN_DEPENDENCY, path, f"there is no task {listed(unknown)}", hint)


def circle(case: Case) -> Iterator[Finding]:
    """Tell one circle, if there is any."""
    found = case.circle
    if found:
        path = case.path("tasks", found[0], "dependencies")
        told = " waits for ".join([*found[:8], found[0]] if len(found) <= 8 else [*found[:8], "…"])
        yield error(Code.DEPENDENCY_CYCLE, path, told, "Remove one of these dependencies.")
