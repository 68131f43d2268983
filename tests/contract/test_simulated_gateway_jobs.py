"""The gateway stand-in on a real API server: jobs under the target's credentials, walked by the simulated operator."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from localcloud.gateway import kubecluster, ownapi
from localcloud.gateway.credentials import References
from localcloud.gateway.dice import seeded
from localcloud.gateway.http import HttpRequest
from localcloud.gateway.profile import Profile
from localcloud.gateway.service import Gateway, World
from localcloud.gateway.sparkjobs import Script
from localcloud.gateway.sparkoperator import SparkOperator
from localcloud.gateway.start import bind
from tests.support.bpg import cluster, document
from tests.support.wait import eventually

RULES = [
    {
        "apiGroups": ["sparkoperator.k8s.io"],
        "resources": ["sparkapplications"],
        "verbs": ["create", "get", "list", "delete"],
    },
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["list"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["target"]},
]
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture(scope="module")
def spark(control_plane: ControlPlane) -> Iterator[None]:
    """An API server that knows SparkApplications until the module ends."""
    kubecluster.install_crd(control_plane.api)
    yield
    control_plane.api.delete(f"{kubecluster.CRDS}/sparkapplications.sparkoperator.k8s.io")


@pytest.fixture
def token(control_plane: ControlPlane, namespace: str, spark: None) -> str:
    """A token with the rights that BPG needs in one namespace."""
    metadata = {"name": "gateway"}
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": namespace}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "gateway"}
    for kind, body in (
        ("roles", {"metadata": metadata, "rules": RULES}),
        ("rolebindings", {"metadata": metadata, "subjects": [subject], "roleRef": role}),
    ):
        assert control_plane.api.post(f"{RBAC}/namespaces/{namespace}/{kind}", body).ok
    return control_plane.token(namespace, "default")


@pytest.fixture
def gateway(control_plane: ControlPlane, namespace: str, token: str, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway whose one entry takes its token from a Secret, and the operator of its cluster."""
    secret = {"metadata": {"name": "target"}, "data": {"token": base64.b64encode(token.encode()).decode()}}
    assert control_plane.api.post(f"/api/v1/namespaces/{namespace}/secrets", secret).ok
    kubeconfig = control_plane.kubeconfig_for_token(token, f"gateway-{namespace}", namespace=namespace)
    entry = cluster("a", 1, ["3.5"], ["dev"], masterUrl=control_plane.url, sparkApplicationNamespace=namespace)
    entry |= {"userTokenSOPS": "k8s:secret::target:token", "timeoutMillis": 5000}
    entry["caCertDataSOPS"] = control_plane.identity.authority.files.certificate.read_text()
    body = document(clusters=[entry], queues=[{"name": "dev"}], statusCacheExpireMillis=0)
    references = References({}, ownapi.reader({"KUBECONFIG": str(kubeconfig)}))
    world = World(kubecluster.connect, references, seeded(1))
    script = Script(submit_seconds=0, start_seconds=1, run_seconds=20)
    with SparkOperator(kubecluster.KubeJobs(control_plane.api), default=script, factor=20):
        yield Gateway(bind(body, Profile.AWS_PIN), world)


def told(gateway: Gateway, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = b"" if body is None else json.dumps(body).encode()
    answer = gateway.answer(HttpRequest(method, f"/skatev2{path}", headers={"user-account": "x"}, body=data))
    return answer.status, json.loads(answer.body)


def test_a_job_runs_logs_ends_and_is_deleted(gateway: Gateway, control_plane: ControlPlane, namespace: str) -> None:
    eventually(lambda: told(gateway, "GET", f"/spark/a-{'0' * 32}/status")[0] == 404, within=15, what="its rights")
    status, body = told(gateway, "POST", "/spark", {"queue": "dev", "sparkVersion": "3.5"})
    assert status == 200, body
    submission = body["submissionId"]

    def has(state: str) -> bool:
        return bool(told(gateway, "GET", f"/spark/{submission}/status")[1]["applicationState"] == state)

    eventually(lambda: has("RUNNING"), within=15, what="the driver")
    query = {"subId": submission}
    log = gateway.answer(HttpRequest("GET", "/skatev2/log", query, {"user-account": "x"})).stream
    assert log is not None
    assert b"".join(log).decode().splitlines()[-2:] == ["Stopping the driver", ""]
    assert has("COMPLETED")
    assert told(gateway, "GET", f"/spark/{submission}/spec")[1]["sparkVersion"] == "3.5"
    assert told(gateway, "DELETE", f"/spark/{submission}")[0] == 200
    path = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{namespace}/sparkapplications/{submission}"
    assert control_plane.api.get(path).status == 404


def test_a_token_that_the_cluster_does_not_take(gateway: Gateway, control_plane: ControlPlane, namespace: str) -> None:
    """The Secret is read for every call, so the next one has the new value."""
    eventually(lambda: told(gateway, "GET", f"/spark/a-{'0' * 32}/status")[0] == 404, within=15, what="its rights")
    wrong = {"data": {"token": base64.b64encode(b"an-expired-token").decode()}}
    assert control_plane.api.patch(f"/api/v1/namespaces/{namespace}/secrets/target", wrong).ok
    status, body = told(gateway, "GET", f"/spark/a-{'0' * 32}/status")
    assert (status, "Failed to get status: io.fabric8" in body["message"]) == (500, True)
    assert told(gateway, "POST", "/spark", {"queue": "dev", "sparkVersion": "3.5"})[0] == 500
