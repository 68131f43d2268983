"""The shrink guard: one change does not take away most of a gateway's entries without a person's word. Pure.

It is for mistakes that look like edits: a grant that is removed, a namespace's routes gone at once. What isolation asks
for goes all the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.plan.wish import Target
from mwaa_operator.route.reasons import Reason

MASS: Final = 3
"""Fewer entries than these are no mass, whatever their share is: a gateway may lose its only route."""
ISOLATION: Final = frozenset({Reason.DATA_CLASS_MISMATCH, Reason.ISOLATION_CONFLICT, Reason.SET_ASIDE})
"""Why a route is out that no guard keeps in; one that a proof set aside is out of the file for the others' sake."""


@dataclass(frozen=True)
class Shrinking:
    """What a change would take away.

    Attributes:
        entries: How many.
        of: Of how many that take jobs now.
        word: What a person writes into the annotation to allow it.
    """

    entries: int
    of: int
    word: str


def shrinking(s: Situation, target: Target) -> Shrinking | None:
    """Return what keeps a target from being rolled; None: nothing, or a person allowed it."""
    if s.active is None or not s.active.routed:
        return None
    excused = {key for key, refused in target.rendering.refused.items() if refused.reason in ISOLATION}
    lost = sorted(
        entry.id
        for entry in s.active.entries
        if entry.id in s.active.routed and entry.route not in target.routes and entry.route not in excused
    )
    word = hashlib.sha256(" ".join(lost).encode()).hexdigest()[:12]
    share = 100 * len(lost) > s.spec.rollout.shrink_guard_percent * len(s.active.routed)
    if len(lost) < MASS or not share or s.approved == word:
        return None
    return Shrinking(len(lost), len(s.active.routed), word)
