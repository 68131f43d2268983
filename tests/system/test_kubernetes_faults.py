"""What an API server does on a bad day: the operator catches up, and nothing in AWS is lost or done twice."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from localcloud.faultrules import WATCH, WRITES, Drop, Effect, ExpireWatch, Refuse, Rule
from tests.support.cloud import World
from tests.support.team import API, PREFIX, Environment, Team, condition, is_ready
from tests.support.wait import eventually

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CRD = f"{CRDS}/mwaaenvironments.{PREFIX}"

EFFECTS: dict[str, tuple[Effect, int]] = {
    "conflict": (Refuse(409), 4),
    "too many requests": (Refuse(429, retry_after=1), 3),
    "internal error": (Refuse(500), 12),
    "unavailable": (Refuse(503), 12),
    "gateway timeout": (Refuse(504), 12),
    "connection lost before": (Drop(), 8),
    "answer lost": (Drop(after_forward=True), 8),
}


@pytest.mark.parametrize(("effect", "times"), EFFECTS.values(), ids=EFFECTS.keys())
def test_writes_that_fail_are_made_up_for(world: World, team: Team, effect: Effect, times: int) -> None:
    rule = world.proxy.add(Rule(effect, path=f"/namespaces/{team.namespace}/", times=times))
    environment = team.environment(maxWorkers=5, deletionPolicy="Delete")
    environment.until_ready()
    environment.patch(maxWorkers=6)
    environment.until_ready()
    environment.delete()
    environment.until_gone()
    assert rule.matched > times
    assert lived_once(environment)


def test_nothing_is_sent_to_aws_before_the_intent_is_stored(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    intent = Rule(Refuse(409), methods=["PATCH"], subresource="status", path=f"/{environment.name}/", times=None)
    world.proxy.add(intent)
    environment.patch(maxWorkers=6)
    eventually(lambda: intent.matched >= 5, within=10, what="tries to store the intent")
    assert environment.sent("UpdateEnvironment", code="*") == 0
    intent.release()
    environment.until_ready()
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_the_event_of_a_call_is_told_once_though_its_closing_status_met_a_conflict(world: World, team: Team) -> None:
    environment, workflow = team.environment(maxWorkers=5), team.workflow_handle()
    environment.until_ready()
    # The intent of an update comes before its closing status; a create has none.
    for closed, nth in ((environment, 2), (workflow, 1)):
        world.proxy.add(Rule(Refuse(409), methods=["PATCH"], path=f"{closed.path}/status", nth=nth))
    environment.patch(maxWorkers=6)
    environment.until_ready()
    workflow.create()
    workflow.until_ready()
    for reason in ("Updating", "WorkflowCreated"):
        (event,) = eventually(partial(team.events, reason), within=5, what=f"the Event {reason}")
        assert "series" not in event, "told once"
    assert (environment.sent("UpdateEnvironment", code="*"), workflow.sent("CreateWorkflow", code="*")) == (1, 1)


def test_an_api_server_that_answers_nothing_for_a_while_is_waited_for(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    # Far fewer than it takes to lose the lead: that would be right as well, but another story.
    rule = world.proxy.add(Rule(Refuse(503), methods=["GET", WATCH, *WRITES], times=15))
    world.proxy.cut_watches()
    environment.patch(maxWorkers=6)
    environment.until_ready(within=40)
    assert rule.matched > 15
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_a_watch_that_is_cut_is_taken_up_again(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    for workers in (6, 7):
        assert world.proxy.cut_watches("mwaaenvironments") == 1
        environment.patch(maxWorkers=workers)
        environment.until_ready()
        assert environment.aws["MaxWorkers"] == workers


def test_a_watch_that_went_silent_is_made_up_for_by_the_resync(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    assert world.proxy.mute_watches("mwaaenvironments") == 1
    try:
        environment.patch(maxWorkers=6)
        environment.until_ready()
    finally:
        world.proxy.unmute_watches()
    assert environment.aws["MaxWorkers"] == 6


def test_a_watch_whose_version_expired_begins_with_a_list(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    rule = world.proxy.add(Rule(ExpireWatch(), resource="mwaaenvironments"))
    world.proxy.cut_watches("mwaaenvironments")
    environment.patch(maxWorkers=6)
    environment.until_ready()
    eventually(rule.fired.is_set, within=10, what="the watch to expire")
    environment.patch(maxWorkers=7)
    environment.until_ready()


def test_an_object_that_vanished_behind_a_silent_watch_is_let_go(world: World, team: Team) -> None:
    environment, witness = team.environment(deletionPolicy="Delete"), team.environment("witness")
    for each in (environment, witness):
        each.until_ready()
    assert world.proxy.mute_watches("mwaaenvironments") == 1
    try:
        rule = world.proxy.add(Rule(Refuse(503), path=f"/{environment.name}", times=None))
        environment.delete()
        world.api.patch(environment.path, {"metadata": {"finalizers": None}})
        environment.until_gone()
        rule.release()

        def unvisited() -> bool:
            """Whether the vanished one was not looked at while the other was, several times."""
            mark, other = environment.sent("GetEnvironment"), witness.sent("GetEnvironment")
            eventually(lambda: witness.sent("GetEnvironment") >= other + 4, within=20, what="looks at the witness")
            return environment.sent("GetEnvironment") == mark

        eventually(unvisited, within=40, what="the ghost to be forgotten")
    finally:
        world.proxy.unmute_watches()
    assert environment.sent("DeleteEnvironment") == 0


def test_a_restart_of_the_api_server_in_the_middle_of_a_create_changes_nothing(world: World, team: Team) -> None:
    name = f"restarted-{team.namespace}"
    world.mwaa.script_next("CreateEnvironment", name=name, verdict="stuck")
    environment = team.environment(name=name)
    environment.until_reason("Creating")
    world.cloud.control_plane.restart_apiserver()
    world.mwaa.force_status(name, "AVAILABLE")
    environment.until_ready(within=60)
    assert environment.sent("CreateEnvironment", code="*") == 1
    assert environment.sent("UpdateEnvironment", code="*") == 0


@pytest.mark.timeout(180)
def test_a_kind_that_vanishes_and_returns_takes_nothing_along(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5, deletionPolicy="Delete")
    environment.until_ready()
    spec: dict[str, Any] = environment.manifest(maxWorkers=5, deletionPolicy="Delete")["spec"]
    assert world.api.delete(CRD).ok
    eventually(lambda: world.api.get(CRD).status == 404, within=30, what="the kind to be gone")
    assert environment.sent("DeleteEnvironment", code="*") == 0
    # kopf's watch of a kind that is gone ends the process; Kubernetes would start it again.
    assert world.operator.wait(30) != 0
    world.install()
    world.mend()
    environment.create(**spec)
    environment.until(lambda body: condition(body, "Ready").get("status") == "True", "to serve again", within=40)
    assert is_ready(environment.look())
    assert environment.aws["Tags"][f"{PREFIX}/uid"] == environment.body["metadata"]["uid"]
    assert environment.sent("CreateEnvironment", code="*") == 1
    assert environment.sent("DeleteEnvironment", code="*") == 0
    assert world.api.get(f"{API}/mwaaenvironments").ok


def lived_once(environment: Environment) -> bool:
    """Whether each of create, update and delete was accepted once."""
    operations = ("CreateEnvironment", "UpdateEnvironment", "DeleteEnvironment")
    return [environment.sent(operation) for operation in operations] == [1, 1, 1]
