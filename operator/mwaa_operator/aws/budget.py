"""Budgets of calls: who may call next, and for how long a caller waits. One for each account, Region and service.

Waiting callers are served in the order of their arrival, but one that nobody waits for queues as if it had come a few
seconds later: user edits go first and yet no caller starves. A worker thread is never held longer than `max_wait`; what
does not get its turn by then fails as throttled and comes back through the work queue.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from mwaa_operator.aws.bucket import TokenBucket

BACKGROUND_HANDICAP = 3.0
"""Seconds by which a call that nobody waits for lets later urgent ones pass."""

Wait = Callable[[threading.Condition, float], None]
"""Waits on a condition, whose lock is held, for at most so many seconds."""


class BudgetExhaustedError(Exception):
    """No turn came within `max_wait`; `seconds` is how long the caller waited."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no call was free within {seconds:.1f} s")
        self.seconds = seconds


@dataclass(order=True)
class _Ticket:
    due: float
    number: int
    turn: threading.Condition = field(compare=False)


def _wait(condition: threading.Condition, seconds: float) -> None:
    condition.wait(seconds)


class Budget:
    """The budget of one account, Region and service; safe for threads.

    Args:
        bucket: The arithmetic.
        monotonic: The clock, seconds.
        max_wait: The longest wait of a caller, seconds.
        wait: How a thread waits; tests let it move their clock.
    """

    def __init__(
        self, bucket: TokenBucket, *, monotonic: Callable[[], float], max_wait: float, wait: Wait = _wait
    ) -> None:
        self._bucket = bucket
        self._monotonic = monotonic
        self._max_wait = max_wait
        self._wait = wait
        self._lock = threading.Lock()
        self._queue: list[_Ticket] = []
        self._numbers = itertools.count()

    @property
    def rate(self) -> float:
        """The present rate, calls per second."""
        with self._lock:
            return self._bucket.rate

    def acquire(self, *, urgent: bool) -> float:
        """Wait for permission to make one call.

        Args:
            urgent: Whether somebody waits for the outcome (an edit, a deletion).

        Returns:
            The seconds waited.

        Raises:
            BudgetExhaustedError: The turn did not come within `max_wait`.
        """
        with self._lock:
            arrived = self._monotonic()
            if not self._queue and self._bucket.take(arrived):
                return 0.0
            due = arrived if urgent else arrived + BACKGROUND_HANDICAP
            ticket = _Ticket(due, next(self._numbers), threading.Condition(self._lock))
            heapq.heappush(self._queue, ticket)
            try:
                return self._queued(ticket, arrived)
            finally:
                self._leave(ticket)

    def throttled(self) -> None:
        """Tell that AWS answered with throttling."""
        with self._lock:
            self._bucket.throttled(self._monotonic())

    def charge(self) -> None:
        """Tell that a call was made that did not ask."""
        with self._lock:
            self._bucket.charge(self._monotonic())

    def _queued(self, ticket: _Ticket, arrived: float) -> float:
        while True:
            now = self._monotonic()
            first = self._queue[0] is ticket
            if first and self._bucket.take(now):
                return now - arrived
            left = arrived + self._max_wait - now
            if left <= 0.0:
                raise BudgetExhaustedError(now - arrived)
            self._wait(ticket.turn, min(left, self._bucket.delay(now)) if first else left)

    def _leave(self, ticket: _Ticket) -> None:
        with suppress(ValueError):
            self._queue.remove(ticket)
            heapq.heapify(self._queue)
        if self._queue:
            self._queue[0].turn.notify()


@dataclass(frozen=True)
class Pace:
    """How fast a service is called.

    Attributes:
        rate: Calls per second.
        burst: Calls that may be saved up.
    """

    rate: float
    burst: int


class Budgets:
    """All budgets, made when first asked for.

    Args:
        rate: Calls per second of each.
        burst: Calls that each may save up.
        max_wait: The longest wait of a caller, seconds.
        monotonic: The clock, seconds.
        slower: Services that bear less than that, by boto3's name.
    """

    def __init__(
        self,
        *,
        rate: float,
        burst: int,
        max_wait: float,
        monotonic: Callable[[], float],
        wait: Wait = _wait,
        slower: Mapping[str, Pace] | None = None,
    ) -> None:
        self._pace, self._max_wait = Pace(rate, burst), max_wait
        self._slower = dict(slower or {})
        self._monotonic, self._wait = monotonic, wait
        self._lock = threading.Lock()
        self._budgets: dict[tuple[str, str, str], Budget] = {}

    def of(self, account_id: str, region: str, service: str) -> Budget:
        """Return the budget of a service in an account and Region."""
        key = (account_id, region, service)
        with self._lock:
            if key not in self._budgets:
                self._budgets[key] = Budget(
                    self._bucket(service),
                    monotonic=self._monotonic,
                    max_wait=self._max_wait,
                    wait=self._wait,
                )
            return self._budgets[key]

    def _bucket(self, service: str) -> TokenBucket:
        pace = self._slower.get(service, self._pace)
        return TokenBucket(min(pace.rate, self._pace.rate), min(pace.burst, self._pace.burst))
