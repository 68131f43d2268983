"""What the client is handed from outside, because kube and its siblings do not know each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Log(Protocol):
    """Where failures go that are not raised."""

    def warning(self, event: str, /, **fields: object) -> object:
        """Say that something failed that nobody has to wait for."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """The surroundings of the client.

    Attributes:
        instance: Who we are in Events: the pod's name.
        now: The current time, UTC.
        log: Told of what failed and was not raised.
        secret_read: Told of each value of a Secret, so that it is hidden wherever it might be written.
        status_written: Told the kind of each status that was written.
    """

    instance: str
    now: Callable[[], datetime]
    log: Log
    secret_read: Callable[[str], None]
    status_written: Callable[[str], None]
