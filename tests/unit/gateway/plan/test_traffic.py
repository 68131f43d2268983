"""What a rollout does for traffic, rule by rule: failover, windows, drains, tombstones, shrink guard, isolation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from mwaa_operator.gateway.actions import (
    ReleaseRoute,
)
from mwaa_operator.gateway.plan.chain import plan_rollout
from mwaa_operator.gateway.plan.windows import opening
from tests.support.rollout import (
    LIBRARY,
    NOW,
    Setup,
    World,
    at_rest,
    modes,
    plan,
    pointed,
    ready,
    settle,
    situation,
)
from tests.support.sparkscene import gateway


def test_with_one_cluster_dead_the_failover_revision_becomes_active() -> None:
    world = at_rest(one="ab")
    world, _ = settle(replace(world, down=frozenset("a")))
    assert world.deployment is not None
    assert [entry.cluster for entry in LIBRARY[world.deployment[0]].entries if entry.mode == "Routed"] == ["b"]
    conditions = {item["type"]: item for item in plan(world).status["conditions"]}
    assert conditions["Ready"]["status"] == "True"
    assert (conditions["TargetsHealthy"]["status"], conditions["TargetsHealthy"]["reason"]) == (
        "False",
        "ClusterUnreachable",
    )


def test_with_one_token_expired_the_other_routes_still_roll() -> None:
    world = replace(at_rest(one="a", two="b"), down=frozenset("a"))
    world, _ = settle(world.with_routes(three="c", four="a"))
    assert dict(modes(world)) == {
        "data/one": "Routed",
        "data/two": "Routed",
        "data/three": "Routed",
        "data/four": "Staged",
    }
    world, _ = settle(replace(world, down=frozenset()))
    assert dict(modes(world))["data/four"] == "Routed"


def test_failover_waits_and_comes_back_late_and_never_takes_the_last_target() -> None:
    world = replace(at_rest(one="ab"), down=frozenset("a"))
    first = plan(world)
    assert first.status["clusters"][0]["since"], "since when it fails is remembered"
    assert not first.actions
    assert 0 < (first.requeue_after or 0) <= 60.0 * 3
    lonely, done = settle(replace(at_rest(one="a"), down=frozenset("a")))
    assert not pointed(done)
    assert modes(lonely) == [("data/one", "Routed")]


def test_a_route_that_asks_for_it_rejects_jobs_when_all_its_clusters_fail() -> None:
    setup = Setup(route={"failover": {"onAllUnhealthy": "Reject"}})
    world, _ = settle(World().with_routes(one="a"), setup)
    world, _ = settle(replace(world, down=frozenset("a")), setup)
    assert modes(world) == [("data/one", "Draining")]


@pytest.mark.parametrize(("minutes", "serves"), [(-61, True), (-59, False), (119, False), (121, True)])
def test_a_maintenance_window_opens_early_enough_in_its_own_zone(minutes: int, serves: bool) -> None:
    window = {"name": "w", "schedule": "0 2 * * SUN", "duration": "2h", "timeZone": "Europe/Berlin"}
    cluster = gateway().spec.clusters[0]
    cluster = cluster.model_validate(cluster.model_dump(by_alias=True) | {"maintenanceWindows": [window]})
    begins = NOW.replace(day=22, hour=1)
    found = opening(
        cluster, zones={"Europe/Berlin": ZoneInfo("Europe/Berlin")}, now=begins + timedelta(minutes=minutes)
    )
    assert found.open == serves
    assert found.reason == ("" if serves else "Maintenance")


def test_tombstones_outlive_their_route_and_a_deleted_route_waits_for_its_jobs() -> None:
    world = at_rest(one="a", two="b")
    assert world.deployment is not None
    jobs = frozenset(entry.id for entry in LIBRARY[world.deployment[0]].entries if entry.route == "data/one")
    world, done = settle(replace(world, jobs=jobs).with_routes(one=None))
    assert modes(world) == [("data/one", "Tombstone"), ("data/two", "Routed")]
    assert ReleaseRoute("data/one") not in done
    world, done = settle(replace(world, jobs=frozenset()))
    assert ReleaseRoute("data/one") in done
    assert modes(world) == [("data/two", "Routed")]


def test_after_the_time_of_its_drain_a_route_goes_and_leaves_tombstones() -> None:
    world = at_rest(one="a", two="b")
    assert world.deployment is not None
    jobs = frozenset(entry.id for entry in LIBRARY[world.deployment[0]].entries if entry.route == "data/one")
    world, _ = settle(replace(world, jobs=jobs).with_routes(one=None))
    s = situation(world)
    leaving = tuple(replace(item, timeout=60.0) for item in s.observed.leaving)
    decided = plan_rollout(replace(s, observed=replace(s.observed, leaving=leaving)))
    assert decided.actions == (ReleaseRoute("data/one"),)
    assert modes(world) == [("data/one", "Tombstone"), ("data/two", "Routed")]


def test_the_shrink_guard_refuses_mass_removal_until_a_person_allows_it() -> None:
    names = [f"r{index}" for index in range(6)]
    world = at_rest(**dict.fromkeys(names, "a"))
    world, done = settle(world.with_routes(**dict.fromkeys(names[:4])))
    assert not pointed(done)
    said = ready(world)
    assert said["reason"] == "ShrinkGuard"
    word = said["message"].rpartition(" ")[2]
    _, done = settle(world, Setup(annotations={"mwaa-operator.io/approve-changes": word}))
    assert pointed(done)


def test_isolation_is_not_kept_waiting_by_the_shrink_guard() -> None:
    names = [f"r{index}" for index in range(4)]
    world = at_rest(**dict.fromkeys(names, "a"))
    s = situation(world)
    taken = {("https://a", "spark"): "phi"}
    decided = plan_rollout(replace(s, observed=replace(s.observed, places=taken)))
    assert decided.status["stagedRevision"]["state"] == "Rendered"


def test_what_is_revoked_is_drained_at_once_also_where_something_else_is_added() -> None:
    _, done = settle(at_rest(one="a", two="b").with_routes(one=None, three="c"))
    first = pointed(done)[0]
    assert {entry.route: entry.mode for entry in first.entries} == {
        "data/one": "Tombstone",
        "data/two": "Routed",
        "data/three": "Staged",
    }
