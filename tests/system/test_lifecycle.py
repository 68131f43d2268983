"""The life of an MwaaEnvironment as a user lives it: create, change, upgrade, hold back, adopt, observe, delete."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud.aws.moto.landscape import BUCKET, REQUIREMENTS
from localcloud.controlplane import CommandFailedError
from tests.support.cloud import World
from tests.support.team import PREFIX, Environment, Team, condition, is_ready, message, ready_reason
from tests.support.wait import eventually

FINALIZER = f"{PREFIX}/finalizer"


def test_a_created_environment_becomes_ready_and_tells_what_aws_made(team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    body = environment.until_ready()
    status, aws = body["status"], environment.aws
    assert status["arn"] == aws["Arn"]
    assert (status["state"], status["airflowVersion"]) == ("AVAILABLE", "2.10.3")
    assert status["webserverUrl"] == aws["WebserverUrl"]
    assert status["createdAt"].startswith("20")
    assert status["effective"]["maxWorkers"] == 5
    assert status["effective"]["environmentClass"] == "mw1.small"
    assert {name: condition(body, name)["status"] for name in ("Available", "Synced", "PreflightPassed")} == {
        "Available": "True",
        "Synced": "True",
        "PreflightPassed": "True",
    }
    assert body["metadata"]["finalizers"] == [FINALIZER]
    assert aws["Tags"][f"{PREFIX}/uid"] == body["metadata"]["uid"]
    assert aws["Tags"][f"{PREFIX}/owner"].endswith(f"/{team.namespace}/{environment.name}")
    assert environment.story() == ["False/Creating", "True/Succeeded"]
    assert environment.sent("CreateEnvironment", code="*") == 1
    assert environment.sent("UpdateEnvironment", code="*") == 0


def test_kubectl_shows_what_a_person_wants_to_know(team: Team) -> None:
    environment = team.environment()
    environment.until_ready()
    header, row = team.kubectl("get", "mwaa").splitlines()
    assert header.split() == ["NAME", "READY", "STATE", "VERSION", "CLASS", "REASON", "AGE"]
    assert row.split()[:6] == [environment.name, "True", "AVAILABLE", "2.10.3", "mw1.small", "Succeeded"]
    wide = team.kubectl("get", "mwaa", "-o", "wide").splitlines()[0].split()
    assert wide[-2:] == ["URL", "MESSAGE"]
    eventually(lambda: len(team.events("Ready")) == 1, within=5, what="the event")
    told = team.kubectl("describe", "mwaa", environment.name)
    assert "The environment serves and is as spec says." in told
    assert "Asked AWS for environment" in told
    explained = team.kubectl("explain", "mwaaenvironment.spec.updatePolicy.when")
    assert "approve-changes" in explained
    assert "Default" in explained


def test_an_edit_is_sent_once_and_readiness_follows_it(team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    environment.patch(maxWorkers=7)
    intent = environment.until(lambda body: body["status"].get("operation"), "the intent")
    assert condition(intent, "Ready")["status"] == "Unknown"
    environment.until_reason("Updating")
    body = environment.until_ready()
    assert environment.aws["MaxWorkers"] == body["status"]["effective"]["maxWorkers"] == 7
    assert body["status"]["lastUpdate"]["status"] == "SUCCESS"
    assert body["status"]["lastUpdate"]["workerReplacementStrategy"] == "GRACEFUL"
    assert "operation" not in body["status"]
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_options_reach_aws_and_those_of_a_secret_leave_only_a_hash_behind(team: Team) -> None:
    first, second = team.canary(), team.canary()
    team.secret("smtp", password=first)
    source = {"name": "smtp.smtp_password", "valueFrom": {"secretKeyRef": {"name": "smtp", "key": "password"}}}
    environment = team.environment(
        airflowConfigurationOptions={"core.parallelism": "64"}, airflowConfigurationOptionsFrom=[source]
    )
    body = environment.until_ready()
    options = {"core.parallelism": "64", "smtp.smtp_password": first}
    assert environment.aws["AirflowConfigurationOptions"] == options
    assert list(body["status"]["secretHashes"]["hashes"]) == ["smtp.smtp_password"]
    team.secret("smtp", password=second)
    environment.look()
    environment.until_reason("Updating")
    environment.until_ready()
    assert environment.aws["AirflowConfigurationOptions"]["smtp.smtp_password"] == second
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_a_secret_that_is_missing_is_waited_for(team: Team) -> None:
    source = {"name": "smtp.smtp_password", "valueFrom": {"secretKeyRef": {"name": "late", "key": "password"}}}
    environment = team.environment(airflowConfigurationOptionsFrom=[source])
    body = environment.until_reason("DependencyNotReady")
    assert "there is no Secret late" in message(body)
    assert environment.sent("CreateEnvironment", code="*") == 0
    value = team.canary()
    team.secret("late", password=value)
    environment.until_ready()
    assert environment.aws["AirflowConfigurationOptions"] == {"smtp.smtp_password": value}


def test_logging_and_retention_follow_spec(world: World, team: Team) -> None:
    environment = team.environment(
        loggingConfiguration={"taskLogs": {"enabled": True, "logLevel": "WARNING"}}, logRetentionDays=14
    )
    body = environment.until_ready()
    assert body["status"]["effective"]["loggingConfiguration"]["taskLogs"] == "WARNING"
    group = f"airflow-{environment.name}-Task"
    eventually(lambda: _retention(world, group) == 14, within=10, what="the retention")
    environment.patch(loggingConfiguration={"schedulerLogs": {"enabled": True, "logLevel": "ERROR"}})
    body = environment.until_ready()
    assert body["status"]["effective"]["loggingConfiguration"]["schedulerLogs"] == "ERROR"
    eventually(lambda: _retention(world, f"airflow-{environment.name}-Scheduler") == 14, within=10)


def test_user_tags_are_set_changed_and_removed_and_those_of_others_stay(world: World, team: Team) -> None:
    environment = team.environment(tags={"team": "data", "cost": "1"})
    environment.until_ready()
    arn = environment.aws["Arn"]
    world.cloud.aws.client().tag_resource(ResourceArn=arn, Tags={"scanner": "seen"})
    environment.patch(tags={"team": "science", "cost": None})
    environment.until_ready()
    eventually(lambda: "cost" not in environment.aws["Tags"], within=5)
    tags = {name: value for name, value in environment.aws["Tags"].items() if not name.startswith(PREFIX)}
    assert tags == {"team": "science", "scanner": "seen"}
    assert environment.sent("UpdateEnvironment", code="*") == 0


def test_a_version_upgrade_is_followed_through_its_snapshot(team: Team) -> None:
    environment = team.environment(airflowVersion="2.10.3")
    environment.until_ready()
    environment.patch(airflowVersion="2.11.2")
    environment.until_reason("CreatingSnapshot")
    body = environment.until_ready()
    assert body["status"]["airflowVersion"] == environment.aws["AirflowVersion"] == "2.11.2"
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_pending_names_the_endpoint_services_and_ends_when_the_endpoints_are_there(world: World, team: Team) -> None:
    environment = team.environment(endpointManagement="CUSTOMER")
    body = environment.until_reason("Pending")
    required = condition(body, "EndpointsRequired")
    assert required["status"] == "True"
    assert body["status"]["databaseVpcEndpointService"] in required["message"]
    assert body["status"]["webserverVpcEndpointService"] in required["message"]
    world.mwaa.publish_endpoints(environment.aws_name)
    body = environment.until_ready()
    assert condition(body, "EndpointsRequired") == {}


def test_an_adopted_environment_changes_only_after_approval(world: World, team: Team) -> None:
    found = team.handle(f"adopted-{team.namespace}")
    world.mwaa.add(found.name, MaxWorkers=3, **_as_in_aws())
    environment = team.environment(name=found.name, adoptionPolicy="AdoptExisting", maxWorkers=6)
    body = environment.until_reason("AwaitingApproval")
    assert body["status"]["adopted"] is True
    assert [(item["field"], item["from"], item["to"]) for item in body["status"]["pendingChanges"]] == [
        ("maxWorkers", "3", "6")
    ]
    environment.look()
    assert environment.sent("UpdateEnvironment", code="*") == 0
    environment.patch({"approve-changes": body["status"]["pendingChangesHash"]})
    environment.until_ready()
    assert environment.aws["MaxWorkers"] == 6
    assert environment.sent("CreateEnvironment", code="*") == 0


def test_what_exists_without_an_owner_is_left_alone(world: World, team: Team) -> None:
    found = team.handle(f"foreign-{team.namespace}")
    world.mwaa.add(found.name)
    environment = team.environment(name=found.name, deletionPolicy="Delete")
    body = environment.until_reason("NotOwned")
    assert condition(body, "Stalled")["status"] == "True"
    environment.delete()
    environment.until_gone()
    assert world.mwaa.status(found.name) == "AVAILABLE"
    assert _mutations(world, found) == []


def test_observe_reports_and_writes_nothing(world: World, team: Team) -> None:
    found = team.handle(f"observed-{team.namespace}")
    world.mwaa.add(found.name, MaxWorkers=3, **_as_in_aws())
    environment = team.environment(name=found.name, managementPolicy="Observe", maxWorkers=6)
    body = environment.until_reason("Observe")
    assert condition(body, "Ready")["status"] == "True"
    assert [item["field"] for item in body["status"]["pendingChanges"]] == ["maxWorkers"]
    assert "finalizers" not in body["metadata"]
    environment.delete()
    environment.until_gone()
    assert _mutations(world, found) == []


def test_a_suspended_environment_is_observed_and_changes_when_it_is_resumed(team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    environment.patch(suspend=True, maxWorkers=8)
    body = environment.until_reason("Suspended")
    assert condition(body, "Ready")["status"] == "True"
    environment.look()
    assert environment.sent("UpdateEnvironment", code="*") == 0
    environment.patch(suspend=False)
    environment.until_ready()
    assert environment.aws["MaxWorkers"] == 8


def test_a_requested_look_is_answered(team: Team) -> None:
    environment = team.environment()
    environment.until_ready()
    reads = environment.sent("GetEnvironment")
    environment.look()
    assert environment.sent("GetEnvironment") > reads


def test_drift_is_reported_by_default_and_corrected_on_request(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    world.mwaa.drift(environment.aws_name, MaxWorkers=20)
    body = environment.until_reason("Drifted")
    assert condition(body, "Ready")["status"] == "True"
    assert condition(body, "Synced")["status"] == "False"
    assert environment.sent("UpdateEnvironment", code="*") == 0
    environment.patch(driftPolicy="Correct")
    environment.until_ready()
    assert environment.aws["MaxWorkers"] == 5
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_a_newer_file_shows_and_is_followed_only_where_asked(world: World, team: Team) -> None:
    environment = team.environment(requirementsS3Path=REQUIREMENTS)
    body = environment.until_ready()
    first = environment.aws["RequirementsS3ObjectVersion"]
    assert condition(body, "ArtifactsCurrent")["status"] == "True"
    version = _upload(world, b"newer\n")
    body = environment.until(lambda body: condition(body, "ArtifactsCurrent").get("status") == "False", "a newer file")
    assert is_ready(body)
    assert environment.aws["RequirementsS3ObjectVersion"] == first
    environment.patch(artifactPolicy="Follow")
    environment.until_reason("Updating")
    body = environment.until_ready()
    assert environment.aws["RequirementsS3ObjectVersion"] == version
    assert body["status"]["artifacts"]["requirements"]["versionId"] == version
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_changes_wait_for_the_window(team: Team) -> None:
    far = datetime.now(UTC) + timedelta(hours=12)  # noqa: TID251  the operator judges the window by the wall clock
    window = {"schedule": f"{far.minute} {far.hour} * * *", "duration": "1h"}
    environment = team.environment(maxWorkers=5, updatePolicy={"when": "Window", "window": window})
    environment.until_ready()
    environment.patch(maxWorkers=6)
    body = environment.until_reason("AwaitingWindow")
    assert condition(body, "Ready")["status"] == "True"
    assert environment.sent("UpdateEnvironment", code="*") == 0
    environment.patch(updatePolicy={"window": {"schedule": "* * * * *"}})
    environment.until_ready()
    assert environment.aws["MaxWorkers"] == 6


def test_changes_wait_for_approval_of_exactly_these_changes(team: Team) -> None:
    environment = team.environment(maxWorkers=5, updatePolicy={"when": "Approval"})
    environment.until_ready()
    environment.patch(maxWorkers=6)
    body = environment.until_reason("AwaitingApproval")
    stale = body["status"]["pendingChangesHash"]
    environment.patch({"approve-changes": stale}, maxWorkers=7)
    body = environment.until_reason("AwaitingApproval")
    assert body["status"]["pendingChangesHash"] != stale
    assert environment.sent("UpdateEnvironment", code="*") == 0
    environment.patch({"approve-changes": body["status"]["pendingChangesHash"]})
    environment.until_ready()
    assert environment.aws["MaxWorkers"] == 7


def test_deletion_retains_by_default(world: World, team: Team) -> None:
    environment = team.environment()
    environment.until_ready()
    environment.delete()
    environment.until_gone()
    assert world.mwaa.status(environment.aws_name) == "AVAILABLE"
    assert environment.sent("DeleteEnvironment", code="*") == 0


def test_deletion_takes_the_environment_and_its_log_groups_along(world: World, team: Team) -> None:
    environment = team.environment(deletionPolicy="Delete", deleteLogGroups=True)
    environment.until_ready()
    assert _log_groups(world, environment) == [f"airflow-{environment.name}-Task"]
    environment.delete()
    environment.until_reason("Deleting")
    environment.until_gone()
    assert world.mwaa.status(environment.aws_name) in ("", "DELETED")
    assert _log_groups(world, environment) == []
    assert environment.sent("DeleteEnvironment", code="*") == 1


def test_preflight_holds_a_create_back_until_the_bucket_is_mended(world: World, team: Team) -> None:
    s3, bucket = world.client("s3"), f"plain-{team.namespace}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    s3.put_object(Bucket=bucket, Key="dags/", Body=b"")
    environment = team.environment(sourceBucketArn=f"arn:aws:s3:::{bucket}")
    body = environment.until_reason("PreflightFailed")
    assert condition(body, "PreflightPassed")["status"] == "False"
    assert "ersioning" in message(body)
    assert environment.sent("CreateEnvironment", code="*") == 0
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    environment.until_ready()


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ({"executionRoleArn": "mwaa-execution"}, "spec.executionRoleArn"),
        ({"maxWorkers": 51}, "spec.maxWorkers"),
        ({"minWorkers": 9, "maxWorkers": 3}, "spec.minWorkers"),
        ({"environmentClass": "mw1.huge"}, "spec.environmentClass"),
        ({"dagS3Path": None}, "spec.dagS3Path"),
        ({"updatePolicy": {"when": "Window"}}, "spec.updatePolicy.window"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_bad_input_is_refused_at_apply_and_the_field_is_named(team: Team, spec: dict[str, Any], named: str) -> None:
    manifest = team.handle("bad").manifest(**spec)
    with pytest.raises(CommandFailedError, match=named.replace(".", r"\.")):
        team.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))


def test_an_account_that_is_missing_is_waited_for_and_its_arrival_is_seen_at_once(world: World, team: Team) -> None:
    account = f"late-{team.namespace}"
    environment = team.environment(accountRef={"name": account})
    body = environment.until_reason("DependencyNotReady")
    assert account in message(body)
    assert environment.sent("*", code="*") == 0
    path = world.account(account)
    try:
        environment.until_ready()
        environment.delete()
        environment.until_gone()
    finally:
        world.api.delete(path)
    eventually(lambda: world.api.get(path).status == 404, within=10, what="the account to go with its last user")


def test_an_account_that_refuses_is_a_wall_until_it_admits(world: World, team: Team) -> None:
    account = f"strict-{team.namespace}"
    path = world.account(account, environmentClasses=["mw1.medium"])
    environment = team.environment(accountRef={"name": account}, environmentClass="mw1.small")
    body = environment.until_reason("NotPermitted")
    assert condition(body, "Stalled")["status"] == "True"
    assert "spec.environmentClasses" in message(body)
    assert environment.sent("*", code="*") == 0
    assert world.api.patch(path, {"spec": {"environmentClasses": ["mw1.*"]}}).ok
    environment.until_ready()
    environment.delete()
    environment.until_gone()
    world.api.delete(path)


def test_a_failed_creation_is_made_again_on_request(world: World, team: Team) -> None:
    name = f"retried-{team.namespace}"
    world.mwaa.fail_next_create(name)
    environment = team.environment(name=name)
    body = environment.until_reason("CreateFailed")
    assert condition(body, "Stalled")["status"] == "True"
    environment.look()
    assert environment.sent("CreateEnvironment", code="*") == 1
    environment.patch({"retry-requested-at": "now"})
    environment.until_ready()
    assert (environment.sent("CreateEnvironment"), environment.sent("DeleteEnvironment")) == (2, 1)


def test_two_objects_for_one_environment_the_older_one_has_it(world: World, team: Team) -> None:
    older = team.environment("older")
    older.until_ready()
    younger = team.handle("younger")
    answer = world.api.post(team.path(), younger.manifest(name=older.aws_name))
    assert answer.ok, answer.body
    body = younger.until(lambda body: ready_reason(body) in ("NotOwned", "NameConflict"), "to be refused")
    assert condition(body, "Stalled")["status"] == "True"
    assert is_ready(older.look())


def _as_in_aws() -> dict[str, Any]:
    """Return the members with which somebody else made an environment of the form that tests ask for."""
    from localcloud.aws.moto import landscape

    return {
        "ExecutionRoleArn": f"arn:aws:iam::{landscape.ACCOUNT}:role/{landscape.EXECUTION_ROLE}",
        "SourceBucketArn": f"arn:aws:s3:::{BUCKET}",
        "AirflowVersion": "2.10.3",
        "NetworkConfiguration": {
            "SubnetIds": list(landscape.SUBNET_IDS),
            "SecurityGroupIds": [landscape.SECURITY_GROUP_ID],
        },
    }


def _mutations(world: World, environment: Environment) -> list[str]:
    entries = world.cloud.aws.ledger.mutations("mwaa")
    return [entry.call.operation for entry in entries if entry.call.resource == environment.aws_name]


def _upload(world: World, content: bytes) -> str:
    return str(world.client("s3").put_object(Bucket=BUCKET, Key=REQUIREMENTS, Body=content)["VersionId"])


def _log_groups(world: World, environment: Environment) -> list[str]:
    found = world.client("logs").describe_log_groups(logGroupNamePrefix=f"airflow-{environment.aws_name}-")
    return [group["logGroupName"] for group in found["logGroups"]]


def _retention(world: World, group: str) -> int | None:
    found = world.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    days: int | None = found[0].get("retentionInDays") if found else None
    return days
