"""The kind ServerlessWorkflow: one workflow of Amazon MWAA Serverless, as a person writes it.

Members are those of CreateWorkflow (botocore model mwaa-serverless) in camelCase, shortened where the API only wraps a
value, plus the operator's own policies. There is no schedule here: the definition holds it.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from mwaa_operator.account.api import BucketName
from mwaa_operator.api.fields import Arn, ListType, Number, OpenObject
from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.policies import (
    AdoptionPolicy,
    ArtifactPolicy,
    DeletionPolicy,
    DriftPolicy,
    LogRetentionDays,
    ManagementPolicy,
    Region,
    S3Key,
    S3Version,
    Tags,
)
from mwaa_operator.api.references import AccountRef, ConfigMapKeyRef, ValueFrom
from mwaa_operator.api.resource import (
    AGE_COLUMN,
    MESSAGE_COLUMN,
    READY_COLUMN,
    Column,
    Definition,
    Resource,
    condition_column,
)
from mwaa_operator.api.rules import Rule, Ruled
from mwaa_operator.workflow.reasons import REASONS
from mwaa_operator.workflow.rules import (
    code_rules,
    definition_rules,
    encryption_rules,
    logging_rules,
    object_rules,
    role_rules,
    spec_rules,
    variable_rules,
)
from mwaa_operator.workflow.status import ServerlessWorkflowStatus

__all__ = ["DEFINITION", "KIND", "ServerlessWorkflow", "ServerlessWorkflowSpec", "ServerlessWorkflowStatus"]

KIND = KindInfo(kind="ServerlessWorkflow", plural="serverlessworkflows", short_names=("slwf",))

MAX_DEFINITION = 51_200
"""Bytes that AWS takes of a definition (MWAA Serverless user guide, "Quotas")."""
MAX_NAME = 244
"""AWS appends eleven characters to the name, and allows 255 (botocore model mwaa-serverless: WorkflowArn)."""

TriggerMode = Literal["Scheduled", "ManualOnly", "Disabled"]
ConcurrencyPolicy = Literal["Allow", "Forbid", "Replace"]
SuccessPolicy = Literal["AllTasks", "RunState"]
Validation = Literal["Strict", "Warn", "Off"]


class S3Object(Ruled):
    """A file in S3 that somebody else keeps there; it is read and never written."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(object_rules())

    bucket: BucketName
    """Name of the bucket. Required."""
    key: S3Key
    """Key in the bucket. Required."""
    version_id: S3Version | None = None
    """S3 version of the file. Unset: chosen by artifactPolicy."""


class WorkflowDefinition(Ruled):
    """The definition of the workflow, in one of four ways."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(definition_rules())

    inline: Annotated[dict[str, Any], OpenObject(most=16)] | None = None
    """The definition as an object: the id of the workflow, and below it schedule, tasks and so on. Unset: it comes from
    elsewhere."""
    yaml: Annotated[str, Field(min_length=1, max_length=MAX_DEFINITION)] | None = None
    """The definition as YAML text, at most 50 KB; its bytes are uploaded as they are. Unset: it comes from
    elsewhere."""
    config_map_key_ref: ConfigMapKeyRef | None = None
    """A ConfigMap in this namespace that holds the YAML text; labelled mwaa-operator.io/watch: "true" its changes are
    seen within seconds. Unset: it comes from elsewhere."""
    s3: S3Object | None = None
    """A YAML file in S3. Unset: it comes from elsewhere."""


class WorkflowCode(Ruled):
    """The code of Python and Bash operators: one .py, one .sh or one .zip."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(code_rules())

    s3: S3Object | None = None
    """A file in S3. Unset: it comes from a ConfigMap."""
    config_map_key_ref: ConfigMapKeyRef | None = None
    """A ConfigMap in this namespace; the key is the name of the file, for example main.py. Unset: it comes from S3."""


class ManagedRole(ApiModel):
    """A role that the operator writes; the AwsAccount alone says what it may be like."""


