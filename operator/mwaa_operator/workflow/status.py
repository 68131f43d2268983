"""The status of a ServerlessWorkflow: what was seen in AWS, what is under way, how the last runs ended.

Nothing here is a wish; the planner writes it and reads it back as its memory between two passes. No secrets, not even
hashed without a key. What is written passes through `fit.fitted`, which keeps it small.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from mwaa_operator.api import records
from mwaa_operator.api.conditions import READY, RECONCILING, STALLED, SYNCED
from mwaa_operator.api.fields import Arn, Count, ListType, Text, Time, Token, Word, clipped
from mwaa_operator.api.records import Hash, Waiting
from mwaa_operator.api.resource import Status, StatusModel

DEFINITION_VALID = "DefinitionValid"
ROLE_READY = "RoleReady"
LAST_RUN_SUCCEEDED = "LastRunSucceeded"

NORMAL: Final = (READY, SYNCED, DEFINITION_VALID, ROLE_READY, LAST_RUN_SUCCEEDED)
"""Conditions that are good news when True. LastRunSucceeded never makes Ready False."""
ABNORMAL: Final = (RECONCILING, STALLED)
"""Conditions that are present only while True, and never both."""

HANDLED_TOKENS: Final = 45
"""How many run tokens are remembered; AWS's own client token covers a while longer."""
WATCHED_RUNS: Final = 24
"""How many runs under way are remembered; AWS allows 20 of one workflow (MWAA Serverless user guide, "Quotas")."""
FORMER_ROLES: Final = 4
"""How many roles that are not used any more wait for their deletion."""
MAX_VERSIONS: Final = 50
"""Versions that AWS keeps of one workflow (MWAA Serverless user guide, "Quotas")."""

OperationType = Literal["Create", "Update", "Delete", "StartRun"]
Version = Annotated[str, Field(max_length=64)]
"""AWS's word for a version: 32 letters and digits today, opaque to us."""
TokenHash = Annotated[str, Field(max_length=12)]
RunHash = Annotated[str, Field(max_length=16)]
Identifier = Annotated[str, Field(max_length=255)]
"""Id of a run or a task (botocore model mwaa-serverless: IdString)."""
Identifiers = Annotated[list[Annotated[str, Field(max_length=64)]], ListType("set", most=16)]
TaskMessage = Annotated[str, Field(max_length=512), clipped(512)]
Value = Annotated[str, Field(max_length=256), clipped(256)]
RoleName = Annotated[str, Field(max_length=64)]


class Operation(records.Operation):
    """The intent that was stored before a call that AWS does not de-duplicate for good."""

    type: OperationType
    """What was about to be asked of AWS."""
    version: Version | None = None
    """Update: the latest version in AWS before the call; another one afterwards is the answer to it."""


class LastFailure(records.LastFailure):
    """The last operation that AWS refused for good: it is not sent again for the same hash."""

    operation: OperationType
    """What was refused."""
    retry: Token | None = None
    """The value of the annotation mwaa-operator.io/retry-requested-at that this attempt answered."""


class PendingChange(records.PendingChange):
    """One difference between spec and AWS that is not sent yet."""

    field: records.FieldName
    """The member of spec; tags are one."""
    from_: Annotated[Value, Field(alias="from")] = ""
    """What AWS has; stars for secret values."""
    to: Value = ""
    """What spec asks for; stars for secret values."""
    effect: Word = ""
    """What sending it will do: NewVersion, InPlace or ReplacementRequired."""


class StoredObject(StatusModel):
    """A file in S3 that AWS took a copy of when it made the version that is live."""

    digest: Hash | None = None
    """SHA-256 of its bytes in hexadecimal digits; for a file that is only referred to: absent, or as S3 tells it."""
    source: Word | None = None
    """The member of spec that it comes from: inline, yaml, configMapKeyRef or s3."""
    bucket: Annotated[str, Field(max_length=63)] | None = None
    """Bucket."""
    key: Text | None = None
    """Key in the bucket."""
    version_id: Text | None = None
    """The S3 version that AWS was told to use."""
    latest_version_id: Text | None = None
    """s3 only: the newest S3 version at the last look."""
    latest_seen_time: Time | None = None
    """s3 only: when the newest version was first seen."""


