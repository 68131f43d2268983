"""What AWS does to workflows on a bad day, and others to one of ours: nothing is lost, and nothing is done twice."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from localcloud.aws.faults import EXPIRED_TOKEN, HTML_502, INTERNAL, THROTTLED, UNAVAILABLE, Error, Rule
from tests.support.cloud import World
from tests.support.serverless import dag, task
from tests.support.team import PREFIX, Team, condition, is_ready, message, ready_reason
from tests.support.wait import eventually
from tests.support.watching import Body

EVERYBODY = "*"
SERVICE = "mwaa-serverless"
SECOND = dag({"only": task(retries=2)}).decode()

FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"error": THROTTLED},
    "internal error": {"error": INTERNAL},
    "unavailable": {"error": UNAVAILABLE},
    "page of a proxy": {"body": HTML_502},
    "expired token": {"error": EXPIRED_TOKEN},
    "connection closed before": {"drop": True},
    "connection closed after": {"when": "after", "drop": True},
    "answer cut after": {"when": "after", "cut": True},
    "internal error after": {"when": "after", "error": INTERNAL},
}
ONCE = ("CreateWorkflow", "UpdateWorkflow", "StartWorkflowRun", "DeleteWorkflow", "TagResource", "ListWorkflowRuns")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_bad_answer_to_any_call_is_survived_and_nothing_is_done_twice(
    world: World, team: Team, fault: dict[str, Any]
) -> None:
    workflow, script = team.workflow_handle(), world.cloud.aws.faults
    for operation in ONCE:
        script.add(Rule(service=SERVICE, operation=operation, resource=workflow.aws_name, **fault))
    script.add(Rule(service=SERVICE, operation="GetWorkflow", resource=workflow.aws_name, skip=2, times=3, **fault))
    script.add(Rule(service="s3", operation="PutObject", resource=f"*/{team.namespace}/*", **fault))
    workflow.create()
    workflow.until_ready()
    workflow.patch(definition={"yaml": SECOND}, tags={"team": "data"})
    workflow.until_ready()
    workflow.patch(run={"token": "one"})
    workflow.until(partial(finished, token="one"), "the run")
    assert [name for name in world.serverless.names() if team.namespace in name] == [workflow.aws_name]
    assert (workflow.minted, len(workflow.runs)) == (2, 1)
    assert workflow.aws["Tags"]["team"] == "data"
    assert workflow.status["ownVersions"] == world.serverless.versions(workflow.aws_name)
    workflow.delete()
    workflow.until_gone()
    assert len(script.rules) == 0
    assert (world.serverless.status(workflow.aws_name), workflow.uploads()) == ("", [])


def test_a_burst_of_throttling_delays_and_changes_nothing_else(world: World, team: Team) -> None:
    workflow = team.workflow()
    workflow.until_ready()
    world.cloud.aws.faults.add(Rule(service=SERVICE, resource=workflow.aws_name, times=10, error=THROTTLED))
    workflow.patch(definition={"yaml": SECOND}, run={"token": "one"})
    workflow.until(partial(finished, token="one"), "the run")
    assert (workflow.minted, len(workflow.runs)) == (2, 1)


@pytest.mark.usefixtures("patient")
def test_eventual_consistency_makes_no_second_workflow_version_or_run(world: World, team: Team) -> None:
    lags = ("create_invisible", "update_invisible", "tags_invisible", "run_invisible")
    world.serverless.configure(**dict.fromkeys(lags, 0.1), list_invisible=0.4)
    workflow = team.workflow(run={"token": "one"}, tags={"team": "data"})
    workflow.until(partial(finished, token="one"), "the first run")
    workflow.patch(definition={"yaml": SECOND}, run={"token": "two"}, tags={"team": "science"})
    workflow.until(partial(finished, token="two"), "the second run")
    workflow.look()
    assert (workflow.minted, len(workflow.runs)) == (2, 2)
    assert [run["WorkflowVersion"] for run in workflow.runs] == world.serverless.versions(workflow.aws_name)
    assert workflow.sent("CreateWorkflow", code="*") == 1


@pytest.mark.parametrize("quiet", [False, True], ids=["seen by a list", "seen by the refusal"])
def test_a_create_whose_answer_is_lost_ends_in_one_workflow_that_is_ours(world: World, team: Team, quiet: bool) -> None:
    if quiet:
        # No list shows it, and AWS has forgotten the token: only the refusal of the name tells.
        world.serverless.configure(list_invisible=3600.0, token=0.001)
    workflow = team.workflow_handle()
    world.cloud.aws.faults.add(
        Rule(service=SERVICE, operation="CreateWorkflow", resource=workflow.aws_name, when="after", drop=True)
    )
    workflow.create()
    body = workflow.until_ready()
    assert workflow.aws["Tags"][f"{PREFIX}/uid"] == body["metadata"]["uid"]
    assert workflow.minted == 1
    assert not any("NotOwned" in word for word in workflow.story())


def test_two_hundred_idle_looks_make_no_version_and_no_run(world: World, team: Team) -> None:
    team.config_map("etl", {"dag.yaml": SECOND})
    specs: list[dict[str, Any]] = [
        {"environment": [{"name": "STAGE", "value": "test"}], "tags": {"team": "data"}},
        {"definition": {"configMapKeyRef": {"name": "etl", "key": "dag.yaml"}}},
        {"definition": {"inline": {"one": {"schedule": None, "tasks": {"only": task()}}}}, "triggerMode": "ManualOnly"},
        {"run": {"token": "one"}, "logging": {"retentionDays": 14}},
    ]
    workflows = [team.workflow(f"etl-{number}", **spec) for number, spec in enumerate(2 * specs)]
    for workflow in workflows:
        workflow.until_ready()
    for workflow in workflows[3::4]:
        workflow.until(partial(finished, token="one"), "the run")
    for workflow in workflows:
        workflow.look()
    before = mutations(world, team)
    for number in range(25):
        for workflow in workflows:
            workflow.patch({"reconcile-requested-at": str(number)})
        for workflow in workflows:
            workflow.until(partial(looked, token=str(number)), "the look to be answered")
    assert [workflow.minted for workflow in workflows] == 8 * [1]
    assert mutations(world, team) == before
    assert all(is_ready(workflow.body) for workflow in workflows)


def test_an_update_of_somebody_else_is_corrected_once(world: World, team: Team) -> None:
    workflow = team.workflow()
    workflow.until_ready()
    world.serverless.drift(workflow.aws_name, TriggerMode="disabled", definition=SECOND)
    eventually(lambda: workflow.minted == 3, within=20, what="the correction")
    corrected = world.serverless.versions(workflow.aws_name)[-1]
    workflow.until(lambda body: is_ready(body) and body["status"]["version"] == corrected, "the correction to be seen")
    for _ in range(5):
        workflow.look()
    assert (workflow.minted, workflow.aws["TriggerMode"]) == (3, "scheduled")
    assert workflow.sent("UpdateWorkflow", code="*") == 1
    eventually(lambda: len(team.events("DriftCorrected")) == 1, within=5, what="the Event")
    strange = world.serverless.versions(workflow.aws_name)[1]
    assert strange not in workflow.status["ownVersions"]


def test_an_update_of_somebody_else_is_only_reported_where_that_is_asked_for(world: World, team: Team) -> None:
    workflow = team.workflow(driftPolicy="Report")
    workflow.until_ready()
    world.serverless.drift(workflow.aws_name, TriggerMode="disabled")
    body = workflow.until_reason("Drifted")
    assert condition(body, "Ready")["status"] == "True"
    assert [item["field"] for item in body["status"]["pendingChanges"]] == ["triggerMode"]
    workflow.look()
    assert workflow.sent("UpdateWorkflow", code="*") == 0
    workflow.patch(driftPolicy="Correct")
    workflow.until_ready()
    assert (workflow.minted, workflow.aws["TriggerMode"]) == (3, "scheduled")


def test_stripped_tags_are_restored_without_a_version(world: World, team: Team) -> None:
    workflow = team.workflow()
    uid = workflow.until_ready()["metadata"]["uid"]
    world.serverless.retag(workflow.aws_name, {})
    eventually(lambda: workflow.aws["Tags"].get(f"{PREFIX}/uid") == uid, within=10, what="the tags")
    workflow.until_ready()
    assert workflow.minted == 1


def test_a_workflow_that_somebody_deleted_is_made_again_and_no_token_runs_again(world: World, team: Team) -> None:
    workflow = team.workflow(run={"token": "one"})
    body = workflow.until(partial(finished, token="one"), "the run")
    old = body["status"]["workflowArn"]
    world.serverless.remove(workflow.aws_name)
    workflow.until(lambda body: is_ready(body) and body["status"]["workflowArn"] != old, "another workflow")
    workflow.look()
    assert workflow.runs == []
    eventually(lambda: team.events("Recreated"), within=5, what="the Event")


def test_a_workflow_that_somebody_made_anew_is_not_ours(world: World, team: Team) -> None:
    workflow = team.workflow()
    workflow.until_ready()
    world.serverless.remove(workflow.aws_name)
    world.serverless.add(workflow.aws_name)
    workflow.until_reason("NotOwned")
    workflow.delete()
    workflow.until_gone()
    assert world.serverless.status(workflow.aws_name) == "READY"
    assert workflow.sent("DeleteWorkflow", code="*") == 0


def test_quotas_are_told_and_their_rise_is_noticed(world: World, team: Team) -> None:
    world.serverless.configure(workflows=len(world.serverless.names()))
    workflow = team.workflow(run={"token": "one"})
    workflow.until_reason("QuotaExceeded")
    world.serverless.configure(workflows=1000, account_runs=0)
    body = workflow.until(lambda body: run_reason(body) == "QuotaExceeded", "the run to wait")
    assert is_ready(body)
    world.serverless.configure(account_runs=1000)
    workflow.until(partial(finished, token="one"), "the run")
    world.serverless.configure(versions=1)
    workflow.patch(definition={"yaml": SECOND})
    body = workflow.until_reason("QuotaExceeded")
    assert body["status"]["version"] == world.serverless.versions(workflow.aws_name)[0]
    world.serverless.configure(versions=50)
    workflow.until_ready()
    assert (workflow.minted, len(workflow.runs)) == (2, 1)


@pytest.mark.parametrize("action", ["airflow-serverless:CreateWorkflow", "airflow-serverless:ListWorkflows"])
def test_a_denied_action_is_named_and_its_grant_is_noticed(world: World, team: Team, action: str) -> None:
    world.moto.deny(EVERYBODY, action)
    workflow = team.workflow()
    body = workflow.until_reason("AccessDenied")
    assert action.partition(":")[2] in message(body)
    assert condition(body, "Ready")["status"] == "False"
    assert world.serverless.status(workflow.aws_name) == ""
    world.moto.allow(EVERYBODY, action)
    workflow.until_ready()
    assert workflow.minted == 1


def test_an_upload_that_is_denied_asks_nothing_of_the_service(world: World, team: Team) -> None:
    world.moto.deny(EVERYBODY, "s3:PutObject")
    workflow = team.workflow()
    assert "PutObject" in message(workflow.until_reason("AccessDenied"))
    assert workflow.sent("CreateWorkflow", code="*") == 0
    world.moto.allow(EVERYBODY, "s3:PutObject")
    workflow.until_ready()


def test_a_run_that_may_not_be_started_waits_and_the_workflow_stays_ready(world: World, team: Team) -> None:
    world.moto.deny(EVERYBODY, "airflow-serverless:StartWorkflowRun")
    workflow = team.workflow(run={"token": "one"})
    body = workflow.until(lambda body: run_reason(body) == "StartFailed", "the refusal")
    assert "StartWorkflowRun" in body["status"]["run"]["message"]
    assert is_ready(body)
    world.moto.allow(EVERYBODY, "airflow-serverless:StartWorkflowRun")
    workflow.until(partial(finished, token="one"), "the run")
    assert len(workflow.runs) == 1


def test_an_update_that_aws_refuses_is_told_and_not_sent_again(world: World, team: Team) -> None:
    workflow = team.workflow()
    first = workflow.until_ready()["status"]["version"]
    refusal = Error(400, "ValidationException", "Invalid definition: the moon is in the wrong phase.")
    world.cloud.aws.faults.add(
        Rule(service=SERVICE, operation="UpdateWorkflow", resource=workflow.aws_name, times=None, error=refusal)
    )
    workflow.patch(definition={"yaml": SECOND})
    body = workflow.until_reason("RejectedByService")
    assert "wrong phase" in message(body)
    assert condition(body, "DefinitionValid")["status"] == "False"
    assert body["status"]["version"] == first
    for _ in range(5):
        workflow.look()
    assert workflow.sent("UpdateWorkflow", code="*") == 1
    world.cloud.aws.faults.clear()
    workflow.patch({"retry-requested-at": "1"})
    workflow.until_ready()
    assert workflow.minted == 2


def test_reads_that_fail_on_a_settled_workflow_do_not_touch_its_readiness_at_first(world: World, team: Team) -> None:
    workflow = team.workflow()
    workflow.until_ready()
    world.cloud.aws.faults.add(Rule(service=SERVICE, times=None, error=UNAVAILABLE))
    body = workflow.until(lambda body: condition(body, "Synced").get("status") == "Unknown", "Synced to be unknown")
    assert condition(body, "Ready")["status"] == "True"
    body = workflow.until_reason("AwsUnavailable")
    assert condition(body, "Ready")["status"] == "False"
    world.cloud.aws.faults.clear()
    workflow.until_ready()
    assert (workflow.minted, workflow.runs) == (1, [])


def test_an_object_that_was_retained_and_applied_again_starts_no_second_run(world: World, team: Team) -> None:
    workflow = team.workflow(deletionPolicy="Retain", run={"token": "one"})
    arn = workflow.until(partial(finished, token="one"), "the run")["status"]["workflowArn"]
    workflow.delete()
    workflow.until_gone()
    workflow.create(run={"token": "one"})
    body = workflow.until_ready()
    assert body["status"]["workflowArn"] == arn
    assert body["status"]["run"]["reason"] == "AlreadyRan"
    workflow.look()
    assert (workflow.minted, len(workflow.runs)) == (1, 1)
    workflow.patch(run={"token": "two"})
    workflow.until(partial(finished, token="two"), "the run for the new token")
    assert len(workflow.runs) == 2


@pytest.mark.parametrize("old", [False, True], ids=["a young run", "an old run"])
def test_a_lost_status_starts_no_second_run(world: World, team: Team, old: bool) -> None:
    if old:
        # The run is older than AWS's memory of client tokens, and than what nobody would have seen.
        world.serverless.advance_clock(-60)
        world.serverless.configure(token=30.0)
    workflow = team.workflow()
    before = workflow.until_ready()["status"]
    workflow.patch(run={"token": "one"})
    workflow.until(partial(finished, token="one"), "the run")
    if old:
        world.serverless.advance_clock(60)
    workflow.forge_status(before)
    body = workflow.until(lambda body: run_reason(body) or finished(body, token="one"), "the token to be answered")
    workflow.look()
    (run,) = workflow.runs
    if old:
        assert body["status"]["run"]["reason"] == "OutcomeUnknown"
    else:
        # AWS knows the client token, and answers with the run that there is.
        assert body["status"]["run"]["runId"] == run["RunId"]
    assert workflow.minted == 1


def test_a_status_restored_from_an_older_object_changes_nothing_in_aws(world: World, team: Team) -> None:
    workflow = team.workflow(deletionPolicy="Retain")
    old = workflow.until_ready()
    workflow.patch(definition={"yaml": SECOND}, run={"token": "one"})
    wanted = workflow.until(partial(finished, token="one"), "the run")["spec"]
    workflow.delete()
    workflow.until_gone()
    workflow.create(**wanted)
    workflow.forge_status(old["status"])
    uid = workflow.body["metadata"]["uid"]
    eventually(lambda: workflow.aws["Tags"][f"{PREFIX}/uid"] == uid, within=10, what="our tag on it")
    workflow.until_ready()
    body = workflow.look()
    assert ready_reason(body) == "Succeeded"
    assert (workflow.minted, len(workflow.runs)) == (2, 1)
    assert workflow.sent("DeleteWorkflow", code="*") == 0


def finished(body: Body, token: str) -> bool:
    """Whether status.run is of a token, its run ended well, and the workflow is as spec says."""
    run = body.get("status", {}).get("run", {})
    return (run.get("token"), run.get("state")) == (token, "SUCCESS") and is_ready(body)


def run_reason(body: Body) -> str:
    return str(body.get("status", {}).get("run", {}).get("reason", ""))


def looked(body: Body, token: str) -> bool:
    return bool(body["status"].get("lastHandledReconcileAt") == token)


def mutations(world: World, team: Team) -> list[str]:
    """Return what AWS was asked to change for a namespace, in order."""
    return [
        f"{entry.call.operation} {entry.call.resource}"
        for entry in world.cloud.aws.ledger.mutations()
        if team.namespace in entry.call.resource
    ]
