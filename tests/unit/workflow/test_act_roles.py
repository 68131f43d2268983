"""What the executor does to roles, and when it refuses: nothing without our tag at a fresh look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.meta import UID_TAG
from mwaa_operator.api.result import Outdated
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.workflow import actions as todo
from mwaa_operator.workflow.act import Executor
from mwaa_operator.workflow.facts import Facts, notices
from tests.support.awscalls import Answer, failure
from tests.support.memorykube import MemoryKube
from tests.support.scriptedscope import Decoded, ScriptedScope
from tests.support.workflows import ACCOUNT, ARN, MEMBERS, NOW, ROLE, UID, body, situation

NAME = "mwaas-0a1b2c3d-data-etl"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
DOCUMENT: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
CREATE = todo.CreateRole(NAME, "/mwaa/", DOCUMENT, BOUNDARY, {UID_TAG: UID}, "made for data/etl")
WRITE = todo.WriteRole(
    NAME,
    boundary_arn=BOUNDARY,
    trust=DOCUMENT,
    tags={"team": "data"},
    untag=("stage",),
    put={"new": DOCUMENT},
    delete=("old",),
)
DELETE = todo.DeleteRole(NAME, ARN)
NONE = failure(FailureKind.NOT_FOUND, "iam:GetRole")


def role(uid: str | None = UID) -> Decoded:
    """Return GetRole's answer for a role with this uid as a tag."""
    tags = [] if uid is None else [{"Key": UID_TAG, "Value": uid}]
    return Decoded({"Role": {"RoleName": NAME, "Arn": f"arn:aws:iam::{ACCOUNT}:role/mwaa/{NAME}", "Tags": tags}})


def executor(
    scope: ScriptedScope, *, change: Callable[[MemoryKube, Any], None] | None = None, **object_: Any
) -> Executor:
    """Return an executor for an object that was planned on before `change` happened."""
    kube = MemoryKube(lambda: NOW)
    key = kube.create(body(**object_), uid=UID)
    planned = kube.get(key)
    assert planned is not None
    if change is not None:
        change(kube, key)
    return Executor(writer=kube, scope=scope, body=planned)


def scope_of(*found: Answer, workflow: Answer | None = None, policies: tuple[str, ...] = ()) -> ScriptedScope:
    """Return a way into AWS with these answers to GetRole."""
    iam: dict[str, list[Answer]] = {"GetRole": list(found)}
    if policies:
        iam["ListRolePolicies"] = [{"PolicyNames": list(policies)}]
    missing = failure(FailureKind.NOT_FOUND, "mwaa-serverless:GetWorkflow")
    return ScriptedScope(iam=iam, mwaa_serverless={"GetWorkflow": [workflow or missing]})


def test_a_role_is_made_with_boundary_and_our_tag() -> None:
    scope = ScriptedScope(iam={"CreateRole": [Decoded({"Role": {"RoleName": NAME}})]})
    executor(scope).run(CREATE)
    sent = scope.members("CreateRole", "iam")
    assert (sent["PermissionsBoundary"], sent["Path"]) == (BOUNDARY, "/mwaa/")
    assert sent["Tags"] == [{"Key": UID_TAG, "Value": UID}]


def test_no_role_is_made_with_another_tag_than_the_objects() -> None:
    scope = ScriptedScope()
    action = todo.CreateRole(NAME, "/mwaa/", DOCUMENT, BOUNDARY, {UID_TAG: "another"}, "")
    with pytest.raises(ValueError, match="would not carry"):
        executor(scope).run(action)
    assert scope.sent("iam") == []


def test_what_takes_away_from_others_comes_first_and_what_the_workflow_loses_last() -> None:
    scope = scope_of(role())
    executor(scope).run(WRITE)
    assert scope.sent("iam") == [
        "GetRole",
        "PutRolePermissionsBoundary",
        "UpdateAssumeRolePolicy",
        "TagRole",
        "UntagRole",
        "PutRolePolicy",
        "DeleteRolePolicy",
    ]


@pytest.mark.parametrize("found", [role("another"), role(None), role(""), NONE], ids=["other", "none", "empty", "gone"])
def test_a_role_without_our_tag_is_not_changed(found: Answer) -> None:
    scope = scope_of(found)
    with pytest.raises(Outdated):
        executor(scope).run(WRITE)
    assert scope.mutations() == []


def test_a_role_of_ours_goes_after_all_its_policies() -> None:
    scope = scope_of(role(), policies=("ours", "theirs"))
    doing = executor(scope, deleting=1)
    doing.run(DELETE)
    assert scope.mutations() == ["DeleteRolePolicy", "DeleteRolePolicy", "DeleteRole"]
    assert doing.facts == Facts()


@pytest.mark.parametrize("found", [role("another"), role(None)], ids=["other", "none"])
def test_a_role_that_lost_our_tag_stays_and_is_named(found: Answer) -> None:
    scope = scope_of(found)
    doing = executor(scope, deleting=1)
    doing.run(DELETE)
    assert scope.mutations() == []
    (notice,) = notices(situation(), doing.facts)
    assert (notice.reason, notice.type) == ("RoleNotOwned", "Warning")
    assert NAME in notice.note


def test_a_role_that_is_gone_already_is_a_success() -> None:
    scope = scope_of(NONE)
    executor(scope, deleting=1).run(DELETE)
    assert scope.mutations() == []


def test_a_role_that_the_workflow_runs_under_is_not_deleted() -> None:
    scope = scope_of(role(), workflow={**MEMBERS, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/mwaa/{NAME}"})
    with pytest.raises(Outdated):
        executor(scope).run(DELETE)
    assert scope.mutations() == []


def test_a_former_role_goes_while_the_workflow_runs_under_another() -> None:
    scope = scope_of(role(), workflow={**MEMBERS, "RoleArn": ROLE})
    executor(scope).run(DELETE)
    assert scope.mutations() == ["DeleteRole"]


def edited(kube: MemoryKube, key: Any) -> None:
    kube.edit(key, deletionPolicy="Retain")


def recreated(kube: MemoryKube, key: Any) -> None:
    del kube.objects[key]
    kube.create(body(deleting=1), uid="another")


def kind_goes(kube: MemoryKube, key: Any) -> None:
    kube.crd_deleting = True


@pytest.mark.parametrize("change", [edited, recreated, kind_goes])
def test_no_role_is_deleted_for_an_object_that_is_not_what_was_planned_on(
    change: Callable[[MemoryKube, Any], None],
) -> None:
    scope = scope_of(role())
    with pytest.raises(Outdated):
        executor(scope, change=change, deleting=1).run(DELETE)
    assert scope.mutations() == []


def test_a_policy_that_somebody_attached_is_told_and_not_detached() -> None:
    scope = scope_of(role())
    scope.calls["iam"].answers["DeleteRole"] = [failure(FailureKind.WRONG_STATE, "iam:DeleteRole", "DeleteConflict")]
    with pytest.raises(AwsError):
        executor(scope, deleting=1).run(DELETE)