class StoredDefinition(StoredObject):
    """The definition that is live, and what the check of the present one found."""

    checked_digest: Hash | None = None
    """SHA-256 of the definition that was checked last; another than digest while it is not live."""
    errors: Count | None = None
    """How many errors the operator's check found in it."""
    warnings: Count | None = None
    """How many warnings the operator's check found in it."""
    service_warnings: Annotated[list[Value], ListType("atomic", most=10)] = Field(default_factory=list)
    """What AWS said when it took the definition that is live, for example which attributes it ignores."""


class ManagedRole(StatusModel):
    """The role that the operator wrote for the workflow."""

    name: RoleName
    """Its name in IAM."""
    policy_hash: Hash | None = None
    """Hash of its policies, trust, boundary and tags as they were written last; absent until all of it was. A
    difference from AWS that this hash does not explain is drift."""
    absent_since: Time | None = None
    """When IAM first answered that the role, which had been written, does not exist."""


class RequestedRun(StatusModel):
    """The run that spec.run.token, or the annotation mwaa-operator.io/run-requested-at, asks for."""

    token: Token
    """The token (first 256 characters)."""
    run_id: Identifier | None = None
    """AWS's id of the run; absent until it was started."""
    state: Word | None = None
    """AWS's word for its state; before the start: Pending, or Requested once AWS is being asked; Unknown if that cannot
    be told any more."""
    reason: Word | None = None
    """Why it does not start, or will not."""
    message: TaskMessage | None = None
    """The same for people, with what to do."""
    requested_at: Time | None = None
    """When the token was first seen."""
    suspect_since: Time | None = None
    """When the oldest run was made that status knew nothing of when it was restored: it may have been for the token."""
    started_at: Time | None = None
    """When AWS took it."""


class FailedTask(StatusModel):
    """A task whose last attempt failed."""

    task_id: Identifier
    """Its id in the definition."""
    attempt: Count | None = None
    """Number of the last attempt."""
    state: Word | None = None
    """AWS's word."""
    message: TaskMessage | None = None
    """AWS's error text; cut at 512 characters."""
    log_group: Annotated[str, Field(max_length=512)] | None = None
    """CloudWatch log group."""
    log_stream: Annotated[str, Field(max_length=512), clipped(512)] | None = None
    """CloudWatch log stream of the attempt."""


class Run(StatusModel):
    """One run in a few words."""

    run_id: Identifier
    """AWS's id of the run."""
    type: Word | None = None
    """AWS's word: ON_DEMAND or SCHEDULED."""
    state: Word | None = None
    """AWS's word: STARTING, QUEUED, RUNNING, SUCCESS, FAILED, TIMEOUT, STOPPING, STOPPED."""
    version: Version | None = None
    """The version that it runs."""
    started_at: Time | None = None
    """When it began."""
    completed_at: Time | None = None
    """When it ended."""


class LastRun(Run):
    """The newest run, under way or ended."""

    duration_seconds: Count | None = None
    """How long it took, in seconds."""
    message: TaskMessage | None = None
    """AWS's error text; cut at 512 characters."""
    failed_tasks: Annotated[list[FailedTask], ListType("map", most=10, keys=("taskId",))] = Field(default_factory=list)
    """Tasks whose last attempt failed; at most ten."""


class LastSuccessfulRun(StatusModel):
    """The newest run that did what successPolicy asks."""

    run_id: Identifier
    """AWS's id of the run."""
    completed_at: Time | None = None
    """When it ended."""


class Effective(StatusModel):
    """What AWS says the workflow has now, also where spec leaves the choice to AWS."""

    role_arn: Arn | None = None
    """Execution role."""
    trigger_mode: Value | None = None
    """Trigger mode, in AWS's own spelling."""
    engine_version: Count | None = None
    """Version of the engine."""
    kms_key_arn: Arn | None = None
    """Encryption key; absent means AWS's own key."""
    log_group_name: Annotated[str, Field(max_length=512)] | None = None
    """Log group, if one was chosen."""
    subnet_ids: Identifiers = Field(default_factory=list)
    """Subnets; none means AWS's own network."""
    security_group_ids: Identifiers = Field(default_factory=list)
    """Security groups."""


