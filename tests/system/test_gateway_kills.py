"""SIGKILL around the writes of a rollout, and at any moment: a new process goes on, and no client notices.

One change goes through all its steps, and the process is killed at the first write of each kind on the way: each time
the write is lost, or takes effect before the process could know. Jobs are polled all the while.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from localcloud.faultproxy import FaultProxy
from localcloud.faultrules import WRITES, Delay, Hold, Rule
from localcloud.operatorprocess import OperatorProcess
from tests.support.gatewayclients import Clients, Rollouts
from tests.support.gatewayfield import GATEWAYS, ROUTES, Field, Gateway, is_ready, target
from tests.support.gatewaykills import LATE, Writes, again, killed_on_the_way
from tests.support.replicas import SHORT
from tests.support.wait import eventually

SECURE = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "killed-token"}]}
TOKEN = f"/api/v1/namespaces/{ROUTES}/secrets/killed-token"
KINDS = {
    "POST secrets revision",
    "POST secrets token",
    "POST pods",
    "DELETE pods",
    "PATCH deployments",
    "PATCH sparkjobroutes add",
    "PATCH sparkjobroutes remove",
    "PATCH sparkjobroutes/status",
    "PATCH sparkgateways/status Expand Proving",
    "PATCH sparkgateways/status Expand Proven",
    "PATCH sparkgateways/status Expand Rolling",
    "PATCH sparkgateways/status Activate Proving",
    "PATCH sparkgateways/status Activate Rolling",
}
"""Writes that every rollout of a change has that brings an entry and a token."""
KILLS = 10


@pytest.fixture(autouse=True)
def mended(field: Field) -> Iterator[None]:
    """Leave an operator behind that runs."""
    yield
    field.mend()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("forward", [False, True], ids=["lost", "taking effect"])
def test_a_kill_at_every_kind_of_write_of_a_rollout_changes_nothing_in_the_end(field: Field, *, forward: bool) -> None:
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a"))
        gateway.route("old", target("b"))
        for name in ("one", "old"):
            gateway.until_route(name, is_ready)
        with Rollouts(field, gateway) as rollouts, Clients(gateway) as clients:
            clients.start(queue)
            killed = killed_on_the_way(field, lambda: change(gateway), lambda: is_done(gateway), forward=forward)
            assert killed >= KINDS, KINDS - killed
            clients.start(queue)
            left_behind(field, gateway, rollouts)
            clients.another_round()
            assert not clients.failures, clients.failures[:5]
            assert field.cloud.control_plane.api.get(TOKEN).ok
            print(f"killed at {len(killed)} kinds of writes: {sorted(killed)}; {rollouts.steps}")  # noqa: T201


@pytest.mark.timeout(600)
def test_kills_at_any_moment_of_a_burst_are_noticed_by_no_client(field: Field) -> None:
    moments = random.Random(7)  # noqa: S311 (no secret)
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a"), target("b"))
        gateway.until_route("one", is_ready)
        with Rollouts(field, gateway) as rollouts, Clients(gateway) as clients:
            clients.start(queue)
            for number in range(KILLS):
                rule = Writes(Delay(0), nth=moments.randint(1, 9))
                field.proxy.add(rule)
                gateway.edit("one", targets=[target("a", 10 + number), target("b"), target("c", 1 + number)])
                assert rule.fired.wait(LATE), f"{rule.words} of {rule.matched}"
                # The first rule that befalls a write is the only one that does.
                field.proxy.clear()
                again(field)
                clients.start(queue)
            gateway.edit("one", targets=[target("b"), target("c", 300)])
            gateway.until_route("one", lambda body: is_ready(body) and body["status"]["split"] == "b=1/4 c=3/4")
            left_behind(field, gateway, rollouts)
            clients.another_round()
            assert not clients.failures, clients.failures[:5]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("resource", ["deployments", "pods"])
def test_a_leader_that_stood_still_in_the_middle_of_a_rollout_writes_nothing_when_it_comes_back(
    field: Field, resource: str
) -> None:
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a"))
        gateway.until_route("one", is_ready)
        gateway.until(is_ready)
        assert field.operator.stop(30) == 0
        with ExitStack() as closing:
            rollouts, clients = closing.enter_context(Rollouts(field, gateway)), closing.enter_context(Clients(gateway))
            clients.start(queue)
            first, proxy = replica(field, closing)
            eventually(lambda: leads(first), within=60, what="the first to lead")
            second, _ = replica(field, closing)
            rule = proxy.add(Rule(Hold(), resource=resource, path=f"/namespaces/{GATEWAYS}/"))
            gateway.edit("one", targets=[target("a"), target("c", 300)])
            assert rule.fired.wait(LATE)
            first.pause()
            eventually(lambda: leads(second), within=60, what="the second to take over")
            gateway.until_route("one", lambda body: is_ready(body) and body["status"]["split"] == "a=1/4 c=3/4")
            left_behind(field, gateway, rollouts)
            # What was on its way all the time arrives when everything is done.
            rule.release()
            written = count(proxy)
            first.resume()
            assert first.wait(60) != 0
            assert count(proxy) == written
            left_behind(field, gateway, rollouts)
            assert rollouts.steps == ["Expand", "Activate"], rollouts.steps
            clients.another_round()
            assert not clients.failures, clients.failures[:5]
        field.mend()


def change(gateway: Gateway) -> None:
    """Bring an entry to a route, make a route with a token, and delete one."""
    gateway.edit("one", targets=[target("a"), target("c", 300)])
    gateway.route("new", target("b"), access=SECURE)
    gateway.delete("old")


def is_done(gateway: Gateway) -> bool:
    """Whether everything is as `change` wants it."""
    one, new, old = (gateway.of(name) for name in ("one", "new", "old"))
    if "status" not in one or "status" not in new or old.get("kind") == "SparkJobRoute":
        return False
    return is_ready(one) and is_ready(new) and is_ready(gateway.body) and one["status"]["split"] == "a=1/4 c=3/4"


def left_behind(field: Field, gateway: Gateway, rollouts: Rollouts) -> None:
    """Wait until the gateway rests, and nothing is left of what was begun and not ended."""
    gateway.until(is_ready, within=LATE)
    eventually(lambda: not gateway.pods("proof"), within=60, what="no pod of a proof")
    status = gateway.body["status"]
    kept = {f"{gateway.name}.{name}" for name in (*status["history"][:5], status["activeRevision"]["name"])}
    eventually(lambda: secrets(field, gateway) <= kept, within=60, what=f"no revisions but {kept}")
    assert rollouts.revisions[-1] == status["activeRevision"]["name"]
    assert "operation" not in status
    assert len(set(rollouts.revisions)) == len(rollouts.revisions), "nothing was rolled twice"


def secrets(field: Field, gateway: Gateway) -> set[str]:
    """Return the Secrets of revisions that there are."""
    path = f"/api/v1/namespaces/{GATEWAYS}/secrets?labelSelector=mwaa-operator.io%2Fgateway%3D{gateway.name}"
    items = field.cloud.control_plane.api.get(path).body["items"]
    return {item["metadata"]["name"] for item in items if "mwaa-operator.io/revision" in item["metadata"]["labels"]}


def replica(field: Field, closing: ExitStack) -> tuple[OperatorProcess, FaultProxy]:
    """Start a replica with a short Lease and a proxy of its own."""
    proxy = closing.enter_context(field.cloud.control_plane.fault_proxy())
    process = field.launcher.start(proxy=proxy, env=SHORT)
    closing.callback(process.kill)
    process.wait_ready(60)
    return process, proxy


def count(proxy: FaultProxy) -> int:
    """Return how many writes came to a proxy, tries at the Lease apart."""
    return sum(number for (method, what, _), number in proxy.counts().items() if method in WRITES and what != "leases")


def leads(process: OperatorProcess) -> bool:
    """Whether its log says that it took the Lease."""
    return "leader.acquired" in process.log_text()
