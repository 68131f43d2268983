"""Rules on code of the user's own: whether it goes with the workflow, and whether tasks name what is in it. Pure.

Source: MWAA Serverless user guide, "Running custom code with Python, Bash, and custom operators".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mwaa_operator.workflow.definition.case import Case, Task
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, shown, warning
from mwaa_operator.workflow.definition.model import BASH_OPERATORS, PYTHON_OPERATORS

_CALLABLE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_SUFFIXES = (".py", ".sh", ".zip")
_SCRIPT = re.compile(r"\s*(?:(?:bash|sh)\s+)?(\./[^\s;|&]+|[^\s;|&]+\.sh(?=\s*\Z))")
_NO_CODE = "Give the workflow its code: spec.code in a ServerlessWorkflow, --code on the command line."


def packages(case: Case) -> Iterator[Finding]:
    """Look at every task that runs own code."""
    for task_id, task in case.tasks.items():
        operator = task.get("operator")
        if not isinstance(operator, str):
            continue
        if operator in PYTHON_OPERATORS:
            yield from _python(case, task, task_id)
        elif operator in BASH_OPERATORS:
            yield from _bash(case, task, task_id)


def code_file(case: Case) -> Iterator[Finding]:
    """Look at the code itself: its kind, and whether anything could run it."""
    name = case.around.code_file
    if name is not None and not name.lower().endswith(_SUFFIXES):
        hint = "Give one .py, one .sh, or a .zip with the modules at its root."
        yield error(Code.INVALID_CODE_FILE, "", f"{shown(name)} is no code that the service takes", hint)
    if case.around.has_code and case.tasks and not any(_may_run(case, task) for task in case.tasks.values()):
        hint = "Remove the code, unless it is a secrets backend."
        yield warning(Code.UNUSED_CODE, "", "no task runs Python, Bash or an operator of your own", hint)


def _may_run(case: Case, task: Task) -> bool:
    """Whether a task runs own code; an operator that nobody knows may come from it."""
    operator = task.get("operator")
    return operator in PYTHON_OPERATORS | BASH_OPERATORS or case.row(task) is None


def _python(case: Case, task: Task, task_id: str) -> Iterator[Finding]:
    path, value = case.path("tasks", task_id, "python_callable"), task.get("python_callable")
    if not case.around.has_code:
        yield error(Code.CODE_MISSING, case.path("tasks", task_id), "the Python task has no code", _NO_CODE)
    if value is None:
        return
    if not isinstance(value, str) or not _CALLABLE.fullmatch(value):
        hint = "Write module.function, with the module at the root of the code."
        yield error(Code.INVALID_CALLABLE, path, f"{shown(value)} is not module.function", hint)
        return
    module, file = value.partition(".")[0], _single_file(case)
    if file is not None and file != f"{module}.py":
        hint = f"Name the function {file.removesuffix('.py')}.<function>, or give the code as {module}.py."
        yield warning(Code.CODE_NOT_FOUND, path, f"the module {shown(module)} is not {shown(file)}", hint)


def _bash(case: Case, task: Task, task_id: str) -> Iterator[Finding]:
    path, script = case.path("tasks", task_id, "bash_command"), script_of(task.get("bash_command"))
    if script is None:
        return
    if not case.around.has_code:
        yield error(Code.CODE_MISSING, path, f"the script {shown(script)} comes with no code", _NO_CODE)
        return
    file = _single_file(case)
    if file is not None and file != _base(script):
        hint = "Name the script as the file is named, or give a .zip with all scripts."
        yield warning(Code.CODE_NOT_FOUND, path, f"the script {shown(script)} is not {shown(file)}", hint)


def script_of(command: Any) -> str | None:
    """Return the script file that a Bash command runs, as far as its beginning tells; None for an inline command."""
    found = _SCRIPT.match(command) if isinstance(command, str) else None
    return found[1] if found else None


def _single_file(case: Case) -> str | None:
    """Return the name of the code where it is a single file, whose name is then what tasks see."""
    name = case.around.code_file
    return _base(name) if name is not None and name.lower().endswith((".py", ".sh")) else None


def _base(path: str) -> str:
    return path.rpartition("/")[2]
