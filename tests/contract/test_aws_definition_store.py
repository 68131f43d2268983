"""The S3 port's writes against moto behind localcloud's proxy: written once, never over, deleted only under a prefix.

Not covered: what S3 itself does between two writers of one key; moto answers them one after the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import UNAVAILABLE, Error, Rule
from localcloud.aws.mwaa.dependencies import Dependencies
from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from tests.support.operatoraws import REGION, Operator, simulated

BUCKET = "definition-store"
PREFIX = "workflows/cluster/data/orders/"
BODY = b"orders:\n  tasks: {}\n"
DIGEST = hashlib.sha256(BODY).hexdigest()
KEY = f"{PREFIX}definition-{DIGEST}.yaml"


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAws]:
    with simulated(dependencies=Dependencies()) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def shared(running: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture
def s3(running: SimulatedAws) -> Iterator[Any]:
    """A client of boto3's own over a store that is empty."""
    assert running.moto is not None
    client = running.moto.client("s3", region=REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield client
    running.faults.clear()
    running.moto.denials.clear()
    for page in client.get_paginator("list_object_versions").paginate(Bucket=BUCKET):
        for one in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            client.delete_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])
    client.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def operator(s3: Any, shared: Operator) -> Operator:
    return shared.forget()


@pytest.fixture
def scope(operator: Operator) -> AwsScope:
    return operator.scope()


def put(scope: AwsScope, body: bytes = BODY, *, key: str = KEY, **more: Any) -> str | None:
    return scope.s3.put_if_absent(BUCKET, key, body, sha256=hashlib.sha256(body).hexdigest(), **more)


def test_an_object_is_written_once_and_found_the_next_time(s3: Any, operator: Operator, scope: AwsScope) -> None:
    first = put(scope)
    assert first
    assert put(scope) == first
    assert [version["VersionId"] for version in s3.list_object_versions(Bucket=BUCKET)["Versions"]] == [first]
    assert operator.of("s3") == [("PutObject", "OK"), ("PutObject", "PreconditionFailed"), ("HeadObject", "OK")]
    assert operator.fenced == [12.0, 12.0]
    assert scope.s3.read_bytes(BUCKET, KEY, version=first, limit=1000) == (BODY, first)


def test_an_object_is_stored_with_its_checksum_and_key(s3: Any, scope: AwsScope) -> None:
    key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    put(scope, kms_key_arn=key_arn)
    head = s3.head_object(Bucket=BUCKET, Key=KEY, ChecksumMode="ENABLED")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key_arn)
    assert head["ChecksumSHA256"]


def test_a_bucket_without_versioning_gives_no_version(s3: Any, scope: AwsScope) -> None:
    s3.create_bucket(Bucket="unversioned", CreateBucketConfiguration={"LocationConstraint": REGION})
    for _ in range(2):
        assert scope.s3.put_if_absent("unversioned", KEY, BODY, sha256=DIGEST) is None
    assert scope.s3.read_bytes("unversioned", KEY, version=None, limit=1000) == (BODY, None)


@pytest.mark.parametrize("content", [BODY + b"# and more", b"x" * len(BODY)], ids=["longer", "as long"])
def test_other_content_under_the_key_is_not_taken_for_ours_and_not_overwritten(
    content: bytes, s3: Any, scope: AwsScope
) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=content)
    with pytest.raises(AwsError) as failed:
        put(scope)
    assert failed.value.failure.kind is Kind.NAME_IN_USE
    assert KEY in failed.value.failure.message
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == content


def test_our_content_that_somebody_copied_there_is_as_good(s3: Any, scope: AwsScope) -> None:
    theirs = s3.put_object(Bucket=BUCKET, Key=KEY, Body=BODY, ChecksumAlgorithm="CRC32")["VersionId"]
    assert put(scope) == theirs


def test_a_body_that_is_not_what_the_hash_says_is_refused(s3: Any, scope: AwsScope) -> None:
    with pytest.raises(AwsError) as failed:
        scope.s3.put_if_absent(BUCKET, KEY, b"damaged on the way", sha256=DIGEST)
    assert failed.value.failure.code == "BadDigest"
    assert scope.s3.latest_version(BUCKET, KEY) is None


