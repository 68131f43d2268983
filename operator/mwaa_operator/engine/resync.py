"""The resync: list, compare with the cache, repair, and count what was wrong.

A watch can go silent, miss an event or keep a ghost (every long-lived informer has met all three); this makes each of
them heal within one interval. A list that fails or that is older than what we know changes nothing: absence counts only
in a complete and current list.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mwaa_operator.api.meta import ObjectKey, key_of
from mwaa_operator.engine.cache import Cache
from mwaa_operator.engine.entry import Body, is_newer
from mwaa_operator.engine.health import Problem
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.queue import KeyedQueue

Lister = Callable[[str], tuple[Iterable[Body], str]]
"""Kind → all its objects (may be a generator of pages) and the list's resourceVersion; a quorum read."""


@dataclass(frozen=True)
class Intervals:
    """Durations in seconds.

    Attributes:
        resync: Between two sweeps.
        retry: Between two tries of the first list of a kind.
        grace: How long the watch may lag behind a list before a difference counts.
    """

    resync: float
    retry: float = 5.0
    grace: float = 5.0


@dataclass(frozen=True)
class _Difference:
    suspects: dict[ObjectKey, Body]  # listed, with another version than the cache had
    missing: dict[ObjectKey, str]  # not listed; the version that the cache had


class Resync:
    """Sweeps all kinds, the first time to fill the cache and then to verify it; `run` is the body of its thread.

    Args:
        kinds: What to list.
        lister: Lists a kind.
        list_errors: What the lister raises when it cannot; anything else ends the process.
        cache: Compared and repaired.
        queues: Of those kinds that have a controller.
        on_filled: Told once of each kind, when it has been listed in full.
        intervals: How often.
        instruments: The jitter spreads the looks that a sweep asks for.
    """

    def __init__(
        self,
        *,
        kinds: Iterable[str],
        lister: Lister,
        list_errors: tuple[type[Exception], ...],
        cache: Cache,
        queues: Mapping[str, KeyedQueue],
        on_filled: Callable[[str], None],
        intervals: Intervals,
        instruments: Instruments,
    ) -> None:
        self._kinds = tuple(kinds)
        self._lister, self._list_errors, self._cache, self._queues = lister, list_errors, cache, queues
        self._on_filled, self._intervals = on_filled, intervals
        self._clock, self._rng = instruments.clock, instruments.rng
        self._metrics, self._log = instruments.metrics, instruments.log
        self._condition = threading.Condition()
        self._stopping = False
        self._filled: set[str] = set()
        self._behind: set[str] = set()
        # For health. A kind diverges "since" the first of an unbroken row of sweeps that found something.
        self._turned_at = self._clock.monotonic()
        self.last_success: dict[str, float] = {}
        self._diverging: dict[str, int] = {}

    def run(self) -> None:
        """Fill the cache, then sweep at every interval until `stop`."""
        self._turned_at = self._clock.monotonic()
        while not self._stopping:
            for kind in self._kinds:
                if kind in self._filled:
                    self.sweep(kind)
                else:
                    self.fill(kind)
            self._turned_at = self._clock.monotonic()
            complete = len(self._filled) == len(set(self._kinds))
            self._pause(self._intervals.resync if complete else self._intervals.retry)

    def stop(self) -> None:
        """End `run` at its next pause."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()

    def fill(self, kind: str) -> bool:
        """List a kind for the first time; nothing that is found is a divergence. Return whether it worked."""
        try:
            items, _ = self._lister(kind)
            for body in items:
                self._cache.put(body)
        except self._list_errors as error:
            self._log.warning("cache.fill_failed", kind=kind, error=str(error))
            return False
        self._filled.add(kind)
        self.last_success[kind] = self._clock.monotonic()
        self._log.info("cache.filled", kind=kind, objects=len(self._cache.keys(kind)))
        self._on_filled(kind)
        return True

    def sweep(self, kind: str) -> int | None:
        """Compare a kind with the cache and repair it.

        Returns:
            How many objects the cache had wrong; None if the list failed or was too old to say.
        """
        before = self._cache.resource_versions(kind)
        try:
            items, version = self._lister(kind)
            difference = _compare(items, before)
        except self._list_errors as error:
            self._log.warning("resync.list_failed", kind=kind, error=str(error))
            return None
        behind = self._is_behind(version, before)
        if behind and not self._went_back(kind, version):
            return None
        self._behind.discard(kind)
        found = self._repair(kind, difference, force=behind)
        self.last_success[kind] = self._clock.monotonic()
        self._diverging[kind] = self._diverging.get(kind, 0) + 1 if found else 0
        self._metrics.cache_diverged(kind, found)
        self._look_at_resting(kind)
        return found

    def problems(self) -> list[Problem]:
        """Return what only a restart can heal: a loop that stands still, lists that never work, a silent watch."""
        if self._stopping:
            return []
        now, interval = self._clock.monotonic(), self._intervals.resync
        found = []
        if (silent := now - self._turned_at) > 3 * interval:
            found.append(Problem("resync", f"the resync has not turned for {silent:.0f} s"))
        for kind in (kind for kind in self._kinds if kind in self._filled):
            if (age := now - self.last_success[kind]) > 6 * interval:
                found.append(Problem(f"resync/{kind}", f"no list has succeeded for {age:.0f} s"))
            if (sweeps := self._diverging.get(kind, 0)) > 2:
                found.append(Problem(f"resync/{kind}", f"the watch missed changes in {sweeps} resyncs in a row"))
        return found

    def _is_behind(self, version: str, before: Mapping[ObjectKey, str]) -> bool:
        """Whether the list is older than what we knew before we asked for it."""
        return version.isdecimal() and any(is_newer(known, version) for known in before.values())

    def _went_back(self, kind: str, version: str) -> bool:
        """Judge a list that is older than the cache: once is an API server that lags, twice is the truth.

        A server whose data was restored from a backup would otherwise be disbelieved for ever.
        """
        if kind not in self._behind:
            self._behind.add(kind)
            self._log.warning("resync.list_is_old", kind=kind, version=version)
            return False
        self._log.error("resync.server_went_back", kind=kind, version=version)
        return True

    def _repair(self, kind: str, difference: _Difference, *, force: bool) -> int:
        if not difference.suspects and not difference.missing:
            return 0
        # The watch brings the same news a moment later or has brought it meanwhile: only what is still different then
        # was missed.
        self._pause(self._intervals.grace)
        store = self._cache.replace if force else self._cache.put
        stale = [key for key, body in difference.suspects.items() if store(body)]
        missing = difference.missing.items()
        ghosts = [key for key, version in missing if self._is_unchanged(key, version) and self._cache.remove(key)]
        if stale or ghosts:
            examples = [str(key) for key in (*stale, *ghosts)[:5]]
            self._log.warning("resync.repaired", kind=kind, stale=len(stale), ghosts=len(ghosts), examples=examples)
        return len(stale) + len(ghosts)

    def _is_unchanged(self, key: ObjectKey, version: str) -> bool:
        entry = self._cache.entry(key)
        return entry is not None and entry.version == version

    def _look_at_resting(self, kind: str) -> None:
        """Give every object that nothing else will look at its turn, spread over the interval."""
        if (queue := self._queues.get(kind)) is not None:
            for key in self._cache.keys(kind):
                queue.add_if_absent(key, self._rng.uniform(0.0, self._intervals.resync))

    def _pause(self, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        with self._condition:
            while not self._stopping and self._clock.monotonic() < until:
                self._clock.wait(self._condition, until)


def _compare(items: Iterable[Body], before: Mapping[ObjectKey, str]) -> _Difference:
    """Return what differs, and keep nothing else: a list of thousands of objects passes through."""
    listed, suspects = set(), {}
    for body in items:
        key = key_of(body)
        listed.add(key)
        if before.get(key) != body["metadata"]["resourceVersion"]:
            suspects[key] = body
    return _Difference(suspects, {key: version for key, version in before.items() if key not in listed})
