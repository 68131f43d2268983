"""Keeps the status of a workflow within 16 KiB, whatever AWS and people write into it.

Every write goes to etcd and to everybody who watches, and a run may fail in ten tasks with long names and texts. Only
what people read is cut, never what the planner remembers by; AWS keeps the whole of it.
"""

from __future__ import annotations

from typing import Any, Final

from mwaa_operator.api.fitting import Cut, fit, size

__all__ = ["CUTS", "MAX_BYTES", "fitted", "size"]

MAX_BYTES: Final = 16 * 1024

CUTS: Final[tuple[Cut, ...]] = (
    ("recentRuns", 3),
    ("lastRun.failedTasks.[].message", 160),
    ("pendingChanges.[].from", 64),
    ("pendingChanges.[].to", 64),
    ("definition.serviceWarnings", 3),
    ("lastRun.failedTasks", 5),
    ("conditions.[].message", 512),
    ("recentRuns", 0),
    ("pendingChanges", 10),
    ("definition.serviceWarnings", 0),
    ("lastRun.failedTasks", 1),
    ("lastFailure.message", 256),
    ("conditions.[].message", 256),
    ("effective", 0),
    ("pendingChanges", 0),
    ("schedule", 64),
    ("lastRun.message", 128),
    ("run.message", 128),
    ("conditions.[].message", 128),
    ("lastRun.failedTasks", 0),
    ("lastRun.message", 0),
    ("lastFailure.message", 0),
    ("run.message", 0),
    ("conditions.[].message", 64),
    ("schedule", 0),
    ("conditions.[].message", 24),
    ("conditions.[].message", 12),
)
"""What to give up, the least regretted first. The last rows are for texts of four bytes a character only."""


def fitted(status: dict[str, Any]) -> dict[str, Any]:
    """Return a status with as much detail as fits; the same status always gives the same answer.

    Args:
        status: Of a ServerlessWorkflow, as wire JSON.
    """
    return fit(status, cuts=CUTS, limit=MAX_BYTES)
