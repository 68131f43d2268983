"""Builders of MwaaEnvironments, of AWS's answers and of situations, for the planner's tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mwaa_operator.api.meta import FINALIZER, OWNER_TAG, UID_TAG
from mwaa_operator.api.plan import Plan
from mwaa_operator.api.timing import Timings
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.environment.live import Live
from mwaa_operator.environment.load import load_knowledge
from mwaa_operator.environment.plan.situation import Admission, Observed, Situation

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
REGION = "eu-central-1"
UID = "11111111-2222-3333-4444-555555555555"
CLUSTER = "99999999-0000-0000-0000-000000000000"
ARN = f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/etl"
KNOWLEDGE = load_knowledge()

SPEC: dict[str, Any] = {
    "region": REGION,
    "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/mwaa-execution",
    "sourceBucketArn": "arn:aws:s3:::airflow-artifacts",
    "dagS3Path": "dags",
    "networkConfiguration": {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]},
}

MEMBERS: dict[str, Any] = {
    "Name": "etl",
    "Arn": ARN,
    "Status": "AVAILABLE",
    "CreatedAt": NOW - timedelta(days=2),
    "ExecutionRoleArn": SPEC["executionRoleArn"],
    "SourceBucketArn": SPEC["sourceBucketArn"],
    "DagS3Path": "dags/",
    "NetworkConfiguration": {"SubnetIds": ["subnet-2", "subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "AirflowVersion": "2.10.3",
    "EnvironmentClass": "mw1.small",
    "MinWorkers": 1,
    "MaxWorkers": 10,
    "Schedulers": 2,
    "MinWebservers": 2,
    "MaxWebservers": 2,
    "WebserverAccessMode": "PRIVATE_ONLY",
    "WeeklyMaintenanceWindowStart": "SUN:03:30",
    "EndpointManagement": "SERVICE",
    "LoggingConfiguration": {
        "TaskLogs": {"Enabled": True, "LogLevel": "INFO", "CloudWatchLogGroupArn": "arn:aws:logs:::task"},
        "SchedulerLogs": {"Enabled": False, "LogLevel": "INFO"},
    },
    "Tags": {UID_TAG: UID, OWNER_TAG: f"{CLUSTER}/data/etl"},
}

ADMITTED = Admission("Admitted", account_id=ACCOUNT, adoption_allowed=True, adoption_clusters=("old-cluster",))


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
        "kind": "MwaaEnvironment",
        "metadata": meta,
        "spec": SPEC | dict(spec or {}),
        "status": {"observedGeneration": -1} | dict(status or {}),
    }


def live(**members: Any) -> Live:
    """Return AWS's answer: an available environment of ours with AWS's defaults, changed by `members`."""
    return Live(MEMBERS | members)


def situation(
    aws: Live | None = None,
    *,
    now: datetime = NOW,
    observed: Mapping[str, Any] | None = None,
    **object_: Any,
) -> Situation:
    """Return a situation: AWS's answer, the object (see `body`), and further observations."""
    seen: dict[str, Any] = {"cluster_id": CLUSTER, "admission": ADMITTED, "live": aws, "preflight": (), "artifacts": {}}
    return Situation(
        resource=MwaaEnvironment.from_body(body(**object_)),
        observed=Observed(**seen | {"options": ()} | dict(observed or {})),
        now=now,
        timings=Timings(),
        knowledge=KNOWLEDGE,
    )


def word(plan: Plan, type_: str = "Ready") -> tuple[str, str] | None:
    """Return (status, reason) of a condition of a plan's closing status, or None."""
    found = [item for item in plan.status.get("conditions", []) if item["type"] == type_]
    return (found[0]["status"], found[0]["reason"]) if found else None


def message(plan: Plan, type_: str = "Ready") -> str:
    """Return the message of a condition of a plan's closing status."""
    return str(next(item["message"] for item in plan.status["conditions"] if item["type"] == type_))


def actions(plan: Plan) -> list[str]:
    """Return the names of a plan's actions."""
    return [type(action).__name__ for action in plan.actions]


def after(plan: Plan) -> dict[str, Any]:
    """Return the status that a plan leaves behind, to be given to the next situation."""
    return dict(plan.status)
