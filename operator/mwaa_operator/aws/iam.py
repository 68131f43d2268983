"""AWS IAM as preflight needs it: roles and what they may do.

It reads only. What the answers mean is decided by the rooms' pure modules, not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.port import Port


class IamPort(Port):
    """Reads of roles and simulations of their policies."""

    SERVICE: ClassVar[str] = "iam"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset({"GetRole", "SimulatePrincipalPolicy"})

    def role(self, name: str) -> dict[str, Any] | None:
        """Return botocore's `Role`, its AssumeRolePolicyDocument decoded into a dict; None where there is none.

        Args:
            name: The role's name, without its path.
        """
        try:
            answer = self._call.read("GetRole", RoleName=name)
        except AwsError as error:
            if error.failure.kind is FailureKind.NOT_FOUND:
                return None
            raise
        role: dict[str, Any] | None = answer.get("Role")
        if not role:
            raise self._call.unexpected("GetRole", "Role")
        return role

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
