"""Scenes to render: a gateway with two clusters, routes of a given age, and sets of routes drawn at random."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.render.file import Rendering
from mwaa_operator.gateway.render.scene import Candidate, ClusterView, Scene
from mwaa_operator.route.api import SparkJobRoute
from tests.support.manifests import spark_gateway, spark_job_route

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties of sets of routes: on a busy machine their models alone take a while."""
CA = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"
KEY = "a-key-of-thirty-two-characters-xx"
NAMES = ("a", "b", "c")
CLUSTERS: list[dict[str, Any]] = [
    spark_gateway()["spec"]["clusters"][0]
    | {"name": name, "sparkNamespaces": [{"name": "spark", "serviceAccounts": ["spark"], "allowedFrom": ["*"]}]}
    for name in NAMES
]
VIEWS = {name: ClusterView(f"https://{name}", CA, f"k8s:secret:gateways:{name}:token") for name in NAMES}
ALL = {"namespaces": {"from": "All"}, "queues": ["*"]}


def target(name: str = "a", **members: Any) -> dict[str, Any]:
    """Return a target on the cluster of its name."""
    base = {"name": name, "cluster": name, "namespace": "spark", "serviceAccount": "spark", "weight": 100}
    return base | members


def candidate(name: str = "digital", namespace: str = "data", /, *, age: int = 0, **members: Any) -> Candidate:
    """Return a route with these members of spec.

    Args:
        name: Of the route, and of its queue.
        namespace: Of the route.
        age: The higher, the older: days.
        members: Of spec.
    """
    body = spark_job_route(name, namespace, **({"queue": {"name": name}, "targets": [target()]} | members))
    body["metadata"]["creationTimestamp"] = f"2026-{12 - age // 28:02}-{28 - age % 28:02}T00:00:00Z"
    return Candidate(SparkJobRoute.model_validate(body))


def gateway(**members: Any) -> SparkGateway:
    """Return a gateway with three clusters that grants everything, with these members of spec."""
    body = spark_gateway("general", "gateways", **({"clusters": CLUSTERS, "allowedRoutes": ALL} | members))
    return SparkGateway.model_validate(body)


def scene(*candidates: Candidate, **members: Any) -> Scene:
    """Return a scene with these routes; members of the gateway's spec are in `gateway`."""
    base: dict[str, Any] = {"gateway": gateway(), "clusters": VIEWS, "keys": (KEY,)}
    return Scene(candidates=candidates, **(base | members))


def document(rendering: Rendering) -> dict[str, Any]:
    """Return the file as data."""
    found: dict[str, Any] = json.loads(rendering.text)
    return found


def entries(rendering: Rendering) -> dict[str, dict[str, Any]]:
    """Return the entries of the file by id."""
    found = document(rendering)["sparkClusters"]
    assert len({entry["id"] for entry in found}) == len(found)
    return {entry["id"]: entry for entry in found}


_TARGETS = st.lists(
    st.builds(
        target,
        st.sampled_from((*NAMES, "gone")),
        weight=st.sampled_from((0, 1, 30, 1000)),
        state=st.sampled_from(("Active", "Active", "Drain", "Disabled")),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda item: str(item["name"]),
)
_ACCESS = st.fixed_dictionaries(
    {"secure": st.just(False), "defaultForUsers": st.lists(st.sampled_from("uvwU"), max_size=2, unique=True)}
)
_QUEUES = st.fixed_dictionaries(
    {"name": st.sampled_from(("q", "r", "s", "q-2")), "default": st.sampled_from((False, False, True))},
    optional={"subQueues": st.just(["night", "day"])},
)


@st.composite
def route_sets(draw: st.DrawFn) -> tuple[Candidate, ...]:
    """Draw up to six routes, some of them in each other's way, some of another data class or on unknown clusters."""
    names = draw(st.lists(st.sampled_from(("x", "y", "long-name-9", "9")), max_size=4, unique=True))
    found = []
    for name in names:
        for namespace in draw(st.sampled_from((("t",), ("t", "u")))):
            members = {"queue": draw(_QUEUES), "access": draw(_ACCESS), "targets": draw(_TARGETS)}
            if draw(st.integers(0, 9)) == 9:
                members |= {"dataClass": "phi", "access": {"secure": True, "tokens": [_TOKEN]}}
            members["failover"] = {"onAllUnhealthy": draw(st.sampled_from(("KeepLast", "Reject")))}
            found.append(candidate(name, namespace, age=draw(st.integers(0, 3)), **members))
    return tuple(found)


_TOKEN = {"name": "mwaa", "secretName": "token"}
