"""Whose is what was found in AWS under a name? Decided by tags and by what was recorded, never by the name alone. Pure.

The same table for every kind with a resource in AWS. What is recorded, and how young is young, the kind says.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from mwaa_operator.api.meta import OWNER_TAG, UID_TAG, ObjectMeta


class Ownership(Enum):
    """Who owns the resource that was found under the name."""

    OURS = "our uid"
    NAMESAKE = "our owner tag with another uid: the object was made again or restored"
    MOVED = "the same namespace and name of a cluster that the account lets us take over from"
    STRIPPED = "no tag, but recorded by us: tags were removed or lag behind"
    YOUNG = "no tag, and so young that our own tags may not show yet"
    UNOWNED = "nobody's"
    FOREIGN = "somebody else's"


RECLAIMABLE = frozenset({Ownership.NAMESAKE, Ownership.MOVED, Ownership.STRIPPED})
"""Ours as soon as the tags say so: restore them first."""


@dataclass(frozen=True)
class Claim:
    """What an object can say about a resource.

    Attributes:
        meta: The object's metadata.
        owner: The value of our owner tag: cluster, namespace and name.
        clusters: Ids of clusters whose resources the account lets us take over.
        recorded: Whether our status holds exactly this resource, under our finalizer.
        young: Whether it was made so short a time ago that our own tags may not show yet, under our finalizer.
    """

    meta: ObjectMeta
    owner: str
    clusters: Collection[str] = ()
    recorded: bool = False
    young: bool = False


def ownership(claim: Claim, *, uid: str | None, owner: str | None) -> Ownership:
    """Say whose a resource is.

    Args:
        claim: Ours.
        uid: The uid in its tag.
        owner: The owner in its tag.

    Returns:
        Exactly one of `Ownership`.
    """
    if uid == claim.meta.uid:
        return Ownership.OURS
    if owner == claim.owner:
        return Ownership.NAMESAKE
    if owner is None and uid is None:
        if claim.recorded:
            return Ownership.STRIPPED
        return Ownership.YOUNG if claim.young else Ownership.UNOWNED
    cluster, _, rest = (owner or "").partition("/")
    if cluster in claim.clusters and rest == f"{claim.meta.namespace}/{claim.meta.name}":
        return Ownership.MOVED
    return Ownership.FOREIGN


def owner_value(cluster_id: str, meta: ObjectMeta) -> str:
    """Return the value of our owner tag for an object."""
    return f"{cluster_id}/{meta.namespace}/{meta.name}"


def ownership_tags(meta: ObjectMeta, owner: str) -> dict[str, str]:
    """Return the two tags that say whose a resource is."""
    return {UID_TAG: meta.uid, OWNER_TAG: owner}
