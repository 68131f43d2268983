"""Whatever somebody manages to store as a route, a whole pass takes it: the others serve, and the blame is on its own.

Bodies go into the store unchecked here, as they do when a kind was other than it is now or a schema was loosened.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mwaa_operator.api.fitting import size
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway import fit as gateway_fit
from mwaa_operator.gateway.status import MAX_ENTRIES
from mwaa_operator.route import fit as route_fit
from tests.support.gatewayroom import GatewayRoom
from tests.support.sparkscene import target

HUGE = {f"spark.x{number}": "v" * 2048 for number in range(64)}
"""As much as a route may bring; its three targets bring it three times."""
WIDE = {f"spark.x{number}": "\N{GRINNING FACE}" * 2048 for number in range(64)}
"""The same number of characters, each of them twelve in the file."""


def said(room: GatewayRoom, key: ObjectKey) -> tuple[str, str]:
    """Return status and reason of Ready; nothing was said of an object without one."""
    conditions = room.kube.objects[key].get("status", {}).get("conditions", ())
    return next(((item["status"], item["reason"]) for item in conditions if item["type"] == "Ready"), ("", ""))


def held(room: GatewayRoom) -> None:
    """Check that every status keeps within its bounds."""
    for key, body in room.kube.objects.items():
        most = gateway_fit.MAX_BYTES if key.kind == "SparkGateway" else route_fit.MAX_BYTES
        assert size(body.get("status", {})) <= most


LOOKALIKES: list[dict[str, Any]] = [
    {"queue": {"name": "go\N{CYRILLIC SMALL LETTER O}d"}},
    {"queue": {"name": "good\N{ZERO WIDTH SPACE}"}},
    {"queue": {"name": "GOOD"}},
    {"queue": {"name": "good\n"}},
    {"queue": {"name": "good.night"}},
    {"queue": {"name": "q", "subQueues": ["\N{FULLWIDTH FULL STOP}night"]}},
    {"access": {"secure": False, "defaultForUsers": ["\N{LATIN SMALL LETTER LONG S}park"]}},
    {"access": {"secure": False, "defaultForUsers": ["\N{KELVIN SIGN}eeper", "*"]}},
    {"targets": [target("a", namespace="sp\N{CYRILLIC SMALL LETTER A}rk")]},
    {"targets": [target("a", weight=10**30)]},
    {"targets": [target("a", weight="100")] * 3},
    {"sparkVersions": [3.10]},
    {"job": {"sparkConf": {"spark.x": None}}},
    {"job": {"sparkConf": dict.fromkeys(map(str, range(100_000)), "v")}},
]


@pytest.mark.parametrize("spec", LOOKALIKES, ids=range(len(LOOKALIKES)))
def test_a_route_whose_words_only_look_right_is_not_in_the_file_and_costs_no_other_anything(
    spec: dict[str, Any],
) -> None:
    room = GatewayRoom()
    key, good = room.gateway(), room.route("good")
    bad = room.route("bad", **spec)
    room.settle(key)
    assert said(room, key)[0] == "True"
    assert said(room, good)[0] == "True"
    # Its own controller says what is wrong with it: the gateway's pass cannot read it.
    assert said(room, bad) == ("", "")


def test_of_users_that_differ_by_case_alone_the_older_route_keeps_its_own() -> None:
    room = GatewayRoom()
    key = room.gateway()
    older = room.route("a", access={"secure": False, "defaultForUsers": ["Keeper"]})
    younger = room.route("b", access={"secure": False, "defaultForUsers": ["keepeR"]})
    room.settle(key)
    assert said(room, older)[0] == "True"
    assert said(room, younger) == ("False", "UserConflict")


def test_routes_beyond_the_most_entries_are_told_so_and_the_older_ones_serve() -> None:
    room = GatewayRoom()
    key = room.gateway()
    routes = [room.route(f"r{number:03}") for number in range(MAX_ENTRIES // 3 + 5)]
    room.settle(key)
    assert said(room, key)[0] == "True"
    assert {said(room, route)[0] for route in routes[:-5]} == {"True"}
    assert {said(room, route) for route in routes[-5:]} == {("False", "FileTooLarge")}
    held(room)


def test_a_file_that_would_be_too_large_is_told_on_the_youngest_route() -> None:
    room = GatewayRoom()
    key, first = room.gateway(), room.route("a", job={"sparkConf": HUGE})
    second = room.route("b", job={"sparkConf": HUGE})
    third, small = room.route("c", job={"sparkConf": HUGE}), room.route("d")
    status = room.settle(key)
    assert [said(room, route)[0] for route in (first, second, small)] == ["True"] * 3
    assert said(room, third) == ("False", "FileTooLarge")
    assert any("move routes to another gateway" in text for text in status["warnings"])


def test_a_route_that_is_too_large_by_itself_leaves_the_gateway_well() -> None:
    room = GatewayRoom()
    key, wide, small = room.gateway(), room.route("a", job={"sparkConf": WIDE}), room.route("b")
    room.settle(key)
    assert said(room, wide) == ("False", "FileTooLarge")
    assert said(room, small)[0] == said(room, key)[0] == "True"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ("queue", "access", "targets", "sparkVersions", "job", "limits", "placement", "failover", "drain", "suspend")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(spec=st.dictionaries(st.sampled_from(MEMBERS), JUNK, max_size=3), deleted=st.booleans())
def test_any_junk_in_a_route_leaves_the_gateway_and_the_other_routes_well(spec: dict[str, Any], deleted: bool) -> None:
    room = GatewayRoom()
    key, good = room.gateway(), room.route("good")
    bad = room.route("zz-bad", **spec)
    room.once(key)
    if deleted:
        room.kube.delete(bad)
    room.settle(key)
    assert said(room, key)[0] == "True"
    assert said(room, good)[0] == "True"
    held(room)
