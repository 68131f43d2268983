"""Any single action can be denied to one principal, with the error that its service would answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.aws.moto.cloud import MotoCloud
from localcloud.aws.moto.principals import DEFAULT_ACCOUNT

ADMIN = f"arn:aws:iam::{DEFAULT_ACCOUNT}:user/admin"


@pytest.fixture(scope="module")
def running() -> Iterator[MotoCloud]:
    with MotoCloud() as cloud:
        cloud.client("s3", region="us-east-1").create_bucket(Bucket="denied")
        yield cloud


@pytest.fixture
def cloud(running: MotoCloud) -> Iterator[MotoCloud]:
    yield running
    running.denials.clear()


CALLS: list[tuple[str, str, Callable[[Any], Any], str, int]] = [
    ("s3", "s3:GetBucketVersioning", lambda c: c.get_bucket_versioning(Bucket="denied"), "AccessDenied", 403),
    ("s3", "s3:ListBucket", lambda c: c.head_bucket(Bucket="denied"), "403", 403),
    ("s3", "s3:HeadBucket", lambda c: c.head_bucket(Bucket="denied"), "403", 403),
    (
        "s3",
        "s3:GetEncryptionConfiguration",
        lambda c: c.get_bucket_encryption(Bucket="denied"),
        "AccessDenied",
        403,
    ),
    ("s3", "s3:GetObjectVersion", lambda c: c.head_object(Bucket="denied", Key="k", VersionId="v"), "403", 403),
    ("iam", "iam:GetRole", lambda c: c.get_role(RoleName="any"), "AccessDenied", 403),
    (
        "sts",
        "sts:AssumeRole",
        lambda c: c.assume_role(RoleArn="arn:aws:iam::123456789012:role/x", RoleSessionName="xx"),
        "AccessDenied",
        403,
    ),
    ("ec2", "ec2:DescribeSubnets", lambda c: c.describe_subnets(), "UnauthorizedOperation", 403),
    ("kms", "kms:DescribeKey", lambda c: c.describe_key(KeyId="any"), "AccessDeniedException", 400),
    ("logs", "logs:DescribeLogGroups", lambda c: c.describe_log_groups(), "AccessDeniedException", 400),
    ("secretsmanager", "secretsmanager:ListSecrets", lambda c: c.list_secrets(), "AccessDeniedException", 400),
    ("eks", "eks:DescribeCluster", lambda c: c.describe_cluster(name="any"), "AccessDeniedException", 403),
    (
        "service-quotas",
        "servicequotas:ListServiceQuotas",
        lambda c: c.list_service_quotas(ServiceCode="airflow"),
        "AccessDeniedException",
        400,
    ),
]


@pytest.mark.parametrize(("service", "action", "call", "code", "status"), CALLS, ids=[case[1] for case in CALLS])
def test_a_denied_action_is_refused_as_its_service_refuses(
    service: str, action: str, call: Callable[[Any], Any], code: str, status: int, cloud: MotoCloud
) -> None:
    cloud.deny(ADMIN, action)
    with pytest.raises(ClientError) as refused:
        call(cloud.client(service))
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    entry = cloud.ledger.calls[-1]
    assert (entry.status, entry.code) == (status, code)


def test_other_actions_and_other_principals_are_not_touched(cloud: MotoCloud) -> None:
    cloud.deny(ADMIN, "s3:GetBucketVersioning")
    cloud.client("s3").head_bucket(Bucket="denied")
    bystander = cloud.add_user(DEFAULT_ACCOUNT, "bystander")
    cloud.client("s3", credentials=bystander).get_bucket_versioning(Bucket="denied")


def test_allowing_takes_a_denial_back(cloud: MotoCloud) -> None:
    cloud.deny("*", "s3:*")
    with pytest.raises(ClientError):
        cloud.client("s3").head_bucket(Bucket="denied")
    cloud.allow("*", "s3:*")
    cloud.client("s3").head_bucket(Bucket="denied")


def test_denying_a_role_denies_its_sessions(cloud: MotoCloud) -> None:
    iam, sts = cloud.client("iam"), cloud.client("sts")
    trust = '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}}'
    role = iam.create_role(RoleName="denied-role", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    key = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]["AccessKeyId"]
    cloud.deny(role, "airflow:CreateEnvironment")
    assert cloud.is_denied(key, "airflow:CreateEnvironment")
    assert not cloud.is_denied(key, "airflow:GetEnvironment")
    assert not cloud.is_denied("AKIASOMEBODYELSE0000", "airflow:CreateEnvironment")
