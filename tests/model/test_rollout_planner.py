"""The rollout's planner never loses a running job nor serves what was not proven, and always comes to rest.

Each walk is broad in one direction and narrow in the others: what is edited, what fails, how pods and clusters behave.
Nothing may be cut; `-s` shows states and depths. Entries' ids are compared over every file that a walk ever made.
"""

from __future__ import annotations

from typing import Any

import pytest

import mwaa_operator.gateway.plan.chain as chain
import mwaa_operator.gateway.plan.draining as draining
import mwaa_operator.gateway.plan.proving as proving
import mwaa_operator.gateway.plan.rolling as rolling
import mwaa_operator.gateway.plan.wish as wish
from tests.model import rollout_walk
from tests.model.explore import Broken
from tests.model.rollout_walk import Walked, walk

Bounds = dict[str, int]

MOVED = Walked(first=(("one", "a"),), edits=(("one", "b"), ("one", "ab")), pods=True)
BACK = Walked(first=(("one", "a"),), edits=(("one", "b"), ("one", "a")))
BAD = Walked(first=(("one", "a"),), edits=(("one", "bad"), ("two", "bad")))
DELETED = Walked(first=(("one", "a"), ("two", "b")), edits=(("one", None), ("one", "a")))
CLUSTERS = Walked(first=(("one", "ab"),), clusters="ab")
ADDED = Walked(first=(("one", "a"),), edits=(("two", "b"),), clusters="b")
FRESH = Walked(first=(), edits=(("one", "a"), ("two", "bad")))

WALKS: dict[str, tuple[Walked, Bounds, set[str]]] = {
    "targets that move, pods that die": (MOVED, {"trouble": 1}, {"Succeeded"}),
    "there and back, calls that are late": (BACK, {"edits": 2}, {"Succeeded"}),
    "routes that break the file": (BAD, {}, {"Succeeded", "Succeeded aside"}),
    "routes that are deleted": (DELETED, {}, {"Succeeded"}),
    "clusters that fail": (CLUSTERS, {"edits": 0, "trouble": 2}, {"Succeeded", "Succeeded staged"}),
    "a route for a cluster that fails": (ADDED, {"faults": 0, "trouble": 1}, {"Succeeded", "Succeeded staged"}),
    "from nothing": (FRESH, {}, {"Succeeded", "Succeeded aside"}),
}
"""What is walked, bounds where they are not one crash, one edit and no trouble, and what must be reached."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", WALKS)
def test_every_walk_is_clean_and_whole(name: str) -> None:
    walked, bounds, reached = WALKS[name]
    report = walk(walked, **bounds)
    print(f"{name}: {report}")  # noqa: T201
    assert report.cut == 0
    assert reached <= report.resting.keys()


class All(frozenset[str]):
    """A set that everything is in."""

    def __rsub__(self, other: Any) -> frozenset[str]:
        return frozenset()


def anywhere(_: Any) -> All:
    return All()


def always(*_: Any, **__: Any) -> bool:
    return True


def nothing(*_: Any) -> tuple[()]:
    return ()


def everything(s: Any) -> frozenset[str]:
    return frozenset[str]().union(*(revision.known for revision in s.serving))


@pytest.mark.parametrize(
    ("instead", "walked", "found"),
    [
        ({(proving, "findings"): nothing}, BAD, "never proven|PodsDiffer"),
        ({(place, "released"): everything for place in (wish, rolling, draining)}, MOVED, "running job"),
        ({(wish, "everywhere"): anywhere, (rolling, "joins"): always}, MOVED, "running job"),
        ({(wish, "everywhere"): anywhere}, MOVED, "DependencyNotReady|come to rest"),
        ({(place, "all_arrived"): always for place in (chain, draining)}, BACK, "Secret of a running pod"),
    ],
    ids=["no proof", "jobs are not waited for", "no expansion", "joins alone", "calls are not waited for"],
)
def test_a_planner_without_one_of_its_rules_is_caught(
    instead: dict[tuple[Any, str], Any], walked: Walked, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for (place, name), other in instead.items():
        monkeypatch.setattr(place, name, other)
    rollout_walk.forget()
    try:
        with pytest.raises(Broken, match=found):
            walk(walked, **next(bounds for item, bounds, _ in WALKS.values() if item is walked))
    finally:
        rollout_walk.forget()
