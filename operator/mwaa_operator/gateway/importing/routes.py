"""A group of queues → the SparkJobRoute that serves it: targets with weights, versions, default users. Pure.

A route has one list of versions for all its targets, where BPG has one for each entry. Where they differ, only what all
of them serve is kept, so that no job comes to a cluster that did not take it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import gcd
from typing import Any, Final

from mwaa_operator.api.meta import API_VERSION
from mwaa_operator.api.spark import SparkVersion, UserName
from mwaa_operator.gateway.importing.clusters import Place, account_of
from mwaa_operator.gateway.importing.groups import Group
from mwaa_operator.gateway.importing.jobs import job
from mwaa_operator.gateway.importing.naming import dns_label, fitting, unique
from mwaa_operator.gateway.importing.nodes import limits, note_buffers, placement
from mwaa_operator.gateway.importing.notes import Notes
from mwaa_operator.gateway.importing.options import Options
from mwaa_operator.gateway.importing.source import Declared, Entry, Source
from mwaa_operator.route.targets import MAX_WEIGHT

TOKEN: Final = "queue"  # noqa: S105  the name of a token
_MAX_USERS: Final = 64
_MAX_VERSIONS: Final = 16


@dataclass(frozen=True)
class Surroundings:
    """What all routes of an import share.

    Attributes:
        source: The file.
        options: Names and namespaces.
        places: Index of an entry to its cluster.
        users: User in lower case to the queue whose jobs are theirs by default.
    """

    source: Source
    options: Options
    places: Mapping[int, Place]
    users: Mapping[str, str]


def homes(groups: Iterable[Group], notes: Notes) -> dict[str, str]:
    """Return the queue of every user who has a default one; of several the first, which is noted.

    Args:
        groups: What becomes routes.
        notes: Takes users of more than one queue.
    """
    found: dict[str, str] = {}
    for group in groups:
        for declared in _declarations(group):
            for user in filter(None, declared.queue.users or ()):
                if found.setdefault(user.lower(), group.name) != group.name:
                    message = (
                        f"{user!r} is a default user of {found[user.lower()]!r} already, which stays: BPG drew one of "
                        "them for the labels and another for the cluster"
                    )
                    notes.add((*declared.path, "users"), message)
    return found


def route_body(name: str, group: Group, around: Surroundings, notes: Notes) -> dict[str, Any]:
    """Return a SparkJobRoute as wire JSON.

    Args:
        name: Of the route, unique among all.
        group: The queue, its sub-queues and its entries.
        around: What all routes share.
        notes: Takes what is not there as it was.
    """
    options = around.options
    spec: dict[str, Any] = {
        "gatewayRef": {"name": options.name},
        "dataClass": options.data_class,
        "queue": _queue(group),
        "access": _access(name, group, around, notes),
        "sparkVersions": sorted(versions := _versions(group, around.source, notes)),
        "targets": _targets(group, versions, around, notes),
    }
    profile = around.source.config.profile
    spec |= limits(group, profile, notes) | placement(group, notes) | job(group, options, around.source.hidden, notes)
    note_buffers(group, notes)
    metadata = {"name": name, "namespace": options.routes_in}
    return {"apiVersion": API_VERSION, "kind": "SparkJobRoute", "metadata": metadata, "spec": spec}


def _declarations(group: Group) -> tuple[Declared, ...]:
    return (*group.declared, *(declared for _, declared in group.subs))


def _queue(group: Group) -> dict[str, Any]:
    body: dict[str, Any] = {"name": group.name}
    if group.subs:
        body["subQueues"] = [name for name, _ in group.subs]
    return body | ({"default": True} if group.default else {})


def _access(route: str, group: Group, around: Surroundings, notes: Notes) -> dict[str, Any]:
    body: dict[str, Any] = {"secure": group.secure or around.options.isolated}
    if around.options.isolated and not group.secure:
        message = f"{group.name!r} asks for a token from now on, because the data class is {around.options.data_class}"
        notes.add(group.path, message)
    for name, declared in group.subs:
        if bool(declared.queue.secure) != group.secure:
            message = (
                f"{group.name}.{name} asks for a token {'as' if body['secure'] else 'no more than'} its parent does"
            )
            notes.add((*declared.path, "secure"), message)
    if users := _users(group, around, notes):
        body["defaultForUsers"] = users
    if body["secure"]:
        body["tokens"] = [{"name": TOKEN, "secretName": f"{route}-queue-token"}]
    return body


def _users(group: Group, around: Surroundings, notes: Notes) -> list[str]:
    """Return the users of a group; whose only default is the queue of jobs that name none needs no mention."""
    found: dict[str, str] = {}
    for declared in _declarations(group):
        for user in filter(None, declared.queue.users or ()):
            if around.users.get(user.lower()) != group.name:
                continue
            if not fitting(UserName, user):
                notes.add((*declared.path, "users"), f"{user!r} makes no label, so that BPG refuses the jobs: left out")
            else:
                found.setdefault(user.lower(), user)
    users = sorted(found.values())
    if len(users) > _MAX_USERS:
        notes.add((*group.path, "users"), f"has more than {_MAX_USERS} users: {len(users) - _MAX_USERS} are left out")
    return users[:_MAX_USERS]


def _versions(group: Group, source: Source, notes: Notes) -> frozenset[str]:
    """Return the versions of a route: those of all entries that take jobs, else those of the heaviest one.

    Where none takes jobs they do not count, but a route names some: those of the file.
    """
    routable = [entry for entry in group.entries if entry.routable]
    found = {entry.index: _valid(entry, notes) for entry in routable or group.entries}
    common = frozenset.intersection(*found.values())
    if any(versions != common for versions in found.values()):
        for entry in routable:
            if lost := found[entry.index] - common:
                message = (
                    f"{', '.join(sorted(lost))}: the clusters of {group.name!r} do not all serve it, as targets do"
                )
                notes.add((*entry.path, "sparkVersions"), message)
    if not common:
        heaviest = max(routable or group.entries, key=lambda entry: (entry.cluster.weight, -entry.index))
        common = found[heaviest.index]
    if not common:
        notes.add(
            group.path, f"no cluster of {group.name!r} has a version, so that its jobs are refused before and after"
        )
        common = frozenset[str]().union(*(_valid(entry, notes) for entry in source.entries))
    return frozenset(sorted(common)[:_MAX_VERSIONS])


def _valid(entry: Entry, notes: Notes) -> frozenset[str]:
    for version in sorted(entry.versions):
        if not fitting(SparkVersion, version):
            notes.add((*entry.path, "sparkVersions"), f"{version!r} is no version of Spark: left out")
    return frozenset(version for version in entry.versions if fitting(SparkVersion, version))


def _targets(group: Group, versions: frozenset[str], around: Surroundings, notes: Notes) -> list[dict[str, Any]]:
    weights = _weights(group, versions, notes)
    targets: dict[str, dict[str, Any]] = {}
    for entry in group.entries:
        place = around.places[entry.index]
        name = unique(dns_label(entry.cluster.id or "", otherwise=place.name), targets)
        targets[name] = {
            "name": name,
            "cluster": place.name,
            "namespace": entry.cluster.namespace,
            "serviceAccount": account_of(entry),
            "weight": weights[entry.index],
        }
    return list(targets.values())


def _weights(group: Group, versions: frozenset[str], notes: Notes) -> dict[int, int]:
    """Return weights that a target may have, in the same proportions where whole numbers allow it."""
    found = {
        entry.index: entry.cluster.weight if entry.routable and versions <= entry.versions else 0
        for entry in group.entries
    }
    for entry in group.entries:
        if entry.cluster.weight <= 0:
            message = f"{entry.cluster.weight} becomes a target of weight 0, which no job can name any more"
            notes.add((*entry.path, "weight"), message)
    largest = max(found.values())
    if largest <= MAX_WEIGHT:
        return found
    divisor = gcd(*found.values())
    if largest // divisor <= MAX_WEIGHT:
        return {index: weight // divisor for index, weight in found.items()}
    notes.add(group.path, f"the weights of {group.name!r} are rounded: those of targets are at most {MAX_WEIGHT}")
    return {index: max(1, round(weight * MAX_WEIGHT / largest)) if weight else 0 for index, weight in found.items()}
