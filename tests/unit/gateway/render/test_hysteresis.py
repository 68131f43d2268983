"""A target leaves after its cluster has failed for a while, and comes back after it has been well for a while."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from mwaa_operator.gateway.render.traffic import serving
from tests.support.sparkscene import VIEWS, candidate, target

SPEC = candidate(
    targets=[target("a"), target("b")], failover={"unhealthyAfter": "3m", "recoverAfter": "10m"}
).route.spec


@pytest.mark.parametrize(
    ("healthy", "lasting", "routed", "serves"),
    [
        (True, inf, False, True),
        (True, 599.0, False, False),
        (True, 600.0, False, True),
        (True, 0.0, True, True),
        (False, 179.0, True, True),
        (False, 180.0, True, False),
        (False, 0.0, False, False),
        (False, inf, True, False),
    ],
)
def test_a_cluster_leaves_and_comes_back_with_patience(
    healthy: bool, lasting: float, routed: bool, serves: bool
) -> None:
    clusters = VIEWS | {"a": replace(VIEWS["a"], healthy=healthy, lasting=lasting)}
    last = frozenset({"a", "b"} if routed else {"b"})
    assert ("a" in serving(SPEC, clusters=clusters, last=last)) == serves


def test_a_cluster_that_comes_and_goes_all_the_time_moves_nothing() -> None:
    for healthy in (False, True, False, True):
        clusters = VIEWS | {"a": replace(VIEWS["a"], healthy=healthy, lasting=20.0)}
        assert serving(SPEC, clusters=clusters, last=frozenset({"a", "b"})) == {"a", "b"}
