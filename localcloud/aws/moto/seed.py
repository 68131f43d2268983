"""Fills an empty account with what an MWAA environment needs, through plain boto3.

The result passes every check that MWAA and the operator make before a create. Ids are those of `landscape`, asked for
with moto's id tag, which is removed again. It would work on a real account too, but for the ids.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from localcloud.aws.moto import landscape as names
from localcloud.aws.moto.ids import ID_TAG
from localcloud.aws.moto.landscape import Landscape
from localcloud.aws.moto.rolepolicy import execution_policy, execution_trust, key_policy, operator_trust

_ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}

_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)

_OBJECTS = {
    names.DAGS: b"",
    names.PLUGINS: _EMPTY_ZIP,
    names.REQUIREMENTS: b"apache-airflow-providers-cncf-kubernetes\n",
    names.STARTUP: b"#!/bin/sh\nexport LOCALCLOUD=1\n",
}


class Clients(Protocol):
    """A `MotoCloud`, or a boto3 session whose endpoints lead to one."""

    def client(self, service: str) -> Any:
        """Return a boto3 client of the default account and Region."""


def seed(clients: Clients) -> Landscape:
    """Make everything and return its names.

    Args:
        clients: Credentials of account 123456789012 and the Region eu-central-1; the account must be empty.
    """
    ec2 = clients.client("ec2")
    vpc_id = _vpc(ec2)
    gateway_id = _internet_gateway(ec2, vpc_id)
    route_table_id = _private_routes(ec2, vpc_id, gateway_id)
    iam = clients.client("iam")
    iam.create_service_linked_role(AWSServiceName="airflow.amazonaws.com")
    return Landscape(
        account=names.ACCOUNT,
        region=names.REGION,
        bucket_arn=f"arn:aws:s3:::{names.BUCKET}",
        versions=_bucket(clients.client("s3")),
        execution_role_arn=_execution_role(iam),
        operator_role_arn=_operator_role(iam),
        external_id=names.EXTERNAL_ID,
        vpc_id=vpc_id,
        subnet_ids=names.SUBNET_IDS,
        security_group_id=_security_group(ec2, vpc_id),
        kms_key_arn=_key(clients.client("kms")),
        route_table_id=route_table_id,
        internet_gateway_id=gateway_id,
    )


def _with_id(kind: str, wanted: str, *, name: str = "airflow") -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}, {"Key": ID_TAG, "Value": wanted}]}]


def _forget_id_tag(ec2: Any, *resources: str) -> None:
    ec2.delete_tags(Resources=list(resources), Tags=[{"Key": ID_TAG}])


def _vpc(ec2: Any) -> str:
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=_with_id("vpc", names.VPC_ID))
    vpc_id: str = made["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc_id, **{attribute: {"Value": True}})
    _forget_id_tag(ec2, vpc_id)
    return vpc_id


def _subnet(ec2: Any, vpc_id: str, number: int, *, wanted: str, zone: str) -> str:
    tags = _with_id("subnet", wanted, name=f"airflow-{number}")
    zone = names.REGION + zone
    block = f"10.0.{number}.0/24"
    made = ec2.create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZone=zone, TagSpecifications=tags)
    subnet_id: str = made["Subnet"]["SubnetId"]
    _forget_id_tag(ec2, subnet_id)
    return subnet_id


def _internet_gateway(ec2: Any, vpc_id: str) -> str:
    gateway_id: str = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    return gateway_id


def _private_routes(ec2: Any, vpc_id: str, gateway_id: str) -> str:
    """Make a public subnet with a NAT gateway, and two private ones that reach the world through it."""
    public = _subnet(ec2, vpc_id, 0, wanted=names.PUBLIC_SUBNET_ID, zone="a")
    _routed(ec2, vpc_id, [public], GatewayId=gateway_id)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat_id = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    private = [
        _subnet(ec2, vpc_id, number, wanted=wanted, zone=zone)
        for number, (wanted, zone) in enumerate(zip(names.SUBNET_IDS, "ab", strict=True), start=1)
    ]
    return _routed(ec2, vpc_id, private, NatGatewayId=nat_id)


def _routed(ec2: Any, vpc_id: str, subnet_ids: list[str], **target: str) -> str:
    table_id: str = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", **target)
    for subnet_id in subnet_ids:
        ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
    return table_id


def _security_group(ec2: Any, vpc_id: str) -> str:
    made = ec2.create_security_group(
        GroupName="airflow",
        Description="Airflow components reach each other",
        VpcId=vpc_id,
        TagSpecifications=_with_id("security-group", names.SECURITY_GROUP_ID),
    )
    group_id: str = made["GroupId"]
    themselves = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[themselves])
    _forget_id_tag(ec2, group_id)
    return group_id


def _bucket(s3: Any) -> dict[str, str]:
    s3.create_bucket(Bucket=names.BUCKET, CreateBucketConfiguration={"LocationConstraint": names.REGION})
    s3.put_bucket_versioning(Bucket=names.BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(Bucket=names.BUCKET, PublicAccessBlockConfiguration=_ALL_BLOCKED)
    return {
        key: s3.put_object(Bucket=names.BUCKET, Key=key, Body=content)["VersionId"] for key, content in _OBJECTS.items()
    }


def _execution_role(iam: Any) -> str:
    return _role(iam, names.EXECUTION_ROLE, trust=execution_trust(), policy=execution_policy())


def _operator_role(iam: Any) -> str:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return _role(iam, names.OPERATOR_ROLE, trust=operator_trust(), policy=everything)


def _role(iam: Any, name: str, *, trust: dict[str, Any], policy: dict[str, Any]) -> str:
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    return str(role["Role"]["Arn"])


def _key(kms: Any) -> str:
    tags = [{"TagKey": ID_TAG, "TagValue": names.KEY_ID}]
    made = kms.create_key(
        Description="airflow", KeyUsage="ENCRYPT_DECRYPT", Policy=json.dumps(key_policy()), Tags=tags
    )["KeyMetadata"]
    kms.untag_resource(KeyId=made["KeyId"], TagKeys=[ID_TAG])
    return str(made["Arn"])
