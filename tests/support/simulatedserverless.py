"""The simulated MWAA Serverless over HTTP for tests, alone or in an account that moto simulates.

It serves, seeds and asks; nothing here asserts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.serverless.config import Surroundings
from localcloud.aws.serverless.dependencies import ANY_CODE, Dependencies, Inquiry
from tests.support.aws import REGION, simulated_mwaa
from tests.support.serverless import dag

BUCKET = "definitions"
TRUST: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "airflow-serverless.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class Shelf:
    """The objects of a service that has no S3: what stands under a key is what every version of it holds."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def look(self, inquiry: Inquiry) -> Surroundings:
        """Find the definition of a request; every key that is not here holds `dag()`."""
        key = inquiry.params["DefinitionS3Location"]["ObjectKey"]
        return Surroundings(definition=self.objects.get(key, dag()), code=ANY_CODE)


@contextmanager
def simulated_serverless(shelf: Shelf | None = None, **settings: Any) -> Iterator[SimulatedAws]:
    """Serve MWAA Serverless (and MWAA) without the other services; settings as in SimulatedAws."""
    dependencies = Dependencies(look=(shelf or Shelf()).look)
    with simulated_mwaa(serverless_dependencies=dependencies, **settings) as running:
        yield running


def seed(aws: SimulatedAws, *, trust: Mapping[str, Any] = TRUST) -> str:
    """Make the bucket and the role `workflow` in moto's default account; returns the role's ARN."""
    assert aws.moto is not None
    s3 = aws.moto.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return role(aws, "workflow", trust)


def role(aws: SimulatedAws, name: str, trust: Mapping[str, Any] = TRUST) -> str:
    """Make a role in moto's default account and return its ARN."""
    assert aws.moto is not None
    made = aws.moto.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


def put_object(aws: SimulatedAws, key: str, content: bytes, *, bucket: str = BUCKET) -> str:
    """Put an object into S3 and return its version id."""
    assert aws.moto is not None
    answer = aws.moto.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    return str(answer.get("VersionId", ""))
