"""Builders of ServerlessWorkflows, of AWS's answers, of runs and of situations, for the planner's tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from mwaa_operator.api.conditions import Condition, transition
from mwaa_operator.api.meta import FINALIZER, OWNER_TAG, UID_TAG
from mwaa_operator.api.timing import Timings
from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.definition.load import load_operators
from mwaa_operator.workflow.live import Live, derived_log_group
from mwaa_operator.workflow.live_runs import Run, Task
from mwaa_operator.workflow.plan.situation import Admission, Observed, Situation, Store

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
REGION = "eu-central-1"
UID = "11111111-2222-3333-4444-555555555555"
CLUSTER = "99999999-0000-0000-0000-000000000000"
ARN = f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/data-etl-0123456789"
LOG_GROUP = derived_log_group(ARN)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/etl"
VERSION = "v" * 32
STORE = Store("definitions")
KNOWLEDGE = load_operators()

DEFINITION = """\
etl:
  schedule: "0 6 * * *"
  tasks:
    list:
      operator: airflow.providers.amazon.aws.operators.s3.S3ListOperator
      bucket: source
"""

SPEC: dict[str, Any] = {"region": REGION, "definition": {"yaml": DEFINITION}, "role": {"arn": ROLE}}

TAGS = {UID_TAG: UID, OWNER_TAG: f"{CLUSTER}/data/etl"}

MEMBERS: dict[str, Any] = {
    "WorkflowArn": ARN,
    "Name": "data-etl",
    "WorkflowVersion": VERSION,
    "WorkflowStatus": "READY",
    "RoleArn": ROLE,
    "TriggerMode": "scheduled",
    "EngineVersion": 1,
    "CreatedAt": NOW - timedelta(days=2),
    "ModifiedAt": NOW - timedelta(days=2),
    "ScheduleConfiguration": {"CronExpression": "0 6 * * *"},
}

ADMITTED = Admission(
    "Admitted", account_id=ACCOUNT, adoption_allowed=True, adoption_clusters=("old-cluster",), store=STORE
)


def body(
    *,
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
    deleting: float | None = None,
    generation: int = 1,
    finalizer: bool = True,
) -> dict[str, Any]:
    """Return the object as the API server sends it; `deleting` says for how many seconds it has been deleted."""
    meta: dict[str, Any] = {
        "name": "etl",
        "namespace": "data",
        "uid": UID,
        "generation": generation,
        "resourceVersion": "7",
        "creationTimestamp": "2026-11-16T12:00:00Z",
        "annotations": dict(annotations or {}),
        "finalizers": [FINALIZER] if finalizer else [],
    }
    if deleting is not None:
        meta["deletionTimestamp"] = (NOW - timedelta(seconds=deleting)).isoformat()
    return {
        "apiVersion": "mwaa-operator.io/v1alpha1",
        "kind": "ServerlessWorkflow",
        "metadata": meta,
        "spec": SPEC | dict(spec or {}),
        "status": {"observedGeneration": -1} | dict(status or {}),
    }


def live(*, tags: Mapping[str, str] | None = None, **members: Any) -> Live:
    """Return AWS's answer: a workflow of ours, READY, with a schedule each morning, changed by `members`."""
    return Live(MEMBERS | members, TAGS if tags is None else dict(tags))


def situation(
    aws: Live | None = None,
    *,
    now: datetime = NOW,
    observed: Mapping[str, Any] | None = None,
    timings: Timings | None = None,
    **object_: Any,
) -> Situation:
    """Return a situation: AWS's answer, the object (see `body`), and further observations."""
    seen: dict[str, Any] = {"cluster_id": CLUSTER, "admission": ADMITTED, "live": aws}
    return Situation(
        resource=ServerlessWorkflow.from_body(body(**object_)),
        observed=Observed(**seen | dict(observed or {})),
        now=now,
        knowledge=KNOWLEDGE,
        timings=timings or Timings(),
    )


def ago(seconds: float, *, now: datetime = NOW) -> datetime:
    """Return the time so many seconds before `now`."""
    return now - timedelta(seconds=seconds)


def run(
    run_id: str = "run1",
    state: str = "RUNNING",
    *,
    made: float = 60.0,
    lasted: float = 30.0,
    type_: str = "ON_DEMAND",
    **members: Any,
) -> Run:
    """Return a run that was made so many seconds before `NOW`; an ended one took `lasted` seconds."""
    began = ago(made)
    times = {"created_at": began, "started_at": began}
    if state in ("SUCCESS", "FAILED", "TIMEOUT", "STOPPED"):
        times["ended_at"] = began + timedelta(seconds=lasted)
    return Run(**{"run_id": run_id, "state": state, "type": type_, "version": VERSION} | times | members)


def task(task_id: str = "load", state: str = "FAILED", *, attempt: int = 1, **members: Any) -> Task:
    """Return a task instance as a look at it alone tells it."""
    given: dict[str, Any] = {
        "instance_id": f"ex_0000-1111_{task_id}_{attempt}",
        "state": state,
        "task_id": task_id,
        "attempt": attempt,
        "log_stream": f"workflow_id=data-etl-0123456789/run_id=run1/task_id={task_id}/attempt={attempt}.log",
    }
    return Task(**given | members)


def with_runs(
    *runs: Run,
    tasks: Mapping[str, Sequence[Task]] | None = None,
    aws: Live | None = None,
    observed: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Situation:
    """Return the situation of a live workflow with these runs, newest first; `tasks` are those that were looked at."""
    looked = {run_id: tuple(found) for run_id, found in (tasks or {}).items()}
    seen = {"runs": runs, "tasks": looked} | dict(observed or {})
    return situation(aws or live(), observed=seen, **changes)


def stored(s: Situation, changes: Mapping[str, Any], conditions: Sequence[Condition] = ()) -> dict[str, Any]:
    """Return the status after these changes were written, to be given to the next situation."""
    found = {item.type: item for item in [*s.status.conditions, *conditions]}
    kept = transition(previous=s.status.conditions, desired=found.values(), generation=1, now=s.now)
    return s.status.model_copy(update={**changes, "conditions": kept}).wire()
