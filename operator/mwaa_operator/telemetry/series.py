"""Series that are computed when they are scraped, because keeping them as metric objects would cost too much.

Queues are asked for their state; conditions are kept as interned tuples, since five thousand objects with a handful of
metric objects each would need more memory than the cache.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from sys import intern
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class QueueReading(Protocol):
    """What a queue tells about itself; fulfilled by the engine's `QueueFacts`."""

    @property
    def depth(self) -> int:
        """Keys that are ready."""
        ...

    @property
    def unfinished_seconds(self) -> float:
        """Sum of the ages of the passes under way."""
        ...

    @property
    def longest_running_seconds(self) -> float:
        """Age of the oldest pass under way."""
        ...


class Queues(Collector):
    """client-go's gauges of the workqueue."""

    def __init__(self) -> None:
        self._readers: dict[str, Callable[[], QueueReading]] = {}

    def add(self, name: str, read: Callable[[], QueueReading]) -> None:
        """Ask a queue at every scrape."""
        self._readers = {**self._readers, name: read}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the gauges of all queues."""
        readings = {name: read() for name, read in self._readers.items()}
        yield _gauge("workqueue_depth", "Current depth of the workqueue.", readings, lambda found: found.depth)
        yield _gauge(
            "workqueue_unfinished_work_seconds",
            "Seconds of work that is in progress and has not been observed by work_duration.",
            readings,
            lambda found: found.unfinished_seconds,
        )
        yield _gauge(
            "workqueue_longest_running_processor_seconds",
            "How many seconds the longest running pass has been running.",
            readings,
            lambda found: found.longest_running_seconds,
        )


def _gauge(
    name: str, text: str, readings: Mapping[str, QueueReading], value: Callable[[QueueReading], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["name"])
    for queue, reading in readings.items():
        family.add_metric([queue], value(reading))
    return family


class Conditions(Collector):
    """One series for each condition of each object: its current status, with the value 1."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._objects: dict[tuple[str, str, str], tuple[tuple[str, str], ...]] = {}

    def set(self, key: tuple[str, str, str], conditions: Mapping[str, str]) -> None:
        """Replace the conditions (type → status) of an object (kind, namespace, name)."""
        known = tuple((intern(type_), intern(status)) for type_, status in conditions.items())
        with self._lock:
            self._objects[key] = known

    def remove(self, key: tuple[str, str, str]) -> None:
        """Drop all series of an object."""
        with self._lock:
            self._objects.pop(key, None)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the conditions of all objects."""
        family = GaugeMetricFamily(
            self._name,
            "1 for the current status of each condition of each object.",
            labels=["kind", "namespace", "name", "type", "status"],
        )
        with self._lock:
            objects = list(self._objects.items())
        for key, conditions in objects:
            for condition in conditions:
                family.add_metric([*key, *condition], 1)
        yield family
