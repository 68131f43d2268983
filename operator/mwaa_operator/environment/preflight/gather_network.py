"""Reads the facts about subnets, their VPC and the security groups. Never raises for what AWS refuses to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.preflight.facts import (
    AclEntry,
    Endpoint,
    NetworkAcl,
    NetworkFacts,
    Permission,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
    Unknown,
)
from mwaa_operator.environment.preflight.reads import Reads

T = TypeVar("T")
Body = Mapping[str, Any]

_TARGETS = (
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "GatewayId",
)
"""Members of botocore's Route that say where it leads; GatewayId stands beside others and so comes last."""


def gather_network(reads: Reads, spec: MwaaEnvironmentSpec) -> NetworkFacts:
    """Return the facts; the VPC is that of the first subnet that exists."""
    named = spec.network_configuration
    if named is None:
        return NetworkFacts()
    ec2 = reads.scope.ec2
    subnets = _each(reads(ec2.subnets, tuple(sorted(named.subnet_ids))), _subnet)
    groups = _each(reads(ec2.security_groups, tuple(sorted(named.security_group_ids))), _group)
    if isinstance(subnets, Unknown) or not subnets:
        nowhere = subnets if isinstance(subnets, Unknown) else Unknown("none of the subnets exists")
        return NetworkFacts(subnets, nowhere, nowhere, nowhere, nowhere, groups, nowhere)
    vpc_id = subnets[0].vpc_id
    gateways = reads(ec2.nat_gateways, vpc_id)
    return NetworkFacts(
        subnets=subnets,
        route_tables=_each(reads(ec2.route_tables, vpc_id), _route_table),
        nat_states=gateways
        if isinstance(gateways, Unknown)
        else {item["NatGatewayId"]: item["State"] for item in gateways},
        endpoints=_each(reads(ec2.vpc_endpoints, vpc_id), lambda item: _endpoint(item, spec.region)),
        dns=reads(ec2.vpc_dns, vpc_id),
        groups=groups,
        acls=_each(reads(ec2.network_acls, vpc_id), _acl),
    )


def _each(found: list[dict[str, Any]] | Unknown, make: Callable[[Body], T]) -> tuple[T, ...] | Unknown:
    return found if isinstance(found, Unknown) else tuple(make(item) for item in found)


def _subnet(body: Body) -> Subnet:
    return Subnet(
        id=body["SubnetId"],
        vpc_id=body["VpcId"],
        zone=body["AvailabilityZone"],
        owner=body.get("OwnerId", ""),
        cidr=body.get("CidrBlock", ""),
        free=int(body.get("AvailableIpAddressCount", 0)),
    )


def _route_table(body: Body) -> RouteTable:
    associations = body.get("Associations", [])
    return RouteTable(
        id=body["RouteTableId"],
        main=any(item.get("Main") for item in associations),
        subnet_ids=frozenset(item["SubnetId"] for item in associations if item.get("SubnetId")),
        routes=tuple(_route(item) for item in body.get("Routes", [])),
    )


def _route(body: Body) -> Route:
    destination = body.get("DestinationCidrBlock") or body.get("DestinationIpv6CidrBlock") or ""
    target = next((str(body[member]) for member in _TARGETS if body.get(member)), "")
    return Route(destination, target, active=body.get("State") != "blackhole")


def _endpoint(body: Body, region: str) -> Endpoint:
    service = str(body["ServiceName"])
    return Endpoint(
        service=service.partition(f".{region}.")[2] or service,
        gateway=body.get("VpcEndpointType") == "Gateway",
        subnet_ids=frozenset(body.get("SubnetIds", [])),
        route_table_ids=frozenset(body.get("RouteTableIds", [])),
        private_dns=bool(body.get("PrivateDnsEnabled")),
    )


def _group(body: Body) -> SecurityGroup:
    return SecurityGroup(
        id=body["GroupId"],
        vpc_id=body.get("VpcId", ""),
        ingress=tuple(_permission(item) for item in body.get("IpPermissions", [])),
        egress=tuple(_permission(item) for item in body.get("IpPermissionsEgress", [])),
    )


def _permission(body: Body) -> Permission:
    first, last = body.get("FromPort"), body.get("ToPort")
    every = first is None or last is None or first == -1
    return Permission(
        protocol=str(body.get("IpProtocol", "-1")),
        ports=None if every else (int(first or 0), int(last or 0)),
        groups=frozenset(pair["GroupId"] for pair in body.get("UserIdGroupPairs", []) if pair.get("GroupId")),
        cidrs=tuple(item["CidrIp"] for item in body.get("IpRanges", []) if item.get("CidrIp")),
        lists=bool(body.get("PrefixListIds")),
    )


def _acl(body: Body) -> NetworkAcl:
    return NetworkAcl(
        id=body["NetworkAclId"],
        subnet_ids=frozenset(item["SubnetId"] for item in body.get("Associations", []) if item.get("SubnetId")),
        entries=tuple(_acl_entry(item) for item in body.get("Entries", []) if item.get("CidrBlock")),
    )


def _acl_entry(body: Body) -> AclEntry:
    ports = body.get("PortRange")
    return AclEntry(
        number=int(body["RuleNumber"]),
        egress=bool(body["Egress"]),
        allow=body["RuleAction"] == "allow",
        protocol=str(body["Protocol"]),
        cidr=body["CidrBlock"],
        ports=(int(ports["From"]), int(ports["To"])) if ports else None,
    )
