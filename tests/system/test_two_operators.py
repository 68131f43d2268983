"""Two replicas and one Lease: whoever was thought dead and comes back changes nothing any more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from localcloud.faultproxy import FaultProxy
from localcloud.faultrules import WRITES, Hold, Refuse, Rule
from localcloud.operatorprocess import OperatorProcess
from tests.support.cloud import World
from tests.support.team import Team
from tests.support.wait import eventually

SHORT = {
    "MWAA_OPERATOR_LEASE_DURATION": "4",
    "MWAA_OPERATOR_RENEW_DEADLINE": "3.5",
    "MWAA_OPERATOR_RETRY_PERIOD": "0.5",
}
"""A call may last (4 - 0.5) / 2 s: none may begin from 2.25 s after a renewal on. The process gives up at 3.5 s."""


@dataclass(frozen=True)
class Replica:
    """One operator with a proxy and an access key of its own, so that every write can be laid at its door."""

    process: OperatorProcess
    proxy: FaultProxy
    key: str

    def leads(self) -> bool:
        """Whether its log says that it took the Lease."""
        return "leader.acquired" in self.process.log_text()

    def writes(self) -> int:
        """Return how many writes to the API server it has asked for, its tries at the Lease apart."""
        counts = self.proxy.counts()
        return sum(number for (method, what, _), number in counts.items() if method in WRITES and what != "leases")

    def mutations(self, world: World) -> list[str]:
        """Return what it has changed in MWAA, in order."""
        entries = world.cloud.aws.ledger.mutations("mwaa")
        return [f"{item.call.operation} {item.call.resource}" for item in entries if item.call.principal == self.key]


@pytest.fixture
def replicas(world: World, team: Team) -> Iterator[tuple[Replica, Replica]]:
    """A leader and a standby with short leases; the operator that tests share is stopped meanwhile."""
    assert world.operator.stop(30) == 0
    with ExitStack() as closing:
        first = start(world, closing, f"first-{team.namespace}")
        eventually(first.leads, within=20, what="the first to lead")
        second = start(world, closing, f"second-{team.namespace}")
        assert not second.leads()
        yield first, second
    world.vacate()
    world.operator.restart()


def start(world: World, closing: ExitStack, key: str) -> Replica:
    proxy = closing.enter_context(world.cloud.control_plane.fault_proxy())
    process = world.launcher.start(proxy=proxy, env={**SHORT, "AWS_ACCESS_KEY_ID": key})
    closing.callback(process.kill)
    process.wait_ready(60)
    return Replica(process, proxy, key)


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
