"""Two replicas and one Lease: whoever was thought dead and comes back changes nothing any more."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from localcloud.faultrules import Hold, Refuse, Rule
from tests.support.cloud import World
from tests.support.replicas import Replica, two_replicas
from tests.support.team import Team
from tests.support.wait import eventually


@pytest.fixture
def replicas(world: World, team: Team) -> Iterator[tuple[Replica, Replica]]:
    """A leader and a standby."""
    with two_replicas(world, team.namespace) as pair:
        yield pair


def test_a_leader_that_stood_still_comes_back_without_a_further_write(
    world: World, team: Team, replicas: tuple[Replica, Replica]
) -> None:
    first, second = replicas
    rule = first.proxy.add(Rule(Hold(), methods=["PATCH"], resource="mwaaenvironments"))
    environment = team.environment()
    assert rule.fired.wait(20)
    # Its finalizer is on the way and the create comes next: the worst moment to lose the lead without knowing.
    first.process.pause()
    rule.release(forward=True)
    eventually(second.leads, within=20, what="the second to take over")
    environment.until_ready()
    before = first.writes()
    first.process.resume()
    assert first.process.wait(20) != 0
    assert first.writes() == before
    assert first.mutations(world) == []
    assert second.mutations(world) == [f"CreateEnvironment {environment.name}"]
    environment.patch(maxWorkers=6)
    environment.until_ready()
    assert environment.sent("CreateEnvironment", code="*") == 1


def test_a_leader_that_cannot_renew_begins_nothing_that_might_outlast_its_lease(
    world: World, team: Team, replicas: tuple[Replica, Replica]
) -> None:
    first, second = replicas
    refused = first.proxy.add(Rule(Refuse(503), resource="leases", times=None))
    eventually(lambda: refused.matched >= 5, within=10, what="2.5 s without a renewal")
    assert first.process.returncode is None
    before = first.writes()
    environment = team.environment()
    assert first.process.wait(20) != 0
    assert first.writes() == before
    environment.until_ready()
    assert first.mutations(world) == []
    assert second.mutations(world) == [f"CreateEnvironment {environment.name}"]


def test_a_standby_watches_and_writes_nothing(world: World, team: Team, replicas: tuple[Replica, Replica]) -> None:
    first, second = replicas
    environment = team.environment()
    environment.until_ready()
    assert second.writes() == 0
    assert second.mutations(world) == []
    assert first.mutations(world) == [f"CreateEnvironment {environment.name}"]


def test_a_leader_that_is_asked_to_end_hands_over_at_once(
    world: World, team: Team, replicas: tuple[Replica, Replica]
) -> None:
    first, second = replicas
    environment = team.environment()
    environment.until_ready()
    assert first.process.stop(30) == 0
    assert "leader.released" in first.process.log_text()
    eventually(second.leads, within=20, what="the second to take over")
    calls = len(second.mutations(world))
    environment.patch(maxWorkers=6)
    environment.until_ready()
    assert len(second.mutations(world)) == calls + 1


def test_nobody_acts_while_the_lease_is_in_other_hands(
    world: World, team: Team, replicas: tuple[Replica, Replica]
) -> None:
    first, second = replicas
    path = f"/apis/coordination.k8s.io/v1/namespaces/{world.launcher.namespace}/leases/mwaa-operator"
    stranger = {"holderIdentity": "stranger", "leaseDurationSeconds": 3600}
    assert world.api.patch(path, {"spec": stranger}).ok
    assert first.process.wait(20) != 0
    environment = team.environment()
    eventually(lambda: second.process.metrics().count("\n") > 10, within=10)
    environment.patch(maxWorkers=6)
    assert environment.sent("*", code="*") == 0
    assert json.dumps(environment.status) == json.dumps({"observedGeneration": -1})
    world.vacate()
    environment.until_ready()
    assert second.leads()
