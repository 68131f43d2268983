"""The simulated services as a boto3 client meets them: endpoints, TLS, the ledger, the seeded account.

Not covered: what moto itself does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import SSLError

from localcloud.aws.moto import landscape as names
from localcloud.aws.moto.cloud import MotoCloud
from localcloud.aws.moto.seed import seed
from localcloud.certs import Authority

SERVICES = ["s3", "iam", "sts", "ec2", "kms", "logs", "secretsmanager", "eks", "service-quotas"]


@pytest.fixture
def cloud() -> Iterator[MotoCloud]:
    with MotoCloud() as running:
        yield running


@pytest.mark.parametrize("service", SERVICES)
def test_the_environment_variables_lead_boto3_to_the_cloud(
    service: str, cloud: MotoCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cloud.env.items():
        monkeypatch.setenv(name, value)
    client = boto3.client(service, "eu-central-1", aws_access_key_id="1" * 12, aws_secret_access_key="x")
    assert client.meta.endpoint_url == cloud.url
    client.close()


def test_tls_is_served_with_the_given_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.issue("aws")
    with MotoCloud(certificate=files.certificate, key=files.key) as cloud:
        assert cloud.url.startswith("https://")
        trusting = cloud.client("sts", verify=str(authority.files.certificate))
        assert trusting.get_caller_identity()["Account"] == "123456789012"
        with pytest.raises(SSLError):
            cloud.client("sts").get_caller_identity()


def test_an_upload_over_tls_arrives_whole(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.issue("aws")
    with MotoCloud(certificate=files.certificate, key=files.key) as cloud:
        s3 = cloud.client("s3", region="us-east-1", verify=str(authority.files.certificate))
        s3.create_bucket(Bucket="uploads")
        s3.put_object(Bucket="uploads", Key="dags/größe.py", Body=b"x" * 300_000)
        assert s3.head_object(Bucket="uploads", Key="dags/größe.py")["ContentLength"] == 300_000


def test_every_call_is_in_the_ledger_with_its_resource_and_outcome(cloud: MotoCloud) -> None:
    s3 = cloud.client("s3", region="us-east-1")
    s3.create_bucket(Bucket="ledger-test")
    with pytest.raises(s3.exceptions.ClientError):
        s3.head_object(Bucket="ledger-test", Key="absent")
    with pytest.raises(s3.exceptions.ClientError):
        cloud.client("iam").get_role(RoleName="absent")
    assert [(e.call.operation, e.call.resource, e.status, e.code) for e in cloud.ledger.calls] == [
        ("CreateBucket", "ledger-test", 200, None),
        ("HeadObject", "ledger-test/absent", 404, "404"),
        ("GetRole", "absent", 404, "NoSuchEntity"),
    ]
    assert cloud.ledger.count(service="s3", operation="Head*") == 1
    assert [entry.call.operation for entry in cloud.ledger.mutations()] == ["CreateBucket"]


def test_a_new_cloud_starts_empty() -> None:
    for _ in range(2):
        with MotoCloud() as cloud:
            s3 = cloud.client("s3", region="us-east-1")
            assert s3.list_buckets()["Buckets"] == []
            s3.create_bucket(Bucket="left-behind")


def test_the_landscape_has_the_ids_that_manifests_name(cloud: MotoCloud) -> None:
    landscape = seed(cloud)
    ec2 = cloud.client("ec2")
    subnets = ec2.describe_subnets(SubnetIds=list(names.SUBNET_IDS))["Subnets"]
    assert {subnet["VpcId"] for subnet in subnets} == {names.VPC_ID}
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 2
    assert (
        ec2.describe_security_groups(GroupIds=[names.SECURITY_GROUP_ID])["SecurityGroups"][0]["VpcId"] == names.VPC_ID
    )
    assert landscape.kms_key_arn == f"arn:aws:kms:eu-central-1:123456789012:key/{names.KEY_ID}"
    assert landscape.bucket_arn == "arn:aws:s3:::airflow-artifacts"
    assert landscape.execution_role_arn == "arn:aws:iam::123456789012:role/mwaa-execution"


def test_the_id_tag_is_not_left_on_the_seeded_resources(cloud: MotoCloud) -> None:
    landscape = seed(cloud)
    ec2, kms = cloud.client("ec2"), cloud.client("kms")
    keys = {tag["Key"] for tag in ec2.describe_tags()["Tags"]}
    assert "Name" in keys
    assert "_custom_id_" not in keys
    assert kms.list_resource_tags(KeyId=landscape.kms_key_arn)["Tags"] == []


def test_the_seeded_objects_have_versions(cloud: MotoCloud) -> None:
    landscape = seed(cloud)
    s3 = cloud.client("s3")
    for key, version in landscape.versions.items():
        assert s3.head_object(Bucket=names.BUCKET, Key=key, VersionId=version)["VersionId"] == version


def test_seeding_works_through_a_plain_session_too(cloud: MotoCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.env.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session("123456789012", "secret", region_name="eu-central-1")
    made = []

    class Closing:
        def client(self, service: str) -> object:
            made.append(session.client(service))
            return made[-1]

    assert seed(Closing()).subnet_ids == names.SUBNET_IDS
    for client in made:
        client.close()


def test_the_key_policy_of_the_landscape_is_json_that_admits_logs(cloud: MotoCloud) -> None:
    landscape = seed(cloud)
    policy = cloud.client("kms").get_key_policy(KeyId=landscape.kms_key_arn, PolicyName="default")["Policy"]
    principals = [statement["Principal"] for statement in json.loads(policy)["Statement"]]
    assert {"Service": "logs.eu-central-1.amazonaws.com"} in principals