class ServerlessWorkflowStatus(Status):
    """What the operator knows about the workflow. Written by the operator only."""

    last_handled_retry_at: Token | None = None
    """The value of the annotation mwaa-operator.io/retry-requested-at that was answered last (first 256 characters)."""
    workflow_arn: Arn | None = None
    """ARN of the workflow in AWS."""
    state: Word | None = None
    """AWS's word for the state of the workflow; a mirror for people, the contract is in the conditions."""
    created_at: Time | None = None
    """When AWS created the workflow."""
    adopted: bool | None = None
    """True if the workflow existed before this object took it over."""
    absent_since: Time | None = None
    """When AWS first answered that the workflow does not exist."""
    version: Version | None = None
    """The version that is live."""
    versions_used: Count | None = None
    """How many versions AWS keeps of the workflow; it allows 50."""
    own_versions: Annotated[list[Version], ListType("atomic", most=MAX_VERSIONS)] = Field(default_factory=list)
    """Versions that this object made, oldest first; no other one is ever deleted by it."""
    recent_updates: Annotated[list[Time], ListType("atomic", most=10)] = Field(default_factory=list)
    """When versions were made within the last hour, oldest first; too many are a loop."""
    schedule: Value | None = None
    """The schedule as AWS read it in the definition; absent if there is none."""
    trigger_mode: Word | None = None
    """The trigger mode that AWS has, in the words of spec."""
    definition: StoredDefinition | None = None
    """The definition that is live."""
    code: StoredObject | None = None
    """The code that is live."""
    role_arn: Arn | None = None
    """The role that the workflow runs under."""
    managed_role: ManagedRole | None = None
    """The role that the operator wrote, for role.managed."""
    former_roles: Annotated[list[RoleName], ListType("atomic", most=FORMER_ROLES)] = Field(default_factory=list)
    """Roles that the operator wrote before: each is deleted once no version that is live and no run uses it."""
    roles_made: Count | None = None
    """How many names of roles this object has used; AWS takes no name of a role that was deleted."""
    log_group: Annotated[str, Field(max_length=512)] | None = None
    """CloudWatch log group of the tasks."""
    log_retention_days: Count | None = None
    """Retention that was set on the log group last, in days."""
    operation: Operation | None = None
    """The call that is under way."""
    answered_version: Version | None = None
    """The version that AWS named in its answer to that call; absent until it answered."""
    last_failure: LastFailure | None = None
    """The operation that AWS refused and that is not tried again by itself."""
    run: RequestedRun | None = None
    """The run that was asked for last."""
    handled_run_tokens: Annotated[list[TokenHash], ListType("atomic", most=HANDLED_TOKENS)] = Field(
        default_factory=list
    )
    """Hashes of run tokens that were handled, oldest first: none of them starts a run again."""
    active_runs: Count | None = None
    """How many runs are under way."""
    watched_runs: Annotated[list[RunHash], ListType("atomic", most=WATCHED_RUNS)] = Field(default_factory=list)
    """Short hashes of the ids of runs that were under way at the last look: their end is news."""
    last_run: LastRun | None = None
    """The newest run, and why it failed."""
    last_successful_run: LastSuccessfulRun | None = None
    """The newest run that did what successPolicy asks."""
    recent_runs: Annotated[list[Run], ListType("map", most=8, keys=("runId",))] = Field(default_factory=list)
    """The newest runs, newest first; at most runHistoryLimit."""
    applied_fields: Annotated[dict[str, Hash], Field(max_length=80)] = Field(default_factory=dict)
    """Member of spec to a short hash of the value that was sent last and that AWS has; a difference without an edit is
    drift. Sent, where it was sent and not seen in AWS yet. A tag is tags. and a short hash of its key."""
    effective: Effective | None = None
    """What AWS says the workflow has now."""
    pending_changes: Annotated[list[PendingChange], ListType("map", most=32, keys=("field",))] = Field(
        default_factory=list
    )
    """Differences between spec and AWS, and what sending each of them will do."""
    pending_changes_hash: Hash | None = None
    """Value for the annotation mwaa-operator.io/approve-changes that lets exactly these changes through."""
    pending_since: Time | None = None
    """When the present set of pending changes was first seen."""
    waiting: Waiting | None = None
    """What the object waits for outside of itself."""
