"""Every reason that a condition or an Event of an MwaaEnvironment may carry, and what to do about each.

The one list: the planner takes its words from here, the reference page is generated from the texts. Nothing is decided
here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NewType

from mwaa_operator.api.reasons import Reasons


class Reason(StrEnum):
    """Synced carries the same reason, and so does Stalled where it is there, unless the table below names another one.
    While AWS is at work the reason is AWS's own word for the state, in CamelCase; a word that is not listed here is
    read as "at work" too."""

    SUCCEEDED = "Succeeded"
    """The environment serves and is as spec says: nothing to do."""
    PROGRESSING = "Progressing"
    """The pass is about to send something to AWS: wait."""

    MAINTENANCE = "Maintenance"
    """AWS does its weekly maintenance: changes are sent afterwards."""
    AWAITING_APPROVAL = "AwaitingApproval"
    """Changes wait for your approval: look at status.pendingChanges, then set the annotation
    mwaa-operator.io/approve-changes to status.pendingChangesHash."""
    AWAITING_WINDOW = "AwaitingWindow"
    """Changes wait until the window of updatePolicy.window opens."""
    AWAITING_MAINTENANCE = "AwaitingMaintenance"
    """AWS's maintenance begins soon and would force the update: changes are sent after it."""
    DRIFTED = "Drifted"
    """AWS was changed outside of spec: edit spec, or set driftPolicy: Correct."""
    OBSERVE = "Observe"
    """AWS differs from spec and managementPolicy is Observe: nothing is sent."""
    SUSPENDED = "Suspended"
    """There is something to do in AWS, but spec.suspend is true: set it to false to go on."""

    CREATING = "Creating"
    """AWS creates the environment, which takes about half an hour: wait."""
    CREATING_SNAPSHOT = "CreatingSnapshot"
    """AWS takes a snapshot before an update: wait."""
    UPDATING = "Updating"
    """AWS updates the environment, or was just asked to: wait."""
    ROLLING_BACK = "RollingBack"
    """An update failed and AWS restores the environment: wait, UpdateFailed will say why."""
    PENDING = "Pending"
    """AWS waits for VPC endpoints of yours: make those that the condition EndpointsRequired names; AWS gives up after
    72 hours."""
    DELETING = "Deleting"
    """The environment or the object is being deleted: wait."""
    UNKNOWN = "Unknown"
    """AWS names no state: nothing is sent until it does."""
    TAKING_OVER = "TakingOver"
    """The environment is this object's, and its owner tags are being written: wait."""
    ADOPTING = "Adopting"
    """The environment belonged to nobody and is being adopted: its first change will wait for approval."""
    RECREATING = "Recreating"
    """The creation failed; the environment is deleted and will be made again: wait."""

    DEPENDENCY_NOT_READY = "DependencyNotReady"
    """The AwsAccount, a Secret or a file in S3 is missing: make what the message names."""
    PREFLIGHT_FAILED = "PreflightFailed"
    """Checks found what would fail in AWS: mend what the message lists, or name a check in preflight.skip."""
    NOT_PERMITTED = "NotPermitted"
    """The AwsAccount does not admit what spec names: ask its owner for what the message lists."""
    NOT_OWNED = "NotOwned"
    """An environment of this name is not this object's: choose another spec.name, or adopt it."""
    NAME_CONFLICT = "NameConflict"
    """An older object names the same environment: choose another spec.name."""
    ENVIRONMENT_NOT_FOUND = "EnvironmentNotFound"
    """There is nothing to observe or adopt: correct spec.name, managementPolicy or adoptionPolicy."""
    ACCOUNT_CHANGED = "AccountChanged"
    """status.arn is in another account or Region than spec leads to: make a new object for the other place."""
    INVALID_SPEC = "InvalidSpec"
    """The operator or AWS refuses spec: correct what the message names."""
    REPLACEMENT_REQUIRED = "ReplacementRequired"
    """AWS cannot change this of an environment: correct spec, or make a new object with another name."""
    UPDATE_FAILED = "UpdateFailed"
    """AWS could not do the update, and it is not sent again: change spec, or annotate with
    mwaa-operator.io/retry-requested-at to send it once more."""
    CREATE_FAILED = "CreateFailed"
    """AWS could not create the environment: mend the cause, then annotate with mwaa-operator.io/retry-requested-at to
    have it deleted and made again."""
    UNAVAILABLE = "Unavailable"
    """AWS could not restore the environment after a failed update: delete it and create it again."""
    EXTERNALLY_DELETED = "ExternallyDeleted"
    """The environment was deleted by somebody else: annotate with mwaa-operator.io/recreate and its old ARN for a new,
    empty one."""

    ACCESS_DENIED = "AccessDenied"
    """The operator's role lacks a permission: add the one that the message names; retried."""
    CREDENTIALS_FAILED = "CredentialsFailed"
    """The operator has no valid credentials for the account, or cannot assume its role: look at the AwsAccount;
    retried."""
    IAM_PROPAGATION = "IamPropagation"
    """AWS does not see a role, policy or bucket setting yet: retried for ten minutes, then correct what the message
    names."""
    QUOTA_EXCEEDED = "QuotaExceeded"
    """A limit of the AWS account is reached: raise it; retried every half hour."""
    REFUSED = "Refused"
    """AWS refuses the request in words that the operator does not know: read the message; retried for ten minutes, then
    every half hour."""
    THROTTLED = "Throttled"
    """AWS takes no more calls for the moment: retried."""
    AWS_UNAVAILABLE = "AwsUnavailable"
    """AWS does not answer: retried."""
    WRONG_STATE = "WrongState"
    """AWS was busy when it was asked: looked at again soon."""
    NAME_IN_USE = "NameInUse"
    """AWS has an environment of this name that did not show before: looked at again soon."""
    NOT_FOUND = "NotFound"
    """AWS did not find what was to be changed: looked at again soon."""
    ALREADY_DELETED = "AlreadyDeleted"
    """AWS had deleted what was to be changed: looked at again soon."""


