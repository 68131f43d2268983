"""The tasks of a workflow as a graph: what lies upstream of each, and what runs in a circle. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

Upstream = Mapping[str, tuple[str, ...]]
"""Each task's own dependencies."""


@dataclass(frozen=True)
class Ancestors:
    """A set of tasks as bits, since sets of hundreds of names for hundreds of tasks would cost more than the rules."""

    bits: int
    places: Mapping[str, int]

    def __contains__(self, name: object) -> bool:
        place = self.places.get(name) if isinstance(name, str) else None
        return place is not None and bool(self.bits >> place & 1)


def find_cycle(upstream: Upstream) -> tuple[str, ...]:
    """Return the ids of one circle, each waiting for the next, beginning with the smallest; empty if there is none."""
    try:
        TopologicalSorter(upstream).prepare()
    except CycleError as refusal:
        # graphlib names each before the one that waits for it, and the first twice.
        circle: list[str] = refusal.args[1][:0:-1]
        begin = circle.index(min(circle))
        return tuple(circle[begin:] + circle[:begin])
    return ()


def ancestry(upstream: Upstream) -> Mapping[str, Ancestors]:
    """Return what lies upstream of each task, directly or through others.

    Raises:
        CycleError: Tasks run in a circle.
    """
    places = {name: place for place, name in enumerate(upstream)}
    bits: dict[str, int] = {}
    for name in TopologicalSorter(upstream).static_order():
        bits[name] = 0
        for other in upstream[name]:
            bits[name] |= bits[other] | 1 << places[other]
    return {name: Ancestors(found, places) for name, found in bits.items()}
