"""What a person has to know of an import: each note points at the member of the file that it is about. Pure.

A note never repeats a value that may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

Path = Iterable[str | int]


@dataclass(frozen=True)
class Note:
    """One thing that has no home in the manifests, or is not there as it was.

    Attributes:
        pointer: Of the member in the file (RFC 6901, "JavaScript Object Notation (JSON) Pointer"); empty for all of it.
        message: What became of it, and what to do.
    """

    pointer: str
    message: str


class Notes:
    """Collects notes in the order in which they come, each once."""

    def __init__(self) -> None:
        self._found: dict[Note, None] = {}

    def add(self, path: Path, message: str) -> None:
        """Take a note.

        Args:
            path: Names of members and indices of elements, from the top of the file.
            message: What became of it.
        """
        self._found[Note(pointer(path), message)] = None

    @property
    def all(self) -> tuple[Note, ...]:
        """All notes."""
        return tuple(self._found)


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def parts(dotted: str) -> list[str]:
    """Return the parts of a path that Dropwizard wrote, such as `sparkClusters.[0].weight`."""
    return [part for part in re.split(r"[.\[\]]+", dotted) if part]
