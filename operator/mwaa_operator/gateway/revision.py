"""A revision: one text of BPG's file and how the pods are that run it, and which may follow which. Pure.

While pods are rolled, old and new ones answer side by side, and every one must know every running job (BPG source:
SparkClusterHelper finds a job's cluster by the id of its entry). `joins` is that rule; nothing is rolled without it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from mwaa_operator.api.memo import Memo
from mwaa_operator.gateway.render.entry import drained
from mwaa_operator.gateway.render.file import RenderedEntry
from mwaa_operator.gateway.render.identity import PLACEHOLDER

ROUTED: Final = "Routed"
STAGED: Final = "Staged"
TOMBSTONE: Final = "Tombstone"


@dataclass(frozen=True)
class Revision(Memo):
    """What pods run.

    Attributes:
        name: Of the revision: hash of all that follows, and of how the pods are.
        text: The file. It holds the keys of queue tokens; empty if its Secret is lost.
        entries: Entries of the file, by id; tombstones too say where they came from. What is not routed may have been
            so for another reason than now: modes other than Routed are as they were when the file was made.
    """

    name: str
    text: str = field(repr=False)
    entries: tuple[RenderedEntry, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """Ids whose jobs a pod can tell of."""
        return frozenset(entry.id for entry in self.entries)

    @cached_property
    def routed(self) -> frozenset[str]:
        """Ids that a job can come under."""
        return frozenset(entry.id for entry in self.entries if entry.mode == ROUTED)

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The file as data."""
        found: dict[str, Any] = json.loads(self.text) if self.text else {}
        return found

    @cached_property
    def clusters(self) -> Mapping[str, Mapping[str, Any]]:
        """Id to its entry in the file; empty if the text is lost."""
        return {str(item["id"]): item for item in self.document.get("sparkClusters", ()) if item["id"] != PLACEHOLDER}


def revision_name(text: str, template: str) -> str:
    """Return the name of a revision.

    Args:
        text: The file.
        template: Digest of how the pods are: image, size, everything but the file.
    """
    return hashlib.sha256(f"{text}\0{template}".encode()).hexdigest()[:12]


def expansion(active: Revision, wanted: Revision, *, revoked: frozenset[str], template: str) -> Revision:
    """Return the active revision with the entries that it lacks, none of them routed: nothing else changes.

    Args:
        active: What serves.
        wanted: What it shall be in the end.
        revoked: Ids of routes that are out altogether: they are drained at once, because isolation does not wait.
        template: As for `revision_name`.
    """
    lacking = [entry for entry in wanted.entries if entry.id not in active.known]
    clusters = [drained(item) if id_ in revoked else item for id_, item in active.clusters.items()]
    clusters += [drained(wanted.clusters[entry.id]) for entry in lacking]
    ordered = sorted(clusters, key=lambda item: str(item["id"]))
    text = json.dumps({**active.document, "sparkClusters": ordered}, sort_keys=True, allow_nan=False)
    kept = [replace(entry, mode=TOMBSTONE) if entry.id in revoked else entry for entry in active.entries]
    added = [entry if entry.mode == TOMBSTONE else replace(entry, mode=STAGED) for entry in lacking]
    entries = tuple(sorted(kept + added, key=lambda entry: entry.id))
    return Revision(revision_name(text, template), text, entries)


def everywhere(serving: Iterable[Revision]) -> frozenset[str]:
    """Return the ids that every one of some revisions knows; none without any."""
    known = [revision.known for revision in serving]
    return frozenset.intersection(*known) if known else frozenset()


def anywhere(serving: Iterable[Revision]) -> frozenset[str]:
    """Return the ids that some revisions know between them."""
    return frozenset[str]().union(*(revision.known for revision in serving))


def joins(revision: Revision, serving: Iterable[Revision], *, released: frozenset[str]) -> bool:
    """Return whether pods of a revision may answer beside pods of others.

    Args:
        revision: The one that comes.
        serving: All that pods may run at the same time.
        released: Ids without a job, under which none can arrive.

    Returns:
        Whether the others know every job that can arrive by the new one, and it knows every job that they have.
    """
    others = tuple(serving)
    if not others:
        return True
    return revision.routed <= everywhere(others) and anywhere(others) - revision.known <= released
