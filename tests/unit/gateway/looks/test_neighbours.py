"""What other gateways mean for one: its name, and the namespaces of its clusters."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.looks.neighbours import places, rival
from tests.support.manifests import spark_gateway
from tests.support.sparkscene import CA


def body(
    name: str = "phi", namespace: str = "gateways", *, day: int = 10, url: str = "", **spec: Any
) -> dict[str, Any]:
    found = spark_gateway(name, namespace, **spec)
    found["metadata"]["creationTimestamp"] = f"2026-11-{day:02}T00:00:00Z"
    if url:
        found["spec"]["clusters"] = [{**found["spec"]["clusters"][0], "apiServer": {"url": url, "caBundle": CA}}]
        found["spec"]["clusters"][0].pop("eks", None)
    return found


def model(found: dict[str, Any]) -> SparkGateway:
    return SparkGateway.from_body(found)


def test_of_two_gateways_of_one_name_the_younger_has_a_rival() -> None:
    old, young = body(namespace="a", day=1), body(namespace="b", day=2)
    assert rival(model(young), [old, young]) == "a/phi"
    assert rival(model(old), [old, young]) == ""


def test_of_two_as_old_the_first_by_namespace_is_right() -> None:
    one, two = body(namespace="a"), body(namespace="b")
    assert (rival(model(one), [one, two]), rival(model(two), [one, two])) == ("", "a/phi")


@pytest.mark.parametrize("written", ["https://one.example:443", "https://ONE.example/", "https://one.example"])
def test_an_older_gateway_uses_a_namespace_however_its_url_is_written(written: str) -> None:
    mine = body("general", url="https://one.example", dataClass="general")
    theirs = body("phi", day=1, url=written, dataClass="phi")
    namespace = theirs["spec"]["clusters"][0]["sparkNamespaces"][0]["name"]
    found = places(model(mine), [mine, theirs], urls=["https://one.example"])
    assert found == {("https://one.example", namespace): "phi"}
    theirs["metadata"]["creationTimestamp"] = "2026-11-30T00:00:00Z"
    assert places(model(mine), [mine, theirs], urls=["https://one.example"]) == {}, "a younger one has to yield itself"


def test_where_a_cluster_of_eks_is_comes_from_what_its_gateway_found() -> None:
    theirs = body("phi", day=1, dataClass="phi")
    cluster = theirs["spec"]["clusters"][0]
    cluster.pop("apiServer", None)
    cluster["eks"] = {"name": "x", "region": "eu-central-1"}
    mine = model(body("general", dataClass="general"))
    assert places(mine, [theirs], urls=["https://one.example"]) == {}
    theirs["status"] = {"clusters": [{"name": cluster["name"], "endpoint": "https://one.example"}]}
    assert set(places(mine, [theirs], urls=["https://one.example"]).values()) == {"phi"}
