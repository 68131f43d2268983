"""The remote control of the simulated MWAA Serverless, its Python twin, and the service in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.serverless.control import VERBS, ServerlessControl
from tests.support.aws import HOUR, Clock, ask, refused
from tests.support.serverless import create_request as workflow_request
from tests.support.serverless import dag, task
from tests.support.simulatedserverless import simulated_serverless


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock) -> Iterator[SimulatedAws]:
    with simulated_serverless(clock=clock) as running:
        yield running


@pytest.fixture
def client(aws: SimulatedAws) -> Any:
    return aws.client("mwaa-serverless")


def remote(url: str, verb: str, **arguments: Any) -> Any:
    """Use the remote control; returns the answer, or status and text of a mistake."""
    status, _, document = ask(url, "POST", f"/_localcloud/serverless/{verb}", body=arguments)
    return document if status == 200 else (status, document["error"])


def test_every_verb_is_a_method() -> None:
    assert all(callable(getattr(ServerlessControl, verb)) for verb in VERBS)


def test_tasks_are_scripted_from_outside(aws: SimulatedAws, client: Any) -> None:
    text = dag({"a": task(retries=0), "b": task(retries=0)}).decode()
    arn = remote(aws.url, "add", name="etl", definition=text, tags={"team": "data"})["WorkflowArn"]
    serial = remote(aws.url, "script_task", task="a", workflow="etl", message="kaputt", duration=1.0, runs=1)
    remote(aws.url, "script_task", task="b", verdict="succeed", xcom={"return_value": "7"})

    run = client.start_workflow_run(WorkflowArn=arn)["RunId"]
    remote(aws.url, "advance_clock", seconds=HOUR)

    tasks = {item["TaskId"]: item for item in remote(aws.url, "tasks", name="etl", run_id=run)}
    assert (tasks["a"]["Status"], tasks["a"]["ErrorMessage"]) == ("FAILED", "kaputt")
    assert tasks["b"]["Xcom"] == {"return_value": "7"}
    assert serial == 1
    assert [item["RunDetail"]["RunState"] for item in remote(aws.url, "runs", name="etl")] == ["FAILED"]
    remote(aws.url, "clear_scripts")
    client.start_workflow_run(WorkflowArn=arn)
    remote(aws.url, "finish", name="etl")
    assert [item["RunDetail"]["RunState"] for item in remote(aws.url, "runs", name="etl")] == ["FAILED", "SUCCESS"]


def test_runs_are_scripted_and_ended_from_outside(aws: SimulatedAws, client: Any, clock: Clock) -> None:
    remote(aws.url, "add", name="etl")
    remote(aws.url, "script_run", workflow="etl", verdict="hang")
    run = remote(aws.url, "start_run", name="etl", kind="SCHEDULED")
    clock.forward(HOUR)
    assert remote(aws.url, "runs", name="etl")[0]["RunDetail"]["RunState"] == "QUEUED"

    remote(aws.url, "end_run", name="etl", run_id=run, state="TIMEOUT", error="too long")

    (ended,) = remote(aws.url, "runs", name="etl")
    assert (ended["RunType"], ended["RunDetail"]["ErrorMessage"]) == ("SCHEDULED", "too long")


def test_a_task_under_way_is_ended_from_outside(aws: SimulatedAws, clock: Clock) -> None:
    remote(aws.url, "add", name="etl", definition=dag({"a": task(retries=0)}).decode())
    remote(aws.url, "start_run", name="etl")
    clock.forward(60)

    remote(aws.url, "end_task", name="etl", task="a", state="FAILED", message="kaputt")

    assert remote(aws.url, "tasks", name="etl")[0]["ErrorMessage"] == "kaputt"
    assert aws.serverless.wait_for_run("etl", within=5) == "FAILED"


def test_the_python_control_plays_other_people(aws: SimulatedAws, client: Any) -> None:
    arn = client.create_workflow(**workflow_request(Tags={"a": "1"}))["WorkflowArn"]

    version = aws.serverless.drift("one", TriggerMode="disabled")
    assert client.get_workflow(WorkflowArn=arn)["WorkflowVersion"] == version
    assert aws.serverless.versions("one")[-1] == version
    aws.serverless.retag("one", {"b": "2"})
    shown = aws.serverless.workflow("one")
    assert shown is not None
    assert (shown["Tags"], shown["TriggerMode"]) == ({"b": "2"}, "disabled")
    aws.serverless.remove("one")
    assert aws.serverless.wait_for_status("one", "", within=5) == ""
    refused(client.get_workflow, WorkflowArn=arn)
    other = aws.serverless.of("210987654321")
    assert other.add("one")["WorkflowArn"].split(":")[4] == "210987654321"
    assert aws.serverless.names() == []
    assert (aws.serverless.minted("absent"), aws.serverless.runs("absent")) == (0, [])


def test_the_control_sees_through_lags(aws: SimulatedAws, client: Any) -> None:
    aws.serverless.configure(create_invisible=60.0, tags_invisible=60.0)
    client.create_workflow(**workflow_request())

    assert aws.serverless.status("one") == "READY"
    shown = aws.serverless.workflow("one")
    assert shown is not None
    assert shown["Tags"] == {}


def test_settings_are_changed_for_all_accounts(aws: SimulatedAws, client: Any, clock: Clock) -> None:
    remote(aws.url, "configure", workflows=1, delete=0.0, delete_with_runs="refuse")
    arn = client.create_workflow(**workflow_request())["WorkflowArn"]
    refused(client.create_workflow, **workflow_request("two"))
    client.start_workflow_run(WorkflowArn=arn)
    refused(client.delete_workflow, WorkflowArn=arn)
    clock.forward(HOUR)

    client.delete_workflow(WorkflowArn=arn)

    assert aws.serverless.names() == []


def test_a_faster_calendar_moves_the_next_fire(aws: SimulatedAws, clock: Clock) -> None:
    aws.serverless.add("etl", definition=dag(schedule="0 * * * *").decode())
    clock.forward(HOUR)
    assert len(aws.serverless.runs("etl")) == 1

    remote(aws.url, "configure", speed=60)
    clock.forward(120)

    assert len(aws.serverless.runs("etl")) == 3


@pytest.mark.parametrize(
    ("verb", "arguments", "status", "words"),
    [
        ("explode", {}, 404, "explode"),
        ("drift", {"name": "absent"}, 400, "absent"),
        ("status", {"nam": "x"}, 400, "nam"),
        ("configure", {"gravity": 1}, 400, "gravity"),
        ("add", {"name": "x", "definition": "nonsense"}, 400, "mapping"),
        ("finish", {"name": "idle"}, 400, "no run"),
        ("end_run", {"name": "idle", "run_id": "r", "state": "FAILED"}, 400, "no run r"),
    ],
)
def test_mistakes_are_told(aws: SimulatedAws, verb: str, arguments: Any, status: int, words: str) -> None:
    aws.serverless.add("idle")

    answered, text = remote(aws.url, verb, **arguments)

    assert answered == status
    assert words in text


def test_waiting_ends_with_a_reason(aws: SimulatedAws) -> None:
    aws.serverless.add("idle")

    with pytest.raises(TimeoutError, match="idle to become DELETING"):
        aws.serverless.wait_for_status("idle", "DELETING", within=0)
    with pytest.raises(TimeoutError, match="a run of idle"):
        aws.serverless.wait_for_run("idle", within=0)


def test_the_service_runs_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "localcloud.aws", "--mwaa-only", "--time-factor", "100000", "--workflows", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.getcwd()}) as process:
        assert process.stdout is not None
        env = json.loads(process.stdout.readline())
        url = env["AWS_ENDPOINT_URL_MWAA_SERVERLESS"]
        client = boto3.client(
            "mwaa-serverless",
            endpoint_url=url,
            region_name=env["AWS_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )
        arn = client.create_workflow(**workflow_request())["WorkflowArn"]
        client.start_workflow_run(WorkflowArn=arn)
        assert remote(url, "status", name="one") == "READY"
        refused(client.create_workflow, **workflow_request("two"))
        process.send_signal(signal.SIGTERM)

        assert process.wait(20) == 0
