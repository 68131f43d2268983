"""What the service's answers show of workflows and versions, as boto3 would return it.

Source: botocore model mwaa-serverless (GetWorkflowResponse, WorkflowSummary, WorkflowVersionSummary). GetWorkflow has
neither Tags nor RevisionId. Runs are `runrender`'s.
"""

from __future__ import annotations

from typing import Any

from localcloud.aws.mwaa.render import timestamp
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.states import Version, Workflow

Answer = dict[str, Any]


def visible(workflow: Workflow, *, now: float, laws: Laws) -> bool:
    """Tell whether reads by ARN know the workflow yet."""
    return now >= workflow.created_at + laws.durations.create_invisible


def listed(workflow: Workflow, *, now: float, laws: Laws) -> bool:
    """Tell whether ListWorkflows shows the workflow yet."""
    return now >= workflow.created_at + laws.durations.list_invisible


def shown_latest(workflow: Workflow, *, now: float, laws: Laws) -> Version:
    """Return the version that reads take for the latest: after an update, for a while, the one before."""
    lag = laws.durations.update_invisible
    known = [item for item in workflow.versions if item.created_at + lag <= now]
    return known[-1] if known else workflow.versions[0]


def workflow_answer(workflow: Workflow, version: Version) -> Answer:
    """Return GetWorkflow's answer for one version."""
    settings = version.settings
    answer: Answer = {
        "WorkflowArn": workflow.arn,
        "WorkflowVersion": version.id,
        "Name": workflow.name,
        "CreatedAt": timestamp(workflow.created_at),
        "ModifiedAt": timestamp(version.created_at),
        "EncryptionConfiguration": dict(workflow.encryption),
        "LoggingConfiguration": {"LogGroupName": settings.log_group or workflow.derived_log_group},
        "EngineVersion": settings.engine_version,
        "WorkflowStatus": str(workflow.status),
        "DefinitionS3Location": settings.definition.shown(),
        "RoleArn": settings.role_arn,
        "TriggerMode": settings.trigger_mode,
        "WorkflowDefinition": version.definition.text,
    }
    if settings.description:
        answer["Description"] = settings.description
    if settings.code is not None:
        answer["Code"] = {"S3Location": settings.code.shown()}
        answer["CodeSnapshottedAt"] = timestamp(version.created_at)
    if settings.network is not None:
        network = settings.network
        answer["NetworkConfiguration"] = {
            "SecurityGroupIds": list(network.security_group_ids),
            "SubnetIds": list(network.subnet_ids),
        }
    if settings.environment is not None:
        answer["Environment"] = {"Variables": dict(settings.environment)}
    return answer | _schedule(version)


def workflow_summary(workflow: Workflow, *, now: float, laws: Laws) -> Answer:
    """Return a member of ListWorkflows."""
    whole = workflow_answer(workflow, shown_latest(workflow, now=now, laws=laws))
    names = (
        "WorkflowArn",
        "WorkflowVersion",
        "Name",
        "Description",
        "CreatedAt",
        "ModifiedAt",
        "WorkflowStatus",
        "TriggerMode",
    )
    return {name: whole[name] for name in names if name in whole}


def version_summary(workflow: Workflow, version: Version, *, latest: bool) -> Answer:
    """Return a member of ListWorkflowVersions."""
    return {
        "WorkflowVersion": version.id,
        "WorkflowArn": workflow.arn,
        "IsLatestVersion": latest,
        "CreatedAt": timestamp(version.created_at),
        "ModifiedAt": timestamp(version.created_at),
        "DefinitionS3Location": version.settings.definition.shown(),
        "TriggerMode": version.settings.trigger_mode,
        **_schedule(version),
    }


def shown_tags(workflow: Workflow) -> dict[str, str]:
    """Return the tags that reads show now."""
    return dict(workflow.stale_tags.tags if workflow.stale_tags else workflow.tags)


def _schedule(version: Version) -> Answer:
    schedule = version.definition.schedule
    return {"ScheduleConfiguration": {"CronExpression": schedule}} if schedule else {}
