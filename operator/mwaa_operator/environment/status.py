"""The status of an MwaaEnvironment: what was seen in AWS, what is under way, what is held back.

Nothing here is a wish; the planner writes it and reads it back as its memory between two passes. No secrets, not even
hashed without a key.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mwaa_operator.api import records
from mwaa_operator.api.fields import Arn, Count, ListType, Message, Text, Time, Token, Word
from mwaa_operator.api.records import Hash, Waiting
from mwaa_operator.api.resource import Status, StatusModel

OperationType = Literal["Create", "Update", "Delete"]
Identifiers = Annotated[list[Annotated[str, Field(max_length=64)]], ListType("set", most=16)]


class LastUpdate(StatusModel):
    """AWS's record of the last update of the environment (botocore model mwaa: LastUpdate)."""

    status: Word | None = None
    """AWS's word: SUCCESS, PENDING, FAILED."""
    created_at: Time | None = None
    """When AWS accepted the update."""
    source: Annotated[str, Field(max_length=256)] | None = None
    """Who asked for it, in AWS's words."""
    worker_replacement_strategy: Word | None = None
    """How workers were replaced: FORCED or GRACEFUL."""
    error_code: Annotated[str, Field(max_length=256)] | None = None
    """AWS's error code, if it failed."""
    error_message: Message | None = None
    """AWS's error text, if it failed; cut at 1,024 characters."""


class Operation(records.Operation):
    """The intent that was stored before a call that AWS does not de-duplicate."""

    type: OperationType
    """What was about to be asked of AWS."""
    last_update_created_at: Time | None = None
    """AWS's lastUpdate.createdAt before the call; a later one is the answer to it."""


class LastFailure(records.LastFailure):
    """The last operation that failed for good: it is not sent again for the same hash."""

    operation: OperationType
    """What failed."""
    last_update_created_at: Time | None = None
    """AWS's lastUpdate.createdAt of the failed update."""
    retry: Token | None = None
    """The value of the annotation mwaa-operator.io/retry-requested-at that this attempt answered."""


class SecretHashes(StatusModel):
    """Keyed hashes of values from Secrets, to see that one changed without storing it."""

    key_id: Hash
    """Which key the hashes were made with; hashes of another key say nothing."""
    hashes: Annotated[dict[str, Hash], Field(max_length=64)] = Field(default_factory=dict)
    """Name of the option to the hash of its value."""


class Artifact(StatusModel):
    """One file in S3 that the environment reads once, at a pinned version."""

    path: Text | None = None
    """Key in the source bucket."""
    version_id: Text | None = None
    """The S3 version that the environment is told to use."""
    latest_version_id: Text | None = None
    """The newest S3 version at the last look."""
    latest_seen_time: Time | None = None
    """When the newest version was first seen."""


class Artifacts(StatusModel):
    """The three files whose versions MWAA pins."""

    plugins: Artifact | None = None
    """plugins.zip."""
    requirements: Artifact | None = None
    """requirements.txt."""
    startup_script: Artifact | None = None
    """The startup script."""


class Effective(StatusModel):
    """What AWS says the environment has now, also where spec leaves the choice to AWS."""

    airflow_version: Word | None = None
    """Apache Airflow version."""
    environment_class: Word | None = None
    """Environment class."""
    min_workers: Count | None = None
    """Fewest workers."""
    max_workers: Count | None = None
    """Most workers."""
    schedulers: Count | None = None
    """Number of schedulers."""
    min_webservers: Count | None = None
    """Fewest web servers."""
    max_webservers: Count | None = None
    """Most web servers."""
    webserver_access_mode: Word | None = None
    """Who reaches the web server."""
    weekly_maintenance_window_start: Word | None = None
    """Start of AWS's weekly maintenance window, DAY:HH:MM in UTC."""
    endpoint_management: Word | None = None
    """Who makes the VPC endpoints."""
    kms_key: Arn | None = None
    """Encryption key; absent means AWS's own key."""
    execution_role_arn: Arn | None = None
    """Execution role."""
    source_bucket_arn: Arn | None = None
    """Source bucket."""
    dag_s3_path: Text | None = None
    """Key prefix of the DAGs."""
    subnet_ids: Identifiers = Field(default_factory=list)
    """Subnets."""
    security_group_ids: Identifiers = Field(default_factory=list)
    """Security groups."""
    logging_configuration: Annotated[dict[str, Word], Field(max_length=16)] = Field(default_factory=dict)
    """Log module (such as taskLogs) to its level, or to Disabled."""


