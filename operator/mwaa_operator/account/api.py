"""The kind AwsAccount: which namespaces may use which part of one AWS account. Written by the platform team.

Every list says what tenants may name. An empty list admits nothing; "*" admits all. What the words mean for a request
is decided in admit.py.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mwaa_operator.account.reasons import REASONS
from mwaa_operator.api.fields import Arn, Count, ListType
from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.resource import (
    AGE_COLUMN,
    MESSAGE_COLUMN,
    READY_COLUMN,
    REASON_COLUMN,
    Column,
    Definition,
    Resource,
    Status,
)
from mwaa_operator.api.rules import Rule, Ruled, immutable
from mwaa_operator.api.selectors import LabelSelector

KIND = KindInfo(kind="AwsAccount", plural="awsaccounts", short_names=("awsacct",), namespaced=False)

Patterns = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=1224, pattern=r"^[!-~]+$")]], ListType("set", most=256)
]
"""Exact values or patterns; see admit.admitted."""
RoleArn = Annotated[
    str, Field(min_length=1, max_length=1224, pattern=r"^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+$")
]
BucketName = Annotated[str, Field(min_length=3, max_length=63, pattern=r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$")]


class AssumeRole(ApiModel):
    """The role that the operator assumes in the account."""

    role_arn: RoleArn
    """ARN of the role, in the same account. Required."""
    external_id: Annotated[str, Field(min_length=2, max_length=1224, pattern=r"^[A-Za-z0-9+=,.@:/_-]+$")] | None = None
    """External id that the role's trust policy asks for; not a secret. Unset: none is sent."""


class Namespaces(Ruled):
    """Which namespaces may use the account."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="(self.from == 'Names') == (has(self.names) && size(self.names) > 0)",
            holds=lambda namespaces: (namespaces.from_ == "Names") == bool(namespaces.names),
            message="namespaces.names is required with from: Names, else not allowed: set both or neither",
            field="names",
        ),
        Rule(
            cel="(self.from == 'Selector') == has(self.selector)",
            holds=lambda namespaces: (namespaces.from_ == "Selector") == (namespaces.selector is not None),
            message="namespaces.selector is required with from: Selector, else not allowed: set both or neither",
            field="selector",
        ),
    )

    from_: Annotated[Literal["All", "Names", "Selector"], Field(alias="from")]
    """All: every namespace. Names: those in names. Selector: those whose labels match selector. Required."""
    names: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]],
        ListType("set", most=256),
    ] = Field(default_factory=list)
    """Names of namespaces, for from: Names. Unset: none."""
    selector: LabelSelector | None = None
    """Labels of namespaces, for from: Selector; an empty selector matches every namespace. Unset: none."""


class Adoption(ApiModel):
    """Whether what exists already in the account may be taken over."""

    allowed: bool = False
    """Whether resources that nobody owns may be adopted by objects that ask for it. Default false."""
    from_clusters: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]], ListType("set", most=32)
    ] = Field(default_factory=list)
    """Ids of other clusters (uid of their kube-system namespace) whose resources of the same namespace and name may be
    taken over. Unset: none."""


class ManagedRoles(ApiModel):
    """What IAM roles that the operator writes for workflows may be like."""

    permissions_boundary_arn: Arn
    """ARN of the permissions boundary of every such role. Required."""
    path: Annotated[str, Field(min_length=1, max_length=512, pattern=r"^/([!-~]+/)?$")] = "/"
    """IAM path of the roles, with a slash at both ends. Default /."""
    allowed_actions: Patterns = Field(default_factory=list)
    """IAM actions that a role may allow, for example s3:GetObject; patterns as in executionRoles. Unset: none."""
    pass_role_arns: Patterns = Field(default_factory=list)
    """ARNs of roles that a role may pass on; patterns as in executionRoles. Unset: none."""


class DefinitionStore(ApiModel):
    """Where definitions of workflows are uploaded."""

    bucket: BucketName
    """Name of the bucket. Required."""
    prefix: Annotated[str, Field(max_length=512)] = ""
    """Key prefix below which objects are written. Default empty."""
    kms_key_arn: Arn | None = None
    """ARN of the KMS key that encrypts the objects. Unset: the bucket's default encryption."""


