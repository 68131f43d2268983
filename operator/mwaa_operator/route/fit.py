"""Keeps the status of a route within 16 KiB: people's reading is cut, never what the gateway's pass remembers by."""

from __future__ import annotations

from typing import Any, Final

from mwaa_operator.api.fitting import Cut, fit

MAX_BYTES: Final = 16 * 1024

CUTS: Final[tuple[Cut, ...]] = (
    ("warnings", 3),
    ("queues.[].error", 96),
    ("targets.[].message", 96),
    ("queues.[].split", 128),
    ("connections.[].message", 96),
    ("queues", 8),
    ("conditions.[].message", 512),
    ("warnings", 0),
    ("queues", 1),
    ("split", 512),
    ("conditions.[].message", 256),
    ("targets.[].message", 0),
    ("connections.[].message", 0),
    ("split", 128),
    ("conditions.[].message", 128),
    ("queues", 0),
    ("connections.[].environment", 0),
    ("targets.[].reason", 0),
    ("conditions.[].message", 48),
    ("split", 24),
    ("conditions.[].message", 16),
)
"""What to give up, the least regretted first. The last rows are for texts of four bytes a character only."""


def fitted(status: dict[str, Any]) -> dict[str, Any]:
    """Return a status with as much detail as fits; the same status always gives the same answer.

    Args:
        status: Of a SparkJobRoute, as wire JSON.
    """
    return fit(status, cuts=CUTS, limit=MAX_BYTES)