class PendingChange(records.PendingChange):
    """One difference between spec and AWS that is not sent yet."""

    effect: Word = ""
    """What sending it will do, such as RollingUpdate, ForcedReplacement, Upgrade or ReplacementRequired."""


class PreflightCheck(StatusModel):
    """The answer of one check."""

    name: Annotated[str, Field(max_length=64)]
    """Name of the check, as in spec.preflight.skip."""
    result: Literal["Pass", "Fail", "Unknown"]
    """Unknown means that the check could not look, for example for lack of a permission; it never blocks."""
    severity: Literal["Block", "Warn"]
    """Whether a Fail keeps the create or update from being sent."""
    message: Message | None = None
    """What was found, and what to do."""


class PreflightStatus(StatusModel):
    """The answers of the last preflight."""

    hash: Hash | None = None
    """Hash of what was checked."""
    checks: Annotated[list[PreflightCheck], ListType("map", most=64, keys=("name",))] = Field(default_factory=list)
    """One entry for each check."""


class MwaaEnvironmentStatus(Status):
    """What the operator knows about the environment. Written by the operator only."""

    last_handled_retry_at: Token | None = None
    """The value of the annotation mwaa-operator.io/retry-requested-at that was answered last (first 256 characters)."""
    arn: Arn | None = None
    """ARN of the environment in AWS."""
    state: Word | None = None
    """AWS's word for the state of the environment; a mirror for people, the contract is in the conditions."""
    webserver_url: Annotated[str, Field(max_length=512)] | None = None
    """Host name of the Airflow web server."""
    airflow_version: Word | None = None
    """Apache Airflow version that runs now."""
    created_at: Time | None = None
    """When AWS created the environment."""
    first_available_time: Time | None = None
    """When the environment was first seen to serve; from then on its absence is never a reason to create it."""
    adopted: bool | None = None
    """True if the environment existed before this object took it over."""
    recreations: Count | None = None
    """How often a failed create was deleted and made again."""
    service_role_arn: Arn | None = None
    """The service-linked role that MWAA uses."""
    celery_executor_queue: Arn | None = None
    """ARN of the queue between scheduler and workers."""
    database_vpc_endpoint_service: Annotated[str, Field(max_length=1224)] | None = None
    """Endpoint service of the metadata database, for endpointManagement CUSTOMER."""
    webserver_vpc_endpoint_service: Annotated[str, Field(max_length=1224)] | None = None
    """Endpoint service of the web server, for endpointManagement CUSTOMER."""
    last_update: LastUpdate | None = None
    """AWS's record of the last update."""
    operation: Operation | None = None
    """The call that is under way."""
    last_failure: LastFailure | None = None
    """The operation that failed and is not tried again by itself."""
    applied_fields: Annotated[dict[str, Hash], Field(max_length=128)] = Field(default_factory=dict)
    """Member of spec to a short hash of the value that was sent last; a difference without an edit is drift."""
    secret_hashes: SecretHashes | None = None
    """Keyed hashes of the option values that came from Secrets."""
    artifacts: Artifacts | None = None
    """Versions of plugins, requirements and startup script."""
    effective: Effective | None = None
    """What AWS says the environment has now."""
    pending_changes: Annotated[list[PendingChange], ListType("map", most=64, keys=("field",))] = Field(
        default_factory=list
    )
    """Differences between spec and AWS, and what sending each of them will do."""
    pending_changes_hash: Hash | None = None
    """Value for the annotation mwaa-operator.io/approve-changes that lets exactly these changes through."""
    pending_since: Time | None = None
    """When the present set of pending changes was first seen."""
    waiting: Waiting | None = None
    """What the object waits for outside of itself."""
    absent_since: Time | None = None
    """When AWS first answered that the environment does not exist."""
    log_retention_days: Count | None = None
    """Retention that was set on the log groups last, in days."""
    preflight: PreflightStatus | None = None
    """Answers of the last preflight."""
