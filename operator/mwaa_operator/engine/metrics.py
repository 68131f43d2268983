"""What the engine counts: a small protocol that telemetry fulfils with Prometheus.

The engine and telemetry are siblings; cli hands one to the other. Every call must be cheap (a microsecond) and must
never raise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

Outcome = Literal["success", "error", "requeue", "requeue_after"]
"""controller-runtime's values of the label `result`."""


@dataclass(frozen=True)
class QueueFacts:
    """One look at a queue.

    Attributes:
        depth: Keys that a worker could take now.
        delayed: Keys that wait for their time.
        running: Keys that workers have in hand.
        oldest_ready_seconds: How long the first key of the longest waiting priority has been ready; 0 without any.
        unmoved_seconds: How long keys have been ready without any being taken; 0 without any.
        unfinished_seconds: Sum of the ages of the passes under way.
        longest_running_seconds: Age of the oldest pass under way.
    """

    depth: int = 0
    delayed: int = 0
    running: int = 0
    oldest_ready_seconds: float = 0.0
    unmoved_seconds: float = 0.0
    unfinished_seconds: float = 0.0
    longest_running_seconds: float = 0.0


class EngineMetrics(Protocol):
    """The engine's counters, gauges and histograms; controller and queue names are kinds."""

    def queue_registered(self, queue: str, read: Callable[[], QueueFacts]) -> None:
        """Learn how to look at a queue; called once for each."""
        ...

    def queue_added(self, queue: str) -> None:
        """Count a key that became ready."""
        ...

    def queue_waited(self, queue: str, seconds: float) -> None:
        """Observe how long a key was ready before a worker took it."""
        ...

    def queue_worked(self, queue: str, seconds: float) -> None:
        """Observe how long a worker had a key."""
        ...

    def queue_retried(self, queue: str) -> None:
        """Count a key that goes back because its pass failed."""
        ...

    def workers(self, controller: str, number: int) -> None:
        """Set how many passes may run at once."""
        ...

    def pass_started(self, controller: str) -> None:
        """Count a pass that begins."""
        ...

    def pass_finished(self, controller: str, outcome: Outcome, seconds: float) -> None:
        """Count a pass that ended, and observe how long it took."""
        ...

    def pass_terminal(self, controller: str) -> None:
        """Count a failure that only a person can help; counted as an error as well."""
        ...

    def pass_panicked(self, controller: str) -> None:
        """Count a failure that is a fault of the program; counted as an error as well."""
        ...

    def leading(self, lease: str, leads: bool) -> None:
        """Set whether this process leads."""
        ...

    def cache_diverged(self, kind: str, number: int) -> None:
        """Count objects that the cache had wrong."""
        ...

    def object_gone(self, kind: str, namespace: str, name: str) -> None:
        """Drop every series that names the object."""
        ...


class NullMetrics:
    """Counts nothing."""

    def queue_registered(self, queue: str, read: Callable[[], QueueFacts]) -> None:
        """Drop it."""

    def queue_added(self, queue: str) -> None:
        """Drop it."""

    def queue_waited(self, queue: str, seconds: float) -> None:
        """Drop it."""

    queue_worked = queue_waited

    queue_retried = pass_started = pass_terminal = pass_panicked = queue_added

    def workers(self, controller: str, number: int) -> None:
        """Drop it."""

    cache_diverged = workers

    def pass_finished(self, controller: str, outcome: Outcome, seconds: float) -> None:
        """Drop it."""

    def leading(self, lease: str, leads: bool) -> None:
        """Drop it."""

    def object_gone(self, kind: str, namespace: str, name: str) -> None:
        """Drop it."""