class WorkflowRole(Ruled):
    """The IAM role that the tasks run under, in one of two ways."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(role_rules())

    arn: Arn | None = None
    """ARN of a role of yours, checked and never changed. Unset: the role is managed."""
    managed: ManagedRole | None = None
    """{}: the operator writes a role that may do what the operators of the definition need, within
    AwsAccount.spec.managedRoles. Unset: the role is yours."""


class EnvironmentVariable(Ruled):
    """One environment variable of the tasks."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(variable_rules())

    name: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[a-zA-Z][a-zA-Z0-9_]*$")]
    """Name: a letter, then letters, digits and _. Required."""
    value: Annotated[str, Field(max_length=255)] | None = None
    """The value; no secrets here: use valueFrom. Unset: it comes from a Secret."""
    value_from: ValueFrom | None = None
    """Where the value comes from. Unset: value holds it."""


class Network(ApiModel):
    """Where in a VPC the tasks run."""

    subnet_ids: Annotated[
        list[Annotated[str, Field(max_length=64, pattern=r"^subnet-[a-z0-9]+$")]], ListType("set", least=1, most=16)
    ]
    """Private subnets of one VPC, two or more in different availability zones; any order. Required."""
    security_group_ids: Annotated[
        list[Annotated[str, Field(max_length=64, pattern=r"^sg-[a-z0-9]+$")]], ListType("set", least=1, most=16)
    ]
    """Security groups of the same VPC. Required."""


class Logging(Ruled):
    """Where the tasks' logs go in CloudWatch."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(logging_rules())

    log_group_name: Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[.#/A-Za-z0-9_-]+$")] | None = None
    """A log group of yours. Unset: AWS makes one, /aws/mwaa-serverless/<workflow id>/."""
    retention_days: LogRetentionDays | None = None
    """Retention of the log group that AWS makes, in days. Unset: left as it is (AWS: for ever)."""


class Encryption(Ruled):
    """The key that encrypts the workflow."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(encryption_rules())

    kms_key_arn: Arn
    """ARN of a KMS key in the same Region. Required. Immutable."""


class RunRequest(ApiModel):
    """A run on demand: a token that was not seen before starts one."""

    token: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[!-~]+$")]
    """Any word; each starts at most one run of the workflow, ever. Required."""
    parameters: Annotated[dict[str, Any], OpenObject(most=64)] | None = None
    """Values for params of the definition; no secrets. Read when the run starts. Unset: the definition's defaults."""
    version: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9]+$")] | None = None
    """The version to run, as in status.version. Unset: the latest."""
    stop: bool = False
    """True: stop the run that the token started; a token that is new then starts none. Default false."""


