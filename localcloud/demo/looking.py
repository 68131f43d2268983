"""What chapters wait for and check, whatever the kind: something true of an object, an object gone, a call counted.

It knows nothing of the story. A wait that ends in vain, or a count that is another one, ends the story.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.demo.rows import Body, Kind, condition
from localcloud.demo.stage import Stage
from localcloud.waiting import wait_until

WITHIN = 240.0
"""Seconds until a chapter is given up; far longer than it takes."""


class ChapterFailedError(RuntimeError):
    """A chapter did not come true; the message says what was waited for and what was seen instead."""


@dataclass(frozen=True)
class Cast:
    """The objects of one kind, as the chapters about it speak of them."""

    stage: Stage
    kind: Kind

    def until(self, name: str, true_of: Callable[[Body], bool]) -> Body:
        """Wait until something is true of an object, and return it as it was then."""

        def look() -> Body | None:
            body = self.stage.get(self.kind, name)
            return body if body is not None and true_of(body) else None

        def explain() -> str:
            return json.dumps((self.stage.get(self.kind, name) or {}).get("status", {}), indent=1)

        try:
            body = wait_until(look, within=WITHIN, what=name, explain=explain)
        except TimeoutError as error:
            raise ChapterFailedError(str(error)) from error
        return body or {}

    def gone(self, name: str) -> None:
        """Wait until an object is gone."""
        try:
            wait_until(lambda: self.stage.get(self.kind, name) is None, within=WITHIN, what=f"{name} to go")
        except TimeoutError as error:
            raise ChapterFailedError(str(error)) from error

    def expect(self, name: str, operation: str, count: int) -> None:
        """Check how often AWS accepted an operation on what is called `name` there."""
        seen = self.stage.accepted(self.kind, name, operation)
        if seen != count:
            raise ChapterFailedError(f"{operation} of {name} was to be accepted {count} times, and was {seen} times")

    def patch(self, name: str, spec: dict[str, Any]) -> None:
        """Edit an object as a user would."""
        change = json.dumps({"spec": spec})
        kind, (namespace, short) = f"{self.kind.plural}.mwaa-operator.io", self.kind.place(name)
        self.stage.kubectl("patch", kind, short, "-n", namespace, "--type=merge", "-p", change)


def ready(body: Body) -> bool:
    """Whether the object is Ready, and in sync, for its present generation."""
    found = condition(body, "Ready") or {}
    current = found.get("observedGeneration") == body["metadata"]["generation"]
    return current and found.get("status") == "True" and status_of(body, "Synced") == "True"


def reason(body: Body, type_: str = "Ready") -> str:
    """Return the reason of a condition; empty without it."""
    return str((condition(body, type_) or {}).get("reason", ""))


def message(body: Body, type_: str = "Ready") -> str:
    """Return the message of a condition; empty without it."""
    return str((condition(body, type_) or {}).get("message", ""))


def status_of(body: Body, type_: str) -> str:
    """Return the status of a condition; empty without it."""
    return str((condition(body, type_) or {}).get("status", ""))


def excerpt(text: str, heading: str) -> str:
    """Return a heading of an indented text, such as kubectl's descriptions, and what stands under it.

    Args:
        text: The whole.
        heading: As it is written there, for example "Last Run:".

    Returns:
        The lines without the heading's own indentation; empty where there is no such heading.
    """
    lines = text.splitlines()
    depths = [len(line) - len(line.lstrip()) for line in lines]
    start = next((place for place, line in enumerate(lines) if line.strip() == heading), None)
    if start is None:
        return ""
    end = next((place for place in range(start + 1, len(lines)) if depths[place] <= depths[start]), len(lines))
    return "\n".join(line[depths[start] :] for line in lines[start:end])
