"""Whose is the workflow? The common table, with what a workflow's status records of it. Pure."""

from __future__ import annotations

from mwaa_operator.api import ownership as common
from mwaa_operator.api.meta import FINALIZER
from mwaa_operator.api.ownership import Claim, Ownership
from mwaa_operator.workflow.plan.situation import Situation


def ownership(s: Situation) -> Ownership:
    """Say whose the live workflow is; its ARN holds a suffix that no other workflow has, so no time is compared."""
    live, held = s.there, FINALIZER in s.resource.metadata.finalizers
    age = (s.now - live.created_at).total_seconds() if live.created_at else s.timings.create_settle
    claim = Claim(
        s.resource.metadata,
        s.owner,
        clusters=s.observed.admission.adoption_clusters,
        recorded=held and s.status.workflow_arn == live.arn,
        young=held and age < s.timings.propagation_retry * 4,
    )
    return common.ownership(claim, uid=live.uid, owner=live.owner)


def first_version(s: Situation) -> list[str]:
    """Return the version that this object's create made, as long as nothing is recorded of this workflow's versions.

    The answer to the create may have been lost; the tags, which came with it, say whose the workflow is. What is older
    than the object was made by another one before it.
    """
    made, since = s.there.created_at, s.resource.metadata.creation_timestamp
    looked_at = s.status.versions_used is not None and s.status.workflow_arn == s.there.arn
    if looked_at or s.status.adopted or not s.observed.versions or made is None or since is None or made < since:
        return []
    if ownership(s) is not Ownership.OURS:
        return []
    oldest = min(s.observed.versions, key=lambda item: item.created_at or made)
    return [oldest.version]


def ownership_tags(s: Situation) -> dict[str, str]:
    """Return the two tags that say whose a workflow is."""
    return common.ownership_tags(s.resource.metadata, s.owner)
