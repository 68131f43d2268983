"""What is told of failed calls: a reason each, a host, what to do, and nothing of what a server answered."""

from __future__ import annotations

import pytest

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.gateway.clusters.words import of_aws, of_call, of_mint, silent, unreached
from mwaa_operator.gateway.reasons import DetailReason, Reason
from mwaa_operator.kube.errors import KubeError, Unavailable, from_answer
from mwaa_operator.kube.remote import Reach

HOST = "ABCDEF0123456789ABCDEF0123456789.gr7.eu-central-1.eks.amazonaws.com"
URL = f"https://{HOST}"
SAID = "c4nary"
KNOWN = {word.value for word in (*Reason, *DetailReason)}
ACCOUNT = f"{'n' * 63}/{'a' * 63}"


def answered(status: int) -> KubeError:
    return from_answer(method="GET", path="/x", status=status, content=SAID.encode())


def unanswered(reach: Reach) -> KubeError:
    return Unavailable("certificate has expired", status=0, reason=reach)


ERRORS = [
    *(answered(status) for status in (302, 400, 401, 403, 404, 409, 422, 429, 500, 503)),
    *map(unanswered, Reach),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.status}-{error.reason}")
def test_every_failure_has_a_reason_and_a_short_text_without_what_the_server_said(error: KubeError) -> None:
    for told in (of_call(error, url=URL), of_mint(error, url=URL, account=ACCOUNT)):
        assert told.reason in KNOWN
        assert 0 < len(told.message) <= 300
        assert SAID not in told.message
        assert "{" not in told.message


def test_each_way_of_not_being_reached_has_a_text_of_its_own() -> None:
    texts = {unreached(unanswered(reach), url=URL) for reach in Reach}
    assert len(texts) == len(Reach)
    assert silent(URL) == unreached(unanswered(Reach.TIMEOUT), url=URL)
    assert "certificate has expired" in unreached(unanswered(Reach.TLS), url=URL)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, "TokenRejected"), (403, "TokenRejected"), (404, "SparkOperatorMissing"), (500, "ClusterUnreachable")],
)
def test_what_a_cluster_says_to_the_gateways_token(status: int, reason: str) -> None:
    told = of_call(answered(status), url=URL)
    assert (told.reason, told.answered) == (reason, status == 404)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, "AccessDenied"), (403, "AccessDenied"), (404, "DependencyNotReady"), (500, "ClusterUnreachable")],
)
def test_what_a_cluster_says_to_the_operator_itself(status: int, reason: str) -> None:
    assert of_mint(answered(status), url=URL, account=ACCOUNT).reason == reason


def test_a_token_that_is_not_known_and_one_that_may_not_are_told_apart() -> None:
    assert "does not take the token" in of_call(answered(401), url=URL).message
    assert "refuses the token" in of_call(answered(403), url=URL).message


@pytest.mark.parametrize("kind", FailureKind)
def test_what_aws_says(kind: FailureKind) -> None:
    told = of_aws(Failure(kind, "eks:DescribeCluster", "X", "no"))
    expected = {
        FailureKind.ACCESS_DENIED: "AccessDenied",
        FailureKind.THROTTLED: "AwsUnavailable",
        FailureKind.UNAVAILABLE: "AwsUnavailable",
    }
    assert told.reason == expected.get(kind, "CredentialsFailed")
    assert "eks:DescribeCluster" in told.message
