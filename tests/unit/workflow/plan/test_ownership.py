"""Whose is what was found under the name: the table of takeovers row by row, and adoption with its first change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.meta import APPROVE_CHANGES, OWNER_TAG, UID_TAG
from mwaa_operator.workflow.plan import plan_workflow
from mwaa_operator.workflow.plan.situation import Admission
from tests.support.workflows import ACCOUNT, ARN, CLUSTER, NOW, STORE, TAGS, UID, live, situation
from tests.support.workflowworld import World, settled

NAMESAKE = {UID_TAG: "another-uid", OWNER_TAG: f"{CLUSTER}/data/etl"}
MOVED = {UID_TAG: "another-uid", OWNER_TAG: "old-cluster/data/etl"}
FOREIGN = {UID_TAG: "another-uid", OWNER_TAG: f"{CLUSTER}/other/etl"}
OLD_OTHER = {UID_TAG: "another-uid", OWNER_TAG: "old-cluster/data/other"}


def existing(tags: dict[str, str], **spec: Any) -> World:
    """Return a world in which the workflow is in AWS as spec says, and this object never saw it."""
    world = settled()
    world.status, world.finalizer = {}, False
    world.aws.tags = dict(tags)
    world.edit(**spec)
    return world


@pytest.mark.parametrize(
    ("tags", "reason", "event"),
    [(NAMESAKE, "TakingOver", "TakenOver"), (MOVED, "TakingOver", "TakenOver")],
    ids=["made again", "from another cluster"],
)
def test_what_was_ours_is_taken_over_and_makes_no_version(tags: dict[str, str], reason: str, event: str) -> None:
    world = existing(tags)
    world.step()
    assert world.ready == ("False", reason)
    world.settle()
    assert world.ready == ("True", "Succeeded")
    assert world.aws.tags == TAGS
    assert world.mutations() == ["TagResource"], "an upload of the object before is the same content"
    assert event in world.notices
    world.edit(description="new")
    world.settle()
    assert world.mutations() == ["TagResource", "UpdateWorkflow"], "nothing waits for approval"


def test_stripped_tags_are_restored_where_the_arn_was_recorded_under_our_finalizer() -> None:
    world = settled()
    world.aws.tags = {}
    world.settle()
    assert (world.aws.tags, world.notices) == (TAGS, ["TagsRestored", "Ready"])
    world = settled()
    world.aws.tags, world.finalizer = {}, False
    world.step()
    assert world.ready == ("False", "NotOwned")


@pytest.mark.parametrize("tags", [FOREIGN, OLD_OTHER], ids=["another object", "another name in a known cluster"])
@pytest.mark.parametrize("policy", ["Never", "AdoptOrCreate", "AdoptExisting"])
def test_what_is_somebody_elses_is_never_touched(tags: dict[str, str], policy: str) -> None:
    world = existing(tags, adoptionPolicy=policy)
    world.settle()
    assert (world.ready, world.done, world.aws.tags) == (("False", "NotOwned"), [], tags)
    assert world.word("Stalled") == ("True", "NotOwned")
    assert "workflowArn" not in world.status, "what is not ours leaves no trace"


@pytest.mark.parametrize(
    ("policy", "allowed", "taken"),
    [
        ("Never", True, False),
        ("AdoptOrCreate", False, False),
        ("AdoptOrCreate", True, True),
        ("AdoptExisting", True, True),
    ],
)
def test_what_nobody_owns_is_adopted_only_if_object_and_account_say_so(policy: str, allowed: bool, taken: bool) -> None:
    world = existing({}, adoptionPolicy=policy)
    world.admission = Admission("Admitted", account_id=ACCOUNT, adoption_allowed=allowed, store=STORE)
    world.settle()
    assert world.ready == (("True", "Succeeded") if taken else ("False", "NotOwned"))
    assert world.status.get("adopted", False) is taken
    assert ("ownVersions" in world.status) is False, "no version of it is of our making"


def test_a_new_workflow_without_tags_is_young_and_not_nobodys() -> None:
    aws = live(tags={}, CreatedAt=NOW - timedelta(seconds=30))
    plan = plan_workflow(situation(aws, spec={"adoptionPolicy": "AdoptOrCreate"}))
    assert (plan.actions, plan.status["conditions"][0]["reason"]) == ((), "Creating")
    held = plan_workflow(situation(aws, finalizer=False))
    assert held.status["conditions"][0]["reason"] == "NotOwned"


def test_the_first_change_of_an_adopted_workflow_waits_for_exactly_its_approval() -> None:
    world = existing({}, adoptionPolicy="AdoptOrCreate", description="ours")
    world.settle()
    assert world.ready == ("True", "AwaitingApproval")
    assert world.word("Synced") == ("False", "AwaitingApproval")
    value = world.status["pendingChangesHash"]
    assert value in world.text()
    world.idle(5)
    world.annotations[APPROVE_CHANGES] = value
    world.edit(description="something else")
    world.settle()
    assert world.ready == ("True", "AwaitingApproval"), "that is not what was approved"
    world.annotations[APPROVE_CHANGES] = world.status["pendingChangesHash"]
    world.settle()
    assert world.ready == ("True", "Succeeded")
    del world.annotations[APPROVE_CHANGES]
    world.edit(description="later")
    world.settle()
    assert world.mutations() == ["TagResource", "UpdateWorkflow", "UpdateWorkflow"]
    assert len(world.status["ownVersions"]) == 2, "the adopted version is not ours"


def test_an_adoption_forgets_what_was_known_of_another_workflow() -> None:
    known = {
        "workflowArn": ARN.replace("0123456789", "9876543210"),
        "appliedFields": {"role": "x"},
        "logRetentionDays": 7,
    }
    known |= {"ownVersions": ["1", "2"], "lastFailure": {"operation": "Update", "hash": "x"}}
    plan = plan_workflow(situation(live(tags={}), spec={"adoptionPolicy": "AdoptOrCreate"}, status=known))
    assert [type(action).__name__ for action in plan.actions] == ["TagResource"]
    assert plan.status["adopted"] is True
    assert not {"appliedFields", "ownVersions", "lastFailure", "logRetentionDays"} & plan.status.keys()


@pytest.mark.parametrize("tags", [NAMESAKE, MOVED, {}], ids=["made again", "moved", "nobody's"])
def test_a_suspended_object_claims_nothing(tags: dict[str, str]) -> None:
    world = existing(tags, suspend=True, adoptionPolicy="AdoptOrCreate")
    world.settle()
    assert (world.ready, world.done) == (("False", "Suspended"), [])


@pytest.mark.parametrize("tags", [NAMESAKE, {}], ids=["made again", "nobody's"])
def test_a_workflow_that_aws_deletes_is_not_claimed_any_more(tags: dict[str, str]) -> None:
    world = existing(tags, adoptionPolicy="AdoptOrCreate")
    assert world.aws.members is not None
    world.aws.members["WorkflowStatus"] = "DELETING"
    world.step()
    assert (world.ready, world.done) == (("False", "Deleting"), [])


def test_the_owner_tags_name_this_object() -> None:
    world = World()
    world.settle()
    assert world.aws.tags == {UID_TAG: UID, OWNER_TAG: f"{CLUSTER}/data/etl"}
