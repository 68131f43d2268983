"""Runs and task instances of a workflow as MWAA Serverless tells them. Pure.

Members come from `aws/serverless.py`, which gives list and get one spelling. What a run's end means for the workflow is
not decided here: a green run can hold a task that failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ENDED = frozenset({"SUCCESS", "FAILED", "TIMEOUT", "STOPPED"})
"""Runs that do not change any more (botocore model mwaa-serverless: WorkflowRunStatus); every other word counts as
live, so that a new one is watched and not forgotten."""
STOPPING = "STOPPING"

ON_DEMAND = "ON_DEMAND"
SCHEDULED_RUN = "SCHEDULED"

TASK_ENDED = frozenset({"SUCCESS", "FAILED", "UPSTREAM_FAILED", "CANCELLED", "TIMEOUT", "REMOVED"})
TASK_FAILED = frozenset({"FAILED", "TIMEOUT"})
"""Tasks that failed themselves; UPSTREAM_FAILED ones only follow them."""


@dataclass(frozen=True)
class Run:
    """A run, from a list or a look at it alone, which knows more.

    Attributes:
        run_id: AWS's id.
        state: WorkflowRunStatus; more words may come.
        type: `ON_DEMAND` or `SCHEDULED`.
        version: The workflow's version that it runs.
        seconds: How long it took, where AWS says; only from a look at it alone, like all that follow.
        error: AWS's text, at most 255 characters and cut there.
        task_instances: Ids of the task instances, those of earlier attempts among them.
    """

    run_id: str
    state: str
    type: str
    version: str
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    modified_at: datetime | None = None
    seconds: int | None = None
    error: str = ""
    task_instances: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether it does not change any more."""
        return self.state in ENDED


@dataclass(frozen=True)
class Task:
    """A task instance: one task's attempt in one run; from a list `task_id` and all behind it are empty.

    Attributes:
        instance_id: AWS's id, `ex_<uuid>_<task id>_<attempt>`; never taken apart, because a task's id can hold `_` too.
        state: TaskInstanceStatus; more words may come.
        operator: The operator's name.
        seconds: How long it took, where AWS says.
        task_id: The task's id in the definition.
        attempt: Counted from 1; 0 where AWS does not say.
        error: AWS's text, at most 255 characters and cut there.
        log_stream: The stream in the workflow's log group.
    """

    instance_id: str
    state: str
    operator: str = ""
    seconds: int | None = None
    task_id: str = ""
    attempt: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: str = ""
    log_stream: str = ""

    @property
    def placeholder(self) -> bool:
        """Whether it stands for a task that has not begun: AWS's own dashboard sample leaves out ids that end so."""
        return self.instance_id.endswith("_0")

    @property
    def failed(self) -> bool:
        """Whether the task failed itself."""
        return self.state in TASK_FAILED


def run_of(members: Mapping[str, Any]) -> Run:
    """Return a run from `ServerlessPort.get_run`, `list_runs` or `start_run`."""
    return Run(
        run_id=str(members.get("RunId", "")),
        state=str(members.get("Status", "")),
        type=str(members.get("RunType", "")),
        version=str(members.get("WorkflowVersion", "")),
        created_at=members.get("CreatedAt"),
        started_at=members.get("StartedAt"),
        ended_at=members.get("EndedAt"),
        modified_at=members.get("ModifiedAt"),
        seconds=members.get("DurationInSeconds"),
        error=str(members.get("ErrorMessage") or ""),
        task_instances=tuple(members.get("TaskInstances") or ()),
    )


def task_of(members: Mapping[str, Any]) -> Task:
    """Return a task instance from `ServerlessPort.get_task_instance` or `list_task_instances`."""
    return Task(
        instance_id=str(members.get("TaskInstanceId", "")),
        state=str(members.get("Status", "")),
        operator=str(members.get("OperatorName") or ""),
        seconds=members.get("DurationInSeconds"),
        task_id=str(members.get("TaskId") or ""),
        attempt=int(members.get("AttemptNumber") or 0),
        started_at=members.get("StartedAt"),
        ended_at=members.get("EndedAt"),
        error=str(members.get("ErrorMessage") or ""),
        log_stream=str(members.get("LogStream") or ""),
    )
