"""A file of BPG as an import reads it: every entry and queue as BPG bound it, and as it was written. Pure.

Values that decide about routing are the bound ones, because BPG converts what it reads; members that BPG hands on
unread are taken as they were written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mwaa_operator.gateway.bpg.config import Cluster, Config, Queue
from mwaa_operator.gateway.importing.hidden import Hidden, hidden_in
from mwaa_operator.gateway.importing.notes import Notes

_CLUSTER = (
    "id weight queues sparkVersions masterUrl userTokenSOPS caCertDataSOPS userName timeoutMillis httpProxy httpsProxy "
    "eksCluster sparkApplicationNamespace sparkServiceAccount batchScheduler ttlSeconds sparkUIUrl sparkConf "
    "sparkUIOptions volumes driver executor"
)
_QUEUE = (
    "name secure users maxRunningMillis maxExecutorInstances driverNodeLabelKey driverNodeLabelValues "
    "executorNodeLabelKey executorNodeLabelValues executorSpotNodeLabelValues driverCPUBufferRatio "
    "executorCPUBufferRatio driverMemBufferRatio executorMemBufferRatio allowedZones zonePickerName"
)
READ_OF_CLUSTERS: Final = frozenset(_CLUSTER.split())
"""Members of an entry that BPG reads; all others it drops in silence (BPG source, AppConfig.SparkCluster)."""
READ_OF_QUEUES: Final = frozenset(_QUEUE.split())
"""Members of a queue that BPG reads, but for those that a revision does not know yet (AppConfig.QueueConfig)."""


@dataclass(frozen=True)
class Entry:
    """One entry of `sparkClusters`.

    Attributes:
        index: In the file.
        cluster: As BPG bound it.
        written: As it was written.
    """

    index: int
    cluster: Cluster
    written: Mapping[str, Any]

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where it stands."""
        return ("sparkClusters", self.index)

    @property
    def parents(self) -> frozenset[str]:
        """Queues that it serves, in lower case; a name with a dot serves none."""
        return frozenset(name.lower() for name in self.cluster.queues or () if name and "." not in name)

    @property
    def versions(self) -> frozenset[str]:
        """Versions that jobs may name, in lower case."""
        return frozenset(version.lower() for version in self.cluster.spark_versions or () if version)

    @property
    def routable(self) -> bool:
        """Whether a job can come to it by its queue."""
        return self.cluster.weight > 0 and bool(self.versions)


@dataclass(frozen=True)
class Declared:
    """One entry of `queues`.

    Attributes:
        index: In the file.
        queue: As BPG bound it.
        written: As it was written.
    """

    index: int
    queue: Queue
    written: Mapping[str, Any]

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where it stands."""
        return ("queues", self.index)

    @property
    def name(self) -> str:
        """Its full name in lower case: BPG finds clusters and tokens whatever the case."""
        return (self.queue.name or "").lower()


@dataclass(frozen=True)
class Source:
    """A file from which BPG starts.

    Attributes:
        document: As it was written.
        config: As BPG bound it.
        entries: Its clusters, without nulls.
        queues: Its queues, without nulls.
        hidden: Its secrets.
    """

    document: Mapping[str, Any]
    config: Config
    entries: tuple[Entry, ...]
    queues: tuple[Declared, ...]
    hidden: Hidden


def source_of(document: Mapping[str, Any], config: Config) -> Source:
    """Return a file for an import.

    Args:
        document: The file.
        config: What BPG made of it.
    """
    clusters, queues = document.get("sparkClusters") or (), document.get("queues") or ()
    return Source(
        document,
        config,
        entries=tuple(
            Entry(index, bound, clusters[index])
            for index, bound in enumerate(config.clusters or ())
            if bound is not None
        ),
        queues=tuple(
            Declared(index, bound, queues[index])
            for index, bound in enumerate(config.queues or ())
            if bound is not None
        ),
        hidden=hidden_in(document, config),
    )


def note_unread(source: Source, notes: Notes) -> None:
    """Note members of entries and queues that BPG never reads: they were silently ignored, and have no home."""
    for entry in source.entries:
        for name in sorted(set(map(str, entry.written)) - READ_OF_CLUSTERS):
            notes.add((*entry.path, name), "is ignored by BPG, and left out")
    for declared in source.queues:
        known = READ_OF_QUEUES - source.config.profile.unknown_fields
        for name in sorted(set(map(str, declared.written)) - known):
            notes.add((*declared.path, name), f"is ignored by the BPG of profile {source.config.profile}, and left out")
