"""What the end of a run means: did it do its work, and if not, in which way did it fail, and where to look. Pure.

AWS's word for a run is not enough: a green run can hold a task that failed, and a failed one can have run no task at
all. How a run ended is never a reason to call the workflow itself wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from mwaa_operator.api.conditions import shorten
from mwaa_operator.api.words import counted
from mwaa_operator.workflow.api import SuccessPolicy
from mwaa_operator.workflow.live_runs import Run, Task
from mwaa_operator.workflow.reasons import DetailReason
from mwaa_operator.workflow.status import FailedTask

MAX_FAILED: Final = 10
"""Failed tasks that status shows."""
NAMED = 3
"""Failed tasks that a condition or Event names."""
LONGEST_ERROR = 160

CODE_PROBLEM = re.compile(
    r"ModuleNotFoundError|No module named|BadZipFile|is not a zip file"
    r"|(?:cannot|can't|could not|unable to|failed to) (?:be )?(?:extract|unpack|unzip|import)"
    r"|\bcode (?:package|artifact|archive)\b",
    re.IGNORECASE,
)
"""Texts of Python and of unpacking (CPython: importlib, zipfile); AWS documents none of its own."""
NOT_THE_DEFINITION = re.compile(
    r"workflow execution failed|\bassum(?:e|ed|ing)\b|\brole\b|access ?denied|not authorized|throttl"
    r"|internal (?:service |server )?error",
    re.IGNORECASE,
)
"""Texts of runs that failed before their first task for another reason than the definition."""

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        reason: As LastRunSucceeded carries it.
        failed: Tasks whose last attempt failed, in the order in which they did.
    """

    reason: DetailReason
    failed: tuple[Task, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether it did what successPolicy asks."""
        return self.reason is DetailReason.RUN_SUCCEEDED


def wants_tasks(run: Run, policy: SuccessPolicy) -> bool:
    """Whether the end of a run cannot be judged without a look at its tasks."""
    return run.state in ("FAILED", "TIMEOUT") or (run.state == "SUCCESS" and policy == "AllTasks")


def judge(run: Run, tasks: Sequence[Task], *, policy: SuccessPolicy) -> Outcome:
    """Say how a run ended.

    Args:
        run: It has ended; with AWS's error text where there is one.
        tasks: All its task instances, all attempts; empty where `wants_tasks` says no.
        policy: Whether a task that failed in a green run counts.
    """
    failed = last_failures(tasks)
    match run.state:
        case "SUCCESS" if failed and policy == "AllTasks":
            return Outcome(DetailReason.MASKED_TASK_FAILURE, failed)
        case "SUCCESS":
            return Outcome(DetailReason.RUN_SUCCEEDED)
        case "TIMEOUT":
            return Outcome(DetailReason.TIMED_OUT, failed)
        case "STOPPED":
            return Outcome(DetailReason.STOPPED, failed)
        case _:
            return Outcome(_why(run, tasks, failed), failed)


def last_failures(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Return the tasks that failed in their last attempt, one instance each, those that failed first first."""
    found = [
        task
        for task in tasks
        if task.failed and not task.placeholder and not any(_later_attempt(other, task) for other in tasks)
    ]
    once = {task.task_id or task.instance_id: task for task in found}
    return tuple(sorted(once.values(), key=lambda task: (task.ended_at or _LAST, task.task_id)))


def failed_tasks(outcome: Outcome, log_group: str) -> list[FailedTask]:
    """Return status.lastRun.failedTasks."""
    return [
        FailedTask(
            task_id=(task.task_id or task.instance_id)[:255],
            attempt=task.attempt or None,
            state=task.state[:64],
            message=task.error or None,
            log_group=log_group[:512] or None,
            log_stream=task.log_stream or None,
        )
        for task in outcome.failed[:MAX_FAILED]
    ]


def told(run: Run, outcome: Outcome, log_group: str) -> str:
    """Return how a run ended as a sentence for people, with the first log stream to look at."""
    words = {
        DetailReason.RUN_SUCCEEDED: "succeeded",
        DetailReason.MASKED_TASK_FAILURE: "ended as SUCCESS, but not all of its tasks did",
        DetailReason.TIMED_OUT: "took longer than it may",
        DetailReason.STOPPED: "was stopped",
        DetailReason.DEFINITION_ERROR_AT_RUN: "failed before its first task: the definition could not be read",
        DetailReason.CODE_PACKAGE_ERROR: "failed over its code",
    }
    parts = [f"Run {run.run_id} {words.get(outcome.reason, 'failed')}."]
    if run.error:
        parts.append(_sentence(f"AWS says: {run.error}"))
    parts += [_sentence(f"Task {task.task_id or task.instance_id}{_error(task)}") for task in outcome.failed[:NAMED]]
    if len(outcome.failed) > NAMED:
        parts.append(f"…and {counted(len(outcome.failed) - NAMED, 'more task')}.")
    stream = next((task.log_stream for task in outcome.failed if task.log_stream), "")
    return " ".join([*parts, f"Log: {log_group} {stream}"] if stream else parts)


def _why(run: Run, tasks: Sequence[Task], failed: tuple[Task, ...]) -> DetailReason:
    if CODE_PROBLEM.search(run.error) or (failed and all(CODE_PROBLEM.search(task.error) for task in failed)):
        return DetailReason.CODE_PACKAGE_ERROR
    if failed:
        late = all(task.state == "TIMEOUT" for task in failed)
        return DetailReason.TIMED_OUT if late else DetailReason.TASK_FAILED
    ids = [task.instance_id for task in tasks] + list(run.task_instances)
    tried = any(not Task(instance_id, "").placeholder for instance_id in ids)
    if tried or not run.error or NOT_THE_DEFINITION.search(run.error):
        return DetailReason.RUN_FAILED
    return DetailReason.DEFINITION_ERROR_AT_RUN


def _later_attempt(other: Task, task: Task) -> bool:
    if other.task_id and task.task_id and other.attempt and task.attempt:
        return other.task_id == task.task_id and other.attempt > task.attempt
    # Ids differ in the number at their end only, so that the task's id need not be found in them.
    (stem, _, number), (base, _, count) = other.instance_id.rpartition("_"), task.instance_id.rpartition("_")
    return stem == base and number.isdecimal() and count.isdecimal() and int(number) > int(count)


def _error(task: Task) -> str:
    attempt = f" (attempt {task.attempt})" if task.attempt else ""
    return f"{attempt}: {shorten(task.error, LONGEST_ERROR) or task.state}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "…", "!", "?")) else f"{text}."
