"""A bounded cache that forgets what is not used: for things that are costly to make and costly to keep.

It exists for AWS clients (12 ms and a quarter of a MiB each). Making is serialised, because botocore's sessions are not
safe for threads; looking up what exists never waits for a making.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class IdleCache(Generic[K, V]):
    """Values by key; the least recently used go when there are too many or when they were idle for long.

    Args:
        most: How many are kept.
        idle_seconds: After how long without use one is forgotten.
        monotonic: The clock, seconds.
        making: Held while a value is made; caches whose values are made from the same session share it.
        close: Called with a value that was forgotten; a thread may still be using it.
    """

    def __init__(
        self,
        *,
        most: int,
        idle_seconds: float,
        monotonic: Callable[[], float],
        making: threading.RLock,
        close: Callable[[V], None] = lambda value: None,
    ) -> None:
        self._most, self._idle_seconds = most, idle_seconds
        self._monotonic, self._making, self._close = monotonic, making, close
        self._lock = threading.Lock()
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key, made by `make` where there is none; what `make` raises passes through."""
        found = self._touch(key)
        if found is None:
            with self._making:
                found = self._touch(key)
                if found is None:
                    found = (make(),)
                    self._keep(key, found[0])
        self._forget()
        return found[0]

    def _touch(self, key: K) -> tuple[V] | None:
        with self._lock:
            if key not in self._kept:
                return None
            value, _ = self._kept.pop(key)
            self._kept[key] = (value, self._monotonic())
            return (value,)

    def _keep(self, key: K, value: V) -> None:
        with self._lock:
            self._kept[key] = (value, self._monotonic())

    def _forget(self) -> None:
        forgotten = []
        with self._lock:
            since = self._monotonic() - self._idle_seconds
            while self._kept and (len(self._kept) > self._most or next(iter(self._kept.values()))[1] < since):
                _, (value, _) = self._kept.popitem(last=False)
                forgotten.append(value)
        for value in forgotten:
            self._close(value)
