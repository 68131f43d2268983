"""Whose is the environment? The common table, with what an environment's status records of it."""

from __future__ import annotations

from mwaa_operator.api import ownership as common
from mwaa_operator.api.meta import FINALIZER
from mwaa_operator.api.ownership import RECLAIMABLE, Claim, Ownership
from mwaa_operator.environment.plan.situation import Situation, print_time

__all__ = ["RECLAIMABLE", "Ownership", "ownership", "ownership_tags"]


def ownership(s: Situation) -> Ownership:
    """Say whose the live environment is.

    Args:
        s: A situation with a live environment.

    Returns:
        Exactly one of `Ownership`.
    """
    live, status, meta = s.there, s.status, s.resource.metadata
    created, held = live.created_at, FINALIZER in meta.finalizers
    age = (s.now - created).total_seconds() if created else s.timings.create_settle
    claim = Claim(
        meta,
        s.owner,
        clusters=s.observed.admission.adoption_clusters,
        recorded=held and status.arn == live.arn and status.created_at in (None, created and print_time(created)),
        young=held and age < s.timings.propagation_retry * 4,
    )
    return common.ownership(claim, uid=live.uid, owner=live.owner)


def ownership_tags(s: Situation) -> dict[str, str]:
    """Return the two tags that say whose an environment is."""
    return common.ownership_tags(s.resource.metadata, s.owner)
