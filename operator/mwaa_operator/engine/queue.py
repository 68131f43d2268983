"""The keyed queue: which object to look at next. The semantics are client-go's workqueue.

A key waits at most once, is never in two workers' hands at once, and runs again when it became dirty while running.
Delayed keys wait in one heap. A key carries no information but its priority; what to do is found out in the pass.

One rule beyond client-go: a pass decides anew when it wants to be called again, so a key that is about to run needs no
delayed look, and loses the one that it had.
"""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from collections import OrderedDict
from enum import IntEnum

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.engine.clock import Clock
from mwaa_operator.engine.metrics import EngineMetrics, QueueFacts


class Priority(IntEnum):
    """Who goes first; the smaller number does."""

    USER = 0
    """A person or a pipeline changed something and watches for the effect."""
    RESYNC = 1
    """Our own looks: resync, polls, retries, dependents of a changed object."""


class KeyedQueue:
    """A de-duplicating queue with exclusive keys, delays and two priorities; safe for many threads.

    Args:
        name: For the metrics: the kind.
        clock: Judges delays and wakes getters.
        metrics: Told of every key.
    """

    def __init__(self, name: str, clock: Clock, metrics: EngineMetrics) -> None:
        self.name = name
        self._clock, self._metrics = clock, metrics
        # Getters sleep on `_idle`, but for one: the timekeeper sleeps on `_timer` until the next delay ends. If all of
        # them kept the time, each delay would wake all workers for one key.
        self._lock = threading.Lock()
        self._idle, self._timer = threading.Condition(self._lock), threading.Condition(self._lock)
        self._sleepers, self._has_timekeeper = 0, False
        # Where a key is: ready (value: since when), running (priority, since when), dirty while running, or delayed.
        # Ready or dirty excludes delayed; OrderedDict because it pops its first item in constant time.
        self._ready: tuple[OrderedDict[ObjectKey, float], OrderedDict[ObjectKey, float]] = OrderedDict(), OrderedDict()
        self._running: dict[ObjectKey, tuple[Priority, float]] = {}
        self._dirty: dict[ObjectKey, Priority] = {}
        self._delayed: dict[ObjectKey, float] = {}
        # Entries of the heap outlive their key's delay; one counts only while it says what _delayed says.
        self._heap: list[tuple[float, int, ObjectKey]] = []
        self._sequence = itertools.count()
        self._moved_at = 0.0
        self._closed = False
        metrics.queue_registered(name, self.facts)

    def add(self, key: ObjectKey, priority: Priority = Priority.USER) -> None:
        """Make a key ready now; a delayed key becomes ready, a waiting one is upgraded, a running one runs again."""
        with self._lock:
            if not self._closed:
                self._add(key, priority)

    def add_after(self, key: ObjectKey, seconds: float) -> None:
        """Make a key ready in `seconds`; of several delays the earliest counts. Ignored if it will run anyway.

        Its priority is RESYNC: what can wait is not a user's edit.
        """
        with self._lock:
            if self._closed:
                return
            if seconds <= 0:
                self._add(key, Priority.RESYNC)
            elif not self._is_ready(key) and key not in self._dirty:
                self._delay(key, self._clock.monotonic() + seconds)

    def add_if_absent(self, key: ObjectKey, seconds: float) -> bool:
        """Make a key ready in `seconds` unless the queue knows it already in any way; return whether it did not."""
        with self._lock:
            if self._closed or key in self._delayed or key in self._running or self._is_ready(key):
                return False
            self._delay(key, self._clock.monotonic() + seconds)
            return True

    def get(self, timeout: float | None = None) -> ObjectKey | None:
        """Take a key; the caller must give it back with `done`.

        Args:
            timeout: Seconds to wait at most; None waits for a key or the end.

        Returns:
            A key, or None when the time is up or the queue was shut down.
        """
        with self._lock:
            deadline = math.inf if timeout is None else self._clock.monotonic() + timeout
            while not self._closed:
                now = self._clock.monotonic()
                due = self._promote(now)
                key = self._take(now)
                if key is not None or now >= deadline:
                    self._hand_on()
                    return key
                self._sleep(due, deadline)
            return None

    def done(self, key: ObjectKey) -> None:
        """Give a key back; it becomes ready again if it was added meanwhile.

        Raises:
            KeyError: The key was not taken.
        """
        with self._lock:
            now = self._clock.monotonic()
            _, since = self._running.pop(key)
            if (priority := self._dirty.pop(key, None)) is not None:
                self._make_ready(key, priority, now)
        self._metrics.queue_worked(self.name, now - since)

    def priority(self, key: ObjectKey) -> Priority:
        """Return the priority under which a running key was taken; RESYNC for any other."""
        with self._lock:
            return self._running.get(key, (Priority.RESYNC, 0.0))[0]

    def shut_down(self) -> None:
        """Drop every key that is not running, take no more, and wake all getters."""
        with self._lock:
            self._closed = True
            for waiting in self._ready:
                waiting.clear()
            self._dirty.clear()
            self._delayed.clear()
            self._heap.clear()
            self._idle.notify_all()
            self._timer.notify_all()

    def depth(self) -> int:
        """Return how many keys are ready."""
        with self._lock:
            return self._depth()

    def facts(self) -> QueueFacts:
        """Return one look at the queue, for metrics and health."""
        with self._lock:
            now = self._clock.monotonic()
            self._promote(now)
            heads = [next(iter(waiting.values())) for waiting in self._ready if waiting]
            ages = [now - since for _, since in self._running.values()]
            return QueueFacts(
                depth=self._depth(),
                delayed=len(self._delayed),
                running=len(ages),
                oldest_ready_seconds=now - min(heads, default=now),
                unmoved_seconds=now - self._moved_at if heads else 0.0,
                unfinished_seconds=sum(ages),
                longest_running_seconds=max(ages, default=0.0),
            )

    def _add(self, key: ObjectKey, priority: Priority) -> None:
        if key in self._running:
            self._dirty[key] = min(priority, self._dirty.get(key, priority))
            self._delayed.pop(key, None)
        elif (since := self._ready[Priority.RESYNC].get(key)) is not None:
            if priority is Priority.USER:
                del self._ready[Priority.RESYNC][key]
                self._ready[Priority.USER][key] = since
        elif key not in self._ready[Priority.USER]:
            self._make_ready(key, priority, self._clock.monotonic())

    def _make_ready(self, key: ObjectKey, priority: Priority, now: float) -> None:
        self._delayed.pop(key, None)
        if not self._depth():
            self._moved_at = now
        self._ready[priority][key] = now
        self._metrics.queue_added(self.name)
        self._wake_one()

    def _delay(self, key: ObjectKey, due: float) -> None:
        if self._delayed.get(key, math.inf) <= due:
            return
        self._delayed[key] = due
        is_next = not self._heap or due < self._heap[0][0]
        heapq.heappush(self._heap, (due, next(self._sequence), key))
        if len(self._heap) > 2 * len(self._delayed) + 64:
            self._compact()
        if is_next and self._has_timekeeper:
            self._timer.notify()
        elif is_next:
            self._wake_one()

    def _sleep(self, due: float, deadline: float) -> None:
        """Wait for a key, for the next delay if nobody else does, or for the caller's deadline."""
        if due < math.inf and not self._has_timekeeper:
            self._has_timekeeper = True
            try:
                self._clock.wait(self._timer, min(due, deadline))
            finally:
                self._has_timekeeper = False
            return
        self._sleepers += 1
        try:
            self._clock.wait(self._idle, None if deadline == math.inf else deadline)
        finally:
            self._sleepers -= 1

    def _hand_on(self) -> None:
        """See to it, before a getter leaves, that keys that are left are taken and the time is kept by another.

        This is also what makes `_wake_one` right although it may count a getter that somebody has woken already: that
        one will come through here.
        """
        if self._depth() or (self._heap and not self._has_timekeeper):
            self._wake_one()

    def _wake_one(self) -> None:
        if self._sleepers:
            self._idle.notify()
        else:
            self._timer.notify()

    def _promote(self, now: float) -> float:
        """Make due keys ready, and return when the next one is due."""
        while self._heap:
            due, _, key = self._heap[0]
            if self._delayed.get(key) != due:
                heapq.heappop(self._heap)
            elif due > now:
                return due
            else:
                heapq.heappop(self._heap)
                del self._delayed[key]
                self._add(key, Priority.RESYNC)
        return math.inf

    def _compact(self) -> None:
        """Drop the entries of the heap that do not count, so that a busy key does not fill the memory."""
        self._heap = [(due, next(self._sequence), key) for key, due in self._delayed.items()]
        heapq.heapify(self._heap)

    def _take(self, now: float) -> ObjectKey | None:
        for priority in Priority:
            if waiting := self._ready[priority]:
                key, since = waiting.popitem(last=False)
                self._running[key] = priority, now
                self._moved_at = now
                self._metrics.queue_waited(self.name, now - since)
                return key
        return None

    def _is_ready(self, key: ObjectKey) -> bool:
        return any(key in waiting for waiting in self._ready)

    def _depth(self) -> int:
        return len(self._ready[Priority.USER]) + len(self._ready[Priority.RESYNC])
