"""Rules on templates and on `$NAME`: what would fail or surprise when a run renders them. Pure; nothing is rendered.

Sources: MWAA Serverless user guide, "Template variables, filters and macros"; dag-factory 1.0.0, which expands
environment variables in the whole text before it reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mwaa_operator.workflow.definition.case import Case, Task
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, listed, shown, warning
from mwaa_operator.workflow.definition.jinja import Usage, environment, is_template, usage

_REFERENCE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")

_DICT_MEMBERS = frozenset(dir(dict))

Place = tuple[object, ...]


@dataclass(frozen=True)
class _Site:
    """Where a template stands, and whether its operator renders it; None: nobody knows."""

    case: Case
    place: Place
    task_id: str
    params: frozenset[str]
    rendered: bool | None

    @property
    def path(self) -> str:
        """Its JSON pointer."""
        return self.case.path(*self.place)


def templates(case: Case) -> Iterator[Finding]:
    """Look at every template in the arguments of tasks."""
    parser, known = environment(), dict[str, Usage]()
    common = _names_of(case.dag.get("params"))
    for task_id, task in case.tasks.items():
        row, params = case.row(task), common | _names_of(task.get("params"))
        for key, value in case.arguments(task):
            rendered = None if row is None or row.templated is None else key in row.templated
            for place, text in texts(value):
                if not is_template(text):
                    continue
                if text not in known:
                    known[text] = usage(text, parser)
                site = _Site(case, ("tasks", task_id, key, *place), task_id, params, rendered)
                yield from _judge(site, known[text])


def references(case: Case) -> Iterator[Finding]:
    """Tell texts that the parser would change, because they name an environment variable."""
    for prefix, value in _all_values(case):
        for place, text in texts(value):
            if "$" not in text:
                continue
            names = [braced or plain for braced, plain in _REFERENCE.findall(text)]
            if names:
                hint = "Nothing, if there is no such variable; else write it otherwise, such as {{ params.… }}."
                message = f"the parser replaces {listed(f'${name}' for name in dict.fromkeys(names))} if it is set"
                yield warning(Code.ENVIRONMENT_REFERENCE, case.path(*prefix, *place), message, hint)


def texts(root: Any) -> Iterator[tuple[Place, str]]:
    """Yield every text in a value, but not in keys, with the way to it."""
    waiting: list[tuple[Place, Any]] = [((), root)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, dict):
            waiting += [((*place, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [((*place, number), item) for number, item in enumerate(value)]


def _judge(site: _Site, used: Usage) -> Iterator[Finding]:
    if site.rendered is False:
        hint = "Write the value itself here, or move the template to an argument that is rendered."
        yield warning(Code.NOT_TEMPLATED, site.path, "the operator does not render this argument", hint)
    elif used.refusal:
        tell = error if site.rendered else warning
        hint = "Correct the template; for braces that are no template write {{ '{{' }}."
        yield tell(Code.TEMPLATE_SYNTAX, site.path, f"Jinja refuses the template: {used.refusal}", hint)
    else:
        yield from _names(site, used)
        yield from _params(site, used)
        if used.pulls:
            yield from _pulls(site, used)


def _names(site: _Site, used: Usage) -> Iterator[Finding]:
    known = site.case.around.knowledge.templates
    for name in sorted(used.names - known.variables):
        instead = known.instead.get(name)
        hint = f"Use {instead}." if instead else f"The service offers {listed(sorted(known.variables))}."
        yield warning(Code.UNKNOWN_TEMPLATE_NAME, site.path, f"the service has no variable {shown(name)}", hint)
    for name in sorted(used.macros - known.macros):
        hint = f"The service offers {listed(sorted(known.macros), most=10)}."
        yield warning(Code.UNKNOWN_TEMPLATE_NAME, site.path, f"the service has no macro {shown(name)}", hint)
    for name in sorted(used.filters - known.filters):
        hint = f"Use one of Jinja's own, or {listed(sorted(known.filters))}."
        yield warning(Code.UNKNOWN_TEMPLATE_NAME, site.path, f"there is no filter {shown(name)}", hint)


def _params(site: _Site, used: Usage) -> Iterator[Finding]:
    # Members of every dict, such as `params.get`, are no parameters.
    unknown = sorted(used.params - site.params - _DICT_MEMBERS)
    if unknown:
        hint = "Add it to `params` with a default; a run without it would fail."
        yield warning(Code.UNKNOWN_PARAMETER, site.path, f"`params` has no {listed(unknown)}", hint)


def _pulls(site: _Site, used: Usage) -> Iterator[Finding]:
    for name in sorted(used.pulls):
        if name not in site.case.tasks:
            hint = f"Correct the id; the tasks are {listed(site.case.tasks)}."
            yield warning(Code.XCOM_NOT_UPSTREAM, site.path, f"there is no task {shown(name)} to pull from", hint)
        elif not site.case.circle and name not in site.case.ancestors[site.task_id]:
            hint = f"Add {shown(name)} to the task's `dependencies`."
            yield warning(Code.XCOM_NOT_UPSTREAM, site.path, f"{shown(name)} is not upstream of this task", hint)


def _all_values(case: Case) -> Iterator[tuple[Place, Any]]:
    """Yield what is not dropped: the workflow's own members and the arguments of tasks."""
    dropped = case.around.knowledge.workflow.dropped
    yield from (((key,), value) for key, value in case.dag.items() if key != "tasks" and key not in dropped)
    for task_id, task in case.tasks.items():
        yield from ((("tasks", task_id, key), value) for key, value in _kept(case, task))


def _kept(case: Case, task: Task) -> Iterator[tuple[Any, Any]]:
    yield from case.arguments(task)
    if "params" in task:
        yield "params", task["params"]


def _names_of(params: Any) -> frozenset[str]:
    return frozenset(name for name in params if isinstance(name, str)) if isinstance(params, dict) else frozenset()
