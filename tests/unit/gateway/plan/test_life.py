"""What stands around a rollout: names, foreign objects, upkeep, the end of a gateway, and a server that refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.api.meta import FINALIZER
from mwaa_operator.gateway.actions import AddFinalizer, ApplyObject, RemoveFinalizer
from mwaa_operator.gateway.plan.life import failed, outside, plan_gateway
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.reasons import Reason
from tests.support.rollout import NOW, Setup, World, at_rest, situation

AT_REST = at_rest(one="a")


def seen(world: World = AT_REST, setup: Setup | None = None, *, deleted: bool = False, **observed: Any) -> Situation:
    """Return a situation of a gateway that has our finalizer."""
    s = situation(world, setup or Setup())
    metadata = s.resource.metadata.model_copy(
        update={"finalizers": (FINALIZER,), "deletion_timestamp": NOW if deleted else None}
    )
    resource = s.resource.model_copy(update={"metadata": metadata})
    attached = {item.key: item.route for item in s.observed.candidates}
    return replace(s, resource=resource, observed=replace(s.observed, **{"referring": tuple(attached), **observed}))


def said(status: dict[str, Any], type_: str = "Ready") -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in status["conditions"] if item["type"] == type_)
    return found


def test_a_gateway_at_rest_is_left_alone() -> None:
    plan = plan_gateway(seen())
    assert plan.actions == ()
    assert said(plan.status)["status"] == "True"


def test_our_finalizer_comes_before_everything_else() -> None:
    s = situation(AT_REST)
    assert plan_gateway(s).actions[0] == AddFinalizer()


def test_what_the_gateway_owns_is_put_right_before_the_rollout_goes_on_and_not_while_it_is_suspended() -> None:
    service = {"kind": "Service"}
    assert plan_gateway(seen(stale=(service,))).actions == (ApplyObject(service),)
    held = seen(setup=Setup(spec={"suspend": True}), stale=(service,))
    assert plan_gateway(held).actions == ()


def test_what_a_gateway_of_the_same_name_left_is_looked_for_again_soon() -> None:
    s = seen(foreign=("Service phi",))
    assert plan_gateway(s).requeue_after == s.timings.draining


@pytest.mark.parametrize(
    ("observed", "spec", "reason", "word"),
    [
        ({"rival": "old/phi"}, {}, Reason.NAME_CONFLICT, "old/phi"),
        ({"foreign": ("Service phi",)}, {}, Reason.NOT_OWNED, "Service phi"),
        ({}, {"extraConfig": {"queues": []}}, Reason.INVALID_SPEC, "extraConfig.queues"),
    ],
)
def test_what_only_a_person_can_put_right_stalls_and_touches_nothing(
    observed: dict[str, Any], spec: dict[str, Any], reason: Reason, word: str
) -> None:
    plan = plan_gateway(seen(setup=Setup(spec=spec), **observed))
    assert plan.actions == ()
    assert (said(plan.status)["reason"], said(plan.status, "Stalled")["status"]) == (reason, "True")
    assert word in said(plan.status)["message"]
    assert "entries" in plan.status, "what is remembered stays"


def test_a_deleted_gateway_serves_on_while_routes_refer_to_it_and_names_them() -> None:
    plan = plan_gateway(seen(deleted=True))
    assert (said(plan.status)["reason"], plan.actions) == (Reason.IN_USE, ())
    assert "data/one" in said(plan.status)["message"]
    assert said(plan.status, "Reconciling")["status"] == "True"


@pytest.mark.parametrize("rival", ["", "old/phi"])
def test_a_deleted_gateway_without_routes_goes(rival: str) -> None:
    plan = plan_gateway(seen(deleted=True, referring=(), rival=rival))
    assert plan.actions == (RemoveFinalizer(meant=not rival),)


def test_outside_of_its_namespaces_a_gateway_is_told_so_and_may_go() -> None:
    resource = seen().resource
    plan = outside(resource, namespaces=("b", "a"), now=NOW, requeue=5.0)
    assert "a, b" in said(plan.status)["message"]
    assert (said(plan.status)["reason"], plan.requeue_after, plan.actions) == (Reason.WRONG_NAMESPACE, 5.0, ())
    gone = outside(seen(deleted=True).resource, namespaces=("a",), now=NOW, requeue=5.0)
    assert gone.actions == (RemoveFinalizer(meant=False),)


def test_a_server_that_refuses_is_told_on_top_of_the_intent_that_is_stored_already() -> None:
    resource = seen().resource
    intent = {"lastRolloutAt": "2026-11-21T12:00:00.000000Z", "observedGeneration": 0}
    plan = failed(resource, Reason.REFUSED, "no", intent=intent, now=NOW, requeue=5.0)
    assert plan.status["lastRolloutAt"] == intent["lastRolloutAt"]
    assert said(plan.status, "Reconciling")["reason"] == "ProgressingWithRetry"
    assert "entries" in failed(resource, Reason.REFUSED, "no", intent=None, now=NOW, requeue=5.0).status


def test_an_image_of_another_revision_than_the_pinned_one_is_told_and_still_serves() -> None:
    plan = plan_gateway(seen(bpg_revision="5e40371aa"))
    assert said(plan.status, "Degraded")["reason"] == Reason.IMAGE_MISMATCH
    assert said(plan.status)["status"] == "True"
    assert not [
        item for item in plan_gateway(seen(bpg_revision="aa3e5c8f")).status["conditions"] if item["type"] == "Degraded"
    ]
