"""A file of BPG → one SparkGateway and its SparkJobRoutes as manifests, and how far they render the same routing. Pure.

Nothing is invented silently: what the file does not say and the manifests need, and what it says and they cannot, is a
note. A manifest that its own model refuses is never returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from mwaa_operator.api.meta import API_VERSION
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.checks import check
from mwaa_operator.gateway.bpg.config import StartFailure
from mwaa_operator.gateway.bpg.text import read
from mwaa_operator.gateway.importing.clusters import Place, cluster_body, note_entries, places, served_by
from mwaa_operator.gateway.importing.groups import Group, groups
from mwaa_operator.gateway.importing.naming import dns_label, unique
from mwaa_operator.gateway.importing.notes import Note, Notes, parts
from mwaa_operator.gateway.importing.options import Options
from mwaa_operator.gateway.importing.proof import Difference, prove
from mwaa_operator.gateway.importing.routes import Surroundings, homes, route_body
from mwaa_operator.gateway.importing.settings import settings
from mwaa_operator.gateway.importing.source import Source, note_unread, source_of
from mwaa_operator.gateway.status import MAX_CLUSTERS
from mwaa_operator.route.api import SparkJobRoute

BROKEN: Final = {
    "NullElement": "what met it failed; it is left out",
    "InvalidId": "status, log and deletion of its jobs may have failed; the operator gives other ids",
    "DuplicateId": "jobs of the later one could not be found; the operator gives each its own",
    "DuplicateQueue": "it becomes one route",
    "MissingKeys": "so that nobody got in; the operator makes keys",
    "Credentials": "so that its jobs failed",
}
"""Findings about the file that the manifests mend, and that explain why jobs failed before."""

Body = dict[str, Any]


class UnimportableError(ValueError):
    """Nothing can be made of the file: BPG does not start from it, or no gateway can have its clusters."""


@dataclass(frozen=True)
class Imported:
    """What an import gives.

    Attributes:
        gateway: The SparkGateway, as wire JSON.
        routes: The SparkJobRoutes, as wire JSON.
        notes: What is not there as it was.
        differences: Where jobs are routed otherwise; empty: the routing is the same.
        compared: How many kinds of jobs were compared.
    """

    gateway: Body
    routes: tuple[Body, ...]
    notes: tuple[Note, ...]
    differences: tuple[Difference, ...]
    compared: int


def convert(text: str, options: Options) -> Imported:
    """Return the manifests that render the routing of a file.

    Args:
        text: The file, YAML or JSON.
        options: What it does not say.

    Raises:
        UnimportableError: Nothing can be made of it.
    """
    source, notes = _source(text, options), Notes()
    found = _places(source, notes)
    kept = groups(source, served_by(found), notes)
    around = Surroundings(source, options, served_by(found), homes(kept, notes))
    routes = _routes(kept, around, notes)
    body = _gateway(around, found, [route for route, _ in routes], notes)
    _note_rest(source, found, notes)
    gateway = _validated(body)
    differences, compared = prove(source.config, gateway, tuple(route for route, _ in routes), options)
    masked = source.hidden.masked
    return Imported(
        body,
        tuple(written for _, written in routes),
        notes=tuple(Note(masked(note.pointer), masked(note.message)) for note in notes.all),
        differences=tuple(
            Difference(tuple(masked(item.jobs)), masked(item.before), masked(item.after)) for item in differences
        ),
        compared=compared,
    )


def _source(text: str, options: Options) -> Source:
    document = read(text)
    config = bind(document, profile=options.profile)
    if isinstance(config, StartFailure):
        # Behind a quotation mark may stand a value, and without a path nobody knows whose.
        message = config.message if config.path else config.message.partition("'")[0].strip()
        raise UnimportableError(f"BPG does not start from this file: {message}")
    return source_of(document, config)


def _places(source: Source, notes: Notes) -> tuple[Place, ...]:
    found = places(source, notes)
    if not found:
        raise UnimportableError("no entry of sparkClusters is a cluster that a SparkGateway can have")
    for place in found[MAX_CLUSTERS:]:
        for entry in place.entries:
            notes.add(entry.path, f"is left out: a gateway has at most {MAX_CLUSTERS} clusters")
    return found[:MAX_CLUSTERS]


def _routes(kept: tuple[Group, ...], around: Surroundings, notes: Notes) -> list[tuple[SparkJobRoute, Body]]:
    """Return the routes that their model takes, each with its manifest."""
    found: list[tuple[SparkJobRoute, Body]] = []
    for group in kept:
        name = unique(dns_label(group.name, otherwise="route"), {route.metadata.name for route, _ in found})
        body = around.source.hidden.masked(route_body(name, group, around, notes))
        try:
            found.append((SparkJobRoute.model_validate(body), body))
        except ValidationError as error:
            notes.add(
                group.path, f"queue {group.name!r} is left out, because no route can be like it: {_faults(error)}"
            )
    return found


def _gateway(around: Surroundings, found: tuple[Place, ...], routes: list[SparkJobRoute], notes: Notes) -> Body:
    source, options = around.source, around.options
    queues = [route.spec.queue.name for route in routes]
    fallback = any(route.spec.queue.default for route in routes)
    spec = settings(source, options, queues, fallback=fallback, notes=notes)
    spec["clusters"] = [cluster_body(place, options, notes) for place in found]
    metadata = {"name": options.name, "namespace": options.namespace}
    body = {"apiVersion": API_VERSION, "kind": "SparkGateway", "metadata": metadata, "spec": spec}
    masked: Body = source.hidden.masked(body)
    return masked


def _note_rest(source: Source, found: tuple[Place, ...], notes: Notes) -> None:
    for place in found:
        note_entries(place, notes)
    note_unread(source, notes)
    for finding in check(source.config):
        if mended := BROKEN.get(finding.code):
            notes.add(parts(finding.path), f"{finding.message}: {mended}")
    if source.entries:
        notes.add(
            ("sparkClusters",), "ids become others: jobs that name a clusterId, and whoever reads ids, must change"
        )


def _validated(body: Body) -> SparkGateway:
    try:
        return SparkGateway.model_validate(body)
    except ValidationError as error:
        raise UnimportableError(f"the file makes no SparkGateway: {_faults(error)}") from error


def _faults(error: ValidationError) -> str:
    """Return what a model refuses; models do not repeat values."""
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
