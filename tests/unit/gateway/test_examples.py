"""The company of the examples is complete, and its patient data stay by themselves."""

from __future__ import annotations

import re

from mwaa_operator.api.spark import GENERAL
from tests.support.spark import EXAMPLES, examples

GATEWAYS, ROUTES = examples()


def test_the_company_is_complete() -> None:
    assert set(GATEWAYS) == {"phi-gateway", "general-gateway"}
    assert set(ROUTES) == {"clinical-insights", "digital-analytics", "data-science-sandbox"}


def test_no_two_data_classes_share_a_namespace_of_a_cluster() -> None:
    places: dict[tuple[str, str], set[str]] = {}
    for gateway in GATEWAYS.values():
        for cluster in gateway.spec.clusters:
            assert cluster.eks is not None
            for namespace in cluster.spark_namespaces:
                places.setdefault((cluster.eks.name, namespace.name), set()).add(gateway.spec.data_class)
    assert [place for place, classes in places.items() if len(classes) > 1] == []


def test_patient_data_ask_for_a_token_and_never_leave_their_cluster() -> None:
    (route,) = [route for route in ROUTES.values() if route.spec.data_class != GENERAL]
    assert route.spec.access.secure
    assert len(route.spec.targets) == 1
    assert route.spec.placement is not None
    assert route.spec.placement.spot.policy == "Forbid"


def test_every_route_has_a_cost_centre_of_its_own() -> None:
    codes = [route.spec.cost_center.code for route in ROUTES.values() if route.spec.cost_center]
    assert len(set(codes)) == len(ROUTES)


def test_no_user_is_the_default_of_two_routes_of_a_gateway() -> None:
    users = [
        (route.spec.gateway_ref.name, user.lower())
        for route in ROUTES.values()
        for user in route.spec.access.default_for_users
    ]
    assert len(set(users)) == len(users)


def test_no_example_holds_a_secret() -> None:
    for file in EXAMPLES.glob("*.yaml"):
        assert not re.search(r"^\s*(token|password|data|stringData):\s+\S{16}", file.read_text("utf-8"), re.M), (
            file.name
        )
