"""Amazon S3 as the operator needs it: versions of objects, how a bucket is set up, and the objects of its own store.

Every call names the bucket's expected owner, so that a bucket of the same name in somebody else's account is never
read or written by mistake. An object that exists is never overwritten; which ones may be deleted is the caller's word,
under a prefix that it names. Bodies are small: definitions and code that a ConfigMap holds.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, ClassVar

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.aws.error_table import kind_of
from mwaa_operator.aws.errors import BOTO_ERRORS, AwsError, failure_of
from mwaa_operator.aws.port import Port, present
from mwaa_operator.aws.scrub import scrub

_HEAD_MEMBERS = ("VersionId", "ETag", "LastModified", "ContentLength")


_MARKER = ("405", "MethodNotAllowed")
_TAKEN = "PreconditionFailed"
"""The code for a put of a key that is taken (S3 user guide, "Conditional writes")."""
_MOST_DELETED = 1000
"""Objects in one call (S3 API reference, DeleteObjects)."""


class S3Port(Port):
    """Buckets and objects in the scope's account and Region."""

    SERVICE: ClassVar[str] = "s3"
    # botocore itself heads the bucket to learn its Region when S3 redirects a call.
    OPERATIONS: ClassVar[frozenset[str]] = frozenset(
        {
            "DeleteObjects",
            "GetBucketEncryption",
            "GetBucketVersioning",
            "GetObject",
            "GetPublicAccessBlock",
            "HeadBucket",
            "HeadObject",
            "ListObjectVersions",
            "ListObjectsV2",
            "PutObject",
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
        found = self.read_bytes(bucket, key, version=version, limit=limit)
        return None if found is None else found[0].decode("utf-8", "replace")

    def read_bytes(self, bucket: str, key: str, *, version: str | None, limit: int) -> tuple[bytes, str | None] | None:
        """Return the beginning of an object, and which version that is.

        Args:
            bucket: The bucket's name.
            key: The object's key.
            version: Which version; None for the newest.
            limit: The most bytes that are read: one more than is wanted shows that there is more.

        Returns:
            The bytes and the version (None in a bucket without versioning); None where there is no such object, or the
            version is a delete marker.
        """
        try:
            answer = self._owned("GetObject", Bucket=bucket, Key=key, **present({"VersionId": version}))
        except AwsError as error:
            # As for the head of a delete marker that is named by its version.
            if error.failure.code in _MARKER:
                return None
            raise
        if answer is None:
            return None
        return _read(answer["Body"], limit), answer.get("VersionId")

    def put_if_absent(
        self, bucket: str, key: str, body: bytes, *, sha256: str, kms_key_arn: str | None = None
    ) -> str | None:
        """Write an object unless there is one of that key, and return its version (None without versioning).

        The key is expected to hold the content's hash, so that an object that is there already is the same one: then
        nothing is written, and its version is returned.

        Args:
            bucket: The bucket's name.
            key: The object's key.
            body: The content.
            sha256: Its SHA-256 in hexadecimal digits, which S3 checks against what arrives.
            kms_key_arn: The key to encrypt with; None leaves it to the bucket.

        Raises:
            AwsError: Of kind NameInUse where an object of other content stands under the key; of kind WrongState where
                somebody else writes or deletes it at this moment: look again. With `may_have_happened` it may have been
                written: a second try finds it.
        """
        checksum = b64encode(bytes.fromhex(sha256)).decode()
        encryption = {} if kms_key_arn is None else {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_arn}
        try:
            answer = self._call.mutate(
                "PutObject",
                Bucket=bucket,
                Key=key,
                Body=body,
                ChecksumSHA256=checksum,
                IfNoneMatch="*",
                ExpectedBucketOwner=self._call.account_id,
                **encryption,
            )
        except AwsError as error:
            if error.failure.code != _TAKEN:
                raise
            return self._same(bucket, key, body, checksum, refusal=error.failure)
        return answer.get("VersionId")

    def list_keys(self, bucket: str, prefix: str, *, limit: int) -> list[dict[str, Any]]:
        """Return botocore's Object (`Key`, `Size`, `LastModified`) of at most `limit` objects under a prefix.

        Raises:
            AwsError: NotFound where there is no such bucket: that is not "no objects".
        """
        return list(islice(self._items("ListObjectsV2", ("Contents",), bucket, prefix), limit))

    def list_versions(self, bucket: str, prefix: str, *, limit: int) -> list[dict[str, Any]]:
        """Return `Key`, `VersionId`, `LastModified` of at most `limit` versions under a prefix, delete markers too.

        In a bucket without versioning each object has one version, `null`. Raises as `list_keys` does.
        """
        return list(islice(self._items("ListObjectVersions", ("Versions", "DeleteMarkers"), bucket, prefix), limit))

    def delete_objects(self, bucket: str, versions: Iterable[tuple[str, str | None]], *, prefix: str) -> None:
        """Delete objects for good; what is gone already is a success.

        Args:
            bucket: The bucket's name.
            versions: Key and version of each; without a version the newest one, which leaves a delete marker behind in
                a bucket with versioning.
            prefix: What every key begins with, a whole path that ends with `/`.

        Raises:
            AwsError: The first refusal; others were deleted all the same.
            ValueError: A key is not under the prefix, or the prefix is no path: nothing is deleted.
        """
        listed = [present({"Key": key, "VersionId": version}) for key, version in versions]
        if not prefix.endswith("/") or prefix.startswith("/") or not all(_under(prefix, one["Key"]) for one in listed):
            raise ValueError(f"a key that is to be deleted is not under {prefix!r}")
        for start in range(0, len(listed), _MOST_DELETED):
            answer = self._call.mutate(
                "DeleteObjects",
                Bucket=bucket,
                Delete={"Objects": listed[start : start + _MOST_DELETED], "Quiet": True},
                ExpectedBucketOwner=self._call.account_id,
            )
            if refused := answer.get("Errors"):
                raise AwsError(_refusal(refused[0]))

    def bucket_region(self, bucket: str) -> str | None:
        """Return the Region of a bucket, or None where no bucket of that name exists."""
        answer = self._owned("HeadBucket", Bucket=bucket)
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
        answer = self._owned("GetPublicAccessBlock", Bucket=bucket)
        return dict((answer or {}).get("PublicAccessBlockConfiguration") or {})

    def bucket_encryption(self, bucket: str) -> dict[str, Any]:
        """Return botocore's ServerSideEncryptionByDefault of the bucket; empty where there is none."""
        answer = self._owned("GetBucketEncryption", Bucket=bucket)
        rules = ((answer or {}).get("ServerSideEncryptionConfiguration") or {}).get("Rules") or [{}]
        return dict(rules[0].get("ApplyServerSideEncryptionByDefault") or {})

    def prefix_exists(self, bucket: str, prefix: str) -> bool:
        """Return whether the bucket holds any object whose key begins with `prefix`."""
        answer = self._owned("ListObjectsV2", Bucket=bucket, Prefix=prefix, MaxKeys=1)
        return bool((answer or {}).get("KeyCount"))

    def _head(self, **members: str) -> dict[str, Any] | None:
        try:
            answer = self._owned("HeadObject", **members)
        except AwsError as error:
            # The answer to the head of a delete marker that is named by its version.
            if error.failure.code in _MARKER:
                return None
            raise
        return None if answer is None else {name: answer.get(name) for name in _HEAD_MEMBERS}

    def _same(self, bucket: str, key: str, body: bytes, checksum: str, *, refusal: Failure) -> str | None:
        """Return the version of the object that is there if it has this content; raises AwsError."""
        answer = self._owned("HeadObject", Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        if answer is None:
            text = "the object was there a moment ago and is gone: somebody else works under this prefix"
            raise AwsError(replace(refusal, kind=FailureKind.WRONG_STATE, message=text))
        version: str | None = answer.get("VersionId")
        if answer.get("ContentLength") == len(body):
            if answer.get("ChecksumSHA256") == checksum:
                return version
            # An object that was copied here may have another kind of checksum, or one made of those of its parts.
            found = self.read_bytes(bucket, key, version=version, limit=len(body))
            if found is not None and found[0] == body:
                return version
        text = f"s3://{bucket}/{key} holds other content than its name says: delete it, nobody else may write there"
        raise AwsError(replace(refusal, message=text))

    def _items(self, operation: str, members: tuple[str, ...], bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        owner = self._call.account_id
        for page in self._call.pages(operation, Bucket=bucket, Prefix=prefix, ExpectedBucketOwner=owner):
            for member in members:
                yield from page.get(member) or ()

    def _owned(self, operation: str, **members: Any) -> dict[str, Any] | None:
        return self._found(operation, ExpectedBucketOwner=self._call.account_id, **members)


def _read(body: Any, limit: int) -> bytes:
    try:
        content: bytes = body.read(limit)
    except BOTO_ERRORS as error:
        raise AwsError(failure_of(error, operation="s3:GetObject")) from None
    finally:
        body.close()
    return content


def _under(prefix: str, key: str) -> bool:
    return key.startswith(prefix) and key != prefix


def _refusal(error: dict[str, Any]) -> Failure:
    """Return what the refusal of one object in a deletion of several means; the call itself is answered with 200."""
    code, text = str(error.get("Code") or "Unknown"), str(error.get("Message") or "")
    operation = "s3:DeleteObjects"
    message = scrub(f"{error.get('Key')}: {text}")
    return Failure(kind_of(operation, code, 0, text), operation, code, message)
