"""Reads a workflow's versions, runs and tasks as MWAA Serverless keeps them. Reads only; what they mean is planned.

Lists tell little and single looks tell all, so a task is looked at alone only where it failed for good.
"""

from __future__ import annotations

from typing import Final

from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.workflow.live import Version, version_of
from mwaa_operator.workflow.live_runs import Run, Task, run_of, task_of
from mwaa_operator.workflow.plan.outcomes import last_failures

RUNS: Final = 100
"""Runs that one pass sees: a page of AWS's list."""
FAILURES: Final = 20
"""Failed tasks of a run that are looked at alone; status shows ten."""


def versions_of(scope: AwsScope, arn: str) -> tuple[Version, ...]:
    """Return all versions, the newest first; raises AwsError."""
    return tuple(version_of(members) for members in scope.serverless.list_versions(arn))


def runs_of(scope: AwsScope, arn: str) -> tuple[Run, ...]:
    """Return the newest runs, the newest first; raises AwsError."""
    return tuple(run_of(members) for members in scope.serverless.list_runs(arn, limit=RUNS))


def with_details(scope: AwsScope, arn: str, run_id: str, runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Return the runs with one of them as a look at it alone tells it: with its error; raises AwsError."""
    members = scope.serverless.get_run(arn, run_id)
    if members is None:
        return runs
    found = run_of(members)
    if all(run.run_id != run_id for run in runs):
        return (*runs, found)
    return tuple(found if run.run_id == run_id else run for run in runs)


def tasks_of(scope: AwsScope, arn: str, run_id: str) -> tuple[Task, ...]:
    """Return all task instances of a run; those that failed for good with error and log stream; raises AwsError."""
    listed = [task_of(members) for members in scope.serverless.list_task_instances(arn, run_id)]
    details = {}
    for task in last_failures(listed)[:FAILURES]:
        members = scope.serverless.get_task_instance(arn, run_id, task.instance_id)
        if members is not None:
            details[task.instance_id] = task_of(members)
    return tuple(details.get(task.instance_id, task) for task in listed)
