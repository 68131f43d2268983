"""Clusters that nobody knows any more: what was left on them stays, and stops nothing else."""

from __future__ import annotations

from dataclasses import replace

from mwaa_operator.gateway.plan import plan_rollout
from tests.support.rollout import LIBRARY, at_rest, modes, settle, situation


def test_a_tombstone_of_a_cluster_whose_address_is_lost_stops_no_pass() -> None:
    world = at_rest(one="a", two="b")
    assert world.deployment is not None
    jobs = LIBRARY[world.deployment[0]].routed
    world, _ = settle(replace(world, jobs=jobs).with_routes(one="b"))
    assert ("data/one", "Tombstone") in modes(world)
    s = situation(world)
    clusters = {name: look for name, look in s.observed.clusters.items() if name != "a"}
    decided = plan_rollout(replace(s, observed=replace(s.observed, clusters=clusters)))
    assert decided.status["conditions"][0]["reason"] == "Succeeded"
    assert "Tombstone" in {entry["mode"] for entry in decided.status["entries"]}