class ServerlessWorkflowSpec(Ruled):
    """What the workflow should be."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(spec_rules())

    account_ref: AccountRef = AccountRef()
    """The AwsAccount that the workflow belongs to. Default the AwsAccount named default. Immutable."""
    region: Region
    """AWS Region, for example eu-central-1. Required. Immutable."""
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)] | None = None
    """Name in AWS: a letter or digit, then letters, digits, and . - _, up to 244. Unset: <namespace>-<name>.
    Immutable."""
    management_policy: ManagementPolicy = "Manage"
    """Manage: create, update, run and delete. Observe: read and report, change nothing in AWS. Default Manage."""
    adoption_policy: AdoptionPolicy = "Never"
    """What to do with a workflow of this name that nobody owns. Never: report it. AdoptOrCreate: take it over, or
    create one. AdoptExisting: take it over, never create. The AwsAccount must allow adoption too. Default Never."""
    drift_policy: DriftPolicy = "Correct"
    """What to do about a change that somebody made in AWS. Report: show it. Correct: send spec again.
    Default Correct."""
    deletion_policy: DeletionPolicy | None = None
    """What deleting this object does in AWS. Retain: nothing. Delete: stop its runs and delete the workflow.
    Unset: Delete, or Retain for a workflow that was adopted."""
    suspend: bool = False
    """True: stop changing anything in AWS, keep observing; a schedule goes on (triggerMode: Disabled stops it), and
    deleting a suspended object retains. Default false."""
    tags: Tags = Field(default_factory=dict)
    """Tags of the workflow in AWS, beside the two of the operator; tags set by others are left alone. Unset: none."""

    description: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """Description in AWS. Unset: none."""
    definition: WorkflowDefinition | None = None
    """What the workflow does, and when. Required unless managementPolicy is Observe."""
    code: WorkflowCode | None = None
    """Code of Python and Bash operators. Unset: none."""
    artifact_policy: ArtifactPolicy = "Pinned"
    """For files in S3 without a version. Pinned: keep the version found at creation or when the reference changed.
    Follow: make a version of the workflow of each new one. Default Pinned."""
    role: WorkflowRole | None = None
    """The role that the tasks run under. Required unless managementPolicy is Observe."""
    trigger_mode: TriggerMode = "Scheduled"
    """Scheduled: by the definition's schedule and on demand. ManualOnly: on demand. Disabled: not at all; runs that are
    under way go on. Default Scheduled."""
    environment: Annotated[list[EnvironmentVariable], ListType("map", most=50, keys=("name",))] = Field(
        default_factory=list
    )
    """Environment variables of the tasks. Unset: none."""
    network: Network | None = None
    """Subnets and security groups of the tasks. Unset: AWS's own network."""
    logging: Logging | None = None
    """Where the tasks' logs go, and for how long. Unset: a log group that AWS makes."""
    delete_log_group: bool = False
    """Whether the log group that AWS made is deleted together with the workflow. Default false."""
    encryption: Encryption | None = None
    """The key that encrypts the workflow. Unset: AWS's own key."""
    engine_version: Annotated[Literal[1], Number] | None = None
    """Version of the service's engine. Unset: AWS decides (1)."""

    run: RunRequest | None = None
    """A run on demand. Unset: none."""
    concurrency_policy: ConcurrencyPolicy = "Allow"
    """What a run on demand does while others are active; scheduled runs are AWS's. Allow: starts. Forbid: waits until
    they have ended. Replace: stops them, then starts. Default Allow."""
    success_policy: SuccessPolicy = "AllTasks"
    """When a run counts as a success. AllTasks: AWS says so and no task failed. RunState: AWS says so.
    Default AllTasks."""
    validation: Validation = "Warn"
    """The operator's own check of the definition. Strict: operators that it does not know are errors. Warn: they are
    warnings. Off: AWS alone judges, but what could run code while it is read is refused all the same. Default Warn."""
    version_history_limit: Annotated[int, Field(ge=1, le=45)] = 10
    """How many versions of this object's own making are kept in AWS, which allows 50. Default 10."""
    run_history_limit: Annotated[int, Field(ge=0, le=8)] = 5
    """How many runs status.recentRuns shows. Default 5."""


class ServerlessWorkflow(Resource):
    """One workflow of Amazon MWAA Serverless: its definition, code, role, versions and runs.

    Ready is True while AWS has it as spec says; how its runs end is in LastRunSucceeded and status.lastRun.
    """

    kind: Literal["ServerlessWorkflow"] = "ServerlessWorkflow"
    """Always ServerlessWorkflow."""
    spec: ServerlessWorkflowSpec
    """What the workflow should be. Required."""
    status: ServerlessWorkflowStatus = Field(default_factory=partial(ServerlessWorkflowStatus, observed_generation=-1))
    """What the operator knows about the workflow. Written by the operator."""

    @property
    def aws_name(self) -> str:
        """The name of the workflow in AWS."""
        return self.spec.name or f"{self.metadata.namespace}-{self.metadata.name}"


DEFINITION = Definition(
    info=KIND,
    model=ServerlessWorkflow,
    columns=(
        READY_COLUMN,
        Column("Mode", ".status.triggerMode"),
        Column("Schedule", ".status.schedule"),
        Column("Last Run", ".status.lastRun.startedAt", type="date"),
        Column("State", ".status.lastRun.state"),
        AGE_COLUMN,
        Column("Version", ".status.version", wide=True),
        condition_column("Reason", "Ready", "reason", wide=True),
        MESSAGE_COLUMN,
    ),
    selectable=(".spec.accountRef.name", ".spec.region", ".spec.name", ".spec.managementPolicy"),
    reasons=REASONS,
)
