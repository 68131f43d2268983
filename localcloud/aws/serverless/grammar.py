"""From the bytes of a definition to a `Definition`, or the refusal with which the service answers create and update.

Source: MWAA Serverless user guide (definition grammar) and dag-factory 1.0, of whose YAML the service takes a stricter
subset. It reads text only: no clock, no network, nothing of it is executed or rendered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from jinja2 import Environment, TemplateSyntaxError

from localcloud.aws.serverless.definition import Definition, Task
from localcloud.aws.serverless.findings import Findings, Malformed
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.members import DAG_ACCEPTED, DAG_IGNORED, DEFAULT_ARGS
from localcloud.aws.serverless.schedules import is_none, problem_of
from localcloud.aws.serverless.taskgrammar import check_settings, is_params, read_task
from localcloud.aws.serverless.typed import bad_types, moment
from localcloud.aws.serverless.yamltext import load, strings

IDENTIFIER = re.compile(r"[A-Za-z0-9_.\-]{1,250}")


def read_definition(content: bytes, *, laws: Laws, now: float) -> Definition:
    """Return what the service makes of a definition.

    Args:
        content: The object's bytes.
        laws: Settings in force.
        now: Epoch seconds of the calendar (a start date may be in the past).

    Raises:
        Malformed: the service refuses it.
    """
    root, findings = load(content), Findings()
    if not isinstance(root, dict) or not root:
        raise Malformed.unreadable("a mapping with one DAG is expected")
    if len(root) != 1:
        findings.problem("DefinitionS3Location", f"Expected a single DAG in the definition, found {len(root)}.")
        raise Malformed.of(findings)
    ((dag_id, body),) = root.items()
    if not isinstance(dag_id, str) or not IDENTIFIER.fullmatch(dag_id):
        findings.problem("dag_id", f"Invalid DAG id: {dag_id}")
    if not isinstance(body, dict):
        findings.problem(str(dag_id), "A DAG has to be a mapping.")
        raise Malformed.of(findings)
    _dag(body, laws, findings)
    tasks = _tasks(body, laws, findings)
    _dates(body, laws, now, findings)
    if findings.problems:
        raise Malformed.of(findings)
    schedule = body.get("schedule")
    return Definition(
        text=content.decode(),
        dag_id=str(dag_id),
        tasks=tasks,
        schedule="" if is_none(schedule) else str(schedule).strip(),
        start=_moment_of(body, "start_date"),
        end=_moment_of(body, "end_date"),
        params=tuple(str(name) for name in body.get("params") or {}),
        warnings=tuple(findings.warnings),
        template_error=_template_error(body["tasks"]),
    )


def _dag(body: Mapping[Any, Any], laws: Laws, findings: Findings) -> None:
    unknown = sorted(str(name) for name in body if name not in DAG_ACCEPTED | DAG_IGNORED)
    if laws.habits.unknown_elements == "refuse" or "task_groups" in unknown or "schedule_interval" in unknown:
        for name in unknown:
            findings.problem(name, f"Unexpected element: {name}")
        unknown = []
    findings.ignored("", [*(str(name) for name in body if name in DAG_IGNORED), *unknown])
    if text := problem_of(body.get("schedule"), eventbridge=laws.habits.eventbridge_schedules):
        findings.problem("schedule", text)
    if not is_params(body.get("params") or {}):
        findings.problem("params", "params must be a mapping of names.")
    for place, text in bad_types({name: value for name, value in body.items() if name != "tasks"}, "dag"):
        findings.problem(place.removeprefix("dag."), text)


def _tasks(body: Mapping[Any, Any], laws: Laws, findings: Findings) -> tuple[Task, ...]:
    defaults, bodies = _default_args(body, laws, findings), body.get("tasks")
    if not isinstance(bodies, dict) or not bodies:
        findings.problem("tasks", "Invalid tasks configuration: tasks has to be a mapping with at least one task.")
        return ()
    found: list[Task] = []
    for task_id, task in bodies.items():
        if not isinstance(task_id, str) or not IDENTIFIER.fullmatch(task_id):
            findings.problem("tasks", f"Invalid task id: {task_id}")
        elif (read := read_task(task_id, task, defaults, laws=laws, findings=findings)) is not None:
            found.append(read)
    _order(found, {str(name) for name in bodies}, findings)
    return tuple(found)


def _default_args(body: Mapping[Any, Any], laws: Laws, findings: Findings) -> Mapping[str, Any]:
    defaults = body.get("default_args") or {}
    if not isinstance(defaults, dict):
        findings.problem("default_args", "default_args must be a mapping.")
        return {}
    for name in sorted(str(name) for name in defaults if name not in DEFAULT_ARGS):
        findings.problem(f"default_args.{name}", f"Key error: {name} is not allowed in default_args.")
    check_settings("default_args", defaults, laws=laws, findings=findings)
    return {} if findings.problems else defaults


def _order(tasks: list[Task], names: set[str], findings: Findings) -> None:
    for task in tasks:
        for unknown in (name for name in task.upstream if name not in names):
            findings.problem(f"tasks.{task.id}.dependencies", f"KeyError: '{unknown}' is not a task of this DAG.")
    try:
        TopologicalSorter({task.id: task.upstream for task in tasks}).prepare()
    except CycleError as problem:
        findings.problem("tasks", f"Cycle detected in DAG: {' -> '.join(problem.args[1])}")


def _dates(body: Mapping[Any, Any], laws: Laws, now: float, findings: Findings) -> None:
    for name in ("start_date", "end_date"):
        if body.get(name) is not None and moment(body[name]) is None:
            findings.problem(name, f"{name} must be a date (YYYY-MM-DD) or a datetime.datetime.")
    start, end = _moment_of(body, "start_date"), _moment_of(body, "end_date")
    if start is not None and end is not None and end < start:
        findings.problem("end_date", "end_date must not be before start_date.")
    if start is not None and start < now and not laws.habits.past_start_date:
        findings.problem("start_date", "start_date must be in the future.")


def _moment_of(body: Mapping[Any, Any], name: str) -> float | None:
    """Return a date of the DAG, or of its default_args."""
    defaults = body.get("default_args")
    value = body.get(name) or (defaults.get(name) if isinstance(defaults, dict) else None)
    return None if value is None else moment(value)


def _template_error(tasks: Mapping[Any, Any]) -> str:
    environment = Environment(autoescape=False)  # noqa: S701  it parses and never renders
    for text in strings(tasks):
        if "{" in text:
            try:
                environment.parse(text)
            except TemplateSyntaxError as problem:
                return problem.message or "invalid template"
            except (RecursionError, ValueError, OverflowError) as problem:
                # Jinja's parser recurses as deep as the text nests, and reads numbers of any length.
                return f"template cannot be parsed: {type(problem).__name__}"
    return ""
