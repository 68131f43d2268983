"""SIGKILL around every external write of a workflow's life: never a second workflow, version or run, and rest at last.

As in test_kills: a reference goes through all phases and every write is noted; then each write is held for a workflow
of its own, the process is killed, and what was held is lost or takes effect. A phase ends where the reference's did.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.aws.ledger import Entry
from tests.support.cloud import World
from tests.support.kills import Outcome, differences, killed_at
from tests.support.serverless import dag, task
from tests.support.team import Workflow, is_ready
from tests.support.teamobject import TeamObject
from tests.support.wait import eventually
from tests.support.watching import Body
from tests.support.writes import NAME, Noted, Write, numbered, writes_to_kubernetes

FIRST, SECOND = dag().decode(), dag({"only": task(retries=2)}).decode()
SPEC: dict[str, Any] = {
    "definition": {"yaml": FIRST},
    "logging": {"retentionDays": 14},
    "tags": {"team": "data"},
    "deleteLogGroup": True,
}
LIFE = ("create", "update", "run", "delete")
ADOPTION = ("adopt", "approve")
LAST = {
    "create": "Ready",
    "update": "WorkflowUpdated",
    "run": "RunSucceeded",
    "delete": "Deleted",
    "adopt": "Adopted",
    "approve": "Ready",
}
"""The Event that is told last."""
ENDLESS = {"run_starting": 3600.0}
"""Seconds: the run is under way until somebody ends it."""


@dataclass(frozen=True)
class Reference:
    """The undisturbed run."""

    writes: dict[str, list[Write]]
    outcomes: dict[str, Outcome]


def begin(workflow: TeamObject, phase: str) -> None:
    """Do what a user does to begin a phase."""
    match phase:
        case "create":
            workflow.create(**SPEC)
        case "update":
            workflow.patch(definition={"yaml": SECOND}, tags={"team": "science"}, description="changed")
        case "run":
            workflow.patch(run={"token": "one"})
        case "delete":
            workflow.team.world.serverless.start_run(workflow.aws_name)
            workflow.delete()
        case "adopt":
            workflow.create(**SPEC, adoptionPolicy="AdoptExisting", deletionPolicy="Delete", run={"token": "one"})
        case "approve":
            workflow.patch({"approve-changes": workflow.status["pendingChangesHash"]})


def finish(workflow: Workflow, phase: str) -> None:
    """Wait for its end."""
    match phase:
        case "delete":
            workflow.until_gone(within=40)
        case "adopt":
            workflow.until_reason("AwaitingApproval", within=40)
        case "run":
            workflow.until(ended, "the end of the run", within=40)
        case _:
            workflow.until(at_rest, "rest", within=40)


def at_rest(body: Body) -> bool:
    """Whether it is Ready and nothing is under way."""
    return is_ready(body) and "operation" not in body["status"]


def ended(body: Body) -> bool:
    """Whether the run that was asked for has ended, and everything rests."""
    return at_rest(body) and body["status"].get("run", {}).get("state") == "SUCCESS"


def outcome(world: World, workflow: Workflow, phase: str) -> Outcome:
    """Return what a phase has left behind."""
    names = [name for name in world.serverless.names() if name.startswith(workflow.team.namespace)]
    left: Outcome = {
        "workflows": len(names),
        "versions": workflow.minted,
        "runs": [(run["RunType"], run["RunDetail"]["RunState"]) for run in workflow.runs],
        "uploads": len(workflow.uploads()),
        "log groups": len(workflow.log_groups()),
    }
    if phase == "delete":
        return left
    status, aws = workflow.status, workflow.aws
    told = ("state", "triggerMode", "versionsUsed", "activeRuns", "logRetentionDays", "adopted", "operation")
    left |= {f"status.{name}": status.get(name) for name in told}
    left |= {f"aws.{name}": aws.get(name) for name in ("Description", "TriggerMode", "RoleArn")}
    return left | {
        "conditions": [(item["type"], item["status"], item["reason"]) for item in status["conditions"]],
        "versions of ours": len(status.get("ownVersions", ())),
        "tokens": len(status.get("handledRunTokens", ())),
        "run": [status.get("run", {}).get(name) for name in ("token", "state", "reason")],
        "last run": status.get("lastRun", {}).get("state"),
        "pending": [item["field"] for item in status.get("pendingChanges", ())],
        "applied": sorted(status.get("appliedFields", ())),
        "tags": aws["Tags"].get("team"),
        "owned": aws["Tags"]["mwaa-operator.io/uid"] == workflow.body["metadata"]["uid"],
    }


def prepare(world: World, workflows: Collection[Workflow], phase: str) -> None:
    """Bring new workflows to the beginning of a phase; no run is needed for a deletion, which brings its own."""
    earlier = ADOPTION if phase in ADOPTION else LIFE
    if phase in ADOPTION:
        for workflow in workflows:
            world.serverless.add(workflow.aws_name)
    for before in earlier[: earlier.index(phase)]:
        if before != "run":
            for workflow in workflows:
                begin(workflow, before)
            for workflow in workflows:
                finish(workflow, before)


def writes_to_aws(entries: Iterable[Entry], workflow: Workflow) -> list[Write]:
    """Return the mutations that were accepted, with what differs between two workflows as patterns."""
    words = []
    for entry in entries:
        call, namespace = entry.call, workflow.team.namespace
        if not entry.mutating or entry.code is not None:
            continue
        resource = re.sub(f"^definitions/.*/{namespace}/.*", f"definitions/*/{NAME}/*", call.resource)
        resource = re.sub(f"{workflow.aws_name}-[0-9a-z]+", f"{NAME}-{workflow.name}-*", resource)
        words.append((f"{call.service} {call.operation} {resource.replace(namespace, NAME)}", False))
    return numbered(words, in_aws=True)


def noted(world: World, workflow: Workflow, phase: str) -> list[Write]:
    """Go through a phase undisturbed and return what was written."""
    rule = Noted(workflow.team.namespace, lambda: False)
    world.proxy.add(rule)
    called = len(world.cloud.aws.ledger.calls)
    begin(workflow, phase)
    told, late = [], []
    if phase == "run":
        workflow.until(is_live, "the live run")
        eventually(lambda: workflow.team.events("RunStarted"), within=20, what="the Event RunStarted")
        told = [*rule.words]
        world.serverless.finish(workflow.aws_name)
    finish(workflow, phase)
    eventually(lambda: workflow.team.events(LAST[phase]), within=20, what=f"the Event {LAST[phase]}")
    rule.release()
    if phase == "run":
        late = [(word, True) for word, _ in rule.words[len(told) :]]
    else:
        told = rule.words
    entries = world.cloud.aws.ledger.calls[called:]
    return [*writes_to_kubernetes(told), *writes_to_kubernetes(late), *writes_to_aws(entries, workflow)]


@pytest.fixture(scope="module")
def reference(world: World) -> Reference:
    """Two workflows, one made and one adopted, through all phases, with every external write noted."""
    world.mend()
    world.serverless.configure(**ENDLESS)
    writes, outcomes = {}, {}
    with world.teams(2) as teams:
        for team, phases in zip(teams, (LIFE, ADOPTION), strict=True):
            workflow = team.workflow_handle()
            prepare(world, [workflow], phases[0])
            for phase in phases:
                found = noted(world, workflow, phase)
                # A look that comes between a run's start and the deletion sees the run, or it does not come.
                writes[phase] = [write for write in found if phase != "delete" or "True/" not in write.what]
                outcomes[phase] = outcome(world, workflow, phase)
    return Reference(writes, outcomes)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("happened", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("phase", ["create", "update", "delete", *ADOPTION])
def test_a_kill_around_any_write_changes_nothing_in_the_end(
    world: World, reference: Reference, phase: str, happened: bool
) -> None:
    points = reference.writes[phase]
    assert len(points) >= 5, points
    world.mend()
    world.serverless.configure(**ENDLESS)
    with world.teams(len(points)) as teams:
        victims = dict(zip(points, [team.workflow_handle() for team in teams], strict=True))
        prepare(world, victims.values(), phase)
        killed_at(world, victims, lambda victim: begin(victim, phase), happened=happened, word=namespace)
        world.operator.restart()
        world.operator.wait_ready(60)
        settled_as(world, victims, phase, reference)


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("happened", [False, True], ids=["before the write", "after the write"])
def test_a_kill_around_any_write_of_a_run_starts_no_second_one(
    world: World, reference: Reference, happened: bool
) -> None:
    points = reference.writes["run"]
    assert {write.late for write in points} == {False, True}, points
    world.serverless.configure(**ENDLESS)
    with world.teams(len(points)) as teams:
        victims = dict(zip(points, [team.workflow_handle() for team in teams], strict=True))
        ending = [victim for point, victim in victims.items() if point.late]
        prepare(world, victims.values(), "run")
        started(ending)
        go_on = {victim.key: finish_run if victim in ending else start_run for victim in victims.values()}
        killed_at(world, victims, lambda victim: go_on[victim.key](victim), happened=happened, word=namespace)
        world.operator.restart()
        world.operator.wait_ready(60)
        for victim in victims.values():
            if victim not in ending:
                victim.until(is_live, "the live run", within=40)
                finish_run(victim)
        settled_as(world, victims, "run", reference)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("happened", [False, True], ids=["before the write", "after the write"])
def test_a_start_that_a_long_outage_interrupted_is_found_or_given_up_and_never_repeated(
    world: World, reference: Reference, happened: bool
) -> None:
    """A restart takes twenty minutes here, as time goes for the operator: AWS may have forgotten the client token."""
    points = [write for write in reference.writes["run"] if not write.late]
    world.mend()
    world.serverless.configure(**ENDLESS, token=0.001)
    with world.teams(len(points)) as teams:
        victims = dict(zip(points, [team.workflow_handle() for team in teams], strict=True))
        prepare(world, victims.values(), "run")
        killed_at(world, victims, start_run, happened=happened, word=namespace)
        made = {victim.key: [run["RunId"] for run in victim.runs] for victim in victims.values()}
        world.operator.restart()
        world.operator.wait_ready(60)
        for point, victim in victims.items():
            body = victim.until(is_answered, "the token to be answered", within=40)
            victim.look()
            runs = [run["RunId"] for run in victim.runs]
            assert len(runs) <= 1, point
            assert runs == made[victim.key] or not made[victim.key], point
            assert body["status"]["run"].get("runId") == (runs[0] if runs else None), point


def settled_as(world: World, victims: Mapping[Write, Workflow], phase: str, reference: Reference) -> None:
    """Wait until all have come to rest, and say which differ from the reference."""
    wrong = []
    for point, workflow in victims.items():
        finish(workflow, phase)
        left = outcome(world, workflow, phase)
        wrong += [f"killed around {point}: {text}" for text in differences(left, reference.outcomes[phase])]
    assert not wrong, "\n".join(wrong)


def started(workflows: Collection[Workflow]) -> None:
    """Start a run of each, and wait until it is seen."""
    for workflow in workflows:
        start_run(workflow)
    for workflow in workflows:
        workflow.until(is_live, "the live run")


def start_run(workflow: TeamObject) -> None:
    begin(workflow, "run")


def finish_run(workflow: TeamObject) -> None:
    """Let the run of a workflow take its course in AWS."""
    workflow.team.world.serverless.finish(workflow.aws_name)


def is_live(body: Body) -> bool:
    """Whether the run that was asked for is seen to be under way."""
    status = body["status"]
    return bool(status.get("activeRuns") == 1 and status.get("run", {}).get("runId") and "operation" not in status)


def is_answered(body: Body) -> bool:
    """Whether it is known what became of the token."""
    run = body["status"].get("run", {})
    return at_rest(body) and bool(run.get("runId") or run.get("reason") == "OutcomeUnknown")


def namespace(workflow: TeamObject) -> str:
    return workflow.team.namespace