def test_a_lost_answer_leaves_the_outcome_open_and_the_next_try_finds_the_object(
    running: SimulatedAws, s3: Any, operator: Operator, scope: AwsScope
) -> None:
    running.faults.add(Rule(service="s3", operation="PutObject", when="after", drop=True))
    with pytest.raises(AwsError) as failed:
        put(scope)
    assert (failed.value.failure.kind, failed.value.failure.may_have_happened) == (Kind.UNAVAILABLE, True)
    assert put(scope) == s3.head_object(Bucket=BUCKET, Key=KEY)["VersionId"]
    assert [operation for operation, _ in operator.of("s3")] == ["PutObject", "PutObject", "HeadObject"]


def test_an_object_that_goes_while_it_is_looked_at_is_a_reason_to_look_again(
    running: SimulatedAws, s3: Any, scope: AwsScope
) -> None:
    put(scope)
    running.faults.add(Rule(service="s3", operation="HeadObject", error=Error(404, "404")))
    with pytest.raises(AwsError) as failed:
        put(scope)
    assert failed.value.failure.kind is Kind.WRONG_STATE


CONFLICTS = [
    (Error(409, "ConditionalRequestConflict", "At the same time"), Kind.WRONG_STATE, False),
    (UNAVAILABLE, Kind.UNAVAILABLE, True),
    (Error(403, "AccessDenied", "Access Denied"), Kind.ACCESS_DENIED, False),
    (Error(301, "PermanentRedirect", "Use the specified endpoint."), Kind.INVALID, False),
    (Error(307, "TemporaryRedirect", "Please re-send this request."), Kind.UNAVAILABLE, True),
]


@pytest.mark.parametrize(("error", "kind", "open_outcome"), CONFLICTS, ids=[case[0].code for case in CONFLICTS])
def test_a_write_that_goes_wrong_is_sent_once(
    error: Error, kind: Kind, open_outcome: bool, running: SimulatedAws, s3: Any, operator: Operator, scope: AwsScope
) -> None:
    running.faults.add(Rule(service="s3", operation="PutObject", error=error, times=None))
    before = running.ledger.count(service="s3")
    with pytest.raises(AwsError) as failed:
        put(scope)
    assert (failed.value.failure.kind, failed.value.failure.may_have_happened) == (kind, open_outcome)
    assert running.ledger.count(service="s3") == before + 1


def test_objects_are_listed_over_all_pages_and_no_further_than_asked(s3: Any, operator: Operator) -> None:
    scope = operator.scope()
    for number in range(7):
        put(scope, b"%d" % number, key=f"{PREFIX}{number}")
    put(scope, key="workflows/cluster/data/orders-2/x")
    assert [one["Key"] for one in scope.s3.list_keys(BUCKET, PREFIX, limit=100)] == [f"{PREFIX}{n}" for n in range(7)]
    assert len(scope.s3.list_keys(BUCKET, PREFIX, limit=3)) == 3
    assert scope.s3.list_keys(BUCKET, "nothing/", limit=3) == []


def test_a_bucket_that_is_not_there_is_not_an_empty_one(scope: AwsScope) -> None:
    for listing in (scope.s3.list_keys, scope.s3.list_versions):
        with pytest.raises(AwsError) as failed:
            listing("no-such-bucket-at-all", PREFIX, limit=3)
        assert failed.value.failure.kind is Kind.NOT_FOUND


def test_versions_and_delete_markers_are_deleted_for_good(s3: Any, scope: AwsScope) -> None:
    for number in range(3):
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"%d" % number)
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    kept = put(scope, key="workflows/cluster/data/other/x")
    versions = [(one["Key"], one["VersionId"]) for one in scope.s3.list_versions(BUCKET, PREFIX, limit=100)]
    assert len(versions) == 4
    scope.s3.delete_objects(BUCKET, versions, prefix=PREFIX)
    assert scope.s3.list_versions(BUCKET, PREFIX, limit=100) == []
    assert [one["VersionId"] for one in scope.s3.list_versions(BUCKET, "", limit=100)] == [kept]
    scope.s3.delete_objects(BUCKET, versions, prefix=PREFIX)


