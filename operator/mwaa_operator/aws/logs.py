"""Amazon CloudWatch Logs as the operator needs it: retention and removal of the groups that MWAA derives from a name.

Which group may be touched is decided by the caller (never one that a user names); here a group that does not exist yet
is an observation, because MWAA makes its groups some time after the environment.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.port import Port


class LogsPort(Port):
    """Log groups of the scope's account and Region."""

    SERVICE: ClassVar[str] = "logs"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset(
        {"DescribeLogGroups", "PutRetentionPolicy", "DeleteRetentionPolicy", "DeleteLogGroup"}
    )

    def describe(self, prefix: str) -> list[dict[str, Any]]:
        """Return the log groups whose name begins with `prefix`, as DescribeLogGroups gives them.

        Members of interest: `logGroupName`, `arn`, `retentionInDays` (absent: kept for ever), `storedBytes`.
        """
        groups: list[dict[str, Any]] = []
        for page in self._call.pages("DescribeLogGroups", logGroupNamePrefix=prefix):
            groups.extend(page.get("logGroups", []))
        return groups

    def set_retention(self, group: str, days: int | None) -> bool:
        """Keep the events of a group for `days` days, or for ever where None.

        Args:
            group: The group's name.
            days: One of the numbers that PutRetentionPolicy takes (1, 3, 5, 7, 14, 30, …).

        Returns:
            False where the group does not exist.
        """
        if days is None:
            return self._change("DeleteRetentionPolicy", logGroupName=group)
        return self._change("PutRetentionPolicy", logGroupName=group, retentionInDays=days)

    def delete_group(self, group: str) -> bool:
        """Delete a group with all its events; returns False where it does not exist."""
        return self._change("DeleteLogGroup", logGroupName=group)

    def _change(self, operation: str, **members: Any) -> bool:
        try:
            self._call.mutate(operation, **members)
        except AwsError as error:
            if error.failure.kind is FailureKind.NOT_FOUND:
                return False
            raise
        return True
