"""Reads the facts about the bucket of DAGs and artefacts. Never raises for what AWS refuses to show."""

from __future__ import annotations

from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.preflight.case import artifacts_of, bucket_of
from mwaa_operator.environment.preflight.facts import BucketFacts, Encryption, ObjectFacts, Unknown
from mwaa_operator.environment.preflight.reads import Reads

REQUIREMENTS_LIMIT = 64 * 1024
"""Bytes of requirements.txt that are read; real ones are a hundredth of it."""


def gather_bucket(reads: Reads, spec: MwaaEnvironmentSpec) -> BucketFacts:
    """Return the facts; of a bucket that is not there or elsewhere nothing else is asked."""
    name, s3 = bucket_of(spec), reads.scope.s3
    region = reads(s3.bucket_region, name)
    if region != spec.region and not isinstance(region, Unknown):
        elsewhere = Unknown(f"there is no bucket {name} in {spec.region}")
        return BucketFacts(
            region, elsewhere, elsewhere, elsewhere, elsewhere, _objects_unknown(spec, elsewhere), elsewhere
        )
    return BucketFacts(
        region=region,
        versioning=reads(s3.bucket_versioning, name),
        public_access=reads(s3.public_access_block, name),
        encryption=_encryption(reads, name),
        dags_found=reads(s3.prefix_exists, name, spec.dag_s3_path or ""),
        objects={key: _object(reads, name, *named) for key, named in artifacts_of(spec).items()},
        requirements=_requirements(reads, spec, name),
    )


def _objects_unknown(spec: MwaaEnvironmentSpec, unknown: Unknown) -> dict[str, ObjectFacts | Unknown | None]:
    return dict.fromkeys(artifacts_of(spec), unknown)


def _encryption(reads: Reads, bucket: str) -> Encryption | Unknown:
    found = reads(reads.scope.s3.bucket_encryption, bucket)
    if isinstance(found, Unknown):
        return found
    # A bucket always has a default encryption; one that names none has S3's own keys (Amazon S3 user guide).
    return Encryption(str(found.get("SSEAlgorithm") or "AES256"), str(found.get("KMSMasterKeyID") or ""))


def _object(reads: Reads, bucket: str, path: str, version: str | None) -> ObjectFacts | Unknown | None:
    s3 = reads.scope.s3
    found = reads(s3.version, bucket, path, version) if version else reads(s3.latest_version, bucket, path)
    if found is None or isinstance(found, Unknown):
        return found
    return ObjectFacts(size=int(found["ContentLength"] or 0))


def _requirements(reads: Reads, spec: MwaaEnvironmentSpec, bucket: str) -> str | Unknown | None:
    path, version = spec.requirements_s3_path, spec.requirements_s3_object_version
    if path is None:
        return None
    return reads(reads.scope.s3.text, bucket, path, version=version, limit=REQUIREMENTS_LIMIT)
