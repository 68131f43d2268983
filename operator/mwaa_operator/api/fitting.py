"""Keeps a status small, by a list of what to give up: the least regretted first. Pure.

Every write of a status goes to etcd and to everybody who watches, while AWS and people decide how long its texts are.
Which parts may be cut, and how small a status has to be, is each kind's own word.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mwaa_operator.api.conditions import shorten

Cut = tuple[str, int]
"""Path to the most characters of a text, or items of a list or map; what is down to none is left out. `[]` in a path
stands for every item of a list."""


def fit(status: dict[str, Any], *, cuts: Sequence[Cut], limit: int) -> dict[str, Any]:
    """Return a status with as much detail as fits; the same status always gives the same answer.

    Args:
        status: As wire JSON.
        cuts: What to give up, in order.
        limit: In bytes, as `size` counts them.
    """
    for path, most in cuts:
        if size(status) <= limit:
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
        case dict():
            return dict(list(value.items())[:most])
        case _:
            return value if most else None
