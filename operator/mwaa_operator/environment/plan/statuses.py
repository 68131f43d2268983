"""Turns a decision into the complete status that a pass leaves behind.

One place for what every rule would otherwise repeat: AWS's answer mirrored, conditions with their times, annotations
answered. The rules say only what they decide: Ready's word, and what changes beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mwaa_operator.api import verdict
from mwaa_operator.api.conditions import Condition, condition, transition
from mwaa_operator.api.meta import FINALIZER, RECONCILE_REQUESTED_AT, RETRY_REQUESTED_AT
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.api.records import Waiting
from mwaa_operator.environment.actions import AddFinalizer
from mwaa_operator.environment.live import Live
from mwaa_operator.environment.plan.fields import LOG_MODULES
from mwaa_operator.environment.plan.situation import Situation, print_time
from mwaa_operator.environment.reasons import DetailReason, ReadyReason, camel
from mwaa_operator.environment.status import (
    Artifacts,
    Effective,
    LastUpdate,
    MwaaEnvironmentStatus,
    PreflightCheck,
    PreflightStatus,
)

AVAILABLE = "Available"
PREFLIGHT_PASSED = "PreflightPassed"
ARTIFACTS_CURRENT = "ArtifactsCurrent"
ENDPOINTS_REQUIRED = "EndpointsRequired"


Verdict = verdict.Verdict[ReadyReason]
"""What a rule decided; Ready's reason is one of the environment's own."""


def conclude(
    s: Situation,
    decided: Verdict,
    *,
    requeue: float | None = None,
    actions: tuple[Any, ...] = (),
    notices: tuple[Notice, ...] = (),
    intent: MwaaEnvironmentStatus | None = None,
    **changes: Any,
) -> Plan:
    """Return the plan whose closing status says `decided` and carries `changes` to the mirrored status."""
    status = close(s, decided, **changes)
    return Plan(
        status=status.wire(),
        actions=actions,
        intent=None if intent is None else intent.wire(),
        requeue_after=requeue,
        retry=requeue is None and decided.retrying,
        notices=notices,
    )


def close(s: Situation, decided: Verdict, **changes: Any) -> MwaaEnvironmentStatus:
    """Return the whole status that says `decided`: mirrored, changed, conditions set, annotations answered."""
    annotations = s.resource.metadata.annotations
    keep = {"waiting": None, "absent_since": None}
    status = mirror(s).model_copy(update=keep | changes)
    answered = {
        "observed_generation": s.resource.metadata.generation,
        "last_handled_reconcile_at": _token(annotations.get(RECONCILE_REQUESTED_AT)),
        "last_handled_retry_at": _token(annotations.get(RETRY_REQUESTED_AT)),
    }
    conditions = transition(
        previous=s.status.conditions,
        desired=[*verdict.summary(decided), *_details(s, status)],
        generation=s.resource.metadata.generation,
        now=s.now,
    )
    return status.model_copy(update=answered | {"conditions": conditions})


def retained_conditions(s: Situation, *, requeue: float, **changes: Any) -> Plan:
    """Return a plan that keeps every condition as it is and only remembers something; used while a look is doubtful."""
    return Plan(status=mirror(s).model_copy(update=changes).wire(), requeue_after=requeue)


def waiting_for(s: Situation, reason: ReadyReason) -> Waiting:
    """Return status.waiting for `reason`, with its beginning kept if we already wait for it."""
    before = s.status.waiting
    return before if before is not None and before.reason == reason else Waiting(reason=reason, since=print_time(s.now))


def finalizer(s: Situation) -> tuple[AddFinalizer, ...]:
    """Return the action that puts our finalizer on the object, if it is not there yet."""
    return () if FINALIZER in s.resource.metadata.finalizers else (AddFinalizer(),)


def stalled_after(s: Situation, decided: Verdict, *, seconds: float) -> Verdict:
    """Return `decided` as retrying, or as stalled once we have waited `seconds` for its reason."""
    return decided.after(waited=s.waited(decided.reason), patience=seconds)


def mirror(s: Situation) -> MwaaEnvironmentStatus:
    """Return the stored status with AWS's answer copied into it; without an answer of our own environment, as it was.

    What is not ours by tag leaves no trace: a recorded ARN is what proves later that stripped tags were ours.
    """
    live = s.live
    if live is None or not (live.uid == s.resource.metadata.uid or _only_observed(s)):
        return s.status
    members = live.members
    first = s.status.first_available_time or (print_time(s.now) if live.state == "AVAILABLE" else None)
    return s.status.model_copy(
        update={
            "arn": live.arn or s.status.arn,
            "state": live.state,
            "webserver_url": members.get("WebserverUrl"),
            "airflow_version": members.get("AirflowVersion"),
            "created_at": _printed(live.created_at),
            "first_available_time": first,
            "service_role_arn": members.get("ServiceRoleArn"),
            "celery_executor_queue": members.get("CeleryExecutorQueue"),
            "database_vpc_endpoint_service": members.get("DatabaseVpcEndpointService"),
            "webserver_vpc_endpoint_service": members.get("WebserverVpcEndpointService"),
            "last_update": _last_update(live),
            "effective": _effective(members),
        }
    )


def _only_observed(s: Situation) -> bool:
    return s.spec.management_policy == "Observe" and FINALIZER not in s.resource.metadata.finalizers


def preflight_status(s: Situation, digest: str) -> PreflightStatus | None:
    """Return status.preflight for the checks that were made in this pass, or what it was."""
    if s.observed.preflight is None:
        return s.status.preflight
    checks = [
        PreflightCheck(name=item.name, result=item.result, severity=item.severity, message=item.message or None)
        for item in s.observed.preflight
    ]
    return PreflightStatus(hash=digest, checks=checks)


def _details(s: Situation, status: MwaaEnvironmentStatus) -> list[Condition]:
    found = [_available(status)]
    if status.preflight is not None and status.preflight.checks:
        found.append(_preflight(status.preflight))
    if status.artifacts is not None and (current := _artifacts(status.artifacts)) is not None:
        found.append(current)
    if status.state == "PENDING":
        services = [status.database_vpc_endpoint_service, status.webserver_vpc_endpoint_service]
        text = "Make interface VPC endpoints in both subnets for: " + ", ".join(name for name in services if name)
        found.append(condition(ENDPOINTS_REQUIRED, "True", DetailReason.CUSTOMER_ENDPOINTS, text))
    return found


def _available(status: MwaaEnvironmentStatus) -> Condition:
    state = status.state or ""
    if not state:
        return condition(AVAILABLE, "Unknown", DetailReason.NOT_OBSERVED, "The environment was not seen in AWS yet.")
    serving = Live({"Status": state}).serving
    return condition(AVAILABLE, "True" if serving else "False", camel(state), f"AWS says {state}.")


def _preflight(preflight: PreflightStatus) -> Condition:
    failed = [check for check in preflight.checks if check.result == "Fail"]
    unknown = [check.name for check in preflight.checks if check.result == "Unknown"]
    if failed:
        text = " ".join(f"{check.name}: {check.message}" for check in failed)
        if any(check.severity == "Block" for check in failed):
            return condition(PREFLIGHT_PASSED, "False", DetailReason.CHECKS_FAILED, text)
        return condition(PREFLIGHT_PASSED, "True", DetailReason.WARNINGS, text)
    text = f"Could not be checked: {', '.join(unknown)}." if unknown else "All checks passed."
    return condition(PREFLIGHT_PASSED, "True", DetailReason.SUCCEEDED, text)


def _artifacts(artifacts: Artifacts) -> Condition | None:
    pins = {
        "plugins": artifacts.plugins,
        "requirements": artifacts.requirements,
        "startupScript": artifacts.startup_script,
    }
    named = {name: pin for name, pin in pins.items() if pin is not None}
    if not named:
        return None
    behind = [
        f"{name} uses {pin.version_id}, newest is {pin.latest_version_id}"
        for name, pin in named.items()
        if pin.latest_version_id and pin.version_id != pin.latest_version_id
    ]
    if behind:
        text = "; ".join(behind) + ". Set the version in spec, or artifactPolicy: Follow."
        return condition(ARTIFACTS_CURRENT, "False", DetailReason.NEWER_VERSION, text)
    return condition(ARTIFACTS_CURRENT, "True", DetailReason.SUCCEEDED, "Every artefact is the newest version in S3.")


def _last_update(live: Live) -> LastUpdate | None:
    found = live.last_update
    if not found:
        return None
    error = found.get("Error") or {}
    return LastUpdate(
        status=found.get("Status"),
        created_at=_printed(found.get("CreatedAt")),
        source=found.get("Source"),
        worker_replacement_strategy=found.get("WorkerReplacementStrategy"),
        error_code=error.get("ErrorCode"),
        error_message=error.get("ErrorMessage"),
    )


def _effective(members: Mapping[str, Any]) -> Effective:
    network, logging = members.get("NetworkConfiguration") or {}, members.get("LoggingConfiguration") or {}
    levels = {
        name: str(logging[member].get("LogLevel", "INFO")) if logging[member].get("Enabled") else "Disabled"
        for name, member in LOG_MODULES.items()
        if member in logging
    }
    return Effective(
        airflow_version=members.get("AirflowVersion"),
        environment_class=members.get("EnvironmentClass"),
        min_workers=members.get("MinWorkers"),
        max_workers=members.get("MaxWorkers"),
        schedulers=members.get("Schedulers"),
        min_webservers=members.get("MinWebservers"),
        max_webservers=members.get("MaxWebservers"),
        webserver_access_mode=members.get("WebserverAccessMode"),
        weekly_maintenance_window_start=members.get("WeeklyMaintenanceWindowStart"),
        endpoint_management=members.get("EndpointManagement"),
        kms_key=members.get("KmsKey"),
        execution_role_arn=members.get("ExecutionRoleArn"),
        source_bucket_arn=members.get("SourceBucketArn"),
        dag_s3_path=members.get("DagS3Path"),
        subnet_ids=sorted(network.get("SubnetIds") or []),
        security_group_ids=sorted(network.get("SecurityGroupIds") or []),
        logging_configuration=levels,
    )


def _printed(moment: datetime | None) -> str | None:
    return None if moment is None else print_time(moment)


def _token(value: str | None) -> str | None:
    return None if value is None else value[:256]
