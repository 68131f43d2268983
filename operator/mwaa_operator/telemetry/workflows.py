"""Series about workflows and their runs: kept as plain numbers by object, computed when they are scraped, and gone with
the object. Counters begin with zeros, because a rate over a series that appears with its first failure misses it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

# botocore model mwaa-serverless: WorkflowRunStatus, those that are final, and RunType.
STATES = ("SUCCESS", "FAILED", "TIMEOUT", "STOPPED")
TYPES = ("ON_DEMAND", "SCHEDULED")
OTHER = "OTHER"
"""Shown for words of AWS that are new, so that their number stays bounded."""
LABELS = ("namespace", "name")

Key = tuple[str, str]
"""Namespace and name."""


@dataclass
class _Figures:
    runs: Counter[tuple[str, str]] = field(default_factory=Counter)
    task_failures: int = 0
    gauges: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class _Gauge:
    name: str
    text: str


class Workflows(Collector):
    """The series of all workflows.

    Args:
        prefix: Begins every name.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = f"{prefix}_workflow"
        self._lock = threading.Lock()
        self._objects: dict[Key, _Figures] = {}
        self._gauges = (
            _Gauge("active_runs", "Runs under way."),
            _Gauge("versions_used", "Versions that AWS keeps of the workflow."),
            _Gauge("versions_quota_ratio", "The part of the quota of versions that is used, 0 to 1."),
            _Gauge("last_success_timestamp_seconds", "When the newest run ended that did what successPolicy asks."),
        )

    def show(
        self,
        key: Key,
        *,
        active_runs: int | None,
        versions_used: int | None,
        versions_quota: int,
        last_success: float | None,
    ) -> None:
        """Replace what a workflow's gauges show; None: not known, and no series."""
        ratio = None if versions_used is None else versions_used / versions_quota
        with self._lock:
            self._of(key).gauges = (active_runs, versions_used, ratio, last_success)

    def ended(self, key: Key, *, state: str, type_: str, failed_tasks: int) -> None:
        """Count a run that has ended."""
        with self._lock:
            found = self._of(key)
            found.runs[known(state, STATES), known(type_, TYPES)] += 1
            found.task_failures += failed_tasks

    def remove(self, key: Key) -> None:
        """Drop all series of a workflow."""
        with self._lock:
            self._objects.pop(key, None)

    def collect(self) -> Iterator[Metric]:
        """Return the series of all workflows."""
        with self._lock:
            found = [(key, Counter(item.runs), item.task_failures, item.gauges) for key, item in self._objects.items()]
        runs = CounterMetricFamily(f"{self._prefix}_runs", "Runs that ended.", labels=[*LABELS, "state", "type"])
        tasks = CounterMetricFamily(f"{self._prefix}_task_failures", "Tasks whose last attempt failed.", labels=LABELS)
        families = [GaugeMetricFamily(f"{self._prefix}_{item.name}", item.text, labels=LABELS) for item in self._gauges]
        for key, counted, failures, gauges in found:
            for words in dict.fromkeys([*product(STATES, TYPES), *counted]):
                runs.add_metric([*key, *words], counted[words])
            tasks.add_metric(key, failures)
            for family, value in zip(families, gauges, strict=False):
                if value is not None:
                    family.add_metric(key, value)
        yield from (runs, tasks, *families)

    def _of(self, key: Key) -> _Figures:
        return self._objects.setdefault(key, _Figures())


def known(word: str, words: tuple[str, ...]) -> str:
    """Return a word of AWS as a label."""
    return word if word in words else OTHER
