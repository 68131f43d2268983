"""The state of a run and of its tasks: frozen, hashable, without behaviour. Times are epoch seconds of the clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from localcloud.aws.mwaa.states import Pairs
from localcloud.aws.serverless.definition import Definition
from localcloud.aws.serverless.laws import Script


class RunState(StrEnum):
    """States of a run (botocore model mwaa-serverless: WorkflowRunStatus)."""

    STARTING = "STARTING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


ENDED = frozenset({RunState.SUCCESS, RunState.FAILED, RunState.TIMEOUT, RunState.STOPPED})


class TaskState(StrEnum):
    """States of a task (botocore model mwaa-serverless: TaskInstanceStatus), and SKIPPED, for which it has no word."""

    NONE = "NONE"
    SCHEDULED = "SCHEDULED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DEFERRED = "DEFERRED"
    UP_FOR_RETRY = "UP_FOR_RETRY"
    UP_FOR_RESCHEDULE = "UP_FOR_RESCHEDULE"
    RESTARTING = "RESTARTING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    UPSTREAM_FAILED = "UPSTREAM_FAILED"
    CANCELLED = "CANCELLED"
    TIMEOUT = "TIMEOUT"
    REMOVED = "REMOVED"
    SKIPPED = "SKIPPED"


DONE = frozenset(
    {
        TaskState.SUCCESS,
        TaskState.FAILED,
        TaskState.UPSTREAM_FAILED,
        TaskState.CANCELLED,
        TaskState.TIMEOUT,
        TaskState.SKIPPED,
    }
)


class Verdict(NamedTuple):
    """What an attempt will come to."""

    state: str
    message: str = ""
    xcom: Pairs = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a task.

    Attributes:
        number: From 1.
        state: A TaskState.
        since: When it got this state.
        next_at: When it changes by itself; None when it never does.
        started_at: When it began to run.
        ended_at: When it ended, well or not.
        verdict: How it will end, or has ended; known from the moment it runs.
    """

    number: int
    state: str
    since: float
    next_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One task in a run; `settled` is its final state, "" before."""

    id: str
    attempts: tuple[Attempt, ...] = ()
    settled: str = ""

    @property
    def state(self) -> str:
        """Its state as a whole."""
        if self.settled or not self.attempts:
            return self.settled or TaskState.NONE
        return self.attempts[-1].state

    @property
    def next_at(self) -> float | None:
        """When it changes by itself."""
        return self.attempts[-1].next_at if self.attempts and not self.settled else None


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Attributes:
        id: RunId.
        kind: ON_DEMAND or SCHEDULED.
        version: Id of the workflow's version.
        definition: Of that version; a run outlives it.
        modules: Names at the root of the version's code; None without code.
        code_problem: Why the code cannot be used.
        state: A RunState.
        created_at: When it was asked for.
        modified_at: When its state last changed.
        next_at: When its own state changes by itself, its tasks apart.
        started_at: When it began to run.
        ended_at: When it ended.
        error: ErrorMessage.
        overrides: OverrideParameters as JSON.
        tasks: In the definition's order; empty until it runs.
        scripts: What was scripted when it was made.
    """

    id: str
    kind: str
    version: str
    definition: Definition
    created_at: float
    modified_at: float
    next_at: float | None
    modules: tuple[str, ...] | None = None
    code_problem: str = ""
    state: str = RunState.STARTING
    started_at: float | None = None
    ended_at: float | None = None
    error: str = ""
    overrides: str = ""
    tasks: tuple[TaskRun, ...] = ()
    scripts: tuple[Script, ...] = ()

    def task(self, task_id: str) -> TaskRun:
        """Return a task by id. Raises KeyError."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise KeyError(task_id)
