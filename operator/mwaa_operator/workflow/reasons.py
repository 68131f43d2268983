"""Every reason that a condition or an Event of a ServerlessWorkflow may carry, and what to do about each.

The one list: the planner takes its words from here, the reference page is generated from the texts. Nothing is decided
here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from mwaa_operator.api.reasons import Reasons


class Reason(StrEnum):
    """Synced carries the same reason, and so does Stalled where it is there, unless the table below names another one.
    How a run ended is never a reason of Ready: see LastRunSucceeded."""

    SUCCEEDED = "Succeeded"
    """The workflow is in AWS as spec says: nothing to do."""
    PROGRESSING = "Progressing"
    """The pass is about to send something to AWS: wait."""

    AWAITING_APPROVAL = "AwaitingApproval"
    """The workflow was adopted and differs from spec: look at status.pendingChanges, then set the annotation
    mwaa-operator.io/approve-changes to status.pendingChangesHash."""
    DRIFTED = "Drifted"
    """AWS was changed outside of spec and driftPolicy is Report: edit spec, or set driftPolicy: Correct."""
    OBSERVE = "Observe"
    """AWS differs from spec and managementPolicy is Observe: nothing is sent."""
    SUSPENDED = "Suspended"
    """spec.suspend is true: nothing is changed in AWS, but a schedule there goes on; set triggerMode: Disabled to stop
    it, or suspend to false to go on."""

    CREATING = "Creating"
    """The workflow is being created: wait."""
    UPDATING = "Updating"
    """A new version is being made: wait."""
    DELETING = "Deleting"
    """The workflow or the object is being deleted: wait."""
    TAKING_OVER = "TakingOver"
    """The workflow is this object's, and its owner tags are being written: wait."""
    ADOPTING = "Adopting"
    """The workflow belonged to nobody and is being adopted: its first change will wait for approval."""
    UNKNOWN = "Unknown"
    """AWS names a state that the operator does not know: nothing is sent until it changes."""

    DEFINITION_INVALID = "DefinitionInvalid"
    """The definition is wrong, and a version that was made before stays live: mend what DefinitionValid lists."""
    POLICY_SCOPE_WIDENED = "PolicyScopeWidened"
    """The definition would give the managed role more than its scope allows, or more than can be told, and is not sent:
    look at what RoleReady lists, narrow the definition, or ask the AwsAccount's owner."""
    ROLE_NOT_ASSUMABLE = "RoleNotAssumable"
    """MWAA Serverless cannot assume the role: add the trust statement that RoleReady prints."""

    DEPENDENCY_NOT_READY = "DependencyNotReady"
    """The AwsAccount, a ConfigMap, a Secret or a file in S3 is missing: make what the message names."""
    NOT_PERMITTED = "NotPermitted"
    """The AwsAccount does not admit what spec names: ask its owner for what the message lists."""
    NOT_OWNED = "NotOwned"
    """A workflow of this name is not this object's: choose another spec.name, or adopt it. Or the managed role lost its
    tag: see RoleReady."""
    NAME_CONFLICT = "NameConflict"
    """An older object names the same workflow: choose another spec.name."""
    WORKFLOW_NOT_FOUND = "WorkflowNotFound"
    """There is nothing to observe or adopt: correct spec.name, managementPolicy or adoptionPolicy."""
    ACCOUNT_CHANGED = "AccountChanged"
    """status.workflowArn is in another account or Region than spec leads to: make a new object for the other place."""
    INVALID_SPEC = "InvalidSpec"
    """The operator or AWS refuses spec: correct what the message names."""
    REPLACEMENT_REQUIRED = "ReplacementRequired"
    """AWS cannot change this of a workflow: correct spec, or make a new object with another name."""
    REJECTED_BY_SERVICE = "RejectedByService"
    """AWS refuses the request, and the same one is not sent again: mend what the message says, or annotate with
    mwaa-operator.io/retry-requested-at to send it once more."""
    UPDATE_LOOP = "UpdateLoop"
    """Too many versions were made within an hour, so somebody else changes the workflow too: find out who, then
    annotate with mwaa-operator.io/retry-requested-at, or edit spec."""
    VERSIONS_EXHAUSTED = "VersionsExhausted"
    """AWS keeps 50 versions, and none of those that are left may be deleted: delete versions that others made, or wait
    until their runs end; retried every half hour."""

    ACCESS_DENIED = "AccessDenied"
    """The operator's role lacks a permission: add the one that the message names; retried."""
    CREDENTIALS_FAILED = "CredentialsFailed"
    """The operator has no valid credentials for the account, or cannot assume its role: look at the AwsAccount;
    retried."""
    IAM_PROPAGATION = "IamPropagation"
    """AWS does not see a role or policy yet: retried for ten minutes, then correct what the message names."""
    QUOTA_EXCEEDED = "QuotaExceeded"
    """A limit of the AWS account is reached: raise it, or delete what is not needed; retried every half hour."""
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
    """AWS has a workflow of this name that did not show before: looked at again soon."""
    NOT_FOUND = "NotFound"
    """AWS did not find what was to be changed: looked at again soon."""
    ALREADY_DELETED = "AlreadyDeleted"
    """AWS had deleted what was to be changed: looked at again soon."""


