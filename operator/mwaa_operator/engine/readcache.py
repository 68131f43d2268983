"""Keeps the answers of reads for a while, because many objects share what is read: subnets, roles, buckets, lists.

Only answers are kept, never failures to look. A key names who looked, so that no tenant gets what another one was
allowed to see.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

MOST = 4096
"""Answers kept at once; a bound on memory, not a promise."""


class Cache(Protocol):
    """Where reads look first."""

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return the kept answer of `key`, or that of `read`."""


class ReadCache:
    """Answers by key, for so many seconds. Threads that want the same answer wait for the one that reads it.

    Args:
        seconds: How long an answer is reused.
        monotonic: The clock, seconds.
    """

    def __init__(self, *, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds, self._monotonic = seconds, monotonic
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[Any, float]] = {}
        self._reading: dict[Hashable, tuple[threading.Lock, int]] = {}

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return the kept answer, or keep that of `read`; what it raises passes through and is not kept."""
        turn = self._enter(key)
        try:
            with turn:
                with self._lock:
                    found = self._kept.get(key)
                if found is not None and found[1] > self._monotonic():
                    answer: T = found[0]
                    return answer
                answer = read()
                self._keep(key, answer)
                return answer
        finally:
            self._leave(key)

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Drop answers, so that the next look is a fresh one."""
        with self._lock:
            for key in keys:
                self._kept.pop(key, None)

    def _keep(self, key: Hashable, answer: object) -> None:
        now = self._monotonic()
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept = {kept: pair for kept, pair in self._kept.items() if pair[1] > now}
            if len(self._kept) < MOST:
                self._kept[key] = (answer, now + self._seconds)

    def _enter(self, key: Hashable) -> threading.Lock:
        with self._lock:
            turn, waiting = self._reading.get(key, (threading.Lock(), 0))
            self._reading[key] = (turn, waiting + 1)
            return turn

    def _leave(self, key: Hashable) -> None:
        with self._lock:
            turn, waiting = self._reading.pop(key)
            if waiting > 1:
                self._reading[key] = (turn, waiting - 1)
