"""What counts as drift: whatever an apply would put back, and nothing else; and whose an object is."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.gateway.objects.drift import covers, is_owned
from tests.support.gatewayobjects import UID, deployment_of, full_gateway, standing_of, stored_gateway

Edit = Callable[[dict[str, Any]], Any]
GATEWAY = full_gateway()


def desired(kind: str) -> dict[str, Any]:
    return deployment_of(GATEWAY) if kind == "Deployment" else standing_of(GATEWAY)[kind]


def container(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["spec"]["template"]["spec"]["containers"][0]
    return found


HARMLESS: list[tuple[str, str, Edit]] = [
    ("Service", "an address", lambda body: body["spec"].update(clusterIP="10.0.0.1", ipFamilies=["IPv4"])),
    ("Service", "a node port", lambda body: body["spec"]["ports"][0].update(nodePort=30_000)),
    ("Service", "a finalizer", lambda body: body["metadata"].update(finalizers=["service.k8s.aws/resources"])),
    ("Service", "an annotation", lambda body: body["metadata"]["annotations"].update({"example.com/a": "b"})),
    ("Service", "another port", lambda body: body["spec"]["ports"].insert(0, {"port": 81, "protocol": "TCP"})),
    ("Deployment", "a status", lambda body: body.update(status={"replicas": 2})),
    ("Deployment", "a restart", lambda body: body["spec"]["template"]["metadata"]["annotations"].update(at="now")),
    ("Deployment", "a sidecar", lambda body: body["spec"]["template"]["spec"]["containers"].insert(0, {"name": "x"})),
    ("Deployment", "a policy", lambda body: container(body).update(imagePullPolicy="IfNotPresent")),
    ("ServiceAccount", "an owner", lambda body: body["metadata"]["ownerReferences"].insert(0, {"uid": "x"})),
]
EDITS: list[tuple[str, str, Edit]] = [
    ("Service", "the type", lambda body: body["spec"].update(type="NodePort")),
    ("Service", "a wider selector", lambda body: body["spec"]["selector"].popitem()),
    ("Service", "a narrower selector", lambda body: body["spec"]["selector"].update(color="red")),
    ("Service", "another port in place", lambda body: body["spec"]["ports"][0].update(targetPort="admin")),
    ("Service", "no port", lambda body: body["spec"].update(ports=[])),
    ("Service", "more sources", lambda body: body["spec"]["loadBalancerSourceRanges"].append("0.0.0.0/0")),
    ("Service", "no sources", lambda body: body["spec"].pop("loadBalancerSourceRanges")),
    ("Service", "an annotation gone", lambda body: body["metadata"].pop("annotations")),
    ("Role", "another Secret", lambda body: body["rules"][0]["resourceNames"].append("x")),
    ("Role", "another rule", lambda body: body["rules"].append({"verbs": ["*"]})),
    ("Role", "another verb", lambda body: body["rules"][0]["verbs"].append("list")),
    ("RoleBinding", "another subject", lambda body: body["subjects"].append({"kind": "User", "name": "eve"})),
    ("NetworkPolicy", "another peer", lambda body: body["spec"]["ingress"][0]["from"].append({"podSelector": {}})),
    ("NetworkPolicy", "another port", lambda body: body["spec"]["ingress"][0]["ports"].append({"port": 8081})),
    ("NetworkPolicy", "open to all", lambda body: body["spec"]["ingress"].append({})),
    ("NetworkPolicy", "fewer pods", lambda body: body["spec"]["podSelector"]["matchLabels"].update(color="red")),
    ("NetworkPolicy", "nobody", lambda body: body["spec"].pop("ingress")),
    ("PodDisruptionBudget", "no budget", lambda body: body["spec"].update(maxUnavailable="100%")),
    ("ServiceAccount", "a token for all", lambda body: body.update(automountServiceAccountToken=True)),
    ("ServiceAccount", "no owner", lambda body: body["metadata"].pop("ownerReferences")),
    ("ServiceAccount", "another owner", lambda body: body["metadata"]["ownerReferences"][0].update(uid="x")),
    ("Deployment", "replicas", lambda body: body["spec"].update(replicas=0)),
    ("Deployment", "an image", lambda body: container(body).update(image="evil")),
    ("Deployment", "no container", lambda body: body["spec"]["template"]["spec"].update(containers=[])),
    (
        "Deployment",
        "a command",
        lambda body: container(body)["command"].remove("-Dkubernetes.auth.tryKubeConfig=false"),
    ),
    ("Deployment", "an argument", lambda body: container(body)["args"].append("--x")),
    ("Deployment", "a capability", lambda body: container(body)["securityContext"]["capabilities"].update(drop=[])),
    ("Deployment", "privileges", lambda body: container(body)["securityContext"].update(privileged=True)),
    ("Deployment", "memory", lambda body: container(body)["resources"]["limits"].update(memory="4Gi")),
    ("Deployment", "a mount", lambda body: container(body)["volumeMounts"].pop()),
    ("Deployment", "a label", lambda body: body["metadata"]["labels"].pop("app.kubernetes.io/managed-by")),
    ("Deployment", "null", lambda body: body["spec"].update(template=None)),
]


@pytest.mark.parametrize(("kind", "edit"), [(row[0], row[2]) for row in HARMLESS], ids=[row[1] for row in HARMLESS])
def test_what_an_apply_would_leave_alone_is_no_drift(kind: str, edit: Edit) -> None:
    live = copy.deepcopy(desired(kind))
    edit(live)
    assert live != desired(kind)
    assert covers(live, desired(kind))


@pytest.mark.parametrize(("kind", "edit"), [(row[0], row[2]) for row in EDITS], ids=[f"{r[0]}: {r[1]}" for r in EDITS])
def test_what_an_apply_would_put_back_is_drift(kind: str, edit: Edit) -> None:
    live = copy.deepcopy(desired(kind))
    assert covers(live, desired(kind))
    edit(live)
    assert not covers(live, desired(kind))


def test_what_we_said_once_and_say_no_longer_is_drift() -> None:
    before, after = standing_of(GATEWAY)["Service"], standing_of(stored_gateway(service={"type": "LoadBalancer"} | NO))
    assert after["Service"]["spec"].items() <= before["spec"].items(), "else this test shows nothing"
    assert not covers(before, after["Service"])


NO: dict[str, Any] = {"annotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}}


@pytest.mark.parametrize(
    ("owners", "owned"),
    [
        (None, False),
        ([], False),
        ([{"uid": UID, "controller": True}], True),
        ([{"uid": "x"}, {"uid": UID, "controller": True}], True),
        ([{"uid": UID}], False),
        ([{"uid": "an earlier one", "controller": True, "name": "general"}], False),
    ],
)
def test_an_object_belongs_to_the_gateway_of_this_uid(owners: list[dict[str, Any]] | None, owned: bool) -> None:
    assert is_owned({"metadata": {"ownerReferences": owners}}, stored_gateway()) is owned


def test_nothing_belongs_to_a_gateway_that_is_stored_nowhere() -> None:
    nowhere = stored_gateway()
    nowhere = nowhere.model_copy(update={"metadata": nowhere.metadata.model_copy(update={"uid": ""})})
    assert not is_owned({"metadata": {"ownerReferences": [{"uid": "", "controller": True}]}}, nowhere)
