"""SIGKILL around every external write of a create, an update and a delete.

A reference environment goes through all three and every write is noted. Then each of these writes is held on the wire
for an environment of its own, the process is killed, and what was held is lost (killed before the write) or takes
effect (killed after it, before the answer). A new process must bring every one of them to where the reference went,
with as many accepted calls as it needed. The points of one phase are killed together: they are independent
environments, and all are held at their own point when the one kill comes. Only what is written while AWS still works
and what is written when it is done are killed apart, so that the new process really finds AWS at work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests.support.cloud import DURATIONS, World
from tests.support.kills import Outcome, differences, killed_at
from tests.support.team import Environment, Team
from tests.support.teamobject import TeamObject
from tests.support.wait import eventually
from tests.support.writes import Noted, Write, writes_to_aws, writes_to_kubernetes

PHASES = ("create", "update", "delete")
SPEC: dict[str, Any] = {
    "maxWorkers": 5,
    "weeklyMaintenanceWindowStart": "SUN:03:30",
    "logRetentionDays": 14,
    "deletionPolicy": "Delete",
    "deleteLogGroups": True,
    "tags": {"team": "data"},
}
SLOW = {"create": 60.0, "update": 60.0, "graceful": 0.0, "delete": 60.0}
"""Seconds: AWS is still at work when the new process looks."""

ACCEPTED = ("CreateEnvironment", "UpdateEnvironment", "DeleteEnvironment")


@dataclass(frozen=True)
class Reference:
    """The undisturbed run."""

    writes: dict[str, list[Write]]
    outcomes: dict[str, Outcome]


def begin(environment: TeamObject, phase: str) -> None:
    """Do what a user does to begin a phase."""
    if phase == "create":
        environment.create(**SPEC)
    elif phase == "update":
        environment.patch(maxWorkers=7, tags={"team": "science"})
    else:
        environment.delete()


def finish(environment: Environment, phase: str) -> None:
    """Wait for its end."""
    if phase == "delete":
        environment.until_gone(within=60)
    else:
        environment.until_ready(within=60)


def outcome(world: World, environment: Environment, phase: str) -> Outcome:
    """Return what a phase has left behind: the status without times and names, what AWS has, and accepted calls."""
    left: Outcome = {f"accepted {operation}": environment.sent(operation) for operation in ACCEPTED}
    left["log groups"] = groups(world, environment)
    left["state"] = world.mwaa.status(environment.aws_name).replace("DELETED", "")
    if phase != "delete":
        left |= {f"status.{path}": value for path, value in leaves(environment.status, environment.name)}
        left |= {f"aws.{path}": value for path, value in leaves(environment.aws, environment.name)}
    return left


def leaves(tree: Any, name: str, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value with its path, without what differs between two runs: times, names, ids made from names."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if not VOLATILE.search(key):
                yield from leaves(value, name, f"{at}.{key}")
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            word = str(value.get("type", index) if isinstance(value, dict) else index)
            if not VOLATILE.search(word):
                yield from leaves(value, name, f"{at}.{word}")
    else:
        yield at, tree.replace(name, "<name>") if isinstance(tree, str) else tree


VOLATILE = re.compile(
    # What the preflight said is not asked again once the environment exists.
    r"(?i)^preflight|time$|at$|since$|vpcendpointservice$|^webserverurl$|^celeryexecutorqueue$|^mwaa-operator\.io/|^hash$|loggrouparn$"
)


def groups(world: World, environment: Environment) -> list[str]:
    """Return the log groups of an environment."""
    prefix = f"airflow-{environment.aws_name}-"
    found = world.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    return [f"{group['logGroupName'].removeprefix(prefix)} {group.get('retentionInDays')}" for group in found]


@pytest.fixture(scope="module")
def reference(world: World) -> Iterator[Reference]:
    """One environment through all phases, with every external write noted."""
    world.mend()
    with world.team() as team:
        environment = team.handle(f"reference-{team.namespace}")
        writes, outcomes = {}, {}
        for phase in PHASES:
            noted = Noted(team.namespace, partial(is_done, world, environment, phase))
            world.proxy.add(noted)
            called = len(world.cloud.aws.ledger.calls)
            begin(environment, phase)
            finish(environment, phase)
            settled(world, environment, phase)
            noted.release()
            in_kubernetes = writes_to_kubernetes(noted.words)
            entries = world.cloud.aws.ledger.calls[called:]
            writes[phase] = [*in_kubernetes, *writes_to_aws(entries, environment.name)]
            outcomes[phase] = outcome(world, environment, phase)
        yield Reference(writes, outcomes)


def is_done(world: World, environment: Environment, phase: str) -> bool:
    """Whether AWS has done what a phase asks for."""
    aws = world.mwaa.environment(environment.aws_name) or {"Status": "DELETED"}
    wanted = {"create": "AVAILABLE", "update": "AVAILABLE", "delete": "DELETED"}[phase]
    return aws["Status"] == wanted and (phase != "update" or aws["MaxWorkers"] == 7)


def settled(world: World, environment: Environment, phase: str) -> None:
    """Return when the last write of a phase has been made; an Event comes after its status, but is not told twice."""
    last = {"create": "Ready", "update": "Updating", "delete": "Deleted"}[phase]
    eventually(lambda: len(environment.team.events(last)) == 1, within=20, what=f"the Event {last}")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("happened", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("late", [False, True], ids=["while AWS works", "when AWS is done"])
@pytest.mark.parametrize("phase", PHASES)
def test_a_kill_around_any_write_changes_nothing_in_the_end(
    world: World, reference: Reference, phase: str, late: bool, happened: bool
) -> None:
    points = [write for write in reference.writes[phase] if write.late is late]
    assert len(reference.writes[phase]) >= 4, reference.writes
    assert points, reference.writes
    world.mend()
    with world.teams(len(points)) as teams:
        victims = {point: victim(team, phase) for point, team in zip(points, teams, strict=True)}
        if not late:
            world.mwaa.configure(**SLOW)
        killed_at(world, victims, lambda environment: begin(environment, phase), happened=happened)
        world.mwaa.configure(**DURATIONS)
        world.operator.restart()
        world.operator.wait_ready(60)
        if not late:
            looked_at_and_finished(world, list(victims.values()))
        wrong = []
        for point, environment in victims.items():
            finish(environment, phase)
            left = outcome(world, environment, phase)
            if happened and (counted := f"accepted {point.what.split()[1]}") in left:
                left[counted] += 1  # AWS did it, but its caller was dead before the call could be recorded.
            wrong += [f"killed around {point}: {text}" for text in differences(left, reference.outcomes[phase])]
        assert not wrong, "\n".join(wrong)


def victim(team: Team, phase: str) -> Environment:
    """Return an environment at the beginning of a phase."""
    environment = team.handle(f"victim-{team.namespace}")
    for earlier in PHASES[: PHASES.index(phase)]:
        begin(environment, earlier)
        finish(environment, earlier)
    return environment


def looked_at_and_finished(world: World, environments: list[Environment]) -> None:
    """Wait until the new process has looked at each several times while AWS is busy with it; then let AWS be done."""
    reads = {each.name: each.sent("GetEnvironment", code="*") for each in environments}
    eventually(
        lambda: all(each.sent("GetEnvironment", code="*") > reads[each.name] + 3 for each in environments),
        within=30,
        what="looks at every environment",
    )
    for each in environments:
        if world.mwaa.status(each.aws_name) in ("CREATING", "UPDATING", "DELETING"):
            world.mwaa.finish(each.aws_name)