class DetailReason(StrEnum):
    """Beside these, RoleReady and DefinitionValid carry DependencyNotReady, NotPermitted and AccessDenied with the
    meanings above, and Reconciling says Progressing."""

    SUCCEEDED = "Succeeded"
    """DefinitionValid: the definition that is live has no errors; the message names what the service ignores.
    RoleReady: the role may be assumed and may write logs, as far as could be seen."""
    NOT_CHECKED = "NotChecked"
    """DefinitionValid: validation is Off, or the object only observes. RoleReady: the role could not be looked at; the
    message says why."""
    LOCAL_VALIDATION_FAILED = "LocalValidationFailed"
    """DefinitionValid: the operator's own check found errors, and nothing was sent: mend what the message lists. The
    version before stays live."""
    WARNINGS = "Warnings"
    """DefinitionValid: nothing that holds the definition back; look at what the message lists."""
    REJECTED_BY_SERVICE = "RejectedByService"
    """DefinitionValid: AWS refuses the definition: mend what the message says. The version before stays live."""
    DEFINITION_ERROR_AT_RUN = "DefinitionErrorAtRun"
    """DefinitionValid and LastRunSucceeded: a run failed before its first task, because the definition could not be
    read: mend what the message says."""

    ROLE_NOT_ASSUMABLE = "RoleNotAssumable"
    """RoleReady: MWAA Serverless cannot assume the role: add the trust statement of the message."""
    LOG_PERMISSION_MISSING = "LogPermissionMissing"
    """RoleReady: the role may not write the workflow's logs, so that failed tasks leave none: add the statement of the
    message."""
    ROLE_NOT_FOUND = "RoleNotFound"
    """RoleReady: there is no such role: make it, or correct spec.role.arn."""
    POLICY_SCOPE_WIDENED = "PolicyScopeWidened"
    """RoleReady: the managed role needs what cannot be narrowed to literal arguments, or what AwsAccount.managedRoles
    does not allow; the message lists it. While it is True the role has all of it; False holds the definition back."""
    POLICY_ATTACHED = "PolicyAttached"
    """RoleReady: somebody attached managed policies to the managed role, which count within its boundary and keep it
    from being deleted: detach them with the commands of the message if they are not meant to be there."""
    ROLE_NOT_OWNED = "RoleNotOwned"
    """RoleReady: the role of the managed role's name does not carry this object's tag and is never touched, or
    spec.role.arn names a role that was written for another object: do what the message says."""
    DRIFTED = "Drifted"
    """RoleReady: somebody changed the managed role and driftPolicy is Report: set driftPolicy: Correct, or undo it."""

    TASK_FAILED = "TaskFailed"
    """LastRunSucceeded: a task failed; status.lastRun.failedTasks names it, its message and its log stream."""
    MASKED_TASK_FAILURE = "MaskedTaskFailure"
    """LastRunSucceeded: AWS calls the run a success, but a task of it failed: see status.lastRun.failedTasks, or set
    successPolicy: RunState if that is meant."""
    TIMED_OUT = "TimedOut"
    """LastRunSucceeded: the run or a task took longer than AWS or the definition allows."""
    STOPPED = "Stopped"
    """LastRunSucceeded: the run was stopped, by spec.run.stop, concurrencyPolicy: Replace or somebody in AWS."""
    CODE_PACKAGE_ERROR = "CodePackageError"
    """LastRunSucceeded: the code could not be unpacked or a module is missing in it: mend spec.code."""
    RUN_FAILED = "RunFailed"
    """LastRunSucceeded: AWS says that the run failed and names no task: read the message."""
    RUN_SUCCEEDED = "RunSucceeded"
    """LastRunSucceeded: the last run that ended did what successPolicy asks."""
    NO_RUN = "NoRun"
    """LastRunSucceeded: no run has ended yet."""

    PROGRESSING_WITH_RETRY = "ProgressingWithRetry"
    """Reconciling: it failed, or something is missing, and is tried again by itself."""
    DELETION_BLOCKED = "DeletionBlocked"
    """Stalled: the deletion could not go on for half an hour: mend what the message names, or set deletionPolicy:
    Retain to let the object go and keep the workflow."""


