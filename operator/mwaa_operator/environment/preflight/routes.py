"""Verdicts on the ways out of the subnets: routes, NAT gateways, VPC endpoints. Pure: what is wrong, or None.

Source: Amazon MWAA user guide, "About networking on Amazon MWAA" (public and private routing) and "Creating the
required VPC service endpoints in an Amazon VPC with private routing".
"""

from __future__ import annotations

from collections.abc import Iterable

from mwaa_operator.environment.knowledge import parse_version
from mwaa_operator.environment.preflight.case import Case
from mwaa_operator.environment.preflight.facts import CannotTell, Endpoint, Route, RouteTable, need
from mwaa_operator.environment.preflight.results import Check
from mwaa_operator.environment.preflight.subnets import both, placed

_FIELD = "networkConfiguration.subnetIds"
_EVERYWHERE = "0.0.0.0/0"
_INTERNET_GATEWAY = "igw-"
_NAT_GATEWAY = "nat-"


def _table(case: Case, subnet_id: str) -> RouteTable:
    """Return the table that a subnet uses: the one that names it, or else the VPC's main table."""
    tables = need(case.facts.network.route_tables)
    named = [table for table in tables if subnet_id in table.subnet_ids]
    main = [table for table in tables if table.main]
    if not named and not main:
        raise CannotTell(f"no route table of {subnet_id} was found")
    return (named or main)[0]


def _default_routes(case: Case, subnet_id: str) -> list[Route]:
    return [route for route in _table(case, subnet_id).routes if route.destination == _EVERYWHERE and route.active]


def _closed_in(case: Case) -> list[str]:
    """Return the subnets that have no route out."""
    return sorted(subnet.id for subnet in both(case) if not _default_routes(case, subnet.id))


def _private(case: Case) -> str | None:
    public = sorted(
        subnet.id
        for subnet in both(case)
        if any(route.target.startswith(_INTERNET_GATEWAY) for route in _default_routes(case, subnet.id))
    )
    if not public:
        return None
    return f"{_FIELD}: {', '.join(public)} route to an internet gateway. Choose private subnets, behind a NAT gateway."


def _way_out(case: Case) -> str | None:
    closed = _closed_in(case)
    if not closed:
        return None
    missing = _missing_endpoints(case, closed)
    if not missing:
        return None
    return (
        f"{_FIELD}: {', '.join(closed)} have no default route, and endpoints are missing for {', '.join(missing)}. "
        "Add a route to a NAT gateway, or the endpoints in both subnets with private DNS."
    )


def _missing_endpoints(case: Case, subnet_ids: Iterable[str]) -> list[str]:
    endpoints = need(case.facts.network.endpoints)
    wanted = [*case.rows.gateway_endpoints, *case.rows.interface_endpoints]
    return [
        service
        for service in wanted
        if not all(any(_serves(case, item, service, subnet_id) for item in endpoints) for subnet_id in subnet_ids)
    ]


def _serves(case: Case, endpoint: Endpoint, service: str, subnet_id: str) -> bool:
    if endpoint.service != service:
        return False
    if endpoint.gateway:
        return _table(case, subnet_id).id in endpoint.route_table_ids
    # An interface endpoint is reached from the whole VPC; its name leads to it only with private DNS.
    return endpoint.private_dns and bool(endpoint.subnet_ids)


def _nat(case: Case) -> str | None:
    used = {route.target for subnet in both(case) for route in _default_routes(case, subnet.id)}
    used = {target for target in used if target.startswith(_NAT_GATEWAY)}
    if not used:
        return None
    states = need(case.facts.network.nat_states)
    broken = sorted(f"{nat} is {states[nat]}" for nat in used if states.get(nat, "available") != "available")
    if not broken:
        return None
    return f"{_FIELD}: the NAT gateway {', '.join(broken)}. Repair it, or tasks and requirements get no answer."


def _workers_reach_web_server(case: Case) -> str | None:
    closed = _closed_in(case)
    if not closed:
        return None
    return (
        f"webserverAccessMode: workers of Airflow 3 call the public web server, but {', '.join(closed)} have no way "
        "out. Add a NAT gateway, or choose PUBLIC_AND_PRIVATE or PRIVATE_ONLY."
    )


def _public_airflow_3(case: Case) -> bool:
    version = parse_version(case.spec.airflow_version or "")
    return placed(case) and case.spec.webserver_access_mode == "PUBLIC_ONLY" and version >= (3,)


CHECKS = (
    Check("SubnetsPrivate", "Block", _private, placed),
    Check("SubnetsWayOut", "Block", _way_out, placed),
    Check("NatGatewayAvailable", "Warn", _nat, placed),
    Check("WorkersReachWebServer", "Warn", _workers_reach_web_server, _public_airflow_3),
)
