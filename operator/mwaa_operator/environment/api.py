"""The kind MwaaEnvironment: one provisioned Amazon MWAA environment, as a person writes it.

Members are those of CreateEnvironment (botocore model mwaa) in camelCase plus the operator's own policies. Defaults of
AWS are not defaults here: what is unset is not sent, and status.effective shows what AWS chose.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mwaa_operator.api.cron import Schedule
from mwaa_operator.api.fields import Arn, Duration, ListType
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
from mwaa_operator.api.references import AccountRef, ValueFrom
from mwaa_operator.api.resource import (
    AGE_COLUMN,
    MESSAGE_COLUMN,
    READY_COLUMN,
    REASON_COLUMN,
    Column,
    Definition,
    Resource,
)
from mwaa_operator.api.rules import Rule, Ruled
from mwaa_operator.environment.reasons import REASONS
from mwaa_operator.environment.rules import (
    CLASS,
    OPTION_KEY,
    root_rules,
    spec_rules,
    update_policy_rules,
    window_rules,
)
from mwaa_operator.environment.status import MwaaEnvironmentStatus

__all__ = ["DEFINITION", "KIND", "MwaaEnvironment", "MwaaEnvironmentSpec", "MwaaEnvironmentStatus"]

KIND = KindInfo(kind="MwaaEnvironment", plural="mwaaenvironments", short_names=("mwaa",))

OptionValue = Annotated[str, Field(min_length=1, max_length=65536, pattern=r"^[ -~]+$")]
Workers = Annotated[int, Field(ge=1, le=50)]
Webservers = Annotated[int, Field(ge=1, le=5)]


class ModuleLogging(ApiModel):
    """Logging of one part of Airflow to CloudWatch."""

    enabled: bool
    """Whether the logs are sent to CloudWatch. Required."""
    log_level: Literal["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"]
    """Lowest level that is sent. Required."""


class LoggingConfiguration(ApiModel):
    """Logging of the five parts of Airflow; a part that is left out is left as it is."""

    dag_processing_logs: ModuleLogging | None = None
    """Logs of the DAG processor. Unset: AWS decides (off)."""
    scheduler_logs: ModuleLogging | None = None
    """Logs of the schedulers. Unset: AWS decides (off)."""
    task_logs: ModuleLogging | None = None
    """Logs of the tasks. Unset: AWS decides (on, INFO)."""
    webserver_logs: ModuleLogging | None = None
    """Logs of the web servers. Unset: AWS decides (off)."""
    worker_logs: ModuleLogging | None = None
    """Logs of the workers. Unset: AWS decides (off)."""


class NetworkConfiguration(ApiModel):
    """Where in a VPC the environment runs."""

    subnet_ids: Annotated[
        list[Annotated[str, Field(max_length=64, pattern=r"^subnet-[a-zA-Z0-9]+$")]], ListType("set", least=2, most=2)
    ]
    """Exactly two private subnets of one VPC in different availability zones; any order. Required. Immutable."""
    security_group_ids: Annotated[
        list[Annotated[str, Field(max_length=64, pattern=r"^sg-[a-zA-Z0-9]+$")]], ListType("set", least=1, most=5)
    ]
    """One to five security groups of the same VPC. Required."""


class OptionFrom(ApiModel):
    """One Airflow configuration option whose value comes from a Secret."""

    name: Annotated[str, Field(min_length=3, max_length=64, pattern=f"^{OPTION_KEY}$")]
    """The option as section.option, for example smtp.smtp_password. Required."""
    value_from: ValueFrom
    """Where the value comes from. Required."""


class UpdateWindow(Ruled):
    """When updates may begin."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(window_rules())

    schedule: Schedule
    """When the window opens: cron with five fields, for example '0 2 * * SUN'. Required."""
    duration: Duration
    """How long it stays open, from 10m to 168h, for example 4h. Required."""
    time_zone: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$")] = "UTC"
    """IANA time zone of schedule, for example Europe/Berlin. Default UTC."""


