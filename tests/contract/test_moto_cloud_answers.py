"""What moto lacks or gets wrong, and the cloud answers itself: STS, the IAM simulator, quotas, S3, subnets."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.aws.moto.cloud import MotoCloud
from localcloud.aws.moto.principals import DEFAULT_ACCOUNT, AccessKey
from localcloud.aws.moto.seed import seed

OTHER_ACCOUNT = "210987654321"


@pytest.fixture
def cloud() -> Iterator[MotoCloud]:
    with MotoCloud() as running:
        yield running


def make_role(cloud: MotoCloud, name: str, *, account: str = DEFAULT_ACCOUNT, **statement: Any) -> str:
    """Make a role with one trust statement, by default for the default account, and return its ARN."""
    principal = statement.pop("Principal", {"AWS": f"arn:aws:iam::{DEFAULT_ACCOUNT}:root"})
    trust = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"], **statement}
    iam = cloud.client("iam", credentials=cloud.add_user(account, "admin"))
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"])


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refused(call: Any, code: str) -> ClientError:
    with pytest.raises(ClientError) as failed:
        call()
    assert failed.value.response["Error"]["Code"] == code
    return failed.value


def test_the_access_key_tells_the_account_and_the_caller(cloud: MotoCloud) -> None:
    user = cloud.add_user(OTHER_ACCOUNT, "ann")
    identity = cloud.client("sts", credentials=user).get_caller_identity()
    assert identity["Account"] == OTHER_ACCOUNT
    assert identity["Arn"] == f"arn:aws:iam::{OTHER_ACCOUNT}:user/ann"
    assert cloud.account_of(user.access_key_id) == (OTHER_ACCOUNT, identity["Arn"])
    assert cloud.account_of("333333333333")[0] == "333333333333"
    assert cloud.account_of("AKIANOBODYKNOWSTHIS0")[0] == DEFAULT_ACCOUNT


def test_accounts_do_not_see_each_other(cloud: MotoCloud) -> None:
    make_role(cloud, "only-there", account=OTHER_ACCOUNT)
    refused(lambda: cloud.client("iam").get_role(RoleName="only-there"), "NoSuchEntity")


def test_an_assumed_role_lives_in_the_account_of_the_role(cloud: MotoCloud) -> None:
    role = make_role(cloud, "worker", account=OTHER_ACCOUNT)
    answer = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="session-1")
    credentials = answer["Credentials"]
    key = AccessKey(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
    identity = cloud.client("sts", credentials=key).get_caller_identity()
    assert identity["Account"] == OTHER_ACCOUNT
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["Arn"] == f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/worker/session-1"
    assert cloud.client("iam", credentials=key).get_role(RoleName="worker")["Role"]["Arn"] == role
    assert cloud.account_of(key.access_key_id) == (OTHER_ACCOUNT, identity["Arn"])


def test_a_missing_role_is_refused_like_one_that_does_not_trust(cloud: MotoCloud) -> None:
    sts = cloud.client("sts")
    missing = f"arn:aws:iam::{OTHER_ACCOUNT}:role/missing"
    refused(lambda: sts.assume_role(RoleArn=missing, RoleSessionName="session"), "AccessDenied")
    distrusting = make_role(cloud, "distrusting", Principal={"Service": "airflow.amazonaws.com"})
    refused(lambda: sts.assume_role(RoleArn=distrusting, RoleSessionName="session"), "AccessDenied")


@pytest.mark.parametrize(("external_id", "admitted"), [("right", True), ("wrong", False), (None, False)])
def test_the_external_id_of_the_trust_policy_is_checked(
    external_id: str | None, admitted: bool, cloud: MotoCloud
) -> None:
    role = make_role(cloud, "guarded", Condition={"StringEquals": {"sts:ExternalId": "right"}})
    request = {"RoleArn": role, "RoleSessionName": "session", **({"ExternalId": external_id} if external_id else {})}
    if admitted:
        cloud.client("sts").assume_role(**request)
        assert cloud.sessions[-1].external_id == "right"
    else:
        refused(lambda: cloud.client("sts").assume_role(**request), "AccessDenied")


def test_session_tags_are_recorded_with_the_session(cloud: MotoCloud) -> None:
    role = make_role(cloud, "tagged")
    tags = [{"Key": "cluster", "Value": "abc"}, {"Key": "namespace", "Value": "team-a"}]
    key = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="session", Tags=tags)["Credentials"][
        "AccessKeyId"
    ]
    session = cloud.session_of(key)
    assert session is not None
    assert session.tags == {"cluster": "abc", "namespace": "team-a"}


def test_session_tags_need_the_trust_for_them(cloud: MotoCloud) -> None:
    role = make_role(cloud, "untagged", Action="sts:AssumeRole")
    sts = cloud.client("sts")
    tags = [{"Key": "cluster", "Value": "abc"}]
    error = refused(lambda: sts.assume_role(RoleArn=role, RoleSessionName="session", Tags=tags), "AccessDenied")
    assert "sts:TagSession" in str(error)


def test_a_tag_with_characters_that_sts_refuses_is_refused(cloud: MotoCloud) -> None:
    role = make_role(cloud, "strict")
    tags = [{"Key": "cluster", "Value": "a{b}"}]
    sts = cloud.client("sts")
    refused(lambda: sts.assume_role(RoleArn=role, RoleSessionName="session", Tags=tags), "ValidationError")


def test_a_web_identity_needs_a_role_that_trusts_a_provider(cloud: MotoCloud) -> None:
    provider = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com"
    role = make_role(cloud, "irsa", Principal={"Federated": provider}, Action="sts:AssumeRoleWithWebIdentity")
    other = make_role(cloud, "no-irsa")
    sts = cloud.client("sts")
    request = {"RoleSessionName": "session", "WebIdentityToken": "eyJ0b2tlbg=="}
    key = sts.assume_role_with_web_identity(RoleArn=role, **request)["Credentials"]["AccessKeyId"]
    assert cloud.account_of(key)[1].endswith("assumed-role/irsa/session")
    refused(lambda: sts.assume_role_with_web_identity(RoleArn=other, **request), "AccessDenied")


def simulate(cloud: MotoCloud, role: str, action: str, resource: str = "*", **context: str) -> str:
    entries = [
        {"ContextKeyName": key.replace("_", ":"), "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in context.items()
    ]
    results = cloud.client("iam").simulate_principal_policy(
        PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource], ContextEntries=entries
    )["EvaluationResults"]
    return str(results[0]["EvalDecision"])


def test_the_simulator_reads_inline_and_attached_policies_and_denies(cloud: MotoCloud) -> None:
    role = make_role(cloud, "simulated")
    iam = cloud.client("iam")
    inline = document({"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket/*"})
    managed = document(
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "logs:DeleteLogGroup", "Resource": "*"},
    )
    iam.put_role_policy(RoleName="simulated", PolicyName="inline", PolicyDocument=inline)
    arn = iam.create_policy(PolicyName="managed", PolicyDocument=managed)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="simulated", PolicyArn=arn)
    assert simulate(cloud, role, "s3:GetObject", "arn:aws:s3:::bucket/key") == "allowed"
    assert simulate(cloud, role, "s3:GetObject", "arn:aws:s3:::other/key") == "implicitDeny"
    assert simulate(cloud, role, "logs:PutLogEvents") == "allowed"
    assert simulate(cloud, role, "logs:DeleteLogGroup") == "explicitDeny"


def test_the_simulator_honours_the_permissions_boundary(cloud: MotoCloud) -> None:
    role = make_role(cloud, "bounded")
    iam = cloud.client("iam")
    everything = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    only_s3 = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=only_s3)["Policy"]["Arn"]
    iam.put_role_policy(RoleName="bounded", PolicyName="inline", PolicyDocument=everything)
    iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=boundary)
    assert simulate(cloud, role, "s3:GetObject") == "allowed"
    assert simulate(cloud, role, "logs:PutLogEvents") == "implicitDeny"


def test_the_simulator_takes_condition_keys_from_the_request(cloud: MotoCloud) -> None:
    role = seed(cloud).execution_role_arn
    key = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-4e5f-4000-8000-000000000001"
    assert simulate(cloud, role, "kms:Decrypt", key) == "implicitDeny"
    assert simulate(cloud, role, "kms:Decrypt", key, kms_ViaService="sqs.eu-central-1.amazonaws.com") == "allowed"


def test_simulating_for_a_missing_role_is_no_such_entity(cloud: MotoCloud) -> None:
    refused(lambda: simulate(cloud, "arn:aws:iam::123456789012:role/missing", "s3:GetObject"), "NoSuchEntity")


def test_the_service_linked_role_has_the_name_that_aws_gives_it(cloud: MotoCloud) -> None:
    iam = cloud.client("iam")
    made = iam.create_service_linked_role(AWSServiceName="airflow.amazonaws.com")["Role"]
    assert made["RoleName"] == "AWSServiceRoleForAmazonMWAA"
    assert made["Path"] == "/aws-service-role/airflow.amazonaws.com/"


def test_quotas_are_listed_by_account_and_can_be_set(cloud: MotoCloud) -> None:
    quotas = cloud.client("service-quotas")
    cloud.quotas.set(DEFAULT_ACCOUNT, "L-ENVIRONMENTS", 3)
    by_name = {quota["QuotaName"]: quota for quota in quotas.list_service_quotas(ServiceCode="airflow")["Quotas"]}
    assert by_name["Environments per account per Region"]["Value"] == 3
    assert by_name["Workers per environment"]["Value"] == 25
    code = by_name["Environments per account per Region"]["QuotaCode"]
    assert quotas.get_service_quota(ServiceCode="airflow", QuotaCode=code)["Quota"]["Value"] == 3
    refused(lambda: quotas.get_service_quota(ServiceCode="airflow", QuotaCode="L-NONE"), "NoSuchResourceException")


def test_a_new_bucket_is_encrypted_and_blocks_public_access(cloud: MotoCloud) -> None:
    s3 = cloud.client("s3", region="us-east-1")
    s3.create_bucket(Bucket="modern")
    rules = s3.get_bucket_encryption(Bucket="modern")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    blocks = s3.get_public_access_block(Bucket="modern")["PublicAccessBlockConfiguration"]
    assert set(blocks.values()) == {True}


def test_a_bucket_with_its_own_encryption_keeps_it(cloud: MotoCloud) -> None:
    s3 = cloud.client("s3", region="us-east-1")
    s3.create_bucket(Bucket="keyed")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key"}}
    s3.put_bucket_encryption(Bucket="keyed", ServerSideEncryptionConfiguration={"Rules": [rule]})
    rules = s3.get_bucket_encryption(Bucket="keyed")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_a_public_access_block_can_be_removed(cloud: MotoCloud) -> None:
    s3 = cloud.client("s3", region="us-east-1")
    s3.create_bucket(Bucket="open")
    s3.delete_public_access_block(Bucket="open")
    refused(lambda: s3.get_public_access_block(Bucket="open"), "NoSuchPublicAccessBlockConfiguration")


def test_the_expected_bucket_owner_is_honoured(cloud: MotoCloud) -> None:
    s3 = cloud.client("s3", region="us-east-1")
    s3.create_bucket(Bucket="owned")
    s3.get_bucket_versioning(Bucket="owned", ExpectedBucketOwner=DEFAULT_ACCOUNT)
    refused(lambda: s3.get_bucket_versioning(Bucket="owned", ExpectedBucketOwner=OTHER_ACCOUNT), "AccessDenied")


def test_a_given_checksum_is_checked_and_kept(cloud: MotoCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="sums", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    right = b64encode(hashlib.sha256(b"right").digest()).decode()
    s3.put_object(Bucket="sums", Key="k", Body=b"right", ChecksumSHA256=right)
    assert s3.head_object(Bucket="sums", Key="k", ChecksumMode="ENABLED")["ChecksumSHA256"] == right
    with pytest.raises(ClientError, match="BadDigest"):
        s3.put_object(Bucket="sums", Key="k", Body=b"wrong", ChecksumSHA256=right)
    assert s3.get_object(Bucket="sums", Key="k")["Body"].read() == b"right"


def test_head_bucket_tells_the_region(cloud: MotoCloud) -> None:
    s3 = cloud.client("s3", region="eu-west-1")
    s3.create_bucket(Bucket="placed", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert cloud.client("s3").head_bucket(Bucket="placed")["BucketRegion"] == "eu-west-1"


def test_a_shared_subnet_belongs_to_its_owner(cloud: MotoCloud) -> None:
    landscape = seed(cloud)
    cloud.share_subnet(landscape.subnet_ids[0], OTHER_ACCOUNT)
    ec2 = cloud.client("ec2")
    owners = {subnet["SubnetId"]: subnet["OwnerId"] for subnet in ec2.describe_subnets()["Subnets"]}
    assert owners[landscape.subnet_ids[0]] == OTHER_ACCOUNT
    assert owners[landscape.subnet_ids[1]] == DEFAULT_ACCOUNT


def test_a_service_that_is_not_simulated_says_so(cloud: MotoCloud) -> None:
    failed = refused(lambda: cloud.client("sqs").list_queues(), "501")
    assert failed.response["ResponseMetadata"]["HTTPStatusCode"] == 501
