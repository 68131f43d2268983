"""As whom the operator acts: roles, external ids, session tags, the check of the account, and what is kept.

Not covered: IAM's own evaluation of session tags, Pod Identity's credential endpoint.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import UNAVAILABLE, Rule
from localcloud.aws.moto.cloud import MotoCloud
from localcloud.aws.mwaa.dependencies import Dependencies
from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.errors import AwsError
from tests.support.operatoraws import ACCOUNT, AMBIENT, PLENTY, REGION, Operator, calls_of, clients_of, simulated

TENANT_ACCOUNT = "210987654321"
OPERATOR_ARN_ROOT = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAws]:
    with simulated(dependencies=Dependencies()) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: SimulatedAws) -> Iterator[SimulatedAws]:
    yield running
    running.faults.clear()
    moto(running).denials.clear()


@pytest.fixture
def operator(cloud: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture(scope="module")
def tenant(running: SimulatedAws) -> Access:
    """A role of another account that trusts the operator's account, with an external id and tags."""
    condition = {"StringEquals": {"sts:ExternalId": "ext-1"}}
    return role(running, "tenant", actions=["sts:AssumeRole"], condition=condition, tagging=True)


def moto(cloud: SimulatedAws) -> MotoCloud:
    assert cloud.moto is not None
    return cloud.moto


def role(
    cloud: SimulatedAws, name: str, *, actions: list[str], condition: Mapping[str, object] | None = None, tagging: bool
) -> Access:
    statements: list[dict[str, object]] = [
        {"Effect": "Allow", "Action": actions, "Principal": {"AWS": OPERATOR_ARN_ROOT}}
    ]
    if condition:
        statements[0]["Condition"] = condition
    if tagging:
        statements.append({"Effect": "Allow", "Action": "sts:TagSession", "Principal": {"AWS": OPERATOR_ARN_ROOT}})
    owner = moto(cloud).add_user(TENANT_ACCOUNT, "admin")
    iam = moto(cloud).client("iam", credentials=owner)
    trust = json.dumps({"Version": "2012-10-17", "Statement": statements})
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return Access("tenant", TENANT_ACCOUNT, made["Role"]["Arn"], "ext-1", "team-a", REGION, "cluster-uid")


def test_a_tenants_calls_are_made_in_its_account_under_its_name(
    cloud: SimulatedAws, operator: Operator, tenant: Access
) -> None:
    caller = operator.scope(tenant).verify()
    assert caller.account == TENANT_ACCOUNT
    assert caller.arn == f"arn:aws:sts::{TENANT_ACCOUNT}:assumed-role/tenant/mwaa-operator-team-a"
    assert caller.partition == "aws"
    cloud.mwaa.of(TENANT_ACCOUNT).add("theirs")
    assert operator.scope(tenant).mwaa.get_environment("theirs")
    assert operator.scope().mwaa.get_environment("theirs") is None
    session = moto(cloud).sessions[-1]
    assert (session.external_id, session.tags) == (
        "ext-1",
        {"mwaa-operator.io/cluster": "cluster-uid", "mwaa-operator.io/namespace": "team-a"},
    )


def test_work_of_no_tenant_assumes_the_role_without_tags(
    cloud: SimulatedAws, operator: Operator, tenant: Access
) -> None:
    assert operator.scope(tenant, namespace="").verify().arn.endswith("/tenant/mwaa-operator")
    assert moto(cloud).sessions[-1].tags == {}


def test_each_namespace_gets_a_session_of_its_own_and_keeps_it(
    cloud: SimulatedAws, operator: Operator, tenant: Access
) -> None:
    before = len(moto(cloud).sessions)
    for namespace in ("one", "two", "one", "two"):
        operator.scope(tenant, namespace=namespace).mwaa.get_environment("x")
    assert [session.name for session in moto(cloud).sessions[before:]] == ["mwaa-operator-one", "mwaa-operator-two"]


@pytest.mark.parametrize(
    "changes",
    [{"external_id": "wrong"}, {"external_id": None}, {"assume_role_arn": "arn:aws:iam::210987654321:role/no"}],
)
def test_a_role_that_cannot_be_assumed_is_a_failure_of_credentials_that_names_the_permission(
    changes: dict[str, object], cloud: SimulatedAws, operator: Operator, tenant: Access
) -> None:
    with pytest.raises(AwsError) as failed:
        operator.scope(tenant, **changes).mwaa.get_environment("x")
    failure = failed.value.failure
    assert (failure.kind, failure.operation, failure.code) == (Kind.CREDENTIALS, "sts:AssumeRole", "AccessDenied")
    assert "not authorized to perform: sts:AssumeRole" in failure.message
    assert "trust policy" in failure.message
    assert not failure.may_have_happened


def test_a_role_that_may_not_be_tagged_says_so(cloud: SimulatedAws, operator: Operator) -> None:
    untagged = role(cloud, "untagged", actions=["sts:AssumeRole"], tagging=False)
    with pytest.raises(AwsError) as failed:
        operator.scope(untagged, external_id=None).verify()
    assert "sts:TagSession" in failed.value.failure.message


