"""What the engine's tests share: bodies, keys, a log and metrics that remember, and randomness with a known answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from mwaa_operator.api.meta import API_VERSION, ObjectKey
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.metrics import NullMetrics, QueueFacts
from tests.support.clock import FakeClock

KIND = "Widget"


def key(name: str = "one", *, kind: str = KIND, namespace: str = "team") -> ObjectKey:
    return ObjectKey(kind, namespace, name)


def body(
    name: str = "one",
    *,
    version: int | str = 1,
    uid: str | None = None,
    kind: str = KIND,
    namespace: str = "team",
    spec: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
    **metadata: Any,
) -> dict[str, Any]:
    """Return an object as the API server sends it; the uid follows from the name unless it is given."""
    found: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid or f"uid-{name}",
            "resourceVersion": str(version),
            "generation": 1,
            **metadata,
        },
        "spec": spec or {"size": 1},
    }
    if status is not None:
        found["status"] = status
    return found


class MiddleRandom(Random):
    """Answers the middle of every range, so that jitter is known."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


class RecordingLog:
    """Remembers every line."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def _remember(self, level: str) -> Callable[..., None]:
        def remember(event: str, /, **fields: object) -> None:
            self.lines.append((level, event, fields))

        return remember

    def __getattr__(self, level: str) -> Callable[..., None]:
        return self._remember(level)

    def events(self, *levels: str) -> list[str]:
        return [event for level, event, _ in self.lines if not levels or level in levels]

    def fields(self, event: str) -> dict[str, Any]:
        return next(fields for _, name, fields in self.lines if name == event)


class RecordingMetrics(NullMetrics):
    """Remembers what the tests ask about."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.outcomes: list[str] = []
        self.leads: list[bool] = []
        self.gone: list[ObjectKey] = []
        self.diverged: Counter[str] = Counter()
        self.waited: list[float] = []
        self.worked: list[float] = []
        self.queues: dict[str, Callable[[], QueueFacts]] = {}

    def queue_registered(self, queue: str, read: Callable[[], QueueFacts]) -> None:
        self.queues[queue] = read

    def queue_added(self, queue: str) -> None:
        self.counts["added"] += 1

    def queue_waited(self, queue: str, seconds: float) -> None:
        self.waited.append(seconds)

    def queue_worked(self, queue: str, seconds: float) -> None:
        self.worked.append(seconds)

    def queue_retried(self, queue: str) -> None:
        self.counts["retried"] += 1

    def pass_started(self, controller: str) -> None:
        self.counts["started"] += 1

    def pass_finished(self, controller: str, outcome: str, seconds: float) -> None:
        self.outcomes.append(outcome)

    def pass_terminal(self, controller: str) -> None:
        self.counts["terminal"] += 1

    def pass_panicked(self, controller: str) -> None:
        self.counts["panicked"] += 1

    def leading(self, lease: str, leads: bool) -> None:
        self.leads.append(leads)

    def cache_diverged(self, kind: str, number: int) -> None:
        self.diverged[kind] += number

    def object_gone(self, kind: str, namespace: str, name: str) -> None:
        self.gone.append(ObjectKey(kind, namespace, name))


class Lab:
    """The engine's instruments, all of them fakes that a test can read."""

    def __init__(self) -> None:
        self.clock, self.log, self.metrics, self.rng = FakeClock(), RecordingLog(), RecordingMetrics(), MiddleRandom()
        self.instruments = Instruments(clock=self.clock, rng=self.rng, metrics=self.metrics, log=self.log)


def in_thread(function: Callable[[], object]) -> threading.Thread:
    """Run a function in a daemon thread and return it, started."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    return thread


def ended(thread: threading.Thread, within: float = 20.0) -> bool:
    """Wait for a thread, at most `within` real seconds, and return whether it has ended."""
    thread.join(within)
    return not thread.is_alive()
