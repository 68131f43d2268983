"""The breadth-first walk that every model is checked by: all states within bounds, and the way to rest from each.

It knows no kind: a model gives its moves, and what it does when nothing goes wrong any more. Whatever a model finds
broken comes back with the way that led there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

MOST_STEPS = 40
"""Rounds in which a state must come to rest once nothing goes wrong any more."""

S = TypeVar("S", bound=Hashable)


class Broken(AssertionError):  # noqa: N818  named for what it says
    """Something that must never happen; the message tells the way there."""


@dataclass
class Report:
    """What a walk covered.

    Attributes:
        states: Visited.
        depth: Moves of the longest of the shortest ways to a state.
        cut: States that were seen and not visited, because there were too many.
        slowest: Most rounds that any state took to come to rest.
        resting: What was said at rest, and in how many different states.
    """

    states: int = 0
    depth: int = 0
    cut: int = 0
    slowest: int = 0
    resting: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it for `pytest -s`."""
        return f"{self.states} states, depth {self.depth}, {self.cut} cut, at rest {self.resting}"


class Rest(Generic[S]):
    """From every state a model comes to rest in a bounded number of rounds once nothing goes wrong any more.

    Args:
        calm: Returns a state in which nothing goes wrong from now on.
        following: One round; at rest it returns the state itself.
        judge: Says in a word what a state at rest is; raises `Broken` where nothing may rest.
    """

    def __init__(self, *, calm: Callable[[S], S], following: Callable[[S], S], judge: Callable[[S], str]) -> None:
        self._calm, self._following, self._judge = calm, following, judge
        self._known: dict[S, tuple[int, S]] = {}
        self.words: dict[str, int] = {}

    def rounds(self, state: S) -> int:
        """Return how many rounds it takes; raise `Broken` when they do not end."""
        return self._ended(state)[0]

    def end(self, state: S) -> S:
        """Return where it comes to rest; raise `Broken` when it does not."""
        return self._ended(state)[1]

    def _ended(self, state: S) -> tuple[int, S]:
        state = self._calm(state)
        trail: list[S] = []
        while state not in self._known:
            trail.append(state)
            if len(trail) > MOST_STEPS:
                raise Broken(f"does not come to rest in {MOST_STEPS} rounds: {trail[-1]} after {trail[-2]}")
            following = self._following(state)
            if following == state:
                self._known[state] = (0, state)
                word = self._judge(state)
                self.words[word] = self.words.get(word, 0) + 1
                trail.pop()
                break
            state = following
        base, end = self._known[state]
        for back, earlier in enumerate(reversed(trail), start=1):
            self._known[earlier] = (base + back, end)
        return base + len(trail), end


def explore(
    first: S,
    moves: Callable[[S], Iterable[tuple[str, S]]],
    rest: Rest[S],
    *,
    most: int,
    check: Callable[[S], None] = lambda state: None,
) -> Report:
    """Visit every state that can be reached; raise `Broken` with the way there where a rule does not hold.

    Args:
        first: The beginning.
        moves: Every move out of a state with its label; a rule that does not hold raises `Broken` in it.
        rest: The way to rest.
        most: States after which the walk is cut.
        check: What else must hold of every state.
    """
    report = Report()
    parents: dict[S, tuple[S, str] | None] = {first: None}
    queue = deque([(first, 0)])
    while queue:
        state, depth = queue.popleft()
        report.depth = max(report.depth, depth)
        try:
            report.slowest = max(report.slowest, rest.rounds(state))
            check(state)
            for label, following in moves(state):
                if following not in parents:
                    if len(parents) >= most:
                        report.cut += 1
                        continue
                    parents[following] = (state, label)
                    queue.append((following, depth + 1))
        except Broken as broken:
            raise Broken(f"{broken}\nway: {' → '.join(way(state, parents))}\nstate: {state}") from broken
    report.states, report.resting = len(parents), rest.words
    return report


def way(state: S, parents: Mapping[S, tuple[S, str] | None]) -> list[str]:
    """Return the labels of the moves that led to a state."""
    labels: list[str] = []
    while (parent := parents[state]) is not None:
        state, label = parent
        labels.append(label)
    return labels[::-1]


def check_conditions(status: Mapping[str, Any]) -> None:
    """Hold a status that is written against the rules that kstatus and Flux read every status by."""
    words = {item["type"]: item["status"] for item in status.get("conditions", [])}
    if not words:
        return
    ready = words["Ready"]
    if "Reconciling" in words and "Stalled" in words:
        raise Broken("both Reconciling and Stalled")
    if "Stalled" in words and ready != "False":
        raise Broken("Stalled although Ready is not False")
    if ready == "Unknown" and "Reconciling" not in words:
        raise Broken("Ready is Unknown without Reconciling")
    if ready == "True" and ("Reconciling" in words or "EndpointsRequired" in words):
        raise Broken("Ready beside an abnormal condition")
