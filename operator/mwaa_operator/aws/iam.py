"""AWS IAM as the operator needs it: what roles may do, and the roles that it makes for workflows.

Whose a role is, is not decided here: a caller has read our tag on it before it asks for a change. Policies that it
writes are inline only, so that they end with their role. What the answers mean is decided by the rooms' pure modules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.port import Port


class IamPort(Port):
    """Roles, their inline policies, and simulations of what they allow."""

    SERVICE: ClassVar[str] = "iam"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset(
        {
            "CreateRole",
            "DeleteRole",
            "DeleteRolePolicy",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListRolePolicies",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "SimulatePrincipalPolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
        }
    )

    def role(self, name: str) -> dict[str, Any] | None:
        """Return botocore's `Role`, its AssumeRolePolicyDocument decoded into a dict; None where there is none.

        Args:
            name: The role's name, without its path.

        Returns:
            `Tags` (a list of `Key` and `Value`) and `PermissionsBoundary` are among the members where the role has any.
        """
        answer = self._found("GetRole", RoleName=name)
        if answer is None:
            return None
        return self._role("GetRole", answer)

    def create_role(
        self,
        name: str,
        *,
        path: str,
        trust: Mapping[str, Any],
        boundary_arn: str,
        tags: Mapping[str, str],
        description: str,
    ) -> dict[str, Any]:
        """Make a role with a permissions boundary and without any permission yet.

        Args:
            name: Unique in the account whatever the path; at most 64 characters.
            path: Begins and ends with `/`.
            trust: The document that says who may assume it.
            boundary_arn: The managed policy that bounds whatever the role is given.
            tags: Its tags from the first moment on.
            description: At most 1,000 characters.

        Returns:
            Botocore's `Role`.

        Raises:
            AwsError: Of kind NameInUse where a role of that name exists, under any path. With `may_have_happened` it
                may have been made: look before the next try.
        """
        answer = self._call.mutate(
            "CreateRole",
            RoleName=name,
            Path=path,
            AssumeRolePolicyDocument=_text(trust),
            PermissionsBoundary=boundary_arn,
            Tags=_listed(tags),
            Description=description,
        )
        return self._role("CreateRole", answer, mutating=True)

    def delete_role(self, name: str, *, policies: Iterable[str]) -> None:
        """Delete a role after the named inline policies of it; what is gone already is a success.

        Raises:
            AwsError: Of kind WrongState where somebody else has given the role a policy or an instance profile.
        """
        for policy in policies:
            self.delete_role_policy(name, policy)
        self._changed("DeleteRole", RoleName=name)

    def update_assume_role_policy(self, name: str, trust: Mapping[str, Any]) -> None:
        """Replace the document that says who may assume a role."""
        self._call.mutate("UpdateAssumeRolePolicy", RoleName=name, PolicyDocument=_text(trust))

    def put_role_permissions_boundary(self, name: str, boundary_arn: str) -> None:
        """Set or replace a role's permissions boundary."""
        self._call.mutate("PutRolePermissionsBoundary", RoleName=name, PermissionsBoundary=boundary_arn)

    def list_role_policies(self, name: str) -> list[str] | None:
        """Return the names of a role's inline policies, or None where there is no such role."""
        try:
            pages = self._call.pages("ListRolePolicies", RoleName=name)
            return [policy for page in pages for policy in page.get("PolicyNames") or ()]
        except AwsError as error:
            if error.failure.kind is FailureKind.NOT_FOUND:
                return None
            raise

    def list_attached_role_policies(self, name: str) -> list[str] | None:
        """Return the ARNs of the managed policies that are attached to a role, or None where there is no such role."""
        try:
            pages = self._call.pages("ListAttachedRolePolicies", RoleName=name)
            return [str(policy["PolicyArn"]) for page in pages for policy in page.get("AttachedPolicies") or ()]
        except AwsError as error:
            if error.failure.kind is FailureKind.NOT_FOUND:
                return None
            raise

    def get_role_policy(self, name: str, policy: str) -> dict[str, Any] | None:
        """Return an inline policy's document, or None where there is no such role or policy."""
        answer = self._found("GetRolePolicy", RoleName=name, PolicyName=policy)
        if answer is None:
            return None
        document = answer.get("PolicyDocument")
        if not isinstance(document, dict):
            raise self._call.unexpected("GetRolePolicy", "PolicyDocument")
        return document

    def put_role_policy(self, name: str, policy: str, document: Mapping[str, Any]) -> None:
        """Set or replace an inline policy; all of a role's together have at most 10,240 characters without spaces."""
        self._call.mutate("PutRolePolicy", RoleName=name, PolicyName=policy, PolicyDocument=_text(document))

    def delete_role_policy(self, name: str, policy: str) -> None:
        """Delete an inline policy; what is gone already is a success."""
        self._changed("DeleteRolePolicy", RoleName=name, PolicyName=policy)

    def tag_role(self, name: str, tags: Mapping[str, str]) -> None:
        """Set tags; others stay as they are."""
        self._call.mutate("TagRole", RoleName=name, Tags=_listed(tags))

    def untag_role(self, name: str, keys: Iterable[str]) -> None:
        """Remove tags by key."""
        self._call.mutate("UntagRole", RoleName=name, TagKeys=list(keys))

    def simulate(
        self,
        role_arn: str,
        *,
        actions: Sequence[str],
        resource: str,
        context: Sequence[tuple[str, str]],
    ) -> list[dict[str, Any]]:
        """Return what IAM's simulator says about a role's own policies.

        Args:
            role_arn: The role.
            actions: IAM actions; each has a result of its own.
            resource: An ARN, or `*`.
            context: Condition keys and their single string values.

        Returns:
            Botocore's EvaluationResults: `EvalActionName`, `EvalResourceName`, `EvalDecision` (`allowed`,
            `explicitDeny`, `implicitDeny`). Service control policies count only in part, resource policies do not.
        """
        entries = [
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"} for key, value in context
        ]
        pages = self._call.pages(
            "SimulatePrincipalPolicy",
            PolicySourceArn=role_arn,
            ActionNames=list(actions),
            ResourceArns=[resource],
            ContextEntries=entries,
        )
        return [result for page in pages for result in page.get("EvaluationResults", [])]

    def _role(self, operation: str, answer: Mapping[str, Any], *, mutating: bool = False) -> dict[str, Any]:
        role: dict[str, Any] | None = answer.get("Role")
        if not role:
            raise self._call.unexpected(operation, "Role", mutating=mutating)
        return role


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
