"""Series about gateways, their rollouts and the targets of their routes: plain numbers, computed when they are scraped.

A pass replaces all that it saw, so that what it sees no more, or cannot know, has no series. Those of a route are kept
with its gateway, whose passes measure them, and go with either. They know nothing of what the numbers mean.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mwaa_operator.telemetry import buckets

RESULTS = ("active", "proof_failed", "route_set_aside")
LABELS = ("namespace", "name")

Key = tuple[str, str]
"""Namespace and name."""
TargetKey = tuple[str, str, str]
"""Namespace and name of a route, and one of its targets; likewise a gateway and one of its clusters."""


@dataclass(frozen=True)
class _Figures:
    """What is known of one gateway; replaced as a whole, so that a scrape holds the lock for a moment only."""

    rollouts: Counter[str] = field(default_factory=Counter)
    clusters: Mapping[str, bool] = field(default_factory=dict)
    routes: Mapping[str, int] = field(default_factory=dict)
    jobs: Mapping[TargetKey, int] = field(default_factory=dict)
    shares: Mapping[TargetKey, float] = field(default_factory=dict)


class Gateways(Collector):
    """The series of all gateways and their routes.

    Args:
        prefix: Begins every name.
    """

    def __init__(self, prefix: str) -> None:
        self._gateway, self._route = f"{prefix}_gateway", f"{prefix}_route"
        self._lock = threading.Lock()
        self._objects: dict[Key, _Figures] = {}
        self._seconds = Histogram(
            f"{self._gateway}_rollout_duration_seconds",
            "How long it took from the first change of a revision on until all pods served it.",
            buckets=buckets.ROLLOUT,
            registry=None,
        )

    def show(
        self,
        key: Key,
        *,
        clusters: Mapping[str, bool],
        routes: Mapping[str, int],
        jobs: Mapping[TargetKey, int],
        shares: Mapping[TargetKey, float],
    ) -> None:
        """Replace what the gauges of a gateway and its routes show; what is not there has no series.

        Args:
            key: The gateway.
            clusters: Name to whether it can run jobs.
            routes: State to the number of routes.
            jobs: Jobs under way of each target.
            shares: The share of each target in the jobs of its queue, 0 to 1.
        """
        with self._lock:
            self._objects[key] = _Figures(self._of(key).rollouts, clusters, routes, jobs, shares)

    def ended(self, key: Key, *, result: str, seconds: float | None) -> None:
        """Count a rollout that has ended; None: nobody knows how long it took, or it failed."""
        with self._lock:
            found = self._of(key)
            self._objects[key] = replace(found, rollouts=found.rollouts + Counter({result: 1}))
        if seconds is not None:
            self._seconds.observe(seconds)

    def remove(self, key: Key) -> None:
        """Drop all series of a gateway, those of its routes among them."""
        with self._lock:
            self._objects.pop(key, None)

    def remove_route(self, key: Key) -> None:
        """Drop all series of a route, whatever gateway it has."""
        with self._lock:
            self._objects = {gateway: _without(found, key) for gateway, found in self._objects.items()}

    def collect(self) -> Iterator[Metric]:
        """Return the series of all gateways and routes."""
        with self._lock:
            found = dict(self._objects)
        each = found.values()
        yield _rollouts(f"{self._gateway}_rollouts", found)
        yield from self._seconds.collect()
        clusters = {(*key, name): is_well for key, item in found.items() for name, is_well in item.clusters.items()}
        text = "1 if a cluster of a gateway can run jobs, 0 if not."
        yield _gauge(f"{self._gateway}_cluster_healthy", text, "cluster", clusters)
        routes = {(*key, state): number for key, item in found.items() for state, number in item.routes.items()}
        yield _gauge(f"{self._gateway}_routes", "Routes that refer to a gateway.", "state", routes)
        jobs = {place: number for item in each for place, number in item.jobs.items()}
        yield _gauge(f"{self._route}_target_active_jobs", "Jobs of a target under way.", "target", jobs)
        shares = {place: share for item in each for place, share in item.shares.items()}
        text = "The share of a target in the jobs of its queue, 0 to 1."
        yield _gauge(f"{self._route}_target_share_ratio", text, "target", shares)

    def _of(self, key: Key) -> _Figures:
        return self._objects.get(key, _Figures())


def _rollouts(name: str, gateways: Mapping[Key, _Figures]) -> Metric:
    family = CounterMetricFamily(name, "Rollouts that ended.", labels=[*LABELS, "result"])
    for key, item in gateways.items():
        for result in dict.fromkeys([*RESULTS, *item.rollouts]):
            family.add_metric([*key, result], item.rollouts[result])
    return family


def _gauge(name: str, text: str, label: str, values: Mapping[TargetKey, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[*LABELS, label])
    for place, value in values.items():
        family.add_metric(place, value)
    return family


def _without(gateway: _Figures, route: Key) -> _Figures:
    jobs = {place: number for place, number in gateway.jobs.items() if place[:2] != route}
    shares = {place: share for place, share in gateway.shares.items() if place[:2] != route}
    return replace(gateway, jobs=jobs, shares=shares)
