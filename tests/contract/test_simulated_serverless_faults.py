"""Scripted faults, throttling, lags and the ledger of the simulated MWAA Serverless, as clients see them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import INTERNAL, THROTTLED, Error, Rule
from tests.support.aws import Clock, error_of, refused
from tests.support.serverless import create_request as workflow_request
from tests.support.simulatedserverless import simulated_serverless

SERVICE = "mwaa-serverless"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock) -> Iterator[SimulatedAws]:
    with simulated_serverless(clock=clock) as running:
        yield running


@pytest.fixture
def client(aws: SimulatedAws) -> Any:
    return aws.client(SERVICE)


def a_workflow(client: Any) -> str:
    return str(client.create_workflow(**workflow_request())["WorkflowArn"])


@pytest.mark.parametrize("error", [THROTTLED, INTERNAL, Error(418, "Odd", "hm", 7.0)], ids=lambda error: error.code)
@pytest.mark.parametrize(("when", "happened"), [("before", False), ("instead", False), ("after", True)])
def test_an_error_replaces_the_answer_with_or_without_the_effect(
    aws: SimulatedAws, client: Any, error: Error, when: Any, happened: bool
) -> None:
    aws.faults.add(Rule(service=SERVICE, operation="CreateWorkflow", resource="one", when=when, error=error))

    code, status, answer = error_of(refused(client.create_workflow, **workflow_request()))

    assert (code, status, answer["Error"]["Message"]) == (error.code, error.status, error.message)
    assert aws.serverless.names() == (["one"] if happened else [])
    assert aws.ledger.count(service=SERVICE, operation="CreateWorkflow", resource="one", code=error.code) == 1


def test_a_lost_answer_to_a_create_is_repeated_with_its_token(aws: SimulatedAws, client: Any) -> None:
    aws.faults.add(Rule(operation="CreateWorkflow", when="after", drop=True))
    request = workflow_request(ClientToken="token")
    with pytest.raises(ConnectionClosedError):
        client.create_workflow(**request)

    answer = client.create_workflow(**request)

    state = aws.serverless.state("one")
    assert state is not None
    assert (answer["WorkflowArn"], answer["WorkflowVersion"]) == (state.arn, state.latest.id)


def test_a_lost_answer_without_a_token_is_found_by_the_conflict(aws: SimulatedAws, client: Any) -> None:
    aws.faults.add(Rule(operation="CreateWorkflow", when="after", cut=True))
    half = client.create_workflow(**workflow_request())
    assert "WorkflowArn" not in half, "botocore takes half an answer for one without members"

    _, _, answer = error_of(refused(client.create_workflow, **workflow_request()))

    state = aws.serverless.state("one")
    assert state is not None
    assert answer["ResourceId"] == state.id


def test_a_lost_answer_to_an_update_has_made_its_version(aws: SimulatedAws, client: Any) -> None:
    arn = a_workflow(client)
    aws.faults.add(Rule(operation="UpdateWorkflow", resource="one", when="after", drop=True))
    changes = {"RoleArn": workflow_request()["RoleArn"], "DefinitionS3Location": {"Bucket": "b", "ObjectKey": "k"}}

    with pytest.raises(ConnectionClosedError):
        client.update_workflow(WorkflowArn=arn, **changes)

    assert aws.serverless.minted("one") == 2


def test_a_lost_answer_to_a_start_is_repeated_with_its_token(aws: SimulatedAws, client: Any) -> None:
    arn = a_workflow(client)
    aws.faults.add(Rule(operation="StartWorkflowRun", when="after", drop=True))
    with pytest.raises(ConnectionClosedError):
        client.start_workflow_run(WorkflowArn=arn, ClientToken="run")

    run = client.start_workflow_run(WorkflowArn=arn, ClientToken="run")["RunId"]

    assert [item["RunId"] for item in client.list_workflow_runs(WorkflowArn=arn)["WorkflowRuns"]] == [run]


def test_a_call_is_held_until_it_is_released(aws: SimulatedAws, client: Any) -> None:
    aws.faults.add(Rule(service=SERVICE, operation="CreateWorkflow", when="after", hold="here"))
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(client.create_workflow, **workflow_request())

        assert aws.faults.wait_held("here", 10).resource == "one"
        assert aws.serverless.names() == ["one"]
        aws.faults.release("here")

        assert making.result(10)["WorkflowStatus"] == "READY"


def test_faults_of_one_service_leave_the_other_alone(aws: SimulatedAws, client: Any) -> None:
    aws.faults.add(Rule(service="mwaa", error=INTERNAL, times=None))

    assert client.list_workflows()["Workflows"] == []
    refused(aws.client().list_environments)


def test_too_many_calls_are_throttled_with_the_models_members(aws: SimulatedAws, client: Any) -> None:
    aws.conduct.set(rate=0.001, burst=2.0)

    client.list_workflows()
    client.list_workflows()
    code, status, answer = error_of(refused(client.list_workflows))

    assert (code, status) == ("ThrottlingException", 400)
    assert {"ServiceCode", "QuotaCode"} <= set(answer)
    assert aws.client().list_environments()["Environments"] == []


def test_reads_lag_as_configured(aws: SimulatedAws, client: Any, clock: Clock) -> None:
    aws.serverless.configure(create_invisible=5.0, run_invisible=5.0)
    arn = a_workflow(client)

    assert error_of(refused(client.get_workflow, WorkflowArn=arn))[0] == "ResourceNotFoundException"
    clock.forward(5)
    run = client.start_workflow_run(WorkflowArn=arn)["RunId"]
    refused(client.get_workflow_run, WorkflowArn=arn, RunId=run)
    clock.forward(5)
    assert client.get_workflow_run(WorkflowArn=arn, RunId=run)["RunId"] == run


def test_parallel_creates_of_one_name_make_one_workflow(aws: SimulatedAws) -> None:
    clients = [aws.client(SERVICE) for _ in range(8)]

    def create(client: Any) -> str:
        try:
            return str(client.create_workflow(**workflow_request())["WorkflowArn"])
        except client.exceptions.ConflictException:
            return ""

    with ThreadPoolExecutor(8) as pool:
        made = [arn for arn in pool.map(create, clients) if arn]

    assert len(made) == 1
    assert aws.ledger.count(operation="CreateWorkflow", code="ConflictException") == 7
