"""Amazon EC2 as preflight needs it: subnets, routes, security groups, endpoints.

It reads only, and asks by filter: an id that does not exist is then missing from the answer instead of an error. What
the answers mean is decided by the rooms' pure modules, not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from mwaa_operator.aws.port import Port


class Ec2Port(Port):
    """Reads of the network that an environment is put into. Answers are lists of botocore's structures."""

    SERVICE: ClassVar[str] = "ec2"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset(
        {
            "DescribeNatGateways",
            "DescribeNetworkAcls",
            "DescribeRouteTables",
            "DescribeSecurityGroups",
            "DescribeSubnets",
            "DescribeVpcAttribute",
            "DescribeVpcEndpoints",
        }
    )

    def subnets(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return those of the subnets that exist (`Subnet`)."""
        return self._all("DescribeSubnets", "Subnets", "subnet-id", ids)

    def security_groups(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return those of the security groups that exist (`SecurityGroup`)."""
        return self._all("DescribeSecurityGroups", "SecurityGroups", "group-id", ids)

    def route_tables(self, vpc_id: str) -> list[dict[str, Any]]:
        """Return every route table of a VPC (`RouteTable`)."""
        return self._all("DescribeRouteTables", "RouteTables", "vpc-id", [vpc_id])

    def network_acls(self, vpc_id: str) -> list[dict[str, Any]]:
        """Return every network ACL of a VPC (`NetworkAcl`)."""
        return self._all("DescribeNetworkAcls", "NetworkAcls", "vpc-id", [vpc_id])

    def vpc_endpoints(self, vpc_id: str) -> list[dict[str, Any]]:
        """Return every endpoint of a VPC (`VpcEndpoint`)."""
        return self._all("DescribeVpcEndpoints", "VpcEndpoints", "vpc-id", [vpc_id])

    def nat_gateways(self, vpc_id: str) -> list[dict[str, Any]]:
        """Return every NAT gateway of a VPC (`NatGateway`)."""
        pages = self._call.pages("DescribeNatGateways", Filter=[{"Name": "vpc-id", "Values": [vpc_id]}])
        return [gateway for page in pages for gateway in page.get("NatGateways", [])]

    def vpc_dns(self, vpc_id: str) -> dict[str, bool]:
        """Return `EnableDnsSupport` and `EnableDnsHostnames` of a VPC."""
        answers = {
            "EnableDnsSupport": self._call.read("DescribeVpcAttribute", VpcId=vpc_id, Attribute="enableDnsSupport"),
            "EnableDnsHostnames": self._call.read("DescribeVpcAttribute", VpcId=vpc_id, Attribute="enableDnsHostnames"),
        }
        return {name: bool((answer.get(name) or {}).get("Value")) for name, answer in answers.items()}

    def _all(self, operation: str, member: str, name: str, values: Sequence[str]) -> list[dict[str, Any]]:
        pages = self._call.pages(operation, Filters=[{"Name": name, "Values": list(values)}])
        return [item for page in pages for item in page.get(member, [])]
