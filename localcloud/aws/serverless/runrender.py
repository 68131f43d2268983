"""What the service's answers show of runs and task instances, as boto3 would return it.

Source: botocore model mwaa-serverless; the same thing has different names in lists and gets. Ids of task instances are
`ex_<uuid>_<task>_<attempt>`, with attempt 0 for what was not tried.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from localcloud.aws.mwaa.config import digest
from localcloud.aws.mwaa.render import timestamp
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.runstates import Attempt, Run, TaskRun, TaskState
from localcloud.aws.serverless.states import Workflow

Answer = dict[str, Any]
MESSAGE_LIMIT = 255


class Instance(NamedTuple):
    """A task instance: a task and one of its attempts, None for the placeholder of a task that was not tried."""

    id: str
    task: TaskRun
    attempt: Attempt | None


def instances(run: Run, *, placeholders: bool = False) -> Iterator[Instance]:
    """Return the instances of a run; `placeholders`: also those of tasks that have attempts."""
    for task in run.tasks:
        if placeholders or not task.attempts:
            yield Instance(_id(run, task.id, 0), task, None)
        for attempt in task.attempts:
            yield Instance(_id(run, task.id, attempt.number), task, attempt)


def log_stream(workflow: Workflow, run: Run, task_id: str, attempt: int) -> str:
    """Return the log stream of an attempt (MWAA Serverless user guide, "Monitoring")."""
    return f"workflow_id={workflow.id}/run_id={run.id}/task_id={task_id}/attempt={attempt}.log"


def run_answer(workflow: Workflow, run: Run, laws: Laws) -> Answer:
    """Return GetWorkflowRun's answer."""
    identity = {
        "WorkflowArn": workflow.arn,
        "WorkflowVersion": run.version,
        "RunId": run.id,
        "RunType": run.kind,
    }
    every = laws.habits.placeholders == "all"
    detail: Answer = {
        **identity,
        "RunState": str(run.state),
        "CreatedAt": timestamp(run.created_at),
        "ModifiedAt": timestamp(run.modified_at),
        "TaskInstances": [item.id for item in instances(run, placeholders=every)],
    }
    detail |= _times(StartedOn=run.started_at, CompletedOn=run.ended_at)
    if run.ended_at is not None:
        detail["Duration"] = round(run.ended_at - (run.started_at or run.created_at))
    if run.error:
        detail["ErrorMessage"] = run.error[:MESSAGE_LIMIT]
    overrides = {"OverrideParameters": json.loads(run.overrides)} if run.overrides else {}
    return {**identity, **overrides, "RunDetail": detail}


def run_summary(workflow: Workflow, run: Run) -> Answer:
    """Return a member of ListWorkflowRuns."""
    summary = {"Status": str(run.state), "CreatedOn": timestamp(run.created_at)}
    return {
        "RunId": run.id,
        "WorkflowArn": workflow.arn,
        "WorkflowVersion": run.version,
        "RunType": run.kind,
        "RunDetailSummary": summary | _times(StartedAt=run.started_at, EndedAt=run.ended_at),
    }


def task_summary(workflow: Workflow, run: Run, instance: Instance, laws: Laws) -> Answer:
    """Return a member of ListTaskInstances."""
    attempt, status = instance.attempt, _status(instance, laws)
    answer: Answer = {
        "WorkflowArn": workflow.arn,
        "WorkflowVersion": run.version,
        "RunId": run.id,
        "TaskInstanceId": instance.id,
        "Status": status,
        "OperatorName": run.definition.task(instance.task.id).operator_name,
    }
    if attempt and attempt.started_at is not None and attempt.ended_at is not None:
        answer["DurationInSeconds"] = round(attempt.ended_at - attempt.started_at)
    return answer


def task_answer(workflow: Workflow, run: Run, instance: Instance, laws: Laws) -> Answer:
    """Return GetTaskInstance's answer."""
    task, attempt = instance.task, instance.attempt
    answer = task_summary(workflow, run, instance, laws)
    answer |= {"TaskId": task.id, "AttemptNumber": attempt.number if attempt else 0}
    if attempt is None:
        return answer | _times(ModifiedAt=run.modified_at)
    answer |= _times(StartedAt=attempt.started_at, EndedAt=attempt.ended_at, ModifiedAt=attempt.since)
    if attempt.started_at is not None and not run.definition.task(task.id).is_empty:
        answer["LogStream"] = log_stream(workflow, run, task.id, attempt.number)
    if attempt.ended_at is not None and attempt.verdict is not None:
        if attempt.verdict.message:
            answer["ErrorMessage"] = attempt.verdict.message[:MESSAGE_LIMIT]
        if attempt.verdict.xcom:
            answer["Xcom"] = dict(attempt.verdict.xcom)
    return answer


def _status(instance: Instance, laws: Laws) -> str:
    if instance.attempt is not None:
        return str(instance.attempt.state)
    if instance.task.attempts:
        return str(TaskState.NONE)
    skipped = instance.task.state == TaskState.SKIPPED
    return laws.habits.skipped_as if skipped else str(instance.task.state)


def _id(run: Run, task_id: str, attempt: int) -> str:
    seed = digest("execution", run.id)
    uuid = f"{seed[:8]}-{seed[8:12]}-4{seed[13:16]}-a{seed[17:20]}-{seed[20:32]}"
    return f"ex_{uuid}_{task_id}_{attempt}"


def _times(**times: float | None) -> Answer:
    return {name: timestamp(seconds) for name, seconds in times.items() if seconds is not None}