def test_more_objects_than_fit_into_one_call_are_deleted_in_several(operator: Operator) -> None:
    keys = [(f"{PREFIX}{number}", None) for number in range(1001)]
    operator.scope().s3.delete_objects(BUCKET, keys, prefix=PREFIX)
    assert operator.of("s3") == [("DeleteObjects", "OK")] * 2


OUTSIDE = [
    ("workflows/cluster/data/orders-2/x", PREFIX),
    ("x", PREFIX),
    (PREFIX, PREFIX),
    ("workflows/x", ""),
    ("workflows/x", "work"),
    ("/x", "/"),
]


@pytest.mark.parametrize(("key", "prefix"), OUTSIDE)
def test_nothing_outside_the_prefix_is_deleted(key: str, prefix: str, operator: Operator) -> None:
    with pytest.raises(ValueError, match="not under"):
        operator.scope().s3.delete_objects(BUCKET, [(f"{PREFIX}fine", None), (key, None)], prefix=prefix)
    assert operator.of("s3") == []


def test_an_object_that_may_not_be_deleted_is_a_failure_although_the_call_succeeded(
    running: SimulatedAws, s3: Any, scope: AwsScope
) -> None:
    body = (
        f"<DeleteResult><Error><Key>{KEY}</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        "</DeleteResult>"
    )
    running.faults.add(
        Rule(service="s3", operation="DeleteObjects", when="instead", body=body.encode(), error=Error(200, ""))
    )
    with pytest.raises(AwsError) as failed:
        scope.s3.delete_objects(BUCKET, [(KEY, "v")], prefix=PREFIX)
    assert failed.value.failure.kind is Kind.ACCESS_DENIED
    assert KEY in failed.value.failure.message


def test_a_definition_is_read_by_version_and_no_further_than_asked(s3: Any, scope: AwsScope) -> None:
    first = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"first")["VersionId"]
    second = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"second")["VersionId"]
    assert scope.s3.read_bytes(BUCKET, KEY, version=first, limit=100) == (b"first", first)
    assert scope.s3.read_bytes(BUCKET, KEY, version=None, limit=3) == (b"sec", second)
    assert scope.s3.read_bytes(BUCKET, f"{KEY}x", version=None, limit=3) is None
    assert scope.s3.read_bytes("no-such-bucket-at-all", KEY, version=None, limit=3) is None
    marker = s3.delete_object(Bucket=BUCKET, Key=KEY)["VersionId"]
    assert scope.s3.read_bytes(BUCKET, KEY, version=None, limit=3) is None
    assert scope.s3.read_bytes(BUCKET, KEY, version=marker, limit=3) is None
    assert scope.s3.read_bytes(BUCKET, KEY, version=first, limit=100) == (b"first", first)


def test_a_bucket_of_somebody_else_is_neither_written_nor_read_nor_emptied(
    running: SimulatedAws, operator: Operator, s3: Any
) -> None:
    assert running.moto is not None
    stranger = running.moto.client("s3", region=REGION, credentials=running.moto.add_user("210987654321", "eve"))
    stranger.create_bucket(Bucket="strangers", CreateBucketConfiguration={"LocationConstraint": REGION})
    stranger.put_object(Bucket="strangers", Key=f"{PREFIX}theirs", Body=b"x")
    port = operator.scope().s3
    for call in (
        lambda: port.put_if_absent("strangers", KEY, BODY, sha256=DIGEST),
        lambda: port.read_bytes("strangers", f"{PREFIX}theirs", version=None, limit=1),
        lambda: port.list_keys("strangers", PREFIX, limit=1),
        lambda: port.list_versions("strangers", PREFIX, limit=1),
        lambda: port.delete_objects("strangers", [(f"{PREFIX}theirs", None)], prefix=PREFIX),
    ):
        with pytest.raises(AwsError) as failed:
            call()
        assert failed.value.failure.kind is Kind.ACCESS_DENIED
    assert stranger.list_objects_v2(Bucket="strangers")["KeyCount"] == 1


def test_a_refusing_fence_writes_and_deletes_nothing(operator: Operator, scope: AwsScope) -> None:
    operator.refuse = PermissionError("not the leader")
    with pytest.raises(PermissionError):
        put(scope)
    with pytest.raises(PermissionError):
        scope.s3.delete_objects(BUCKET, [(KEY, None)], prefix=PREFIX)
    assert operator.of("s3") == []