class UpdatePolicy(Ruled):
    """When and how differences are sent to AWS."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(update_policy_rules())

    when: Literal["Immediate", "Window", "Approval"] = "Immediate"
    """Immediate: at once. Window: within updatePolicy.window. Approval: when the annotation
    mwaa-operator.io/approve-changes carries status.pendingChangesHash. Default Immediate."""
    window: UpdateWindow | None = None
    """The window for when: Window. Required with Window; unset otherwise."""
    debounce: Duration = "2m"
    """How long a new version of a followed artefact must stay the newest before it is rolled out; at most 24h.
    Default 2m."""
    allow_downgrade: bool = False
    """Whether airflowVersion may be lowered. Default false."""
    worker_replacement: Literal["Graceful", "Forced"] = "Graceful"
    """How an update replaces workers. Graceful lets running tasks end (up to 12 hours); Forced stops them.
    Default Graceful where the Airflow version allows it."""


class Preflight(ApiModel):
    """Checks of roles, bucket and network before a create or update is sent."""

    mode: Literal["Enforce", "Warn", "Off"] = "Enforce"
    """Enforce: a failed check holds the call back. Warn: it is only reported. Off: nothing is checked.
    Default Enforce."""
    skip: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9]*$")]],
        ListType("set", most=32),
    ] = Field(default_factory=list)
    """Names of checks, as in status.preflight.checks, that are not made. Unset: none is left out."""


class MwaaEnvironmentSpec(Ruled):
    """What the environment should be."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(spec_rules())

    account_ref: AccountRef = AccountRef()
    """The AwsAccount that the environment belongs to. Default the AwsAccount named default. Immutable."""
    region: Region
    """AWS Region, for example eu-central-1. Required. Immutable."""
    name: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    """Name in AWS: a letter, then letters, digits, - and _, up to 80. Unset: metadata.name. Immutable."""
    management_policy: ManagementPolicy = "Manage"
    """Manage: create, update and delete. Observe: read and report, change nothing in AWS. Default Manage."""
    adoption_policy: AdoptionPolicy = "Never"
    """What to do with an environment of this name that nobody owns. Never: report it. AdoptOrCreate: take it over, or
    create one. AdoptExisting: take it over, never create. The AwsAccount must allow adoption too. Default Never."""
    drift_policy: DriftPolicy = "Report"
    """What to do about a change that somebody made in AWS. Report: show it. Correct: send spec again.
    Default Report."""
    deletion_policy: DeletionPolicy | None = None
    """What deleting this object does in AWS. Retain: nothing. Delete: delete the environment. Unset: Retain."""
    suspend: bool = False
    """True: stop changing anything in AWS, keep observing; deleting a suspended object retains. Default false."""
    tags: Tags = Field(default_factory=dict)
    """Tags of the environment in AWS, beside the two of the operator; tags set by others are left alone.
    Unset: none."""

    execution_role_arn: Arn | None = None
    """ARN of the IAM role that Airflow and its tasks run under. Required unless managementPolicy is Observe."""
    source_bucket_arn: Arn | None = None
    """ARN of the S3 bucket of DAGs, plugins and requirements. Required unless managementPolicy is Observe."""
    dag_s3_path: S3Key | None = None
    """Key prefix of the DAGs in the bucket, for example dags. Required unless managementPolicy is Observe."""
    plugins_s3_path: S3Key | None = None
    """Key of plugins.zip in the bucket. Unset: none."""
    plugins_s3_object_version: S3Version | None = None
    """S3 version of plugins.zip. Unset: chosen by artifactPolicy."""
    requirements_s3_path: S3Key | None = None
    """Key of requirements.txt in the bucket. Unset: none."""
    requirements_s3_object_version: S3Version | None = None
    """S3 version of requirements.txt. Unset: chosen by artifactPolicy."""
    startup_script_s3_path: S3Key | None = None
    """Key of the startup script in the bucket. Unset: none."""
    startup_script_s3_object_version: S3Version | None = None
    """S3 version of the startup script. Unset: chosen by artifactPolicy."""
    airflow_version: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    """Apache Airflow version with three numbers, for example 2.10.3. A change is an upgrade: the environment is
    unavailable for up to two hours. Unset: AWS chooses the newest at creation, then it stays."""
    airflow_configuration_options: Annotated[dict[str, OptionValue], Field(max_length=256)] | None = None
    """Airflow options as section.option to a value of printable ASCII; AWS replaces them as a whole. No secrets here:
    use airflowConfigurationOptionsFrom. Unset: left as they are; {} removes all."""
    airflow_configuration_options_from: Annotated[list[OptionFrom], ListType("map", most=64, keys=("name",))] = Field(
        default_factory=list
    )
    """Options whose values come from Secrets in this namespace. Unset: none."""
    environment_class: Annotated[str, Field(pattern=CLASS, max_length=32)] | None = None
    """Size: mw1.micro, mw1.small, mw1.medium, mw1.large, mw1.xlarge or mw1.2xlarge. Unset: AWS decides (mw1.small)."""
    min_workers: Workers | None = None
    """Fewest workers, 1 to 50; 1 with mw1.micro. Unset: AWS decides (1)."""
    max_workers: Workers | None = None
    """Most workers, 1 to 50 and within the account's quota; 1 with mw1.micro. Unset: AWS decides (10)."""
    schedulers: Annotated[int, Field(ge=1, le=5)] | None = None
    """Number of schedulers, 2 to 5; 1 with mw1.micro. Unset: AWS decides (2)."""
    min_webservers: Webservers | None = None
    """Fewest web servers, 2 to 5; 1 with mw1.micro. Unset: AWS decides (2)."""
    max_webservers: Webservers | None = None
    """Most web servers, 2 to 5; 1 with mw1.micro. Unset: AWS decides (2)."""
    webserver_access_mode: Literal["PRIVATE_ONLY", "PUBLIC_ONLY", "PUBLIC_AND_PRIVATE"] | None = None
    """Who reaches the Airflow web server. PUBLIC_AND_PRIVATE needs Airflow 3.2. Unset: AWS decides (PRIVATE_ONLY)."""
    weekly_maintenance_window_start: Annotated[str, Field(max_length=9)] | None = None
    """Start of AWS's own weekly maintenance of two hours: DAY:HH:MM in UTC, for example SUN:03:30.
    Unset: AWS decides."""
    logging_configuration: LoggingConfiguration | None = None
    """What Airflow logs to CloudWatch. Unset: AWS decides."""
    network_configuration: NetworkConfiguration | None = None
    """Subnets and security groups. Required unless managementPolicy is Observe."""
    kms_key: Arn | None = None
    """ARN of the KMS key that encrypts the environment, in the same Region. Unset: AWS's own key. Immutable."""
    endpoint_management: Literal["SERVICE", "CUSTOMER"] | None = None
    """Who makes the VPC endpoints; CUSTOMER is for shared subnets. Unset: AWS decides (SERVICE). Immutable."""

    artifact_policy: ArtifactPolicy = "Pinned"
    """For artefacts without a version. Pinned: keep the version found at creation or when the path changed. Follow: pin
    each new version and roll it out. Default Pinned."""
    update_policy: UpdatePolicy = UpdatePolicy()
    """When and how differences are sent to AWS. Default at once, workers replaced gracefully."""
    preflight: Preflight = Preflight()
    """Checks before a create or update is sent. Default all checks, enforced."""
    create_failure_policy: Literal["Stop", "Recreate"] = "Stop"
    """After a failed creation of an environment that never served. Stop: wait for a person. Recreate: delete and create
    it again, at most twice. Default Stop."""
    log_retention_days: LogRetentionDays | None = None
    """Retention of the five CloudWatch log groups of the environment, in days. Unset: left as it is (AWS: for ever)."""
    delete_log_groups: bool = False
    """Whether the log groups are deleted together with the environment. Default false."""


