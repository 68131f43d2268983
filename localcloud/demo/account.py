"""What the workflows of examples/ need in AWS beside the seeded account: a bucket for definitions, roles, a boundary.

It stands for what a platform team makes once, through plain boto3; it knows the names of the examples only.
"""

from __future__ import annotations

import json
from typing import Any

from localcloud.aws.moto.landscape import ACCOUNT, REGION
from localcloud.aws.moto.seed import Clients

STORE = "workflow-definitions"
ROLES = ("mwaa-orders", "mwaa-cleanup")
BOUNDARY = "workflow-boundary"


def seed_workflows(clients: Clients) -> None:
    """Make the bucket, with versioning on, the roles, and the boundary of roles that the operator writes.

    Args:
        clients: As for `seed`.
    """
    s3 = clients.client("s3")
    s3.create_bucket(Bucket=STORE, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=STORE, VersioningConfiguration={"Status": "Enabled"})
    iam = clients.client("iam")
    for name in ROLES:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust()))
        iam.put_role_policy(RoleName=name, PolicyName="workflow", PolicyDocument=json.dumps(policy()))
    iam.create_policy(PolicyName=BOUNDARY, PolicyDocument=json.dumps(boundary()))


def trust() -> dict[str, Any]:
    """Return a trust policy for the service, for workflows of this account alone.

    Source: MWAA Serverless user guide, "Execution role".
    """
    mine = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/*"},
    }
    service = {"Service": "airflow-serverless.amazonaws.com"}
    return _policy({"Principal": service, "Action": "sts:AssumeRole", "Condition": mine})


def policy() -> dict[str, Any]:
    """Return what every workflow needs: to write its logs and to read its definition; tasks would need more."""
    groups = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/mwaa-serverless/*"
    return _policy(
        {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": groups},
        {"Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": f"arn:aws:s3:::{STORE}/*"},
    )


def boundary() -> dict[str, Any]:
    """Return what a role that the operator writes may do at most: what examples/awsaccount.yaml lets it have."""
    services = ["athena:*", "glue:*", "s3:*", "sns:Publish", "logs:*"]
    return _policy({"Action": services, "Resource": "*"})


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