def test_a_role_becomes_usable_as_soon_as_its_trust_policy_is_right(cloud: SimulatedAws, operator: Operator) -> None:
    late = replace(role(cloud, "late", actions=["sts:AssumeRoleWithSAML"], tagging=True), external_id=None)
    with pytest.raises(AwsError):
        operator.scope(late).verify()
    actions = ["sts:AssumeRole", "sts:TagSession"]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Principal": {"AWS": "*"}}]}
    iam = moto(cloud).client("iam", credentials=moto(cloud).add_user(TENANT_ACCOUNT, "admin"))
    iam.update_assume_role_policy(RoleName="late", PolicyDocument=json.dumps(trust))
    assert operator.scope(late).verify().account == TENANT_ACCOUNT


def test_sts_that_does_not_answer_is_unavailable_and_not_a_matter_of_rights(
    cloud: SimulatedAws, operator: Operator, tenant: Access
) -> None:
    cloud.faults.add(Rule(service="sts", operation="AssumeRole", error=UNAVAILABLE, times=None))
    with pytest.raises(AwsError) as failed:
        operator.scope(tenant).mwaa.delete_environment("x")
    assert (failed.value.failure.kind, failed.value.failure.may_have_happened) == (Kind.UNAVAILABLE, False)
    assert operator.fenced == []


def test_credentials_of_another_account_make_no_call(cloud: SimulatedAws, operator: Operator) -> None:
    wrong = operator.scope(account_id="999999999999")
    for call in (wrong.verify, lambda: wrong.mwaa.get_environment("x"), lambda: wrong.mwaa.delete_environment("x")):
        with pytest.raises(AwsError) as failed:
            call()
        failure = failed.value.failure
        assert (failure.kind, failure.code) == (Kind.INVALID, "AccountMismatch")
        assert ACCOUNT in failure.message
        assert "999999999999" in failure.message
    assert operator.of("mwaa") == []


def test_aws_is_asked_once_who_we_are_and_again_on_request(cloud: SimulatedAws, operator: Operator) -> None:
    scope = operator.scope()
    for _ in range(3):
        scope.verify()
        scope.mwaa.get_environment("x")
    assert operator.of("sts") == [("GetCallerIdentity", "OK")]
    scope.verify(fresh=True)
    assert len(operator.of("sts")) == 2


def test_new_credentials_are_checked_anew(cloud: SimulatedAws, tenant: Access) -> None:
    operator = Operator()
    operator.scope(tenant).verify()
    credentials = clients_of(operator.scope(tenant)).identity(tenant)._credentials
    credentials._frozen_credentials = None
    operator.scope(tenant).mwaa.get_environment("x")
    assert operator.of("sts") == [("GetCallerIdentity", "OK")] * 2


def test_a_process_without_credentials_says_what_to_do(
    cloud: SimulatedAws, operator: Operator, tenant: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    for access in (AMBIENT, tenant):
        with pytest.raises(AwsError) as failed:
            operator.scope(access).verify()
        assert failed.value.failure.kind is Kind.CREDENTIALS
        assert "service account" in failed.value.failure.message
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "localcloud")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "localcloud")
    assert operator.scope().verify().account == ACCOUNT


def test_a_service_accounts_token_is_exchanged_for_credentials(
    cloud: SimulatedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam = moto(cloud).client("iam")
    federated = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/x"}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": federated}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = iam.create_role(RoleName="irsa", AssumeRolePolicyDocument=trust)
    token = tmp_path / "token"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_ROLE_ARN", made["Role"]["Arn"])
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    operator = Operator()
    with pytest.raises(AwsError) as failed:
        operator.scope().verify()
    assert failed.value.failure.kind is Kind.CREDENTIALS
    token.write_text("token")
    assert ":assumed-role/irsa/" in operator.scope().verify().arn


def test_many_threads_that_begin_at_once_make_one_client_and_ask_once_or_twice(
    cloud: SimulatedAws, tenant: Access
) -> None:
    operator = Operator()
    before = len(moto(cloud).sessions)
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda _: operator.scope(tenant).mwaa.get_environment("x"), range(48)))
    assert found == [None] * 48
    assert len(moto(cloud).sessions) == before + 1
    assert len(clients_of(operator.scope(tenant))._clients) == 3


def test_clients_that_nobody_uses_are_dropped(cloud: SimulatedAws, tenant: Access) -> None:
    operator = Operator(replace(PLENTY, clients=4))
    for number in range(8):
        operator.scope(tenant, namespace=f"team-{number}").mwaa.get_environment("x")
    assert len(clients_of(operator.scope())._clients) == 4
    assert operator.scope(tenant, namespace="team-0").mwaa.get_environment("x") is None


def test_whether_somebody_waits_is_asked_for_each_scope(cloud: SimulatedAws, operator: Operator) -> None:
    assert not calls_of(operator.scope()).urgent
    operator.urgent = True
    assert calls_of(operator.scope()).urgent
