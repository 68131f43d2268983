"""What passes tell of themselves in figures: each end of a rollout once, what was seen just now, and no zero for what
nobody knows.

Not covered: how figures become series (tests/unit/app/test_gateway_series.py).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway.names import keys_secret
from mwaa_operator.gateway.plan.timings import RolloutTimings
from mwaa_operator.gateway.tally import Rollout, Tally
from mwaa_operator.kube.errors import Unavailable
from tests.support.gatewayroom import GatewayRoom
from tests.support.sparkscene import ALL, CLUSTERS, target

TIMINGS = RolloutTimings()
AB = [target("a", weight=90), target("b", weight=10)]
DELETED = "2026-11-21T12:00:00Z"


@dataclass
class Scene:
    """A gateway, and what its passes told."""

    told: list[Tally] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room = GatewayRoom(measured=lambda key, figures: self.told.append(figures))
        self.key = self.room.gateway()

    def settled(self) -> Scene:
        self.room.settle(self.key, passes=600)
        return self

    @property
    def last(self) -> Tally:
        self.room.once(self.key)
        return self.told[-1]

    @property
    def rollouts(self) -> list[Rollout]:
        return [figures.rollout for figures in self.told if figures.rollout is not None]

    def until_ended(self, number: int) -> list[Rollout]:
        """Make passes until so many rollouts have ended."""
        for _ in range(200):
            if len(self.rollouts) >= number:
                return self.rollouts
            self.room.clock.forward(self.room.once(self.key))
        raise AssertionError(f"only {self.rollouts}")

    @property
    def results(self) -> list[str]:
        return [rollout.result for rollout in self.rollouts]

    def entry(self, route: str, letter: str) -> str:
        """Return the id of the entry of a route's target."""
        status = self.room.kube.objects[ObjectKey("SparkJobRoute", "data", route)]["status"]
        return str(next(item["entry"] for item in status["targets"] if item["name"] == letter))

    def runs(self, letter: str, **jobs: int) -> None:
        """Let jobs be under way on a cluster, by the ids of their entries."""
        self.room.clusters.running[letter] = {"spark": jobs}


def of(route: str, figures: Any) -> dict[str, Any]:
    """Return what is told of a route, by target."""
    return {name: value for (namespace, of_, name), value in figures.items() if (namespace, of_) == ("data", route)}


# How rollouts end


def test_a_rollout_counts_once_in_the_pass_that_stored_that_it_serves() -> None:
    scene = Scene().settled()
    assert scene.results == ["active"]
    scene.room.rest(scene.key, 3600.0)
    assert scene.results == ["active"]


def test_its_seconds_are_those_from_the_first_change_on_and_a_restart_does_not_shorten_them() -> None:
    scene = Scene().settled()
    scene.room.rest(scene.key, 3600.0)
    scene.room.route("one")
    begun = scene.room.clock()
    while len(scene.rollouts) < 2:
        scene.room.restarted()
        scene.room.clock.forward(scene.room.once(scene.key))
    assert scene.rollouts[1].seconds == pytest.approx(scene.room.clock() - begun, abs=1e-3)
    assert (scene.rollouts[1].seconds or 0.0) >= TIMINGS.debounce


def test_nobody_knows_how_long_what_somebody_else_rolled_took() -> None:
    scene = Scene().settled()
    before = scene.room.kube.objects[scene.key]["status"]["activeRevision"]["name"]
    scene.room.route("one")
    scene.settled()
    scene.told.clear()
    deployment = next(body for body in scene.room.kube.owned.bodies.values() if body["kind"] == "Deployment")
    deployment["spec"]["template"]["metadata"]["labels"]["mwaa-operator.io/revision"] = before
    scene.room.kube.owned.run()
    scene.room.once(scene.key)
    assert scene.rollouts == [Rollout("active", None)]


