"""Which targets take jobs: weights, drains, maintenance and failover, as a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.gateway.render.traffic import serving
from tests.support.sparkscene import RELAXED, VIEWS, candidate, target

UP = (target("a"), target("b"))
CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str, str, str]] = {
    "all are well": ([*UP], {}, "", "", "ab"),
    "one cluster fails": ([*UP], {}, "b", "ab", "a"),
    "all fail, and the last split stays": ([*UP], {}, "ab", "b", "b"),
    "all fail from the first": ([*UP], {}, "ab", "", "ab"),
    "all fail, and jobs are refused": ([*UP], {"onAllUnhealthy": "Reject"}, "ab", "ab", ""),
    "failover is off": ([*UP], {"enabled": False}, "a", "ab", "ab"),
    "one weighs nothing": ([target("a", weight=0), target("b")], {}, "", "", "b"),
    "the one with weight fails": ([target("a", weight=0), target("b")], {}, "b", "b", "b"),
    "a drained one is not brought back": ([target("a", state="Drain"), target("b")], {}, "b", "a", "b"),
    "all are drained": ([target("a", state="Drain"), target("b", state="Disabled")], {}, "", "ab", ""),
    "on a cluster that nobody knows": ([target("a"), target("gone")], {}, "", "", "a"),
}


@pytest.mark.parametrize(("targets", "failover", "failing", "last", "expected"), CASES.values(), ids=CASES.keys())
def test_who_takes_jobs(
    targets: list[dict[str, Any]], failover: dict[str, Any], failing: str, last: str, expected: str
) -> None:
    clusters = {name: replace(view, healthy=name not in failing) for name, view in VIEWS.items()}
    spec = candidate(targets=targets, failover=failover).route.spec
    assert serving(spec, clusters=clusters, last=frozenset(last)) == set(expected)


def test_a_cluster_in_maintenance_takes_no_jobs_and_its_share_goes_to_the_others() -> None:
    clusters = VIEWS | {"a": replace(VIEWS["a"], open=False)}
    spec = candidate(targets=[*UP]).route.spec
    assert serving(spec, clusters=clusters, last=frozenset("ab")) == {"b"}


@RELAXED
@given(
    failing=st.sets(st.sampled_from("abc")),
    closed=st.sets(st.sampled_from("abc")),
    last=st.frozensets(st.sampled_from("abc")),
    weights=st.lists(st.integers(0, 2), min_size=3, max_size=3),
)
def test_failover_never_takes_the_last_target_and_never_opens_what_a_person_closed(
    failing: set[str], closed: set[str], last: frozenset[str], weights: list[int]
) -> None:
    clusters = {
        name: replace(view, healthy=name not in failing, open=name not in closed) for name, view in VIEWS.items()
    }
    weighed = dict(zip("abc", weights, strict=True))
    spec = candidate(targets=[target(name, weight=weight) for name, weight in weighed.items()]).route.spec
    may = {name for name, weight in weighed.items() if weight and name not in closed}
    takes = serving(spec, clusters=clusters, last=last)
    assert takes <= may
    assert bool(takes) == bool(may)
    assert not takes & failing or may <= failing
