"""Looks at the versions of things that no watch of ours brings, every so often, and tells which have changed.

For few things among many, where a watch would bring all of them: a list of versions costs one small request, holds
nothing, and cannot go silent. It says that something changed, never what.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from mwaa_operator.engine.instruments import Instruments

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Subject(Generic[K]):
    """What is looked at.

    Attributes:
        name: For logs.
        versions: Returns the version of each thing that there is now.
        errors: What it raises when it cannot; anything else ends the process.
        changed: Told each thing that is new, has another version or is gone; not what there was at the first look.
    """

    name: str
    versions: Callable[[], Mapping[K, str]]
    errors: tuple[type[Exception], ...]
    changed: Callable[[K], object]


class Lookout(Generic[K]):
    """Looks at one subject; `run` is the body of its thread.

    Args:
        subject: What is looked at.
        seconds: Between two looks.
        patience: Between two tries while looks fail.
        instruments: The clock and the log.
    """

    def __init__(self, subject: Subject[K], *, seconds: float, patience: float, instruments: Instruments) -> None:
        self._subject, self._seconds, self._patience = subject, seconds, patience
        self._clock, self._log = instruments.clock, instruments.log
        self._condition = threading.Condition()
        self._stopping, self._failing = False, False
        self._known: Mapping[K, str] | None = None

    def run(self) -> None:
        """Look until `stop`."""
        while not self._stopping:
            self._pause(self._seconds if self.look() else self._patience)

    def stop(self) -> None:
        """End `run` at its next pause."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()

    def look(self) -> bool:
        """Look once; return whether it worked."""
        try:
            now = self._subject.versions()
        except self._subject.errors as error:
            if not self._failing:
                self._log.warning("lookout.failed", subject=self._subject.name, error=str(error))
            self._failing = True
            return False
        self._failing = False
        known, self._known = self._known, now
        if known is not None:
            for thing in dict.fromkeys((*known, *now)):
                if known.get(thing) != now.get(thing):
                    self._subject.changed(thing)
        return True

    def _pause(self, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        with self._condition:
            while not self._stopping and self._clock.monotonic() < until:
                self._clock.wait(self._condition, until)
