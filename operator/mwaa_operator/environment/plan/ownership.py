"""Whose environment is it? Decided by tags and by what was recorded, never by the name alone."""

from __future__ import annotations

from enum import Enum

from mwaa_operator.api.meta import FINALIZER, OWNER_TAG, UID_TAG
from mwaa_operator.environment.plan.situation import Situation, print_time


class Ownership(Enum):
    """Who owns the environment that was found under the name."""

    OURS = "our uid"
    NAMESAKE = "our owner tag with another uid: the object was made again or restored"
    MOVED = "the same namespace and name of a cluster that the account lets us take over from"
    STRIPPED = "no tag, but recorded by us: tags were removed or lag behind"
    YOUNG = "no tag, and so young that our own tags may not show yet"
    UNOWNED = "nobody's"
    FOREIGN = "somebody else's"


RECLAIMABLE = frozenset({Ownership.NAMESAKE, Ownership.MOVED, Ownership.STRIPPED})
"""Ours as soon as the tags say so: restore them first."""


def ownership(s: Situation) -> Ownership:
    """Say whose the live environment is.

    Args:
        s: A situation with a live environment.

    Returns:
        Exactly one of `Ownership`.
    """
    live, meta = s.there, s.resource.metadata
    if live.uid == meta.uid:
        return Ownership.OURS
    if live.owner == s.owner:
        return Ownership.NAMESAKE
    if live.owner is None and live.uid is None:
        return _untagged(s)
    cluster, _, rest = (live.owner or "").partition("/")
    if cluster in s.observed.admission.adoption_clusters and rest == f"{meta.namespace}/{meta.name}":
        return Ownership.MOVED
    return Ownership.FOREIGN


def _untagged(s: Situation) -> Ownership:
    live, status = s.there, s.status
    created = live.created_at
    held = FINALIZER in s.resource.metadata.finalizers
    recorded = held and status.arn == live.arn and status.created_at in (None, created and print_time(created))
    if recorded:
        return Ownership.STRIPPED
    age = (s.now - created).total_seconds() if created else s.timings.create_settle
    if held and age < s.timings.propagation_retry * 4:
        return Ownership.YOUNG
    return Ownership.UNOWNED


def ownership_tags(s: Situation) -> dict[str, str]:
    """Return the two tags that say whose an environment is."""
    return {UID_TAG: s.resource.metadata.uid, OWNER_TAG: s.owner}
