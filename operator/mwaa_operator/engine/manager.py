"""The manager: all parts of the engine put together for a list of controllers, from start to drain.

Workers start when this process leads and every kind has been listed in full, whichever comes last; they stop for good
when the lead is lost or the process is asked to end. It knows no kind, and does not end the process itself: it tells.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.timing import Timings
from mwaa_operator.engine.backoff import Backoff
from mwaa_operator.engine.cache import Cache
from mwaa_operator.engine.controller import Registration
from mwaa_operator.engine.dispatch import Dispatcher
from mwaa_operator.engine.entry import Body
from mwaa_operator.engine.health import Problem
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.leadership import Leadership
from mwaa_operator.engine.queue import KeyedQueue, Priority
from mwaa_operator.engine.resync import Intervals, Lister, Resync
from mwaa_operator.engine.supervisor import Supervisor
from mwaa_operator.engine.worker import Passes, Worker

WORKER = "worker/"
STUCK_AFTER = 900.0
"""Seconds without movement after which a queue or a pass counts as stuck: far beyond what time-outs allow a pass."""


@dataclass(frozen=True)
class Source:
    """Where lists come from.

    Attributes:
        list_kind: Lists a kind; see `resync.Lister`.
        errors: What it raises when it cannot; anything else ends the process.
        also: Kinds that are cached without having a controller or being watched by one.
    """

    list_kind: Lister
    errors: tuple[type[Exception], ...]
    also: tuple[str, ...] = ()


class Manager:
    """The engine of one process.

    Args:
        registrations: The controllers; at most one for each kind.
        cache: The cache that the controllers read; still empty.
        leadership: Gates the workers.
        source: Where lists come from.
        timings: All durations, already scaled.
        on_exit: Called with the reason when the process has to end, in the thread that found out; may not return.
        passes: Told which thread is in which pass.
        instruments: Handed to all parts.
    """

    def __init__(
        self,
        *,
        registrations: Sequence[Registration],
        cache: Cache,
        leadership: Leadership,
        source: Source,
        timings: Timings,
        on_exit: Callable[[str], None],
        passes: Passes,
        instruments: Instruments,
    ) -> None:
        self._registrations = {registration.controller.kind: registration for registration in registrations}
        if len(self._registrations) != len(registrations):
            raise ValueError("two controllers for one kind")
        self._cache, self._leadership, self._on_exit, self._passes = cache, leadership, on_exit, passes
        self._timings, self._instruments = timings, instruments
        self._clock, self._log = instruments.clock, instruments.log
        self._lock = threading.Lock()
        self._leading, self._working, self._draining = False, False, False
        self.supervisor = Supervisor(on_death=self._on_death, clock=self._clock, log=self._log)
        watches = [watch for registration in registrations for watch in registration.watches]
        self._kinds = tuple(dict.fromkeys([*self._registrations, *(w.source_kind for w in watches), *source.also]))
        self._queues = {kind: KeyedQueue(kind, self._clock, instruments.metrics) for kind in self._registrations}
        self._backoffs = {kind: self._backoff() for kind in self._registrations}
        self._workers = {kind: self._worker(kind) for kind in self._registrations}
        self._dispatcher = Dispatcher(cache=cache, queues=self._queues, backoffs=self._backoffs, watches=watches)
        self._resync = Resync(
            kinds=self._kinds,
            lister=source.list_kind,
            list_errors=source.errors,
            cache=cache,
            queues=self._queues,
            on_filled=self._on_filled,
            intervals=Intervals(resync=timings.resync),
            instruments=instruments,
        )

    def start(self) -> None:
        """Start filling the cache and striving for the lead; returns at once."""
        self.supervisor.start("resync", self._resync.run)
        self.supervisor.start("leader", self._lead)

    def on_event(self, type_: str | None, body: Body) -> None:
        """Take in one event of a watch; cheap enough for an event loop. See `Dispatcher.on_event`."""
        self._dispatcher.on_event(type_, body)

    def enqueue(self, key: ObjectKey, priority: Priority = Priority.RESYNC) -> None:
        """Ask for a look at an object, for those who find out by other means than a watch.

        Raises:
            KeyError: The kind has no controller.
        """
        self._queues[key.kind].add(key, priority)

    def drain(self, seconds: float) -> bool:
        """End in order: take no more keys, finish the passes under way, release the lease, stop the rest.

        Args:
            seconds: For the passes under way. Those that take longer are left behind, and the lease is then left to
                run out, because they may still be mutating.

        Returns:
            Whether all passes have ended.
        """
        with self._lock:
            self._draining = True
        self.supervisor.stopping()
        self._stop_dispatch()
        until = self._clock.monotonic() + seconds
        left = self.supervisor.join(until=until, prefix=WORKER)
        self._leadership.stop(release=not left)
        self._resync.stop()
        # The lease is released in the election's own thread.
        self.supervisor.join(until=max(until, self._clock.monotonic() + 5.0), prefix="leader")
        self._log.info("manager.drained", unfinished=left)
        return not left

    def liveness(self) -> list[Problem]:
        """Return what a restart would heal; empty while all is well."""
        problems = [*self.supervisor.problems(), *self._leadership.problems(), *self._resync.problems()]
        if self._working and not self._draining:
            for kind, queue in self._queues.items():
                problems.extend(_queue_problems(kind, queue))
        return problems

    def readiness(self) -> list[Problem]:
        """Return the kinds that have not been listed in full yet."""
        return [Problem(f"cache/{kind}", "not listed in full yet") for kind in self._unfilled()]

    def _backoff(self) -> Backoff:
        return Backoff(base=self._timings.backoff_base, cap=self._timings.backoff_cap, rng=self._instruments.rng)

    def _worker(self, kind: str) -> Worker:
        return Worker(
            controller=self._registrations[kind].controller,
            queue=self._queues[kind],
            backoff=self._backoffs[kind],
            stalled=self._timings.stalled,
            exists=lambda key: self._cache.entry(key) is not None,
            passes=self._passes,
            instruments=self._instruments,
        )

    def _lead(self) -> None:
        self._leadership.run(on_started=self._on_started, on_lost=self._on_lost)

    def _on_started(self) -> None:
        with self._lock:
            self._leading = True
        self._start_workers()

    def _on_filled(self, kind: str) -> None:
        self._dispatcher.filled(kind)
        self._start_workers()

    def _start_workers(self) -> None:
        with self._lock:
            if self._working or self._draining or not self._leading or self._unfilled():
                return
            self._working = True
        for kind, registration in self._registrations.items():
            self._instruments.metrics.workers(kind, registration.workers)
            for number in range(registration.workers):
                self.supervisor.start(f"{WORKER}{kind}/{number}", self._workers[kind].run)
        self._log.info("workers.started", kinds=list(self._registrations))

    def _on_lost(self, reason: str) -> None:
        self.supervisor.stopping()
        self._stop_dispatch()
        self._on_exit(f"lost the lead: {reason}")

    def _on_death(self, part: str, cause: BaseException | None) -> None:
        self._stop_dispatch()
        self._on_exit(f"{part} died: {cause!r}")

    def _stop_dispatch(self) -> None:
        for queue in self._queues.values():
            queue.shut_down()

    def _unfilled(self) -> list[str]:
        return self._dispatcher.unfilled(self._kinds)


def _queue_problems(kind: str, queue: KeyedQueue) -> list[Problem]:
    # Not the age of the oldest key: behind a rate limit of AWS a healthy queue is long for longer than that.
    facts = queue.facts()
    found = []
    if facts.unmoved_seconds > STUCK_AFTER:
        text = f"{facts.depth} keys are ready and none was taken for {facts.unmoved_seconds:.0f} s"
        found.append(Problem(f"queue/{kind}", text))
    if facts.longest_running_seconds > STUCK_AFTER:
        found.append(Problem(f"worker/{kind}", f"a pass has run for {facts.longest_running_seconds:.0f} s"))
    return found
