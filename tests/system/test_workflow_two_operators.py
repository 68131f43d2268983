"""Two replicas and one Lease while workflows are worked on: one workflow, one version a change, one run a token.

The leader is lost with a call of every kind on the wire, all at once and each before or after its effect. One that
comes back finds itself without the Lease, with answers waiting for it, and changes nothing any more.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import pytest

from localcloud.aws.faults import Rule as AwsRule
from localcloud.faultrules import Hold, Rule
from tests.support.cloud import World
from tests.support.replicas import Replica, two_replicas
from tests.support.serverless import dag, task
from tests.support.team import Team, Workflow, is_ready
from tests.support.wait import eventually
from tests.support.watching import Body

SERVICE = "mwaa-serverless"
FIRST, SECOND = dag().decode(), dag({"only": task(retries=2)}).decode()
OPERATIONS = {
    "create": "CreateWorkflow",
    "update": "UpdateWorkflow",
    "run": "StartWorkflowRun",
    "delete": "DeleteWorkflow",
}
UNHURRIED = {"MWAA_OPERATOR_TIME_FACTOR": "8"}
"""So slow that a start whose answer is lost counts as young until the second leads: four minutes are half of one."""
LONG = {
    "MWAA_OPERATOR_LEASE_DURATION": "30",
    "MWAA_OPERATOR_RENEW_DEADLINE": "20",
    "MWAA_OPERATOR_RETRY_PERIOD": "0.5",
}
LATE = 60.0
"""Seconds within which the second has done the work: it leads after four, and looks at live runs every two."""


@dataclass(frozen=True)
class Point:
    """A call on the wire when the leader is lost.

    Attributes:
        phase: What the user had asked for.
        happened: Whether it took effect.
    """

    phase: str
    happened: bool

    @property
    def name(self) -> str:
        """Name of the workflow to which it happens."""
        return f"{self.phase}-{'after' if self.happened else 'before'}"


POINTS = tuple(Point(phase, happened) for phase, happened in product(OPERATIONS, (False, True)))


@pytest.fixture
def replicas(world: World, team: Team) -> Iterator[tuple[Replica, Replica]]:
    """A leader and a standby."""
    with two_replicas(world, team.namespace, UNHURRIED) as pair:
        yield pair


@pytest.fixture
def unshaken(world: World, team: Team) -> Iterator[tuple[Replica, Replica]]:
    """A leader and a standby whose calls may take seconds: nobody waits for the Lease to run out."""
    with two_replicas(world, team.namespace, UNHURRIED | LONG) as pair:
        yield pair


@pytest.mark.timeout(180)
@pytest.mark.parametrize("lost", ["killed", "standing still"])
def test_a_leader_lost_with_every_call_on_the_wire_leaves_nothing_undone_and_nothing_done_twice(
    world: World, team: Team, replicas: tuple[Replica, Replica], lost: str
) -> None:
    first, second = replicas
    victims = {point: team.workflow_handle(point.name) for point in POINTS}
    for point, workflow in victims.items():
        if point.phase != "create":
            workflow.create()
    for point, workflow in victims.items():
        if point.phase != "create":
            workflow.until_ready()
    on_the_wire(world, first, victims)
    if lost == "killed":
        first.process.kill()
    else:
        first.process.pause()
    for point, workflow in victims.items():
        # An answer that is let go waits for the one who stands still; nobody is there any more for the other's.
        world.cloud.aws.faults.release(workflow.aws_name, forward=point.happened and lost != "killed")
    eventually(second.leads, within=30, what="the second to take over")
    for point, workflow in victims.items():
        finish(point, workflow)
    if lost != "killed":
        comes_back(world, first)
    for point, workflow in victims.items():
        assert made(world, workflow) == WANTED[point.phase], point
    edit_and_run(victims[Point("update", True)])


def test_a_leader_that_stood_still_before_the_first_call_makes_none_when_it_comes_back(
    world: World, team: Team, replicas: tuple[Replica, Replica]
) -> None:
    first, second = replicas
    rule = first.proxy.add(Rule(Hold(), methods=["PATCH"], resource="serverlessworkflows"))
    workflow = team.workflow(run={"token": "one"})
    assert rule.fired.wait(20)
    # Its finalizer is on the way, and upload and create come next.
    first.process.pause()
    rule.release(forward=True)
    eventually(second.leads, within=30, what="the second to take over")
    workflow.until(ended, "the run", within=LATE)
    comes_back(world, first)
    assert first.mutations(world, "*") == []
    assert made(world, workflow) == Made(workflows=1, versions=1, runs=1, uploads=1)


@pytest.mark.parametrize("forward", [False, True], ids=["lost", "stored"])
def test_a_leader_that_stood_still_over_its_closing_status_is_not_repeated(
    world: World, team: Team, replicas: tuple[Replica, Replica], *, forward: bool
) -> None:
    first, second = replicas
    workflow = team.workflow(definition={"yaml": FIRST})
    workflow.until_ready()
    closing = Rule(Hold(), methods=["PATCH"], resource="serverlessworkflows", subresource="status", nth=2)
    rule = first.proxy.add(closing)
    workflow.patch(definition={"yaml": SECOND})
    assert rule.fired.wait(20)
    assert workflow.minted == 2
    first.process.pause()
    rule.release(forward=forward)
    eventually(second.leads, within=30, what="the second to take over")
    workflow.until_ready(within=LATE)
    comes_back(world, first)
    assert workflow.sent("UpdateWorkflow", code="*") == 1
    edit_and_run(workflow)
    assert [text.split()[0] for text in second.mutations(world, SERVICE)] == ["StartWorkflowRun"]


def test_a_leader_that_is_asked_to_end_finishes_its_start_and_the_next_one_sends_none(
    world: World, team: Team, unshaken: tuple[Replica, Replica]
) -> None:
    first, second = unshaken
    workflow = team.workflow()
    workflow.until_ready()
    name = workflow.aws_name
    world.cloud.aws.faults.add(AwsRule(service=SERVICE, operation="StartWorkflowRun", resource=name, hold=name))
    workflow.patch(run={"token": "one"})
    world.cloud.aws.faults.wait_held(name, 20)
    os.kill(first.process.pid, signal.SIGTERM)
    world.cloud.aws.faults.release(name, forward=True)
    assert first.process.wait(30) == 0
    eventually(second.leads, within=30, what="the second to take over")
    workflow.until(ended, "the run", within=LATE)
    assert (workflow.sent("StartWorkflowRun", code="*"), len(workflow.runs)) == (1, 1)
    assert second.mutations(world, SERVICE) == []


@dataclass(frozen=True)
class Made:
    """How many there are, or ever were, of what AWS keeps of a workflow."""

    workflows: int
    versions: int
    runs: int
    uploads: int


WANTED = {
    "create": Made(workflows=1, versions=1, runs=0, uploads=1),
    "update": Made(workflows=1, versions=2, runs=0, uploads=2),
    "run": Made(workflows=1, versions=1, runs=1, uploads=1),
    "delete": Made(workflows=0, versions=0, runs=0, uploads=0),
}


def on_the_wire(world: World, first: Replica, victims: Mapping[Point, Workflow]) -> None:
    """Begin with all, and wait until the first has each call held."""
    faults = world.cloud.aws.faults
    for point, workflow in victims.items():
        name, operation = workflow.aws_name, OPERATIONS[point.phase]
        rule = AwsRule(service=SERVICE, operation=operation, resource=name, principal=first.key, hold=name)
        faults.add(replace(rule, when="after") if point.happened else rule)
    for point, workflow in victims.items():
        begin(point, workflow)
    for workflow in victims.values():
        faults.wait_held(workflow.aws_name, 20)


def begin(point: Point, workflow: Workflow) -> None:
    """Do what a user does."""
    match point.phase:
        case "create":
            workflow.create()
        case "update":
            workflow.patch(definition={"yaml": SECOND})
        case "run":
            workflow.patch(run={"token": "one"})
        case "delete":
            workflow.delete()


def finish(point: Point, workflow: Workflow) -> None:
    """Wait until it is as the user asked."""
    match point.phase:
        case "delete":
            workflow.until_gone(within=LATE)
        case "run":
            workflow.until(ended, "the run", within=LATE)
        case _:
            workflow.until_ready(within=LATE)


def comes_back(world: World, first: Replica) -> None:
    """Wake the replica that stood still.

    Raises:
        AssertionError: It writes anything.
    """
    writes, mutations = first.writes(), first.mutations(world, "*")
    first.process.resume()
    assert first.process.wait(20) != 0
    assert (first.writes(), first.mutations(world, "*")) == (writes, mutations)


def edit_and_run(workflow: Workflow) -> None:
    """Go on as a user: the one that leads now makes no version that spec does not ask for, and one run for a token."""
    versions, runs = workflow.minted, len(workflow.runs)
    workflow.patch(run={"token": "next"})
    workflow.until(ended, "the next run", within=LATE)
    assert (workflow.minted, len(workflow.runs)) == (versions, runs + 1)


def ended(body: Body) -> bool:
    """Whether the run that spec asks for has ended, and everything rests."""
    run = body["status"].get("run", {})
    asked = run.get("token") == body["spec"]["run"]["token"]
    return asked and run.get("state") == "SUCCESS" and is_ready(body) and "operation" not in body["status"]


def made(world: World, workflow: Workflow) -> Made:
    """Return what there is of one workflow."""
    names = [name for name in world.serverless.names() if name == workflow.aws_name]
    uploads = [key for key in workflow.uploads() if f"/{workflow.name}/" in key]
    return Made(len(names), workflow.minted if names else 0, len(workflow.runs), len(uploads))
