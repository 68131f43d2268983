"""How a call to AWS failed, told by what follows from it. Pure, so that planners can decide on it.

`aws/errors.py` holds the one table that turns AWS error codes and texts into these kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """What a failed call means for the caller."""

    NOT_FOUND = "NotFound"
    """The resource is not there. For reads an observation, not an error."""
    THROTTLED = "Throttled"
    """Too many calls: try later, and slow the account's bucket."""
    UNAVAILABLE = "Unavailable"
    """5xx, time-out, connection: try later; a mutation may have happened."""
    ACCESS_DENIED = "AccessDenied"
    """A permission of ours is missing; policies get fixed, so slow retries."""
    CREDENTIALS = "Credentials"
    """No, expired or invalid credentials, or the role cannot be assumed; retried."""
    PROPAGATION = "Propagation"
    """MWAA does not see a role, policy or bucket setting yet that may have been made a moment ago; bounded retries."""
    WRONG_STATE = "WrongState"
    """The resource is busy or in a state that refuses this call: look again."""
    NAME_IN_USE = "NameInUse"
    """A resource of that name exists: look whose it is."""
    ALREADY_DELETED = "AlreadyDeleted"
    """A delete of something that is gone already: success."""
    QUOTA = "QuotaExceeded"
    """An account limit; slow retries."""
    INVALID = "Invalid"
    """AWS refuses the content of the request: only an edit helps."""
    REFUSED = "Refused"
    """A ValidationException with a text that nobody knows: bounded retries, then slow ones; never silently terminal."""


@dataclass(frozen=True)
class FieldProblem:
    """What AWS says about one member of a request.

    Attributes:
        name: The member, in AWS's spelling.
        message: What is wrong with it, made fit to be shown as `Failure.message` is.
    """

    name: str
    message: str


@dataclass(frozen=True)
class Failure:
    """A failed call.

    Attributes:
        kind: What follows from it.
        operation: `service:Operation`, for example `mwaa:CreateEnvironment`.
        code: AWS's error code, or botocore's exception name.
        message: AWS's text without request ids and without anything secret, at most 900 characters.
        may_have_happened: For mutations: the call may have taken effect although it failed.
        resource_id: What AWS says that the failure is about: the id of the resource that has the name already, of the
            one whose quota is used up, of the one that is not there. Empty where AWS does not say.
        quota_code: The quota that is used up, or the rate that was exceeded; empty where AWS does not say.
        reason: AWS's own word for what kind of mistake a request holds (`fieldValidationFailed`); empty without one.
        fields: The members that AWS found wrong, at most ten; `message` tells them too.
        retry_after: Seconds for which AWS asks to be left alone, at most an hour; None where it does not.
    """

    kind: FailureKind
    operation: str
    code: str
    message: str
    may_have_happened: bool = False
    resource_id: str = ""
    quota_code: str = ""
    reason: str = ""
    fields: tuple[FieldProblem, ...] = ()
    retry_after: int | None = None
