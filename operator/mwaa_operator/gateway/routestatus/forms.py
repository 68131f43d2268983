"""Whether what serves of a route is what its spec says, and whether what is staged changes anything about it. Pure.

A file does not say of which generation of a route it was made. It is of the present one if it has the same of the route
as a file that is rendered now. Once that was so it stays so until the next edit: later files are made of the same spec,
and differ only by how clusters are. So `revision.generation` in the route's own status is all that is remembered.
"""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.spark import DEFAULT_QUEUE
from mwaa_operator.gateway.render.file import RenderedEntry
from mwaa_operator.gateway.revision import STAGED, TOMBSTONE, Revision
from mwaa_operator.gateway.routestatus.view import View
from mwaa_operator.route.status import RouteRevision


def is_as_spec_says(v: View) -> bool:
    """Return whether the active revision was made of the route's present generation, or has the same of it."""
    if v.refused is not None or v.route.metadata.deleting or v.route.spec.suspend or not (v.is_candidate and v.living):
        return False
    remembered = v.before.revision
    if remembered is not None and remembered.generation == v.generation:
        return True
    # A revision that is being rolled may be of an older form than the present one: it has to agree as well.
    serving = [revision for revision in (v.of.active, v.of.rolled) if revision is not None]
    return all(_agree(v, revision, v.of.wish.wanted) for revision in serving) and not _waits_for_pods(v)


def revision_of(v: View, *, as_spec: bool) -> RouteRevision | None:
    """Return which revisions hold the route.

    Args:
        v: The route.
        as_spec: What `is_as_spec_says` said.
    """
    active, staged, before = v.of.active, _staged(v), v.before.revision
    found = RouteRevision(
        active=active.name if active is not None and v.living else None,
        generation=v.generation if as_spec else before.generation if before is not None and v.living else None,
        staged=staged.name if staged is not None and _changes(v, staged) else None,
    )
    return found if found != RouteRevision() else None


def _staged(v: View) -> Revision | None:
    """Return the staged revision, if it is known what is in it."""
    staged = v.of.closing.staged_revision
    if staged is None:
        return None
    wished = v.of.wish.revision
    return wished if wished.name == staged.name else v.of.s.observed.revisions.get(staged.name)


def _changes(v: View, staged: Revision) -> bool:
    if v.of.active is None:
        return any(entry.route == v.key for entry in staged.entries)
    return not _agree(v, v.of.active, staged)


def _agree(v: View, one: Revision, other: Revision) -> bool:
    """Return whether two files have the same of a route: its queues, and each entry that takes jobs or shall."""
    ids = {entry.id for revision in (one, other) for entry in revision.entries if _counts(v, revision, entry)}
    return all(one.clusters.get(id_) == other.clusters.get(id_) for id_ in ids) and _queues(v, one) == _queues(v, other)


def _counts(v: View, revision: Revision, entry: RenderedEntry) -> bool:
    return entry.route == v.key and (entry.mode != TOMBSTONE or entry.id in revision.routed)


def _queues(v: View, revision: Revision) -> list[Any]:
    """Return the items of a route's queue, of its sub-queues, and perhaps of the queue of jobs that name none."""
    items = _by_first_part(revision)
    names = (v.spec.queue.name, *([DEFAULT_QUEUE] if v.spec.queue.default else []))
    return [items.get(name) for name in names]


def _by_first_part(revision: Revision) -> dict[str, list[Any]]:
    def sorted_out() -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for item in revision.document.get("queues", ()):
            found.setdefault(str(item["name"]).partition(".")[0], []).append(item)
        return found

    return revision.once("queues by their first part", sorted_out)


def _waits_for_pods(v: View) -> bool:
    """Return whether an entry waits although its cluster is within reach: not every pod knows it yet."""
    looks = v.of.s.observed.clusters
    return any(
        entry.mode == STAGED and (look := looks.get(entry.cluster)) is not None and look.reachable for entry in v.living
    )
