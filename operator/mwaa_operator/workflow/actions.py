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
class CreateRole:
    """Make the managed role, without any permission yet. Its name is no other object's, and stands in status before.

    Attributes:
        name: The role's.
        path: IAM path.
        trust: Who may assume it.
        boundary_arn: Of its permissions boundary.
        tags: With our owner tags.
        description: For people.
    """

    name: str
    path: str
    trust: Mapping[str, Any] = field(repr=False)
    boundary_arn: str
    tags: Mapping[str, str]
    description: str


@dataclass(frozen=True)
class WriteRole:
    """Change a role that carries our tag at a fresh look; what takes rights away from others comes first, what takes
    them away from the workflow last.

    Attributes:
        name: The role's.
        boundary_arn: The permissions boundary to set; None: it stays.
        trust: The trust policy to set; None: it stays.
        tags: To set.
        untag: Keys of tags to remove.
        put: Inline policies to set, by name.
        delete: Names of inline policies to delete, after the others were set.
    """

    name: str
    boundary_arn: str | None = None
    trust: Mapping[str, Any] | None = field(default=None, repr=False)
    tags: Mapping[str, str] = field(default_factory=dict)
    untag: tuple[str, ...] = ()
    put: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    delete: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeleteRole:
    """Delete a role that this object made, after a fresh look at its tags and at what the workflow uses; one without
    our tag is left alone, which is told.

    Attributes:
        name: The role's.
        arn: The workflow's; None if there never was one.
    """

    name: str
    arn: str | None = None


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
        only: What the names below the prefix begin with; others stay.
    """

    bucket: str
    prefix: str
    keep: tuple[str, ...] = ()
    only: str = ""


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
    | CreateRole
    | WriteRole
    | DeleteRole
    | SetLogRetention
    | DeleteLogGroup
    | DeleteStored
)