class MwaaEnvironment(Resource):
    """One Amazon MWAA environment: create, update, upgrade, adopt and delete it by this object.

    Ready is True while it serves as spec asks; AWS's own word is in status.state.
    """

    rules: ClassVar[tuple[Rule, ...]] = tuple(root_rules())

    kind: Literal["MwaaEnvironment"] = "MwaaEnvironment"
    """Always MwaaEnvironment."""
    spec: MwaaEnvironmentSpec
    """What the environment should be. Required."""
    status: MwaaEnvironmentStatus = Field(default_factory=partial(MwaaEnvironmentStatus, observed_generation=-1))
    """What the operator knows about the environment. Written by the operator."""

    @property
    def aws_name(self) -> str:
        """The name of the environment in AWS."""
        return self.spec.name or self.metadata.name


DEFINITION = Definition(
    info=KIND,
    model=MwaaEnvironment,
    columns=(
        READY_COLUMN,
        Column("State", ".status.state"),
        Column("Version", ".status.airflowVersion"),
        Column("Class", ".status.effective.environmentClass"),
        REASON_COLUMN,
        AGE_COLUMN,
        Column("URL", ".status.webserverUrl", wide=True),
        MESSAGE_COLUMN,
    ),
    selectable=(".spec.accountRef.name", ".spec.region", ".spec.name", ".spec.managementPolicy"),
    reasons=REASONS,
)
