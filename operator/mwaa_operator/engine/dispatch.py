"""From changes to keys: what the watch brings goes into the cache, and what changed there goes into the queues.

Sits behind the cache, so that it makes no difference whether a change came by the watch, by a resync or in the answer
to a write. The status echoes of our own writes wake nobody but those who asked for status.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from mwaa_operator.api.meta import ObjectKey, key_of
from mwaa_operator.engine.backoff import Backoff
from mwaa_operator.engine.cache import Cache
from mwaa_operator.engine.controller import Watch
from mwaa_operator.engine.entry import Body, Change, Entry
from mwaa_operator.engine.queue import KeyedQueue, Priority

DELETED = "DELETED"


class Dispatcher:
    """Feeds the queues from the cache.

    Args:
        cache: Filled here; the dispatcher listens to it.
        queues: One for each kind that has a controller.
        backoffs: One for each of these kinds; a user's edit makes a key start anew.
        watches: All dependencies between kinds.
    """

    def __init__(
        self,
        *,
        cache: Cache,
        queues: Mapping[str, KeyedQueue],
        backoffs: Mapping[str, Backoff],
        watches: Iterable[Watch] = (),
    ) -> None:
        self._cache, self._queues, self._backoffs = cache, queues, backoffs
        self._watches: dict[str, list[Watch]] = defaultdict(list)
        for watch in watches:
            self._watches[watch.source_kind].append(watch)
        self._filled: set[str] = set()
        cache.listen(self._on_change)

    def on_event(self, type_: str | None, body: Body) -> None:
        """Take in one event of a watch.

        Args:
            type_: ADDED, MODIFIED, DELETED; None for an object of a list.
            body: The object, `kind` included.
        """
        if type_ == DELETED:
            self._cache.remove(key_of(body), body["metadata"].get("uid"))
        else:
            self._cache.put(body)

    def filled(self, kind: str) -> None:
        """Learn that a kind has been listed in full: from now on an unknown object is a new one."""
        self._filled.add(kind)

    def unfilled(self, kinds: Iterable[str]) -> list[str]:
        """Return which of `kinds` have not been listed in full yet."""
        return [kind for kind in kinds if kind not in self._filled]

    def _on_change(self, key: ObjectKey, change: Change, old: Entry | None, new: Entry | None) -> None:
        if change is not Change.ECHO:
            self._wake(key)
        watches = [w for w in self._watches.get(key.kind, ()) if change is not Change.ECHO or w.on_status]
        if not watches:
            return
        bodies = [entry.decode() for entry in (old, new) if entry is not None]
        dependents = (found for watch in watches for body in bodies for found in watch.dependents(body))
        for dependent in dict.fromkeys(dependents):
            # Not as a user's edit: one edit of an account may wake thousands of objects, and the next edit of any of
            # them has to get past all of these.
            if (queue := self._queues.get(dependent.kind)) is not None:
                queue.add(dependent, Priority.RESYNC)

    def _wake(self, key: ObjectKey) -> None:
        if (queue := self._queues.get(key.kind)) is not None:
            self._backoffs[key.kind].forget(key)
            queue.add(key, Priority.USER if key.kind in self._filled else Priority.RESYNC)
