"""The IAM port's writes against moto behind localcloud's proxy: a role from its first day to its last.

Not covered: how long IAM takes to tell everybody, and service control policies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import UNAVAILABLE, Error, Rule
from localcloud.aws.mwaa.dependencies import Dependencies
from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.iam import IamPort
from tests.support.operatoraws import ACCOUNT, Operator, simulated

NAME = "mwaas-0a1b2c3d-data-orders"
PATH = "/mwaa-operator/cluster/"
POLICY = "mwaa-operator"


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


TRUST = trust("airflow-serverless.amazonaws.com")


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAws]:
    with simulated(dependencies=Dependencies()) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def client(running: SimulatedAws) -> Any:
    assert running.moto is not None
    return running.moto.client("iam")


@pytest.fixture(scope="module")
def boundaries(client: Any) -> list[str]:
    """Two managed policies that can bound a role."""
    document = json.dumps(allow("*"))
    return [
        client.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"] for name in ("inner", "outer")
    ]


@pytest.fixture(scope="module")
def shared(running: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture
def operator(running: SimulatedAws, shared: Operator, client: Any) -> Iterator[Operator]:
    yield shared.forget()
    running.faults.clear()
    shared.forget()
    port = shared.scope().iam
    for policy in client.list_attached_role_policies(RoleName=NAME)["AttachedPolicies"] if port.role(NAME) else ():
        client.detach_role_policy(RoleName=NAME, PolicyArn=policy["PolicyArn"])
    port.delete_role(NAME, policies=port.list_role_policies(NAME) or ())


@pytest.fixture
def scope(operator: Operator) -> AwsScope:
    return operator.scope()


def create(scope: AwsScope, boundary: str, **changes: Any) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "path": PATH,
        "trust": TRUST,
        "boundary_arn": boundary,
        "tags": {"mwaa-operator.io/uid": "u", "team": "data"},
        "description": "made for data/orders",
    }
    return scope.iam.create_role(NAME, **(wanted | changes))


def test_a_role_is_made_as_it_was_asked_for(operator: Operator, scope: AwsScope, boundaries: list[str]) -> None:
    assert scope.iam.role(NAME) is None
    made = create(scope, boundaries[0])
    found = scope.iam.role(NAME)
    assert found is not None
    assert made["Arn"] == found["Arn"] == f"arn:aws:iam::{ACCOUNT}:role{PATH}{NAME}"
    assert found["AssumeRolePolicyDocument"] == TRUST
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundaries[0]
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"mwaa-operator.io/uid": "u", "team": "data"}
    assert found["Description"] == "made for data/orders"
    assert operator.fenced == [12.0]


def test_a_name_that_is_taken_under_any_path_is_told(scope: AwsScope, boundaries: list[str]) -> None:
    create(scope, boundaries[0])
    with pytest.raises(AwsError) as failed:
        create(scope, boundaries[0], path="/elsewhere/")
    assert failed.value.failure.kind is Kind.NAME_IN_USE


def test_trust_boundary_and_tags_are_changed_each_by_itself(scope: AwsScope, boundaries: list[str]) -> None:
    create(scope, boundaries[0])
    scope.iam.update_assume_role_policy(NAME, trust("lambda.amazonaws.com"))
    scope.iam.put_role_permissions_boundary(NAME, boundaries[1])
    scope.iam.tag_role(NAME, {"team": "analytics", "new": ""})
    scope.iam.untag_role(NAME, ["mwaa-operator.io/uid"])
    found = scope.iam.role(NAME)
    assert found is not None
    assert found["AssumeRolePolicyDocument"] == trust("lambda.amazonaws.com")
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundaries[1]
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"team": "analytics", "new": ""}


def test_inline_policies_are_written_read_listed_and_deleted(scope: AwsScope, boundaries: list[str]) -> None:
    assert scope.iam.list_role_policies(NAME) is None
    create(scope, boundaries[0])
    assert scope.iam.list_role_policies(NAME) == []
    assert scope.iam.get_role_policy(NAME, POLICY) is None
    scope.iam.put_role_policy(NAME, POLICY, allow("s3:GetObject"))
    scope.iam.put_role_policy(NAME, POLICY, allow("s3:PutObject"))
    assert scope.iam.get_role_policy(NAME, POLICY) == allow("s3:PutObject")
    assert scope.iam.list_role_policies(NAME) == [POLICY]
    scope.iam.delete_role_policy(NAME, POLICY)
    scope.iam.delete_role_policy(NAME, POLICY)
    assert scope.iam.list_role_policies(NAME) == []


def test_a_role_goes_with_its_policies_and_a_second_deletion_is_a_success(
    operator: Operator, scope: AwsScope, boundaries: list[str]
) -> None:
    create(scope, boundaries[0])
    scope.iam.put_role_policy(NAME, POLICY, allow("s3:GetObject"))
    scope.iam.delete_role(NAME, policies=[POLICY])
    assert scope.iam.role(NAME) is None
    scope.iam.delete_role(NAME, policies=[POLICY])


def test_a_role_that_somebody_else_gave_a_policy_stays(scope: AwsScope, boundaries: list[str], client: Any) -> None:
    create(scope, boundaries[0])
    client.attach_role_policy(RoleName=NAME, PolicyArn=boundaries[1])
    with pytest.raises(AwsError) as failed:
        scope.iam.delete_role(NAME, policies=[])
    assert failed.value.failure.kind is Kind.WRONG_STATE
    assert scope.iam.role(NAME) is not None


def test_policies_that_others_attached_are_listed(scope: AwsScope, boundaries: list[str], client: Any) -> None:
    assert scope.iam.list_attached_role_policies(NAME) is None
    create(scope, boundaries[0])
    assert scope.iam.list_attached_role_policies(NAME) == []
    for arn in boundaries:
        client.attach_role_policy(RoleName=NAME, PolicyArn=arn)
    assert sorted(scope.iam.list_attached_role_policies(NAME) or ()) == sorted(boundaries)


def test_a_document_that_is_no_policy_is_invalid(scope: AwsScope, boundaries: list[str]) -> None:
    create(scope, boundaries[0])
    with pytest.raises(AwsError) as failed:
        scope.iam.put_role_policy(NAME, POLICY, {"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]})
    assert failed.value.failure.kind is Kind.INVALID


Change = Callable[[IamPort], None]
CHANGES: list[tuple[str, Change]] = [
    ("UpdateAssumeRolePolicy", lambda port: port.update_assume_role_policy(NAME, TRUST)),
    ("PutRolePermissionsBoundary", lambda port: port.put_role_permissions_boundary(NAME, f"arn:aws:iam::{ACCOUNT}:x")),
    ("PutRolePolicy", lambda port: port.put_role_policy(NAME, POLICY, allow("s3:GetObject"))),
    ("TagRole", lambda port: port.tag_role(NAME, {"a": "b"})),
    ("UntagRole", lambda port: port.untag_role(NAME, ["a"])),
    ("DeleteRolePolicy", lambda port: port.delete_role_policy(NAME, POLICY)),
    ("DeleteRole", lambda port: port.delete_role(NAME, policies=[])),
]


@pytest.mark.parametrize(("operation", "change"), CHANGES)
def test_a_change_is_fenced_and_sent_once_whatever_becomes_of_it(
    operation: str, change: Change, running: SimulatedAws, operator: Operator, scope: AwsScope
) -> None:
    running.faults.add(Rule(service="iam", operation=operation, error=UNAVAILABLE, times=None))
    before = running.ledger.count(service="iam", operation=operation)
    with pytest.raises(AwsError) as failed:
        change(scope.iam)
    assert failed.value.failure.may_have_happened
    assert running.ledger.count(service="iam", operation=operation) == before + 1
    assert operator.fenced == [12.0]
    operator.refuse = PermissionError("not the leader")
    with pytest.raises(PermissionError):
        change(scope.iam)
    assert running.ledger.count(service="iam", operation=operation) == before + 1


def test_a_lost_answer_of_a_create_leaves_the_outcome_open(
    running: SimulatedAws, scope: AwsScope, boundaries: list[str]
) -> None:
    running.faults.add(Rule(service="iam", operation="CreateRole", when="after", drop=True))
    with pytest.raises(AwsError) as failed:
        create(scope, boundaries[0])
    assert failed.value.failure.may_have_happened
    assert scope.iam.role(NAME) is not None


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchEntity"])
def test_only_what_is_not_there_is_none(code: str, running: SimulatedAws, scope: AwsScope) -> None:
    running.faults.add(Rule(service="iam", error=Error(403 if code == "AccessDenied" else 404, code), times=None))
    lists = scope.iam.list_role_policies, scope.iam.list_attached_role_policies
    for read in (scope.iam.role, *lists, lambda name: scope.iam.get_role_policy(name, POLICY)):
        if code == "NoSuchEntity":
            assert read(NAME) is None
        else:
            with pytest.raises(AwsError):
                read(NAME)
