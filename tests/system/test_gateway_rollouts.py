"""Rollouts under clients that never stop asking: not one status call fails, and a burst of changes is one rollout.

The jobs are endless and polled through the Service all the time. How fast changes come does not matter to the tests:
the first proof of a burst begins when the burst is over, as a proof does that takes longer than the burst.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest

from localcloud.faultproxy import FaultProxy
from localcloud.faultrules import Hold, Rule
from localcloud.waiting import wait_until
from tests.support.gatewayclients import Clients, Rollouts
from tests.support.gatewayfield import GATEWAYS, Field, Gateway, condition, is_ready, target
from tests.support.gatewayimages import TOUCHY
from tests.support.wait import eventually

POISONED = {"env": [{"name": "POISON", "value": "1"}]}
BURST = 25
MOST_ROLLOUTS = 3
"""Of one burst: Expand, Activate, Contract."""
JOBS = 3
"""So many are started during a burst's rollouts on each of two queues."""
LATE = 240.0
"""Seconds; a proof that fails takes thirty."""


@contextmanager
def gathered(proxy: FaultProxy) -> Iterator[None]:
    """Let no proof begin before the block is over."""
    rule = proxy.add(Rule(Hold(), methods=["POST"], resource="pods", path=f"/{GATEWAYS}/", times=None))
    try:
        yield
    finally:
        rule.release()


def weights(gateway: Gateway, name: str, count: int) -> None:
    """Change a route so many times, never to what it was before."""
    for number in range(count):
        gateway.edit(name, targets=[target("a", 10 + number), target("b", 90 - number)])


def first(gateway: Gateway) -> int:
    """Shift weights, take a target away, and make a route."""
    weights(gateway, "steady", 12)
    weights(gateway, "second", 11)
    gateway.edit("moving", targets=[target("b")])
    gateway.route("late", target("c"))
    return 25


def second(gateway: Gateway) -> int:
    """Shift weights, add a target, and delete a route whose job runs on."""
    weights(gateway, "steady", 12)
    gateway.edit("steady", targets=[target("a"), target("b"), target("c", 500)])
    weights(gateway, "second", 10)
    gateway.delete("leaving")
    gateway.route("later", target("a"), target("c"))
    return 25


def third(gateway: Gateway) -> int:
    """Shift weights, disable a target, and bring a target back."""
    weights(gateway, "second", 11)
    weights(gateway, "later", 12)
    gateway.edit("moving", targets=[target("a"), target("b")])
    gateway.edit("late", targets=[target("b", 3), target("c")])
    return 25


def fourth(gateway: Gateway) -> int:
    """Shift weights, and make a route that breaks the file."""
    weights(gateway, "steady", 12)
    weights(gateway, "second", 12)
    gateway.route("wrong", target("b"), job=POISONED)
    return 25


@pytest.mark.timeout(600)
def test_a_hundred_changes_with_a_bad_one_among_them_fail_not_one_status_call(
    field: Field, record_property: Callable[[str, object], None]
) -> None:
    with field.gateway(image=f"{TOUCHY}:1") as gateway:
        queues = {name: gateway.route(name, target("a"), target("b")) for name in ("steady", "second")}
        queues |= {name: gateway.route(name, target("a")) for name in ("moving", "leaving")}
        for name in queues:
            gateway.until_route(name, is_ready, within=LATE)
        with Rollouts(field, gateway) as rollouts, Clients(gateway) as clients:
            for queue in queues.values():
                clients.start(queue)
            changes, figures = 0, []
            for burst in (first, second, third, fourth):
                before = len(rollouts.steps)
                with gathered(field.proxy):
                    changes += burst(gateway)
                eventually(partial(begun, rollouts, before), within=LATE, what="a rollout")
                work_until_settled(gateway, clients, [queues["steady"], queues["second"]])
                clients.another_round()
                assert not clients.failures, clients.failures[:5]
                figures.append(rollouts.steps[before:])
                assert len(figures[-1]) <= MOST_ROLLOUTS, figures
            wrong = gateway.until_route("wrong", lambda body: condition(body, "Stalled"), within=LATE)
            assert condition(wrong, "Ready")["reason"] == "SetAside"
            assert gateway.until_route("late", is_ready)["status"]["split"] == "b=3/103 c=100/103"
            assert changes == 4 * BURST
            record_property("status calls", len(clients.calls))
            record_property("rollouts", figures)
            print(f"{changes} changes, {len(clients.calls)} calls, none failed; rollouts: {figures}")  # noqa: T201


