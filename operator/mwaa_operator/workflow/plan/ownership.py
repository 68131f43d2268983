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


def ownership_tags(s: Situation) -> dict[str, str]:
    """Return the two tags that say whose a workflow is."""
    return common.ownership_tags(s.resource.metadata, s.owner)