def test_an_end_that_could_not_be_stored_counts_when_it_is() -> None:
    scene = Scene()
    kube = scene.room.kube
    for number in range(40):
        kube.before_status = partial(kube.annotate, scene.key, seen=str(number))
        for _ in range(2):
            scene.room.clock.forward(scene.room.once(scene.key))
    assert scene.results == ["active"]


def test_an_end_counts_although_a_status_of_a_route_cannot_be_stored() -> None:
    scene = Scene().settled()
    scene.room.route("one")
    kube, store = scene.room.kube, scene.room.kube.apply_status

    def refusing(body: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
        if body["kind"] == "SparkJobRoute":
            raise Unavailable("no answer", status=0)
        return store(body, status)

    kube.apply_status = refusing  # type: ignore[method-assign]  # a fault at the seam
    for _ in range(80):
        with suppress(Unavailable):
            scene.room.controller.reconcile(scene.key)
        kube.owned.run()
        scene.room.clock.forward(TIMINGS.debounce)
    assert scene.results == ["active"] * 3, "the first file, the entries, the traffic"


def test_a_route_that_is_set_aside_counts_and_so_does_what_goes_on_without_it() -> None:
    scene = Scene().settled()
    scene.room.pods.broken = {"bad"}
    scene.room.route("bad")
    scene.room.route("good")
    scene.settled()
    assert scene.results == ["active", "active", "route_set_aside", "active"], "the entries, the culprit, the traffic"
    assert all(rollout.seconds is None for rollout in scene.rollouts if rollout.result != "active")


def test_a_proof_that_fails_without_a_culprit_counts_once_for_each_try() -> None:
    scene = Scene()
    scene.room.route("one", targets=AB)
    scene.settled().told.clear()
    scene.room.pods.broken = {"one"}
    scene.room.kube.edit(scene.key, access={"users": ["airflow", "somebody"]})
    assert scene.until_ended(1) == [Rollout("proof_failed")]
    scene.room.once(scene.key)
    assert len(scene.rollouts) == 1
    scene.room.kube.annotate(scene.key, retry_requested_at="now")
    assert scene.until_ended(2) == [Rollout("proof_failed")] * 2


# What was seen just now


def test_clusters_are_told_as_they_are_and_not_at_all_where_nobody_knows() -> None:
    scene = Scene().settled()
    assert scene.last.clusters == {"a": True, "b": True, "c": True}
    scene.room.clusters.down.add("b")
    assert scene.last.clusters == {"a": True, "b": False, "c": True}
    scene.room.clusters.unknown.add("c")
    assert scene.last.clusters == {"a": True, "b": False}
    disabled = [item | ({"state": "Disabled"} if item["name"] == "b" else {}) for item in CLUSTERS]
    scene.room.kube.edit(scene.key, clusters=disabled[:2])
    assert scene.last.clusters == {"a": True}


def test_routes_are_told_by_what_became_of_them() -> None:
    scene = Scene()
    scene.room.route("one")
    scene.room.route("two", targets=[target("elsewhere")])
    assert scene.last.routes == {"active": 0, "waiting": 1, "refused": 1, "leaving": 0}
    leaving = scene.room.route("three")
    scene.settled()
    assert scene.last.routes == {"active": 2, "waiting": 0, "refused": 1, "leaving": 0}
    scene.room.kube.objects[leaving]["metadata"]["deletionTimestamp"] = DELETED
    assert scene.last.routes == {"active": 1, "waiting": 0, "refused": 1, "leaving": 1}


def test_shares_are_those_of_status_and_of_no_target_that_spec_does_not_have() -> None:
    scene = Scene()
    route = scene.room.route("one", targets=[*AB, target("c", weight=0)])
    scene.settled()
    assert of("one", scene.last.shares) == {"a": 0.9, "b": 0.1, "c": 0.0}
    assert scene.room.kube.objects[route]["status"]["split"] == "a=9/10 b=1/10"
    scene.room.kube.edit(route, targets=AB[:1])
    assert of("one", scene.last.shares) == {"a": 0.9}
    scene.settled()
    assert of("one", scene.last.shares) == {"a": 1.0}


def test_shares_follow_a_failover() -> None:
    scene = Scene()
    scene.room.route("one", targets=AB)
    scene.settled()
    scene.room.clusters.down.add("a")
    scene.room.rest(scene.key, 600.0)
    assert of("one", scene.last.shares) == {"a": 0.0, "b": 1.0}


def test_a_route_whose_jobs_are_refused_has_no_shares() -> None:
    scene = Scene()
    scene.room.route("one", targets=AB)
    assert of("one", scene.last.shares) == {}, "not in the file yet"
    scene.settled()
    scene.room.kube.edit(scene.key, allowedRoutes={**ALL, "queues": ["another"]})
    scene.settled()
    assert of("one", scene.last.shares) == {}


def test_jobs_are_told_by_target_and_none_is_a_zero_only_where_somebody_counted() -> None:
    scene = Scene()
    scene.room.route("one", targets=AB)
    scene.settled()
    assert of("one", scene.last.jobs) == {}
    scene.runs("a", **{scene.entry("one", "a"): 3, "somebody": 7})
    assert of("one", scene.last.jobs) == {"a": 3}
    scene.runs("b", somebody=1)
    assert of("one", scene.last.jobs) == {"a": 3, "b": 0}
    scene.room.clusters.down.add("a")
    assert of("one", scene.last.jobs) == {"b": 0}


def test_jobs_of_another_namespace_are_not_the_routes() -> None:
    scene = Scene()
    scene.room.route("one", targets=AB)
    scene.settled()
    scene.room.clusters.running["a"] = {"other": {scene.entry("one", "a"): 3}}
    assert of("one", scene.last.jobs) == {}


def test_jobs_on_a_cluster_that_is_not_where_the_entry_says_are_not_the_routes() -> None:
    scene = Scene()
    scene.room.route("one", targets=AB)
    scene.settled()
    scene.runs("a", **{scene.entry("one", "a"): 3})
    scene.runs("b", **{scene.entry("one", "b"): 1})
    assert of("one", scene.last.jobs) == {"a": 3, "b": 1}
    scene.room.clusters.moved.add("a")
    assert of("one", scene.last.jobs) == {"b": 1}


def test_jobs_of_a_target_that_moved_are_those_in_both_places() -> None:
    scene = Scene()
    route = scene.room.route("one", targets=AB)
    scene.settled()
    old = scene.entry("one", "a")
    scene.room.clusters.left = 1
    scene.room.kube.edit(route, targets=[target("a", cluster="c"), AB[1]])
    scene.settled()
    scene.runs("a", **{old: 2})
    assert of("one", scene.last.jobs) == {}, "nobody counts on the new cluster yet"
    scene.runs("c", **{scene.entry("one", "a"): 1})
    assert of("one", scene.last.jobs) == {"a": 3}


# What nobody knows


@pytest.mark.parametrize("trouble", ["a spec that does not fit", "somebody else's Secret", "an older namesake"])
def test_a_pass_that_sees_nothing_leaves_no_figures_of_before(trouble: str) -> None:
    scene = Scene()
    scene.room.route("one")
    scene.settled()
    assert scene.last.clusters
    kube = scene.room.kube
    body = kube.objects[scene.key]
    if trouble == "a spec that does not fit":
        body["spec"]["replicas"] = -1
    elif trouble == "somebody else's Secret":
        metadata = {"name": keys_secret("general"), "namespace": "gateways"}
        kube.owned.bodies.pop(("Secret", "gateways", metadata["name"]))
        kube.owned.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    else:
        metadata = {**body["metadata"], "namespace": "elsewhere", "creationTimestamp": "2020-01-01T00:00:00Z"}
        kube.create({**body, "metadata": metadata}, uid="older")
    assert scene.last == Tally()
