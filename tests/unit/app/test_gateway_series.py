"""From passes of a gateway to what Prometheus reads: series come with what is seen, and go with what they name."""

from __future__ import annotations

from dataclasses import dataclass, field

from mwaa_operator.app.observing import Observing
from mwaa_operator.gateway import api as gateway_api
from mwaa_operator.gateway.tally import RESULTS as RESULTS_OF_PASSES
from mwaa_operator.route import api as route_api
from mwaa_operator.telemetry import gateways
from mwaa_operator.telemetry.metrics import GATEWAY, ROUTE
from tests.support.gatewayroom import GatewayRoom
from tests.support.observing import observing
from tests.support.sparkscene import CLUSTERS, target

AB = [target("a", weight=75), target("b", weight=25)]


@dataclass
class Scene:
    """A gateway with a route, at rest, and what is exposed of it."""

    observing: Observing = field(default_factory=observing)

    def __post_init__(self) -> None:
        told = self.observing
        self.room = GatewayRoom(reported=told.reported, measured=told.gateway_measured)
        self.key = self.room.gateway()
        self.route = self.room.route("one", targets=AB)
        self.room.settle(self.key)

    def exposed(self, name: str) -> dict[str, float]:
        """Return the series of a metric of ours by the label that tells them apart."""
        shown = self.observing.metrics.render()[0].decode()
        lines = (line for line in shown.splitlines() if line.startswith(f"mwaa_operator_{name}{{"))
        return {_last(labels): float(value) for labels, _, value in (line.rpartition(" ") for line in lines)}

    def named(self, text: str) -> list[str]:
        """Return the lines that name something."""
        return [line for line in self.observing.metrics.render()[0].decode().splitlines() if f'"{text}"' in line]


def _last(labels: str) -> str:
    """Return the value of the label that is neither namespace nor name."""
    pairs = dict(item.split("=") for item in labels.partition("{")[2].rstrip("}").split(","))
    return next(value.strip('"') for name, value in pairs.items() if name not in ("namespace", "name"))


def test_a_gateway_at_rest_exposes_what_it_knows() -> None:
    scene = Scene()
    scene.room.clusters.running["a"] = {"spark": {_entry(scene, "a"): 4}}
    scene.room.once(scene.key)
    assert scene.exposed("gateway_rollouts_total") == {"active": 1, "proof_failed": 0, "route_set_aside": 0}
    assert scene.exposed("gateway_cluster_healthy") == {"a": 1, "b": 1, "c": 1}
    assert scene.exposed("gateway_routes") == {"active": 1, "waiting": 0, "refused": 0, "leaving": 0}
    assert scene.exposed("route_target_share_ratio") == {"a": 0.75, "b": 0.25}
    assert scene.exposed("route_target_active_jobs") == {"a": 4}
    assert "mwaa_operator_gateway_rollout_duration_seconds_count 1.0" in scene.observing.metrics.render()[0].decode()


def test_series_of_a_target_go_with_it() -> None:
    scene = Scene()
    scene.room.kube.edit(scene.route, targets=[target("c")])
    scene.room.rest(scene.key, 600.0)
    assert scene.exposed("route_target_share_ratio") == {"c": 1.0}


def test_series_of_a_cluster_go_with_it_and_while_nobody_knows() -> None:
    scene = Scene()
    scene.room.clusters.unknown.add("b")
    scene.room.once(scene.key)
    assert scene.exposed("gateway_cluster_healthy") == {"a": 1, "c": 1}
    scene.room.clusters.unknown.clear()
    scene.room.clusters.down.add("b")
    scene.room.kube.edit(scene.key, clusters=CLUSTERS[:2])
    scene.room.once(scene.key)
    assert scene.exposed("gateway_cluster_healthy") == {"a": 1, "b": 0}


def test_series_of_a_route_go_with_it_at_once_and_do_not_come_back() -> None:
    scene = Scene()
    other = scene.room.route("two")
    scene.room.settle(scene.key)
    del scene.room.kube.objects[scene.route]
    scene.observing.reported(scene.route, None)
    assert scene.named("one") == []
    scene.room.once(scene.key)
    assert scene.named("one") == []
    assert scene.named(other.name)


def test_a_route_that_is_gone_before_anybody_says_so_has_no_series_after_the_next_pass() -> None:
    scene = Scene()
    del scene.room.kube.objects[scene.route]
    scene.room.once(scene.key)
    assert scene.exposed("route_target_share_ratio") == {}


def test_series_of_a_gateway_and_of_its_routes_go_with_it() -> None:
    scene = Scene()
    del scene.room.kube.objects[scene.key]
    scene.room.controller.reconcile(scene.key)
    assert scene.named("general") == []
    assert scene.exposed("route_target_share_ratio") == {}


def test_the_words_of_passes_are_those_that_begin_with_zero() -> None:
    assert tuple(RESULTS_OF_PASSES.values()) == gateways.RESULTS


def test_the_kinds_are_called_as_their_rooms_call_them() -> None:
    assert (gateway_api.KIND.kind, route_api.KIND.kind) == (GATEWAY, ROUTE)


def _entry(scene: Scene, letter: str) -> str:
    status = scene.room.kube.objects[scene.route]["status"]
    return str(next(item["entry"] for item in status["targets"] if item["name"] == letter))
