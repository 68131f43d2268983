"""The gateway's image on the kubelet stand-in: BPG starts from its command and its mounted file, or does not start."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from localcloud.gateway import kubecluster
from localcloud.gateway.profile import Profile
from localcloud.kubelet.gatewayimage import FLAGS, gateway_image
from localcloud.kubelet.kubelet import Kubelet
from localcloud.kubelet.waits import wait_ready, wait_rolled
from tests.support import kubelet as k
from tests.support.bpg import cluster, document
from tests.support.wait import eventually

IMAGE = "registry.example/bpg"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
RULES = [
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["target"]},
    {"apiGroups": ["sparkoperator.k8s.io"], "resources": ["sparkapplications"], "verbs": ["get"]},
]
FILE = "/etc/app_config/app-config.yaml"
JAVA = ["java", "-Xmx512m", *FLAGS, "-cp", "/gateway/target/bpg-release.jar", "com.apple.spark.BPGApplication"]


@pytest.fixture(scope="module")
def kubelet(control_plane: ControlPlane) -> Iterator[Kubelet]:
    images = {IMAGE: gateway_image(Profile.AWS_PIN), f"{IMAGE}:patched": gateway_image(Profile.PRE_DW5)}
    kubecluster.install_crd(control_plane.api)
    with Kubelet(control_plane, images, time_factor=20) as running:
        yield running
    control_plane.api.delete(f"{kubecluster.CRDS}/sparkapplications.sparkoperator.k8s.io")


def bpg(command: list[str], image: str = f"{IMAGE}:1") -> dict[str, Any]:
    """Return a pod of BPG as it has to be started, with its file from a Secret."""
    ready = {"path": "/skatev2/health-check", "port": "http"}
    spec = {
        "name": "bpg",
        "image": image,
        "command": command,
        "args": ["server", FILE],
        "ports": [{"name": "http", "containerPort": 8080}, {"name": "admin", "containerPort": 8081}],
        "startupProbe": {"httpGet": ready, "periodSeconds": 1, "failureThreshold": 60},
        "readinessProbe": {"httpGet": ready, "periodSeconds": 2},
        "livenessProbe": {"httpGet": {"path": "/healthcheck", "port": "admin"}, "periodSeconds": 2},
        "lifecycle": {"preStop": {"sleep": {"seconds": 20}}},
        "volumeMounts": [{"name": "file", "mountPath": "/etc/app_config"}],
    }
    return k.pod("gateway", spec, volumes=[{"name": "file", "secret": {"secretName": "revision"}}])


def file(control_plane: ControlPlane, namespace: str) -> str:
    """Return a file with one cluster, this one, whose token is in a Secret of the gateway's namespace."""
    entry = cluster("a", 1, ["3.5"], ["dev"], masterUrl=control_plane.url, sparkApplicationNamespace=namespace)
    entry |= {"userTokenSOPS": "k8s:secret::target:token", "timeoutMillis": 5000}
    entry["caCertDataSOPS"] = control_plane.identity.authority.files.certificate.read_text()
    health = {"healthChecks": [{"name": "sparkClusters", "critical": True}]}
    return json.dumps(document(clusters=[entry], queues=[{"name": "dev"}], health=health))


def prepare(control_plane: ControlPlane, namespace: str) -> None:
    """Make the file's Secret, the token's, and the right to read that one."""
    token = control_plane.token(namespace, "default")
    revision = {"kind": "Secret", "metadata": {"name": "revision"}}
    k.create(
        control_plane,
        namespace,
        {**revision, "stringData": {"app-config.yaml": file(control_plane, namespace)}},
        {"kind": "Secret", "metadata": {"name": "target"}, "stringData": {"token": token}},
    )
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": namespace}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "gateway"}
    for kind, body in (("roles", {"rules": RULES}), ("rolebindings", {"subjects": [subject], "roleRef": role})):
        made = control_plane.api.post(
            f"{RBAC}/namespaces/{namespace}/{kind}", {"metadata": {"name": "gateway"}, **body}
        )
        assert made.ok, made.body


def status_of(url: str) -> int:
    """Ask a gateway for a job that does not exist: 404 from a cluster that took its token."""
    request = urllib.request.Request(f"{url}/skatev2/spark/a-{'0' * 32}/status", headers={"user-account": "x"})  # noqa: S310 (loopback)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (as above)
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


@pytest.mark.parametrize(
    ("command", "image"),
    [(JAVA, f"{IMAGE}:1"), (["sh", "-c", f"exec {' '.join(JAVA)} server {FILE}"], f"{IMAGE}:patched")],
    ids=["plain, the pinned revision", "by a shell, the later revision"],
)
def test_a_gateway_serves_its_file_and_reads_tokens_as_its_own_account(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str, command: list[str], image: str
) -> None:
    prepare(control_plane, namespace)
    body = k.deployment("gateway", bpg(command, image))
    k.create(control_plane, namespace, body, k.service("gateway", port=80))
    wait_rolled(control_plane, namespace, "gateway")
    url = kubelet.address(namespace, "gateway")
    eventually(lambda: status_of(url) == 404, within=15, what="the role binding to reach the authorizer")
    (pod, _) = wait_ready(control_plane, namespace, count=2)
    with urllib.request.urlopen(f"http://{pod['status']['podIP']}:8081/healthcheck", timeout=10) as answer:
        assert answer.status == 200


def test_a_gateway_that_would_lend_its_own_account_does_not_start(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    prepare(control_plane, namespace)
    k.create(control_plane, namespace, bpg([word for word in JAVA if "tryServiceAccount" not in word]))
    eventually(lambda: k.waiting_for(control_plane, namespace, "gateway")[0] == "CrashLoopBackOff", within=15)
    ended = k.state_of(control_plane, namespace, "gateway")["lastState"]["terminated"]
    assert (ended["reason"], ended["message"]) == ("StartError", f"java is not told {FLAGS[0]}")


def test_a_gateway_with_a_file_that_bpg_does_not_take_ends_with_its_code(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    secret = {"kind": "Secret", "metadata": {"name": "revision"}, "stringData": {"app-config.yaml": "queues: 7"}}
    k.create(control_plane, namespace, secret, bpg(JAVA))
    eventually(lambda: k.state_of(control_plane, namespace, "gateway").get("restartCount", 0) >= 1, within=20)
    assert k.state_of(control_plane, namespace, "gateway")["lastState"]["terminated"]["exitCode"] == 1
    assert "queues" in kubelet.log(namespace, "gateway").read_text()
