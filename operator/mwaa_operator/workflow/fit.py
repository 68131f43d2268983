"""Keeps the status of a workflow within 16 KiB, whatever AWS and people write into it.

Every write goes to etcd and to everybody who watches, and a run may fail in ten tasks with long names and texts. Only
what people read is cut, never what the planner remembers by; AWS keeps the whole of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from mwaa_operator.api.conditions import shorten

MAX_BYTES: Final = 16 * 1024

CUTS: Final = (
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
)
"""What to give up, the least regretted first: path to the most characters of a text, or items of a list or map; what
is down to none is left out. The last rows are for texts of four bytes a character only."""


def fitted(status: dict[str, Any]) -> dict[str, Any]:
    """Return a status with as much detail as fits; the same status always gives the same answer.

    Args:
        status: Of a ServerlessWorkflow, as wire JSON.
    """
    for path, most in CUTS:
        if size(status) <= MAX_BYTES:
            break
        status = _cut(status, path.split("."), most)
    return status


def size(status: dict[str, Any]) -> int:
    """Return how many bytes the API server stores for a status; Go writes three characters as six bytes each."""
    text = json.dumps(status, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode()) + 5 * sum(text.count(character) for character in "<>&")


def _cut(value: Any, path: Sequence[str], most: int) -> Any:
    """Return `value` with what is at `path` cut; what has become empty is left out, as in every status."""
    if not path:
        return _shortened(value, most)
    head, rest = path[0], path[1:]
    if head == "[]":
        return [_cut(item, rest, most) for item in value]
    if head not in value:
        return value
    inner = _cut(value[head], rest, most)
    return {name: inner if name == head else member for name, member in value.items() if name != head or inner}


def _shortened(value: Any, most: int) -> Any:
    match value:
        case str():
            return shorten(value, most) if most else ""
        case list():
            return value[:most]
        case _:
            return dict(list(value.items())[:most])
