"""What a gateway grants a route: one test for each way of taking what is not granted."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.admit import admits
from mwaa_operator.route.reasons import Reason
from tests.support.manifests import spark_gateway, spark_job_route
from tests.support.spark import LABELS, examples, gateway, route

TARGET: dict[str, Any] = spark_job_route()["spec"]["targets"][0]
CLUSTER: dict[str, Any] = spark_gateway()["spec"]["clusters"][0]
CONNECTION = {
    "environment": {"name": "airflow", "region": "eu-central-1"},
    "connectionId": "bpg",
    "login": "svc-digital",
}


def target(**members: Any) -> dict[str, Any]:
    return {"targets": [TARGET | members]}


def allowed(namespaces: dict[str, Any], *queues: str) -> dict[str, Any]:
    return {"allowedRoutes": {"namespaces": namespaces, "queues": list(queues)}}


EVERYWHERE = {"from": "All"}
TEAM = {"from": "Selector", "selector": {"matchLabels": {"team": "data"}}}

TAKEN: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a gateway that admits no routes": ({"allowedRoutes": None}, {}, "allowedRoutes.namespaces"),
    "a gateway of its own namespace's routes": (allowed({"from": "Same"}, "*"), {}, "allowedRoutes.namespaces"),
    "a gateway of other teams": (allowed(TEAM, "*"), {}, "allowedRoutes.namespaces"),
    "a queue that is not granted": (allowed(EVERYWHERE, "digit"), {}, "allowedRoutes.queues"),
    "a queue beside the pattern": (allowed(EVERYWHERE, "digital-*"), {}, "allowedRoutes.queues"),
    "the queue of jobs that name none": (
        allowed(EVERYWHERE, "digital"),
        {"queue": {"name": "digital", "default": True}},
        "allowedRoutes.queues",
    ),
    "a cluster of another gateway": ({}, target(cluster="analytics-b"), "clusters"),
    "a namespace that no route may use": (
        {},
        target(namespace="kube-system"),
        "clusters[analytics-a].sparkNamespaces",
    ),
    "the namespace of another team": (
        {"clusters": [CLUSTER | {"sparkNamespaces": [CLUSTER["sparkNamespaces"][0] | {"allowedFrom": ["other"]}]}]},
        {},
        "clusters[analytics-a].sparkNamespaces[spark].allowedFrom",
    ),
    "a stronger service account": (
        {},
        target(serviceAccount="spark-operator"),
        "clusters[analytics-a].sparkNamespaces[spark].serviceAccounts",
    ),
    "somebody else's user": ({}, {"airflow": {"connections": [CONNECTION]}}, "access.users"),
}


@pytest.mark.parametrize(("grants", "asks", "field"), TAKEN.values(), ids=TAKEN.keys())
def test_what_is_not_granted_is_refused_and_the_grant_named(
    grants: dict[str, Any], asks: dict[str, Any], field: str
) -> None:
    denials = admits(gateway(**grants), route(**asks), namespace_labels={})
    assert Reason.NOT_PERMITTED in {denial.reason for denial in denials}
    assert any(denial.message.endswith(f": add it to spec.{field}") for denial in denials)


def test_the_smallest_route_is_granted_what_it_names() -> None:
    assert admits(gateway(), route(), namespace_labels={}) == ()


def test_a_route_that_takes_several_things_hears_of_all_of_them() -> None:
    asks = {"dataClass": "phi", "access": {"secure": True, "tokens": [{"name": "a", "secretName": "a"}]}}
    denials = admits(gateway("general", "gateways", allowedRoutes=None), route(**asks), namespace_labels={})
    assert {denial.field for denial in denials} == {"spec.dataClass", "metadata.namespace", "spec.queue.name"}
    assert denials[0].reason is Reason.DATA_CLASS_MISMATCH


@pytest.mark.parametrize(("profile", "refused"), [("aws-pin", True), ("pre-dw5", False)])
def test_a_limit_that_the_profile_ignores_is_refused(profile: str, refused: bool) -> None:
    asked = route(limits={"maxExecutorInstances": 10})
    denials = admits(gateway(bpgProfile=profile), asked, namespace_labels={})
    assert [denial.reason for denial in denials] == [Reason.UNSUPPORTED_BY_PROFILE] * refused


def test_a_star_grants_every_namespace_and_every_user() -> None:
    open_to_all = [CLUSTER | {"sparkNamespaces": [CLUSTER["sparkNamespaces"][0] | {"allowedFrom": ["*"]}]}]
    granting = gateway(clusters=open_to_all, access={"users": ["*"]})
    asked = route("digital", "elsewhere", airflow={"connections": [CONNECTION]})
    assert admits(granting, asked, namespace_labels={}) == ()


def test_namespaces_are_told_by_their_labels() -> None:
    granting = gateway(**allowed(TEAM, "*"))
    assert admits(granting, route(), namespace_labels={"team": "data"}) == ()
    assert admits(granting, route(), namespace_labels={"team": "Data"}) != ()


@pytest.mark.parametrize("name", sorted(examples()[1]))
def test_the_examples_name_what_their_gateways_grant(name: str) -> None:
    gateways, routes = examples()
    asked = routes[name]
    granting = gateways[asked.spec.gateway_ref.name]
    assert admits(granting, asked, namespace_labels=LABELS[asked.metadata.namespace]) == ()


def test_the_other_teams_of_the_examples_do_not_get_at_patient_data() -> None:
    gateways, routes = examples()
    for name in ("digital-analytics", "data-science-sandbox"):
        denials = admits(gateways["phi-gateway"], routes[name], namespace_labels=LABELS["team-digital"])
        refused = {denial.field.partition("[")[0] for denial in denials}
        assert {"spec.dataClass", "metadata.namespace", "spec.queue.name"} <= refused
