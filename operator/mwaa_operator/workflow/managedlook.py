"""Looks at the role that the operator wrote: tags, trust, boundary and policies as IAM has them. Reads only.

IAM bears few calls and a look takes several, so that looks are kept for a while. What follows from one is planned; a
plan that would change anything asks for a fresh one first. What IAM does not tell holds up only what needs to know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.iam import IamPort
from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.workflow.plan.rolefacts import managed_name
from mwaa_operator.workflow.plan.situation import ManagedLook, Situation, WrittenRole


class ManagedLooks:
    """Answers about managed roles.

    Args:
        cache: Keeps them.
    """

    def __init__(self, cache: ReadCache) -> None:
        self._cache = cache

    def look(self, s: Situation, scope: AwsScope, *, fresh: bool = False) -> ManagedLook:
        """Return what IAM has under the name of the object's managed role; never raises AwsError.

        Args:
            s: The situation.
            scope: The way into AWS.
            fresh: Ask IAM whatever is kept.
        """
        name, read, recorded = managed_name(s), [False], s.status.managed_role
        # A look from before the last writing says nothing of what was written.
        written = None if recorded is None else recorded.policy_hash
        key = ("managed-role", scope.access.identity, s.resource.metadata.uid, name, written)

        def ask() -> WrittenRole | None:
            read[0] = True
            return written_role(scope.iam, name)

        if fresh:
            self._cache.forget([key])
        try:
            found = self._cache.get(key, ask)
        except AwsError as error:
            return ManagedLook(None, failure=error.failure)
        if found is None:
            # That there is none may be true for a moment only.
            self._cache.forget([key])
        return ManagedLook(found, fresh=read[0])


def written_role(iam: IamPort, name: str) -> WrittenRole | None:
    """Return a role with its policies, or None where there is none; raises AwsError."""
    role = iam.role(name)
    policies = None if role is None else iam.list_role_policies(name)
    if role is None or policies is None:
        return None
    documents = {policy: iam.get_role_policy(name, policy) for policy in policies}
    return WrittenRole(
        arn=str(role.get("Arn", "")),
        tags=tags_of(role),
        trust=role.get("AssumeRolePolicyDocument") or {},
        boundary_arn=str((role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", "")),
        policies={policy: document for policy, document in documents.items() if document is not None},
        attached=_attached(iam, name),
    )


def _attached(iam: IamPort, name: str) -> tuple[str, ...] | None:
    """An operator that may not list them works as well: nothing is decided by them, they are only told."""
    try:
        return tuple(sorted(iam.list_attached_role_policies(name) or ()))
    except AwsError as error:
        if error.failure.kind is FailureKind.ACCESS_DENIED:
            return None
        raise


def tags_of(role: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of botocore's `Role`."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in role.get("Tags") or ()}
