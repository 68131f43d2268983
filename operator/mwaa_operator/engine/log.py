"""What the engine says, and to whom: a small protocol that cli fulfils with structlog.

Events are constant words (`reconcile.failed`) with fields; the engine never formats a body into a line.
"""

from __future__ import annotations

from typing import Protocol


class Log(Protocol):
    """A structured logger. `exc_info` among the fields is an exception whose trace belongs to the line."""

    def debug(self, event: str, /, **fields: object) -> object:
        """Say something that only a developer asks for."""
        ...

    def info(self, event: str, /, **fields: object) -> object:
        """Say that something changed."""
        ...

    def warning(self, event: str, /, **fields: object) -> object:
        """Say that something failed that will be tried again."""
        ...

    def error(self, event: str, /, **fields: object) -> object:
        """Say that something failed that a person should look at."""
        ...


class NullLog:
    """Says nothing."""

    def debug(self, event: str, /, **fields: object) -> None:
        """Drop it."""

    info = warning = error = debug
