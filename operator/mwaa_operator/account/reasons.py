"""Every reason that a condition or an Event of an AwsAccount may carry, and what to do about each.

The one list: the planner takes its words from here, the reference page is generated from the texts. Nothing is decided
here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from mwaa_operator.api.reasons import Reasons


class Reason(StrEnum):
    """Stalled carries the same reason where it is there, unless the table below names another one. Events carry the
    reasons of Ready when it changes."""

    VERIFIED = "Verified"
    """AWS confirms that the operator's credentials belong to the account: nothing to do."""
    ACCOUNT_MISMATCH = "AccountMismatch"
    """The operator's credentials belong to another account than spec.accountId: correct assumeRole, or make another
    AwsAccount."""
    ACCESS_DENIED = "AccessDenied"
    """The role cannot be assumed or may not be used: correct its trust policy or permissions; retried."""
    CREDENTIALS_FAILED = "CredentialsFailed"
    """The operator has no valid credentials: give its ServiceAccount a role; retried."""
    AWS_UNAVAILABLE = "AwsUnavailable"
    """AWS does not answer, and has not for an hour if the account was confirmed before: retried."""
    INVALID_SPEC = "InvalidSpec"
    """The operator or AWS refuses spec: correct what the message names."""
    REFUSED = "Refused"
    """AWS refuses in words that the operator does not know: read the message; retried."""
    IN_USE = "InUse"
    """The account is being deleted and objects still refer to it: delete those that the message names, or let them name
    another account."""


class DetailReason(StrEnum):
    """Reconciling and Stalled have these of their own. While a deletion waits, Reconciling says InUse."""

    PROGRESSING_WITH_RETRY = "ProgressingWithRetry"
    """Reconciling: it failed and is tried again by itself."""
    DELETION_BLOCKED = "DeletionBlocked"
    """Stalled: objects have held the deletion up for half an hour: delete those that the message names."""


REASONS: Final = (Reasons("Ready", Reason), Reasons("Other conditions", DetailReason))
