"""Smallest valid objects of every kind, as a person would write them; tests change one thing at a time."""

from __future__ import annotations

import copy
from typing import Any

from mwaa_operator.api.meta import API_VERSION

ROLE = "arn:aws:iam::123456789012:role/airflow"
BUCKET = "arn:aws:s3:::airflow-dags"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1b2c3d4e-1111-2222-3333-444455556666"
OTHER_KEY = "arn:aws:kms:eu-central-1:123456789012:key/1b2c3d4e-1111-2222-3333-444455557777"

_ENVIRONMENT: dict[str, Any] = {
    "region": "eu-central-1",
    "executionRoleArn": ROLE,
    "sourceBucketArn": BUCKET,
    "dagS3Path": "dags",
    "networkConfiguration": {"subnetIds": ["subnet-a1", "subnet-b2"], "securityGroupIds": ["sg-a1"]},
}

DEFINITION = """\
orders:
  schedule: null
  tasks:
    list:
      operator: airflow.providers.amazon.aws.operators.s3.S3ListOperator
      bucket: raw
"""

_WORKFLOW: dict[str, Any] = {
    "region": "eu-central-1",
    "definition": {"yaml": DEFINITION},
    "role": {"arn": ROLE},
}

_ROUTE: dict[str, Any] = {
    "gatewayRef": {"name": "general"},
    "dataClass": "general",
    "queue": {"name": "digital"},
    "access": {"secure": False},
    "sparkVersions": ["3.5"],
    "targets": [
        {"name": "a", "cluster": "analytics-a", "namespace": "spark", "serviceAccount": "spark", "weight": 100},
    ],
}

_GATEWAY: dict[str, Any] = {
    "dataClass": "general",
    "image": "registry.example.com/bpg:aa3e5c8",
    "clusters": [
        {
            "name": "analytics-a",
            "eks": {"name": "analytics-a", "region": "eu-central-1"},
            "credentials": {"tokenSecretRef": {"name": "analytics-a", "key": "token"}},
            "sparkNamespaces": [{"name": "spark", "serviceAccounts": ["spark"], "allowedFrom": ["data"]}],
        }
    ],
}


def mwaa_environment(name: str = "etl", namespace: str = "default", /, **members: Any) -> dict[str, Any]:
    """Return a valid MwaaEnvironment whose spec has these members; None removes one."""
    return _object("MwaaEnvironment", {"name": name, "namespace": namespace}, _ENVIRONMENT, members)


def serverless_workflow(name: str = "etl", namespace: str = "default", /, **members: Any) -> dict[str, Any]:
    """Return a valid ServerlessWorkflow whose spec has these members; None removes one."""
    return _object("ServerlessWorkflow", {"name": name, "namespace": namespace}, _WORKFLOW, members)


def spark_job_route(name: str = "etl", namespace: str = "default", /, **members: Any) -> dict[str, Any]:
    """Return a valid SparkJobRoute whose spec has these members; None removes one."""
    return _object("SparkJobRoute", {"name": name, "namespace": namespace}, _ROUTE, members)


def spark_gateway(name: str = "etl", namespace: str = "default", /, **members: Any) -> dict[str, Any]:
    """Return a valid SparkGateway whose spec has these members; None removes one."""
    return _object("SparkGateway", {"name": name, "namespace": namespace}, _GATEWAY, members)


def aws_account(name: str = "default", /, **members: Any) -> dict[str, Any]:
    """Return a valid AwsAccount whose spec has these members; None removes one."""
    return _object("AwsAccount", {"name": name}, {"accountId": "123456789012"}, members)


def _object(kind: str, metadata: dict[str, Any], base: dict[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    spec = {key: value for key, value in (copy.deepcopy(base) | members).items() if value is not None}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
