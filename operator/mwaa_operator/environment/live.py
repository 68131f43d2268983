"""The environment as GetEnvironment tells it, with the names of botocore's model and a few words on top. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mwaa_operator.api.meta import OWNER_TAG, UID_TAG

BUSY = frozenset({"CREATING", "UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK", "DELETING", "PENDING"})
STABLE = frozenset({"AVAILABLE", "UPDATE_FAILED", "CREATE_FAILED", "UNAVAILABLE", "MAINTENANCE", "DELETED"})
SERVING = frozenset({"AVAILABLE", "UPDATING", "MAINTENANCE", "UPDATE_FAILED"})
UPDATABLE = frozenset({"AVAILABLE", "UPDATE_FAILED"})


@dataclass(frozen=True)
class Live:
    """One answer of GetEnvironment.

    Attributes:
        members: The `Environment` member of the answer, AWS's names, times as UTC datetimes.
    """

    members: Mapping[str, Any]

    @property
    def state(self) -> str:
        """AWS's word for the state (botocore model mwaa: EnvironmentStatus); more words may come."""
        return str(self.members.get("Status", ""))

    @property
    def arn(self) -> str:
        """The environment's ARN."""
        return str(self.members.get("Arn", ""))

    @property
    def created_at(self) -> datetime | None:
        """When AWS accepted the create."""
        return self.members.get("CreatedAt")

    @property
    def tags(self) -> Mapping[str, str]:
        """All tags, also AWS's own."""
        return self.members.get("Tags") or {}

    @property
    def uid(self) -> str | None:
        """The uid in our tag."""
        return self.tags.get(UID_TAG)

    @property
    def owner(self) -> str | None:
        """The owner in our tag."""
        return self.tags.get(OWNER_TAG)

    @property
    def last_update(self) -> Mapping[str, Any]:
        """AWS's record of the last update; empty if there was none."""
        return self.members.get("LastUpdate") or {}

    @property
    def update_failed(self) -> bool:
        """Whether the last update failed: AWS shows it as the state or only in LastUpdate."""
        return self.state == "UPDATE_FAILED" or self.last_update.get("Status") == "FAILED"

    @property
    def error(self) -> str:
        """AWS's error of the last update or create as `code: message`; empty if there is none."""
        error = self.last_update.get("Error") or {}
        return ": ".join(part for part in (error.get("ErrorCode"), error.get("ErrorMessage")) if part)

    @property
    def serving(self) -> bool:
        """Whether Airflow serves in this state."""
        return self.state in SERVING
