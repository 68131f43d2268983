"""Keeps the status of a gateway within 64 KiB: people's reading is cut, never what a pass remembers by.

More than other kinds may have, because ids of entries must be remembered for as long as one of their jobs runs; it is
written when the gateway changes, not by the clock.
"""

from __future__ import annotations

from typing import Any, Final

from mwaa_operator.api.fitting import Cut, fit

MAX_BYTES: Final = 64 * 1024

CUTS: Final[tuple[Cut, ...]] = (
    ("entries.[].since", 0),
    ("entries.[].cluster", 0),
    ("warnings", 3),
    ("proof.findings", 4),
    ("clusters.[].message", 96),
    ("setAside.[].message", 96),
    ("conditions.[].message", 512),
    ("entries.[].target", 0),
    ("entries.[].weight", 0),
    ("entries.[].route", 0),
    ("history", 5),
    ("proof.findings", 1),
    ("clusters.[].endpoint", 0),
    ("warnings", 0),
    ("conditions.[].message", 256),
    ("clusters.[].message", 0),
    ("setAside.[].message", 0),
    ("proof.findings", 0),
    ("proof.message", 64),
    ("conditions.[].message", 128),
    ("history", 2),
    ("conditions.[].message", 48),
)
"""What to give up, the least regretted first. The last rows are for texts of four bytes a character only."""


def fitted(status: dict[str, Any]) -> dict[str, Any]:
    """Return a status with as much detail as fits; the same status always gives the same answer.

    Args:
        status: Of a SparkGateway, as wire JSON.
    """
    return fit(status, cuts=CUTS, limit=MAX_BYTES)
