"""A token bucket whose rate follows what AWS bears: arithmetic only, time is an argument. Pure.

AWS does not publish MWAA's rates, so the bucket starts at the configured rate, gives way by a part when AWS throttles,
and recovers slowly (additive increase in proportion, multiplicative decrease). It never exceeds the configured rate.
"""

from __future__ import annotations

from dataclasses import dataclass

DECREASE = 0.85
"""A throttled second leaves this part of the rate; large enough to stay within a tenth of what AWS bears."""
RECOVERY = 0.05
"""The rate grows by this part each second without throttling."""
FLOOR = 0.5
"""Calls per second below which the rate never falls, so that it can recover."""
CUT_INTERVAL = 1.0
"""Seconds in which further throttled answers count as the same event: calls already under way cannot obey it."""


@dataclass
class TokenBucket:
    """Tokens of one account, Region and service.

    Attributes:
        limit: The highest rate, calls per second.
        burst: The most tokens that can be saved up.
    """

    limit: float
    burst: float

    def __post_init__(self) -> None:
        self.rate = self.limit
        self._tokens = self.burst
        self._at: float | None = None
        self._cut_at: float | None = None

    def take(self, now: float) -> bool:
        """Take a token if there is one; `now` is monotonic seconds."""
        self._advance(now)
        # A hair below one counts: the sum of many small steps is not exact.
        if self._tokens < 1.0 - 1e-6:
            return False
        self._tokens = max(0.0, self._tokens - 1.0)
        return True

    def delay(self, now: float) -> float:
        """Return the seconds until there will be a token at the present rate, 0 if there is one."""
        self._advance(now)
        return max(0.0, (1.0 - self._tokens) / self.rate)

    def charge(self, now: float) -> None:
        """Count a call that was made without asking, such as a retry inside the client."""
        self._advance(now)
        self._tokens = max(self._tokens - 1.0, -self.burst)

    def throttled(self, now: float) -> None:
        """AWS refused a call as one too many: what was saved up is void, and the rate falls."""
        self._advance(now)
        self._tokens = min(self._tokens, 0.0)
        if self._cut_at is not None and now - self._cut_at < CUT_INTERVAL:
            return
        self._cut_at = now
        self.rate = max(min(FLOOR, self.limit), self.rate * DECREASE)

    def _advance(self, now: float) -> None:
        if self._at is None:
            self._at = now
        elapsed = max(0.0, now - self._at)
        self._at = max(self._at, now)
        self._tokens = min(self.burst, self._tokens + elapsed * self.rate)
        self.rate = min(self.limit, self.rate * (1.0 + RECOVERY) ** elapsed)
