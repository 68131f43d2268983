"""The life of a ServerlessWorkflow as a data team lives it: create, mend, change, hold back, adopt, delete.

Its runs are in test_workflow_runs.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from localcloud.aws.moto import landscape
from localcloud.controlplane import CommandFailedError
from tests.support.cloud import World
from tests.support.serverless import ROLE, dag, task
from tests.support.simulatedserverless import BUCKET
from tests.support.team import PREFIX, Team, condition, is_ready, message, ready_reason
from tests.support.wait import eventually

FIRST, SECOND = dag().decode(), dag({"only": task(retries=2)}).decode()
BROKEN = dag({"only": task("nobody")}).decode()


def test_a_created_workflow_becomes_ready_and_tells_what_aws_made(team: Team) -> None:
    workflow = team.workflow(tags={"team": "data"}, description="orders of the day")
    body = workflow.until_ready()
    status, aws = body["status"], workflow.aws
    assert status["workflowArn"] == aws["WorkflowArn"]
    assert (status["state"], status["version"]) == ("READY", aws["WorkflowVersion"])
    assert (status["triggerMode"], status["versionsUsed"]) == ("Scheduled", 1)
    assert status["logGroup"] in workflow.log_groups()
    assert [status["definition"]["key"]] == workflow.uploads()
    assert aws["DefinitionS3Location"]["VersionId"] == status["definition"]["versionId"]
    assert aws["Description"] == "orders of the day"
    assert {name: condition(body, name)["status"] for name in ("Synced", "DefinitionValid", "RoleReady")} == {
        "Synced": "True",
        "DefinitionValid": "True",
        "RoleReady": "True",
    }
    assert condition(body, "LastRunSucceeded")["reason"] == "NoRun"
    assert body["metadata"]["finalizers"] == [f"{PREFIX}/finalizer"]
    assert aws["Tags"][f"{PREFIX}/uid"] == body["metadata"]["uid"]
    assert aws["Tags"][f"{PREFIX}/owner"].endswith(f"/{team.namespace}/{workflow.name}")
    assert aws["Tags"]["team"] == "data"
    assert workflow.story() == ["False/Creating", "True/Succeeded"]
    assert workflow.sent("CreateWorkflow", code="*") == 1
    assert workflow.sent("UpdateWorkflow", code="*") == 0


def test_kubectl_shows_what_a_person_wants_to_know(team: Team) -> None:
    workflow = team.workflow(definition={"yaml": dag(schedule="0 6 * * *").decode()}, run={"token": "first"})
    workflow.until_run("SUCCESS")
    header, row = team.kubectl("get", "slwf").splitlines()
    assert re.split(" {2,}", header) == ["NAME", "READY", "MODE", "SCHEDULE", "LAST RUN", "STATE", "AGE"]
    assert row.split()[:3] == [workflow.name, "True", "Scheduled"]
    assert "0 6 * * *" in row
    assert row.split()[-2] == "SUCCESS"
    wide = team.kubectl("get", "slwf", "-o", "wide").splitlines()[0].split()
    assert wide[-3:] == ["VERSION", "REASON", "MESSAGE"]
    eventually(lambda: len(team.events("RunSucceeded")) == 1, within=5, what="the event")
    told = team.kubectl("describe", "slwf", workflow.name)
    assert "The workflow is in AWS as spec says." in told
    assert f"Workflow {workflow.aws_name} was created in AWS." in told
    assert "Asked AWS for a run for token first." in told
    explained = team.kubectl("explain", "serverlessworkflow.spec.triggerMode")
    assert "Default Scheduled." in " ".join(explained.split())


def test_an_edit_makes_exactly_one_version(team: Team) -> None:
    workflow = team.workflow()
    first = workflow.until_ready()["status"]["version"]
    workflow.patch(definition={"yaml": SECOND})
    intent = workflow.until(lambda body: body["status"].get("operation"), "the intent")
    assert condition(intent, "Ready")["status"] == "Unknown"
    body = workflow.until_ready()
    for _ in range(5):
        workflow.look()
    assert workflow.minted == 2
    assert body["status"]["version"] == workflow.aws["WorkflowVersion"] != first
    assert body["status"]["ownVersions"] == [first, body["status"]["version"]]
    assert "operation" not in body["status"]
    assert [item["note"] for item in team.events("WorkflowUpdated")] == [
        f"Version {body['status']['version']} was made: definition."
    ]


def test_an_invalid_edit_leaves_the_version_before_live_and_can_be_mended(team: Team) -> None:
    workflow = team.workflow(run={"token": "one"})
    workflow.until_run("SUCCESS")
    before = workflow.until_ready()["status"]["version"]
    workflow.patch(definition={"yaml": BROKEN})
    body = workflow.until_reason("DefinitionInvalid")
    assert condition(body, "Stalled")["status"] == "True"
    assert "The version before stays live." in message(body)
    assert "/one/tasks/only/dependencies" in message(body)
    assert condition(body, "DefinitionValid")["reason"] == "LocalValidationFailed"
    assert (body["status"]["version"], workflow.minted) == (before, 1)
    assert condition(body, "LastRunSucceeded")["status"] == "True"
    workflow.look()
    eventually(lambda: [item["type"] for item in team.events("DefinitionInvalid")] == ["Warning"], within=5)
    workflow.patch(definition={"yaml": SECOND})
    workflow.until_ready()
    assert workflow.minted == 2
    assert len(workflow.uploads()) == 2


def test_settings_reach_aws_in_one_version_and_go_again(team: Team) -> None:
    workflow = team.workflow()
    workflow.until_ready()
    workflow.patch(
        description="changed",
        environment=[{"name": "STAGE", "value": "test"}],
        network={"subnetIds": list(landscape.SUBNET_IDS), "securityGroupIds": [landscape.SECURITY_GROUP_ID]},
        triggerMode="ManualOnly",
    )
    body = workflow.until_ready()
    aws = workflow.aws
    assert aws["Environment"] == {"Variables": {"STAGE": "test"}}
    assert aws["NetworkConfiguration"]["SubnetIds"] == list(landscape.SUBNET_IDS)
    assert (aws["TriggerMode"], aws["Description"]) == ("manual_only", "changed")
    assert body["status"]["effective"]["subnetIds"] == sorted(landscape.SUBNET_IDS)
    assert workflow.minted == 2
    workflow.patch(environment=None, triggerMode=None)
    workflow.until_ready()
    assert workflow.aws.get("Environment", {"Variables": {}}) == {"Variables": {}}
    assert workflow.aws["TriggerMode"] == "scheduled"
    assert workflow.minted == 3


def test_user_tags_are_set_changed_and_removed_without_a_version(world: World, team: Team) -> None:
    workflow = team.workflow(tags={"team": "data", "cost": "1"})
    workflow.until_ready()
    world.serverless.retag(workflow.aws_name, {**workflow.aws["Tags"], "scanner": "seen"})
    workflow.patch(tags={"team": "science", "cost": None})
    eventually(lambda: "cost" not in workflow.aws["Tags"], within=5)
    workflow.until_ready()
    tags = {name: value for name, value in workflow.aws["Tags"].items() if not name.startswith(PREFIX)}
    assert tags == {"team": "science", "scanner": "seen"}
    assert workflow.minted == 1


def test_a_labelled_config_map_is_followed_at_once(team: Team) -> None:
    workflow = team.workflow(definition={"configMapKeyRef": {"name": "etl", "key": "dag.yaml"}})
    body = workflow.until_reason("DependencyNotReady")
    assert "there is no ConfigMap etl" in message(body)
    assert workflow.sent("CreateWorkflow", code="*") == 0
    team.config_map("etl", {"dag.yaml": FIRST}, watched=True)
    workflow.until_ready()
    team.config_map("etl", {"dag.yaml": SECOND}, watched=True)
    workflow.until(lambda body: workflow.minted == 2 and is_ready(body), "the second version")


def test_variables_of_a_secret_are_waited_for_and_followed(team: Team) -> None:
    first, second = team.canary(), team.canary()
    variable = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "api", "key": "token"}}}
    workflow = team.workflow(environment=[variable])
    assert "there is no Secret api" in message(workflow.until_reason("DependencyNotReady"))
    team.secret("api", token=first)
    workflow.until_ready()
    assert workflow.aws["Environment"] == {"Variables": {"TOKEN": first}}
    team.secret("api", token=second)
    workflow.look()
    eventually(lambda: workflow.aws["Environment"] == {"Variables": {"TOKEN": second}}, within=10)
    workflow.until_ready()
    assert workflow.minted == 2


def test_a_role_that_cannot_be_assumed_is_told_with_the_statement_and_its_mending_is_noticed(
    world: World, team: Team
) -> None:
    iam, name = world.client("iam"), f"untrusted-{team.namespace}"
    nobody = {"Version": "2012-10-17", "Statement": []}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(nobody))
    workflow = team.workflow(role={"arn": ROLE.replace("workflow", name)})
    body = workflow.until_reason("RoleNotAssumable")
    told = message(body, "RoleReady")
    statement = json.loads(told[told.index("{") : told.rindex("}") + 1])
    assert workflow.sent("CreateWorkflow", code="*") == 0
    mended = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=mended)
    body = workflow.until_ready()
    assert condition(body, "RoleReady")["reason"] == "LogPermissionMissing"
    told = message(body, "RoleReady")
    statement = json.loads(told[told.index("{") : told.rindex("}") + 1])
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=policy)
    workflow.until(lambda body: condition(body, "RoleReady")["reason"] != "LogPermissionMissing", "the grant noticed")


def test_old_versions_go_and_those_of_others_stay(world: World, team: Team) -> None:
    workflow = team.workflow(versionHistoryLimit=2, driftPolicy="Report")
    first = workflow.until_ready()["status"]["version"]
    strange = world.serverless.drift(workflow.aws_name, TriggerMode="disabled")
    workflow.until_reason("Drifted")
    for number in range(3):
        workflow.patch(description=f"edit {number}")
        workflow.until_ready()
    eventually(lambda: len(workflow.status["ownVersions"]) == 2, within=10, what="two versions of ours")
    kept = world.serverless.versions(workflow.aws_name)
    assert kept == [strange, *workflow.status["ownVersions"]]
    assert first not in kept
    assert workflow.status["version"] == kept[-1]


def test_an_adopted_workflow_changes_only_after_approval(world: World, team: Team) -> None:
    workflow = team.workflow_handle()
    world.serverless.add(workflow.aws_name)
    workflow.create(adoptionPolicy="AdoptExisting")
    body = workflow.until_reason("AwaitingApproval")
    assert body["status"]["adopted"] is True
    assert "definition" in [item["field"] for item in body["status"]["pendingChanges"]]
    workflow.look()
    assert workflow.minted == 1
    workflow.patch({"approve-changes": body["status"]["pendingChangesHash"]})
    workflow.until_ready()
    assert workflow.minted == 2
    assert workflow.sent("CreateWorkflow", code="*") == 0


def test_what_exists_without_an_owner_is_left_alone(world: World, team: Team) -> None:
    workflow = team.workflow_handle()
    world.serverless.add(workflow.aws_name)
    workflow.create()
    body = workflow.until_reason("NotOwned")
    assert condition(body, "Stalled")["status"] == "True"
    workflow.delete()
    workflow.until_gone()
    assert world.serverless.status(workflow.aws_name) == "READY"
    assert mutations(world, workflow.aws_name) == []


def test_observe_reports_workflow_and_runs_and_writes_nothing(world: World, team: Team) -> None:
    workflow = team.workflow_handle()
    world.serverless.add(workflow.aws_name)
    workflow.create(managementPolicy="Observe", definition=None, role=None, triggerMode="ManualOnly")
    body = workflow.until_reason("Observe")
    assert condition(body, "Ready")["status"] == "True"
    assert [item["field"] for item in body["status"]["pendingChanges"]] == ["triggerMode"]
    assert "finalizers" not in body["metadata"]
    world.serverless.start_run(workflow.aws_name)
    workflow.until_run("SUCCESS")
    workflow.delete()
    workflow.until_gone()
    assert mutations(world, workflow.aws_name) == []


def test_a_suspended_workflow_is_observed_says_that_its_schedule_goes_on_and_changes_when_it_is_resumed(
    world: World, team: Team
) -> None:
    workflow = team.workflow()
    workflow.until_ready()
    workflow.patch(suspend=True, description="later")
    body = workflow.until_reason("Suspended")
    assert condition(body, "Ready")["status"] == "True"
    assert "schedule in AWS goes on" in message(body)
    world.serverless.start_run(workflow.aws_name, kind="SCHEDULED")
    workflow.until_run("SUCCESS")
    workflow.patch(run={"token": "held"})
    body = workflow.until(lambda body: body["status"].get("run", {}).get("reason") == "Suspended", "the run held")
    assert (workflow.minted, workflow.sent("StartWorkflowRun", code="*")) == (1, 0)
    workflow.patch(suspend=False)
    workflow.until_ready()
    assert workflow.aws["Description"] == "later"
    workflow.until(lambda body: body["status"]["run"].get("state") == "SUCCESS", "the run that was held")
    assert workflow.minted == 2


def test_deletion_stops_a_live_run_and_leaves_nothing_behind(world: World, team: Team) -> None:
    workflow = team.workflow(deleteLogGroup=True, definition={"yaml": FIRST})
    workflow.until_ready()
    workflow.patch(definition={"yaml": SECOND})
    workflow.until_ready()
    world.serverless.script_run(workflow.aws_name, verdict="hang")
    workflow.patch(run={"token": "endless"})
    workflow.until(lambda body: body["status"].get("activeRuns") == 1, "the live run")
    assert (len(workflow.uploads()), len(workflow.log_groups())) == (2, 1)
    workflow.delete()
    body = workflow.until_reason("Deleting")
    assert "1 run is stopped" in message(body)
    workflow.until_gone()
    assert workflow.sent("StopWorkflowRun", code="*") == 1
    assert workflow.sent("DeleteWorkflow") == 1
    assert world.serverless.status(workflow.aws_name) == ""
    assert (workflow.uploads(), workflow.log_groups()) == ([], [])


def test_deletion_retains_where_it_is_asked_to(world: World, team: Team) -> None:
    workflow = team.workflow(deletionPolicy="Retain")
    workflow.until_ready()
    before = mutations(world, workflow.aws_name)
    workflow.delete()
    workflow.until_gone()
    assert world.serverless.status(workflow.aws_name) == "READY"
    assert len(workflow.uploads()) == 1
    assert mutations(world, workflow.aws_name) == before


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ({"definition": None}, "spec.definition"),
        ({"definition": {"yaml": FIRST, "inline": {"one": {}}}}, "definition must have exactly one"),
        ({"role": {"arn": ROLE, "managed": {}}}, "role must have exactly one"),
        ({"triggerMode": "scheduled"}, "spec.triggerMode"),
        ({"schedule": "@daily"}, "spec.schedule"),
        ({"environment": [{"name": "AWS_REGION", "value": "x"}]}, "environment[].name must"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_bad_input_is_refused_at_apply_and_the_field_is_named(team: Team, spec: dict[str, Any], named: str) -> None:
    manifest = team.workflow_handle("bad").manifest(**spec)
    with pytest.raises(CommandFailedError) as refusal:
        team.kubectl("apply", "-f", "-", "--validate=strict", stdin=json.dumps(manifest))
    assert named in str(refusal.value)


def test_an_account_that_is_missing_or_keeps_no_store_is_waited_for(world: World, team: Team) -> None:
    account = f"late-{team.namespace}"
    workflow = team.workflow(accountRef={"name": account})
    assert account in message(workflow.until_reason("DependencyNotReady"))
    path = world.account(account, definitionStore=None)
    try:
        workflow.until(lambda body: "definitionStore" in message(body), "the missing store to be named")
        assert workflow.sent("CreateWorkflow", code="*") == 0
        world.api.patch(path, {"spec": {"definitionStore": {"bucket": BUCKET}}})
        workflow.until_ready()
        workflow.delete()
        workflow.until_gone()
    finally:
        world.api.delete(path)
    eventually(lambda: world.api.get(path).status == 404, within=10, what="the account to go with its last user")


def test_two_objects_of_one_name_do_not_share_a_workflow(team: Team) -> None:
    older = team.workflow("older")
    older.until_ready()
    younger = team.workflow("younger", name=older.aws_name)
    body = younger.until(lambda body: ready_reason(body) in ("NotOwned", "NameConflict"), "to be refused")
    assert condition(body, "Stalled")["status"] == "True"
    assert is_ready(older.look())


def mutations(world: World, name: str) -> list[str]:
    """Return what AWS was asked to change of a workflow, in order."""
    entries = world.cloud.aws.ledger.mutations("mwaa-serverless")
    return [entry.call.operation for entry in entries if entry.call.resource == name]
