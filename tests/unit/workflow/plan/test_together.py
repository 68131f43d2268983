"""One pass for the workflow and its runs: the workflow first, and news of runs whatever becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import RUN_REQUESTED_AT
from mwaa_operator.workflow.actions import StartRun
from mwaa_operator.workflow.live import MANUAL_ONLY
from tests.support.managedroles import resting, role_name_of
from tests.support.workflows import CLUSTER, task
from tests.support.workflowworld import LOST, REFUSED, World, settled

BAD = {"definition": {"yaml": "x: {tasks: {}}"}}
DENIED = Failure(FailureKind.ACCESS_DENIED, "mwaa-serverless:Any", "AccessDeniedException", "no")


def started(**spec: Any) -> World:
    """Return a world at rest in which a run is under way."""
    world = settled(**spec)
    world.edit(run={"token": "t1"})
    world.settle()
    assert world.count("StartRun") == 1
    world.done.clear()
    return world


def last_run(world: World) -> tuple[str, str]:
    return world.word("LastRunSucceeded")


def test_a_token_on_a_settled_workflow_starts_one_run_and_no_version() -> None:
    world = started()
    assert (world.status["run"]["runId"], world.status["run"]["state"]) == ("run1", "STARTING")
    assert (world.status["activeRuns"], world.aws.minted) == (1, 1)
    assert "operation" not in world.status
    assert world.ready == ("True", "Succeeded")
    world.idle(10)


def test_a_token_that_comes_with_the_object_starts_a_run_of_the_workflow_that_is_made() -> None:
    world = World(spec={"run": {"token": "t1"}})
    world.settle()
    assert [type(action).__name__ for action in world.done] == ["AddFinalizer", "CreateWorkflow", "StartRun"]


def test_a_token_and_an_edit_at_once_start_a_run_of_the_new_version() -> None:
    world = settled()
    world.edit(description="new", run={"token": "t1"})
    world.settle()
    assert [type(action).__name__ for action in world.done] == ["UpdateWorkflow", "DeleteStored", "StartRun"]
    assert world.runs[0].version == world.status["version"] == f"{2:032}"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_of_a_start_ends_in_one_run(when: str) -> None:
    world = settled()
    world.edit(run={"token": "t1"})
    world.lose = {"StartRun": when}
    world.step()
    assert world.status["run"]["state"] == "Requested"
    assert world.ready == ("True", "Succeeded"), "the workflow is as it was"
    assert "RunStarted" not in world.notices
    world.settle()
    assert (len(world.runs), world.status["run"]["runId"]) == (1, "run1")


def test_no_run_starts_while_the_definition_is_wrong_and_it_starts_when_that_is_mended() -> None:
    world = settled()
    before = world.aws.there["DefinitionS3Location"]
    world.edit(**BAD, run={"token": "t1"})
    world.settle()
    assert (world.runs, world.ready) == ((), ("False", "DefinitionInvalid"))
    assert (world.status["run"]["state"], world.status["run"]["reason"]) == ("Pending", "WorkflowNotReady")
    world.edit(definition=None)
    world.settle()
    assert (len(world.runs), world.aws.there["DefinitionS3Location"]) == (1, before)


def lagging() -> World:
    """Return a world in which tags were sent with a token on the object, and reads show none of them for long."""
    world = settled()
    world.edit(tags={"team": "data"}, run={"token": "t1"})
    world.hidden, world._shown = 50, world.aws.live()
    world.step()
    assert [type(action).__name__ for action in world.done] == ["TagResource"]
    return world


def test_a_run_waits_for_the_pass_that_sends_tags_and_says_so() -> None:
    world = lagging()
    assert (world.word("Synced"), world.status["run"]["reason"]) == (("True", "Succeeded"), "WorkflowNotReady")
    assert "is being given what makes no version" in world.status["run"]["message"]


def test_a_run_does_not_wait_for_tags_that_were_sent_and_do_not_show() -> None:
    world = lagging()
    for _ in range(4):
        world.later(5)
        world.step()
        assert (len(world.runs), world.status["run"].get("reason")) == (1, None)
    assert (world.status["run"]["runId"], world.ready) == ("run1", ("True", "Succeeded"))
    assert (world.count("StartRun"), world.count("UpdateWorkflow")) == (1, 0)
    world.hidden = 0
    world.settle()
    assert (len(world.runs), world.aws.tags["team"]) == (1, "data")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["TagResource", "StartRun"])
def test_a_call_that_is_lost_while_tags_lag_ends_in_one_run(name: str, when: str) -> None:
    world = lagging()
    world.later(5)
    world.lose = {name: when}
    world.step()
    assert len(world.runs) == (name == "StartRun" and when == "after")
    for _ in range(4):
        world.later(5)
        world.step()
    assert (len(world.runs), world.status["run"]["runId"]) == (1, "run1")
    assert "operation" not in world.status


def test_a_run_waits_for_its_role_while_tags_lag() -> None:
    world = resting()
    world.edit(tags={"team": "data"}, run={"token": "t1"})
    world.hidden, world._shown = 50, world.aws.live()
    world.step()
    world.iam.change(role_name_of(world), policies={})
    world.later(5)
    world.step()
    assert [type(action).__name__ for action in world.done[2:]] == ["WriteRole", "TagResource"]
    assert world.runs == ()
    world.later(5)
    world.step()
    assert len(world.runs) == 1


@pytest.mark.parametrize("spec", [BAD, {"suspend": True}, {"description": "refused"}], ids=str)
def test_a_failed_run_is_told_whatever_holds_the_workflow_back(spec: dict[str, Any]) -> None:
    world = started()
    world.refuse = {"UpdateWorkflow": REFUSED}
    world.edit(**spec)
    world.settle()
    world.end("run1", "FAILED", task("load", error="boom"))
    world.settle()
    assert last_run(world) == ("False", "TaskFailed")
    assert "load" in world.text("LastRunSucceeded")
    assert world.notices.count("RunFailed") == 1
    assert world.ready[1] in ("DefinitionInvalid", "Suspended", "RejectedByService")


def test_news_of_runs_do_not_wait_for_an_update_that_keeps_failing() -> None:
    world = started()
    world.refuse = {"UpdateWorkflow": DENIED}
    world.edit(description="new")
    world.step()
    world.end("run1", "SUCCESS")
    world.step()
    assert (world.ready, last_run(world)) == (("False", "AccessDenied"), ("True", "RunSucceeded"))
    assert world.notices.count("RunSucceeded") == 1
    world.step()
    assert world.notices.count("RunSucceeded") == 1


def test_a_failed_run_never_makes_the_workflow_unready() -> None:
    world = started()
    world.end("run1", "FAILED", task("load", error="boom"))
    world.settle()
    assert (world.ready, world.word("Synced"), last_run(world)) == (
        ("True", "Succeeded"),
        ("True", "Succeeded"),
        ("False", "TaskFailed"),
    )
    assert world.status["lastRun"]["failedTasks"][0]["taskId"] == "load"
    world.idle(20)


def test_a_run_is_stopped_in_the_pass_that_changes_the_workflow() -> None:
    world = started()
    world.edit(run={"token": "t1", "stop": True}, description="new")
    world.step()
    assert [type(action).__name__ for action in world.done] == ["UpdateWorkflow", "StopRun"]
    world.end("run1", "STOPPED")
    world.settle()
    assert (world.ready, last_run(world)) == (("True", "Succeeded"), ("False", "Stopped"))


def test_a_stop_that_fails_says_so_beside_the_run_and_not_in_ready() -> None:
    world = started()
    world.edit(run={"token": "t1", "stop": True})
    world.refuse = {"StopRun": DENIED}
    world.step()
    assert world.ready == ("True", "Succeeded")
    assert "was not stopped" in world.status["run"]["message"]
    world.refuse.clear()
    world.step()
    assert world.count("StopRun") == 1


def test_a_refused_start_is_told_and_not_repeated() -> None:
    world = settled()
    world.edit(run={"token": "t1"})
    world.refuse = {"StartRun": REFUSED}
    world.settle()
    world.refuse.clear()
    world.settle()
    assert (world.runs, world.notices.count("RunRejected")) == ((), 1)
    assert world.ready == ("True", "Succeeded")


@pytest.mark.parametrize("tags", ["adopted", "namesake"])
def test_a_workflow_that_somebody_had_before_runs_for_no_token_that_stands_on_the_object(tags: str) -> None:
    world = settled()
    owner = {name: value for name, value in world.aws.tags.items() if name.endswith("/owner")}
    world.aws.tags = {} if tags == "adopted" else owner | {"mwaa-operator.io/uid": "another"}
    world.status = {}
    world.annotations[RUN_REQUESTED_AT] = "now"
    world.edit(run={"token": "t1"}, adoptionPolicy="AdoptOrCreate")
    world.settle()
    assert (world.runs, world.ready) == ((), ("True", "Succeeded"))
    assert world.status["run"]["reason"] == "AlreadyRan"
    world.edit(run={"token": "t2"})
    world.settle()
    assert len(world.runs) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_taking_over_forgets_no_token_when_the_answer_is_lost(when: str) -> None:
    world = settled()
    world.aws.tags = {"mwaa-operator.io/uid": "another", "mwaa-operator.io/owner": f"{CLUSTER}/data/etl"}
    world.status = {}
    world.edit(run={"token": "t1"})
    world.lose = {"TagResource": when}
    world.settle()
    assert (world.runs, world.count("TagResource")) == ((), 1)
    assert world.ready == ("True", "Succeeded")


def test_tags_that_were_stripped_cost_no_token() -> None:
    world = settled()
    world.aws.tags = {}
    world.edit(run={"token": "t1"})
    world.settle()
    assert len(world.runs) == 1


def test_what_is_only_observed_is_watched_and_never_run() -> None:
    world = settled()
    world.finalizer, world.status = False, {}
    world.edit(managementPolicy="Observe", run={"token": "t1"})
    world.runs = ()
    world.settle()
    assert (world.done, world.status["run"]["reason"]) == ([], "WorkflowNotReady")


def test_runs_that_others_started_are_seen_and_a_disabled_workflow_starts_none() -> None:
    world = settled(triggerMode="Disabled")
    world.edit(run={"token": "t1"})
    world.settle()
    assert (world.runs, world.status["run"]["reason"]) == ((), "TriggerDisabled")
    world.edit(triggerMode="ManualOnly")
    world.settle()
    assert (len(world.runs), world.aws.there["TriggerMode"]) == (1, MANUAL_ONLY)


def test_every_pass_at_work_with_a_run_says_when_to_look_at_it_again() -> None:
    world = started()
    plan = world.step()
    assert plan.requeue_after is not None
    assert plan.requeue_after <= 60
    assert not any(isinstance(action, StartRun) for action in plan.actions)


def test_a_start_that_is_lost_is_no_news_of_the_run_that_was_there() -> None:
    world = settled()
    world.refuse = {"StartRun": LOST}
    world.edit(run={"token": "t1"})
    world.step()
    assert world.status["activeRuns"] == 0
