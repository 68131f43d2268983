"""Queues and the entries that serve them → what becomes one route: a parent queue with its sub-queues. Pure.

BPG looks for clusters by the part of a queue's name before the first dot, so that all sub-queues share their parent's
entries (BPG source: SparkClusterHelper).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mwaa_operator.api.spark import DEFAULT_QUEUE, MAX_QUEUE, QueueName, SubQueueName
from mwaa_operator.gateway.bpg.config import Queue
from mwaa_operator.gateway.importing.clusters import Place
from mwaa_operator.gateway.importing.naming import fitting, unique
from mwaa_operator.gateway.importing.notes import Notes
from mwaa_operator.gateway.importing.source import Declared, Entry, Source

FALLBACK: Final = "default"
"""The name of a route's queue that serves jobs without one, where no other route can."""


@dataclass(frozen=True)
class Group:
    """What becomes one route.

    Attributes:
        name: Of its queue.
        entries: Those that serve it and that a cluster of the gateway holds, in the file's order.
        declared: Its own declarations; the first decides about the token.
        subs: Declarations of sub-queues, by what follows the first dot.
        default: Whether it serves jobs that name no queue.
    """

    name: str
    entries: tuple[Entry, ...]
    declared: tuple[Declared, ...] = ()
    subs: tuple[tuple[str, Declared], ...] = ()
    default: bool = False

    @property
    def secure(self) -> bool:
        """Whether jobs bring a token: its first declaration says it, else that of its first sub-queue."""
        said = self.declared or tuple(declared for _, declared in self.subs)
        return bool(said and said[0].queue.secure)

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where it stands in the file."""
        said = (*self.declared, *(declared for _, declared in self.subs))
        return said[0].path if said else (*self.entries[0].path, "queues") if self.entries else ("queues",)


def groups(source: Source, places: Mapping[int, Place], notes: Notes) -> tuple[Group, ...]:
    """Return what becomes routes, in the file's order; what cannot become one is noted.

    Args:
        source: The file.
        places: Index of an entry to its cluster; entries without one serve nothing.
        notes: Takes what is left out.
    """
    found = list(_groups(source, places, notes))
    fallback = next((group for group in found if group.name == DEFAULT_QUEUE), None)
    others = [group for group in found if group is not fallback]
    return tuple(_with_fallback(others, fallback, notes) if fallback is not None else others)


def _groups(source: Source, places: Mapping[int, Place], notes: Notes) -> Iterator[Group]:
    entries = [entry for entry in source.entries if entry.index in places]
    for name in _parents(source, entries, notes):
        own = tuple(declared for declared in source.queues if declared.name == name)
        group = Group(
            name,
            entries=tuple(entry for entry in entries if name in entry.parents),
            declared=own,
            subs=tuple(_subs(source, name, notes)),
        )
        if group.entries:
            yield group
        elif name != DEFAULT_QUEUE:
            notes.add(
                group.path, f"no cluster serves {name!r}, so that its jobs are refused before and after: left out"
            )


def _parents(source: Source, entries: Iterable[Entry], notes: Notes) -> Iterator[str]:
    """Yield the names of parent queues that a route can have, each once."""
    names = {declared.name.partition(".")[0]: declared.path for declared in source.queues}
    declared_names = {declared.name for declared in source.queues}
    for entry in entries:
        for name in sorted(entry.parents - names.keys()):
            if source.config.profile.draws_queue_first:
                notes.add((*entry.path, "queues"), f"{name!r} is not declared, so that nobody can name it: left out")
            else:
                names[name] = (*entry.path, "queues")
                notes.add(names[name], f"{name!r} is not declared, and open to everybody: it becomes a route")
    for name, path in names.items():
        if not fitting(QueueName, name):
            notes.add(path, f"{name!r} is no name for a queue of a route: left out")
            continue
        if name not in declared_names and path[0] == "queues":
            notes.add(path, f"{name!r} itself is not declared: with its sub-queue it becomes a queue that can be named")
        yield name


def _subs(source: Source, name: str, notes: Notes) -> Iterator[tuple[str, Declared]]:
    """Yield the sub-queues of a parent, each name once."""
    seen = set()
    for declared in source.queues:
        parent, dot, rest = declared.name.partition(".")
        if parent != name or not dot or rest in seen:
            continue
        if name == DEFAULT_QUEUE or not fitting(SubQueueName, rest) or len(declared.name) > MAX_QUEUE:
            notes.add((*declared.path, "name"), f"{declared.name!r} is no sub-queue that a route can have: left out")
            continue
        seen.add(rest)
        yield rest, declared


def _with_fallback(others: list[Group], fallback: Group, notes: Notes) -> list[Group]:
    """Give the queue of jobs that name none to a route that is just like it, else make one of its own."""
    for index, group in enumerate(others):
        if group.entries == fallback.entries and _alike(group, fallback):
            notes.add(
                fallback.path, f"{DEFAULT_QUEUE!r} is served by the route of {group.name!r}, whose clusters it shares"
            )
            return [*others[:index], replace(group, default=True), *others[index + 1 :]]
    name = unique(FALLBACK, {group.name for group in others})
    notes.add(
        fallback.path,
        f"{DEFAULT_QUEUE!r} is BPG's name for jobs that name no queue: it becomes queue.default of a route whose own "
        f"queue is {name!r}, a name that jobs can use from now on",
    )
    return [*others, replace(fallback, name=name, default=True)]


def _alike(group: Group, fallback: Group) -> bool:
    """Return whether jobs of two queues are treated alike: token, limits, nodes."""
    own, other = (item.declared[0].queue if item.declared else Queue() for item in (group, fallback))
    return group.secure == fallback.secure and _rules(own) == _rules(other)


def _rules(queue: Queue) -> Queue:
    return replace(queue, name=None, secure=None, users=None)
