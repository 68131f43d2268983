"""A limit of calls per second, as AWS has one for each account, Region and service: a token bucket."""

from __future__ import annotations

from collections.abc import Callable


class Throttle:
    """Lets `rate` calls a second pass, and `burst` at once. Not thread-safe: it belongs to one event loop.

    Args:
        rate: Calls per second; None for no limit.
        burst: Size of the bucket.
        clock: Monotonic seconds.
    """

    def __init__(self, rate: float | None, burst: float, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens, self._then = burst, clock()

    def passes(self) -> bool:
        """Take a token; False when there is none."""
        if self._rate is None:
            return True
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._then) * self._rate)
        self._then = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
