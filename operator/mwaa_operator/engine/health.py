"""What can be wrong with the engine itself, as data for the health endpoints.

A problem of liveness means "a restart helps"; a problem of readiness means "not yet". The state of AWS, of the API
server or of an object is neither: restarting would heal nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One failed check.

    Attributes:
        check: Which one: `leader`, `queue/<kind>`, `resync/<kind>`, `part/<name>`, `cache/<kind>`.
        message: One sentence.
    """

    check: str
    message: str

    def __str__(self) -> str:
        """Return `check: message`."""
        return f"{self.check}: {self.message}"