class AwsAccountSpec(Ruled):
    """What the account is, and who may use what of it."""

    rules: ClassVar[tuple[Rule, ...]] = (
        immutable("accountId", always=True, message="accountId is immutable: create another AwsAccount instead"),
        Rule(
            cel="!has(self.assumeRole) || self.assumeRole.roleArn.contains('::' + self.accountId + ':')",
            holds=lambda spec: spec.assume_role is None or f"::{spec.account_id}:" in spec.assume_role.role_arn,
            message="assumeRole.roleArn must be a role of the account accountId: correct one of them",
            field="assumeRole",
        ),
    )

    account_id: Annotated[str, Field(min_length=12, max_length=12, pattern=r"^[0-9]{12}$")]
    """Id of the AWS account, 12 digits in quotes; compared with the caller's before anything is done. Required.
    Immutable."""
    regions: Patterns = Field(default_factory=list)
    """AWS Regions that may be used, for example eu-central-1; patterns as in executionRoles. Unset: none."""
    assume_role: AssumeRole | None = None
    """Role to assume in the account. Unset: the operator's own credentials."""
    namespaces: Namespaces | None = None
    """Namespaces that may use the account. Unset: none."""
    execution_roles: Patterns = Field(default_factory=list)
    """ARNs of execution roles that may be named. Exact, or with * for a part without : and /, for example
    arn:aws:iam::111122223333:role/airflow-*; a single * admits all. Unset: none."""
    buckets: Patterns = Field(default_factory=list)
    """Names (or ARNs) of source buckets that may be named; patterns as in executionRoles. Unset: none."""
    kms_keys: Patterns = Field(default_factory=list)
    """ARNs of KMS keys that may be named; patterns as in executionRoles. AWS's own key needs no entry. Unset: none."""
    subnets: Patterns = Field(default_factory=list)
    """Ids of subnets that may be named; patterns as in executionRoles. Unset: none."""
    security_groups: Patterns = Field(default_factory=list)
    """Ids of security groups that may be named; patterns as in executionRoles. Unset: none."""
    environment_classes: Patterns = Field(default_factory=list)
    """Environment classes that may be used, for example mw1.small; patterns as in executionRoles. Unset: none."""
    max_workers: Annotated[int, Field(ge=1, le=50)] | None = None
    """Upper bound of maxWorkers of every environment, 1 to 50. Unset: no bound but AWS's quota."""
    eks_clusters: Patterns = Field(default_factory=list)
    """Names of EKS clusters that gateways may use; patterns as in executionRoles. Unset: none."""
    adoption: Adoption = Adoption()
    """Whether what exists already may be taken over. Default: nothing may."""
    managed_roles: ManagedRoles | None = None
    """What roles written by the operator may be like. Unset: it writes none."""
    definition_store: DefinitionStore | None = None
    """Where definitions of workflows are uploaded. Unset: such workflows are refused."""


class AwsAccountStatus(Status):
    """What the operator knows about the account. Written by the operator only."""

    caller_arn: Arn | None = None
    """Who the operator is in the account (sts:GetCallerIdentity)."""
    references: Count | None = None
    """How many objects refer to the account; it cannot be deleted before none does."""


class AwsAccount(Resource):
    """An AWS account, and what each namespace may use of it. An empty list admits nothing; "*" admits all."""

    kind: Literal["AwsAccount"] = "AwsAccount"
    """Always AwsAccount."""
    spec: AwsAccountSpec
    """What the account is, and who may use what of it. Required."""
    status: AwsAccountStatus = Field(default_factory=partial(AwsAccountStatus, observed_generation=-1))
    """What the operator knows about the account. Written by the operator."""


DEFINITION = Definition(
    info=KIND,
    model=AwsAccount,
    columns=(
        READY_COLUMN,
        Column("Account", ".spec.accountId"),
        Column("In Use", ".status.references", type="integer"),
        REASON_COLUMN,
        AGE_COLUMN,
        Column("Caller", ".status.callerArn", wide=True),
        MESSAGE_COLUMN,
    ),
    selectable=(".spec.accountId",),
    reasons=REASONS,
)
