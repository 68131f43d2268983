"""Every operation of the simulated MWAA through an unmodified boto3 over HTTP, and what validation catches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.mwaa.laws import Laws
from localcloud.aws.mwaa.states import Environment
from tests.support.aws import HOUR, MINUTE, Clock, create_request, error_of, refused, simulated_mwaa

OTHER_ACCOUNT = "210987654321"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock) -> Iterator[SimulatedAws]:
    with simulated_mwaa(clock=clock) as running:
        yield running


@pytest.fixture
def mwaa(aws: SimulatedAws) -> Any:
    return aws.client()


def available(mwaa: Any, clock: Clock, **members: Any) -> dict[str, Any]:
    mwaa.create_environment(**create_request(**members))
    clock.forward(HOUR)
    shown: dict[str, Any] = mwaa.get_environment(Name="one")["Environment"]
    assert shown["Status"] == "AVAILABLE"
    return shown


def test_boto3_finds_the_service_through_environment_variables_alone(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.env.items():
        monkeypatch.setenv(name, value)

    client = boto3.session.Session().client("mwaa")

    assert client.list_environments()["Environments"] == []
    assert "not found" in str(refused(client.create_cli_token, Name="one"))


def test_an_environment_lives_from_create_to_not_found(mwaa: Any, clock: Clock) -> None:
    arn = mwaa.create_environment(**create_request(Tags={"team": "data"}))["Arn"]
    assert arn == "arn:aws:airflow:eu-central-1:123456789012:environment/one"
    assert mwaa.get_environment(Name="one")["Environment"]["Status"] == "CREATING"
    clock.forward(25 * MINUTE)

    assert mwaa.update_environment(Name="one", MaxWorkers=5)["Arn"] == arn
    clock.forward(20 * MINUTE)
    shown = mwaa.get_environment(Name="one")["Environment"]
    assert (shown["Status"], shown["MaxWorkers"], shown["Tags"]) == ("AVAILABLE", 5, {"team": "data"})
    assert shown["LastUpdate"]["CreatedAt"].timestamp() == clock.now - 20 * MINUTE

    mwaa.delete_environment(Name="one")
    clock.forward(12 * MINUTE)
    assert mwaa.get_environment(Name="one")["Environment"]["Status"] == "DELETED"
    clock.forward(10 * MINUTE)
    code, status, _ = error_of(refused(mwaa.get_environment, Name="one"))
    assert (code, status) == ("ResourceNotFoundException", 404)


def test_every_member_that_create_takes_comes_back(mwaa: Any, clock: Clock) -> None:
    request = create_request(
        AirflowVersion="3.3.1",
        PluginsS3Path="plugins.zip",
        PluginsS3ObjectVersion="p1",
        RequirementsS3Path="requirements.txt",
        RequirementsS3ObjectVersion="r1",
        StartupScriptS3Path="startup.sh",
        StartupScriptS3ObjectVersion="s1",
        AirflowConfigurationOptions={"core.parallelism": "8"},
        EnvironmentClass="mw1.medium",
        MinWorkers=2,
        MaxWorkers=12,
        Schedulers=3,
        MinWebservers=2,
        MaxWebservers=4,
        KmsKey="arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        LoggingConfiguration={"WorkerLogs": {"Enabled": True, "LogLevel": "ERROR"}},
        WeeklyMaintenanceWindowStart="TUE:04:30",
        WebserverAccessMode="PUBLIC_AND_PRIVATE",
        EndpointManagement="SERVICE",
        Tags={"team": "data"},
        IdentityCenterConfiguration={"StartUrl": "https://a.example", "IdentityStoreId": "d-1234567890"},
        Teams={"red": {"SourceBucketArn": "arn:aws:s3:::b", "DagS3Path": "red/"}},
    )
    shape = mwaa.meta.service_model.operation_model("CreateEnvironment").input_shape
    assert set(request) == set(shape.members), "a new member of CreateEnvironment needs a place in the simulator"

    shown = available(mwaa, clock, **request)

    differing = {member for member, value in request.items() if shown[member] != value}
    assert differing == {"NetworkConfiguration", "LoggingConfiguration"}
    assert shown["LoggingConfiguration"]["WorkerLogs"]["LogLevel"] == "ERROR"
    assert sorted(shown["NetworkConfiguration"]) == ["SecurityGroupIds", "SubnetIds"]


def test_every_member_that_update_takes_has_its_effect(mwaa: Any, clock: Clock) -> None:
    before = available(mwaa, clock, AirflowVersion="3.2.1")
    changes = {
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/other",
        "AirflowConfigurationOptions": {"core.parallelism": "8"},
        "AirflowVersion": "3.3.1",
        "DagS3Path": "more/dags",
        "EnvironmentClass": "mw1.large",
        "LoggingConfiguration": {"TaskLogs": {"Enabled": False, "LogLevel": "DEBUG"}},
        "MaxWorkers": 20,
        "MinWorkers": 2,
        "MaxWebservers": 5,
        "MinWebservers": 3,
        "WorkerReplacementStrategy": "GRACEFUL",
        "NetworkConfiguration": {"SecurityGroupIds": ["sg-9"]},
        "PluginsS3Path": "p.zip",
        "PluginsS3ObjectVersion": "1",
        "RequirementsS3Path": "r.txt",
        "RequirementsS3ObjectVersion": "2",
        "Schedulers": 4,
        "SourceBucketArn": "arn:aws:s3:::other",
        "StartupScriptS3Path": "s.sh",
        "StartupScriptS3ObjectVersion": "3",
        "WebserverAccessMode": "PUBLIC_ONLY",
        "WeeklyMaintenanceWindowStart": "MON:00:00",
        "IdentityCenterConfiguration": {"StartUrl": "https://a.example"},
        "Teams": {"AddOrUpdate": {"red": {"SourceBucketArn": "arn:aws:s3:::b", "DagS3Path": "red/"}}},
    }
    shape = mwaa.meta.service_model.operation_model("UpdateEnvironment").input_shape
    assert {"Name", *changes} == set(shape.members), "a new member of UpdateEnvironment needs a place in the simulator"

    mwaa.update_environment(Name="one", **changes)
    clock.forward(HOUR)

    shown = mwaa.get_environment(Name="one")["Environment"]
    assert shown["Status"] == "AVAILABLE"
    assert {member for member in changes if shown.get(member) == before.get(member)} == {"WorkerReplacementStrategy"}
    assert shown["LastUpdate"]["WorkerReplacementStrategy"] == "GRACEFUL"
    assert "CloudWatchLogGroupArn" not in shown["LoggingConfiguration"]["TaskLogs"]


def test_get_shows_every_member_that_the_model_has(mwaa: Any, clock: Clock) -> None:
    everything = create_request(
        AirflowVersion="3.3.1",
        KmsKey="1234abcd-12ab-34cd-56ef-1234567890ab",
        PluginsS3Path="p",
        RequirementsS3Path="r",
        StartupScriptS3Path="s",
        Tags={"a": "1"},
        IdentityCenterConfiguration={"StartUrl": "https://a.example"},
        Teams={"red": {"SourceBucketArn": "arn:aws:s3:::b", "DagS3Path": "red/"}},
    )
    available(mwaa, clock, **everything)
    mwaa.update_environment(Name="one", MaxWorkers=3)

    shown = mwaa.get_environment(Name="one")["Environment"]

    assert set(shown) == set(mwaa.meta.service_model.shape_for("Environment").members)


def test_tags_are_set_listed_and_removed(mwaa: Any, clock: Clock) -> None:
    arn = available(mwaa, clock, Tags={"a": "1"})["Arn"]

    mwaa.tag_resource(ResourceArn=arn, Tags={"a": "2", "b / é": "x y"})
    assert mwaa.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"a": "2", "b / é": "x y"}
    mwaa.untag_resource(ResourceArn=arn, tagKeys=["a", "b / é"])

    assert mwaa.list_tags_for_resource(ResourceArn=arn)["Tags"] == {}
    assert "Tags" not in mwaa.get_environment(Name="one")["Environment"]


def test_list_pages_through_botos_paginator(aws: SimulatedAws, mwaa: Any) -> None:
    aws.mwaa.configure(environments=100)
    names = sorted(f"e{number}" for number in range(60))
    for name in names:
        aws.mwaa.add(name)

    pages = list(mwaa.get_paginator("list_environments").paginate())
    small = list(mwaa.get_paginator("list_environments").paginate(PaginationConfig={"PageSize": 7}))

    assert [len(page["Environments"]) for page in pages] == [25, 25, 10]
    assert [name for page in pages for name in page["Environments"]] == names
    assert [name for page in small for name in page["Environments"]] == names
    error = refused(mwaa.list_environments, NextToken="nonsense")
    assert error_of(error)[0] == "ValidationException"


def test_tokens_have_every_member(mwaa: Any, clock: Clock) -> None:
    host = available(mwaa, clock)["WebserverUrl"]

    cli, web = mwaa.create_cli_token(Name="one"), mwaa.create_web_login_token(Name="one")

    assert cli["WebServerHostname"] == web["WebServerHostname"] == host
    assert cli["CliToken"] != web["WebToken"]
    assert (web["IamIdentity"], web["AirflowIdentity"]) == ("user/localcloud", "user/localcloud")


def test_invoke_rest_api_answers_and_carries_airflows_errors(mwaa: Any, clock: Clock) -> None:
    available(mwaa, clock)

    healthy = mwaa.invoke_rest_api(Name="one", Method="GET", Path="/health")
    assert healthy["RestApiStatusCode"] == 200
    assert healthy["RestApiResponse"]["scheduler"] == {"status": "healthy"}
    problem = refused(mwaa.invoke_rest_api, Name="one", Method="GET", Path="/nowhere")
    assert problem.response["RestApiStatusCode"] == 404
    assert problem.response["RestApiResponse"]["title"] == "Not Found"


def test_invoke_rest_api_can_be_given_an_airflow(clock: Clock) -> None:
    asked: list[Any] = []

    def airflow(environment: Environment, params: Any) -> tuple[int, Any]:
        asked.append((environment.name, dict(params)))
        return 500, {"detail": "boom"}

    with simulated_mwaa(clock=clock, airflow=airflow) as aws:
        mwaa = aws.client()
        available(mwaa, clock)
        request = {
            "Name": "one",
            "Method": "POST",
            "Path": "/pools",
            "Body": {"name": "x"},
            "QueryParameters": {"a": 1},
        }
        problem = refused(mwaa.invoke_rest_api, **request)

    assert asked == [("one", request)]
    code, status, answer = error_of(problem)
    assert (code, status, answer["RestApiStatusCode"]) == ("RestApiServerException", 400, 500)


def test_accounts_and_regions_are_apart(aws: SimulatedAws) -> None:
    aws.client().create_environment(**create_request())
    elsewhere, other = aws.client(region="us-east-1"), aws.client(access_key_id=OTHER_ACCOUNT)

    assert elsewhere.list_environments()["Environments"] == []
    assert other.create_environment(**create_request())["Arn"].split(":")[4] == OTHER_ACCOUNT
    assert aws.mwaa.of(OTHER_ACCOUNT).names() == ["one"]
    assert aws.mwaa.of(region="us-east-1").names() == []
    arn = aws.mwaa.environment("one")
    assert arn
    error = refused(other.list_tags_for_resource, ResourceArn=arn["Arn"])
    assert error_of(error)[0] == "ResourceNotFoundException"


def test_an_answer_is_never_older_than_the_environment(aws: SimulatedAws, clock: Clock) -> None:
    mwaa = aws.client()
    available(mwaa, clock)

    for workers in (3, 4, 5):
        aws.mwaa.drift("one", MaxWorkers=workers)
        assert mwaa.get_environment(Name="one")["Environment"]["MaxWorkers"] == workers
    aws.mwaa.configure(mask_options=True, dag_path="slash")
    assert mwaa.get_environment(Name="one")["Environment"]["DagS3Path"] == "dags/"
    aws.mwaa.recreate("one", tags={"owner": "somebody else"})
    assert mwaa.get_environment(Name="one")["Environment"]["Tags"] == {"owner": "somebody else"}
    aws.mwaa.remove("one")
    assert error_of(refused(mwaa.get_environment, Name="one"))[1] == 404


def test_the_quota_is_the_accounts(clock: Clock) -> None:
    with simulated_mwaa(clock=clock, laws=Laws(environments=1)) as aws:
        mwaa = aws.client()
        mwaa.create_environment(**create_request("one"))
        error = refused(mwaa.create_environment, **create_request("two"))
        aws.client(region="us-east-1").create_environment(**create_request("two"))

    assert "limit of 1" in error.response["Error"]["Message"]


def test_a_role_that_iam_has_not_told_about_is_refused_for_a_while(aws: SimulatedAws, clock: Clock) -> None:
    mwaa = aws.client()
    aws.mwaa.role_not_ready("*:role/airflow", times=2)

    for _ in range(2):
        error = refused(mwaa.create_environment, **create_request())
        assert "airflow-env.amazonaws.com" in error.response["Error"]["Message"]
    mwaa.create_environment(**create_request())

    aws.mwaa.role_not_ready(seconds=30)
    assert error_of(refused(mwaa.create_environment, **create_request("two")))[1] == 400
    clock.forward(30)
    mwaa.create_environment(**create_request("two"))


def test_what_the_model_says_in_json_is_what_travels(aws: SimulatedAws, mwaa: Any, clock: Clock) -> None:
    available(mwaa, clock)
    seen: list[Any] = []
    mwaa.meta.events.register("after-call.mwaa.GetEnvironment", lambda http_response, **_: seen.append(http_response))

    mwaa.get_environment(Name="one")

    document = json.loads(seen[0].content)["Environment"]
    assert isinstance(document["CreatedAt"], float)
    assert seen[0].headers["Content-Type"] == "application/json"