def test_a_burst_of_fifty_edits_is_one_rollout(field: Field) -> None:
    with field.gateway() as gateway:
        for name in ("one", "two"):
            gateway.route(name, target("a"), target("b"))
        for name in ("one", "two"):
            gateway.until_route(name, is_ready)
        gateway.until(is_ready)
        with Rollouts(field, gateway) as rollouts:
            with gathered(field.proxy):
                weights(gateway, "one", 25)
                weights(gateway, "two", 24)
                gateway.edit("two", targets=[target("a", 1), target("b", 1), target("c", 2)])
            gateway.until_route("two", lambda body: body["status"].get("split") == "a=1/4 b=1/4 c=1/2")
            gateway.until(is_ready)
            assert rollouts.steps == ["Expand", "Activate"], rollouts.steps
            assert len(rollouts.revisions) == 3, rollouts.revisions


@pytest.mark.timeout(300)
def test_a_pod_that_is_killed_costs_no_more_than_the_calls_in_flight(
    field: Field, record_property: Callable[[str, object], None]
) -> None:
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a"))
        gateway.until_route("one", is_ready)
        gateway.until(is_ready)
        with Rollouts(field, gateway) as rollouts, Clients(gateway, count=6) as clients:
            clients.start(queue)
            clients.start(queue)
            told = []
            for pod in [pod["metadata"]["name"] for pod in gateway.pods()]:
                clients.another_round()
                written, lost = writes(field), len(clients.failures)
                field.kubelet.pause(GATEWAYS, pod)
                eventually(clients.hanging, within=60, what="a call that waits for the pod")
                begun = time.monotonic()
                field.kubelet.kill(GATEWAYS, pod)
                dead = time.monotonic()
                eventually(partial(is_again, gateway, pod), within=60, what=f"{pod} to serve again")
                after = clients.another_round()
                calls = clients.calls
                in_flight = [call for call in calls if call.begun <= dead and call.ended >= begun]
                failed = clients.failures[lost:]
                late = [(call.begun - dead, call.ended - begun, call.said) for call in failed if call not in in_flight]
                assert not late, f"{late} of {len(failed)} that failed"
                assert failed, "one at least was cut off"
                assert not [call for call in after if call.failed]
                gateway.until(is_ready)
                assert writes(field) == written, "there was nothing to be done"
                told.append(f"{len(failed)} of {len(in_flight)}")
            assert len(rollouts.revisions) == 1
            record_property("failed of those in flight", told)
            print(f"failed calls of those in flight at each kill: {told}")  # noqa: T201


def begun(rollouts: Rollouts, before: int) -> bool:
    """Whether there are more rollouts than before."""
    return len(rollouts.steps) > before


def work_until_settled(gateway: Gateway, clients: Clients, queues: Sequence[str]) -> None:
    """Wait until the gateway rests, and start jobs meanwhile."""
    turns = [*queues] * JOBS

    def look() -> bool:
        if turns:
            clients.start(turns.pop())
        return is_ready(gateway.body)

    wait_until(look, within=LATE, what="the gateway to rest", pause=1.0)


def writes(field: Field) -> dict[str, int]:
    """Return how often the operator has changed what runs."""
    return {
        f"{method} {what}": field.proxy.count(method, what)
        for method, what in (("PATCH", "deployments"), ("DELETE", "pods"), ("POST", "pods"), ("POST", "secrets"))
    }


def is_again(gateway: Gateway, name: str) -> bool:
    """Whether a pod's container was started anew and is ready."""
    pod = next(pod for pod in gateway.pods() if pod["metadata"]["name"] == name)
    told = pod["status"]["containerStatuses"][0]
    return bool(told["restartCount"] >= 1 and told["ready"])
