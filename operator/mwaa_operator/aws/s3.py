"""Amazon S3 as the operator needs it: which version of an object is there, and how a bucket is set up.

Every call names the bucket's expected owner, so that a bucket of the same name in somebody else's account is never
read by mistake. It reads only, and of an object's content no more than a small text file.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.errors import BOTO_ERRORS, AwsError, failure_of
from mwaa_operator.aws.port import Port, present

_HEAD_MEMBERS = ("VersionId", "ETag", "LastModified", "ContentLength")


class S3Port(Port):
    """Reads of buckets and objects in the scope's account and Region."""

    SERVICE: ClassVar[str] = "s3"
    # botocore itself heads the bucket to learn its Region when S3 redirects a call.
    OPERATIONS: ClassVar[frozenset[str]] = frozenset(
        {
            "GetBucketEncryption",
            "GetBucketVersioning",
            "GetObject",
            "GetPublicAccessBlock",
            "HeadBucket",
            "HeadObject",
            "ListObjectsV2",
        }
    )

    def latest_version(self, bucket: str, key: str) -> dict[str, Any] | None:
        """Return what HeadObject says about the newest version of an object.

        Args:
            bucket: The bucket's name, not its ARN.
            key: The object's key.

        Returns:
            `VersionId` (None in a bucket without versioning), `ETag`, `LastModified` (UTC), `ContentLength` (bytes);
            None where no such object or bucket exists, or its newest version is a delete marker.

        Raises:
            AwsError: AccessDenied also where the object is absent and `s3:ListBucket` is not granted (S3 user guide,
                HeadObject permissions).
        """
        return self._head(Bucket=bucket, Key=key)

    def version_exists(self, bucket: str, key: str, version: str) -> bool:
        """Return whether a version of an object exists and can be read; a delete marker cannot."""
        return self.version(bucket, key, version) is not None

    def version(self, bucket: str, key: str, version: str) -> dict[str, Any] | None:
        """Return what HeadObject says about one version of an object, as `latest_version` does."""
        return self._head(Bucket=bucket, Key=key, VersionId=version)

    def text(self, bucket: str, key: str, *, version: str | None, limit: int) -> str | None:
        """Return the beginning of a text object.

        Args:
            bucket: The bucket's name.
            key: The object's key.
            version: Which version; None for the newest.
            limit: The most bytes that are read; what is not UTF-8 is replaced.

        Returns:
            The text, or None where the object does not exist.
        """
        members = present({"VersionId": version})
        answer = self._absent_is_none("GetObject", Bucket=bucket, Key=key, **members)
        if answer is None:
            return None
        body = answer["Body"]
        try:
            content: bytes = body.read(limit)
        except BOTO_ERRORS as error:
            raise AwsError(failure_of(error, operation="s3:GetObject")) from None
        finally:
            body.close()
        return content.decode("utf-8", "replace")

    def bucket_region(self, bucket: str) -> str | None:
        """Return the Region of a bucket, or None where no bucket of that name exists."""
        answer = self._absent_is_none("HeadBucket", Bucket=bucket)
        if answer is None:
            return None
        region: str = answer.get("BucketRegion") or self._call.region
        return region

    def bucket_versioning(self, bucket: str) -> str:
        """Return `Enabled`, `Suspended`, or an empty string where it was never turned on."""
        answer = self._call.read("GetBucketVersioning", Bucket=bucket, ExpectedBucketOwner=self._call.account_id)
        return str(answer.get("Status") or "")

    def public_access_block(self, bucket: str) -> dict[str, bool]:
        """Return the four members of botocore's PublicAccessBlockConfiguration; empty where the bucket has none."""
        answer = self._absent_is_none("GetPublicAccessBlock", Bucket=bucket)
        return dict((answer or {}).get("PublicAccessBlockConfiguration") or {})

    def bucket_encryption(self, bucket: str) -> dict[str, Any]:
        """Return botocore's ServerSideEncryptionByDefault of the bucket; empty where there is none."""
        answer = self._absent_is_none("GetBucketEncryption", Bucket=bucket)
        rules = ((answer or {}).get("ServerSideEncryptionConfiguration") or {}).get("Rules") or [{}]
        return dict(rules[0].get("ApplyServerSideEncryptionByDefault") or {})

    def prefix_exists(self, bucket: str, prefix: str) -> bool:
        """Return whether the bucket holds any object whose key begins with `prefix`."""
        answer = self._absent_is_none("ListObjectsV2", Bucket=bucket, Prefix=prefix, MaxKeys=1)
        return bool((answer or {}).get("KeyCount"))

    def _head(self, **members: str) -> dict[str, Any] | None:
        try:
            answer = self._absent_is_none("HeadObject", **members)
        except AwsError as error:
            # 405 is the answer to the head of a delete marker that is named by its version.
            if error.failure.code == "405":
                return None
            raise
        return None if answer is None else {name: answer.get(name) for name in _HEAD_MEMBERS}

    def _absent_is_none(self, operation: str, **members: Any) -> dict[str, Any] | None:
        try:
            return self._call.read(operation, ExpectedBucketOwner=self._call.account_id, **members)
        except AwsError as error:
            if error.failure.kind is FailureKind.NOT_FOUND:
                return None
            raise
