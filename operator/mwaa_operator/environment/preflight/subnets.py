"""Verdicts on the two subnets and their VPC. Pure: each returns what is wrong, or None.

Source: Amazon MWAA user guide, "About networking on Amazon MWAA" and "Managing access to service-specific Amazon VPC
endpoints" for shared subnets.
"""

from __future__ import annotations

from mwaa_operator.environment.preflight.case import Case
from mwaa_operator.environment.preflight.facts import CannotTell, Subnet, need
from mwaa_operator.environment.preflight.results import Check

_FIELD = "networkConfiguration.subnetIds"


def placed(case: Case) -> bool:
    """Whether the spec says where the environment runs; only an observed one may leave it out."""
    return case.spec.network_configuration is not None


def both(case: Case) -> tuple[Subnet, ...]:
    """Return the subnets, or raise CannotTell where one is not there: that is another check's failure."""
    found = need(case.facts.network.subnets)
    if len(found) < len(case.network.subnet_ids) or not found:
        raise CannotTell("not all of the subnets exist")
    return found


def _exist(case: Case) -> str | None:
    found = {subnet.id for subnet in need(case.facts.network.subnets)}
    missing = sorted(set(case.network.subnet_ids) - found)
    if not missing:
        return None
    return f"{_FIELD}: {', '.join(missing)} not found in {case.spec.region}. Correct the ids or the Region."


def _placed(case: Case) -> str | None:
    subnets = both(case)
    vpcs, zones = {subnet.vpc_id for subnet in subnets}, {subnet.zone for subnet in subnets}
    if len(vpcs) > 1:
        return f"{_FIELD}: the subnets are in different VPCs ({', '.join(sorted(vpcs))}). Choose two of one VPC."
    if len(zones) < len(subnets):
        return f"{_FIELD}: both subnets are in {zones.pop()}. Choose two in different availability zones."
    return None


def _addresses(case: Case) -> str | None:
    # Containers are spread over both subnets, and each subnet also holds the endpoints' interfaces.
    wanted = -(-case.containers // 2) + 2
    short = [f"{subnet.id} has {subnet.free}" for subnet in both(case) if subnet.free < wanted]
    if not short:
        return None
    return f"{_FIELD}: too few free addresses ({', '.join(sorted(short))}; {wanted} wanted). Use larger subnets."


def _shared(case: Case) -> str | None:
    account = case.facts.account_id
    foreign = sorted(subnet.id for subnet in need(case.facts.network.subnets) if subnet.owner not in ("", account))
    if not foreign or case.spec.endpoint_management == "CUSTOMER":
        return None
    return f"endpointManagement: {', '.join(foreign)} belong to another account. Set endpointManagement to CUSTOMER."


def _dns(case: Case) -> str | None:
    found = need(case.facts.network.dns)
    off = [word for word, on in (("support", "EnableDnsSupport"), ("hostnames", "EnableDnsHostnames")) if not found[on]]
    if not off:
        return None
    vpc_id = both(case)[0].vpc_id
    return f"{_FIELD}: DNS {' and '.join(off)} of {vpc_id} is off. Turn on enableDnsSupport and enableDnsHostnames."


CHECKS = (
    Check("SubnetsExist", "Block", _exist, placed),
    Check("SubnetsPlacement", "Block", _placed, placed),
    Check("SubnetsShared", "Block", _shared, placed),
    Check("SubnetsAddresses", "Warn", _addresses, placed),
    Check("VpcDns", "Warn", _dns, placed),
)
