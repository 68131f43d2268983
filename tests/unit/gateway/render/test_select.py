"""Conflicts: the older of two routes wins, the younger one says who has what it asked for."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.render.file import render
from mwaa_operator.gateway.render.scene import Refused
from mwaa_operator.route.reasons import Reason
from tests.support.sparkscene import candidate, gateway, scene, target


def users(*names: str) -> dict[str, Any]:
    return {"access": {"secure": False, "defaultForUsers": list(names)}}


CONFLICTS: dict[str, tuple[dict[str, Any], dict[str, Any], Reason]] = {
    "queue": ({"queue": {"name": "q"}}, {"queue": {"name": "q"}}, Reason.QUEUE_CONFLICT),
    "user": (users("svc"), users("other", "svc"), Reason.USER_CONFLICT),
    "user in another case": (users("svc"), users("SVC"), Reason.USER_CONFLICT),
    "default queue": (
        {"queue": {"name": "q", "default": True}},
        {"queue": {"name": "r", "default": True}},
        Reason.DEFAULT_QUEUE_CONFLICT,
    ),
}


@pytest.mark.parametrize(("one", "other", "reason"), CONFLICTS.values(), ids=CONFLICTS.keys())
def test_the_older_of_two_routes_wins_and_the_younger_one_says_who(
    one: dict[str, Any], other: dict[str, Any], reason: Reason
) -> None:
    older, younger = candidate("zz", "z", age=2, **one), candidate("aa", "a", age=1, **other)
    for routes in ((older, younger), (younger, older)):
        refused = render(scene(*routes)).refused
        assert set(refused) == {"a/aa"}
        assert refused["a/aa"].reason is reason
        assert "the older SparkJobRoute z/zz" in refused["a/aa"].message


def test_of_two_routes_of_one_second_the_first_by_name_wins() -> None:
    same = [candidate(name, queue={"name": "q"}) for name in ("b", "a")]
    assert set(render(scene(*same)).refused) == {"data/b"}


def test_a_route_that_lost_takes_nothing_from_a_third() -> None:
    routes = (
        candidate("first", age=3, queue={"name": "q"}, **users("u")),
        candidate("second", age=2, queue={"name": "q"}, **users("v")),
        candidate("third", age=1, queue={"name": "r"}, **users("v")),
    )
    assert set(render(scene(*routes)).refused) == {"data/second"}


def test_a_refused_route_that_is_older_takes_nothing_either() -> None:
    older = candidate("older", age=2, queue={"name": "q"}, dataClass="phi", access=_SECURE)
    refused = render(scene(older, candidate("younger", age=1, queue={"name": "q"}))).refused
    assert {key: item.reason for key, item in refused.items()} == {"data/older": Reason.DATA_CLASS_MISMATCH}


_SECURE = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "token"}]}


def test_a_route_that_was_set_aside_says_what_the_proof_found() -> None:
    rendering = render(scene(candidate("bad"), candidate("good"), aside={"data/bad": "it answers 500: correct it"}))
    assert rendering.refused == {"data/bad": Refused(Reason.SET_ASIDE, "it answers 500: correct it")}
    assert [entry.route for entry in rendering.entries] == ["data/good"]


def test_a_namespace_of_another_data_class_is_left_alone() -> None:
    places = {("https://a", "spark"): "phi", ("https://b", "spark"): "general"}
    rendering = render(scene(candidate("near"), candidate("far", targets=[target("b")]), places=places))
    assert {key: item.reason for key, item in rendering.refused.items()} == {"data/near": Reason.ISOLATION_CONFLICT}


def test_a_route_without_any_known_cluster_waits_and_one_with_some_goes_on() -> None:
    clusters = {"a": scene().clusters["a"]}
    lost, half = candidate("lost", targets=[target("b")]), candidate("half", targets=[target("a"), target("b")])
    rendering = render(scene(lost, half, clusters=clusters))
    assert {key: item.reason for key, item in rendering.refused.items()} == {"data/lost": Reason.DEPENDENCY_NOT_READY}
    assert [(entry.route, entry.target) for entry in rendering.entries] == [("data/half", "a")]


def test_everything_that_is_not_granted_is_told_at_once() -> None:
    rendering = render(scene(candidate(), gateway=gateway(allowedRoutes=None)))
    refused = rendering.refused["data/digital"]
    assert refused.reason is Reason.NOT_PERMITTED
    assert "spec.allowedRoutes.namespaces" in refused.message
    assert "spec.allowedRoutes.queues" in refused.message
