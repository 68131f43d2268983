"""The customer's account as MWAA sees it, when moto simulates that account in the same process.

It looks at moto's own objects, not through its API: the checks are MWAA's, so no ledger may count them and no fault may
hit them. What it checks: the role's trust, the bucket's public access block, pinned object versions.
"""

from __future__ import annotations

import json
from typing import Any

from moto.backends import get_backend
from moto.s3.models import FakeDeleteMarker

from localcloud.aws.mwaa.config import ARTIFACTS, Surroundings
from localcloud.aws.mwaa.dependencies import Dependencies, Inquiry
from localcloud.aws.mwaa.states import MODULES, Environment, pairs, partition
from localcloud.aws.mwaa.texts import bucket_not_blocked, role_lacks_s3, role_not_assumable, unreadable_version

PRINCIPAL = "airflow-env.amazonaws.com"
"""The service principal that an execution role must trust."""


def moto_dependencies() -> Dependencies:
    """Return dependencies that are met by what moto holds."""
    return Dependencies(look=look, appeared=make_log_groups)


def look(inquiry: Inquiry) -> Surroundings:
    """Judge role, bucket and objects of a request; find the current versions of artefacts without one."""
    params = inquiry.params
    role = params.get("ExecutionRoleArn")
    if role and not _trusted(inquiry, role):
        return Surroundings(refusal=role_not_assumable(role))
    if inquiry.environment is None and "SourceBucketArn" not in params:
        return Surroundings()
    arn = params.get("SourceBucketArn") or (inquiry.environment and inquiry.environment.config.source_bucket_arn)
    name = str(arn).rpartition(":")[2]
    bucket = _bucket(inquiry, name)
    if bucket is None:
        return Surroundings(refusal=role_lacks_s3(f"{name}/{params.get('DagS3Path', '')}"))
    if "SourceBucketArn" in params and not _blocked(bucket):
        return Surroundings(refusal=bucket_not_blocked(name))
    return _objects(inquiry, bucket)


def make_log_groups(environment: Environment) -> None:
    """Make the log groups of the enabled modules, as MWAA does in the customer's account; they outlive it."""
    backend = _backend("logs", environment.account, environment.region)
    for module, log in zip(MODULES, environment.config.logging, strict=True):
        name = f"airflow-{environment.name}-{module.suffix}"
        if log.enabled and name not in backend.groups:
            backend.create_log_group(name, {}, kmsKeyId=environment.config.kms_key)


def _objects(inquiry: Inquiry, bucket: Any) -> Surroundings:
    versions: dict[str, str] = {}
    for word in ARTIFACTS:
        path, version = inquiry.params.get(f"{word}S3Path"), inquiry.params.get(f"{word}S3ObjectVersion")
        if not path:
            continue
        found = bucket.keys.getlist(path, [])
        wanted = [item for item in found if item.version_id == version] if version else found[-1:]
        if not wanted or isinstance(wanted[-1], FakeDeleteMarker):
            return Surroundings(refusal=unreadable_version(version or "null", path))
        versions[path] = str(wanted[-1].version_id)
    return Surroundings(versions=pairs(versions))


def _trusted(inquiry: Inquiry, role_arn: str) -> bool:
    backend = _backend("iam", inquiry.account, "global", inquiry.region)
    role = next((role for role in backend.roles.values() if role.arn == role_arn), None)
    if role is None:
        return False
    document = role.assume_role_policy_document
    policy = json.loads(document) if isinstance(document, str) else document
    return any(_allows(statement) for statement in _listed(policy.get("Statement", [])))


def _allows(statement: dict[str, Any]) -> bool:
    principals = statement.get("Principal", {})
    services = _listed(principals.get("Service", [])) if isinstance(principals, dict) else []
    return statement.get("Effect") == "Allow" and PRINCIPAL in services


def _bucket(inquiry: Inquiry, name: str) -> Any:
    return _backend("s3", inquiry.account, "global", inquiry.region).buckets.get(name)


def _blocked(bucket: Any) -> bool:
    block = bucket.public_access_block
    return block is not None and bool(block.block_public_acls and block.block_public_policy)


def _backend(service: str, account: str, scope: str, region: str = "") -> Any:
    """Return moto's backend; global services are kept per partition."""
    key = partition(region) if scope == "global" else scope
    return get_backend(service)[account][key]  # type: ignore[call-overload]  # services are a Literal there


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
