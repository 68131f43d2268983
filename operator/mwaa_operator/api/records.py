"""What the status of every kind with a resource in AWS remembers between two passes.

A kind narrows a word or adds a member in its own status.py. No secrets here, not even hashed without a key.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mwaa_operator.api.fields import Message, Time, Word
from mwaa_operator.api.resource import StatusModel

Hash = Annotated[str, Field(max_length=64)]
FieldName = Annotated[str, Field(max_length=144)]
"""A member of spec; the longest is `tags.` and a key of 128 characters."""


class Operation(StatusModel):
    """The intent that was stored before a call that AWS does not de-duplicate."""

    type: Word
    """What was about to be asked of AWS."""
    hash: Hash
    """Hash of what was asked, to tell this attempt from another."""
    started_at: Time
    """When the intent was written, with microseconds."""


class LastFailure(StatusModel):
    """The last operation that failed for good: it is not sent again for the same hash."""

    operation: Word
    """What failed."""
    hash: Hash
    """Hash of what had been asked."""
    code: Annotated[str, Field(max_length=256)] | None = None
    """AWS's error code."""
    message: Message | None = None
    """AWS's error text; cut at 1,024 characters."""


class PendingChange(StatusModel):
    """One difference between spec and AWS that is not sent yet."""

    field: FieldName
    """The member of spec."""
    from_: Annotated[Message, Field(alias="from")] = ""
    """What AWS has; stars for secret values."""
    to: Message = ""
    """What spec asks for; stars for secret values."""
    effect: Word = ""
    """What sending it will do."""


class Waiting(StatusModel):
    """Since when and for what the object waits, so that a wait can turn into a stall."""

    reason: Word
    """CamelCase constant, as in the condition."""
    since: Time
    """When the wait began."""
