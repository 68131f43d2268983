"""Amazon CloudWatch Logs as the operator needs it: groups that AWS derives from a name, and the end of a task's log.

Which group may be changed is decided by the caller (never one that a user names); here a group or stream that does not
exist yet is an observation, because groups come some time after an environment, and logs some time after a task.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mwaa_operator.aws.port import Port

_PAGES = 3
"""Pages that are asked for: one may be empty although there is more before it (API reference, GetLogEvents)."""


class LogsPort(Port):
    """Log groups of the scope's account and Region."""

    SERVICE: ClassVar[str] = "logs"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset(
        {"DescribeLogGroups", "PutRetentionPolicy", "DeleteRetentionPolicy", "DeleteLogGroup", "GetLogEvents"}
    )

    def describe(self, prefix: str) -> list[dict[str, Any]]:
        """Return the log groups whose name begins with `prefix`, as DescribeLogGroups gives them.

        Members of interest: `logGroupName`, `arn`, `retentionInDays` (absent: kept for ever), `storedBytes`.
        """
        groups: list[dict[str, Any]] = []
        for page in self._call.pages("DescribeLogGroups", logGroupNamePrefix=prefix):
            groups.extend(page.get("logGroups", []))
        return groups

    def group(self, name: str) -> dict[str, Any] | None:
        """Return one log group as `describe` gives it, or None where there is none of exactly that name."""
        return next((group for group in self.describe(name) if group.get("logGroupName") == name), None)

    def tail(self, group: str, stream: str, *, events: int, size: int) -> list[dict[str, Any]] | None:
        """Return the end of a log stream.

        Args:
            group: The group's name.
            stream: The stream's name.
            events: The most events that are read.
            size: The most characters of their messages together; the first event that is returned may lack its
                beginning.

        Returns:
            `timestamp` (milliseconds since 1970) and `message` of each event, the oldest first; None where there is no
            such group or stream. Logs lag behind the task by seconds to minutes, and hold what the task wrote: nothing
            of it is fit to be shown unseen.
        """
        found: list[dict[str, Any]] = []
        members: dict[str, Any] = {"logGroupName": group, "logStreamName": stream, "startFromHead": False}
        for _ in range(_PAGES):
            answer = self._found("GetLogEvents", **members, limit=events)
            if answer is None:
                return None
            found = [*answer.get("events", []), *found]
            token = answer.get("nextBackwardToken")
            if len(found) >= events or token in (None, members.get("nextToken")):
                break
            members["nextToken"] = token
        return _last(found[-events:], size)

    def set_retention(self, group: str, days: int | None) -> bool:
        """Keep the events of a group for `days` days, or for ever where None.

        Args:
            group: The group's name.
            days: One of the numbers that PutRetentionPolicy takes (1, 3, 5, 7, 14, 30, …).

        Returns:
            False where the group does not exist.
        """
        if days is None:
            return self._changed("DeleteRetentionPolicy", logGroupName=group)
        return self._changed("PutRetentionPolicy", logGroupName=group, retentionInDays=days)

    def delete_group(self, group: str) -> bool:
        """Delete a group with all its events; returns False where it does not exist."""
        return self._changed("DeleteLogGroup", logGroupName=group)


def _last(events: list[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for event in reversed(events):
        if size <= 0:
            break
        message = str(event.get("message") or "")[-size:]
        kept.append({"timestamp": event.get("timestamp"), "message": message})
        size -= len(message)
    return kept[::-1]
