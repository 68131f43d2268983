"""Series about gateways and routes: what a pass did not see is gone, and so is what names an object that is gone."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from mwaa_operator.telemetry.gateways import RESULTS, Gateways

ONE, OTHER = ("gateways", "general"), ("gateways", "phi")
DIGITAL, SCIENCE = ("data", "digital", "a"), ("data", "science", "a")
NOTHING: dict[str, Any] = {"clusters": {}, "routes": {}, "jobs": {}, "shares": {}}
SEEN: dict[str, Any] = {
    "clusters": {"a": True, "b": False},
    "routes": {"active": 2, "waiting": 0},
    "jobs": {DIGITAL: 3, SCIENCE: 0},
    "shares": {DIGITAL: 0.75},
}


def exposed(gateways: Gateways) -> dict[str, float]:
    """Return every series that names an object, without its prefix."""
    registry = CollectorRegistry(auto_describe=True)
    registry.register(gateways)
    found = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            if "name" in sample.labels:
                namespace, name = sample.labels.pop("namespace"), sample.labels.pop("name")
                (last,) = sample.labels.values()
                found[f"{sample.name} {namespace}/{name}/{last}".removeprefix("o_")] = sample.value
    return found


def test_all_that_was_seen_has_a_series() -> None:
    gateways = Gateways("o")
    gateways.show(ONE, **SEEN)
    gateways.ended(ONE, result="active", seconds=42.0)
    assert exposed(gateways) == {
        "gateway_rollouts_total gateways/general/active": 1,
        "gateway_rollouts_total gateways/general/proof_failed": 0,
        "gateway_rollouts_total gateways/general/route_set_aside": 0,
        "gateway_cluster_healthy gateways/general/a": 1,
        "gateway_cluster_healthy gateways/general/b": 0,
        "gateway_routes gateways/general/active": 2,
        "gateway_routes gateways/general/waiting": 0,
        "route_target_active_jobs data/digital/a": 3,
        "route_target_active_jobs data/science/a": 0,
        "route_target_share_ratio data/digital/a": 0.75,
    }


def test_what_a_pass_sees_no_more_is_gone_but_for_what_was_counted() -> None:
    gateways = Gateways("o")
    gateways.show(ONE, **SEEN)
    gateways.ended(ONE, result="proof_failed", seconds=None)
    gateways.show(ONE, **{**NOTHING, "clusters": {"b": True}})
    assert {name: value for name, value in exposed(gateways).items() if value} == {
        "gateway_rollouts_total gateways/general/proof_failed": 1,
        "gateway_cluster_healthy gateways/general/b": 1,
    }


def test_counters_show_zeros_before_anything_ends_and_no_object_shows_anothers() -> None:
    gateways = Gateways("o")
    gateways.show(ONE, **NOTHING)
    gateways.show(OTHER, **NOTHING)
    gateways.ended(OTHER, result="active", seconds=None)
    found = exposed(gateways)
    assert len(found) == 2 * len(RESULTS)
    assert [name for name, value in found.items() if value] == ["gateway_rollouts_total gateways/phi/active"]


def test_a_gateway_takes_the_series_of_its_routes_with_it_and_no_others() -> None:
    gateways = Gateways("o")
    gateways.show(ONE, **SEEN)
    gateways.show(OTHER, **{**NOTHING, "jobs": {("data", "trials", "a"): 1}})
    gateways.remove(ONE)
    gateways.remove(("gateways", "never seen"))
    assert {name for name, value in exposed(gateways).items() if value} == {"route_target_active_jobs data/trials/a"}
    assert not any("general" in name for name in exposed(gateways))


def test_a_route_takes_its_own_series_with_it_and_no_others() -> None:
    gateways = Gateways("o")
    gateways.show(ONE, **SEEN)
    gateways.ended(ONE, result="active", seconds=None)
    before = exposed(gateways)
    gateways.remove_route(("data", "digital"))
    gateways.remove_route(("science", "data"))
    assert {name for name in before if "digital" in name} == before.keys() - exposed(gateways).keys()
    assert exposed(gateways).items() <= before.items()


@pytest.mark.parametrize(("seconds", "expected"), [(None, 0), (0.0, 1), (42.0, 1), (1e6, 1)])
def test_only_a_known_duration_is_observed(seconds: float | None, expected: int) -> None:
    gateways = Gateways("o")
    gateways.ended(ONE, result="active", seconds=seconds)
    gateways.remove(ONE)
    samples = {sample.name: sample.value for family in gateways.collect() for sample in family.samples}
    assert samples["o_gateway_rollout_duration_seconds_count"] == expected, "it names no object and stays"
