"""What a run makes many of: the manifests of one kind, and what its cost is counted by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.aws.moto.landscape import ACCOUNT, BUCKET, REGION, SECURITY_GROUP_ID, SUBNET_IDS
from localcloud.demo.account import ROLES, STORE

NAMESPACE = "bench"
API_VERSION = "mwaa-operator.io/v1alpha1"

Body = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """One kind.

    Attributes:
        plural: Of the kind, as the API spells it.
        kind: As manifests spell it.
        service: AWS's, as botocore spells it.
        look: AWS's operation that every look at an object makes.
        states: What a client without an operator writes into status.state, first and last.
        spec: Of every object.
    """

    plural: str
    kind: str
    service: str
    look: str
    states: tuple[str, str]
    spec: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The objects' collection in the API."""
        return f"/apis/{API_VERSION}/namespaces/{NAMESPACE}/{self.plural}"

    def manifest(self, index: int) -> Body:
        """Return the manifest of one object."""
        metadata = {"name": name(index), "namespace": NAMESPACE}
        return {"apiVersion": API_VERSION, "kind": self.kind, "metadata": metadata, "spec": dict(self.spec)}


def name(index: int) -> str:
    """Return the name of an object."""
    return f"o{index}"


ENVIRONMENTS = Subject(
    plural="mwaaenvironments",
    kind="MwaaEnvironment",
    service="mwaa",
    look="GetEnvironment",
    states=("CREATING", "AVAILABLE"),
    spec={
        "region": REGION,
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/mwaa-execution",
        "sourceBucketArn": f"arn:aws:s3:::{BUCKET}",
        "dagS3Path": "dags",
        "airflowVersion": "2.10.3",
        "environmentClass": "mw1.small",
        "maxWorkers": 10,
        "networkConfiguration": {"subnetIds": list(SUBNET_IDS), "securityGroupIds": [SECURITY_GROUP_ID]},
    },
)
WORKFLOWS = Subject(
    plural="serverlessworkflows",
    kind="ServerlessWorkflow",
    service="mwaa-serverless",
    look="GetWorkflow",
    states=("CREATING", "READY"),
    spec={
        "region": REGION,
        "role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{ROLES[0]}"},
        "triggerMode": "ManualOnly",
        "definition": {
            "inline": {
                "etl": {
                    "tasks": {
                        "list_raw": {
                            "operator": "airflow.providers.amazon.aws.operators.s3.S3ListOperator",
                            "bucket": "orders-raw",
                        }
                    }
                }
            }
        },
    },
)


def account() -> Body:
    """Return an AwsAccount that admits what the manifests name."""
    lists = ("executionRoles", "buckets", "subnets", "securityGroups", "environmentClasses")
    spec = {
        "accountId": ACCOUNT,
        "regions": [REGION],
        "namespaces": {"from": "All"},
        "definitionStore": {"bucket": STORE},
        **{key: ["*"] for key in lists},
    }
    return {"apiVersion": API_VERSION, "kind": "AwsAccount", "metadata": {"name": "default"}, "spec": spec}
