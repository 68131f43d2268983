"""Old versions and their files: what goes, and what never does (the latest, a live run's, somebody else's)."""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.workflow.actions import DeleteStored, DeleteVersion
from mwaa_operator.workflow.plan.situation import SourceLook
from mwaa_operator.workflow.plan.versions import FULL
from mwaa_operator.workflow.status import MAX_VERSIONS
from tests.support.workflows import CLUSTER, DEFINITION, UID, run
from tests.support.workflowworld import World, settled

PREFIX = f"{CLUSTER}/data/etl/{UID}/"
DENIED = Failure(FailureKind.ACCESS_DENIED, "s3:ListBucketVersions", "AccessDenied", "no")


def edited(world: World, times: int) -> World:
    """Edit spec so many times, each to its rest."""
    for _ in range(times):
        world.edit(description=f"edit of generation {world.generation}")
        world.settle()
    return world


def name(number: int) -> str:
    return f"{number:032}"


def defined(number: int) -> dict[str, Any]:
    return {"yaml": DEFINITION.replace("etl", f"etl{number}", 1)}


def test_versions_beyond_the_limit_go_the_oldest_first() -> None:
    world = edited(settled(versionHistoryLimit=3), 6)
    assert list(world.aws.versions) == [name(5), name(6), name(7)]
    assert world.status["ownVersions"] == [name(5), name(6), name(7)]
    assert world.notices.count("VersionsPruned") == 4
    world.idle(10)


def test_a_version_with_a_live_run_stays_until_the_run_has_ended() -> None:
    world = edited(settled(versionHistoryLimit=2), 1)
    world.runs = (run("r1", version=name(1)),)
    edited(world, 3)
    assert list(world.aws.versions) == [name(1), name(5)]
    world.end("r1", "SUCCESS")
    edited(world, 1)
    assert list(world.aws.versions) == [name(5), name(6)]


def test_nothing_goes_while_aws_does_not_say_which_version_a_live_run_has() -> None:
    world = settled(versionHistoryLimit=1)
    world.runs = (run("r1", version=""),)
    edited(world, 3)
    assert (len(world.aws.versions), world.count("DeleteVersion")) == (4, 0)


def test_what_others_made_is_never_deleted() -> None:
    world = settled(versionHistoryLimit=1)
    theirs = [world.aws.mint(world.aws.there) for _ in range(3)]
    edited(world, 3)
    assert [item for item in world.aws.versions if item in theirs] == theirs
    deleted = [action.version for action in world.done if isinstance(action, DeleteVersion)]
    assert not set(deleted) & set(theirs)


def test_near_the_quota_room_is_made_before_the_next_version() -> None:
    world = settled(versionHistoryLimit=45)
    edited(world, FULL - 1)
    world.done.clear()
    world.edit(description="one more")
    world.settle()
    writes = [type(item).__name__ for item in world.done if type(item).__name__ in ("DeleteVersion", "UpdateWorkflow")]
    assert writes == ["DeleteVersion", "UpdateWorkflow"]
    assert len(world.aws.versions) == FULL


def test_with_the_quota_used_up_by_others_nothing_is_sent_and_it_is_said() -> None:
    world = settled()
    for _ in range(MAX_VERSIONS - 1):
        world.aws.mint(world.aws.there)
    world.runs = (run("r1", version=name(1)),)
    world.edit(description="no room")
    world.settle()
    assert (world.ready, world.aws.minted) == (("False", "VersionsExhausted"), MAX_VERSIONS)


def test_uploads_that_no_version_names_go_after_an_update() -> None:
    world = settled(versionHistoryLimit=1)
    for number in range(3):
        world.edit(definition=defined(number))
        world.settle()
    (*_, last) = [action for action in world.done if isinstance(action, DeleteStored)]
    named = {location["ObjectKey"] for location in world.aws.versions.values()}
    assert (last.bucket, last.prefix, last.only) == ("definitions", PREFIX, "definition")
    assert named <= set(last.keep)
    assert len(last.keep) <= 2, "the live one, and the one that was pruned in the same pass"
    world.idle(10)


def test_no_upload_goes_without_an_update() -> None:
    world = settled()
    world.idle(10)
    assert world.count("DeleteStored") == 0


def test_a_file_of_somebody_else_is_no_upload_of_ours() -> None:
    spec = {"definition": {"s3": {"bucket": "theirs", "key": "k", "versionId": "1"}}}
    world = World(spec=spec, sources={"definition": SourceLook(DEFINITION.encode(), "1")})
    world.settle()
    edited(world, 1)
    assert (world.aws.minted, world.count("DeleteStored")) == (2, 0)


def test_uploads_that_cannot_be_deleted_leave_the_workflow_ready_and_are_told() -> None:
    world = settled()
    world.refuse = {"DeleteStored": DENIED}
    world.edit(description="new")
    for _ in range(4):
        world.step()
        world.later(5)
        if world.word("Synced")[0] == "False" and world.ready[0] == "True":
            break
    assert (world.ready, world.word("Synced")) == (("True", "Succeeded"), ("False", "AccessDenied"))
    assert "s3:ListBucketVersions" in world.text("Synced")
    world.settle()
    assert world.word("Synced") == ("True", "Succeeded")