class DetailReason(StrEnum):
    """Beside these, Available carries AWS's word for the state in CamelCase, and Reconciling says Progressing."""

    AVAILABLE = "Available"
    """Available: Airflow serves, and AWS is not at work."""
    DELETED = "Deleted"
    """Available: AWS has deleted the environment."""
    NOT_OBSERVED = "NotObserved"
    """Available: the environment was not seen in AWS yet."""
    SUCCEEDED = "Succeeded"
    """PreflightPassed: no check failed; the message names those that could not look. ArtifactsCurrent: every file is
    the newest version."""
    CHECKS_FAILED = "ChecksFailed"
    """PreflightPassed: mend what the message lists, or name a check in preflight.skip."""
    WARNINGS = "Warnings"
    """PreflightPassed: only checks that do not hold anything back failed; look at what the message lists."""
    NEWER_VERSION = "NewerVersion"
    """ArtifactsCurrent: S3 has a newer version of a file: name it in spec, or set artifactPolicy: Follow."""
    CUSTOMER_ENDPOINTS = "CustomerEndpoints"
    """EndpointsRequired: make interface VPC endpoints for the services that the message names."""
    PROGRESSING_WITH_RETRY = "ProgressingWithRetry"
    """Reconciling: it failed, or something is missing, and is tried again by itself."""
    DELETION_BLOCKED = "DeletionBlocked"
    """Stalled: the deletion could not go on for half an hour: mend what the message names, or set deletionPolicy:
    Retain to let the object go and keep the environment."""


class EventReason(StrEnum):
    """Each is told once, when it happens; what it says stands in status too."""

    CREATING = "Creating"
    """AWS was asked to create the environment."""
    UPDATING = "Updating"
    """AWS was asked to change what the note lists."""
    DELETING = "Deleting"
    """AWS was asked to delete the environment."""
    RECREATING = "Recreating"
    """A creation failed; AWS was asked to delete the environment, to make it again."""
    READY = "Ready"
    """The environment serves and is as spec says."""
    UPDATE_FAILED = "UpdateFailed"
    """An update failed: see the reason of the same name."""
    ADOPTED = "Adopted"
    """An environment that nobody owned got the owner tags."""
    TAKEN_OVER = "TakenOver"
    """An environment of the same namespace and name, made by an earlier object or another cluster, got new owner
    tags."""
    TAGS_RESTORED = "TagsRestored"
    """Somebody had removed the owner tags; they were written again."""
    RETAINED = "Retained"
    """The object went, the environment stays in AWS as spec asks."""
    RETAINED_ON_CRD_REMOVAL = "RetainedOnCRDRemoval"
    """The object went with its CustomResourceDefinition; the environment stays in AWS whatever deletionPolicy says."""
    NOT_OWNED = "NotOwned"
    """The object went; the environment does not carry its tag and stays in AWS."""
    DELETED = "Deleted"
    """The object went; the environment is gone from AWS."""


StateWord = NewType("StateWord", str)
"""AWS's word for a state as a reason; the words that are known are members above."""

ReadyReason = Reason | StateWord
"""What Ready may carry: so that the type checker refuses a literal."""

REASONS: Final = (
    Reasons("Ready", Reason),
    Reasons("Other conditions", DetailReason),
    Reasons("Events", EventReason),
)


def camel(state: str) -> StateWord:
    """Return AWS's word as a reason: CREATING_SNAPSHOT as CreatingSnapshot."""
    return StateWord("".join(part.capitalize() for part in state.split("_")) or Reason.UNKNOWN.value)
