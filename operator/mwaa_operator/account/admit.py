"""Whether an AwsAccount lets a namespace name what it names. Pure; asked before every call to AWS.

The only place that reads the lists of an AwsAccount. It answers with every refusal at once, each naming the field to
change on either side. Deletion is not subject to admission: callers do not ask here before they delete what is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mwaa_operator.account.api import AwsAccountSpec, Namespaces
from mwaa_operator.api.meta import attribute_of

ALL = "*"
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
"""What the ARN of a bucket may begin with where only its name is known."""
_SEPARATORS = re.compile("([:/])")


NamedList = Literal["executionRoles", "buckets", "kmsKeys", "subnets", "securityGroups"]
"""Members of AwsAccount that admit what `Named` names."""


@dataclass(frozen=True)
class Named:
    """One thing that an object names in a field that only its kind has.

    Attributes:
        account_field: Member of AwsAccount that has to admit it.
        field: Member of the object's spec, for example role.arn.
        value: As the list holds it: an ARN or id; of a bucket its name.
    """

    account_field: NamedList
    field: str
    value: str


@dataclass(frozen=True)
class Request:
    """What an object names of the account. None and empty mean that it does not name it, so that nobody need admit it.

    Attributes:
        region: AWS Region.
        execution_role_arn: ARN.
        source_bucket_arn: ARN of the bucket, without a key.
        kms_key: ARN.
        subnet_ids: Ids.
        security_group_ids: Ids.
        environment_class: The effective class: AWS's default where the object leaves it out.
        max_workers: The effective number: AWS's default where the object leaves it out.
        eks_cluster: Name.
        named: What further fields name.
        managed_role: Whether the operator is to write a role.
    """

    region: str | None = None
    execution_role_arn: str | None = None
    source_bucket_arn: str | None = None
    kms_key: str | None = None
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    environment_class: str | None = None
    max_workers: int | None = None
    eks_cluster: str | None = None
    named: tuple[Named, ...] = ()
    managed_role: bool = False


@dataclass(frozen=True)
class Denial:
    """One thing that the account does not admit.

    Attributes:
        account_field: Member of AwsAccount to change, for example spec.executionRoles.
        field: Member of the object that asks, for example spec.executionRoleArn; metadata.namespace for the namespace.
        message: One sentence that names both and the value.
    """

    account_field: str
    field: str
    message: str


def admits(
    spec: AwsAccountSpec, *, account: str, namespace: str, namespace_labels: Mapping[str, str], request: Request
) -> tuple[Denial, ...]:
    """Return everything that the account refuses; empty means admitted.

    Args:
        spec: Of the AwsAccount.
        account: Its name, for the messages.
        namespace: Where the object that asks lives.
        namespace_labels: Labels of that namespace; empty if they could not be read.
        request: What the object names.
    """
    return tuple(_denials(spec, account, namespace, namespace_labels, request))


def admits_namespace(namespaces: Namespaces | None, *, name: str, labels: Mapping[str, str]) -> bool:
    """Return whether a namespace may use an account."""
    if namespaces is None:
        return False
    match namespaces.from_:
        case "All":
            return True
        case "Names":
            return name in namespaces.names
        case "Selector":
            return namespaces.selector is not None and namespaces.selector.matches(labels)


def admits_takeover(spec: AwsAccountSpec, *, cluster_id: str) -> bool:
    """Return whether what another cluster owns may be taken over by the object of the same namespace and name."""
    return cluster_id in spec.adoption.from_clusters


def admitted(patterns: Iterable[str], value: str) -> bool:
    """Return whether one of the patterns admits a value.

    A pattern is the value itself, or holds `*` for any run of characters (also none) other than `:` and `/`, so that a
    pattern for one account, service or path never reaches into another; a pattern of a single `*` admits everything.
    There is no other special character.
    """
    return any(pattern == ALL or _glob(pattern, value) for pattern in patterns)


def _denials(
    spec: AwsAccountSpec, account: str, namespace: str, labels: Mapping[str, str], request: Request
) -> Iterator[Denial]:
    if not admits_namespace(spec.namespaces, name=namespace, labels=labels):
        yield _denial(account, "namespaces", "metadata.namespace", namespace)
    for account_field, field, patterns, values in _lists(spec, request):
        for value in values:
            if value is not None and not admitted(patterns, value):
                yield _denial(account, account_field, field, value)
    for item in request.named:
        if not _lists_named(spec, item):
            yield _denial(account, item.account_field, item.field, item.value)
    if request.managed_role and spec.managed_roles is None:
        yield Denial(
            "spec.managedRoles",
            "spec.role.managed",
            f"AwsAccount {account} has no spec.managedRoles, so that the operator may write no role: "
            "add them to the account, or use role.arn",
        )
    bucket = request.source_bucket_arn
    if bucket is not None and not (admitted(spec.buckets, bucket) or admitted(spec.buckets, bucket.rpartition(":")[2])):
        yield _denial(account, "buckets", "sourceBucketArn", bucket)
    if request.max_workers is not None and spec.max_workers is not None and request.max_workers > spec.max_workers:
        yield Denial(
            "spec.maxWorkers",
            "spec.maxWorkers",
            f"AwsAccount {account} admits at most {spec.max_workers} workers and maxWorkers is {request.max_workers} "
            "(10 where it is unset): lower it, or raise spec.maxWorkers of the account",
        )


def _lists(spec: AwsAccountSpec, request: Request) -> Iterator[tuple[str, str, Iterable[str], tuple[str | None, ...]]]:
    """Yield (member of the account, member of the object, what is admitted, what is named)."""
    yield "regions", "region", spec.regions, (request.region,)
    yield "executionRoles", "executionRoleArn", spec.execution_roles, (request.execution_role_arn,)
    yield "kmsKeys", "kmsKey", spec.kms_keys, (request.kms_key,)
    yield "subnets", "networkConfiguration.subnetIds", spec.subnets, request.subnet_ids
    yield "securityGroups", "networkConfiguration.securityGroupIds", spec.security_groups, request.security_group_ids
    yield "environmentClasses", "environmentClass", spec.environment_classes, (request.environment_class,)
    yield "eksClusters", "eks.name", spec.eks_clusters, (request.eks_cluster,)


def _lists_named(spec: AwsAccountSpec, item: Named) -> bool:
    patterns: list[str] = getattr(spec, attribute_of(item.account_field))
    forms = [item.value]
    if item.account_field == "buckets":
        forms += [f"arn:{partition}:s3:::{item.value}" for partition in PARTITIONS]
    return any(admitted(patterns, form) for form in forms)


def _denial(account: str, account_field: str, field: str, value: str) -> Denial:
    named = field.removeprefix("metadata.")
    where = f"spec.{field}" if named == field else field
    message = f"AwsAccount {account} does not admit {named} {value}: add it to spec.{account_field}"
    return Denial(f"spec.{account_field}", where, message)


def _glob(pattern: str, value: str) -> bool:
    """Compare part by part between separators, which must be the same in both."""
    wanted, given = _SEPARATORS.split(pattern), _SEPARATORS.split(value)
    return len(wanted) == len(given) and all(map(_part_matches, wanted, given))


def _part_matches(pattern: str, part: str) -> bool:
    """Match the pieces between `*` from left to right; linear, unlike a regular expression made from tenants' words."""
    first, *rest = pattern.split("*")
    if not rest:
        return part == pattern
    *middle, last = rest
    if len(part) < len(first) + len(last) or not part.startswith(first) or not part.endswith(last):
        return False
    inner = part[len(first) : len(part) - len(last)]
    for piece in middle:
        at = inner.find(piece)
        if at < 0:
            return False
        inner = inner[at + len(piece) :]
    return True
