"""The seeded account for preflight's contract tests, and one function for each thing that can be broken in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.aws.moto import landscape as names
from localcloud.aws.moto.cloud import MotoCloud
from localcloud.aws.moto.landscape import Landscape
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.preflight.results import CheckResult
from mwaa_operator.environment.preflight.run import Preflight
from tests.support.preflight import OTHER_ACCOUNT, ROWS


def network(*subnet_ids: str, groups: tuple[str, ...] = (names.SECURITY_GROUP_ID,)) -> dict[str, Any]:
    return {"subnetIds": list(subnet_ids or names.SUBNET_IDS), "securityGroupIds": list(groups)}


@dataclass
class World:
    """The seeded account, and preflight as the operator runs it."""

    cloud: MotoCloud
    landscape: Landscape
    scope: AwsScope
    preflight: Preflight
    broken: bool = False

    def spec(self, **members: Any) -> MwaaEnvironmentSpec:
        """Return a spec that names everything in the landscape, changed; what is given as None is left out."""
        wire = {
            "region": names.REGION,
            "executionRoleArn": self.landscape.execution_role_arn,
            "sourceBucketArn": self.landscape.bucket_arn,
            "dagS3Path": "dags",
            "pluginsS3Path": names.PLUGINS,
            "requirementsS3Path": names.REQUIREMENTS,
            "startupScriptS3Path": names.STARTUP,
            "airflowVersion": "2.10.3",
            "webserverAccessMode": "PUBLIC_ONLY",
            "kmsKey": self.landscape.kms_key_arn,
            "networkConfiguration": network(),
            **members,
        }
        return MwaaEnvironmentSpec.model_validate({name: value for name, value in wire.items() if value is not None})

    def look(self, name: str = "etl", **members: Any) -> dict[str, CheckResult]:
        """Run preflight and return the results by name."""
        return {result.name: result for result in self.preflight(self.scope, self.spec(**members), name)}

    def client(self, service: str) -> Any:
        """Return a boto3 client with which to break something, so that the next test needs a new account."""
        self.broken = True
        return self.cloud.client(service)


Break = Callable[[World], dict[str, Any] | None]
"""Breaks one thing, and returns the members of the spec that go with it."""


def allow_all_of_s3(w: World) -> None:
    """Let the execution role read every bucket, so that only the bucket is wrong."""
    statement = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    w.client("iam").put_role_policy(RoleName=names.EXECUTION_ROLE, PolicyName="s3", PolicyDocument=document)


def bucket_missing(w: World) -> dict[str, Any]:
    allow_all_of_s3(w)
    return {"sourceBucketArn": "arn:aws:s3:::not-there"}


def bucket_elsewhere(w: World) -> dict[str, Any]:
    allow_all_of_s3(w)
    w.broken = True
    w.cloud.client("s3", region="us-east-1").create_bucket(Bucket="elsewhere")
    return {"sourceBucketArn": "arn:aws:s3:::elsewhere"}


def versioning_suspended(w: World) -> None:
    w.client("s3").put_bucket_versioning(Bucket=names.BUCKET, VersioningConfiguration={"Status": "Suspended"})


def public_access(**changed: bool) -> Break:
    def act(w: World) -> None:
        flags = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        configuration = {**dict.fromkeys(flags, True), **changed}
        w.client("s3").put_public_access_block(Bucket=names.BUCKET, PublicAccessBlockConfiguration=configuration)

    return act


def encrypted_with_another_key(w: World) -> None:
    other = w.client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": other}}
    w.client("s3").put_bucket_encryption(Bucket=names.BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})


def deleted(key: str) -> Break:
    def act(w: World) -> None:
        w.client("s3").delete_object(Bucket=names.BUCKET, Key=key)

    return act


def version_deleted(w: World) -> dict[str, Any]:
    version = w.landscape.versions[names.STARTUP]
    w.client("s3").delete_object(Bucket=names.BUCKET, Key=names.STARTUP, VersionId=version)
    return {"startupScriptS3ObjectVersion": version}


def constraints_of_another_version(w: World) -> None:
    line = b"--constraint https://example.org/constraints-2.9.2/constraints-3.11.txt\nrequests\n"
    w.client("s3").put_object(Bucket=names.BUCKET, Key=names.REQUIREMENTS, Body=line)


def new_subnets(w: World, *placed: tuple[str, str]) -> dict[str, Any]:
    """Make private subnets of (block, zone) and return the spec that names them."""
    ec2 = w.client("ec2")
    made = []
    for block, zone in placed:
        subnet = ec2.create_subnet(VpcId=w.landscape.vpc_id, CidrBlock=block, AvailabilityZone=names.REGION + zone)
        made.append(subnet["Subnet"]["SubnetId"])
        ec2.associate_route_table(RouteTableId=w.landscape.route_table_id, SubnetId=made[-1])
    return {"networkConfiguration": network(*made)}


def subnet_shared(w: World) -> None:
    w.broken = True
    w.cloud.share_subnet(names.SUBNET_IDS[1], OTHER_ACCOUNT)


def small_subnets(w: World) -> dict[str, Any]:
    return {**new_subnets(w, ("10.0.10.0/28", "a"), ("10.0.11.0/28", "b")), "maxWorkers": 25}


def dns_off(w: World) -> None:
    w.client("ec2").modify_vpc_attribute(VpcId=w.landscape.vpc_id, EnableDnsHostnames={"Value": False})


DEFAULT_ROUTE = {"DestinationCidrBlock": "0.0.0.0/0"}


def routed_to_the_internet(w: World) -> None:
    table, gateway = w.landscape.route_table_id, w.landscape.internet_gateway_id
    w.client("ec2").delete_route(RouteTableId=table, **DEFAULT_ROUTE)
    w.client("ec2").create_route(RouteTableId=table, GatewayId=gateway, **DEFAULT_ROUTE)


def no_way_out(w: World) -> None:
    w.client("ec2").delete_route(RouteTableId=w.landscape.route_table_id, **DEFAULT_ROUTE)


def endpoints_instead(w: World) -> dict[str, Any]:
    no_way_out(w)
    ec2, vpc = w.client("ec2"), w.landscape.vpc_id
    prefix = f"com.amazonaws.{names.REGION}"
    ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"{prefix}.s3", VpcEndpointType="Gateway", RouteTableIds=[w.landscape.route_table_id]
    )
    for service in ROWS.interface_endpoints:
        ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName=f"{prefix}.{service}",
            VpcEndpointType="Interface",
            SubnetIds=list(w.landscape.subnet_ids),
            PrivateDnsEnabled=True,
        )
    return {"airflowVersion": "3.0.6"}


def nat_deleted(w: World) -> None:
    gateway = w.client("ec2").describe_nat_gateways()["NatGateways"][0]["NatGatewayId"]
    w.client("ec2").delete_nat_gateway(NatGatewayId=gateway)


def ingress_revoked(w: World) -> None:
    group = w.landscape.security_group_id
    themselves = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    w.client("ec2").revoke_security_group_ingress(GroupId=group, IpPermissions=[themselves])


def egress_revoked(w: World) -> None:
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = w.landscape.security_group_id
    w.client("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=[everything])


def acl_closed(w: World) -> None:
    ec2 = w.client("ec2")
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [w.landscape.vpc_id]}])["NetworkAcls"]
    ec2.create_network_acl_entry(
        NetworkAclId=acls[0]["NetworkAclId"],
        RuleNumber=50,
        Protocol="6",
        RuleAction="deny",
        Egress=False,
        CidrBlock="10.0.0.0/16",
        PortRange={"From": 5432, "To": 5432},
    )


def role_policy_deleted(w: World) -> None:
    w.client("iam").delete_role_policy(RoleName=names.EXECUTION_ROLE, PolicyName=names.EXECUTION_ROLE)


def role_deleted(w: World) -> None:
    role_policy_deleted(w)
    w.client("iam").delete_role(RoleName=names.EXECUTION_ROLE)


def half_trusted(w: World) -> None:
    service = {"Service": "airflow.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    w.client("iam").update_assume_role_policy(RoleName=names.EXECUTION_ROLE, PolicyDocument=document)


def key_disabled(w: World) -> None:
    w.client("kms").disable_key(KeyId=names.KEY_ID)


def key_without_logs(w: World) -> None:
    root = {"AWS": f"arn:aws:iam::{names.ACCOUNT}:root"}
    policy = {"Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}]}
    w.client("kms").put_key_policy(KeyId=w.landscape.kms_key_arn, PolicyName="default", Policy=json.dumps(policy))


def no_service_linked_role(w: World) -> None:
    w.client("iam").delete_role(RoleName="AWSServiceRoleForAmazonMWAA")
