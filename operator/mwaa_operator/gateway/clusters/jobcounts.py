"""How many jobs of each entry a namespace of a cluster has: one list of names, and not more often than needed.

Jobs that have ended and are still there count, because clients may ask for them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway.clusters.keys import ClusterKey
from mwaa_operator.gateway.clusters.running import entry_of
from mwaa_operator.gateway.clusters.sources import Sources
from mwaa_operator.gateway.clusters.together import Together
from mwaa_operator.gateway.plan.situation import JobsLook
from mwaa_operator.kube.errors import KubeError
from mwaa_operator.kube.remote import Application

CountKey = tuple[ClusterKey, str]
"""A cluster and a namespace of it."""
List = Callable[[str], Iterable[Application]]
"""Lists the SparkApplications of a namespace; raises KubeError."""


@dataclass(frozen=True)
class _Count:
    """The jobs of a namespace by the ids of their entries, when they were listed, and until when that stands."""

    by_id: Mapping[str, int]
    at: datetime
    until: float


class JobCounts:
    """Counts jobs.

    Args:
        sources: The clocks and durations.
    """

    def __init__(self, sources: Sources) -> None:
        self._from = sources
        self._together: Together[CountKey, _Count | None] = Together("jobs")
        self._lock = threading.Lock()
        self._counts: dict[CountKey, _Count] = {}

    def of(self, entries: Mapping[str, CountKey], lists: Mapping[ClusterKey, List]) -> dict[str, JobsLook]:
        """Return the jobs of entries.

        Args:
            entries: Id to where its jobs are.
            lists: How the jobs of each cluster are listed; one that is missing is not asked.

        Returns:
            By id; one is missing whose jobs could not be listed.
        """
        now = self._from.monotonic()
        wanted = {place for place in entries.values() if place[0] in lists}
        due = [place for place in wanted if (found := self._counts.get(place)) is None or found.until <= now]
        calls = {place: self._counting(place[1], lists[place[0]]) for place in due}
        fresh = self._together.run(calls, within=self._from.timings.patience) if calls else {}
        with self._lock:
            self._counts.update({place: count for place, count in fresh.items() if count is not None})
        counts = {place: self._counts[place] for place in wanted if self._stands(place, now)}
        return {
            id_: JobsLook(counts[place].by_id.get(id_, 0), counts[place].at)
            for id_, place in entries.items()
            if place in counts
        }

    def forget(self, key: ObjectKey, *, but: frozenset[str] = frozenset()) -> None:
        """Drop what is remembered of a gateway, but for these clusters."""
        with self._lock:
            kept = {place: count for place, count in self._counts.items() if place[0][0] != key or place[0][1] in but}
            self._counts = kept

    def _stands(self, place: CountKey, now: float) -> bool:
        found = self._counts.get(place)
        return found is not None and found.until > now

    def _counting(self, namespace: str, jobs: List) -> Callable[[], _Count | None]:
        def count() -> _Count | None:
            # From before the list: a count must never seem to be younger than it is.
            at, begun = self._from.now(), self._from.monotonic()
            try:
                by_id = Counter(entry_of(item.name) for item in jobs(namespace))
            except KubeError:
                return None
            return _Count(by_id, at, begun + self._from.timings.counts)

        return count
