"""The life of one task in a run: attempts, how each ends, and retries. Pure; whether a task may begin is `runs`'.

Source: MWAA Serverless user guide (retries, task execution time); the states of Airflow's task instances.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from localcloud.aws.serverless.definition import Task
from localcloud.aws.serverless.laws import Laws, Script
from localcloud.aws.serverless.runstates import Attempt, Run, TaskRun, TaskState, Verdict

TIMED_OUT = "Task execution timed out"
NO_FILE = "Bash command failed. The command returned a non-zero exit code 127: {script}: No such file or directory"


def begin(task_run: TaskRun, *, at: float, laws: Laws) -> TaskRun:
    """Return the task with its next attempt scheduled."""
    number = len(task_run.attempts) + 1
    attempt = Attempt(number, TaskState.SCHEDULED, since=at, next_at=at + laws.durations.task_scheduled)
    return replace(task_run, attempts=(*task_run.attempts, attempt))


def step(task_run: TaskRun, *, run: Run, at: float, laws: Laws) -> TaskRun:
    """Return the task after what is due at `at` (its `next_at`) has happened."""
    task, attempt = run.definition.task(task_run.id), task_run.attempts[-1]
    if attempt.state == TaskState.SCHEDULED and task.is_empty and not _script(run, task, attempt.number):
        return _settled(task_run, replace(attempt, started_at=at, verdict=Verdict(TaskState.SUCCESS)), at)
    if attempt.state == TaskState.SCHEDULED:
        return _now(task_run, replace(attempt, state=TaskState.QUEUED, next_at=at + laws.durations.task_queued), at)
    if attempt.state == TaskState.QUEUED:
        return _now(task_run, _running(attempt, run=run, task=task, at=at, laws=laws), at)
    if attempt.state == TaskState.UP_FOR_RETRY:
        assert attempt.verdict is not None
        tried = _now(task_run, replace(attempt, state=attempt.verdict.state, next_at=None), at)
        return begin(tried, at=at, laws=laws)
    return _ended(task_run, attempt, task, at=at, laws=laws)


def cancel(task_run: TaskRun, *, at: float) -> TaskRun:
    """Return the task as it is when its run ends before it."""
    if task_run.settled:
        return task_run
    if not task_run.attempts or task_run.attempts[-1].ended_at is not None:
        return replace(task_run, settled=TaskState.CANCELLED)
    attempt = replace(task_run.attempts[-1], verdict=Verdict(TaskState.CANCELLED, "The workflow run was stopped"))
    return _settled(task_run, attempt, at)


def _running(attempt: Attempt, *, run: Run, task: Task, at: float, laws: Laws) -> Attempt:
    verdict, duration = _outcome(run, task, attempt.number, laws)
    state = TaskState.RUNNING
    if task.reschedules and not laws.habits.reschedule_resumes:
        state, verdict, duration = (
            TaskState.UP_FOR_RESCHEDULE,
            Verdict(TaskState.TIMEOUT, TIMED_OUT),
            _limit(task, laws),
        )
    return replace(
        attempt, state=state, started_at=at, verdict=verdict, next_at=None if duration is None else at + duration
    )


def _outcome(run: Run, task: Task, number: int, laws: Laws) -> tuple[Verdict, float | None]:
    """Decide how an attempt will end, and after how many seconds (None: never)."""
    script, limit = _script(run, task, number), _limit(task, laws)
    duration = laws.durations.task if script is None or script.duration is None else script.duration
    if script is not None and script.verdict == "hang":
        return Verdict(TaskState.TIMEOUT, TIMED_OUT), script.duration
    if script is not None and script.verdict == "timeout":
        return Verdict(TaskState.TIMEOUT, script_message(script)), limit if script.duration is None else duration
    if duration > limit:
        return Verdict(TaskState.TIMEOUT, TIMED_OUT), limit
    if script is not None:
        failed = script.verdict == "fail"
        return (
            Verdict(TaskState.FAILED, script.message) if failed else Verdict(TaskState.SUCCESS, "", script.xcom)
        ), duration
    if task.script and (run.modules is None or not {task.script, "*"} & set(run.modules)):
        return Verdict(TaskState.FAILED, NO_FILE.format(script=task.script)), duration
    return Verdict(TaskState.SUCCESS), duration


def script_message(script: Script) -> str:
    """Return what a scripted timeout says: the script's text where it has one of its own."""
    return TIMED_OUT if script.message == Script.message else script.message


def _script(run: Run, task: Task, number: int) -> Script | None:
    for script in run.scripts:
        if script.task and fnmatchcase(task.id, script.task) and script.attempt in (None, number):
            return script
    return None


def _limit(task: Task, laws: Laws) -> float:
    """Return the seconds of the clock that an attempt may take."""
    limit = laws.durations.task_limit
    return limit if task.execution_timeout is None else min(limit, task.execution_timeout / laws.calendar.speed)


def _ended(task_run: TaskRun, attempt: Attempt, task: Task, *, at: float, laws: Laws) -> TaskRun:
    assert attempt.verdict is not None
    if attempt.verdict.state == TaskState.SUCCESS or attempt.number > task.retries:
        return _settled(task_run, attempt, at)
    again = at + task.retry_delay / laws.calendar.speed
    return _now(task_run, replace(attempt, state=TaskState.UP_FOR_RETRY, next_at=again, ended_at=at), at)


def _settled(task_run: TaskRun, attempt: Attempt, at: float) -> TaskRun:
    assert attempt.verdict is not None
    state = attempt.verdict.state
    return replace(
        _now(task_run, replace(attempt, state=state, next_at=None, ended_at=attempt.ended_at or at), at), settled=state
    )


def _now(task_run: TaskRun, attempt: Attempt, at: float) -> TaskRun:
    return replace(task_run, attempts=(*task_run.attempts[:-1], replace(attempt, since=at)))
