"""The runs of a ServerlessWorkflow: asked for, scheduled, failing, stopped; and what is told of their end.

A run that fails is no fault of the workflow: Ready stays True in all of this.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import World
from tests.support.serverless import EMPTY, PYTHON, ROLE, dag, task
from tests.support.team import Team, condition, message, ready_reason
from tests.support.wait import eventually
from tests.support.watching import Body

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "workflows"
CHAIN = dag({"extract": task(), "load": task("extract")}).decode()
FORGIVING = dag({"extract": task(), "clean": task("extract", operator=EMPTY, trigger_rule="all_done")}).decode()
QUARTERLY = dag(schedule="*/15 * * * *").decode()
"""Every one and a half seconds, as time goes here."""


def test_a_token_starts_one_run_and_its_success_is_told(team: Team) -> None:
    workflow = team.workflow()
    workflow.until_ready()
    workflow.patch(run={"token": "first"})
    intent = workflow.until(lambda body: body["status"].get("operation"), "the intent")
    assert intent["status"]["operation"]["type"] == "StartRun"
    assert intent["status"]["run"]["state"] == "Requested"
    body = workflow.until_run("SUCCESS")
    (made,) = workflow.runs
    last, run = body["status"]["lastRun"], body["status"]["run"]
    assert last["runId"] == run["runId"] == made["RunId"]
    assert (last["type"], last["version"], run["state"]) == ("ON_DEMAND", body["status"]["version"], "SUCCESS")
    assert body["status"]["lastSuccessfulRun"]["runId"] == made["RunId"]
    assert [item["runId"] for item in body["status"]["recentRuns"]] == [made["RunId"]]
    assert condition(body, "LastRunSucceeded")["status"] == "True"
    workflow.patch(run={"token": "second"})
    workflow.until(partial(finished, token="second"), "the second run")
    workflow.patch(run={"token": "first"})
    body = workflow.until(lambda body: body["status"]["run"].get("reason") == "AlreadyRan", "the old token refused")
    assert "Give a new token" in body["status"]["run"]["message"]
    assert len(workflow.runs) == workflow.sent("StartWorkflowRun", code="*") == 2


def test_a_token_given_with_the_object_runs_once_it_is_ready(team: Team) -> None:
    workflow = team.workflow(run={"token": "with-the-object"})
    workflow.until_run("SUCCESS")
    assert workflow.story() == ["False/Creating", "True/Succeeded"]
    assert len(workflow.runs) == 1


@pytest.mark.parametrize("name", ["orders", "cleanup"])
def test_an_example_is_applied_as_it_is_and_runs(team: Team, name: str) -> None:
    text = (EXAMPLES / f"{name}.yaml").read_text().replace("namespace: data", f"namespace: {team.namespace}")
    team.kubectl("apply", "-f", "-", stdin=text.replace(f"role/mwaa-{name}", ROLE.rpartition(":")[2]))
    workflow = team.workflow_handle(name)
    workflow.until_ready()
    team.kubectl("annotate", "slwf", name, "mwaa-operator.io/run-requested-at=now")
    body = workflow.until(partial(finished, token="now"), "the run")
    assert condition(body, "LastRunSucceeded")["status"] == "True"


def test_the_annotation_starts_a_run_too(team: Team) -> None:
    workflow = team.workflow()
    workflow.until_ready()
    for token in ("2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z"):
        workflow.patch({"run-requested-at": token})
        workflow.until(partial(finished, token=token), f"the run for {token}")
    workflow.look()
    assert len(workflow.runs) == 2


def test_parameters_and_version_of_a_run_reach_aws(team: Team) -> None:
    workflow = team.workflow(definition={"yaml": dag(params={"day": "today"}).decode()})
    first = workflow.until_ready()["status"]["version"]
    workflow.patch(definition={"yaml": dag(params={"day": "tomorrow"}).decode()})
    workflow.until_ready()
    workflow.patch(run={"token": "older", "version": first, "parameters": {"day": "2026-11-21"}})
    workflow.until(partial(finished, token="older"), "the run")
    (run,) = workflow.runs
    assert (run["WorkflowVersion"], run["OverrideParameters"]) == (first, {"day": "2026-11-21"})
    workflow.patch(run={"token": "none", "version": "0" * 32, "parameters": None})
    workflow.until(lambda body: body["status"]["run"].get("reason") == "VersionNotFound", "the version to be missed")
    assert len(workflow.runs) == 1


def test_a_failing_task_is_told_with_its_message_and_log_and_the_next_version_runs_green(
    world: World, team: Team
) -> None:
    workflow = team.workflow(definition={"yaml": CHAIN}, run={"token": "one"})
    world.serverless.script_task("extract", workflow=workflow.aws_name, message="NoSuchBucket: some-bucket", runs=1)
    body = workflow.until_run("FAILED")
    assert (condition(body, "Ready")["status"], condition(body, "Ready")["reason"]) == ("True", "Succeeded")
    assert condition(body, "LastRunSucceeded")["reason"] == "TaskFailed"
    assert "NoSuchBucket: some-bucket" in message(body, "LastRunSucceeded")
    (failed,) = body["status"]["lastRun"]["failedTasks"]
    assert (failed["taskId"], failed["attempt"], failed["state"]) == ("extract", 2, "FAILED")
    assert failed["message"] == "NoSuchBucket: some-bucket"
    stream = {"logGroupName": failed["logGroup"], "logStreamName": failed["logStream"]}
    assert world.client("logs").get_log_events(**stream)["events"]
    eventually(lambda: team.events("TaskFailed") and team.events("RunFailed"), within=5, what="the Events")
    for event in (*team.events("TaskFailed"), *team.events("RunFailed")):
        assert event["type"] == "Warning"
        assert failed["logStream"] in event["note"]
    assert failed["logStream"] in team.kubectl("describe", "slwf", workflow.name)
    mended = dag({"extract": task(bucket="orders"), "load": task("extract")}).decode()
    workflow.patch(definition={"yaml": mended}, run={"token": "two"})
    body = workflow.until(partial(finished, token="two"), "the second run")
    assert condition(body, "LastRunSucceeded")["status"] == "True"
    assert [run["WorkflowVersion"] for run in workflow.runs] == body["status"]["ownVersions"]
    assert "failedTasks" not in body["status"]["lastRun"]


@pytest.mark.parametrize(("policy", "reason"), [("AllTasks", "MaskedTaskFailure"), ("RunState", "RunSucceeded")])
def test_a_failure_behind_a_green_run_counts_as_success_policy_says(
    world: World, team: Team, policy: str, reason: str
) -> None:
    workflow = team.workflow(definition={"yaml": FORGIVING}, run={"token": "one"}, successPolicy=policy)
    world.serverless.script_task("extract", workflow=workflow.aws_name, message="partial data")
    body = workflow.until_run("SUCCESS")
    assert condition(body, "LastRunSucceeded")["reason"] == reason
    assert ready_reason(body) == "Succeeded"


FAILURES: dict[str, dict[str, Any]] = {
    "TimedOut": {"verdict": "timeout", "duration": 0.1},
    "RunFailed": {"verdict": "fail", "message": "Workflow execution failed: internal service error"},
    "DefinitionErrorAtRun": {"verdict": "fail", "message": "Invalid argument for S3ListOperator: buckets"},
}


@pytest.mark.parametrize(("reason", "script"), FAILURES.items(), ids=FAILURES.keys())
def test_runs_that_fail_without_a_failed_task_are_told_apart(
    world: World, team: Team, reason: str, script: dict[str, Any]
) -> None:
    workflow = team.workflow(run={"token": "one"})
    world.serverless.script_run(workflow.aws_name, **script)
    body = workflow.until(lambda body: condition(body, "LastRunSucceeded").get("reason") == reason, reason)
    assert condition(body, "Ready")["status"] == "True"


def test_code_that_lacks_a_module_is_told_as_such(world: World, team: Team) -> None:
    team.config_map("code", {"main.py": "def work():\n    return 1\n"})
    tasks = {"only": {"operator": PYTHON, "python_callable": "main.work"}}
    workflow = team.workflow(
        definition={"yaml": dag(tasks).decode()},
        code={"configMapKeyRef": {"name": "code", "key": "main.py"}},
        run={"token": "one"},
    )
    world.serverless.script_task(workflow=workflow.aws_name, message="ModuleNotFoundError: No module named 'pandas'")
    body = workflow.until_run("FAILED")
    assert condition(body, "LastRunSucceeded")["reason"] == "CodePackageError"
    assert len(workflow.uploads()) == 2


def test_scheduled_runs_are_observed_and_triggermode_stops_them(world: World, team: Team) -> None:
    workflow = team.workflow(definition={"yaml": QUARTERLY})
    body = workflow.until_run("SUCCESS")
    assert body["status"]["lastRun"]["type"] == "SCHEDULED"
    assert body["status"]["schedule"] == "*/15 * * * *"
    first = body["status"]["lastRun"]["runId"]
    workflow.until(lambda body: body["status"]["lastRun"]["runId"] != first, "the next scheduled run")
    workflow.patch(triggerMode="Disabled", run={"token": "held"})
    workflow.until_ready()
    state = world.serverless.state(workflow.aws_name)
    assert state is not None
    assert state.next_fire is None
    body = workflow.until(lambda body: body["status"]["run"].get("reason") == "TriggerDisabled", "the token held")
    assert body["status"]["triggerMode"] == "Disabled"
    assert workflow.sent("StartWorkflowRun", code="*") == 0
    workflow.patch(triggerMode="ManualOnly")
    workflow.until(partial(finished, token="held"), "the run that was held")
    assert {run["RunType"] for run in workflow.runs[:-1]} == {"SCHEDULED"}
    assert workflow.minted == 3


def test_stop_ends_the_run_of_its_token_and_starts_none(world: World, team: Team) -> None:
    workflow = team.workflow()
    world.serverless.script_task("only", workflow=workflow.aws_name, verdict="hang")
    workflow.until_ready()
    workflow.patch(run={"token": "endless"})
    workflow.until_run("RUNNING")
    workflow.patch(run={"token": "endless", "stop": True})
    body = workflow.until_run("STOPPED")
    assert condition(body, "LastRunSucceeded")["reason"] == "Stopped"
    assert body["status"]["run"]["state"] == "STOPPED"
    assert ready_reason(body) == "Succeeded"
    workflow.patch(run={"token": "never", "stop": True})
    workflow.until(lambda body: "none was started" in body["status"]["run"].get("message", ""), "the refusal")
    assert (len(workflow.runs), workflow.sent("StopWorkflowRun")) == (1, 1)


@pytest.mark.parametrize("policy", ["Allow", "Forbid", "Replace"])
def test_a_second_run_does_what_concurrency_policy_says_of_the_first(world: World, team: Team, policy: str) -> None:
    workflow = team.workflow(concurrencyPolicy=policy, run={"token": "first"})
    world.serverless.script_run(workflow.aws_name, verdict="hang", runs=1)
    workflow.until(lambda body: body["status"].get("activeRuns") == 1, "the first run")
    workflow.patch(run={"token": "second"})
    if policy == "Forbid":
        # The first keeps its place: else nobody could stop it by its token any more.
        workflow.until(lambda body: body["status"].get("run", {}).get("reason") == "RunPending", "the second to wait")
        assert len(workflow.runs) == 1
        world.serverless.end_run(workflow.aws_name, "SUCCESS")
    workflow.until(partial(finished, token="second"), "the second run")
    first = {"Allow": "QUEUED", "Forbid": "SUCCESS", "Replace": "STOPPED"}[policy]
    assert [run["RunDetail"]["RunState"] for run in workflow.runs] == [first, "SUCCESS"]
    assert workflow.sent("StopWorkflowRun") == (policy == "Replace")


def test_recent_runs_are_bounded(team: Team) -> None:
    workflow = team.workflow(runHistoryLimit=2)
    workflow.until_ready()
    for token in ("one", "two", "three"):
        workflow.patch(run={"token": token})
        body = workflow.until(partial(finished, token=token), f"the run for {token}")
    made = [run["RunId"] for run in workflow.runs]
    assert [item["runId"] for item in body["status"]["recentRuns"]] == made[:0:-1]


def finished(body: Body, token: str) -> bool:
    """Whether status.run is of a token and its run ended well."""
    run = body.get("status", {}).get("run", {})
    return (run.get("token"), run.get("state")) == (token, "SUCCESS")
