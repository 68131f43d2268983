"""A clock that stands still until the test moves it, and wakes whoever waited for that moment.

Threads that wait on it really wait; `advance` and `await_waiters` are how a test meets them without sleeping.
"""

from __future__ import annotations

import math
import threading
from datetime import UTC, datetime, timedelta

REAL_LIMIT = 20.0
"""Real seconds after which a forgotten waiter fails its test instead of hanging it."""


class FakeClock:
    """Fulfils `mwaa_operator.engine.clock.Clock`; starts at 2026-01-01 and at 1000 on the monotonic clock.

    Attributes:
        sleeps: How often somebody has gone to sleep on this clock.
    """

    def __init__(self) -> None:
        self.sleeps = 0
        self._now, self._monotonic = datetime(2026, 1, 1, tzinfo=UTC), 1000.0
        self._changed = threading.Condition()
        self._waiters: dict[object, tuple[threading.Condition, float]] = {}

    def now(self) -> datetime:
        """Return the fake wall clock's time."""
        return self._now

    def monotonic(self) -> float:
        """Return the fake monotonic clock's time."""
        return self._monotonic

    def wait(self, condition: threading.Condition, until: float | None) -> None:
        """Wait until notified, or until `advance` reaches `until`; see `Clock.wait`."""
        token = object()
        with self._changed:
            if until is not None and self._monotonic >= until:
                return
            self.sleeps += 1
            self._waiters[token] = condition, math.inf if until is None else until
            self._changed.notify_all()
        try:
            # From here on `advance` finds us, and cannot notify before `wait` lets go of the condition.
            if not condition.wait(REAL_LIMIT):
                raise TimeoutError("nobody moved the fake clock or notified the condition")
        finally:
            with self._changed:
                self._waiters.pop(token, None)
                self._changed.notify_all()

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks and wake those whose time has come, and nobody else."""
        with self._changed:
            self._monotonic += seconds
            self._now += timedelta(seconds=seconds)
            due = {token: condition for token, (condition, until) in self._waiters.items() if until <= self._monotonic}
            for token in due:
                # Forgotten here and not when they wake: `await_waiters` must count only those who have looked again.
                del self._waiters[token]
        for condition in due.values():
            with condition:
                condition.notify_all()

    def jump_wall_clock(self, seconds: float) -> None:
        """Move the wall clock alone, as an administrator or NTP does."""
        self._now += timedelta(seconds=seconds)

    def await_waiters(self, number: int) -> None:
        """Return when exactly `number` threads wait on this clock."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._waiters) == number, REAL_LIMIT):
                raise TimeoutError(f"{len(self._waiters)} threads wait on the clock, not {number}")

    def await_sleeps(self, number: int) -> None:
        """Return when somebody has gone to sleep on this clock for the `number`-th time, counted from the start."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.sleeps >= number, REAL_LIMIT):
                raise TimeoutError(f"{self.sleeps} sleeps on the clock, not {number}")
