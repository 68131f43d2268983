"""What a rule decided, in the terms of the conditions that every kind has: Ready, Synced, Reconciling, Stalled. Pure.

One place for the shape that Flux and kstatus read, so that no kind can be Reconciling and Stalled at once. Which reason
says what is the kind's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from mwaa_operator.api.conditions import (
    READY,
    RECONCILING,
    STALLED,
    SYNCED,
    Condition,
    ConditionStatus,
    condition,
)

R = TypeVar("R", bound=str)

PROGRESSING: Final = "Progressing"
PROGRESSING_WITH_RETRY: Final = "ProgressingWithRetry"
"""What Flux's own controllers say in Reconciling."""


@dataclass(frozen=True)
class Verdict(Generic[R]):
    """A decision; at most one of `reconciling` and `stalled`.

    Attributes:
        ready: Status of Ready.
        reason: Reason of Ready.
        message: What is so, and what to do next.
        reconciling: Work is under way, or will be tried again by itself.
        retrying: Reconciling says ProgressingWithRetry.
        stalled: Only a person can help.
        stalled_reason: Reason of Stalled; None takes `reason`.
        synced: Status of Synced.
        synced_reason: Reason of Synced; None takes `reason`.
    """

    ready: ConditionStatus
    reason: R
    message: str
    reconciling: bool = False
    retrying: bool = False
    stalled: bool = False
    stalled_reason: str | None = None
    synced: ConditionStatus = "False"
    synced_reason: str | None = None

    def after(self, *, waited: float, patience: float) -> Verdict[R]:
        """Return it as retrying, or as stalled once `waited` seconds have reached `patience`."""
        stalled = waited >= patience
        return replace(self, reconciling=not stalled, retrying=not stalled, stalled=stalled)


def summary(verdict: Verdict[R]) -> list[Condition]:
    """Return the conditions that say a verdict."""
    found = [
        condition(READY, verdict.ready, verdict.reason, verdict.message),
        condition(SYNCED, verdict.synced, verdict.synced_reason or verdict.reason, verdict.message),
    ]
    if verdict.reconciling:
        word = PROGRESSING_WITH_RETRY if verdict.retrying else PROGRESSING
        found.append(condition(RECONCILING, "True", word, verdict.message))
    if verdict.stalled:
        found.append(condition(STALLED, "True", verdict.stalled_reason or verdict.reason, verdict.message))
    return found
