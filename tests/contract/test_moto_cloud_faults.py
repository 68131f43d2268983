"""Fault scripts as a boto3 client feels them: before and after the effect, instead of the answer, held, lost, cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError
from botocore.parsers import ResponseParserError

from localcloud.aws.faults import HTML_502, THROTTLED, UNAVAILABLE, Error, Rule
from localcloud.aws.moto.cloud import MotoCloud


@pytest.fixture
def cloud() -> Iterator[MotoCloud]:
    with MotoCloud() as running:
        yield running


@pytest.fixture
def s3(cloud: MotoCloud) -> Any:
    return cloud.client("s3", region="us-east-1")


def buckets(s3: Any) -> list[str]:
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_a_fault_before_the_effect_prevents_it_once(cloud: MotoCloud, s3: Any) -> None:
    cloud.faults.add(Rule(service="s3", operation="CreateBucket", error=UNAVAILABLE))
    with pytest.raises(ClientError, match="ServiceUnavailableException"):
        s3.create_bucket(Bucket="faulted")
    assert buckets(s3) == []
    s3.create_bucket(Bucket="faulted")
    assert buckets(s3) == ["faulted"]
    assert cloud.ledger.count(operation="CreateBucket", code="ServiceUnavailableException") == 1


def test_a_fault_after_the_effect_loses_only_the_answer(cloud: MotoCloud, s3: Any) -> None:
    cloud.faults.add(Rule(operation="CreateBucket", when="after", error=UNAVAILABLE))
    with pytest.raises(ClientError, match="ServiceUnavailableException"):
        s3.create_bucket(Bucket="faulted")
    assert buckets(s3) == ["faulted"]


def test_the_nth_call_can_be_chosen(cloud: MotoCloud, s3: Any) -> None:
    cloud.faults.add(Rule(operation="CreateBucket", resource="faulted-*", skip=1, error=THROTTLED))
    s3.create_bucket(Bucket="faulted-1")
    with pytest.raises(ClientError, match="ThrottlingException"):
        s3.create_bucket(Bucket="faulted-2")
    s3.create_bucket(Bucket="faulted-3")


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("iam", "get_role", {"RoleName": "any"}),
        ("ec2", "describe_subnets", {}),
        ("kms", "describe_key", {"KeyId": "any"}),
        ("eks", "describe_cluster", {"name": "any"}),
        ("s3", "list_buckets", {}),
    ],
)
def test_a_scripted_error_has_the_form_of_the_service_protocol(
    service: str, operation: str, arguments: dict[str, str], cloud: MotoCloud
) -> None:
    cloud.faults.add(Rule(service=service, error=Error(503, "Scripted", "as the script says", retry_after=2)))
    with pytest.raises(ClientError) as failed:
        getattr(cloud.client(service), operation)(**arguments)
    answer = failed.value.response
    assert (answer["Error"]["Code"], answer["Error"]["Message"]) == ("Scripted", "as the script says")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "2"


@pytest.mark.parametrize(("when", "left"), [("before", []), ("after", ["faulted"])])
def test_a_dropped_call_closes_the_connection(when: Any, left: list[str], cloud: MotoCloud, s3: Any) -> None:
    cloud.faults.add(Rule(operation="CreateBucket", when=when, drop=True))
    with pytest.raises(ConnectionClosedError):
        s3.create_bucket(Bucket="faulted")
    assert cloud.ledger.calls[-1].status == 0
    assert buckets(s3) == left


def test_a_cut_answer_is_incomplete(cloud: MotoCloud) -> None:
    cloud.faults.add(Rule(operation="DescribeSubnets", cut=True))
    with pytest.raises((HTTPClientError, ResponseParserError)):
        cloud.client("ec2").describe_subnets()


def test_the_answer_can_be_replaced_by_a_gateway_page(cloud: MotoCloud, s3: Any) -> None:
    cloud.faults.add(Rule(operation="CreateBucket", when="instead", body=HTML_502))
    with pytest.raises(ClientError) as failed:
        s3.create_bucket(Bucket="faulted")
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 502
    assert buckets(s3) == []


@pytest.mark.parametrize(("forward", "left"), [(True, ["faulted"]), (False, [])])
def test_a_held_call_waits_until_it_is_released(forward: bool, left: list[str], cloud: MotoCloud, s3: Any) -> None:
    cloud.faults.add(Rule(operation="CreateBucket", hold="creation"))
    outcome: list[Exception | None] = []

    def create() -> None:
        try:
            s3.create_bucket(Bucket="faulted")
            outcome.append(None)
        except ConnectionClosedError as error:
            outcome.append(error)

    client = threading.Thread(target=create)
    client.start()
    assert cloud.faults.wait_held("creation", timeout=10).resource == "faulted"
    assert buckets(s3) == []
    cloud.faults.release("creation", forward=forward)
    client.join(timeout=10)
    assert buckets(s3) == left
    assert (outcome[0] is None) == forward


def test_a_delay_is_felt_and_then_the_call_succeeds(cloud: MotoCloud, s3: Any) -> None:
    cloud.faults.add(Rule(operation="ListBuckets", delay=0.2))
    started = time.monotonic()
    assert buckets(s3) == []
    assert time.monotonic() - started >= 0.2
