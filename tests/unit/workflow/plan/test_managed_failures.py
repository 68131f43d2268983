"""A managed role whose calls fail, get lost or are cut off by a crash: in the end there is one, as it should be."""

from __future__ import annotations

import pytest

from mwaa_operator.api.failure import Failure, FailureKind
from tests.support.iam import granted
from tests.support.managedroles import etl, managed, resting, role_name_of
from tests.support.workflows import ROLE, run
from tests.support.workflowworld import World, name_of

DENIED = Failure(FailureKind.ACCESS_DENIED, "iam:Any", "AccessDenied", "not authorized to perform: iam:Any")
THROTTLED = Failure(FailureKind.THROTTLED, "iam:Any", "Throttling", "Rate exceeded")
CONFLICT = Failure(FailureKind.WRONG_STATE, "iam:DeleteRole", "DeleteConflict", "detach all policies first")
NOT_YET = Failure(FailureKind.PROPAGATION, "mwaa-serverless:CreateWorkflow", "ValidationException", "assume the role")


def names(world: World) -> list[str]:
    """Return the names of all actions that took place."""
    return [name_of(action) for action in world.done]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("action", ["CreateRole", "WriteRole", "CreateWorkflow"])
def test_a_lost_answer_on_the_first_day_makes_nothing_twice(action: str, when: str) -> None:
    world = managed()
    world.lose[action] = when
    world.settle(20)
    assert (world.ready, len(world.iam.roles), world.aws.made) == (("True", "Succeeded"), 1, 1)
    assert granted(world.iam.only)["s3:ListBucket"] == {"arn:aws:s3:::source"}
    world.idle()


def test_a_role_whose_creation_was_never_answered_goes_with_the_object() -> None:
    world = managed()
    world.lose["CreateRole"] = "after"
    world.step()
    assert len(world.iam.roles) == 1
    world.deleted = world.now
    world.settle()
    assert (world.gone, world.iam.roles) == (True, {})


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("action", ["WriteRole", "UpdateWorkflow"])
def test_a_lost_answer_in_an_edit_makes_one_version_and_the_role_fits(action: str, when: str) -> None:
    world = resting()
    world.edit(definition=etl("other"))
    world.lose[action] = when
    world.settle(40)
    assert world.ready == ("True", "Succeeded")
    assert len(world.aws.versions) == 2
    assert granted(world.iam.only)["s3:ListBucket"] == {"arn:aws:s3:::other"}
    world.idle()


@pytest.mark.parametrize("passes", range(1, 6))
def test_a_crash_before_any_closing_status_leaves_one_role(passes: int) -> None:
    """The status of each pass in turn is lost; of a pass with an intent, the intent stays."""
    world = managed()
    for _ in range(passes - 1):
        world.later(world.step().requeue_after or 5)
    before = dict(world.status)
    plan = world.step()
    world.status = before if plan.intent is None else plan.intent
    world.iam.kept.clear()
    world.settle(20)
    assert (world.ready, len(world.iam.roles), world.aws.made) == (("True", "Succeeded"), 1, 1)
    assert world.iam.dead == []


@pytest.mark.parametrize("action", ["CreateRole", "WriteRole"])
@pytest.mark.parametrize(("failure", "reason"), [(DENIED, "AccessDenied"), (THROTTLED, "Throttled")])
def test_a_refusal_is_told_and_tried_again(action: str, failure: Failure, reason: str) -> None:
    world = managed()
    world.refuse[action] = failure
    for _ in range(4):
        world.later(world.step().requeue_after or 5)
    assert world.ready == ("False", reason)
    assert "CreateWorkflow" not in names(world)
    world.refuse.clear()
    world.settle()
    assert (world.ready, len(world.iam.roles)) == (("True", "Succeeded"), 1)


def test_a_role_that_iam_has_not_told_everybody_about_is_waited_for() -> None:
    world = managed()
    world.refuse["CreateWorkflow"] = NOT_YET
    for _ in range(5):
        wait = world.step().requeue_after
        world.later(wait or 5)
    assert (world.ready, wait) == (("False", "IamPropagation"), 15.0)
    world.refuse.clear()
    world.settle()
    assert (world.ready, len(world.iam.roles)) == (("True", "Succeeded"), 1)


def test_a_role_that_cannot_be_narrowed_is_told_and_narrowed_later() -> None:
    world = resting()
    world.edit(definition=etl("other"))
    while "UpdateWorkflow" not in names(world):
        world.step()
    world.refuse["WriteRole"] = DENIED
    world.later(world.step().requeue_after or 5)
    assert world.ready == ("False", "AccessDenied")
    world.refuse.clear()
    world.settle()
    assert granted(world.iam.only)["s3:ListBucket"] == {"arn:aws:s3:::other"}
    assert len(world.aws.versions) == 2


def test_a_former_role_that_cannot_be_deleted_does_not_make_the_workflow_unready() -> None:
    world = resting()
    world.refuse["DeleteRole"] = CONFLICT
    world.edit(role={"arn": ROLE})
    for _ in range(6):
        world.later(world.step().requeue_after or 5)
    assert (world.ready, world.word("Synced")) == (("True", "Succeeded"), ("False", "WrongState"))
    assert (world.status["managedRole"]["name"], world.notices.count("RoleDeleted")) == (role_name_of(world), 0)
    world.refuse.clear()
    world.settle()
    assert (world.iam.roles, world.notices.count("RoleDeleted")) == ({}, 1)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_to_the_deletion_of_the_role_lets_the_object_go_later(when: str) -> None:
    world = resting()
    world.deleted = world.now
    world.lose["DeleteRole"] = when
    world.settle()
    assert (world.gone, world.iam.roles) == (True, {})


def test_a_role_that_cannot_be_deleted_blocks_the_deletion_with_the_way_out() -> None:
    world = resting()
    world.deleted = world.now
    world.refuse["DeleteRole"] = CONFLICT
    for _ in range(40):
        world.later(world.step().requeue_after or 60)
    assert not world.gone
    assert world.word("Stalled") == ("True", "DeletionBlocked")
    assert "detach all policies first" in world.text()
    assert "spec.deletionPolicy to Retain" in world.text()


@pytest.mark.parametrize(("failure", "reason"), [(DENIED, "AccessDenied"), (THROTTLED, "AwsUnavailable")])
def test_what_iam_does_not_tell_holds_up_only_what_needs_to_know_it(failure: Failure, reason: str) -> None:
    world = resting()
    world.iam.kept.clear()
    world.iam.failure = failure
    world.runs = (run("new", "SUCCESS", version=world.status["version"]),)
    world.settle()
    assert (world.ready, world.word("RoleReady")) == (("True", "Succeeded"), ("Unknown", "NotChecked"))
    assert world.status["lastRun"]["runId"] == "new", "runs are seen all the same"
    world.edit(definition=etl("other"))
    world.step()
    assert (world.ready, world.done) == (("False", reason), [])
    world.iam.failure = None
    world.settle()
    assert (world.ready, world.word("RoleReady")) == (("True", "Succeeded"), ("True", "Succeeded"))
