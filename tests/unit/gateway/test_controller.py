"""Passes of a whole gateway where something is in the way: what is said and touched, how soon it looks again."""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.meta import FINALIZER, ObjectKey
from mwaa_operator.api.result import Done, RequeueAfter
from mwaa_operator.gateway.names import keys_secret
from mwaa_operator.gateway.plan.timings import RolloutTimings
from tests.support.gatewayroom import GatewayRoom

TIMINGS = RolloutTimings()
SECURE = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "queue-token"}]}
DELETED = "2026-11-21T12:00:00Z"


def ready(room: GatewayRoom, key: ObjectKey) -> dict[str, Any]:
    """Return the condition Ready as it is stored."""
    found: dict[str, Any] = next(i for i in room.kube.objects[key]["status"]["conditions"] if i["type"] == "Ready")
    return found


def test_a_gateway_whose_last_route_with_a_token_has_gone_rests() -> None:
    room = GatewayRoom()
    key = room.gateway()
    route = room.route("one", access=SECURE)
    room.settle(key)
    del room.kube.objects[route]
    room.settle(key)
    room.clock.forward(2 * TIMINGS.answers)
    assert [room.once(key) > 0 for _ in range(3)] == [True] * 3


def test_a_gateway_that_may_not_be_looked_after_any_more_rests_whatever_tokens_it_had() -> None:
    room = GatewayRoom()
    key = room.gateway()
    room.route("one", access=SECURE)
    room.settle(key)
    room.kube.objects[key]["spec"]["extraConfig"] = {"queues": []}
    room.clock.forward(2 * TIMINGS.answers)
    room.once(key)
    room.clock.forward(2 * TIMINGS.answers)
    assert room.once(key) > 0
    assert ready(room, key)["reason"] == "InvalidSpec"


def test_somebody_elses_secret_in_the_place_of_the_keys_is_told_and_not_touched() -> None:
    room = GatewayRoom()
    key = room.gateway()
    strange = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": keys_secret("general"), "namespace": "gateways"},
    }
    room.kube.owned.create(strange)
    assert room.once(key) == TIMINGS.draining
    said = ready(room, key)
    assert (said["status"], said["reason"]) == ("False", "Refused")
    assert "general.queue-keys" in said["message"]
    assert room.counts["apply Secret"] == 0


def test_a_gateway_is_kept_for_a_route_that_cannot_be_read_and_lets_it_go_when_it_is_deleted() -> None:
    room = GatewayRoom()
    key, route = room.gateway(), room.route("one")
    room.settle(key)
    room.kube.objects[route]["spec"]["targets"] = []
    room.kube.objects[key]["metadata"]["deletionTimestamp"] = DELETED
    assert room.once(key) > 0
    assert ready(room, key)["reason"] == "InUse"
    assert "data/one" in ready(room, key)["message"]
    room.kube.objects[route]["metadata"]["deletionTimestamp"] = DELETED
    for _ in range(40):
        result = room.controller.reconcile(key)
        room.kube.owned.run()
        if isinstance(result, Done):
            break
        room.clock.forward(result.seconds if isinstance(result, RequeueAfter) else 0.0)
    assert FINALIZER not in room.kube.objects.get(route, {}).get("metadata", {}).get("finalizers", ())
    assert FINALIZER not in room.kube.objects.get(key, {}).get("metadata", {}).get("finalizers", ())


def test_a_route_that_others_hold_keeps_no_gateway() -> None:
    room = GatewayRoom()
    key, route = room.gateway(), room.route("one")
    room.settle(key)
    room.kube.objects[route]["metadata"] |= {"deletionTimestamp": DELETED, "finalizers": ["somebody.example/else"]}
    room.kube.objects[key]["metadata"]["deletionTimestamp"] = DELETED
    assert isinstance(room.controller.reconcile(key), Done)
