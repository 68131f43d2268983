"""What a route says where its gateway is the matter: stuck, without pods, answering otherwise, on its way out."""

from __future__ import annotations

from dataclasses import replace

from mwaa_operator.gateway.plan import plan_rollout
from mwaa_operator.gateway.plan.situation import Reply
from tests.support.rollout import NOW, USUAL
from tests.support.routewatch import begun, reports, seen, stepped, told


def test_a_gateway_that_takes_up_no_change_is_named_with_its_reason() -> None:
    names = [f"r{index}" for index in range(6)]
    watched = begun(USUAL, **dict.fromkeys(names, "a")).edited(**dict.fromkeys(names[:4]), new="b")
    watched = stepped(watched, 3)
    ready = watched.conditions("new")["Ready"]
    assert ready["reason"] == "GatewayNotReady"
    assert "ShrinkGuard" in ready["message"]
    assert watched.ready("r5") == ("True", "Succeeded")


def test_a_gateway_without_a_pod_serves_nobody() -> None:
    watched = begun(one="a")
    slots = tuple(replace(slot, ready=False) for slot in watched.world.slots)
    watched, _ = told(watched.with_world(slots=slots))
    assert watched.ready("one") == ("False", "GatewayNotReady")


def test_a_pod_that_answers_a_queue_otherwise_concerns_the_route_of_that_queue_alone() -> None:
    s = seen(begun(one="a", two="b"))
    pod = s.observed.pods[0]
    found = {}
    for reply in (Reply(500, "broken"), Reply(0)):
        pods = (replace(pod, replies={**(pod.replies or {}), ("Queue", "one"): reply}), *s.observed.pods[1:])
        seen_now = replace(s, observed=replace(s.observed, pods=pods))
        said = reports(seen_now, plan_rollout(seen_now))
        found[reply.status] = {key: report.status["conditions"][0] for key, report in said.items()}
    assert found[500]["data/one"]["reason"] == "RefusedByGateway"
    assert "answered 500 broken" in found[500]["data/one"]["message"]
    assert found[500]["data/two"]["reason"] == "Succeeded"
    assert found[0]["data/one"]["reason"] == "Succeeded", "silence says nothing against the file"


def test_while_the_file_that_serves_is_lost_what_was_said_of_it_stays() -> None:
    watched = begun(one="ab")
    s = seen(watched)
    s = replace(s, observed=replace(s.observed, revisions={}))
    status = reports(s, plan_rollout(s))["data/one"].status
    assert {name: status[name] for name in ("split", "queues")} == {
        name: watched.status("one")[name] for name in ("split", "queues")
    }
    assert status["revision"]["generation"] == 1


def test_the_owner_of_a_deleted_gateway_s_route_is_warned() -> None:
    s = seen(begun(one="a"))
    metadata = s.resource.metadata.model_copy(update={"deletion_timestamp": NOW})
    s = replace(s, resource=s.resource.model_copy(update={"metadata": metadata}))
    status = reports(s, plan_rollout(s))["data/one"].status
    assert "is being deleted" in status["warnings"][0]
    assert status["conditions"][0]["status"] == "True", "it serves on"
