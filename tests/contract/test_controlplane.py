"""The local control plane behaves like a cluster where the operator and its tests rely on it, and leaves nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from localcloud.controlplane import CommandFailedError, ControlPlane
from localcloud.process import ProcessFailedError
from tests.support.controlplane import fresh_namespace
from tests.support.wait import eventually
from tests.system.test_household import is_gone

ROOT = Path(__file__).parent.parent.parent

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web"}]},
        },
    },
}


def test_kubectl_and_helm_are_of_the_pinned_versions(control_plane: ControlPlane) -> None:
    version = control_plane.kubectl("version")
    assert version.count("v1.36.2") == 2, version
    assert "v4.3.1" in control_plane.helm("version")


def test_kubectl_reads_standard_input_and_reports_refusals(control_plane: ControlPlane, namespace: str) -> None:
    manifest = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}'
    assert "created" in control_plane.kubectl("apply", "-n", namespace, "-f", "-", stdin=manifest)
    with pytest.raises(CommandFailedError, match="NotFound"):
        control_plane.kubectl("get", "configmap", "none", "-n", namespace)


def test_a_service_account_token_carries_the_accounts_rights_and_no_more(
    control_plane: ControlPlane, namespace: str
) -> None:
    kubeconfig = control_plane.kubeconfig_for_token(control_plane.token(namespace, "default"), "reader")
    with pytest.raises(CommandFailedError, match="Forbidden"):
        control_plane.kubectl("get", "configmaps", "-n", namespace, kubeconfig=kubeconfig)
    account = f"--serviceaccount={namespace}:default"
    control_plane.kubectl("create", "rolebinding", "view", "-n", namespace, "--clusterrole=view", account)
    reader = control_plane.rest(control_plane.token(namespace, "default"))
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    eventually(lambda: reader.get(path).ok, within=10, what="the role binding to reach the authorizer")
    control_plane.kubectl("get", "configmaps", "-n", namespace, kubeconfig=kubeconfig)
    assert reader.post(path, {"metadata": {"name": "a"}}).status == 403


def test_a_token_for_an_account_that_does_not_exist_is_refused(control_plane: ControlPlane) -> None:
    with pytest.raises(CommandFailedError, match="not found"):
        control_plane.token("default", "none")


def test_a_tenant_has_no_rights_of_its_own(control_plane: ControlPlane, namespace: str) -> None:
    tenant = control_plane.rest(control_plane.user_token("tenant-a"))
    assert tenant.get(f"/api/v1/namespaces/{namespace}/configmaps").status == 403
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    user = tenant.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review).body["status"]["userInfo"]
    assert user["username"] == "tenant-a"
    assert "tenants" in user["groups"]


def test_an_unknown_token_is_nobody(control_plane: ControlPlane) -> None:
    assert control_plane.rest("wrong").get("/api/v1/namespaces").status == 401


def test_a_namespace_and_what_is_in_it_goes_when_it_is_deleted(control_plane: ControlPlane) -> None:
    with fresh_namespace(control_plane) as name:
        control_plane.kubectl("create", "configmap", "a", "-n", name)
    eventually(lambda: control_plane.api.get(f"/api/v1/namespaces/{name}").status == 404, within=60)


def test_a_deployment_becomes_pods_and_they_go_with_it(control_plane: ControlPlane, namespace: str) -> None:
    deployments, pods = f"/apis/apps/v1/namespaces/{namespace}/deployments", f"/api/v1/namespaces/{namespace}/pods"
    assert control_plane.api.post(deployments, DEPLOYMENT).status == 201
    eventually(lambda: len(control_plane.api.get(pods).body["items"]) == 2, within=30)
    assert control_plane.api.delete(f"{deployments}/web?propagationPolicy=Foreground").ok
    # No kubelet confirms the end of a Pod; one that was never bound goes at once.
    eventually(lambda: control_plane.api.get(pods).body["items"] == [], within=60)


def test_aggregated_roles_gather_their_parts(control_plane: ControlPlane) -> None:
    label = "rbac.authorization.k8s.io/aggregate-to-view"
    rule = {"apiGroups": ["example.org"], "resources": ["things"], "verbs": ["get"]}
    part = {"metadata": {"name": "view-things", "labels": {label: "true"}}, "rules": [rule]}
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    assert control_plane.api.post(path, part).ok
    eventually(lambda: rule in control_plane.api.get(f"{path}/view").body["rules"], within=20)
    assert control_plane.api.delete(f"{path}/view-things").ok


def test_the_api_server_comes_back_with_its_state(control_plane: ControlPlane, namespace: str) -> None:
    before = control_plane.apiserver.pid
    control_plane.restart_apiserver()
    assert control_plane.apiserver.pid != before
    assert control_plane.api.get(f"/api/v1/namespaces/{namespace}").ok


def test_a_named_data_directory_keeps_objects_and_kubeconfigs_and_has_one_user(tmp_path: Path) -> None:
    with ControlPlane(tmp_path) as first:
        first.kubectl("create", "configmap", "kept")
        with pytest.raises(RuntimeError, match="another control plane"), ControlPlane(tmp_path):
            pass
        token = first.user_token("tenant-a")
    with ControlPlane(tmp_path) as second:
        second.kubectl("get", "configmap", "kept")
        assert second.user_token("tenant-a") == token


def test_a_server_that_does_not_start_says_why() -> None:
    with (
        pytest.raises(ProcessFailedError, match="unknown flag: --no-such-flag"),
        ControlPlane(apiserver_flags=["--no-such-flag"]),
    ):
        pass


PARENT = """
import sys
from localcloud.controlplane import ControlPlane
with ControlPlane() as running:
    print(running.directory, flush=True)
    sys.stdin.read()
"""


def test_a_killed_parent_leaves_no_server_and_no_file() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent:
        directory = Path(parent.stdout.readline().strip())
        children = psutil.Process(parent.pid).children()
        programs = {Path(child.exe()).name for child in children}
        parent.kill()
    assert {"etcd", "kube-apiserver", "kube-controller-manager"} < programs
    eventually(lambda: all(is_gone(child.pid) for child in children), within=10)
    eventually(lambda: not directory.exists(), within=15)
