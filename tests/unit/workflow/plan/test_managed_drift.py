"""What others do to a managed role: corrected or reported, never touched without our tag, never a version for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import UID_TAG
from mwaa_operator.workflow.plan.situation import WrittenRole
from tests.support.iam import granted
from tests.support.managedroles import BOUNDARY, etl, managed, resting, role_name_of, task, tasked
from tests.support.workflows import UID
from tests.support.workflowworld import World, name_of

ADMIN, READ = "arn:aws:iam::123456789012:policy/admin", "arn:aws:iam::aws:policy/ReadOnlyAccess"
ALLOWS: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def names(world: World) -> list[str]:
    """Return the names of all actions that took place."""
    return [name_of(action) for action in world.done]


def without_a_policy(role: WrittenRole) -> dict[str, Any]:
    return {"policies": dict(list(role.policies.items())[:1])}


def with_another_text(role: WrittenRole) -> dict[str, Any]:
    return {"policies": dict.fromkeys(role.policies, ALLOWS)}


def with_one_more(role: WrittenRole) -> dict[str, Any]:
    return {"policies": {**role.policies, "admin": ALLOWS}}


def with_another_trust(role: WrittenRole) -> dict[str, Any]:
    return {"trust": ALLOWS}


def without_a_tag(role: WrittenRole) -> dict[str, Any]:
    return {"tags": {UID_TAG: UID}}


CHANGES = [without_a_policy, with_another_text, with_one_more, with_another_trust, without_a_tag]
Change = Callable[[WrittenRole], dict[str, Any]]


@pytest.mark.parametrize("change", CHANGES)
def test_what_somebody_changes_is_corrected_in_place(change: Change) -> None:
    world = resting(tags={"team": "data"})
    before = world.iam.only
    world.iam.change(role_name_of(world), **change(before))
    world.settle()
    assert world.iam.only == before
    assert names(world) == ["WriteRole"]
    assert world.notices == ["DriftCorrected"]
    assert (world.ready, world.word("RoleReady")) == (("True", "Succeeded"), ("True", "Succeeded"))
    world.idle()


@pytest.mark.parametrize("change", CHANGES)
def test_what_somebody_changes_is_reported_where_spec_asks_for_that(change: Change) -> None:
    world = resting(tags={"team": "data"}, driftPolicy="Report")
    changed = change(world.iam.only)
    world.iam.change(role_name_of(world), **changed)
    world.settle()
    assert world.done == []
    assert (world.ready, world.word("Synced")) == (("True", "Drifted"), ("False", "Drifted"))
    assert world.word("RoleReady") == ("False", "Drifted")
    world.idle()
    world.edit(driftPolicy="Correct")
    world.settle()
    assert (world.ready, names(world)) == (("True", "Succeeded"), ["WriteRole"])


@pytest.mark.parametrize("policy", ["Correct", "Report"])
def test_policies_that_somebody_attaches_are_told_once_with_the_way_to_detach_them_and_left_alone(policy: str) -> None:
    world = resting(driftPolicy=policy)
    name = role_name_of(world)
    world.iam.change(name, attached=(ADMIN, READ))
    world.settle()
    assert (world.done, world.ready) == ([], ("True", "Succeeded"))
    assert world.word("RoleReady") == ("True", "PolicyAttached")
    for arn in (ADMIN, READ):
        assert f"aws iam detach-role-policy --role-name {name} --policy-arn {arn}" in world.text("RoleReady")
    assert f"counts within boundary {BOUNDARY}" in world.text("RoleReady")
    assert world.notices == ["PolicyAttached"]
    world.idle()
    world.iam.change(name, attached=(READ,))
    world.settle()
    assert world.notices == ["PolicyAttached"] * 2, "another text"
    world.iam.change(name, attached=())
    world.settle()
    assert (world.word("RoleReady"), world.done) == (("True", "Succeeded"), [])
    assert world.notices == ["PolicyAttached"] * 2


def test_many_attached_policies_leave_every_command_whole() -> None:
    world = resting()
    world.iam.change(role_name_of(world), attached=tuple(f"arn:aws:iam::123456789012:policy/p{n}" for n in range(9)))
    world.settle()
    text = world.text("RoleReady")
    assert "attached 9 policies" in text
    assert text.count("aws iam detach-role-policy --role-name") == 3
    assert "policy/p2` and likewise 6 more. Beside that: Role" in text


def test_what_else_is_to_be_told_of_a_role_stands_beside_what_is_attached() -> None:
    world = resting(definition=tasked({"own": task("airflow.providers.standard.operators.bash.BashOperator")}))
    before = world.text("RoleReady")
    assert world.word("RoleReady") == ("Unknown", "NotChecked")
    world.iam.change(role_name_of(world), attached=(ADMIN,))
    world.settle()
    assert world.word("RoleReady") == ("Unknown", "PolicyAttached")
    assert world.text("RoleReady").endswith(before)


def test_an_edit_goes_its_way_though_policies_are_attached_and_they_stay() -> None:
    world = resting()
    world.iam.change(role_name_of(world), attached=(ADMIN,))
    world.edit(definition=etl("other"))
    world.settle()
    assert names(world) == ["WriteRole", "UpdateWorkflow", "WriteRole"]
    assert (world.iam.only.attached, world.ready) == ((ADMIN,), ("True", "Succeeded"))


def test_an_operator_that_may_not_list_them_works_and_says_that_it_does_not_know() -> None:
    world = resting()
    world.iam.change(role_name_of(world), attached=None)
    world.settle()
    assert (world.done, world.ready, world.word("RoleReady")) == ([], ("True", "Succeeded"), ("True", "Succeeded"))
    assert "iam:ListAttachedRolePolicies" in world.text("RoleReady")
    assert world.notices == []
    world.idle()


def test_a_deletion_that_an_attached_policy_holds_up_names_the_role_and_goes_on_without_it() -> None:
    world = resting()
    name = role_name_of(world)
    world.refuse["DeleteRole"] = Failure(FailureKind.WRONG_STATE, "iam:DeleteRole", "DeleteConflict", "detach first")
    world.deleted = world.now
    for _ in range(8):
        world.step()
        world.later(30.0)
    assert world.ready == ("False", "Deleting")
    assert f"aws iam list-attached-role-policies --role-name {name}" in world.text()
    world.refuse.clear()
    world.settle()
    assert (world.gone, world.iam.roles) == (True, {})


def test_a_boundary_that_somebody_changes_is_set_again_whatever_spec_says() -> None:
    world = resting(driftPolicy="Report")
    world.iam.change(role_name_of(world), boundary_arn="")
    world.settle()
    assert world.iam.only.boundary_arn == BOUNDARY
    assert world.ready == ("True", "Succeeded")


def test_an_older_look_is_never_acted_on() -> None:
    world = resting()
    older = world.iam.only
    world.iam.kept[role_name_of(world)] = WrittenRole(older.arn)
    world.settle()
    assert (world.done, world.ready) == ([], ("True", "Succeeded"))


def test_a_version_is_not_made_on_the_word_of_an_older_look() -> None:
    world = resting()
    before = world.iam.looks
    world.edit(description="another word")
    world.step()
    assert (names(world), world.iam.looks) == (["UpdateWorkflow"], before + 1)


@pytest.mark.parametrize("policy", ["Correct", "Report"])
def test_a_role_that_lost_our_tag_is_not_touched_and_says_so(policy: str) -> None:
    world = resting(driftPolicy=policy)
    world.iam.change(role_name_of(world), tags={"team": "other"}, policies={}, boundary_arn="")
    world.settle()
    assert world.done == []
    assert (world.ready, world.word("RoleReady")) == (("True", "Drifted"), ("False", "RoleNotOwned"))
    assert f"the tag {UID_TAG} with the value {UID}" in world.text("RoleReady")
    world.idle()


def test_no_version_is_made_with_a_role_that_lost_our_tag() -> None:
    world = resting()
    world.iam.change(role_name_of(world), tags={UID_TAG: "another"})
    world.edit(definition=etl("other"))
    world.settle()
    assert (world.done, world.ready) == ([], ("False", "NotOwned"))
    assert world.word("Stalled") == ("True", "NotOwned")
    world.iam.change(role_name_of(world), tags={UID_TAG: UID})
    world.settle()
    assert world.ready == ("True", "Succeeded")


def test_a_namesake_of_somebody_else_is_not_touched() -> None:
    world = managed()
    name = "mwaas-666ff6cc-data-etl"
    theirs = WrittenRole(f"arn:aws:iam::123456789012:role/{name}", {}, ALLOWS, "", {"admin": ALLOWS})
    world.iam.roles[name] = theirs
    world.settle()
    assert (world.done, world.iam.only) == ([], theirs)
    assert (world.ready, world.word("RoleReady")) == (("False", "NotOwned"), ("False", "RoleNotOwned"))
    world.deleted, world.finalizer = world.now, True
    world.settle()
    assert (world.gone, world.iam.only) == (True, theirs)


def test_a_deleted_role_is_written_anew_under_another_name_once_its_absence_is_sure() -> None:
    world = resting()
    before = role_name_of(world)
    world.iam.remove(before)
    world.step()
    assert world.done == []
    assert world.word("RoleReady") == ("False", "RoleNotFound")
    world.settle(20)
    assert role_name_of(world) != before
    assert world.aws.there["RoleArn"] == world.iam.only.arn
    assert names(world).count("UpdateWorkflow") == 1
    assert granted(world.iam.only)["s3:ListBucket"] == {"arn:aws:s3:::source"}
    assert (world.ready, world.status.get("formerRoles")) == (("True", "Succeeded"), None)
    world.idle()


def test_one_absence_that_was_none_is_forgotten() -> None:
    world = resting()
    name, role = role_name_of(world), world.iam.only
    world.iam.remove(name)
    world.step()
    assert "absentSince" in world.status["managedRole"]
    world.iam.roles[name] = role
    world.settle()
    assert "absentSince" not in world.status["managedRole"]
    assert (world.done, world.ready) == ([], ("True", "Succeeded"))


def test_a_deleted_role_is_only_reported_where_spec_asks_for_that() -> None:
    world = resting(driftPolicy="Report")
    world.iam.remove(role_name_of(world))
    world.settle()
    assert (world.done, world.ready) == ([], ("True", "Drifted"))
    assert world.word("RoleReady") == ("False", "RoleNotFound")
    world.idle()


@pytest.mark.parametrize("members", [{"policies": {}}, {"boundary_arn": ""}, {"trust": ALLOWS}])
def test_a_suspended_object_changes_nothing_of_its_role_and_tells_what_differs(members: dict[str, Any]) -> None:
    world = resting()
    world.edit(suspend=True)
    world.settle()
    world.iam.change(role_name_of(world), **members)
    world.settle()
    assert world.done == []
    assert world.word("RoleReady") == ("Unknown", "NotChecked")


def test_a_tag_in_another_spelling_is_the_same_to_iam_and_no_drift() -> None:
    world = resting(tags={"team": "data"})
    tags = {("Team" if key == "team" else key): value for key, value in world.iam.only.tags.items()}
    world.iam.change(role_name_of(world), tags=tags)
    world.idle()
