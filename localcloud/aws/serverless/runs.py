"""The life of a run: its own states, which tasks may begin, and what its tasks make of it. Pure.

Source: botocore model mwaa-serverless (WorkflowRunStatus), MWAA Serverless user guide; a run's end is decided by its
leaves, as Airflow decides it (`DagRun.update_state`), so that a failed task in the middle may go unnoticed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localcloud.aws.serverless.attempts import begin, cancel, script_message, step
from localcloud.aws.serverless.laws import Laws, Script
from localcloud.aws.serverless.runstates import DONE, ENDED, Run, RunState, TaskRun, TaskState
from localcloud.aws.serverless.triggers import decide

EXECUTION_FAILED = "Workflow execution failed"
RUN_TIMED_OUT = "Workflow run timed out"
NO_MODULE = "ModuleNotFoundError: No module named '{module}'"
ANY = "*"
"""Among the names of code in which everything is found."""
BAD = (TaskState.FAILED, TaskState.UPSTREAM_FAILED, TaskState.TIMEOUT)


def next_at(run: Run) -> float | None:
    """Return when something about a run changes by itself; None when nothing does."""
    times = [run.next_at] if run.next_at is not None else []
    if run.state == RunState.RUNNING:
        times += [at for task in run.tasks if (at := task.next_at) is not None]
    return min(times, default=None)


def advance(run: Run, *, at: float, laws: Laws) -> Run:
    """Return the run after all that is due at `at` (its `next_at`) has happened."""
    if run.next_at is not None and run.next_at <= at:
        run = _phase(run, at, laws)
    if run.state != RunState.RUNNING:
        return run
    moved = tuple(
        step(task, run=run, at=at, laws=laws) if task.next_at is not None and task.next_at <= at else task
        for task in run.tasks
    )
    return _concluded(_dispatched(replace(run, tasks=moved), at, laws), at, laws)


def stop(run: Run, *, at: float, laws: Laws) -> Run:
    """Return a live run that somebody stops."""
    if run.state in ENDED or run.state == RunState.STOPPING:
        return run
    return _changed(run, at, state=RunState.STOPPING, next_at=at + laws.durations.stop)


def end(run: Run, state: str, *, at: float, error: str = "") -> Run:
    """Return the run ended; tasks that are under way are cancelled."""
    tasks = tuple(cancel(task, at=at) for task in run.tasks)
    return _changed(run, at, state=state, next_at=None, ended_at=at, error=error, tasks=tasks)


def run_script(run: Run) -> Script | None:
    """Return what is scripted for the run as a whole."""
    return next((script for script in run.scripts if not script.task), None)


def _phase(run: Run, at: float, laws: Laws) -> Run:
    script = run_script(run)
    match run.state:
        case RunState.STARTING:
            hangs = script is not None and script.verdict == "hang"
            return _changed(run, at, state=RunState.QUEUED, next_at=None if hangs else at + laws.durations.run_queued)
        case RunState.QUEUED:
            return _begun(run, script, at, laws)
        case RunState.STOPPING:
            return end(run, RunState.STOPPED, at=at)
        case _:
            return end(run, RunState.TIMEOUT, at=at, error=script_message(script) if script else RUN_TIMED_OUT)


def _begun(run: Run, script: Script | None, at: float, laws: Laws) -> Run:
    """The service reads the definition once more; what it cannot read has no tasks."""
    error = script.message if script is not None and script.verdict == "fail" else _unreadable(run)
    if error:
        return end(replace(run, started_at=at), RunState.FAILED, at=at, error=error)
    times_out = script is not None and script.verdict == "timeout"
    lasts = laws.durations.task if script is None or script.duration is None else script.duration
    tasks = tuple(TaskRun(task.id) for task in run.definition.tasks)
    return _changed(
        run, at, state=RunState.RUNNING, started_at=at, next_at=at + lasts if times_out else None, tasks=tasks
    )


def _unreadable(run: Run) -> str:
    if run.definition.template_error:
        return run.definition.template_error
    if run.code_problem:
        return run.code_problem
    for task in run.definition.tasks:
        if task.module and (run.modules is None or not {task.module, f"{task.module}.py", ANY} & set(run.modules)):
            return NO_MODULE.format(module=task.module)
    return ""


def _dispatched(run: Run, at: float, laws: Laws) -> Run:
    """Let every task begin, or end unrun, whose trigger rule says so; one may decide another."""
    while True:
        states = {task.id: task.state for task in run.tasks}
        tasks = tuple(_decided(run, task, states, at, laws) for task in run.tasks)
        if tasks == run.tasks:
            return run
        run = replace(run, tasks=tasks)


def _decided(run: Run, task: TaskRun, states: dict[str, str], at: float, laws: Laws) -> TaskRun:
    if task.attempts or task.settled:
        return task
    defined = run.definition.task(task.id)
    match decide(defined.trigger_rule, [states[name] for name in defined.upstream]):
        case "wait":
            return task
        case "run":
            return begin(task, at=at, laws=laws)
        case settled:
            return replace(task, settled=TaskState(settled))


def _concluded(run: Run, at: float, laws: Laws) -> Run:
    if any(task.state not in DONE for task in run.tasks):
        return run
    leaves = run.definition.leaves
    ends = [task.state for task in run.tasks if task.id in leaves]
    if not any(state in BAD for state in ends):
        return end(run, RunState.SUCCESS, at=at)
    state = laws.habits.timeout_ends_run_as if TaskState.TIMEOUT in ends else RunState.FAILED
    return end(run, state, at=at, error=EXECUTION_FAILED)


def _changed(run: Run, at: float, **changes: Any) -> Run:
    return replace(run, modified_at=at, **changes)
