"""What a role is judged by or made from: where the workflow is, what it reads and writes, what is allowed. Pure.

Nothing here comes from the definition: these are the caller's facts and the platform team's limits. Texts that IAM
would read as a pattern are refused by `problem`, so that the only wildcards of a policy are those written here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mwaa_operator.account.api import ManagedRoles

SERVICE = "airflow-serverless.amazonaws.com"
"""Who assumes the role (MWAA Serverless user guide, "Execution role")."""


class TrustScope(StrEnum):
    """For which workflows a trust statement lets the service in, by `aws:SourceArn`."""

    ACCOUNT = "Account"
    """Every workflow of the account and Region. The ARN of a workflow ends in ten characters that AWS picks when it
    creates it, and whether it sends that ARN when it tries the role before the workflow exists is not documented."""
    WORKFLOW = "Workflow"
    """The workflows whose ARN begins with this one's name."""


@dataclass(frozen=True)
class Place:
    """One workflow, as ARNs name it.

    Attributes:
        partition: For example `aws`.
        region: AWS Region.
        account_id: Twelve digits.
        workflow: Its name in AWS.
        arn: Of the workflow; None before AWS created it.
    """

    partition: str
    region: str
    account_id: str
    workflow: str
    arn: str | None = None

    def service_arn(self, service: str, resource: str) -> str:
        """Return an ARN of this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def source_arn(self, scope: TrustScope) -> str:
        """Return the pattern of the ARNs for which a statement lets the service in."""
        named = f"{self.workflow}-*" if scope is TrustScope.WORKFLOW else "*"
        return self.service_arn("airflow-serverless", f"workflow/{named}")


@dataclass(frozen=True)
class ReadableObject:
    """What the service reads for the workflow.

    Attributes:
        bucket: Name.
        key: Of the object; with a slash at its end: everything below it.
    """

    bucket: str
    key: str


@dataclass(frozen=True)
class RoleFacts:
    """What the operator knows of a workflow beside its definition.

    Attributes:
        place: Where it is.
        namespace: Of the object.
        name: Of the object.
        identity: What tells this object from every other in any cluster; no other object ever has the same.
        log_group: Name of the workflow's log group; None: the one that AWS derives from the workflow's ARN.
        objects: Definition and code.
        store: Where the operator keeps the definitions of all; `key` may be empty, or not end with a slash.
        workflow_key_arn: KMS key that encrypts the workflow; None: AWS's own.
        object_key_arns: KMS keys that encrypt `objects`; without AWS's own.
        trust_scope: For which workflows the role may be assumed.
    """

    place: Place
    namespace: str
    name: str
    identity: str
    log_group: str | None = None
    objects: tuple[ReadableObject, ...] = ()
    store: ReadableObject | None = None
    workflow_key_arn: str | None = None
    object_key_arns: tuple[str, ...] = ()
    trust_scope: TrustScope = TrustScope.ACCOUNT

    def log_group_pattern(self) -> str:
        """Return the log group's name; with a wildcard where AWS has not yet given the suffix.

        Source: MWAA Serverless user guide, "Monitoring": `/aws/mwaa-serverless/<name>-<suffix>/`.
        """
        if self.log_group is not None:
            return self.log_group
        if self.place.arn is not None:
            return f"/aws/mwaa-serverless/{self.place.arn.rpartition('/')[2]}/"
        return f"/aws/mwaa-serverless/{self.place.workflow}-*"


@dataclass(frozen=True)
class RoleLimits:
    """What the platform team admits: `AwsAccount.spec.managedRoles`, frozen.

    Attributes:
        boundary_arn: Of the permissions boundary.
        path: IAM path of the role.
        allowed_actions: Patterns as in `admit.admitted`.
        pass_role_arns: Likewise.
    """

    boundary_arn: str
    path: str = "/"
    allowed_actions: tuple[str, ...] = ()
    pass_role_arns: tuple[str, ...] = ()


def limits_of(managed: ManagedRoles) -> RoleLimits:
    """Return the limits of an account."""
    return RoleLimits(
        boundary_arn=managed.permissions_boundary_arn,
        path=managed.path,
        allowed_actions=tuple(managed.allowed_actions),
        pass_role_arns=tuple(managed.pass_role_arns),
    )


def problem(facts: RoleFacts, limits: RoleLimits) -> str | None:
    """Return what of the facts or limits cannot stand in a policy, with the next step; None if all can."""
    place = facts.place
    objects = (*facts.objects, facts.store) if facts.store else facts.objects
    texts = (
        ("the partition", _WORD, place.partition),
        ("the Region", _WORD, place.region),
        ("the account", _ACCOUNT, place.account_id),
        ("the workflow's name", _WORKFLOW, place.workflow),
        ("the workflow's ARN", _WORKFLOW_ARN, place.arn),
        ("the log group", _LOG_GROUP, facts.log_group),
        *(("a bucket", _BUCKET, found.bucket) for found in objects),
        *(("an object's key", _KEY, found.key) for found in objects if found.key or found is not facts.store),
        *(
            ("a KMS key's ARN (not an alias)", _KMS_KEY, arn)
            for arn in (facts.workflow_key_arn, *facts.object_key_arns)
        ),
        ("managedRoles.permissionsBoundaryArn", _BOUNDARY, limits.boundary_arn),
        ("managedRoles.path", _PATH, limits.path),
    )
    for what, shape, text in texts:
        if text is not None and not shape.fullmatch(text):
            return f"{what} cannot stand in a policy: {text!a}. Correct it, or use role.arn."
    if limits.boundary_arn.split(":")[4] not in (place.account_id, "aws"):
        return f"managedRoles.permissionsBoundaryArn is not of account {place.account_id}: {limits.boundary_arn}"
    return None


_WORD = re.compile(r"[a-z0-9-]+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_WORKFLOW = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_WORKFLOW_ARN = re.compile(r"arn:[a-z0-9-]+:airflow-serverless:[a-z0-9-]+:[0-9]{12}:workflow/[a-zA-Z0-9._-]+")
_LOG_GROUP = re.compile(r"[a-zA-Z0-9_./#-]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEY = re.compile(r"[a-zA-Z0-9/!_.'()=+@,&; -]+")
_KMS_KEY = re.compile(r"arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+")
_BOUNDARY = re.compile(r"arn:[a-z0-9-]+:iam::([0-9]{12}|aws):policy/[a-zA-Z0-9+=,.@_/-]+")
_PATH = re.compile(r"/([a-zA-Z0-9+=,.@_/-]+/)?")
