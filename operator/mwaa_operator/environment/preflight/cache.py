"""Which answers one preflight made use of, so that those of a failed check are read anew; they are kept elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from mwaa_operator.engine.readcache import Cache

T = TypeVar("T")


class Used:
    """A cache that remembers which of its keys one preflight asked for."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self.keys: set[Hashable] = set()

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return the cache's answer."""
        self.keys.add(key)
        return self._cache.get(key, read)
