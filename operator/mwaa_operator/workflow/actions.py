"""What a pass may do for a workflow. Each is one idempotent call, or one that an intent in status stands for; `act.py`
knows how. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class AddFinalizer:
    """Keep the object until what it owns in AWS is dealt with. Always before the first mutation in AWS."""


@dataclass(frozen=True)
class RemoveFinalizer:
    """Let the object go. Only after a fresh look at it: same uid, deletionTimestamp."""


@dataclass(frozen=True)
class Upload:
    """A file of ours in the definition store, written only if it is not there yet: its key holds its digest.

    Attributes:
        bucket: The store's.
        key: Ends in the digest.
        body: The bytes.
        sha256: Of the bytes, 64 hexadecimal digits.
        kms_key_arn: Encrypts it; None: the bucket's own encryption.
    """

    bucket: str
    key: str
    body: bytes = field(repr=False)
    sha256: str = ""
    kms_key_arn: str | None = None


@dataclass(frozen=True)
class CreateWorkflow:
    """Ask AWS for the workflow, after the files are in the store; the same token never makes a second one.

    Attributes:
        request: Members of CreateWorkflowRequest; `VersionId` of what is uploaded is filled in at the call.
        definition: To upload; None: the definition is somebody else's file.
        code: To upload; None: there is none, or it is somebody else's file.
    """

    request: Mapping[str, Any] = field(repr=False)
    definition: Upload | None = None
    code: Upload | None = None


@dataclass(frozen=True)
class UpdateWorkflow:
    """Make a new version, once; there is no token, so an intent with the version before it stands in status.

    Attributes:
        request: All members of UpdateWorkflowRequest that are wanted.
        definition: As in `CreateWorkflow`.
        code: As in `CreateWorkflow`.
    """

    request: Mapping[str, Any] = field(repr=False)
    definition: Upload | None = None
    code: Upload | None = None


@dataclass(frozen=True)
class DeleteWorkflow:
    """Ask AWS to delete it with all versions, after a fresh look at the object, the CRD and the workflow's tags."""

    arn: str


@dataclass(frozen=True)
class DeleteVersion:
    """Delete one version that this object made, after a fresh look at the workflow's tags and its latest version."""

    arn: str
    version: str


@dataclass(frozen=True)
class TagResource:
    """Set tags; others are left alone."""

    arn: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class UntagResource:
    """Remove tags that we set earlier and that spec does not name any more."""

    arn: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class StopRun:
    """Ask a run to stop."""

    arn: str
    run_id: str


@dataclass(frozen=True)
class StartRun:
    """Start a run; AWS knows repetitions by the token for a while, status knows it for good.

    Attributes:
        arn: The workflow's.
        token: The client token, made from the workflow's ARN and the token that was asked for.
        parameters: Override the definition's params.
        version: None: the latest.
    """

    arn: str
    token: str
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    version: str | None = None


@dataclass(frozen=True)
class SetLogRetention:
    """Set the retention of the log group that AWS made, where it exists."""

    group: str
    days: int


@dataclass(frozen=True)
class DeleteLogGroup:
    """Delete the log group that AWS made; a missing one is a success."""

    group: str


@dataclass(frozen=True)
class DeleteStored:
    """Delete our own uploads below this object's prefix in the store, apart from those that are still named.

    Attributes:
        bucket: The store's.
        prefix: Ends in a slash, and holds the object's uid.
        keep: Keys that stay.
    """

    bucket: str
    prefix: str
    keep: tuple[str, ...] = ()


Action = (
    AddFinalizer
    | RemoveFinalizer
    | CreateWorkflow
    | UpdateWorkflow
    | DeleteWorkflow
    | DeleteVersion
    | TagResource
    | UntagResource
    | StartRun
    | StopRun
    | SetLogRetention
    | DeleteLogGroup
    | DeleteStored
)
