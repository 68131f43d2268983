"""The EKS port against moto behind localcloud's proxy, and its tokens against a real API server.

The authenticator is localcloud's: it verifies the signature over the cluster's name as EKS does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from localcloud.aws.faults import UNAVAILABLE, Rule
from localcloud.kube.eksauth import User
from localcloud.kube.ekstokens import PREFIX, Refused, signed_query
from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.eks import DescribedCluster
from mwaa_operator.aws.errors import AwsError
from tests.support.ekscluster import NAME, Eks, eks_cluster
from tests.support.operatoraws import Operator
from tests.support.sparkclusters import Hands, authority


@pytest.fixture(scope="module")
def running() -> Iterator[Eks]:
    with eks_cluster() as eks:
        eks.know(User("operator", ("platform",)))
        yield eks


@pytest.fixture
def eks(running: Eks) -> Iterator[Eks]:
    yield running
    running.aws.faults.clear()
    running.moto.denials.clear()
    running.tell()


@pytest.fixture
def operator(eks: Eks) -> Operator:
    return Operator()


@pytest.fixture
def scope(operator: Operator) -> AwsScope:
    return operator.scope()


def test_a_cluster_is_where_aws_says(eks: Eks, scope: AwsScope) -> None:
    ca = authority(eks.control_plane)
    assert scope.eks.describe(NAME) == DescribedCluster(eks.control_plane.url, ca, "ACTIVE")


def test_what_aws_does_not_know_is_none(scope: AwsScope) -> None:
    assert scope.eks.describe("nothing") is None


def test_a_cluster_that_is_made_has_no_address_yet(eks: Eks, scope: AwsScope) -> None:
    eks.tell(endpoint="", ca="", status="CREATING")
    assert scope.eks.describe(NAME) == DescribedCluster("", "", "CREATING")


def test_a_denied_look_says_what_is_missing(eks: Eks, scope: AwsScope) -> None:
    eks.moto.deny("*", "eks:DescribeCluster")
    with pytest.raises(AwsError) as failed:
        scope.eks.describe(NAME)
    assert failed.value.failure.kind is FailureKind.ACCESS_DENIED
    assert "eks:DescribeCluster" in failed.value.failure.message


def test_the_cluster_knows_the_operator_by_its_token(eks: Eks, scope: AwsScope) -> None:
    token = scope.eks.bearer(NAME)
    assert eks.known_as(token.get_secret_value()) == "operator"
    assert token.get_secret_value() not in repr(token)


def test_a_role_that_is_assumed_is_known_by_the_role(eks: Eks, operator: Operator) -> None:
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"AWS": "*"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = eks.moto.client("iam").create_role(RoleName="spark", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    eks.authenticator.entries[arn] = User("by-role")
    token = operator.scope(assume_role_arn=arn).eks.bearer(NAME)
    assert eks.known_as(token.get_secret_value()) == "by-role"


def test_a_token_is_made_without_a_call(eks: Eks, scope: AwsScope) -> None:
    scope.verify()
    before = eks.aws.ledger.count()
    assert scope.eks.bearer(NAME).get_secret_value().startswith(PREFIX)
    assert eks.aws.ledger.count() == before


def test_a_token_of_another_cluster_is_worth_nothing(eks: Eks, scope: AwsScope) -> None:
    assert eks.known_as(scope.eks.bearer("another").get_secret_value()) == ""


def test_an_identity_without_an_access_entry_is_nobody(eks: Eks, scope: AwsScope) -> None:
    eks.know(None)
    assert eks.known_as(scope.eks.bearer(NAME).get_secret_value()) == ""
    eks.know(User("operator"))
    assert eks.known_as(scope.eks.bearer(NAME).get_secret_value()) == "operator"


def test_a_token_leads_to_the_endpoint_of_aws_and_ends_after_a_quarter_of_an_hour(eks: Eks, scope: AwsScope) -> None:
    token, now = scope.eks.bearer(NAME).get_secret_value(), Hands().now()

    def read(at: datetime) -> str:
        return signed_query(token, cluster=NAME, secret_of=eks.moto.secret_of, now=at)["X-Amz-Expires"]

    assert read(now + timedelta(minutes=14)) == "60"
    with pytest.raises(Refused, match="ended"):
        read(now + timedelta(minutes=16))


def test_credentials_of_another_account_make_no_token(operator: Operator) -> None:
    with pytest.raises(AwsError, match="AccountMismatch"):
        operator.scope(account_id="210987654321").eks.bearer(NAME)


def test_an_outage_of_aws_is_no_missing_cluster(eks: Eks, scope: AwsScope) -> None:
    scope.verify()
    eks.aws.faults.add(Rule(service="eks", error=UNAVAILABLE, times=None))
    with pytest.raises(AwsError) as failed:
        scope.eks.describe(NAME)
    assert failed.value.failure.kind is FailureKind.UNAVAILABLE
