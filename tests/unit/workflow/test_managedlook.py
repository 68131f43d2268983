"""What is seen of a managed role, and how seldom IAM is asked for it."""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.meta import UID_TAG
from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.workflow.managedlook import ManagedLooks
from mwaa_operator.workflow.plan.situation import WrittenRole
from tests.support.aws import Clock
from tests.support.awscalls import Answer, failure
from tests.support.scriptedscope import Decoded, ScriptedScope
from tests.support.workflows import ACCOUNT, UID, situation

NAME = "mwaas-666ff6cc-data-etl"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/mwaa/{NAME}"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
TRUST: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{"Sid": "trust"}]}
POLICY: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{"Sid": "policy"}]}
NONE = failure(FailureKind.NOT_FOUND, "iam:GetRole")
SITUATION = situation(spec={"role": {"managed": {}}})


def found(**members: Any) -> Decoded:
    """Return GetRole's answer."""
    role = {
        "RoleName": NAME,
        "Arn": ROLE_ARN,
        "AssumeRolePolicyDocument": TRUST,
        "PermissionsBoundary": {"PermissionsBoundaryArn": BOUNDARY},
        "Tags": [{"Key": UID_TAG, "Value": UID}],
    }
    return Decoded({"Role": role | members})


def iam(times: int = 1, *, role: Answer | None = None) -> ScriptedScope:
    """Return a way to a role with one policy, for so many looks."""
    answers: dict[str, list[Answer]] = {
        "GetRole": [role or found()] * times,
        "ListRolePolicies": [{"PolicyNames": ["tasks"]}] * times,
        "GetRolePolicy": [Decoded({"PolicyDocument": POLICY})] * times,
    }
    return ScriptedScope(iam=answers)


def looks(clock: Clock | None = None) -> ManagedLooks:
    return ManagedLooks(ReadCache(seconds=3600, monotonic=clock or Clock()))


def test_a_role_is_seen_with_all_that_makes_it() -> None:
    scope = iam()
    seen = looks().look(SITUATION, scope)
    assert seen.role == WrittenRole(ROLE_ARN, {UID_TAG: UID}, TRUST, BOUNDARY, {"tasks": POLICY})
    assert seen.fresh
    assert scope.members("GetRole", "iam") == {"RoleName": NAME}


def test_a_role_without_boundary_tags_and_policies_is_seen_so() -> None:
    role = Decoded({"Role": {"RoleName": NAME, "Arn": ROLE_ARN}})
    scope = ScriptedScope(iam={"GetRole": [role]})
    assert looks().look(SITUATION, scope).role == WrittenRole(ROLE_ARN)


def test_a_look_serves_for_a_while_and_says_that_it_is_older() -> None:
    clock, scope = Clock(), iam(2)
    looking = looks(clock)
    assert [looking.look(SITUATION, scope).fresh for _ in range(3)] == [True, False, False]
    clock.forward(3601)
    assert looking.look(SITUATION, scope).fresh
    assert scope.sent("iam").count("GetRole") == 2


def test_a_look_from_before_the_last_writing_does_not_serve() -> None:
    scope = iam(2)
    looking = looks()
    looking.look(SITUATION, scope)
    written = situation(
        spec={"role": {"managed": {}}}, status={"managedRole": {"name": NAME, "policyHash": "h"}, "rolesMade": 1}
    )
    assert looking.look(written, scope).fresh


def test_a_fresh_look_is_one_whatever_is_kept() -> None:
    scope = iam(2)
    looking = looks()
    looking.look(SITUATION, scope)
    assert looking.look(SITUATION, scope, fresh=True).fresh
    assert scope.sent("iam").count("GetRole") == 2


def test_that_there_is_no_role_is_not_kept() -> None:
    scope = iam(2, role=NONE)
    looking = looks()
    assert [looking.look(SITUATION, scope).role for _ in range(2)] == [None, None]
    assert scope.sent("iam") == ["GetRole", "GetRole"]


def test_a_role_that_goes_between_two_calls_is_none() -> None:
    scope = iam()
    scope.calls["iam"].answers["ListRolePolicies"] = [failure(FailureKind.NOT_FOUND, "iam:ListRolePolicies")]
    assert looks().look(SITUATION, scope).role is None


def test_policies_that_others_attached_are_seen_in_an_order_of_their_own() -> None:
    scope = iam()
    attached = [{"PolicyName": name, "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/{name}"} for name in ("b", "a")]
    scope.calls["iam"].answers["ListAttachedRolePolicies"] = [{"AttachedPolicies": attached}]
    seen = looks().look(SITUATION, scope).role
    assert seen is not None
    assert seen.attached == (f"arn:aws:iam::{ACCOUNT}:policy/a", f"arn:aws:iam::{ACCOUNT}:policy/b")


def test_what_is_attached_is_not_known_where_iam_denies_to_list_it_and_the_rest_of_the_look_serves() -> None:
    scope = iam()
    denied = failure(FailureKind.ACCESS_DENIED, "iam:ListAttachedRolePolicies")
    scope.calls["iam"].answers["ListAttachedRolePolicies"] = [denied]
    seen = looks().look(SITUATION, scope)
    assert seen.failure is None
    assert seen.role == WrittenRole(ROLE_ARN, {UID_TAG: UID}, TRUST, BOUNDARY, {"tasks": POLICY}, attached=None)


def test_a_look_that_does_not_come_to_its_end_is_a_failure() -> None:
    scope = iam()
    throttled = failure(FailureKind.THROTTLED, "iam:ListAttachedRolePolicies")
    scope.calls["iam"].answers["ListAttachedRolePolicies"] = [throttled]
    seen = looks().look(SITUATION, scope)
    assert (seen.role, seen.failure is not None) == (None, True)


def test_a_look_that_iam_denies_is_a_failure_and_no_absence_and_is_not_kept() -> None:
    scope = iam(2, role=failure(FailureKind.ACCESS_DENIED, "iam:GetRole"))
    looking = looks()
    for _ in range(2):
        seen = looking.look(SITUATION, scope)
        assert seen.failure is not None
        assert seen.failure.kind is FailureKind.ACCESS_DENIED
    assert scope.sent("iam") == ["GetRole", "GetRole"]
