"""A managed role from its first policy to its last: written before what uses it, narrowed after, deleted at the end.

IAM and AWS are in memory; what they are asked for is in the order that the plan gives.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.api.meta import OWNER_TAG, UID_TAG
from tests.support.iam import granted
from tests.support.managedroles import BOUNDARY, LIMITS, MANAGED, allowing, etl, managed, resting, role_name_of
from tests.support.workflows import CLUSTER, ROLE, UID, run
from tests.support.workflowworld import World, name_of, settled

LISTS_SOURCE = {"arn:aws:s3:::source"}
LISTS_OTHER = {"arn:aws:s3:::other"}


def lists(world: World) -> set[str]:
    """Return what the role may list."""
    return granted(world.iam.only).get("s3:ListBucket", set())


def many(word: str) -> list[str]:
    """Return so many buckets that a role for two such lists has no room."""
    return [f"{word}-{number:050}" for number in range(90)]


def names(world: World) -> list[str]:
    """Return the names of all actions that took place."""
    return [name_of(action) for action in world.done]


def test_the_role_is_made_and_written_before_the_workflow_that_uses_it() -> None:
    world = managed()
    world.settle()
    assert names(world)[:4] == ["AddFinalizer", "CreateRole", "WriteRole", "CreateWorkflow"]
    role = world.iam.only
    assert world.aws.there["RoleArn"] == role.arn
    assert role.arn.startswith("arn:aws:iam::123456789012:role/mwaa/mwaas-")
    assert role.boundary_arn == BOUNDARY
    assert role.tags == {UID_TAG: UID, OWNER_TAG: f"{CLUSTER}/data/etl"}
    assert lists(world) == LISTS_SOURCE
    assert (world.ready, world.word("RoleReady")) == (("True", "Succeeded"), ("True", "Succeeded"))
    assert world.notices == ["RoleCreated", "WorkflowCreated", "RoleUpdated", "Ready"]


def test_the_name_is_stored_before_the_role_is_made() -> None:
    world = managed()
    plan = world.step()
    assert plan.intent is not None
    assert plan.intent["managedRole"] == {"name": role_name_of(world)}
    assert plan.intent["rolesMade"] == 1


def test_while_the_workflow_has_no_arn_its_logs_are_a_pattern_and_then_one_group() -> None:
    world = managed()
    while "CreateWorkflow" not in names(world):
        world.step()
    assert any("data-etl-*" in arn for arn in granted(world.iam.only)["logs:PutLogEvents"])
    world.settle()
    (group,) = granted(world.iam.only)["logs:PutLogEvents"]
    assert group.endswith("log-group:/aws/mwaa-serverless/data-etl-0000000001/:*")


def test_at_rest_iam_is_not_asked_and_nothing_is_written() -> None:
    world = resting()
    before = world.iam.looks
    world.idle(200)
    assert world.iam.looks == before


def test_an_edit_widens_the_role_first_and_narrows_it_when_the_new_version_is_live() -> None:
    world = resting()
    world.edit(definition=etl("other"))
    world.step()
    assert (names(world), lists(world)) == (["WriteRole"], LISTS_SOURCE | LISTS_OTHER)
    assert world.ready == ("False", "Updating")
    world.step()
    assert (names(world), lists(world)) == (["WriteRole", "UpdateWorkflow"], LISTS_SOURCE | LISTS_OTHER)
    world.settle()
    assert (names(world), lists(world)) == (["WriteRole", "UpdateWorkflow", "WriteRole"], LISTS_OTHER)
    assert (world.ready, world.word("RoleReady")) == (("True", "Succeeded"), ("True", "Succeeded"))


def test_no_right_of_a_live_version_is_missing_at_any_moment() -> None:
    world = resting()
    for bucket in ("other", "third", "source"):
        live = lists(world)
        world.iam.history.clear()
        world.edit(definition=etl(bucket))
        while not world.mutations():
            world.step()
            assert all(live <= granted(role)["s3:ListBucket"] for role in world.iam.history)
        world.settle()
        world.done.clear()
        assert lists(world) == {f"arn:aws:s3:::{bucket}"}


def test_a_run_of_an_older_version_keeps_its_rights_until_it_has_ended() -> None:
    world = resting()
    world.runs = (run("old", "RUNNING", version=world.status["version"]),)
    world.edit(definition=etl("other"))
    for _ in range(8):
        world.later(world.step().requeue_after or 5)
    assert (world.ready, lists(world)) == (("True", "Succeeded"), LISTS_SOURCE | LISTS_OTHER)
    world.runs = (run("old", "SUCCESS", version=world.runs[0].version),)
    world.settle()
    assert lists(world) == LISTS_OTHER


def test_an_edit_that_needs_nothing_else_of_iam_leaves_the_role_alone() -> None:
    world = resting()
    world.edit(description="another word", triggerMode="ManualOnly")
    world.settle()
    assert names(world) == ["UpdateWorkflow", "DeleteStored"]


def test_what_the_account_adds_is_written_without_a_version() -> None:
    world = resting(definition=etl("source", operator="operators.s3.S3CreateObjectOperator", s3_key="k", data="d"))
    world.admission = replace(world.admission, limits=replace(LIMITS, boundary_arn=f"{BOUNDARY}-2"))
    world.settle()
    assert world.iam.only.boundary_arn == f"{BOUNDARY}-2"
    assert (set(names(world)), world.ready) == ({"WriteRole"}, ("True", "Succeeded"))


def test_tags_of_spec_are_on_the_role_too_and_go_when_spec_drops_them() -> None:
    world = resting(tags={"team": "data"})
    assert world.iam.only.tags["team"] == "data"
    world.edit(tags={"stage": "test"})
    world.settle()
    assert {"stage"} == world.iam.only.tags.keys() - {UID_TAG, OWNER_TAG}
    assert "UpdateWorkflow" not in names(world)


def test_from_a_role_of_ones_own_to_a_managed_one_is_one_version() -> None:
    world = settled()
    world.admission = allowing()
    world.edit(**MANAGED)
    world.settle()
    assert names(world)[:3] == ["CreateRole", "WriteRole", "UpdateWorkflow"]
    assert names(world).count("UpdateWorkflow") == 1
    assert world.aws.there["RoleArn"] == world.iam.only.arn


def test_from_a_managed_role_to_ones_own_the_managed_one_goes_when_nothing_uses_it() -> None:
    world = resting()
    world.runs = (run("old", "RUNNING", version=world.status["version"]),)
    world.edit(role={"arn": ROLE})
    for _ in range(6):
        world.later(world.step().requeue_after or 5)
    assert (world.aws.there["RoleArn"], len(world.iam.roles)) == (ROLE, 1)
    world.runs = ()
    world.settle()
    assert world.iam.roles == {}
    assert not world.status.keys() & {"managedRole", "formerRoles"}
    assert world.notices[-1:] == ["RoleDeleted"]
    world.idle()


def test_the_managed_role_stays_while_spec_names_it_as_ones_own_and_goes_with_the_object() -> None:
    world = resting()
    world.edit(role={"arn": world.iam.only.arn})
    world.settle()
    assert (world.done, world.ready, len(world.iam.roles)) == ([], ("True", "Succeeded"), 1)
    world.idle()
    world.deleted = world.now
    world.settle()
    assert (world.gone, world.iam.roles) == (True, {})


def test_a_name_of_a_deleted_role_is_never_used_again() -> None:
    world = resting()
    for spec in ({"role": {"arn": ROLE}}, MANAGED, {"role": {"arn": ROLE}}, MANAGED):
        world.edit(**spec)
        world.settle()
    assert len(set(world.iam.dead)) == 2
    assert world.aws.there["RoleArn"] == world.iam.only.arn


@pytest.mark.parametrize("change", ["path", "size"])
def test_a_role_that_cannot_be_changed_enough_is_replaced_and_the_former_one_goes(change: str) -> None:
    world = resting(definition=etl(*many("first")))
    former = role_name_of(world)
    if change == "path":
        world.admission = replace(world.admission, limits=replace(LIMITS, path="/elsewhere/"))
    else:
        world.edit(definition=etl(*many("second")))
    world.settle(24)
    assert world.iam.dead == [former]
    assert world.aws.there["RoleArn"] == world.iam.only.arn
    assert names(world).count("UpdateWorkflow") == 1
    assert world.ready == ("True", "Succeeded")
    world.idle()


def test_deletion_takes_the_role_along_when_the_workflow_is_gone() -> None:
    world = resting()
    world.deleted = world.now
    world.settle()
    assert (world.gone, world.iam.roles) == (True, {})
    assert names(world)[-2:] == ["DeleteRole", "RemoveFinalizer"]
    assert names(world).index("DeleteWorkflow") < names(world).index("DeleteRole")


def test_a_deletion_before_the_workflow_was_made_takes_the_role_along_too() -> None:
    world = managed()
    world.step()
    world.deleted = world.now
    world.settle()
    assert (world.gone, world.iam.roles) == (True, {})


@pytest.mark.parametrize("spec", [{"deletionPolicy": "Retain"}, {"suspend": True}])
def test_what_is_retained_keeps_its_role(spec: dict[str, Any]) -> None:
    world = resting()
    world.edit(**spec)
    world.settle()
    world.deleted = world.now
    world.settle()
    assert (world.gone, len(world.iam.roles)) == (True, 1)


def test_a_vanished_workflow_is_made_again_under_the_same_role() -> None:
    world = resting()
    role = role_name_of(world)
    world.aws.members, world.aws.versions, world.aws.tags = None, {}, {}
    world.settle()
    assert (role_name_of(world), world.ready) == (role, ("True", "Succeeded"))
    assert world.aws.there["RoleArn"] == world.iam.only.arn


def test_only_the_roles_that_were_deleted_are_forgotten() -> None:
    world = resting()
    former = role_name_of(world)
    world.admission = replace(world.admission, limits=replace(LIMITS, path="/elsewhere/"))
    world.runs = (run("old", "RUNNING", version=world.status["version"]),)
    for _ in range(10):
        world.later(world.step().requeue_after or 5)
    (current,) = (role.arn for name, role in world.iam.roles.items() if name != former)
    world.edit(role={"arn": current})
    world.runs = ()
    world.settle()
    assert world.iam.dead == [former]
    assert world.status["managedRole"]["name"] == current.rpartition("/")[2]
    world.deleted = world.now
    world.settle()
    assert (world.gone, world.iam.roles) == (True, {})
