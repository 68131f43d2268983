"""Waiting in tests: for a condition, with a deadline, never for a fixed time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from localcloud.waiting import wait_until

T = TypeVar("T")


def eventually(predicate: Callable[[], T], *, within: float, what: str = "the condition") -> T:
    """Return the predicate's first truthy answer.

    Args:
        predicate: looked at every 30 ms.
        within: seconds until the test fails.
        what: completes the sentence "waited N s for …".

    Raises:
        TimeoutError: the deadline passed; the message ends with the last answer.
    """
    last: list[object] = [None]

    def look() -> T:
        answer = predicate()
        last[0] = answer
        return answer

    return wait_until(look, within=within, what=what, explain=lambda: f"the last answer was {last[0]!r}")
