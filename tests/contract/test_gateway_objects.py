"""The objects of a gateway on a real API server: taken as they are, kept as they are, and put back when somebody edits.

Whether an object has drifted is compared with what an apply really changes. Nothing runs here: no node takes the pods.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from localcloud.kube.rest import Answer
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.objects.drift import covers, is_owned
from mwaa_operator.gateway.objects.secrets import read_revision, revision_secret
from mwaa_operator.gateway.objects.standing import standing
from mwaa_operator.gateway.objects.template import template_digest
from mwaa_operator.gateway.render.file import MAX_BYTES
from mwaa_operator.gateway.revision import Revision, revision_name
from tests.support.controlplane import fresh_namespace
from tests.support.crds import APPLY, create, install_crds, path_of
from tests.support.gatewayobjects import (
    BALANCER,
    OPERATOR,
    deployment_of,
    full_gateway,
    proof_of,
    stored_gateway,
    template_of,
)
from tests.support.wait import eventually

Body = dict[str, Any]

PLURALS = {
    "Deployment": "deployments",
    "NetworkPolicy": "networkpolicies",
    "Pod": "pods",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "Secret": "secrets",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
}
LONGEST = "g" * 63
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"}


@pytest.fixture(scope="module", autouse=True)
def crds(control_plane: ControlPlane) -> None:
    install_crds(control_plane)


@pytest.fixture
def place(control_plane: ControlPlane) -> Iterator[str]:
    """A namespace that takes no pod but the most restricted ones."""
    with fresh_namespace(control_plane, "gateways", **RESTRICTED) as name:
        yield name


def stored(control_plane: ControlPlane, gateway: SparkGateway) -> SparkGateway:
    """Return a gateway as the API server has it: whoever owns objects must be there, else they are collected."""
    wire = gateway.model_dump(by_alias=True, exclude_none=True, mode="json", include={"api_version", "kind", "spec"})
    meta = {"name": gateway.metadata.name, "namespace": gateway.metadata.namespace}
    answer = create(control_plane, wire | {"metadata": meta})
    assert answer.ok, answer.body
    return SparkGateway.from_body(answer.body)


def everything(gateway: SparkGateway) -> list[Body]:
    """Return all objects of a gateway but Secrets and pods of proofs."""
    return [*standing(gateway, operator_namespace=OPERATOR), deployment_of(gateway)]


def url(body: Body, *, collection: bool = False) -> str:
    version, meta = body["apiVersion"], body["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    path = f"{root}/namespaces/{meta['namespace']}/{PLURALS[body['kind']]}"
    return path if collection else f"{path}/{meta['name']}"


def post(control_plane: ControlPlane, body: Body) -> Answer:
    answer = control_plane.api.post(url(body, collection=True) + "?fieldValidation=Strict", body)
    assert answer.status == 201, answer.body
    return answer


def apply(control_plane: ControlPlane, body: Body) -> Body:
    query = "?fieldManager=mwaa-operator&force=true&fieldValidation=Strict"
    answer = control_plane.api.patch(url(body) + query, body, content_type=APPLY)
    assert answer.ok, answer.body
    found: Body = answer.body
    return found


def live(control_plane: ControlPlane, body: Body) -> Body:
    found: Body = control_plane.api.get(url(body)).body
    return found


def said(found: Body) -> Body:
    """Return an object without what controllers and the API server write of it."""
    meta = {key: value for key, value in found["metadata"].items() if key not in ("managedFields", "resourceVersion")}
    written = {key: value for key, value in meta["annotations"].items() if not key.startswith("deployment.kubernetes")}
    return {key: value for key, value in found.items() if key != "status"} | {
        "metadata": meta | {"annotations": written}
    }


def edit(control_plane: ControlPlane, body: Body, *steps: Body) -> Body:
    """Change an object as a person does with kubectl."""
    path = url(body) + "?fieldManager=kubectl-edit"
    answer = control_plane.api.patch(path, list(steps), content_type="application/json-patch+json")
    assert answer.ok, answer.body
    return live(control_plane, body)


def add(path: str, value: Any) -> Body:
    return {"op": "add", "path": path, "value": value}


def remove(path: str) -> Body:
    return {"op": "remove", "path": path}


@pytest.mark.parametrize("name", ["general", LONGEST])
@pytest.mark.parametrize("build", [stored_gateway, full_gateway])
def test_every_object_is_taken_without_a_warning_and_comes_back_as_it_was_said(
    control_plane: ControlPlane, place: str, build: Any, name: str
) -> None:
    gateway = stored(control_plane, build(name, place))
    for body in (*everything(gateway), proof_of(gateway)):
        answer = post(control_plane, body)
        assert "Warning" not in answer.headers, answer.headers
        assert covers(answer.body, body), body["kind"]
        assert is_owned(answer.body, gateway)


def test_applying_again_what_is_there_changes_nothing(control_plane: ControlPlane, place: str) -> None:
    gateway = stored(control_plane, full_gateway("general", place))
    for body in standing(gateway, operator_namespace=OPERATOR):
        assert said(apply(control_plane, body)) == said(apply(control_plane, body))


CONTAINER = "/spec/template/spec/containers/0"
DRIFT: list[tuple[str, Body]] = [
    ("Service", remove("/spec/loadBalancerSourceRanges")),
    ("Service", add("/spec/loadBalancerSourceRanges/-", "0.0.0.0/0")),
    ("Service", add("/spec/selector/color", "red")),
    ("Service", remove("/spec/selector/mwaa-operator.io~1role")),
    ("Service", add("/spec/ports/0/targetPort", "admin")),
    ("Service", remove("/metadata/annotations")),
    ("Role", add("/rules/0/resourceNames/-", "another")),
    ("Role", add("/rules/-", {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]})),
    ("RoleBinding", remove("/subjects")),
    ("NetworkPolicy", add("/spec/ingress/-", {})),
    ("NetworkPolicy", add("/spec/ingress/0/ports/-", {"protocol": "TCP", "port": 8081})),
    ("NetworkPolicy", add("/spec/podSelector/matchLabels/color", "red")),
    ("PodDisruptionBudget", add("/spec/maxUnavailable", "50%")),
    ("ServiceAccount", add("/automountServiceAccountToken", True)),
    ("ServiceAccount", remove("/metadata/ownerReferences")),
    ("Deployment", add("/spec/replicas", 0)),
    ("Deployment", add(f"{CONTAINER}/image", "registry.example.com/other")),
    ("Deployment", remove(f"{CONTAINER}/command/3")),
    ("Deployment", add(f"{CONTAINER}/resources/limits/memory", "4Gi")),
    ("Deployment", add(f"{CONTAINER}/securityContext/readOnlyRootFilesystem", False)),
    ("Deployment", remove("/spec/template/spec/topologySpreadConstraints/0")),
    ("Deployment", remove("/metadata/labels/app.kubernetes.io~1managed-by")),
]
HARMLESS: list[tuple[str, Body]] = [
    ("Service", add("/spec/ports/-", {"name": "more", "port": 81, "protocol": "TCP"})),
    ("Service", add("/metadata/annotations/example.com~1a", "b")),
    ("Service", add("/spec/externalTrafficPolicy", "Local")),
    ("ServiceAccount", add("/metadata/labels/color", "red")),
    ("ServiceAccount", add("/imagePullSecrets", [{"name": "registry"}])),
    ("Deployment", add("/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt", "now")),
    ("Deployment", add("/spec/template/spec/containers/0/env", [{"name": "A", "value": "b"}])),
    ("Deployment", add("/spec/template/spec/containers/-", {"name": "sidecar", "image": "registry.example.com/x"})),
    ("Deployment", add("/spec/template/spec/priorityClassName", "system-cluster-critical")),
]


@pytest.fixture(scope="module")
def standing_place(control_plane: ControlPlane) -> Iterator[list[Body]]:
    """All objects of one gateway, applied; every test puts back what it changes."""
    with fresh_namespace(control_plane, "drift") as name:
        objects = everything(stored(control_plane, full_gateway("general", name)))
        for body in objects:
            apply(control_plane, body)
        yield objects


@pytest.mark.parametrize(("kind", "step"), DRIFT, ids=[f"{kind} {step['op']} {step['path']}" for kind, step in DRIFT])
def test_what_somebody_takes_or_changes_is_seen_and_an_apply_puts_it_back(
    control_plane: ControlPlane, standing_place: list[Body], kind: str, step: Body
) -> None:
    (body,) = [body for body in standing_place if body["kind"] == kind]
    assert covers(live(control_plane, body), body)
    assert not covers(edit(control_plane, body, step), body)
    assert covers(apply(control_plane, body), body)


@pytest.mark.parametrize(("kind", "step"), HARMLESS, ids=[f"{kind} {step['path']}" for kind, step in HARMLESS])
def test_what_an_apply_leaves_as_it_is_is_not_seen_as_drift(
    control_plane: ControlPlane, standing_place: list[Body], kind: str, step: Body
) -> None:
    (body,) = [body for body in standing_place if body["kind"] == kind]
    added = edit(control_plane, body, step)
    assert covers(added, body)
    put_back = apply(control_plane, body)
    assert said(put_back) == said(added)
    edit(control_plane, body, remove(step["path"].replace("/-", "/1")))


def test_what_the_gateway_says_no_longer_is_gone_after_an_apply(control_plane: ControlPlane, place: str) -> None:
    before = stored(control_plane, stored_gateway("general", place, service=BALANCER))
    (wide,) = [body for body in everything(before) if body["kind"] == "Service"]
    apply(control_plane, wide)
    spec = before.spec.model_copy(update={"service": stored_gateway().spec.service})
    (narrow,) = [body for body in everything(before.model_copy(update={"spec": spec})) if body["kind"] == "Service"]
    assert not covers(live(control_plane, wide), narrow)
    after = apply(control_plane, narrow)
    assert covers(after, narrow)
    assert after["spec"]["type"] == "ClusterIP"
    assert "loadBalancerSourceRanges" not in after["spec"]
    assert "nodePort" not in after["spec"]["ports"][0]
    assert after["metadata"]["annotations"].keys() == narrow["metadata"]["annotations"].keys()


def test_pods_are_made_where_only_the_most_restricted_may_be(control_plane: ControlPlane, place: str) -> None:
    gateway = stored(control_plane, stored_gateway(LONGEST, place))
    for body in everything(gateway):
        apply(control_plane, body)
    post(control_plane, proof_of(gateway))

    def named(selector: str) -> list[str]:
        items = control_plane.api.get(f"/api/v1/namespaces/{place}/pods?labelSelector={selector}").body["items"]
        return sorted(item["metadata"]["labels"]["mwaa-operator.io/role"] for item in items)

    of_gateway = f"mwaa-operator.io/gateway={LONGEST}"
    eventually(lambda: len(named(of_gateway)) == 3, within=30, what="two pods and the one of the proof")
    assert named(f"{of_gateway},mwaa-operator.io/role=serving") == ["serving", "serving"]


def test_pods_may_read_the_secrets_of_their_file_and_nothing_else(control_plane: ControlPlane, place: str) -> None:
    gateway = stored(control_plane, full_gateway("general", place))
    for body in standing(gateway, operator_namespace=OPERATOR):
        apply(control_plane, body)

    def may(verb: str, name: str, namespace: str = place) -> bool:
        asked = {"verb": verb, "resource": "secrets", "namespace": namespace, "name": name}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": f"system:serviceaccount:{place}:general", "resourceAttributes": asked},
        }
        answer = control_plane.api.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool(answer.body["status"]["allowed"])

    eventually(lambda: may("get", "z"), within=10, what="the right to read the token")
    assert may("get", "general.b.token")
    assert may("get", "database")
    refused = [("get", "other"), ("list", ""), ("watch", "z"), ("update", "z"), ("get", "")]
    assert not any(may(verb, name) for verb, name in refused)
    assert not may("get", "z", "default")


def test_the_secret_of_the_largest_file_is_taken_read_back_and_never_changed(
    control_plane: ControlPlane, place: str
) -> None:
    gateway = stored(control_plane, stored_gateway(LONGEST, place))
    template, text = template_of(gateway), "x" * MAX_BYTES
    kept = Revision(revision_name(text, template_digest(template)), text, ())
    body = revision_secret(gateway, kept, template=template, routes={"data/a": {"suspend": True}})
    held = post(control_plane, body).body
    assert covers(held, body)
    assert read_revision(held).revision == kept
    other = copy.deepcopy(body)
    other["data"]["app-config.yaml"] = ""
    assert control_plane.api.put(url(body), other).status == 422


def test_whoever_deletes_the_gateway_deletes_its_objects(control_plane: ControlPlane, place: str) -> None:
    gateway = stored(control_plane, stored_gateway("general", place))
    objects = everything(gateway)
    for body in objects:
        apply(control_plane, body)
    control_plane.api.delete(path_of(gateway.model_dump(by_alias=True, mode="json", include={"kind", "metadata"})))
    left = [url(body) for body in objects]
    eventually(lambda: all(control_plane.api.get(path).status == 404 for path in left), within=60, what="all collected")
