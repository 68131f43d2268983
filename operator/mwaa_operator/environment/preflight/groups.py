"""Verdicts on the security groups. Pure: each returns what is wrong, or None.

Schedulers, workers, web server and database of an environment all carry these groups and must reach each other. Source:
Amazon MWAA user guide, "Security in your VPC on Amazon MWAA".
"""

from __future__ import annotations

from collections.abc import Iterable

from mwaa_operator.environment.preflight.case import Case
from mwaa_operator.environment.preflight.facts import CannotTell, Permission, SecurityGroup, Unknown, ipv4, need
from mwaa_operator.environment.preflight.results import Check
from mwaa_operator.environment.preflight.subnets import placed

_FIELD = "networkConfiguration.securityGroupIds"
_EVERYWHERE = "0.0.0.0/0"
PORTS = (443, 5432)
"""Web server and metadata database."""


def _all_of(case: Case) -> tuple[SecurityGroup, ...]:
    """Return the groups, or raise CannotTell where one is not there: that is another check's failure."""
    found = need(case.facts.network.groups)
    if len(found) < len(case.network.security_group_ids) or not found:
        raise CannotTell("not all of the security groups exist")
    return found


def _exist(case: Case) -> str | None:
    found = {group.id: group for group in need(case.facts.network.groups)}
    missing = sorted(set(case.network.security_group_ids) - set(found))
    if missing:
        return f"{_FIELD}: {', '.join(missing)} not found in {case.spec.region}. Correct the ids or the Region."
    subnets = case.facts.network.subnets
    if isinstance(subnets, Unknown) or not subnets:
        return None
    foreign = sorted(group.id for group in found.values() if group.vpc_id != subnets[0].vpc_id)
    if not foreign:
        return None
    return f"{_FIELD}: {', '.join(foreign)} are not in {subnets[0].vpc_id}, the VPC of the subnets. Choose others."


def _members_reach_each_other(case: Case) -> str | None:
    groups = _all_of(case)
    rules = [rule for group in groups for rule in group.ingress]
    if _all_ports(_from_members(case, rules, groups)):
        return None
    if any(rule.lists for rule in rules):
        raise CannotTell("the security groups admit prefix lists")
    return (
        f"{_FIELD}: no rule lets members of {_ids(groups)} reach each other. Add an ingress rule for all traffic from "
        "the group itself."
    )


def _open_outwards(case: Case) -> str | None:
    groups = _all_of(case)
    rules = [rule for group in groups for rule in group.egress]
    if _all_ports(_from_members(case, rules, groups)):
        return None
    if any(rule.lists for rule in rules):
        raise CannotTell("the security groups let out to prefix lists")
    return f"{_FIELD}: egress of {_ids(groups)} is closed for 443 or 5432. Allow all traffic to {_EVERYWHERE}."


def _from_members(case: Case, rules: Iterable[Permission], groups: tuple[SecurityGroup, ...]) -> list[Permission]:
    """Return the rules whose other side includes every container: one of the groups, or a range around the subnets."""
    ids = {group.id for group in groups}
    return [rule for rule in rules if ids & rule.groups or _around_subnets(case, rule.cidrs)]


def _around_subnets(case: Case, cidrs: Iterable[str]) -> bool:
    subnets = case.facts.network.subnets
    if isinstance(subnets, Unknown) or not subnets:
        return _EVERYWHERE in cidrs
    return any(all(ipv4(subnet.cidr).subnet_of(ipv4(cidr)) for subnet in subnets) for cidr in cidrs)


def _all_ports(rules: list[Permission]) -> bool:
    return all(any(_covers(rule, port) for rule in rules) for port in PORTS)


def _covers(rule: Permission, port: int) -> bool:
    if rule.protocol == "-1":
        return True
    if rule.protocol not in ("tcp", "6"):
        return False
    return rule.ports is None or rule.ports[0] <= port <= rule.ports[1]


def _ids(groups: tuple[SecurityGroup, ...]) -> str:
    return ", ".join(sorted(group.id for group in groups))


CHECKS = (
    Check("SecurityGroupsExist", "Block", _exist, placed),
    Check("SecurityGroupsSelfReference", "Block", _members_reach_each_other, placed),
    Check("SecurityGroupsEgress", "Warn", _open_outwards, placed),
)
