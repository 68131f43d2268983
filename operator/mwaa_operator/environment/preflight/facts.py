"""What preflight read: one frozen value for each thing that an environment needs. Pure data.

Every fact may be `Unknown`, because the operator may lack the permission to look. Verdicts take facts through `need`,
so that a missing fact becomes "unknown" and never a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Unknown:
    """A fact that could not be read; `reason` says why, without a full stop."""

    reason: str


class CannotTell(Exception):  # noqa: N818  a verdict, not an error
    """The verdict is "unknown"; the text says why."""


NOT_READ = Unknown("it was not looked at")


def need(fact: T | Unknown) -> T:
    """Return a fact that is known, or raise CannotTell."""
    if isinstance(fact, Unknown):
        raise CannotTell(fact.reason)
    return fact


@lru_cache(maxsize=1024)
def ipv4(cidr: str) -> IPv4Network:
    """Return an address range; remembered, because the same few are compared again and again.

    Raises:
        CannotTell: There is none: a subnet of IPv6 alone.
    """
    if not cidr:
        raise CannotTell("a subnet has no IPv4 addresses")
    return IPv4Network(cidr, strict=False)


@dataclass(frozen=True)
class ObjectFacts:
    """An object in S3; `size` in bytes."""

    size: int


@dataclass(frozen=True)
class Encryption:
    """Default encryption of a bucket: `AES256`, `aws:kms` or `aws:kms:dsse`; `key` as S3 spells it, or empty."""

    algorithm: str
    key: str = ""


@dataclass(frozen=True)
class BucketFacts:
    """The bucket of DAGs and artefacts.

    Attributes:
        region: None where no bucket of that name exists.
        versioning: `Enabled`, `Suspended` or empty.
        public_access: The four members of S3's PublicAccessBlockConfiguration; those that are not set may be missing.
        encryption: Its default encryption.
        dags_found: Whether anything lies under dagS3Path.
        objects: By artefact name (plugins, requirements, startupScript); None where the object does not exist.
        requirements: The text of requirements.txt; None where there is none.
    """

    region: str | Unknown | None = NOT_READ
    versioning: str | Unknown = NOT_READ
    public_access: Mapping[str, bool] | Unknown = NOT_READ
    encryption: Encryption | Unknown = NOT_READ
    dags_found: bool | Unknown = NOT_READ
    objects: Mapping[str, ObjectFacts | Unknown | None] = field(default_factory=dict)
    requirements: str | Unknown | None = None


@dataclass(frozen=True)
class Subnet:
    """A subnet; `owner` is an account, `free` the number of free addresses."""

    id: str
    vpc_id: str
    zone: str
    owner: str
    cidr: str
    free: int


@dataclass(frozen=True)
class Route:
    """A route; `target` is the id of the gateway, interface or whatever else it leads to, or `local`."""

    destination: str
    target: str
    active: bool = True


@dataclass(frozen=True)
class RouteTable:
    """A route table; `main` is used by subnets that no table names."""

    id: str
    main: bool
    subnet_ids: frozenset[str]
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint; `service` without `com.amazonaws.<region>.`, for example `ecr.api`."""

    service: str
    gateway: bool
    subnet_ids: frozenset[str] = frozenset()
    route_table_ids: frozenset[str] = frozenset()
    private_dns: bool = True


@dataclass(frozen=True)
class Permission:
    """One rule of a security group, one direction.

    Attributes:
        protocol: `-1` for all, `tcp`, `udp`, or a number.
        ports: First and last port; None for all.
        groups: Security groups on the other side.
        cidrs: Address ranges on the other side.
        lists: Whether prefix lists are on the other side, which cannot be looked into.
    """

    protocol: str
    ports: tuple[int, int] | None
    groups: frozenset[str] = frozenset()
    cidrs: tuple[str, ...] = ()
    lists: bool = False


@dataclass(frozen=True)
class SecurityGroup:
    """A security group and its rules."""

    id: str
    vpc_id: str
    ingress: tuple[Permission, ...]
    egress: tuple[Permission, ...]


@dataclass(frozen=True)
class AclEntry:
    """One numbered rule of a network ACL; the lowest number that fits decides. `protocol` is a number, -1 for all."""

    number: int
    egress: bool
    allow: bool
    protocol: str
    cidr: str
    ports: tuple[int, int] | None = None


@dataclass(frozen=True)
class NetworkAcl:
    """A network ACL and the subnets that it guards."""

    id: str
    subnet_ids: frozenset[str]
    entries: tuple[AclEntry, ...]


@dataclass(frozen=True)
class NetworkFacts:
    """Subnets, their VPC and the security groups; subnets and groups hold those of the named ones that exist."""

    subnets: tuple[Subnet, ...] | Unknown = NOT_READ
    route_tables: tuple[RouteTable, ...] | Unknown = NOT_READ
    nat_states: Mapping[str, str] | Unknown = NOT_READ
    endpoints: tuple[Endpoint, ...] | Unknown = NOT_READ
    dns: Mapping[str, bool] | Unknown = NOT_READ
    groups: tuple[SecurityGroup, ...] | Unknown = NOT_READ
    acls: tuple[NetworkAcl, ...] | Unknown = NOT_READ


@dataclass(frozen=True)
class RoleFacts:
    """The execution role.

    Attributes:
        arn: As IAM has it; None where there is no role of that name.
        trust: Its trust policy; empty where there is no role.
        denied: What the simulator refuses it, as `action on resource`, by purpose.
    """

    arn: str | Unknown | None = NOT_READ
    trust: Mapping[str, Any] = field(default_factory=dict)
    denied: Mapping[str, tuple[str, ...]] | Unknown = NOT_READ


@dataclass(frozen=True)
class Key:
    """What KMS says about a key (botocore model kms: KeyMetadata)."""

    state: str
    usage: str
    spec: str
    multi_region: bool


@dataclass(frozen=True)
class KeyFacts:
    """The customer's key; `key` is None where it does not exist."""

    key: Key | Unknown | None = NOT_READ
    policy: Mapping[str, Any] | Unknown = NOT_READ


@dataclass(frozen=True)
class LimitFacts:
    """Of the account in the Region; `quotas` by the name that AWS gives them."""

    environments: int | Unknown = NOT_READ
    quotas: Mapping[str, float] | Unknown = NOT_READ
    service_linked_role: bool | Unknown = NOT_READ


@dataclass(frozen=True)
class PreflightFacts:
    """All that was read for one environment.

    Attributes:
        name: The environment's name in AWS.
        account_id: Whose account it will be in.
    """

    name: str
    account_id: str
    bucket: BucketFacts = field(default_factory=BucketFacts)
    network: NetworkFacts = field(default_factory=NetworkFacts)
    role: RoleFacts = field(default_factory=RoleFacts)
    key: KeyFacts = field(default_factory=KeyFacts)
    limits: LimitFacts = field(default_factory=LimitFacts)
