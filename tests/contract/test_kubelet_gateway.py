"""A gateway's own objects, as the operator makes them, really run: on the kubelet stand-in, from a rendered file."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from localcloud.gateway.profile import Profile
from localcloud.kubelet.gatewayimage import gateway_image
from localcloud.kubelet.kubelet import Kubelet
from localcloud.kubelet.waits import is_ready, pods_of, wait_rolled
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.names import FILE_NAME, ROLE_LABEL, SERVING, revision_secret
from mwaa_operator.gateway.render.file import render
from tests.support.gatewayobjects import deployment_of, proof_of, standing_of, stored_gateway
from tests.support.sparkscene import ALL, CLUSTERS, candidate, scene
from tests.support.wait import eventually

FIRST, SECOND = "111111111111", "222222222222"


@pytest.fixture
def gateway(control_plane: ControlPlane, namespace: str) -> Iterator[SparkGateway]:
    """A gateway of the test's namespace with its standing objects, where its image runs."""
    found = stored_gateway("general", namespace, clusters=CLUSTERS, allowedRoutes=ALL)
    images = {found.spec.image: gateway_image(Profile.AWS_PIN)}
    with Kubelet(control_plane, images, time_factor=20, namespaces={namespace}):
        apply(control_plane, *standing_of(found).values())
        yield found


def apply(control_plane: ControlPlane, *bodies: dict[str, Any]) -> None:
    """Apply objects; without their owner, which is not stored here and whose absence would delete them."""
    for body in bodies:
        body["metadata"].pop("ownerReferences", None)
        control_plane.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(body))


def store(control_plane: ControlPlane, gateway: SparkGateway, revision: str, *routes: str) -> None:
    """Store a revision: the file of some routes."""
    text = render(scene(*(candidate(name) for name in routes), gateway=gateway)).text
    metadata = {"name": revision_secret("general", revision), "namespace": gateway.metadata.namespace}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "immutable": True}
    apply(control_plane, {**secret, "stringData": {FILE_NAME: text}})


def serving(control_plane: ControlPlane, namespace: str) -> list[dict[str, Any]]:
    """Return the pods that a client may reach."""
    return pods_of(control_plane, namespace, f"{ROLE_LABEL}={SERVING}")


def test_a_gateway_comes_up_is_proven_beside_what_serves_and_rolls(
    control_plane: ControlPlane, gateway: SparkGateway, namespace: str
) -> None:
    store(control_plane, gateway, FIRST, "digital")
    apply(control_plane, deployment_of(gateway, FIRST))
    wait_rolled(control_plane, namespace, "general")
    before = {pod["metadata"]["name"] for pod in serving(control_plane, namespace)}
    assert len(before) == gateway.spec.replicas

    store(control_plane, gateway, SECOND, "digital", "clinical")
    proof = proof_of(gateway, SECOND)
    apply(control_plane, proof)
    path = f"/api/v1/namespaces/{namespace}/pods/{proof['metadata']['name']}"
    eventually(lambda: is_ready(control_plane.api.get(path).body), within=30, what="the pod of the proof")
    address = control_plane.api.get(path).body["status"]["podIP"]
    url = f"http://{address}:8080{gateway.spec.context_path}/health-check"
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.status == 200
    assert {pod["metadata"]["name"] for pod in serving(control_plane, namespace)} == before

    apply(control_plane, deployment_of(gateway, SECOND))
    wait_rolled(control_plane, namespace, "general")
    eventually(lambda: len(serving(control_plane, namespace)) == gateway.spec.replicas, within=60)
    assert before.isdisjoint(pod["metadata"]["name"] for pod in serving(control_plane, namespace))
