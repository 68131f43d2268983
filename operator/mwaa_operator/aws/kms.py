"""AWS KMS as preflight needs it: the state and policy of a key.

It reads only. What the answers mean is decided by the rooms' pure modules, not here.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mwaa_operator.aws.port import Port


class KmsPort(Port):
    """Reads of keys."""

    SERVICE: ClassVar[str] = "kms"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset({"DescribeKey", "GetKeyPolicy"})

    def key(self, key_arn: str) -> dict[str, Any] | None:
        """Return botocore's `KeyMetadata`, or None where there is no such key in the Region."""
        answer = self._found("DescribeKey", KeyId=key_arn)
        if answer is None:
            return None
        metadata: dict[str, Any] | None = answer.get("KeyMetadata")
        if not metadata:
            raise self._call.unexpected("DescribeKey", "KeyMetadata")
        return metadata

    def key_policy(self, key_arn: str) -> str:
        """Return the key's policy as JSON text; `default` is the only name that a key policy can have."""
        answer = self._call.read("GetKeyPolicy", KeyId=key_arn, PolicyName="default")
        return str(answer.get("Policy") or "{}")
