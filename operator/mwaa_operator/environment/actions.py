"""What a pass may do for an environment. Each is one idempotent call; `act.py` knows how. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr


@dataclass(frozen=True)
class AddFinalizer:
    """Keep the object until what it owns in AWS is dealt with. Always before the first mutation in AWS."""


@dataclass(frozen=True)
class RemoveFinalizer:
    """Let the object go. Only after a fresh look at it: same uid, deletionTimestamp."""


@dataclass(frozen=True)
class CreateEnvironment:
    """Ask AWS for the environment.

    Attributes:
        request: Members of CreateEnvironmentInput without the secret options.
        secrets: Options whose values came from Secrets, merged into AirflowConfigurationOptions at the call.
    """

    request: Mapping[str, Any]
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)


@dataclass(frozen=True)
class UpdateEnvironment:
    """Send what differs, once.

    Attributes:
        name: Name in AWS.
        changes: Members of UpdateEnvironmentInput without Name and without the secret options.
        secrets: As in `CreateEnvironment`.
    """

    name: str
    changes: Mapping[str, Any]
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)


@dataclass(frozen=True)
class DeleteEnvironment:
    """Ask AWS to delete it, after a fresh look at the object, the CRD and the environment's tags.

    Attributes:
        name: Name in AWS.
        recreate: True when the object is not being deleted: a failed creation is made again.
    """

    name: str
    recreate: bool = False


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
class SetLogRetention:
    """Set the retention of the five log groups that AWS derives from the environment's name, where they exist."""

    name: str
    days: int


@dataclass(frozen=True)
class DeleteLogGroups:
    """Delete those five log groups; missing ones are skipped."""

    name: str


Action = (
    AddFinalizer
    | RemoveFinalizer
    | CreateEnvironment
    | UpdateEnvironment
    | DeleteEnvironment
    | TagResource
    | UntagResource
    | SetLogRetention
    | DeleteLogGroups
)
