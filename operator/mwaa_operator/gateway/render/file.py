"""A gateway and its routes → the text of BPG's file, and what became of every route. Pure and total.

JSON text, because BPG's YAML reader takes it and no version, number or name can be misread in it; sorted keys, so that
the same routes always give the same bytes. Nothing is ever null: a null in a list breaks every job.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mwaa_operator.gateway.render.document import base_document
from mwaa_operator.gateway.render.entry import drained, placeholder, routed_entry
from mwaa_operator.gateway.render.identity import ENTRY_ID, PLACEHOLDER, Identity, assign
from mwaa_operator.gateway.render.queues import CLOSED, queue_items
from mwaa_operator.gateway.render.scene import Candidate, Refused, Scene
from mwaa_operator.gateway.render.select import select
from mwaa_operator.gateway.render.traffic import serving
from mwaa_operator.gateway.status import MAX_ENTRIES
from mwaa_operator.route.reasons import Reason
from mwaa_operator.route.targets import Target

MAX_BYTES: Final = 1024 * 1024 - 128 * 1024
"""A Secret holds 1 MiB (Kubernetes documentation, "Secrets"); the rest is for what a revision has beside its file."""
WARN_BYTES: Final = 700 * 1024


Places = list[tuple[Identity, Target]]
"""Targets of one route, each with what its id is bound to."""


@dataclass(frozen=True)
class RenderedEntry:
    """One entry of the file, and what it stands for.

    Attributes:
        id: In BPG.
        identity: Digest of what the id is bound to; empty for a tombstone whose identity is not remembered.
        mode: Routed, Staged (held back), Draining or Tombstone.
        route: `namespace/name`; empty for a tombstone.
        target: Its name in the route; empty for a tombstone.
        cluster: Its name in the gateway; empty for a tombstone.
        weight: Of the route's target.
    """

    id: str
    identity: str
    mode: str
    route: str = ""
    target: str = ""
    cluster: str = ""
    weight: int = 0


@dataclass(frozen=True)
class Rendering:
    """A file, and what became of the routes.

    Attributes:
        text: The file. It holds the keys of queue tokens.
        name: Hash of the text, the revision's name.
        entries: Entries of the file, by id; not the placeholder.
        refused: Route key to why it is left out.
        warnings: What the gateway's owner should know.
    """

    text: str = field(repr=False)
    name: str
    entries: tuple[RenderedEntry, ...]
    refused: Mapping[str, Refused]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """What one route adds to the file."""

    candidate: Candidate
    clusters: tuple[dict[str, Any], ...]
    queues: tuple[dict[str, Any], ...]
    entries: tuple[RenderedEntry, ...]


def render(scene: Scene) -> Rendering:
    """Render a gateway's file.

    Args:
        scene: Any set of routes, in any order, however wrong they are.

    Returns:
        A file from which BPG starts. A route that cannot be served is left out and told; it costs no other route
        anything, but for what the older of two takes from the younger.
    """
    accepted, refused = select(scene)
    places = {candidate.key: _places(candidate, scene) for candidate in accepted}
    ids = assign((identity for found in places.values() for identity, _ in found), scene.past.ids)
    live = set(ids.values())
    tombstones = {id_: entry for id_, entry in scene.past.tombstones.items() if _stays(id_, live)}
    document, warnings = base_document(scene.gateway.spec, keys=scene.keys)
    parts, too_large = _fitting([_part(item, places[item.key], scene, ids) for item in accepted], document, tombstones)
    text = _text(document | _routing(parts, tombstones))
    if len(text) > WARN_BYTES:
        warnings += (f"the file has {len(text) // 1024} KiB of {MAX_BYTES // 1024}: move routes to another gateway",)
    return Rendering(
        text=text,
        name=hashlib.sha256(text.encode()).hexdigest()[:12],
        entries=_entries(parts, tombstones, scene),
        refused=dict(sorted((refused | too_large).items())),
        warnings=warnings,
    )


def _places(candidate: Candidate, scene: Scene) -> Places:
    """Return the targets of a route whose clusters are known, with what their ids are bound to."""
    metadata, found = candidate.route.metadata, []
    for target in candidate.route.spec.targets:
        if view := scene.clusters.get(target.cluster):
            place = (target.name, view.url, target.namespace)
            found.append((Identity(metadata.namespace, metadata.name, *place), target))
    return found


def _part(candidate: Candidate, places: Places, scene: Scene, ids: Mapping[Identity, str]) -> _Part:
    spec = candidate.route.spec
    last = frozenset(target.name for identity, target in places if ids[identity] in scene.past.routed)
    takes_jobs = serving(spec, clusters=scene.clusters, last=last)
    by_name = {cluster.name: cluster for cluster in scene.gateway.spec.clusters}
    clusters, entries = [], []
    for identity, target in places:
        id_, cluster, view = ids[identity], by_name[target.cluster], scene.clusters[target.cluster]
        mode = "Draining" if target.name not in takes_jobs else "Staged" if id_ in scene.held else "Routed"
        entry = routed_entry(id_, spec, target, cluster=cluster, view=view)
        clusters.append(entry if mode == "Routed" else drained(entry))
        told = (candidate.key, target.name, target.cluster, target.weight)
        entries.append(RenderedEntry(id_, identity.digest, mode, *told))
    return _Part(candidate, tuple(clusters), tuple(queue_items(spec)), tuple(entries))


def _fitting(
    parts: list[_Part], document: dict[str, Any], tombstones: Mapping[str, Mapping[str, Any]]
) -> tuple[list[_Part], dict[str, Refused]]:
    """Return the parts that fit, the oldest first, and the refusals of the others."""
    used, count = len(_text(document | _routing([], tombstones))), len(tombstones)
    kept, refused = [], {}
    for part in parts:
        size = sum(len(_text(item)) + 2 for item in (*part.clusters, *part.queues))
        if used + size > MAX_BYTES or count + len(part.entries) > MAX_ENTRIES:
            message = "the gateway's file has no room for this route: move it, or older ones, to another gateway"
            refused[part.candidate.key] = Refused(Reason.FILE_TOO_LARGE, message)
        else:
            used, count = used + size, count + len(part.entries)
            kept.append(part)
    return kept, refused


def _routing(parts: list[_Part], tombstones: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the members of the file that routes decide about."""
    clusters = [entry for part in parts for entry in part.clusters]
    clusters += [drained(entry) | {"id": id_} for id_, entry in tombstones.items()]
    queues = [item for part in parts for item in part.queues]
    if all(item["name"] != CLOSED["name"] for item in queues):
        queues.append(CLOSED)
    return {
        "queues": sorted(queues, key=lambda item: str(item["name"])),
        "sparkClusters": sorted(clusters, key=lambda entry: str(entry["id"])) or [placeholder()],
    }


def _entries(
    parts: list[_Part], tombstones: Mapping[str, Mapping[str, Any]], scene: Scene
) -> tuple[RenderedEntry, ...]:
    digests = {id_: digest for digest, id_ in scene.past.ids.items()}
    gone = [RenderedEntry(id_, digests.get(id_, ""), "Tombstone") for id_ in tombstones]
    return tuple(sorted([entry for part in parts for entry in part.entries] + gone, key=lambda entry: entry.id))


def _stays(id_: str, live: set[str]) -> bool:
    return id_ not in live and id_ != PLACEHOLDER and ENTRY_ID.fullmatch(id_) is not None


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)
