"""The objects that stand whatever revision runs: who may read which Secret, who reaches what, and where."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mwaa_operator.gateway.names import GATEWAY_LABEL
from mwaa_operator.gateway.objects.standing import address, standing
from mwaa_operator.gateway.revision import Revision
from tests.support.gatewayobjects import (
    BALANCER,
    OPERATOR,
    PEERS,
    deployment_of,
    full_gateway,
    proof_of,
    standing_of,
    stored_gateway,
)

PLACES = [("gateways", "gone"), ("elsewhere", "strange")]


def database(reference: Any) -> dict[str, Any]:
    return {"extraConfig": {"dbStorageSOPS": {"password": reference}}}


def secrets_of(**members: Any) -> list[str]:
    (rule,) = standing_of(stored_gateway(**members))["Role"]["rules"]
    assert rule["verbs"] == ["get"]
    assert rule["resources"] == ["secrets"]
    found: list[str] = rule["resourceNames"]
    return found


def ingress(**access: Any) -> list[Any]:
    (rule,) = standing_of(stored_gateway(access=access))["NetworkPolicy"]["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 8080}]
    found: list[Any] = rule["from"]
    return found


def test_pods_may_read_exactly_the_secrets_that_the_gateway_names() -> None:
    (rule,) = standing_of(full_gateway())["Role"]["rules"]
    assert rule["resourceNames"] == ["database", "general.b.token", "z"]
    assert secrets_of() == ["analytics-a"]


def test_what_the_files_of_running_pods_refer_to_stays_readable_whatever_the_spec_says_now() -> None:
    entries = [{"id": name, "userTokenSOPS": f"k8s:secret:{place}:{name}:token"} for place, name in PLACES]
    file = Revision("r", json.dumps({"sparkClusters": entries}), ())
    objects = standing(stored_gateway(), operator_namespace=OPERATOR, served=[file])
    (rule,) = next(item for item in objects if item["kind"] == "Role")["rules"]
    assert rule["resourceNames"] == ["analytics-a", "gone"]


@pytest.mark.parametrize("reference", ["k8s:secret::db:password", "k8s:secret:gateways:db:password"])
def test_pods_may_read_the_password_of_the_database(reference: str) -> None:
    assert secrets_of(**database(reference)) == ["analytics-a", "db"]


@pytest.mark.parametrize(
    "reference",
    ["k8s:secret:other:db:password", "k8s:secret:gateways:db", "k8s:secret:::", "plaintext:x", "", None, 7, ["x"]],
)
def test_what_is_no_reference_into_the_own_namespace_grants_nothing(reference: Any) -> None:
    assert secrets_of(**database(reference)) == ["analytics-a"]
    assert secrets_of(extraConfig={"dbStorageSOPS": reference}) == ["analytics-a"]


def test_the_role_is_bound_to_the_account_of_the_pods_alone() -> None:
    gateway = stored_gateway()
    binding, pod = standing_of(gateway)["RoleBinding"], deployment_of(gateway)["spec"]["template"]["spec"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "general", "namespace": "gateways"}]
    assert binding["roleRef"]["name"] == standing_of(gateway)["Role"]["metadata"]["name"]
    assert pod["serviceAccountName"] == "general"
    assert pod["automountServiceAccountToken"] is True
    assert standing_of(gateway)["ServiceAccount"]["automountServiceAccountToken"] is False


def test_without_a_word_only_the_operator_reaches_a_pod() -> None:
    (operator,) = ingress()
    assert operator["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": OPERATOR}
    assert operator["podSelector"]["matchLabels"] == {"mwaa-operator.io/component": "operator"}


def test_whom_the_gateway_names_reaches_the_api_and_nothing_else() -> None:
    _, *others = ingress(**{"from": PEERS})
    assert others == [
        {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "airflow"}}},
        {"podSelector": {}},
        {"ipBlock": {"cidr": "10.192.0.0/16", "except": ["10.192.8.0/24", "10.192.9.0/24"]}},
    ]


def test_the_order_in_which_somebody_wrote_is_no_difference() -> None:
    turned = {"from": PEERS[::-1]}
    assert ingress(**turned) == ingress(**{"from": PEERS})
    ranges = BALANCER | {"loadBalancerSourceRanges": BALANCER["loadBalancerSourceRanges"][::-1]}
    assert standing_of(stored_gateway(service=ranges)) == standing_of(stored_gateway(service=BALANCER))


def test_the_service_has_the_port_of_the_api_and_what_the_gateway_says_of_it() -> None:
    service = standing_of(full_gateway())["Service"]
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}]
    assert service["spec"]["type"] == "LoadBalancer"
    assert service["spec"]["loadBalancerSourceRanges"] == BALANCER["loadBalancerSourceRanges"]
    assert BALANCER["annotations"].items() <= service["metadata"]["annotations"].items()
    assert standing_of(stored_gateway())["Service"]["spec"]["type"] == "ClusterIP"


@pytest.mark.parametrize("name", ["general", "g" * 63])
def test_every_object_says_whose_it_is(name: str) -> None:
    gateway = full_gateway(name)
    for body in (*standing_of(gateway).values(), deployment_of(gateway), proof_of(gateway)):
        meta = body["metadata"]
        assert meta["namespace"] == "gateways"
        assert meta["labels"][GATEWAY_LABEL] == meta["labels"]["app.kubernetes.io/instance"] == name
        assert meta["labels"]["app.kubernetes.io/managed-by"] == "mwaa-operator"
        (owner,) = meta["ownerReferences"]
        assert (owner["uid"], owner["controller"], owner["blockOwnerDeletion"]) == (gateway.metadata.uid, True, False)
        if body["kind"] != "Pod":
            assert meta["name"] == name


def service(type_: str = "LoadBalancer", *points: dict[str, str]) -> dict[str, Any]:
    status = {"loadBalancer": {"ingress": list(points)}} if points else {"loadBalancer": {}}
    return {"metadata": {"name": "general", "namespace": "gateways"}, "spec": {"type": type_}, "status": status}


@pytest.mark.parametrize(
    ("live", "url"),
    [
        (None, None),
        (service("ClusterIP"), "http://general.gateways.svc/skatev2"),
        (service(), None),
        (service("LoadBalancer", {}), None),
        (service("LoadBalancer", {"hostname": "x.elb.amazonaws.com"}), "http://x.elb.amazonaws.com/skatev2"),
        (service("LoadBalancer", {"ip": "10.0.0.7"}, {"ip": "10.0.0.8"}), "http://10.0.0.7/skatev2"),
        (service("LoadBalancer", {"ip": "2001:db8::7"}), "http://[2001:db8::7]/skatev2"),
    ],
)
def test_the_address_is_that_of_the_service(live: dict[str, Any] | None, url: str | None) -> None:
    assert address(stored_gateway(), live) == url


def test_the_address_is_what_the_gateway_says_if_it_says_one() -> None:
    gateway = stored_gateway(url="https://spark.example.com:8443", contextPath="/apiv2")
    assert address(gateway, None) == address(gateway, service()) == "https://spark.example.com:8443/apiv2"
