"""The largest status of a workflow that AWS, IAM and people can bring about, piece by piece."""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.conditions import Condition
from mwaa_operator.workflow.api import ServerlessWorkflowStatus
from mwaa_operator.workflow.status import ABNORMAL, FORMER_ROLES, HANDLED_TOKENS, MAX_VERSIONS, NORMAL, WATCHED_RUNS

TIME = "2026-11-21T14:52:00.123456Z"
WORKFLOW_ID = "n" * 244 + "-0123456789"
ARN = f"arn:aws:airflow-serverless:ap-southeast-1:123456789012:workflow/{WORKFLOW_ID}"
ROLE = "arn:aws:iam::123456789012:role/" + "p" * 512 + "/" + "r" * 64
RUN_ID = "r" * 64
VERSION = "v" * 32
LOG_GROUP = f"/aws/mwaa-serverless/{WORKFLOW_ID}/"
TASK_ID = 150
"""As long as a task's id may be for its log stream to fit the 512 characters of CloudWatch."""

RUN = {"type": "ON_DEMAND", "state": "STOPPING", "version": VERSION, "startedAt": TIME, "completedAt": TIME}
FILE = {
    "digest": "d" * 64,
    "source": "configMapKeyRef",
    "bucket": "b" * 63,
    "key": "k" * 1024,
    "versionId": "i" * 32,
    "latestVersionId": "j" * 32,
    "latestSeenTime": TIME,
}


def largest(text: str, *, annotation: str = "") -> dict[str, Any]:
    """Return the status as wire JSON.

    Args:
        text: Stands for every character of AWS's and people's texts.
        annotation: Stands for every character of annotations; empty takes `text`.
    """
    annotation = annotation or text
    status = _identity(text) | _sources(text) | _memory(text, annotation) | _runs(text) | _differences(text)
    status |= {"lastHandledReconcileAt": annotation * 256, "lastHandledRetryAt": annotation * 256}
    return ServerlessWorkflowStatus.model_validate(status).wire()


def _identity(text: str) -> dict[str, Any]:
    return {
        "observedGeneration": 2**31,
        "conditions": [_condition(type_, text) for type_ in (*NORMAL, ABNORMAL[0])],
        "workflowArn": ARN,
        "state": "DELETING",
        "createdAt": TIME,
        "adopted": True,
        "absentSince": TIME,
        "schedule": text * 256,
        "triggerMode": "Scheduled",
        "logGroup": LOG_GROUP,
        "logRetentionDays": 3653,
    }


def _condition(type_: str, text: str) -> dict[str, Any]:
    """Return a condition; Reconciling and Stalled are never there together."""
    condition = Condition(
        type=type_,
        status="Unknown",
        observed_generation=2**31,
        last_transition_time="2026-11-21T14:52:00Z",
        reason="LocalValidationFailed",
        message=text * 1024,
    )
    return condition.wire()


def _sources(text: str) -> dict[str, Any]:
    checked = {"checkedDigest": "d" * 64, "errors": 99, "warnings": 99, "serviceWarnings": [text * 256] * 10}
    return {
        "definition": FILE | checked,
        "code": FILE,
        "roleArn": ROLE,
        "managedRole": {"name": "m" * 64, "policyHash": "h" * 24, "absentSince": TIME},
        "formerRoles": ["f" * 64] * FORMER_ROLES,
        "rolesMade": 2**31 - 1,
    }


def _memory(text: str, annotation: str) -> dict[str, Any]:
    failure = {"operation": "Update", "hash": "h" * 12, "code": "c", "message": text * 1024, "retry": annotation * 256}
    return {
        "version": VERSION,
        "versionsUsed": MAX_VERSIONS,
        "ownVersions": [f"{index:032}" for index in range(MAX_VERSIONS)],
        "recentUpdates": [TIME] * 10,
        "operation": {"type": "StartRun", "hash": "h" * 64, "startedAt": TIME, "version": VERSION},
        "lastFailure": failure,
        "handledRunTokens": [f"{index:012}" for index in range(HANDLED_TOKENS)],
        "appliedFields": {f"tags.{index:012}": "h" * 12 for index in range(70)},
        "answeredVersion": VERSION,
        "waiting": {"reason": "DependencyNotReady", "since": TIME},
    }


def _runs(text: str) -> dict[str, Any]:
    asked = {"token": "t" * 128, "runId": RUN_ID, "state": "Requested", "reason": "WorkflowNotReady"}
    stream = f"workflow_id={WORKFLOW_ID}/run_id={RUN_ID}/task_id={'t' * TASK_ID}/attempt=3.log"
    task = {"attempt": 3, "state": "UPSTREAM_FAILED", "message": text * 512}
    task |= {"logGroup": LOG_GROUP, "logStream": stream}
    failed = [task | {"taskId": f"{index:0{TASK_ID}}"} for index in range(10)]
    last = {"runId": RUN_ID, "durationSeconds": 2**31 - 1, "message": text * 512, "failedTasks": failed}
    return {
        "run": asked | {"message": text * 512, "requestedAt": TIME, "startedAt": TIME, "suspectSince": TIME},
        "activeRuns": 20,
        "watchedRuns": [f"{index:016}" for index in range(WATCHED_RUNS)],
        "lastRun": RUN | last,
        "lastSuccessfulRun": {"runId": RUN_ID, "completedAt": TIME},
        "recentRuns": [RUN | {"runId": f"{index:064}"} for index in range(8)],
    }


def _differences(text: str) -> dict[str, Any]:
    change = {"from": text * 256, "to": text * 256, "effect": "NewVersion"}
    return {
        "effective": {
            "roleArn": ROLE,
            "triggerMode": "manual_only",
            "engineVersion": 1,
            "kmsKeyArn": "k" * 128,
            "logGroupName": "g" * 512,
            "subnetIds": [f"subnet-{index:017}" for index in range(16)],
            "securityGroupIds": [f"sg-{index:017}" for index in range(16)],
        },
        "pendingChanges": [change | {"field": f"{index:020}"} for index in range(22)],
        "pendingChangesHash": "h" * 64,
        "pendingSince": TIME,
    }
