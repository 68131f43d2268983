"""Every operation of the simulated MWAA Serverless through an unmodified boto3 over HTTP, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localcloud.aws.cloud import SimulatedAws
from tests.support.aws import ACCOUNT, HOUR, REGION, Clock, ask, create_request, error_of, refused
from tests.support.serverless import ROLE, dag, task
from tests.support.serverless import create_request as workflow_request
from tests.support.simulatedserverless import Shelf, simulated_serverless

OTHER_ACCOUNT = "210987654321"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def aws(clock: Clock, shelf: Shelf) -> Iterator[SimulatedAws]:
    with simulated_serverless(shelf, clock=clock) as running:
        yield running


@pytest.fixture
def client(aws: SimulatedAws) -> Any:
    return aws.client("mwaa-serverless")


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_boto3_finds_the_service_through_environment_variables_alone(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.env.items():
        monkeypatch.setenv(name, value)

    client = boto3.session.Session().client("mwaa-serverless")

    assert client.list_workflows()["Workflows"] == []
    assert aws.env["AWS_ENDPOINT_URL_MWAA_SERVERLESS"] == aws.url


def test_every_operation_of_the_model_is_served(aws: SimulatedAws, client: Any) -> None:
    arn = client.create_workflow(**workflow_request(Tags={"a": "1"}))["WorkflowArn"]
    run = client.start_workflow_run(WorkflowArn=arn)["RunId"]
    aws.serverless.finish("one")
    named = {"WorkflowArn": arn, "RunId": run}
    instance = client.list_task_instances(**named)["TaskInstances"][0]["TaskInstanceId"]

    client.get_workflow(WorkflowArn=arn)
    client.update_workflow(WorkflowArn=arn, RoleArn=ROLE, DefinitionS3Location={"Bucket": "b", "ObjectKey": "k"})
    client.list_workflows()
    client.list_workflow_versions(WorkflowArn=arn)
    client.list_workflow_runs(WorkflowArn=arn)
    client.get_workflow_run(**named)
    client.get_task_instance(**named, TaskInstanceId=instance)
    client.stop_workflow_run(**named)
    client.list_tags_for_resource(ResourceArn=arn)
    client.tag_resource(ResourceArn=arn, Tags={"b": "2"})
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    client.create_airflow_ui_url()
    client.delete_workflow(WorkflowArn=arn)

    called = {name.partition(":")[2] for name in aws.ledger.totals()}
    assert called == set(client.meta.service_model.operation_names)
    assert aws.ledger.count(service="mwaa-serverless", resource="one", operation="UpdateWorkflow", code=None) == 1


def test_every_member_that_create_takes_comes_back(client: Any) -> None:
    request = {
        **workflow_request(),
        "ClientToken": "token",
        "DefinitionS3Location": {"Bucket": "definitions", "ObjectKey": "one.yaml", "VersionId": "v1"},
        "Code": {"S3Location": {"Bucket": "definitions", "ObjectKey": "main.py", "VersionId": "v2"}},
        "Description": "nightly",
        "EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KEY", "KmsKeyId": "key"},
        "LoggingConfiguration": {"LogGroupName": "mine"},
        "EngineVersion": 1,
        "NetworkConfiguration": {"SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-2", "subnet-1"]},
        "Environment": {"Variables": {"STAGE": "prod", "EMPTY": ""}},
        "Tags": {"team": "data"},
        "TriggerMode": "manual_only",
    }
    shape = client.meta.service_model.operation_model("CreateWorkflow").input_shape
    assert set(request) == set(shape.members), "a new member of CreateWorkflow needs a place in the simulator"

    arn = client.create_workflow(**request)["WorkflowArn"]

    shown = client.get_workflow(WorkflowArn=arn)
    assert {member for member, value in request.items() if shown.get(member) != value} == {"ClientToken", "Tags"}
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "data"}
    expected = set(client.meta.service_model.operation_model("GetWorkflow").output_shape.members)
    assert expected - set(shown) == {"ScheduleConfiguration"}


def test_every_member_that_update_takes_has_its_effect(client: Any, shelf: Shelf) -> None:
    shelf.objects["two.yaml"] = dag(schedule="@daily")
    arn = client.create_workflow(**workflow_request())["WorkflowArn"]
    changes = {
        "DefinitionS3Location": {"Bucket": "definitions", "ObjectKey": "two.yaml"},
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/other",
        "Code": {"S3Location": {"Bucket": "definitions", "ObjectKey": "main.py"}},
        "Description": "new",
        "LoggingConfiguration": {"LogGroupName": "mine"},
        "EngineVersion": 1,
        "NetworkConfiguration": {"SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-1"]},
        "Environment": {"Variables": {"A": "1"}},
        "TriggerMode": "disabled",
    }
    shape = client.meta.service_model.operation_model("UpdateWorkflow").input_shape
    assert {*changes, "WorkflowArn"} == set(shape.members), "a new member of UpdateWorkflow needs a place here"

    answer = client.update_workflow(WorkflowArn=arn, **changes)

    shown = client.get_workflow(WorkflowArn=arn)
    assert {member for member, value in changes.items() if shown[member] != value} == set()
    assert shown["ScheduleConfiguration"] == {"CronExpression": "@daily"}
    assert answer["WorkflowVersion"] == shown["WorkflowVersion"]


def test_the_whole_story_of_a_failed_run(aws: SimulatedAws, client: Any, clock: Clock, shelf: Shelf) -> None:
    shelf.objects["one.yaml"] = dag({"a": task(), "b": task("a", retries=0)})
    arn = client.create_workflow(**workflow_request())["WorkflowArn"]
    aws.serverless.script_task("b", message="no such bucket", runs=1)

    run = client.start_workflow_run(WorkflowArn=arn, OverrideParameters={"x": {"deep": [1, "two", None]}})["RunId"]
    clock.forward(HOUR)

    detail = client.get_workflow_run(WorkflowArn=arn, RunId=run)
    assert detail["OverrideParameters"] == {"x": {"deep": [1, "two", None]}}
    assert detail["RunDetail"]["RunState"] == "FAILED"
    listed = client.list_task_instances(WorkflowArn=arn, RunId=run)["TaskInstances"]
    (failed,) = [item for item in listed if item["Status"] == "FAILED"]
    whole = client.get_task_instance(WorkflowArn=arn, RunId=run, TaskInstanceId=failed["TaskInstanceId"])
    assert (whole["TaskId"], whole["AttemptNumber"], whole["ErrorMessage"]) == ("b", 1, "no such bucket")
    assert re.fullmatch(rf"workflow_id=one-\w{{10}}/run_id={run}/task_id=b/attempt=1\.log", whole["LogStream"])

    again = client.start_workflow_run(WorkflowArn=arn)["RunId"]
    clock.forward(HOUR)
    assert client.get_workflow_run(WorkflowArn=arn, RunId=again)["RunDetail"]["RunState"] == "SUCCESS"


def test_refusals_have_the_models_members(client: Any, shelf: Shelf) -> None:
    arn = client.create_workflow(**workflow_request())["WorkflowArn"]

    code, status, answer = error_of(refused(client.create_workflow, **workflow_request()))
    assert (code, status) == ("ConflictException", 400)
    assert (answer["ResourceId"], answer["ResourceType"]) == (arn.rpartition("/")[2], "Workflow")

    shelf.objects["one.yaml"] = dag({"a": task(retries=9), "b": task("absent")})
    code, status, answer = error_of(refused(client.create_workflow, **workflow_request("two")))
    assert (code, status, answer["Reason"]) == ("ValidationException", 400, "fieldValidationFailed")
    assert [field["Name"] for field in answer["FieldList"]] == ["tasks.a.retries", "tasks.b.dependencies"]

    absent = arn[:-10] + "0000000000"
    code, status, answer = error_of(refused(client.get_workflow, WorkflowArn=absent))
    assert (code, status, answer["ResourceId"]) == ("ResourceNotFoundException", 400, "one-0000000000")


def test_what_breaks_the_models_limits_is_told_member_by_member(aws: SimulatedAws) -> None:
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    client = boto3.client(
        "mwaa-serverless",
        endpoint_url=aws.url,
        region_name=REGION,
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=config,
    )

    request = workflow_request("-bad", Description="", Environment={"Variables": {"1x": "y" * 256}})
    code, _, answer = error_of(refused(client.create_workflow, **request))

    assert code == "ValidationException"
    assert {"Name", "Description"} <= {field["Name"] for field in answer["FieldList"]}
    assert "y" * 256 not in str(answer)


def test_paginators_find_everything(client: Any) -> None:
    names = {f"w{number:03d}" for number in range(25)}
    for name in names:
        client.create_workflow(**workflow_request(name))
    arn = client.list_workflows(MaxResults=1)["Workflows"][0]["WorkflowArn"]
    for _ in range(5):
        client.start_workflow_run(WorkflowArn=arn)

    def every(operation: str, member: str, **named: Any) -> list[Any]:
        pages = client.get_paginator(operation).paginate(**named, PaginationConfig={"PageSize": 4})
        return [item for page in pages for item in page[member]]

    assert {item["Name"] for item in every("list_workflows", "Workflows")} == names
    assert len({item["RunId"] for item in every("list_workflow_runs", "WorkflowRuns", WorkflowArn=arn)}) == 5
    assert len(every("list_workflow_versions", "WorkflowVersions", WorkflowArn=arn)) == 1
    assert set(client.meta.service_model.operation_names) >= {"ListTaskInstances"}


def test_botocores_own_tokens_differ_from_call_to_call(client: Any) -> None:
    arn = client.create_workflow(**workflow_request())["WorkflowArn"]

    runs = {client.start_workflow_run(WorkflowArn=arn)["RunId"] for _ in range(3)}
    same = {client.start_workflow_run(WorkflowArn=arn, ClientToken="t")["RunId"] for _ in range(3)}

    assert (len(runs), len(same)) == (3, 1)


def test_accounts_and_regions_are_apart(aws: SimulatedAws, client: Any) -> None:
    arn = client.create_workflow(**workflow_request())["WorkflowArn"]
    elsewhere = aws.client("mwaa-serverless", region="us-gov-west-1")
    other = aws.client("mwaa-serverless", access_key_id=OTHER_ACCOUNT)

    far = elsewhere.create_workflow(**workflow_request())["WorkflowArn"]
    theirs = other.create_workflow(**workflow_request())["WorkflowArn"]

    assert far.startswith("arn:aws-us-gov:airflow-serverless:us-gov-west-1:")
    assert f":{OTHER_ACCOUNT}:" in theirs
    refused(other.get_workflow, WorkflowArn=arn)
    assert [item["WorkflowArn"] for item in client.list_workflows()["Workflows"]] == [arn]


def test_both_services_answer_on_one_address(aws: SimulatedAws, client: Any) -> None:
    aws.client().create_environment(**create_request())
    client.create_workflow(**workflow_request())

    assert aws.mwaa.names() == aws.serverless.names() == ["one"]
    assert aws.ledger.totals() == {"mwaa:CreateEnvironment": 1, "mwaa-serverless:CreateWorkflow": 1}


def test_requests_without_a_known_target_are_no_operation(aws: SimulatedAws) -> None:
    scope = "AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/airflow-serverless/aws4_request"

    status, _, answer = ask(aws.url, "POST", "/", body={}, headers={"Authorization": scope})

    assert (status, answer["__type"].rpartition("#")[2]) == (404, "UnknownOperationException")


def test_a_schedule_fires_on_accelerated_time(clock: Clock, shelf: Shelf) -> None:
    shelf.objects["one.yaml"] = dag(schedule="0 * * * *")
    with simulated_serverless(shelf, clock=clock, time_factor=600) as aws:
        client = aws.client("mwaa-serverless")
        arn = client.create_workflow(**workflow_request(TriggerMode="scheduled"))["WorkflowArn"]
        clock.forward(3 * HOUR / 600)

        runs = client.list_workflow_runs(WorkflowArn=arn)["WorkflowRuns"]

    assert [run["RunType"] for run in runs] == ["SCHEDULED"] * 3
    assert plain(runs[0])["RunDetailSummary"]["Status"] in {"STARTING", "SUCCESS"}
