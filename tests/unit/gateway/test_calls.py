"""What a gateway costs others: calls of the API server, of its pods, of its clusters. Exact bounds, never times."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from mwaa_operator.api.conditions import READY
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway.plan.timings import RolloutTimings
from tests.support.gatewayroom import GatewayRoom

TIMINGS = RolloutTimings()
STANDING = ("ServiceAccount", "Role", "RoleBinding", "NetworkPolicy", "Service", "PodDisruptionBudget")
LOOK = Counter(
    {f"get {kind}": 1 for kind in (*STANDING, "Deployment", "Secret")}
    | {"versions Secret": 1, "list Pod": 1, "look at clusters": 1}
)
"""One pass at rest: every object of the gateway's once, its keys, its pods. Nothing that grows with the routes."""
SECURE = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "queue-token"}]}
PODS = 2


def settled(routes: int, **spec: Any) -> tuple[GatewayRoom, ObjectKey]:
    """Return a gateway at rest whose last answers of pods and tokens are as fresh as can be, with nothing counted."""
    room = GatewayRoom()
    key = room.gateway()
    for index in range(routes):
        room.route(f"r{index}", **spec)
    status = room.settle(key)
    assert status["conditions"][0]["type"] == READY
    assert status["conditions"][0]["status"] == "True"
    room.clock.forward(TIMINGS.answers)
    room.clock.forward(room.once(key))
    room.counts.clear()
    return room, key


def per_pass(passes: int) -> Counter[str]:
    """Return what so many passes at rest cost."""
    return Counter({call: count * passes for call, count in LOOK.items()})


@pytest.mark.parametrize("routes", [0, 1, 40])
def test_a_pass_at_rest_reads_each_object_once_and_writes_nothing_however_many_routes_there_are(routes: int) -> None:
    room, key = settled(routes)
    room.once(key)
    assert room.counts == LOOK


def test_at_rest_passes_are_half_a_minute_apart() -> None:
    room, key = settled(3)
    assert room.rest(key, 300.0) == 300.0 / TIMINGS.settled


def test_in_an_hour_at_rest_pods_are_asked_six_times_and_nothing_is_written() -> None:
    room, key = settled(3)
    passes = room.rest(key, 3600.0)
    questions = 3 + 1 + 9
    asked = PODS * questions * 3600 / TIMINGS.answers
    assert room.counts == per_pass(passes) + Counter({"probe": int(asked)})


def test_tokens_cost_one_read_each_in_ten_minutes_and_are_not_written_anew() -> None:
    room, key = settled(1, access=SECURE)
    passes = room.rest(key, TIMINGS.answers)
    room.counts.subtract(per_pass(passes))
    assert room.counts["get Secret"] == 1
    assert {call: count for call, count in room.counts.items() if count and call not in ("get Secret", "probe")} == {}


def test_a_restart_reads_what_serves_once_and_asks_every_pod_once() -> None:
    room, key = settled(3)
    room.restarted()
    room.once(key)
    read = Counter({"get Secret": 1, "probe": PODS * 13, "version": 1})
    assert room.counts == LOOK + read, "one Secret of a revision beside that of the keys"


@pytest.mark.parametrize("burst", [1, 50])
def test_a_burst_of_edits_is_one_proof_and_one_rollout(burst: int) -> None:
    room, key = settled(50)
    routes = [found for found in room.kube.objects if found.kind == "SparkJobRoute"][:burst]
    for route in routes:
        room.kube.edit(route, sparkVersions=["3.4", "3.5"])
        # Every edit wakes the gateway, and so does what it writes.
        room.once(key)
        room.once(key)
    room.settle(key)
    done = {call: count for call, count in room.counts.items() if call.split()[0] in ("create", "apply", "delete")}
    assert done == {"create Secret": 1, "create Pod": 1, "delete Pod": 1, "apply Deployment": 1}


def test_edits_that_follow_each_other_closely_still_end_in_one_rollout_after_the_first_wait() -> None:
    room, key = settled(10)
    routes = [found for found in room.kube.objects if found.kind == "SparkJobRoute"]
    for route in routes:
        room.kube.edit(route, sparkVersions=["3.4", "3.5"])
        room.once(key)
        room.clock.forward(TIMINGS.debounce / len(routes) / 2)
    room.settle(key)
    assert room.counts["apply Deployment"] == 1


def test_a_status_of_a_route_is_written_when_it_says_something_new_and_not_with_every_step_of_a_rollout() -> None:
    room, key = settled(20)
    edited = next(found for found in room.kube.objects if found.kind == "SparkJobRoute")
    room.kube.edit(edited, sparkVersions=["3.4", "3.5"])
    room.settle(key)
    # The edited route: staged, rolled. The others: the name of the revision that holds them.
    assert room.counts["status SparkJobRoute"] <= 19 + 4


def test_a_gateway_reads_nothing_of_another_one() -> None:
    room, key = settled(3)
    other = room.gateway("other")
    room.route("elsewhere", "other")
    room.settle(other)
    room.counts.clear()
    room.once(key)
    assert room.counts == LOOK
