"""Scripted faults, throttling, denials, the ledger and TLS of the simulated MWAA, as clients see them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    SSLError,
)

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import (
    CLOCK_SKEW,
    EXPIRED_TOKEN,
    HTML_502,
    INTERNAL,
    THROTTLED,
    UNAVAILABLE,
    UNRECOGNIZED_CLIENT,
    Error,
    Rule,
)
from localcloud.aws.ledger import CLOSED
from localcloud.aws.listening import Tls
from localcloud.certs import Authority
from tests.support.aws import ask, create_request, error_of, refused, simulated_mwaa


@pytest.fixture
def aws() -> Iterator[SimulatedAws]:
    with simulated_mwaa() as running:
        yield running


@pytest.fixture
def mwaa(aws: SimulatedAws) -> Any:
    return aws.client()


@pytest.mark.parametrize(
    "error",
    [THROTTLED, UNAVAILABLE, INTERNAL, EXPIRED_TOKEN, UNRECOGNIZED_CLIENT, CLOCK_SKEW, Error(418, "Odd", "hm", 7.0)],
    ids=lambda error: error.code,
)
@pytest.mark.parametrize(("when", "happened"), [("before", False), ("instead", False), ("after", True)])
def test_an_error_replaces_the_answer_with_or_without_the_effect(
    aws: SimulatedAws, mwaa: Any, error: Error, when: Any, happened: bool
) -> None:
    aws.faults.add(Rule(operation="CreateEnvironment", when=when, error=error))

    code, status, answer = error_of(refused(mwaa.create_environment, **create_request()))

    assert (code, status, answer["Error"]["Message"]) == (error.code, error.status, error.message)
    assert aws.mwaa.names() == (["one"] if happened else [])
    assert aws.ledger.count(operation="CreateEnvironment", code=error.code) == 1
    if error.retry_after:
        assert answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"


@pytest.mark.parametrize(("when", "happened"), [("before", False), ("instead", False), ("after", True)])
def test_a_lost_answer_closes_the_connection_with_or_without_the_effect(
    aws: SimulatedAws, mwaa: Any, when: Any, happened: bool
) -> None:
    aws.faults.add(Rule(operation="CreateEnvironment", when=when, drop=True))

    with pytest.raises(ConnectionClosedError):
        mwaa.create_environment(**create_request())

    assert aws.mwaa.names() == (["one"] if happened else [])
    assert aws.ledger.count(code=CLOSED) == 1
    assert mwaa.list_environments()["Environments"] == aws.mwaa.names()


@pytest.mark.parametrize(("when", "happened"), [("before", False), ("instead", False), ("after", True)])
def test_an_answer_that_is_cut_reaches_boto3_as_a_success_without_members(
    aws: SimulatedAws, mwaa: Any, when: Any, happened: bool
) -> None:
    """botocore neither notices the missing bytes nor minds the broken JSON: clients must look for the members."""
    aws.faults.add(Rule(operation="CreateEnvironment", when=when, cut=True))

    answer = mwaa.create_environment(**create_request())

    assert set(answer) == {"ResponseMetadata"}
    assert aws.mwaa.names() == (["one"] if happened else [])
    assert mwaa.list_environments()["Environments"] == aws.mwaa.names()


def test_garbage_of_a_proxy_reaches_the_client(aws: SimulatedAws, mwaa: Any) -> None:
    aws.faults.add(Rule(operation="GetEnvironment", when="instead", body=HTML_502))

    error = refused(mwaa.get_environment, Name="one")

    assert error_of(error)[:2] == ("502", 502)


def test_a_delay_lets_clients_run_into_their_timeout_after_the_effect(aws: SimulatedAws) -> None:
    aws.faults.add(Rule(operation="CreateEnvironment", when="after", hold="late"))
    impatient = boto3.client(
        "mwaa",
        endpoint_url=aws.url,
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(inject_host_prefix=False, read_timeout=0.2, retries={"total_max_attempts": 1}),
    )

    with pytest.raises(ReadTimeoutError):
        impatient.create_environment(**create_request())

    assert aws.mwaa.names() == ["one"]
    aws.faults.release("late", forward=False)


def test_a_delayed_call_succeeds(aws: SimulatedAws, mwaa: Any) -> None:
    aws.faults.add(Rule(operation="ListEnvironments", delay=0.05))

    assert mwaa.list_environments()["Environments"] == []


@pytest.mark.parametrize(
    ("when", "forward", "seen_while_held", "seen_at_last"),
    [
        ("before", True, [], ["one"]),
        ("before", False, [], []),
        ("after", True, ["one"], ["one"]),
        ("after", False, ["one"], ["one"]),
    ],
)
def test_a_held_call_goes_on_or_is_dropped(
    aws: SimulatedAws, mwaa: Any, when: Any, forward: bool, seen_while_held: list[str], seen_at_last: list[str]
) -> None:
    aws.faults.add(Rule(operation="CreateEnvironment", when=when, hold="third write"))
    with ThreadPoolExecutor(1) as pool:
        creating = pool.submit(mwaa.create_environment, **create_request())

        held = aws.faults.wait_held("third write", timeout=10)

        assert (held.service, held.operation, held.resource) == ("mwaa", "CreateEnvironment", "one")
        assert aws.mwaa.names() == seen_while_held
        assert aws.faults.release("third write", forward=forward) == 1
        if forward:
            assert "Arn" in creating.result(10)
        else:
            assert isinstance(creating.exception(10), ConnectionClosedError)
    assert aws.mwaa.names() == seen_at_last


def test_leaving_the_cloud_lets_held_calls_go(aws: SimulatedAws, mwaa: Any) -> None:
    aws.faults.add(Rule(hold="for ever"))
    with ThreadPoolExecutor(1) as pool:
        listing = pool.submit(mwaa.list_environments)
        aws.faults.wait_held("for ever", timeout=10)

        aws.faults.clear()

        assert listing.result(10)["Environments"] == []


def test_the_nth_call_fails_and_the_others_pass(aws: SimulatedAws, mwaa: Any) -> None:
    aws.faults.add(Rule(operation="ListEnvironments", skip=1, times=2, error=INTERNAL))

    outcomes = []
    for _ in range(5):
        try:
            mwaa.list_environments()
            outcomes.append("ok")
        except ClientError as error:
            outcomes.append(error_of(error)[0])

    assert outcomes == ["ok", "InternalServerException", "InternalServerException", "ok", "ok"]


def test_a_rule_without_times_acts_until_it_is_removed(aws: SimulatedAws, mwaa: Any) -> None:
    rule = aws.faults.add(Rule(operation="Tag*", times=None, error=Error(403, "AccessDeniedException", "no")))
    arn = aws.mwaa.add("one")["Arn"]

    for _ in range(3):
        refused(mwaa.tag_resource, ResourceArn=arn, Tags={"a": "1"})
    aws.faults.remove(rule)

    mwaa.tag_resource(ResourceArn=arn, Tags={"a": "1"})


def test_rules_choose_by_account_and_name(aws: SimulatedAws) -> None:
    aws.faults.add(Rule(resource="two", times=None, error=INTERNAL))
    aws.faults.add(Rule(account="210987654321", times=None, error=THROTTLED))

    def outcome(access_key_id: str, name: str) -> str:
        call = aws.client(access_key_id=access_key_id).get_environment
        return error_of(refused(call, Name=name))[0]

    assert outcome("x", "one") == "ResourceNotFoundException"
    assert outcome("x", "two") == "InternalServerException"
    assert outcome("210987654321", "one") == "ThrottlingException"


def test_botos_own_retries_meet_the_name_in_use_after_a_lost_answer(aws: SimulatedAws) -> None:
    aws.faults.add(Rule(operation="CreateEnvironment", when="after", drop=True))
    retrying = boto3.client(
        "mwaa",
        endpoint_url=aws.url,
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(inject_host_prefix=False, retries={"mode": "standard", "total_max_attempts": 2}),
    )

    error = refused(retrying.create_environment, **create_request())

    assert "already exists" in error.response["Error"]["Message"]
    assert aws.ledger.count(operation="CreateEnvironment") == 2


def test_more_calls_than_the_rate_are_throttled_per_account(aws: SimulatedAws, mwaa: Any) -> None:
    aws.conduct.set(rate=0.001, burst=3)

    outcomes = []
    for _ in range(5):
        try:
            mwaa.list_environments()
            outcomes.append("ok")
        except ClientError as error:
            outcomes.append(error_of(error)[0])

    assert outcomes == ["ok"] * 3 + ["ThrottlingException"] * 2
    assert aws.client(access_key_id="210987654321").list_environments()["Environments"] == []
    aws.conduct.set(rate=None)
    assert mwaa.list_environments()["Environments"] == []


def test_latency_is_added_to_every_call_and_calls_do_not_wait_for_each_other(aws: SimulatedAws, mwaa: Any) -> None:
    aws.conduct.latency = 0.2
    together = threading.Barrier(8)

    def call(_: int) -> float:
        together.wait(10)
        mwaa.list_environments()
        return aws.ledger.calls[-1].monotonic

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(8)))

    ended = [entry.monotonic for entry in aws.ledger.calls]
    assert max(ended) - min(ended) < 8 * 0.2 * 0.9


def test_calls_that_are_not_signed_or_not_known_are_refused(aws: SimulatedAws) -> None:
    def turned_away(path: str, headers: dict[str, str]) -> tuple[int, str]:
        status, answered, _ = ask(aws.url, "GET", path, headers=headers)
        return status, answered["x-amzn-ErrorType"]

    signed = "AWS4-HMAC-SHA256 Credential=AK/20270115/eu-central-1/{}/aws4_request, SignedHeaders=host, Signature=0"
    assert turned_away("/environments", {}) == (403, "MissingAuthenticationTokenException")
    assert turned_away("/", {"Authorization": signed.format("s3")}) == (404, "UnknownOperationException")
    assert turned_away("/nothing", {"Authorization": signed.format("airflow")}) == (404, "UnknownOperationException")


def test_the_ledger_knows_every_call_with_its_outcome(aws: SimulatedAws, mwaa: Any) -> None:
    mwaa.create_environment(**create_request())
    refused(mwaa.create_environment, **create_request())
    mwaa.get_environment(Name="one")

    assert aws.ledger.totals() == {"mwaa:CreateEnvironment": 2, "mwaa:GetEnvironment": 1}
    assert aws.ledger.count(operation="CreateEnvironment", resource="one", code=None) == 1
    assert aws.ledger.count(code="ValidationException") == 1
    assert [entry.call.operation for entry in aws.ledger.mutations()] == ["CreateEnvironment"] * 2
    entry = aws.ledger.calls[-1]
    assert (entry.call.account, entry.call.region, entry.call.principal, entry.status) == (
        "123456789012",
        "eu-central-1",
        "localcloud",
        200,
    )


def test_one_can_wait_for_a_call(aws: SimulatedAws, mwaa: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(aws.ledger.wait_for, lambda ledger: ledger.count(operation="List*") >= 2, 10)
        mwaa.list_environments()
        mwaa.list_environments()

        waiting.result(10)


def test_tls_is_served_with_a_certificate_that_clients_verify(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.issue("aws")

    with simulated_mwaa(tls=Tls(files.certificate, files.key)) as aws:
        trusting = aws.client(verify=str(authority.files.certificate))
        assert aws.url.startswith("https://")
        assert trusting.list_environments()["Environments"] == []
        with pytest.raises(SSLError):
            aws.client().list_environments()
        aws.faults.add(Rule(when="after", drop=True))
        with pytest.raises(ConnectionClosedError):
            trusting.list_environments()
