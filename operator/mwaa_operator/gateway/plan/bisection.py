"""Who is to blame for a proof that failed: found by proofs of the same change with fewer routes. Pure.

The changed routes are put in order; proofs tell the longest beginning that passes, and the route after it is the one.
Nothing of this is ever rolled: what is rolled is proven as a whole again, without the culprit.
"""

from __future__ import annotations

from mwaa_operator.gateway.plan.aside import aside, wish_hash
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.plan.wish import Target, changed, target
from mwaa_operator.gateway.status import MAX_SET_ASIDE, Proof, SetAside, StagedRevision
from mwaa_operator.route.reasons import Reason


def trial(s: Situation, staged: StagedRevision) -> Target:
    """Return what is to be proven next: the whole target, or while a culprit is looked for a part of it."""
    whole = target(s)
    if staged.tried is None:
        return whole
    return target(s, without=frozenset(changed(s, whole)[_length(staged) :]))


def passed(staged: StagedRevision) -> str:
    """Return what was tried after a part of a staged revision passed."""
    _, bad = _bounds(staged)
    return _told(_length(staged), bad)


def failed(s: Situation, staged: StagedRevision) -> str | None:
    """Return what was tried after the whole of a staged revision, or a part, failed; None: no route is to blame."""
    good, _ = _bounds(staged)
    length = len(changed(s, target(s))) if staged.tried is None else _length(staged)
    return _told(good, length) if length and len(aside(s)) < MAX_SET_ASIDE else None


def culprit(s: Situation, staged: StagedRevision, proof: Proof) -> SetAside | None:
    """Return the route that is to blame once it is known; None while it is not.

    Args:
        s: The situation.
        staged: After the last proof.
        proof: Its message is what the last failed proof found.
    """
    good, bad = _bounds(staged)
    if good is None or bad - good > 1:
        return None
    key = changed(s, target(s))[good]
    candidate = next(item for item in s.observed.candidates if item.key == key)
    return SetAside(
        route=key,
        hash=wish_hash(candidate),
        reason=Reason.SET_ASIDE,
        message=(proof.message or "the proof failed with this route and passed without it")[:256],
        since=s.print_time,
    )


def _length(staged: StagedRevision) -> int:
    """Return how many of the changed routes are tried; none at first, to see whether it is a route at all."""
    good, bad = _bounds(staged)
    return 0 if good is None else (good + bad) // 2


def _bounds(staged: StagedRevision) -> tuple[int | None, int]:
    """Return with how many changed routes the proof passes, if that is known, and with how many it fails."""
    good, _, bad = (staged.tried or "").rpartition("/")
    return int(good) if good else None, int(bad or 0)


def _told(good: int | None, bad: int) -> str:
    return str(bad) if good is None else f"{good}/{bad}"
