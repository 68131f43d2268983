"""Which revision shall come next: the routes as they are, by way of steps that no running job falls through. Pure.

Entries that not every pod knows are added first and routed by nobody (expand); then they are routed, and others drain
(activate); what ended leaves (contract). Only the first step is a file of its own: the others come from what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Any, Final

from mwaa_operator.gateway.plan.aside import aside
from mwaa_operator.gateway.plan.draining import released
from mwaa_operator.gateway.plan.probes import doubted
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.plan.windows import Opening, opening
from mwaa_operator.gateway.render.file import RenderedEntry, Rendering, render
from mwaa_operator.gateway.render.prediction import queue_names
from mwaa_operator.gateway.render.scene import ClusterView, Past, Scene
from mwaa_operator.gateway.revision import Revision, everywhere, expansion, revision_name

EXPAND: Final = "Expand"
ACTIVATE: Final = "Activate"
CONTRACT: Final = "Contract"


@dataclass(frozen=True)
class Target:
    """The revision that shall come next.

    Attributes:
        revision: It; the active one's name means that nothing is to be done.
        step: Expand, Activate or Contract.
        wanted: Where the steps lead to, as far as it is known now.
        rendering: What became of the routes.
    """

    revision: Revision
    step: str
    wanted: Revision
    rendering: Rendering

    @cached_property
    def routes(self) -> frozenset[str]:
        """Routes that have entries in it."""
        return frozenset(entry.route for entry in self.wanted.entries if entry.mode != "Tombstone")


def target(s: Situation, *, without: frozenset[str] = frozenset()) -> Target:
    """Return the revision that shall come next.

    Args:
        s: The situation.
        without: Routes to leave out beside those that were set aside, to see whether the rest passes a proof.
    """
    return s.once(f"target {sorted(without)}", lambda: _target(s, without))


def openings(s: Situation) -> Mapping[str, Opening]:
    """Return which clusters take new jobs by state and windows."""
    zones, now = s.observed.zones, s.now
    return s.once("openings", lambda: {item.name: opening(item, zones=zones, now=now) for item in s.spec.clusters})


def lasting(s: Situation, name: str) -> float:
    """Return for how many seconds a cluster has been healthy, or not; without end if never otherwise."""
    before = next((item for item in s.status.clusters if item.name == name), None)
    look = s.observed.clusters.get(name)
    if before is None or before.healthy is None or look is None:
        return inf if look is None or look.healthy else 0.0
    if before.healthy != look.healthy:
        return 0.0
    return inf if before.since is None else s.since(before.since)


def changed(s: Situation, target: Target) -> tuple[str, ...]:
    """Return the routes of which the target has something else than the active revision, by key."""
    before = s.active.document if s.active is not None else {}
    queues = {item.key: queue_names(item.route.spec) for item in s.observed.candidates}
    old, new = _by_route(before, target, queues), _by_route(target.revision.document, target, queues)
    return tuple(sorted(route for route in new if new[route] != old[route]))


def _target(s: Situation, without: frozenset[str]) -> Target:
    scene, gone = _scene(s, without), released(s)
    rendering = render(scene)
    wanted = _revision(s, rendering)
    everybody = everywhere(s.serving)
    lacking = wanted.known - everybody if s.active is not None else frozenset[str]()
    if held := lacking | _unsure(s, wanted):
        rendering = render(replace(scene, held=held))
        wanted = _revision(s, rendering)
    if s.active is not None and s.active.text and lacking:
        left_out = frozenset(entry.route for entry in s.active.entries) - {entry.route for entry in _living(wanted)}
        revoked = frozenset(entry.id for entry in s.active.entries if entry.route in left_out)
        expanded = expansion(s.active, wanted, revoked=revoked, template=s.observed.template)
        return Target(expanded, EXPAND, wanted, rendering)
    taken_away = s.active is not None and bool(s.active.known & gone - wanted.known)
    same = taken_away and s.active is not None and wanted.routed == s.active.routed
    return Target(wanted, CONTRACT if same else ACTIVATE, wanted, rendering)


def _scene(s: Situation, without: frozenset[str]) -> Scene:
    told = {item.route: item.message or "" for item in aside(s)}
    return Scene(
        gateway=s.resource,
        candidates=s.observed.candidates,
        clusters=_views(s),
        past=Past(ids=_ids(s), routed=s.active.routed if s.active else frozenset(), tombstones=_tombstones(s)),
        keys=s.observed.keys,
        aside=told | dict.fromkeys(without, "It is being found out whether the route breaks the file."),
        places=s.observed.places,
    )


def _views(s: Situation) -> dict[str, ClusterView]:
    return {
        name: ClusterView(
            look.url,
            look.ca,
            look.token,
            healthy=look.healthy,
            open=name in openings(s) and openings(s)[name].open,
            lasting=lasting(s, name) * s.timings.factor,
        )
        for name, look in s.observed.clusters.items()
    }


def _ids(s: Situation) -> dict[str, str]:
    """Return the ids that identities have, or had in a file that is still there; what serves has the last word."""
    found = {}
    for revision in (*s.observed.revisions.values(), *s.serving):
        found.update({entry.identity: entry.id for entry in revision.entries if entry.identity})
    return found


def _tombstones(s: Situation) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for revision in s.serving:
        found.update(revision.clusters)
    return {id_: entry for id_, entry in found.items() if id_ not in released(s)}


def _unsure(s: Situation, first: Revision) -> frozenset[str]:
    """Return ids that nobody routes yet and that shall not be: a pod may not know them, or none reaches the cluster."""
    # A tombstone may be of a cluster that is the gateway's no more.
    reached = {name for name, look in s.observed.clusters.items() if look.reachable}
    out_of_reach = {entry.id for entry in first.entries if entry.cluster and entry.cluster not in reached}
    routed = s.active.routed if s.active is not None else frozenset[str]()
    return (doubted(s) | out_of_reach) - routed


def _revision(s: Situation, rendering: Rendering) -> Revision:
    """Return a rendering as a revision; a tombstone keeps the word of where it came from."""
    origins = {entry.id: entry for revision in s.serving for entry in revision.entries}
    entries = tuple(_with_origin(entry, origins) for entry in rendering.entries)
    return Revision(revision_name(rendering.text, s.observed.template), rendering.text, entries)


def _with_origin(entry: RenderedEntry, origins: Mapping[str, RenderedEntry]) -> RenderedEntry:
    before = origins.get(entry.id)
    return replace(before, mode=entry.mode) if entry.mode == "Tombstone" and before is not None else entry


def _living(revision: Revision) -> Iterable[RenderedEntry]:
    return (entry for entry in revision.entries if entry.mode != "Tombstone")


def _by_route(
    document: Mapping[str, Any], target: Target, queues: Mapping[str, tuple[str, ...]]
) -> dict[str, list[Any]]:
    """Return what a file has of each route of a target."""
    clusters = {item["id"]: item for item in document.get("sparkClusters", ())}
    items = {item["name"]: item for item in document.get("queues", ())}
    found: dict[str, list[Any]] = {
        route: [items.get(name) for name in queues.get(route, ())] for route in target.routes
    }
    for entry in target.wanted.entries:
        if entry.route in found:
            found[entry.route].append(clusters.get(entry.id))
    return found
