"""A workflow and its versions as MWAA Serverless tells them, with AWS's names and a few words on top. Pure.

Members come from `aws/serverless.py`, which gives list and get one spelling. AWS's own regular expressions are checked
nowhere: its answers break them (`LogStream`), and a word that is new must be shown and not be a crash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mwaa_operator.api.meta import OWNER_TAG, UID_TAG

READY = "READY"
DELETING = "DELETING"

SCHEDULED = "scheduled"
MANUAL_ONLY = "manual_only"
DISABLED = "disabled"
"""What TriggerMode holds; the model leaves it open, and AWS's samples spell it in several ways."""

_MANUAL = frozenset({"manual", "manual_only", "manualonly"})


def trigger_mode(word: str) -> str:
    """Return a TriggerMode in the one spelling that is sent; a word that nobody knows comes back in small letters."""
    lowered = word.lower()
    return MANUAL_ONLY if lowered in _MANUAL else lowered


def workflow_id(arn: str) -> str:
    """Return `<name>-<suffix>`, the last part of a workflow's ARN."""
    return arn.rpartition("/")[2]


def derived_log_group(arn: str) -> str:
    """Return the log group that the service makes where none is given (MWAA Serverless user guide, "Logging")."""
    return f"/aws/mwaa-serverless/{workflow_id(arn)}/"


@dataclass(frozen=True)
class Live:
    """One answer of GetWorkflow, of the latest version or of another.

    Attributes:
        members: The answer, AWS's names, times as UTC datetimes, values of environment variables as SecretStr. It does
            not stand in the value's `repr`.
        tags: All tags, which AWS tells by another call; None where they were not asked for.
    """

    members: Mapping[str, Any] = field(repr=False)
    tags: Mapping[str, str] | None = None

    @property
    def arn(self) -> str:
        """The workflow's ARN."""
        return str(self.members.get("WorkflowArn", ""))

    @property
    def name(self) -> str:
        """The workflow's name, without the service's suffix."""
        return str(self.members.get("Name", ""))

    @property
    def version(self) -> str:
        """The version that the answer is about; opaque."""
        return str(self.members.get("WorkflowVersion", ""))

    @property
    def state(self) -> str:
        """AWS's word for the state: READY or DELETING; more words may come."""
        return str(self.members.get("WorkflowStatus", ""))

    @property
    def uid(self) -> str | None:
        """The uid in our tag."""
        return (self.tags or {}).get(UID_TAG)

    @property
    def owner(self) -> str | None:
        """The owner in our tag."""
        return (self.tags or {}).get(OWNER_TAG)

    @property
    def created_at(self) -> datetime | None:
        """When the workflow was made."""
        return self.members.get("CreatedAt")

    @property
    def modified_at(self) -> datetime | None:
        """When its latest version was made."""
        return self.members.get("ModifiedAt")

    @property
    def role_arn(self) -> str:
        """The execution role."""
        return str(self.members.get("RoleArn", ""))

    @property
    def definition(self) -> Mapping[str, Any]:
        """Where the definition was read from: `Bucket`, `ObjectKey`, `VersionId`."""
        return self.members.get("DefinitionS3Location") or {}

    @property
    def code(self) -> Mapping[str, Any]:
        """Where the code was read from: `Bucket`, `ObjectKey`, `VersionId`; empty without code."""
        return (self.members.get("Code") or {}).get("S3Location") or {}

    @property
    def variables(self) -> Mapping[str, Any]:
        """The environment variables: SecretStr by name."""
        return (self.members.get("Environment") or {}).get("Variables") or {}

    @property
    def trigger_mode(self) -> str:
        """See `trigger_mode`; empty where AWS does not say."""
        return trigger_mode(str(self.members.get("TriggerMode") or ""))

    @property
    def schedule(self) -> str:
        """The schedule that AWS read from the definition; empty without one."""
        return _schedule(self.members)

    @property
    def log_group(self) -> str:
        """Where tasks write their logs: the group that was given, or the one that the service derives."""
        given = (self.members.get("LoggingConfiguration") or {}).get("LogGroupName")
        return str(given) if given else derived_log_group(self.arn)


@dataclass(frozen=True)
class Summary:
    """A workflow as ListWorkflows tells it: enough to see whether a closer look is due."""

    arn: str
    name: str
    version: str
    state: str
    trigger_mode: str
    modified_at: datetime | None


@dataclass(frozen=True)
class Version:
    """A version as ListWorkflowVersions tells it; its code stands in GetWorkflow only.

    Attributes:
        version: Opaque.
        latest: Whether AWS calls it the latest.
        definition: `Bucket`, `ObjectKey`, `VersionId`.
    """

    version: str
    latest: bool
    created_at: datetime | None
    definition: Mapping[str, Any]
    schedule: str
    trigger_mode: str


def summary_of(members: Mapping[str, Any]) -> Summary:
    """Return an item of `ServerlessPort.list_workflows`."""
    return Summary(
        arn=str(members.get("WorkflowArn", "")),
        name=str(members.get("Name", "")),
        version=str(members.get("WorkflowVersion", "")),
        state=str(members.get("WorkflowStatus", "")),
        trigger_mode=trigger_mode(str(members.get("TriggerMode") or "")),
        modified_at=members.get("ModifiedAt"),
    )


def version_of(members: Mapping[str, Any]) -> Version:
    """Return an item of `ServerlessPort.list_versions`."""
    return Version(
        version=str(members.get("WorkflowVersion", "")),
        latest=members.get("IsLatestVersion") is True,
        created_at=members.get("CreatedAt"),
        definition=members.get("DefinitionS3Location") or {},
        schedule=_schedule(members),
        trigger_mode=trigger_mode(str(members.get("TriggerMode") or "")),
    )


def _schedule(members: Mapping[str, Any]) -> str:
    return str((members.get("ScheduleConfiguration") or {}).get("CronExpression") or "")
