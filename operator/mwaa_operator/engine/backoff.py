"""How long a key that failed waits: exponential with full jitter, remembered per key.

Jitter keeps a thousand objects that failed together from coming back together. It counts failures and nothing else;
when to forget them is decided by the worker (success) and the dispatcher (a user's edit).
"""

from __future__ import annotations

import threading
from random import Random

from mwaa_operator.api.meta import ObjectKey

_MAX_EXPONENT = 62  # 2**62 seconds is beyond any cap, and floats stay exact


class Backoff:
    """Delays for keys that fail again and again.

    Args:
        base: Shortest delay, seconds.
        cap: Longest delay, seconds.
        rng: Source of the jitter.
    """

    def __init__(self, *, base: float, cap: float, rng: Random) -> None:
        self._base, self._cap, self._rng = base, cap, rng
        self._failures: dict[ObjectKey, int] = {}
        self._lock = threading.Lock()

    def next(self, key: ObjectKey) -> float:
        """Count one more failure and return the delay: uniform from `base` to `base * 2**failures`, at most `cap`."""
        with self._lock:
            failures = self._failures.get(key, 0) + 1
            self._failures[key] = failures
        ceiling = min(self._cap, self._base * 2.0 ** min(failures, _MAX_EXPONENT))
        return self._rng.uniform(min(self._base, ceiling), ceiling)

    def forget(self, key: ObjectKey) -> None:
        """Start anew with the shortest delay."""
        with self._lock:
            self._failures.pop(key, None)

    def failures(self, key: ObjectKey) -> int:
        """Return how often the key has failed in a row."""
        with self._lock:
            return self._failures.get(key, 0)
