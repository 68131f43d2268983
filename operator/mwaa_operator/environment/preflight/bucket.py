"""Verdicts on the bucket. Pure: each returns what is wrong, or None.

Sources: Amazon MWAA user guide, "Create an Amazon S3 bucket for Amazon MWAA" and "Encryption on Amazon MWAA".
"""

from __future__ import annotations

from mwaa_operator.environment.preflight.case import Case, bucket_of
from mwaa_operator.environment.preflight.facts import CannotTell, need
from mwaa_operator.environment.preflight.results import Check

_AWS_KEY_ALIAS = "alias/aws/s3"
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy")
_RESTRICTIONS = ("IgnorePublicAcls", "RestrictPublicBuckets")


def _named(case: Case) -> bool:
    return case.spec.source_bucket_arn is not None


def _reachable(case: Case) -> str | None:
    region, name = need(case.facts.bucket.region), bucket_of(case.spec)
    if region is None:
        return f"sourceBucketArn: there is no bucket {name}. Create it, or correct the ARN."
    if region != case.spec.region:
        return f"sourceBucketArn: bucket {name} is in {region}, not in {case.spec.region}. Name a bucket of the Region."
    return None


def _versioned(case: Case) -> str | None:
    status = need(case.facts.bucket.versioning)
    if status == "Enabled":
        return None
    word = "suspended" if status == "Suspended" else "off"
    return f"sourceBucketArn: versioning of bucket {bucket_of(case.spec)} is {word}. Turn it on."


def _public_blocked(case: Case) -> str | None:
    return _missing_flags(case, _BLOCKS)


def _public_restricted(case: Case) -> str | None:
    return _missing_flags(case, _RESTRICTIONS)


def _missing_flags(case: Case, flags: tuple[str, ...]) -> str | None:
    found = need(case.facts.bucket.public_access)
    missing = [flag for flag in flags if not found.get(flag)]
    if not missing:
        return None
    return f"sourceBucketArn: bucket {bucket_of(case.spec)} lacks {' and '.join(missing)}. Turn on Block Public Access."


def _encryption(case: Case) -> str | None:
    found, own = need(case.facts.bucket.encryption), case.spec.kms_key
    if not found.algorithm.startswith("aws:kms"):
        return None
    if not found.key or found.key.endswith(_AWS_KEY_ALIAS):
        raise CannotTell("the bucket is encrypted with AWS's own key for S3, of which MWAA's guide says nothing")
    if "alias/" in found.key:
        raise CannotTell("the bucket's key is named by an alias")
    if own is None:
        return f"kmsKey: the bucket is encrypted with the key {found.key}. Set kmsKey to that key's ARN."
    if _key_id(found.key) != _key_id(own):
        return f"kmsKey: the bucket is encrypted with another key, {found.key}. Use one key for both."
    return None


def _key_id(key: str) -> str:
    return key.rpartition("/")[2]


def _dags(case: Case) -> str | None:
    if need(case.facts.bucket.dags_found):
        return None
    path = case.spec.dag_s3_path
    return f"dagS3Path: nothing lies under s3://{bucket_of(case.spec)}/{path}. Upload the DAGs, or correct the path."


CHECKS = (
    Check("BucketReachable", "Block", _reachable, _named),
    Check("BucketVersioning", "Block", _versioned, _named),
    Check("BucketPublicAccessBlock", "Block", _public_blocked, _named),
    Check("BucketPublicAccessRestriction", "Warn", _public_restricted, _named),
    Check("BucketEncryption", "Block", _encryption, _named),
    Check("DagsFolder", "Warn", _dags, _named),
)
