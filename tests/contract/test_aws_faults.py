"""What goes wrong on the way to AWS and back, at the wire: each fault becomes the right kind of failure.

Not covered: faults inside a TLS session after the handshake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

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
from localcloud.aws.listening import Tls
from localcloud.aws.mwaa.dependencies import Dependencies
from localcloud.certs import Authority
from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.clients import Limits
from mwaa_operator.aws.errors import AwsError
from tests.support.aws import create_request
from tests.support.operatoraws import PLENTY, Operator, aws_environment, calls_of, simulated


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAws]:
    with simulated(dependencies=Dependencies()) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: SimulatedAws) -> Iterator[SimulatedAws]:
    yield running
    running.faults.clear()
    for name in running.mwaa.names():
        running.mwaa.remove(name)


@pytest.fixture(scope="module")
def shared(running: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture
def operator(cloud: SimulatedAws, shared: Operator) -> Operator:
    return shared.forget()


FAULTS = [
    ("lost reply", Rule(when="after", drop=True), Kind.UNAVAILABLE, True, True),
    ("no reply", Rule(when="before", drop=True), Kind.UNAVAILABLE, True, False),
    ("cut answer", Rule(when="after", cut=True), Kind.UNAVAILABLE, True, True),
    ("web page as 502", Rule(when="instead", body=HTML_502), Kind.UNAVAILABLE, True, False),
    ("web page as 200", Rule(when="instead", body=HTML_502, error=Error(200, "")), Kind.UNAVAILABLE, True, False),
    ("garbage as 200", Rule(when="instead", body=b"\xff\xfe{", error=Error(200, "")), Kind.UNAVAILABLE, True, False),
    ("list as 200", Rule(when="instead", body=b"[1]", error=Error(200, "")), Kind.UNAVAILABLE, True, False),
    ("nothing as 200", Rule(when="instead", body=b"", error=Error(200, "")), Kind.UNAVAILABLE, True, False),
    ("internal error after the effect", Rule(when="after", error=INTERNAL), Kind.UNAVAILABLE, True, True),
    ("unavailable", Rule(error=UNAVAILABLE), Kind.UNAVAILABLE, True, False),
    ("throttled", Rule(error=THROTTLED), Kind.THROTTLED, False, False),
    ("too many requests", Rule(error=Error(429, "TooManyRequestsException")), Kind.THROTTLED, False, False),
    ("expired token", Rule(error=EXPIRED_TOKEN), Kind.CREDENTIALS, False, False),
    ("unknown client", Rule(error=UNRECOGNIZED_CLIENT), Kind.CREDENTIALS, False, False),
    ("wrong clock", Rule(error=CLOCK_SKEW), Kind.CREDENTIALS, False, False),
    ("denied", Rule(error=Error(403, "AccessDeniedException", "no")), Kind.ACCESS_DENIED, False, False),
    ("unknown text", Rule(error=Error(400, "ValidationException", "Novel.")), Kind.REFUSED, False, False),
]


@pytest.mark.parametrize(("what", "rule", "kind", "open_outcome", "happened"), FAULTS, ids=[case[0] for case in FAULTS])
def test_a_create_that_goes_wrong_is_sent_once_and_says_whether_it_may_have_happened(
    what: str, rule: Rule, kind: Kind, open_outcome: bool, happened: bool, cloud: SimulatedAws, operator: Operator
) -> None:
    cloud.faults.add(replace(rule, service="mwaa", operation="CreateEnvironment", times=None))
    with pytest.raises(AwsError) as failed:
        operator.scope().mwaa.create_environment(create_request("one"))
    failure = failed.value.failure
    assert (failure.kind, failure.may_have_happened) == (kind, open_outcome), failure
    assert ("one" in cloud.mwaa.names()) is happened
    assert [operation for operation, _ in operator.of("mwaa")] == ["CreateEnvironment"]
    assert operator.fenced == [12.0]
    assert "<html" not in failure.message
    assert failed.value.__suppress_context__ or failed.value.__context__ is None


@pytest.mark.parametrize(
    "rule",
    [
        Rule(when="before", drop=True, times=2),
        Rule(when="instead", body=HTML_502, times=2),
        Rule(error=UNAVAILABLE, times=2),
        Rule(error=THROTTLED, times=2),
    ],
    ids=["dropped", "web page", "unavailable", "throttled"],
)
def test_a_read_survives_passing_faults(rule: Rule, cloud: SimulatedAws, operator: Operator) -> None:
    cloud.mwaa.add("one")
    cloud.faults.add(replace(rule, service="mwaa", operation="GetEnvironment"))
    assert operator.scope().mwaa.get_environment("one")
    assert operator.of("mwaa") == [("GetEnvironment", "OK")]


def test_half_an_answer_is_never_taken_for_a_whole_one(cloud: SimulatedAws, operator: Operator) -> None:
    cloud.mwaa.add("one")
    cloud.faults.add(Rule(service="mwaa", when="after", cut=True, times=None))
    with pytest.raises(AwsError) as failed:
        operator.scope().mwaa.get_environment("one")
    assert failed.value.failure.kind is Kind.UNAVAILABLE
    with pytest.raises(AwsError):
        operator.scope().mwaa.count_environments()


def test_half_an_answer_in_xml_is_never_taken_for_a_whole_one(cloud: SimulatedAws, operator: Operator) -> None:
    scope = operator.scope()
    scope.verify()
    cloud.faults.add(Rule(service="sts", operation="GetCallerIdentity", when="after", cut=True, times=None))
    with pytest.raises(AwsError) as failed:
        scope.verify(fresh=True)
    assert failed.value.failure.kind is Kind.UNAVAILABLE


@pytest.mark.parametrize("body", [HTML_502, b"\xff\xfe{", b"[1]", b"", b"{}", b'{"Environment": {}}', b"null", b"1"])
def test_a_read_never_takes_something_else_for_an_answer(body: bytes, cloud: SimulatedAws, operator: Operator) -> None:
    cloud.faults.add(Rule(service="mwaa", when="instead", body=body, error=Error(200, ""), times=None))
    with pytest.raises(AwsError) as failed:
        operator.scope().mwaa.get_environment("one")
    assert (failed.value.failure.kind, failed.value.failure.may_have_happened) == (Kind.UNAVAILABLE, False)


def test_a_time_in_an_answer_that_is_none_is_an_unreadable_answer(cloud: SimulatedAws, operator: Operator) -> None:
    body = b'{"Environment": {"Name": "one", "CreatedAt": "yesterday"}}'
    cloud.faults.add(Rule(service="mwaa", when="instead", body=body, error=Error(200, ""), times=None))
    with pytest.raises(AwsError) as failed:
        operator.scope().mwaa.get_environment("one")
    assert failed.value.failure.kind is Kind.UNAVAILABLE


def test_a_silent_server_is_given_up_in_time_and_the_outcome_is_open(cloud: SimulatedAws) -> None:
    operator = Operator(replace(PLENTY, mutation_seconds=0.6))
    cloud.faults.add(Rule(service="mwaa", operation="CreateEnvironment", when="after", hold="silence"))
    with pytest.raises(AwsError) as failed:
        operator.scope().mwaa.create_environment(create_request("one"))
    failure = failed.value.failure
    assert operator.fenced == [0.6]
    assert (failure.kind, failure.code, failure.may_have_happened) == (Kind.UNAVAILABLE, "ReadTimeoutError", True)
    assert cloud.mwaa.names() == ["one"]


def test_nobody_listening_means_that_nothing_happened(cloud: SimulatedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_MWAA", "http://127.0.0.1:1")
    with pytest.raises(AwsError) as failed:
        Operator().scope().mwaa.create_environment(create_request("one"))
    failure = failed.value.failure
    assert (failure.kind, failure.may_have_happened) == (Kind.UNAVAILABLE, False)


def test_a_refusing_fence_stops_the_mutation_and_not_the_read(cloud: SimulatedAws, operator: Operator) -> None:
    cloud.mwaa.add("one")
    operator.refuse = PermissionError("not the leader")
    with pytest.raises(PermissionError):
        operator.scope().mwaa.delete_environment("one")
    assert operator.scope().mwaa.get_environment("one")
    assert [operation for operation, _ in operator.of("mwaa")] == ["GetEnvironment"]


def test_throttled_attempts_inside_the_client_slow_the_budget(cloud: SimulatedAws) -> None:
    cloud.mwaa.add("one")
    operator = Operator(Limits(rate=10_000.0, burst=100))
    scope = operator.scope()
    cloud.faults.add(Rule(service="mwaa", operation="GetEnvironment", error=THROTTLED, times=2))
    assert scope.mwaa.get_environment("one")
    budget = calls_of(scope).road.budget(scope.access.account_id, scope.access.region, "mwaa")
    assert budget.rate < 10_000.0


def test_a_spent_budget_fails_as_throttled_instead_of_holding_the_worker(cloud: SimulatedAws) -> None:
    cloud.mwaa.add("one")
    operator = Operator(Limits(rate=0.01, burst=1, max_wait=0.0))
    assert operator.scope().mwaa.get_environment("one")
    with pytest.raises(AwsError) as failed:
        operator.scope().mwaa.get_environment("one")
    assert (failed.value.failure.kind, failed.value.failure.code) == (Kind.THROTTLED, "BudgetExhausted")
    assert operator.waits[0][0] == "mwaa"


def test_no_more_calls_are_in_flight_than_an_account_may_have(cloud: SimulatedAws) -> None:
    operator = Operator(replace(PLENTY, concurrency=1, max_wait=0.0))
    scope = operator.scope()
    scope.verify()
    gate = calls_of(scope).road.gate(scope.access.account_id)
    with gate, pytest.raises(AwsError) as failed:
        scope.mwaa.get_environment("one")
    assert (failed.value.failure.kind, failed.value.failure.code) == (Kind.THROTTLED, "TooManyCallsInFlight")
    assert scope.mwaa.get_environment("one") is None


def test_tls_is_checked_against_the_bundle_of_the_process(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    files = authority.issue("aws")
    stranger = Authority(tmp_path / "other")
    with SimulatedAws(moto=False, tls=Tls(files.certificate, files.key)) as cloud:
        env = {**cloud.env, "AWS_ENDPOINT_URL_STS": cloud.url}
        # The refused handshake comes first: the server ends it while it serves the second.
        with aws_environment(env | {"AWS_CA_BUNDLE": str(stranger.files.certificate)}):
            with pytest.raises(AwsError) as failed:
                read_without_sts(Operator())
            assert (failed.value.failure.kind, failed.value.failure.code) == (Kind.UNAVAILABLE, "SSLError")
        with aws_environment(env | {"AWS_CA_BUNDLE": str(authority.files.certificate)}):
            assert read_without_sts(Operator()) is None


def read_without_sts(operator: Operator) -> object:
    """Read past the check of the account, which this cloud cannot answer."""
    scope = operator.scope()
    calls = calls_of(scope)
    client = calls.road.clients.client(scope.access, "mwaa", mutating=False)
    try:
        return calls._timed(client, "GetEnvironment", {"Name": "one"}, mutating=False)
    except AwsError as error:
        if error.failure.kind is Kind.NOT_FOUND:
            return None
        raise
    finally:
        client.close()