class RunReason(StrEnum):
    """What status.run.reason may say about the run that spec.run.token or the annotation
    mwaa-operator.io/run-requested-at asks for; empty while nothing is in its way."""

    RUN_PENDING = "RunPending"
    """Another run is active and concurrencyPolicy is Forbid or Replace: it starts when that one has ended."""
    WORKFLOW_NOT_READY = "WorkflowNotReady"
    """The workflow is not yet as spec says, or is written to at this moment: the run starts when that is done."""
    ALREADY_RAN = "AlreadyRan"
    """The token was handled before, by this object or by one before it: nothing was started; give a new token."""
    SUSPENDED = "Suspended"
    """spec.suspend is true: nothing is started."""
    TRIGGER_DISABLED = "TriggerDisabled"
    """triggerMode is Disabled, so AWS starts no run: change it, or drop the token."""
    VERSION_NOT_FOUND = "VersionNotFound"
    """AWS has no such version: correct spec.run.version and give a new token."""
    QUOTA_EXCEEDED = "QuotaExceeded"
    """AWS runs no more at the same time: it is tried again."""
    REJECTED_BY_SERVICE = "RejectedByService"
    """AWS refuses to start it: mend what the message says and give a new token."""
    START_FAILED = "StartFailed"
    """AWS did not start it, for a cause that may pass or that a permission cures: read the message; it is tried
    again."""
    OUTCOME_UNKNOWN = "OutcomeUnknown"
    """Whether the run was started cannot be told any more: look in AWS, and give a new token if it was not."""


class EventReason(StrEnum):
    """Each is told once, when it happens; what it says stands in status too."""

    WORKFLOW_CREATED = "WorkflowCreated"
    """The workflow was created in AWS."""
    WORKFLOW_UPDATED = "WorkflowUpdated"
    """A new version was made for what the note lists; runs that are under way keep theirs."""
    DEFINITION_INVALID = "DefinitionInvalid"
    """The operator or AWS refuses the definition; told once for each text."""
    DEFINITION_WARNINGS = "DefinitionWarnings"
    """AWS or the operator ignores or doubts a part of the definition; told once for each text."""
    VERSIONS_PRUNED = "VersionsPruned"
    """Versions beyond versionHistoryLimit were deleted."""
    DRIFT_CORRECTED = "DriftCorrected"
    """Somebody had changed the workflow in AWS; spec was sent again."""
    UPDATE_LOOP = "UpdateLoop"
    """Too many versions within an hour: see the reason of the same name."""
    READY = "Ready"
    """The workflow is in AWS as spec says."""

    ROLE_CREATED = "RoleCreated"
    """The managed role was created."""
    ROLE_UPDATED = "RoleUpdated"
    """The managed role got another policy, trust, boundary or tag."""
    ROLE_DELETED = "RoleDeleted"
    """A managed role that nothing uses any more was deleted."""
    ROLE_NOT_OWNED = "RoleNotOwned"
    """A managed role that was to be deleted does not carry this object's tag, and stays in AWS."""
    ROLE_NOT_ASSUMABLE = "RoleNotAssumable"
    """MWAA Serverless cannot assume the role: see RoleReady."""
    POLICY_SCOPE_WIDENED = "PolicyScopeWidened"
    """The managed role's policy became wider than literal arguments would allow, or would have to: see RoleReady."""
    POLICY_ATTACHED = "PolicyAttached"
    """Somebody attached managed policies to the managed role: see RoleReady."""

    RUN_STARTED = "RunStarted"
    """A run was started for a token."""
    RUN_SUCCEEDED = "RunSucceeded"
    """A run ended as successPolicy asks."""
    RUN_FAILED = "RunFailed"
    """A run failed; the note says why."""
    RUN_STOPPED = "RunStopped"
    """A run was stopped."""
    RUN_TIMED_OUT = "RunTimedOut"
    """A run took longer than AWS or the definition allows."""
    RUN_REJECTED = "RunRejected"
    """A run that was asked for does not start: see status.run."""
    TASK_FAILED = "TaskFailed"
    """Tasks of a run failed; the note names them and a log stream."""
    MASKED_TASK_FAILURE = "MaskedTaskFailure"
    """AWS calls a run a success in which a task failed: see LastRunSucceeded."""

    ADOPTED = "Adopted"
    """A workflow that nobody owned got the owner tags."""
    TAKEN_OVER = "TakenOver"
    """A workflow of the same namespace and name, made by an earlier object or another cluster, got new owner tags."""
    TAGS_RESTORED = "TagsRestored"
    """Somebody had removed the owner tags; they were written again."""
    RECREATED = "Recreated"
    """The workflow was gone from AWS and was made again."""
    DELETING = "Deleting"
    """AWS was asked to delete the workflow."""
    RETAINED = "Retained"
    """The object went, the workflow stays in AWS as spec asks."""
    RETAINED_ON_CRD_REMOVAL = "RetainedOnCRDRemoval"
    """The object went with its CustomResourceDefinition; the workflow stays in AWS whatever deletionPolicy says."""
    NOT_OWNED = "NotOwned"
    """The object went; the workflow does not carry its tag and stays in AWS."""
    DELETED = "Deleted"
    """The object went; the workflow is gone from AWS."""


REASONS: Final = (
    Reasons("Ready", Reason),
    Reasons("Other conditions", DetailReason),
    Reasons("status.run", RunReason),
    Reasons("Events", EventReason),
)
