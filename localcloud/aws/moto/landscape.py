"""The names and ids of the seeded account, so that static manifests can refer to them.

Everything that an MwaaEnvironment names is a constant here; only object versions are made up by S3. It calls nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT = "123456789012"
REGION = "eu-central-1"

BUCKET = "airflow-artifacts"
DAGS = "dags/"
PLUGINS = "plugins.zip"
REQUIREMENTS = "requirements.txt"
STARTUP = "startup.sh"

VPC_ID = "vpc-0a1b2c3d4e5f60001"
SUBNET_IDS = ("subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002")
PUBLIC_SUBNET_ID = "subnet-0a1b2c3d4e5f60003"
SECURITY_GROUP_ID = "sg-0a1b2c3d4e5f60001"
KEY_ID = "0a1b2c3d-4e5f-4000-8000-000000000001"

EXECUTION_ROLE = "mwaa-execution"
OPERATOR_ROLE = "mwaa-operator"
EXTERNAL_ID = "localcloud"


@dataclass(frozen=True)
class Landscape:
    """What an MWAA environment needs, ready to be named in a manifest.

    Attributes:
        account: Twelve digits.
        region: Where everything is.
        bucket_arn: A versioned bucket that blocks public access.
        versions: Object key to the version id that S3 gave it.
        execution_role_arn: Trusted by MWAA, with the permissions of the MWAA user guide.
        operator_role_arn: What an AwsAccount may assume, with `external_id`.
        external_id: Asked for by the operator role's trust policy.
        vpc_id: DNS support and hostnames are on.
        subnet_ids: Two private subnets in different availability zones, with a route to a NAT gateway.
        security_group_id: Members reach each other; egress is open.
        kms_key_arn: A symmetric single-Region key that CloudWatch Logs may use.
        route_table_id: Of the two private subnets.
        internet_gateway_id: Of the VPC.
    """

    account: str
    region: str
    bucket_arn: str
    versions: dict[str, str]
    execution_role_arn: str
    operator_role_arn: str
    external_id: str
    vpc_id: str
    subnet_ids: tuple[str, str]
    security_group_id: str
    kms_key_arn: str
    route_table_id: str
    internet_gateway_id: str
