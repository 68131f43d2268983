"""Which single actions are denied to whom.

A test says `deny(principal, "s3:GetBucketVersioning")`; both the IAM action and the API operation's name are
understood, because they differ for S3. Everything that is not denied is allowed: this is a switch for tests, not an
IAM.
"""

from __future__ import annotations

import threading

from localcloud.aws.moto.policy import matches
from localcloud.aws.moto.principals import Principal

IAM_PREFIX = {"service-quotas": "servicequotas", "mwaa": "airflow", "mwaa-serverless": "airflow-serverless"}
"""Where IAM's prefix is not boto3's name of the service."""

S3_ACTIONS = {
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""S3's permissions that are not named as the operation (Service Authorization Reference, Amazon S3)."""


def iam_action(service: str, operation: str, *, versioned: bool = False) -> str:
    """Return the permission that an operation needs, for example `s3:ListBucket` for HeadBucket.

    Args:
        service: boto3's name of the service.
        operation: As in the service's model.
        versioned: S3 only: the call names an object version, which is a permission of its own.
    """
    if service == "s3":
        operation = S3_ACTIONS.get(operation, operation)
        if versioned and operation == "GetObject":
            operation = "GetObjectVersion"
    return f"{IAM_PREFIX.get(service, service)}:{operation}"


class Denials:
    """The list of denied (principal, action) pairs; both may contain `*`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._denied: list[tuple[str, str]] = []

    def deny(self, principal: str, action: str) -> None:
        """Deny an action to a principal.

        Args:
            principal: The ARN of a user, role or session, an account id, or a pattern; `*` is everybody.
            action: `service:Permission` or `service:Operation`, or a pattern.
        """
        with self._lock:
            self._denied.append((principal, action))

    def allow(self, principal: str, action: str) -> None:
        """Take exactly this denial back; nothing happens if there is none."""
        with self._lock:
            self._denied = [pair for pair in self._denied if pair != (principal, action)]

    def clear(self) -> None:
        """Take every denial back."""
        with self._lock:
            self._denied.clear()

    def denies(self, principal: Principal, *actions: str) -> bool:
        """Whether any of these spellings of one action is denied to this principal."""
        with self._lock:
            denied = list(self._denied)
        return any(
            any(matches(who, name) for name in principal.names)
            and any(matches(what, action, fold_case=True) for action in actions)
            for who, what in denied
        )
