"""The cache: the last known version of every watched object, with secondary indices.

Objects are kept as bytes because full dicts cost eight times the memory, and so that each pass has a copy of its own.
An older version never wins. The cache is never evidence: nothing may be deleted because it is not here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mwaa_operator.api.meta import ObjectKey, key_of
from mwaa_operator.engine.entry import Body, Change, Entry, compare, encode, is_newer, stripped

GRAVES = 4096

IndexFunction = Callable[[Body], Iterable[str]]
Listener = Callable[[ObjectKey, Change, Entry | None, Entry | None], None]
"""Is told of every change: key, kind of change, the entry before and the entry after (None: there was or is none)."""


class Cache:
    """Objects by key; safe for many threads."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._kinds: dict[str, dict[ObjectKey, Entry]] = defaultdict(dict)
        self._indices: dict[str, dict[str, _Index]] = defaultdict(dict)
        # Uids that were deleted: an answer to a write of ours that arrives after the deletion must not bring the
        # object back. Bounded, because such an answer is at most a request time-out late.
        self._graves: OrderedDict[str, None] = OrderedDict()

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of every change from now on.

        It is called in the thread that caused the change, outside the lock; two changes of one object may be told in
        either order.
        """
        self._listeners.append(listener)

    def put(self, body: Body) -> Change:
        """Store a version of an object unless a newer one is known.

        Args:
            body: As the API server sent it, `kind` included; neither kept nor changed.

        Returns:
            What changed; falsy when nothing was stored.
        """
        return self._store(body, force=False)

    def replace(self, body: Body) -> Change:
        """Store a version even if it looks older: only for a list that proves that the server went back in time."""
        return self._store(body, force=True)

    def get(self, key: ObjectKey) -> Body | None:
        """Return a fresh copy of an object, without managedFields and last-applied, or None."""
        entry = self.entry(key)
        return None if entry is None else entry.decode()

    def entry(self, key: ObjectKey) -> Entry | None:
        """Return an object as it is stored, or None."""
        with self._lock:
            return self._kinds[key.kind].get(key)

    def remove(self, key: ObjectKey, uid: str | None = None) -> bool:
        """Forget an object.

        Args:
            key: Which one.
            uid: Only if it is this one; None removes whatever is there.

        Returns:
            Whether it was there.
        """
        with self._lock:
            entry = self._kinds[key.kind].get(key)
            if gone := uid or (entry.uid if entry else ""):
                self._bury(gone)
            if entry is None or (uid and entry.uid != uid):
                return False
            del self._kinds[key.kind][key]
            for index in self._indices[key.kind].values():
                index.set(key, frozenset())
        self._tell(key, Change.GONE, entry, None)
        return True

    def keys(self, kind: str) -> list[ObjectKey]:
        """Return the keys of all objects of a kind."""
        with self._lock:
            return list(self._kinds[kind])

    def resource_versions(self, kind: str) -> dict[ObjectKey, str]:
        """Return the version of every object of a kind."""
        with self._lock:
            return {key: entry.version for key, entry in self._kinds[kind].items()}

    def add_index(self, kind: str, name: str, function: IndexFunction) -> None:
        """Keep a secondary index over a kind.

        Args:
            kind: Which objects.
            name: What `by_index` asks for; an index of that name is replaced.
            function: The values under which an object is found. Pure and total: it must answer for any object that
                the API server may hold.
        """
        index = _Index(function)
        with self._lock:
            self._indices[kind][name] = index
            for key, entry in self._kinds[kind].items():
                index.set(key, frozenset(function(entry.decode())))

    def by_index(self, kind: str, name: str, value: str) -> list[ObjectKey]:
        """Return the keys that the index holds under a value, sorted.

        Raises:
            KeyError: There is no such index.
        """
        with self._lock:
            return sorted(self._indices[kind][name].keys.get(value, ()))

    def _store(self, body: Body, *, force: bool) -> Change:
        key, metadata = key_of(body), body["metadata"]
        uid, version = metadata.get("uid", ""), metadata.get("resourceVersion", "")
        with self._lock:
            # Most calls are the watch's echo of a write whose answer is stored already: those cost no encoding.
            if not force and self._is_known(key, uid, version):
                return Change.NONE
        kept = stripped(body)
        entry = encode(kept)
        with self._lock:
            if not force and self._is_known(key, uid, version):
                return Change.NONE
            old = self._kinds[key.kind].get(key)
            self._graves.pop(entry.uid, None)
            self._kinds[key.kind][key] = entry
            for index in self._indices[key.kind].values():
                index.set(key, frozenset(index.function(kept)))
        change = compare(old, entry, kept)
        self._tell(key, change, old, entry)
        return change

    def _is_known(self, key: ObjectKey, uid: str, version: str) -> bool:
        known = self._kinds[key.kind].get(key)
        return uid in self._graves or (known is not None and not is_newer(version, known.version))

    def _bury(self, uid: str) -> None:
        self._graves[uid] = None
        while len(self._graves) > GRAVES:
            self._graves.popitem(last=False)

    def _tell(self, key: ObjectKey, change: Change, old: Entry | None, new: Entry | None) -> None:
        for listener in self._listeners:
            listener(key, change, old, new)


@dataclass
class _Index:
    function: IndexFunction
    keys: dict[str, set[ObjectKey]] = field(default_factory=lambda: defaultdict(set))
    values: dict[ObjectKey, frozenset[str]] = field(default_factory=dict)

    def set(self, key: ObjectKey, values: frozenset[str]) -> None:
        """Make the object found under these values and no others."""
        old = self.values.pop(key, frozenset())
        for value in old - values:
            self.keys[value].discard(key)
            if not self.keys[value]:
                del self.keys[value]
        for value in values - old:
            self.keys[value].add(key)
        if values:
            self.values[key] = values
