"""The simulated MWAA in an account that moto simulates: what it looks at there, and what it leaves there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localcloud.aws.cloud import SimulatedAws
from tests.support.aws import ACCOUNT, Clock, create_request, error_of, refused

BUCKET = "airflow-bucket"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def aws(clock: Clock) -> Iterator[SimulatedAws]:
    with SimulatedAws(clock=clock) as running:
        assert running.moto is not None
        running.mwaa.configure(environments=100)
        iam, s3 = running.moto.client("iam"), running.moto.client("s3")
        iam.create_role(RoleName="airflow", AssumeRolePolicyDocument=json.dumps(TRUST))
        elsewhere = json.dumps(TRUST).replace("airflow", "ec2")
        iam.create_role(RoleName="other", AssumeRolePolicyDocument=elsewhere)
        for bucket in (BUCKET, "open-bucket"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.delete_public_access_block(Bucket="open-bucket")
        yield running


@pytest.fixture
def mwaa(aws: SimulatedAws) -> Any:
    return aws.client()


def put_object(aws: SimulatedAws, key: str, body: str) -> str:
    assert aws.moto is not None
    return str(aws.moto.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body.encode())["VersionId"])


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/absent"}, "Failed to assume role"),
        ({"ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/other"}, "airflow-env.amazonaws.com"),
        ({"SourceBucketArn": "arn:aws:s3:::absent"}, "permissions for s3 location absent/dags"),
        ({"SourceBucketArn": "arn:aws:s3:::open-bucket"}, "BlockPublicAccess"),
        ({"RequirementsS3Path": "absent.txt"}, "of file absent.txt"),
        ({"PluginsS3Path": "absent.zip", "PluginsS3ObjectVersion": "v1"}, "version v1 of file absent.zip"),
    ],
)
def test_what_the_account_lacks_is_refused(mwaa: Any, members: dict[str, Any], words: str) -> None:
    error = refused(mwaa.create_environment, **create_request(**members))

    code, status, answer = error_of(error)
    assert (code, status) == ("ValidationException", 400)
    assert words in answer["Error"]["Message"]


def test_artefacts_are_pinned_to_what_the_bucket_holds(aws: SimulatedAws, mwaa: Any) -> None:
    first = put_object(aws, "requirements.txt", "a")
    second = put_object(aws, "requirements.txt", "b")

    mwaa.create_environment(**create_request("newest", RequirementsS3Path="requirements.txt"))
    mwaa.create_environment(
        **create_request("oldest", RequirementsS3Path="requirements.txt", RequirementsS3ObjectVersion=first)
    )

    pinned = {
        name: mwaa.get_environment(Name=name)["Environment"]["RequirementsS3ObjectVersion"]
        for name in ("newest", "oldest")
    }
    assert pinned == {"newest": second, "oldest": first}


def test_a_deleted_object_has_no_current_version(aws: SimulatedAws, mwaa: Any) -> None:
    put_object(aws, "gone.txt", "a")
    assert aws.moto is not None
    aws.moto.client("s3").delete_object(Bucket=BUCKET, Key="gone.txt")

    error = refused(mwaa.create_environment, **create_request("unlucky", StartupScriptS3Path="gone.txt"))

    assert "gone.txt" in str(error)


def test_an_update_is_judged_by_the_bucket_that_the_environment_has(aws: SimulatedAws, mwaa: Any, clock: Clock) -> None:
    mwaa.create_environment(**create_request("updated"))
    clock.forward(3600)
    version = put_object(aws, "plugins.zip", "z")

    assert "absent.zip" in str(refused(mwaa.update_environment, Name="updated", PluginsS3Path="absent.zip"))
    mwaa.update_environment(Name="updated", PluginsS3Path="plugins.zip")

    assert mwaa.get_environment(Name="updated")["Environment"]["PluginsS3ObjectVersion"] == version


def test_log_groups_appear_with_the_environment_and_outlive_it(aws: SimulatedAws, mwaa: Any, clock: Clock) -> None:
    assert aws.moto is not None
    logs = aws.moto.client("logs")

    def groups() -> list[str]:
        found = logs.describe_log_groups(logGroupNamePrefix="airflow-logged-")["logGroups"]
        return [group["logGroupName"] for group in found]

    enabled = {"WorkerLogs": {"Enabled": True, "LogLevel": "INFO"}}
    mwaa.create_environment(**create_request("logged", LoggingConfiguration=enabled))
    assert groups() == []
    clock.forward(1500)
    assert mwaa.get_environment(Name="logged")["Environment"]["Status"] == "AVAILABLE"
    assert groups() == ["airflow-logged-Task", "airflow-logged-Worker"]
    mwaa.delete_environment(Name="logged")
    clock.forward(3600)

    assert "logged" not in mwaa.list_environments()["Environments"]
    assert groups() == ["airflow-logged-Task", "airflow-logged-Worker"]


def test_an_assumed_role_lands_in_its_account_and_its_session_is_the_principal(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.env.items():
        monkeypatch.setenv(name, value)
    assert aws.moto is not None
    other = "210987654321"
    iam = aws.moto.client("iam", credentials=aws.moto.add_user(other, "admin"))
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="operator", AssumeRolePolicyDocument=document)
    role = f"arn:aws:iam::{other}:role/operator"

    got = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="team-a")["Credentials"]
    mwaa = boto3.client(
        "mwaa",
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    aws.mwaa.of(other).add("theirs")

    assert mwaa.list_environments()["Environments"] == ["theirs"]
    assert (aws.ledger.calls[-1].call.account, aws.ledger.calls[-1].call.principal) == (other, "team-a")
    aws.moto.deny(role, "airflow:ListEnvironments")
    code, status, answer = error_of(refused(mwaa.list_environments))
    assert (code, status) == ("AccessDeniedException", 403)
    assert "airflow:ListEnvironments" in answer["Error"]["Message"]
    aws.moto.allow(role, "airflow:ListEnvironments")


def test_looking_at_the_account_leaves_no_calls_in_the_ledger(aws: SimulatedAws, mwaa: Any) -> None:
    aws.ledger.reset()

    mwaa.create_environment(**create_request("quiet"))

    assert aws.ledger.totals() == {"mwaa:CreateEnvironment": 1}
