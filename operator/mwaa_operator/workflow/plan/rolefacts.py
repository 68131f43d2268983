"""The facts of a workflow that its role is judged by or made from, and the name that a managed role has. Pure.

Everything here is the operator's or the platform team's; the definition is the generator's matter.
"""

from __future__ import annotations

from mwaa_operator.workflow.live import workflow_id
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.role.facts import Place, ReadableObject, RoleFacts, RoleLimits
from mwaa_operator.workflow.role.name import role_name


def role_facts(s: Situation, *, partition: str) -> RoleFacts:
    """Return what a role is judged by; of our own uploads everything below the object's prefix."""
    spec, meta, live = s.spec, s.resource.metadata, s.live
    store, wanted = s.observed.admission.store, (spec.definition, spec.code)
    objects = [ReadableObject(item.s3.bucket, item.s3.key) for item in wanted if item is not None and item.s3]
    if store is not None and any(item is not None and item.s3 is None for item in wanted):
        objects.append(ReadableObject(store.bucket, stored_prefix(s)))
    return RoleFacts(
        place=Place(
            partition=partition,
            region=spec.region,
            account_id=s.observed.admission.account_id,
            workflow=s.name,
            arn=live.arn if live is not None and workflow_id(live.arn) else None,
        ),
        namespace=meta.namespace,
        name=meta.name,
        identity=meta.uid,
        log_group=spec.logging.log_group_name if spec.logging is not None else None,
        objects=tuple(objects),
        store=None if store is None else ReadableObject(store.bucket, store.prefix),
        workflow_key_arn=spec.encryption.kms_key_arn if spec.encryption is not None else None,
        object_key_arns=(store.kms_key_arn,) if store is not None and store.kms_key_arn is not None else (),
    )


def stored_prefix(s: Situation) -> str:
    """Return the prefix below which everything is that this object ever uploads; no other object has the same."""
    meta, store = s.resource.metadata, s.observed.admission.store
    return f"{store.prefix if store else ''}{s.observed.cluster_id}/{meta.namespace}/{meta.name}/{meta.uid}/"


def is_managed(s: Situation) -> bool:
    """Whether the operator writes the role; for an object that only observes it writes none."""
    role = s.spec.role
    return role is not None and role.managed is not None and s.spec.management_policy != "Observe"


def limits_of(s: Situation) -> RoleLimits:
    """Return the account's limits, for rules that run only where there are some.

    Raises:
        LookupError: There are none; the rule ran where it must not.
    """
    limits = s.observed.admission.limits
    if limits is None:
        raise LookupError("the account has no managedRoles")
    return limits


def managed_name(s: Situation) -> str:
    """Return the name of the managed role: the one that status has, or a new one that this object never used."""
    if s.status.managed_role is not None:
        return s.status.managed_role.name
    meta, made = s.resource.metadata, s.status.roles_made or 0
    identity = f"{meta.uid}/{made}" if made else meta.uid
    return role_name(namespace=meta.namespace, name=meta.name, identity=identity)


def managed_arn(s: Situation) -> str:
    """Return the ARN that the managed role has, or will have."""
    limits = limits_of(s)
    partition = limits.boundary_arn.split(":")[1]
    return f"arn:{partition}:iam::{s.observed.admission.account_id}:role{limits.path}{managed_name(s)}"


def written_roles(s: Situation) -> tuple[str, ...]:
    """Return the names of all roles that this object wrote and that are not known to be gone."""
    recorded = s.status.managed_role
    return (*s.status.former_roles, *([] if recorded is None else [recorded.name]))
