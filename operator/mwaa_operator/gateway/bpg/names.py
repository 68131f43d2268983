"""How BPG compares names: of queues, versions and users. Pure.

Every use has a rule of its own: with or without case, the first or the last entry, the full name or the part before the
first dot. Lists are walked as far as BPG walks them, because a null element breaks only those who meet it. Sources:
apple/batch-processing-gateway, SparkClusterHelper, AppConfig.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from mwaa_operator.gateway.bpg.answer import Stage, broken
from mwaa_operator.gateway.bpg.config import Queue
from mwaa_operator.gateway.bpg.javatext import equals_ignore_case, split_at_dots

_DOTS = re.compile(r"\.{2,}")
# Java's dot stops at more line ends than Python's.
_BETWEEN_DOTS = re.compile("[.]*([^\\n\\r\u0085\u2028\u2029]*[^.])[.]*")


def normalised(queue: str) -> str | None:
    """Return a queue's name as BPG uses it: repeated dots made one, none at the ends; None if there were only dots."""
    found = _BETWEEN_DOTS.search(_DOTS.sub(".", queue))
    return found[1] if found else None


def parent(queue: str, *, stage: Stage) -> str:
    """Return the part of a queue's name before the first dot.

    Args:
        queue: Full name.
        stage: What BPG is doing.

    Raises:
        RefusedError: The name is a dot; only a queue that is drawn, not one that is named, can be.
    """
    parts = split_at_dots(queue)
    if not parts:
        exception = "java.lang.ArrayIndexOutOfBoundsException"
        raise broken(stage, "Index 0 out of bounds for length 0", exception=exception, exact=True)
    return parts[0]


def contains(names: Iterable[str | None] | None, name: str | None, *, stage: Stage, what: str) -> bool:
    """Whether one of the names is this one, whatever its case.

    Args:
        names: None has nothing.
        name: None is in no list.
        stage: What BPG is doing.
        what: Whose names they are, for the message.

    Raises:
        RefusedError: A null element came before the name.
    """
    for candidate in names or ():
        if candidate is None:
            raise broken(stage, f"{what} has a null element")
        if equals_ignore_case(candidate, name):
            return True
    return False


def first_queue(queues: tuple[Queue | None, ...], name: str, *, stage: Stage) -> Queue | None:
    """Return the first queue with a name, whatever its case; it decides whether a token is demanded."""
    return next(_matching(queues, lambda other: equals_ignore_case(other, name), stage), None)


def last_queue(queues: tuple[Queue | None, ...] | None, name: str) -> Queue | None:
    """Return the last queue with a name, whatever its case; it declares the queue and bounds its executors."""
    stage = Stage.LIMITS
    matching = list(_matching(_there(queues, stage), lambda other: equals_ignore_case(other, name), stage))
    return matching[-1] if matching else None


def exact_queue(queues: tuple[Queue | None, ...] | None, name: str, *, stage: Stage) -> Queue | None:
    """Return the first queue whose name is exactly this one; it has the labels, zones, buffers and time limit."""
    return next(_matching(_there(queues, stage), lambda other: other == name, stage), None)


def _there(queues: tuple[Queue | None, ...] | None, stage: Stage) -> tuple[Queue | None, ...]:
    if queues is None:
        raise broken(stage, "the file has no `queues`")
    return queues


def _matching(queues: tuple[Queue | None, ...], matches: Callable[[str], bool], stage: Stage) -> Iterator[Queue]:
    for queue in queues:
        if queue is None or queue.name is None:
            raise broken(stage, "`queues` has a null element or one without a name")
        if matches(queue.name):
            yield queue
