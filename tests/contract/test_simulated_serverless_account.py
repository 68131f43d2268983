"""The simulated MWAA Serverless in an account that moto simulates: what it looks at there, and what it leaves there."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localcloud.aws.cloud import SimulatedAws
from tests.support.aws import ACCOUNT, HOUR, REGION, Clock, error_of, refused
from tests.support.serverless import EMPTY, PYTHON, ROLE, dag, task
from tests.support.serverless import create_request as workflow_request
from tests.support.simulatedserverless import BUCKET, TRUST, put_object, role, seed

HERE = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
LOCATION = {"Bucket": BUCKET, "ObjectKey": "one.yaml"}


def conditioned(condition: dict[str, Any]) -> dict[str, Any]:
    statement = {**TRUST["Statement"][0], "Condition": condition}
    return {**TRUST, "Statement": [statement]}


def arn_like(pattern: str) -> dict[str, Any]:
    return {"ArnLike": {"aws:SourceArn": f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/{pattern}"}}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def world(clock: Clock) -> Iterator[SimulatedAws]:
    with SimulatedAws(clock=clock) as running:
        assert running.moto is not None
        running.serverless.configure(workflows=1000, delete=0.0)
        seed(running)
        put_object(running, "one.yaml", dag())
        s3 = running.moto.client("s3")
        s3.create_bucket(Bucket="unversioned", CreateBucketConfiguration={"LocationConstraint": REGION})
        put_object(running, "one.yaml", dag(), bucket="unversioned")
        far = running.moto.client("s3", region="eu-west-1")
        far.create_bucket(Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        role(running, "other", json.loads(json.dumps(TRUST).replace("airflow-serverless", "airflow-env")))
        role(running, "account", conditioned(HERE))
        role(running, "prefix", conditioned({**HERE, **arn_like("one-*")}))
        role(running, "stranger", conditioned(arn_like("another-*")))
        yield running


@pytest.fixture
def aws(world: SimulatedAws) -> Iterator[SimulatedAws]:
    assert world.moto is not None
    for name in world.serverless.names():
        world.serverless.remove(name)
    yield world
    world.moto.denials.clear()
    world.serverless.configure(reader="caller", needs_versioning=False, source_arn=True, role_propagation=0.0)
    world.serverless.clear_scripts()


@pytest.fixture
def client(aws: SimulatedAws) -> Any:
    return aws.client("mwaa-serverless")


def named(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def bucket(name: str, key: str = "one.yaml", **more: str) -> dict[str, Any]:
    return {"DefinitionS3Location": {"Bucket": name, "ObjectKey": key, **more}}


def code(key: str, **more: str) -> dict[str, Any]:
    return {"Code": {"S3Location": {"Bucket": BUCKET, "ObjectKey": key, **more}}}


@pytest.mark.parametrize(
    ("members", "field", "words"),
    [
        ({"RoleArn": named("absent")}, "RoleArn", "could not assume"),
        ({"RoleArn": named("other")}, "RoleArn", "airflow-serverless.amazonaws.com"),
        ({"RoleArn": named("stranger")}, "RoleArn", "trust policy"),
        (bucket("absent"), "DefinitionS3Location", "bucket does not exist"),
        (bucket("elsewhere"), "DefinitionS3Location", "eu-west-1"),
        (bucket(BUCKET, "absent.yaml"), "DefinitionS3Location", "key does not exist"),
        (bucket(BUCKET, VersionId="absent"), "DefinitionS3Location", "key does not exist"),
        (code("absent.py"), "Code", "key does not exist"),
        (code("one.yaml"), "Code", ".py, .sh, .zip"),
    ],
)
def test_what_the_account_lacks_is_refused(client: Any, members: dict[str, Any], field: str, words: str) -> None:
    code_, status, answer = error_of(refused(client.create_workflow, **workflow_request(**members)))

    assert (code_, status) == ("ValidationException", 400)
    assert answer["FieldList"][0]["Name"] == field
    assert words in answer["Error"]["Message"]


@pytest.mark.parametrize("name", ["workflow", "account", "prefix"])
def test_roles_that_trust_the_service_under_conditions_are_accepted(client: Any, name: str) -> None:
    assert client.create_workflow(**workflow_request(RoleArn=named(name)))["WorkflowStatus"] == "READY"


def test_the_service_may_not_say_for_whom_it_asks(aws: SimulatedAws, client: Any) -> None:
    aws.serverless.configure(source_arn=False)

    refused(client.create_workflow, **workflow_request(RoleArn=named("account")))
    assert client.create_workflow(**workflow_request())["WorkflowStatus"] == "READY"


def test_a_trust_policy_with_the_real_suffix_is_enough_for_updates(aws: SimulatedAws, client: Any) -> None:
    arn = client.create_workflow(**workflow_request())["WorkflowArn"]
    exact = role(aws, "exact", conditioned({"ArnEquals": {"aws:SourceArn": arn}}))

    refused(client.create_workflow, **workflow_request("two", RoleArn=exact))
    assert client.update_workflow(WorkflowArn=arn, RoleArn=exact, DefinitionS3Location=LOCATION)["WorkflowVersion"]


def test_passing_the_role_may_be_denied(aws: SimulatedAws, client: Any) -> None:
    assert aws.moto is not None
    arn = client.create_workflow(**workflow_request())["WorkflowArn"]
    aws.moto.deny(ACCOUNT, "iam:PassRole")

    for call, request in (
        (client.create_workflow, workflow_request("two")),
        (client.update_workflow, {"WorkflowArn": arn, "RoleArn": ROLE, "DefinitionS3Location": LOCATION}),
    ):
        code_, _, answer = error_of(refused(call, **request))
        assert code_ == "AccessDeniedException"
        assert f"iam:PassRole on resource: {ROLE}" in answer["Error"]["Message"]


def test_an_operation_may_be_denied(aws: SimulatedAws, client: Any) -> None:
    assert aws.moto is not None
    aws.moto.deny("*", "airflow-serverless:ListWorkflows")

    code_, _, answer = error_of(refused(client.list_workflows))

    assert (code_, "airflow-serverless:ListWorkflows" in answer["Error"]["Message"]) == ("AccessDeniedException", True)


def test_the_definition_is_read_with_somebodys_permission(aws: SimulatedAws, client: Any) -> None:
    assert aws.moto is not None
    iam, request = aws.moto.client("iam"), workflow_request()
    aws.moto.deny(ACCOUNT, "s3:GetObject")
    assert "Access Denied" in str(refused(client.create_workflow, **request))

    aws.serverless.configure(reader="role")
    assert "Access Denied" in str(refused(client.create_workflow, **request))
    policy = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    iam.put_role_policy(RoleName="workflow", PolicyName="read", PolicyDocument=document)
    client.create_workflow(**request)

    aws.serverless.configure(reader="both")
    assert "Access Denied" in str(refused(client.create_workflow, **workflow_request("two")))
    aws.serverless.configure(reader="nobody")
    client.create_workflow(**workflow_request("two"))
    iam.delete_role_policy(RoleName="workflow", PolicyName="read")


def test_the_bucket_may_need_versioning(aws: SimulatedAws, client: Any) -> None:
    client.create_workflow(**workflow_request(**bucket("unversioned")))
    aws.serverless.configure(needs_versioning=True)

    assert "Versioning" in str(refused(client.create_workflow, **workflow_request("two", **bucket("unversioned"))))


def test_the_definition_is_a_snapshot_of_a_version_or_of_what_is_there(aws: SimulatedAws, client: Any) -> None:
    assert aws.moto is not None
    old = put_object(aws, "changing.yaml", dag(schedule="@daily"))
    put_object(aws, "changing.yaml", dag(schedule="@weekly"))

    pinned = client.create_workflow(**workflow_request(**bucket(BUCKET, "changing.yaml", VersionId=old)))["WorkflowArn"]
    newest = client.create_workflow(**workflow_request("two", **bucket(BUCKET, "changing.yaml")))["WorkflowArn"]
    put_object(aws, "changing.yaml", dag(schedule="@monthly"))
    aws.moto.client("s3").delete_object(Bucket=BUCKET, Key="changing.yaml")

    shown = [client.get_workflow(WorkflowArn=arn) for arn in (pinned, newest)]
    assert [item["ScheduleConfiguration"]["CronExpression"] for item in shown] == ["@daily", "@weekly"]
    assert "key does not exist" in str(
        refused(client.create_workflow, **workflow_request("three", **bucket(BUCKET, "changing.yaml")))
    )


@pytest.mark.parametrize("what", ["module", "package", "zip-without", "broken"])
def test_code_is_a_snapshot_that_runs_need(aws: SimulatedAws, client: Any, clock: Clock, what: str) -> None:
    put_object(aws, "python.yaml", dag({"only": task(operator=PYTHON, python_callable="main.go")}))
    entries = {"package": "main/__init__.py", "zip-without": "deep/main.py"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entries.get(what, "x"), "")
    key, content = ("main.py", b"") if what == "module" else ("code.zip", packed.getvalue())
    put_object(aws, key, b"nonsense" if what == "broken" else content)

    arn = client.create_workflow(**workflow_request(**bucket(BUCKET, "python.yaml"), **code(key)))["WorkflowArn"]
    run = client.start_workflow_run(WorkflowArn=arn)["RunId"]
    clock.forward(HOUR)

    detail = client.get_workflow_run(WorkflowArn=arn, RunId=run)["RunDetail"]
    words = {"zip-without": "No module named 'main'", "broken": "not a zip file"}.get(what)
    assert detail["RunState"] == ("FAILED" if words else "SUCCESS")
    assert (words or "") in detail.get("ErrorMessage", "")


def test_the_log_group_is_made_at_create_and_outlives_the_workflow(aws: SimulatedAws, client: Any) -> None:
    assert aws.moto is not None
    logs = aws.moto.client("logs")
    arn = client.create_workflow(**workflow_request())["WorkflowArn"]
    name = f"/aws/mwaa-serverless/{arn.rpartition('/')[2]}/"

    client.delete_workflow(WorkflowArn=arn)
    refused(client.get_workflow, WorkflowArn=arn)

    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["logGroupName"] == name
    assert "retentionInDays" not in group


def test_no_group_is_made_where_one_is_named(aws: SimulatedAws, client: Any) -> None:
    assert aws.moto is not None
    arn = client.create_workflow(**workflow_request(LoggingConfiguration={"LogGroupName": "mine"}))["WorkflowArn"]

    groups = aws.moto.client("logs").describe_log_groups()["logGroups"]

    assert not [group for group in groups if arn.rpartition("/")[2] in group["logGroupName"] or group == "mine"]


def events(aws: SimulatedAws, group: str) -> dict[str, list[dict[str, Any]]]:
    assert aws.moto is not None
    logs = aws.moto.client("logs")
    streams = [item["logStreamName"] for item in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    found = {name: logs.get_log_events(logGroupName=group, logStreamName=name)["events"] for name in streams}
    return {name: [json.loads(item["message"]) for item in lines] for name, lines in found.items()}


@pytest.mark.parametrize("own", [False, True])
def test_every_attempt_writes_a_stream_of_json_lines(aws: SimulatedAws, client: Any, clock: Clock, own: bool) -> None:
    assert aws.moto is not None
    put_object(aws, "chain.yaml", dag({"a": task(), "b": task("a", operator=EMPTY), "c": task("b", retries=0)}))
    group = f"own-{own}"
    aws.moto.client("logs").create_log_group(logGroupName=group)
    logging = {"LogGroupName": group} if own else None
    request = workflow_request(**bucket(BUCKET, "chain.yaml"), LoggingConfiguration=logging)
    arn = client.create_workflow(**request)["WorkflowArn"]
    identifier = arn.rpartition("/")[2]
    aws.serverless.script_task("a", attempt=1, message="no such bucket")
    run = client.start_workflow_run(WorkflowArn=arn)["RunId"]
    clock.forward(HOUR)
    listed = client.list_task_instances(WorkflowArn=arn, RunId=run)["TaskInstances"]

    written = events(aws, group if own else f"/aws/mwaa-serverless/{identifier}/")

    prefix = f"workflow_id={identifier}/run_id={run}/task_id="
    assert set(written) == {f"{prefix}a/attempt=1.log", f"{prefix}a/attempt=2.log", f"{prefix}c/attempt=1.log"}
    shown = [
        client.get_task_instance(WorkflowArn=arn, RunId=run, TaskInstanceId=item["TaskInstanceId"]) for item in listed
    ]
    assert {item["LogStream"] for item in shown if "LogStream" in item} == set(written)
    failed, well = written[f"{prefix}a/attempt=1.log"], written[f"{prefix}a/attempt=2.log"]
    assert all({"timestamp", "level", "event", "logger"} <= set(line) for line in (*failed, *well))
    assert failed[-2]["error_detail"][0]["exc_value"] == "no such bucket"
    assert [(lines[-1]["event"], lines[-1]["final_state"]) for lines in (failed, well)] == [
        ("Task finished", "failed"),
        ("Task finished", "success"),
    ]


def test_nothing_that_the_service_does_in_the_account_is_counted(aws: SimulatedAws, client: Any) -> None:
    before = aws.ledger.totals()

    client.create_workflow(**workflow_request())

    after = aws.ledger.totals()
    assert {name for name, times in after.items() if times != before.get(name, 0)} == {"mwaa-serverless:CreateWorkflow"}


def test_a_role_that_is_not_told_yet_is_refused_as_often_as_scripted(aws: SimulatedAws, client: Any) -> None:
    aws.serverless.role_not_ready("*/workflow", times=2)

    for _ in range(2):
        assert "could not assume" in str(refused(client.create_workflow, **workflow_request()))
    client.create_workflow(**workflow_request())


def test_a_fresh_role_may_need_time() -> None:
    with SimulatedAws() as running:
        fresh = seed(running)
        put_object(running, "one.yaml", dag())
        client = running.client("mwaa-serverless")
        running.serverless.configure(role_propagation=HOUR)

        assert "could not assume" in str(refused(client.create_workflow, **workflow_request(RoleArn=fresh)))
        running.serverless.advance_clock(HOUR)
        assert client.create_workflow(**workflow_request(RoleArn=fresh))["WorkflowStatus"] == "READY"


def test_other_accounts_have_their_own_buckets_and_roles(aws: SimulatedAws) -> None:
    assert aws.moto is not None
    key = aws.moto.add_user("210987654321", "somebody")
    client = boto3.client(
        "mwaa-serverless",
        endpoint_url=aws.url,
        region_name=REGION,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}),
    )

    assert "could not assume" in str(refused(client.create_workflow, **workflow_request()))
