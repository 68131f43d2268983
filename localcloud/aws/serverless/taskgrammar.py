"""One task of a definition: its members judged, and what a run has to know of it.

Source: MWAA Serverless user guide (grammar and quotas: retries, retry delay, task execution time). The DAG around it is
`grammar`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.aws.serverless.definition import Task
from localcloud.aws.serverless.findings import Findings
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.members import TASK_IGNORED, TASK_REFUSED
from localcloud.aws.serverless.operators import REQUIRED, supported
from localcloud.aws.serverless.triggers import RULES
from localcloud.aws.serverless.typed import bad_types, duration, is_number

RETRIES, RETRY_DELAY, EXECUTION = 3, 300.0, 3600.0
"""The most of each: times, seconds, seconds."""
DEFAULT_RETRIES = 1
NEVER_NULL = frozenset({"dependencies", "trigger_rule"})
GRAMMAR = frozenset(
    {"operator", "task_id", "dependencies", "retries", "retry_delay", "execution_timeout", "trigger_rule", "params"}
)
"""Members that are no arguments of the operator."""
WRAPPER = "parameters"
MODES = ("poke", "reschedule")


def read_task(task_id: str, body: Any, defaults: Mapping[str, Any], *, laws: Laws, findings: Findings) -> Task | None:
    """Return a task; None when there is something wrong with it, which is then in `findings`."""
    place, before = f"tasks.{task_id}", len(findings.problems)
    if not isinstance(body, dict):
        findings.problem(place, f"Task {task_id} has to be a mapping.")
        return None
    body = {name: value for name, value in body.items() if value is not None or name in NEVER_NULL}
    _operator(place, body, laws, findings)
    _members(place, task_id, body, findings)
    upstream = _dependencies(place, body, findings)
    settings = {**defaults, **body}
    check_settings(place, body, laws=laws, findings=findings)
    if len(findings.problems) > before:
        return None
    return Task(
        id=task_id,
        operator=body["operator"],
        upstream=upstream,
        trigger_rule=settings.get("trigger_rule", "all_success"),
        retries=settings.get("retries", DEFAULT_RETRIES),
        retry_delay=_seconds(settings.get("retry_delay", RETRY_DELAY)),
        execution_timeout=duration(settings["execution_timeout"]) if "execution_timeout" in settings else None,
        module=_module(body),
        script=_script(body),
        reschedules=body.get("mode") == "reschedule",
    )


def check_settings(place: str, body: Mapping[str, Any], *, laws: Laws, findings: Findings) -> None:
    """Judge what a task and `default_args` have in common."""
    if "retries" in body:
        retries = body["retries"]
        if not isinstance(retries, int) or isinstance(retries, bool) or not 0 <= retries <= RETRIES:
            findings.problem(f"{place}.retries", f"retries must be an integer between 0 and {RETRIES}.")
    if "retry_delay" in body and not _good_delay(body["retry_delay"], laws):
        findings.problem(f"{place}.retry_delay", f"retry_delay must be a duration of at most {RETRY_DELAY:g} seconds.")
    if "execution_timeout" in body:
        seconds = duration(body["execution_timeout"])
        if seconds is None:
            findings.problem(f"{place}.execution_timeout", "execution_timeout must be a datetime.timedelta.")
        elif not 0 < seconds <= EXECUTION:
            findings.problem(f"{place}.execution_timeout", f"execution_timeout must be at most {EXECUTION:g} seconds.")
    if "trigger_rule" in body and (not isinstance(body["trigger_rule"], str) or body["trigger_rule"] not in RULES):
        findings.problem(f"{place}.trigger_rule", f"Invalid trigger rule: {body['trigger_rule']}")


def _operator(place: str, body: Mapping[str, Any], laws: Laws, findings: Findings) -> None:
    operator = body.get("operator")
    if not isinstance(operator, str) or not operator:
        findings.problem(f"{place}.operator", "A task needs an operator.")
    elif not supported(operator, extra=laws.extra_operators, excluded=laws.unsupported_operators):
        findings.problem(f"{place}.operator", f"Operator {operator} is not supported.")
    else:
        name = operator.rpartition(".")[2]
        for missing in (argument for argument in REQUIRED.get(name, ()) if argument not in body):
            findings.problem(f"{place}.{missing}", f"{name}: missing keyword argument '{missing}'")


def _members(place: str, task_id: str, body: Mapping[str, Any], findings: Findings) -> None:
    names = [str(name) for name in body if name in TASK_REFUSED or not isinstance(name, str)]
    if {name for name in body if name not in GRAMMAR} == {WRAPPER}:
        names.append(WRAPPER)
    for name in sorted(names):
        findings.problem(f"{place}.{name}", f"Invalid arguments were passed to task {task_id}: {name}")
    if "params" in body and not is_params(body["params"]):
        findings.problem(f"{place}.params", "params must be a mapping of names.")
    if str(body.get("operator")).endswith("Sensor") and body.get("mode", MODES[0]) not in MODES:
        findings.problem(f"{place}.mode", f"The mode must be one of {', '.join(MODES)}.")
    for where, text in bad_types(body, place):
        findings.problem(where, text)
    findings.ignored(f"Task {task_id}: ", [str(name) for name in body if name in TASK_IGNORED])


def is_params(value: Any) -> bool:
    """Whether this can be `params`."""
    return isinstance(value, dict) and all(isinstance(name, str) for name in value)


def _dependencies(place: str, body: Mapping[str, Any], findings: Findings) -> tuple[str, ...]:
    named = body.get("dependencies", [])
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        findings.problem(f"{place}.dependencies", "dependencies must be a list of task ids.")
        return ()
    return tuple(dict.fromkeys(named))


def _good_delay(value: Any, laws: Laws) -> bool:
    if is_number(value):
        return laws.habits.integer_retry_delay and 0 <= value <= RETRY_DELAY
    seconds = duration(value)
    return seconds is not None and 0 <= seconds <= RETRY_DELAY


def _seconds(value: Any) -> float:
    return float(value) if is_number(value) else duration(value) or 0.0


def _module(body: Mapping[str, Any]) -> str:
    if not str(body.get("operator")).endswith(".PythonOperator"):
        return ""
    return str(body.get("python_callable", "")).partition(".")[0]


def _script(body: Mapping[str, Any]) -> str:
    """Return the file that a Bash command is (MWAA Serverless user guide: `./script.sh`)."""
    words = str(body.get("bash_command", "")).split()
    is_file = str(body.get("operator")).endswith(".BashOperator") and words and words[0].endswith(".sh")
    return words[0].removeprefix("./") if is_file else ""
