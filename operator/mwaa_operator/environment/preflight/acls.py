"""Verdict on the network ACLs of the subnets. Pure: returns what is wrong, or None.

ACLs keep no state, so the answers need their way too: each port is tried in both directions, and so are the ephemeral
ports. Source: Amazon MWAA user guide, "Security in your VPC on Amazon MWAA", network ACLs.
"""

from __future__ import annotations

from mwaa_operator.environment.preflight.case import Case
from mwaa_operator.environment.preflight.facts import AclEntry, CannotTell, NetworkAcl, Subnet, ipv4, need
from mwaa_operator.environment.preflight.groups import PORTS
from mwaa_operator.environment.preflight.results import Check
from mwaa_operator.environment.preflight.subnets import both, placed

EPHEMERAL = (32768, 60999)
"""First and last port that Linux takes for the near end of a connection (ip_local_port_range)."""
_TCP = ("-1", "6")


def _open(case: Case) -> str | None:
    acls, subnets = need(case.facts.network.acls), both(case)
    closed = [
        f"{acl.id} {'out of' if egress else 'into'} {subnet.id} on {port}"
        for subnet in subnets
        for acl in [_acl_of(acls, subnet)]
        for egress in (False, True)
        for port in (*PORTS, *EPHEMERAL)
        if not all(_allows(acl, egress=egress, port=port, cidr=peer.cidr) for peer in subnets)
    ]
    if not closed:
        return None
    return (
        f"networkConfiguration.subnetIds: network ACL {closed[0]} is closed ({len(closed)} such). Allow 443, 5432 and "
        "the ephemeral ports between the subnets, in both directions."
    )


def _acl_of(acls: tuple[NetworkAcl, ...], subnet: Subnet) -> NetworkAcl:
    for acl in acls:
        if subnet.id in acl.subnet_ids:
            return acl
    raise CannotTell(f"no network ACL of {subnet.id} was found")


def _allows(acl: NetworkAcl, *, egress: bool, port: int, cidr: str) -> bool:
    """Whether the first entry that speaks of this traffic allows it."""
    entries = sorted((entry for entry in acl.entries if entry.egress is egress), key=lambda entry: entry.number)
    return next((entry.allow for entry in entries if _speaks_of(entry, port, cidr)), False)


def _speaks_of(entry: AclEntry, port: int, cidr: str) -> bool:
    if entry.protocol not in _TCP:
        return False
    if entry.ports is not None and entry.protocol != "-1" and not entry.ports[0] <= port <= entry.ports[1]:
        return False
    return ipv4(entry.cidr).overlaps(ipv4(cidr))


CHECKS = (Check("NetworkAcls", "Warn", _open, placed),)
