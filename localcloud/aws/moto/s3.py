"""S3 as it is: new buckets are encrypted and block public access, expected owners and given checksums are checked.

moto's buckets are bare, it ignores ExpectedBucketOwner, and a checksum that is given without the header for SDKs. These
are hooks around moto's answers; objects, versions and everything else are moto's.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode

from moto.s3.models import s3_backends

from localcloud.aws.moto.apicall import ApiCall, Environ
from localcloud.aws.moto.replies import ApiError, Reply, success

_OK = 200
_NOT_FOUND = 404

DEFAULT_ENCRYPTION = {
    "ServerSideEncryptionConfiguration": {
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    }
}
"""SSE-S3: every bucket has it since January 2023, also after DeleteBucketEncryption (Amazon S3 user guide)."""

_BLOCK_ALL = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def check_expected_owner(call: ApiCall) -> None:
    """Refuse a call that expects another owner of the bucket.

    Raises:
        ApiError: AccessDenied, as S3 answers it.
    """
    expected, bucket = call.params.get("ExpectedBucketOwner"), call.params.get("Bucket")
    if not expected or bucket not in s3_backends.bucket_accounts:
        return
    if s3_backends.bucket_accounts[bucket][1] != expected:
        raise ApiError("AccessDenied", "Access Denied", status=403)


def check_checksum(call: ApiCall, body: bytes) -> None:
    """Refuse an object that is not what its checksum says.

    Raises:
        ApiError: BadDigest, as S3 answers it.
    """
    expected = call.params.get("ChecksumSHA256")
    if call.operation == "PutObject" and expected and b64encode(hashlib.sha256(body).digest()).decode() != expected:
        raise ApiError("BadDigest", "The SHA256 you specified did not match the calculated checksum.")


def with_algorithm(call: ApiCall, environ: Environ) -> Environ:
    """Return the request with the header by which moto knows that it holds a checksum to be kept."""
    if call.operation == "PutObject" and call.params.get("ChecksumSHA256"):
        return {"HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM": "SHA256", **environ}
    return environ


def after_create_bucket(call: ApiCall, reply: Reply) -> Reply:
    """Give a new bucket all four public access blocks, as S3 does since April 2023."""
    if reply.status == _OK:
        partition, account = s3_backends.bucket_accounts[call.params["Bucket"]]
        s3_backends[account][partition].put_public_access_block(call.params["Bucket"], _BLOCK_ALL)
    return reply


def after_get_encryption(call: ApiCall, reply: Reply) -> Reply:
    """Answer SSE-S3 for a bucket of which moto says that it has no encryption."""
    if reply.status != _NOT_FOUND or b"ServerSideEncryptionConfigurationNotFoundError" not in reply.body:
        return reply
    return success(service="s3", operation=call.operation, protocol=call.protocol, result=DEFAULT_ENCRYPTION)
