"""Time as an argument: what the engine waits on, so that a test can drive every deadline without sleeping.

`monotonic` judges leases, delays and time-outs; `now` only ever reaches a person's eyes. Nothing else in the product
may read a clock.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A wall clock, a monotonic clock, and the one way to wait."""

    def now(self) -> datetime:
        """Return the wall clock's time in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never goes back, and goes on while the machine is suspended."""
        ...

    def wait(self, condition: threading.Condition, until: float | None) -> None:
        """Wait until somebody notifies `condition`, or until the monotonic clock reaches `until`.

        May also return early, so callers look again at what they wait for.

        Args:
            condition: Held by the caller, released while waiting.
            until: A reading of `monotonic`; None waits for a notification alone.
        """
        ...


class SystemClock:
    """The machine's clocks."""

    def __init__(self) -> None:
        # CLOCK_MONOTONIC stands still while a Linux machine is suspended, and a lease does not: man 2 clock_gettime.
        self._id = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

    def now(self) -> datetime:
        """Return the wall clock's time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the seconds since boot."""
        return time.clock_gettime(self._id)

    def wait(self, condition: threading.Condition, until: float | None) -> None:
        """Wait for a notification or for the time; see `Clock.wait`."""
        if until is None:
            condition.wait()
        elif (remaining := until - self.monotonic()) > 0:
            # threading refuses more than TIMEOUT_MAX; returning early is allowed.
            condition.wait(min(remaining, threading.TIMEOUT_MAX))
