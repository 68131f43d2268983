"""`mwaa-operator simulate --gateway` on a real API server: the file that a gateway serves, and every way to lack it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from mwaa_operator.api.meta import API_VERSION
from mwaa_operator.cli.main import main
from mwaa_operator.gateway.names import FILE_NAME, revision_secret
from tests.support.bpg import landscape
from tests.support.crds import install_crds
from tests.support.manifests import spark_gateway

GATEWAYS = f"/apis/{API_VERSION}/namespaces/{{}}/sparkgateways"
REVISION = "4f1c0a9b77de"
READ_GATEWAYS = {"apiGroups": ["mwaa-operator.io"], "resources": ["sparkgateways"], "verbs": ["get"]}
READ_SECRET = {
    "apiGroups": [""],
    "resources": ["secrets"],
    "resourceNames": [revision_secret("general", REVISION)],
    "verbs": ["get"],
}


@pytest.fixture(autouse=True)
def shell(control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    install_crds(control_plane)
    monkeypatch.setenv("KUBECONFIG", str(control_plane.admin_kubeconfig))
    monkeypatch.setenv("COLUMNS", "200")


def gateway(control_plane: ControlPlane, namespace: str, **spec: Any) -> None:
    """Make a gateway that has just been applied."""
    answer = control_plane.api.post(GATEWAYS.format(namespace), spark_gateway("general", namespace, **spec))
    assert answer.ok, answer.body


def activate(control_plane: ControlPlane, namespace: str) -> None:
    """Say that a revision serves, as the operator does."""
    path = f"{GATEWAYS.format(namespace)}/general/status"
    status = {"observedGeneration": 1, "activeRevision": {"name": REVISION}}
    answer = control_plane.api.patch(path, {"status": status})
    assert answer.ok, answer.body


def secret(control_plane: ControlPlane, namespace: str, **data: str) -> None:
    """Make the Secret of the revision."""
    metadata = {"name": revision_secret("general", REVISION)}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}
    answer = control_plane.api.post(f"/api/v1/namespaces/{namespace}/secrets", body)
    assert answer.ok, answer.body


def serving(control_plane: ControlPlane, namespace: str, **spec: Any) -> None:
    """Make a gateway that serves the landscape's file."""
    gateway(control_plane, namespace, **spec)
    activate(control_plane, namespace)
    secret(control_plane, namespace, **{FILE_NAME: json.dumps(landscape())})


def tenant(control_plane: ControlPlane, namespace: str, *rules: dict[str, Any]) -> Path:
    """Return the kubeconfig of a user with these rights in a namespace."""
    user = "tenant-a"
    group = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": {"name": user}, "rules": list(rules)}
    binding = role | {
        "kind": "RoleBinding",
        "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }
    binding.pop("rules")
    for plural, body in (("roles", role), ("rolebindings", binding)):
        answer = control_plane.api.post(f"/apis/{group}/v1/namespaces/{namespace}/{plural}", body)
        assert answer.ok, answer.body
    return control_plane.kubeconfig_for_token(control_plane.user_token(user), "tenant-simulate")


def run(capsys: pytest.CaptureFixture[str], namespace: str, *arguments: str) -> tuple[int, str, str]:
    words = ["simulate", "--gateway", "general", "-n", namespace, "--user", "x", "--spark-version", "3.5", *arguments]
    code = main(words)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_file_that_is_served_answers(
    control_plane: ControlPlane, namespace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    serving(control_plane, namespace)
    code, out, err = run(capsys, namespace, "--queue", "phi", "--token-for", "phi")
    assert (code, err) == (0, "")
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in out.splitlines() if "%" in line]
    assert rows == [["90.00 %", "9/10", "a", "spark", "phi"], ["10.00 %", "1/10", "b", "spark", "phi"]]


def test_programs_are_told_the_revision_and_the_profile_of_the_gateway(
    control_plane: ControlPlane, namespace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    serving(control_plane, namespace, bpgProfile="pre-dw5")
    code, out, _ = run(capsys, namespace, "--queue", "phi.undeclared", "-o", "json")
    told = json.loads(out)
    assert (code, told["revision"], told["profile"]) == (3, REVISION, "pre-dw5")
    assert "does not exist" in told["refusals"][0]["message"]
    assert run(capsys, namespace, "--queue", "phi.undeclared", "--profile", "aws-pin")[0] == 0


def test_a_gateway_that_is_not_there(namespace: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, namespace)
    assert (code, out) == (1, "")
    assert f"there is no SparkGateway {namespace}/general" in err
    assert "name its namespace with -n" in err


def test_a_gateway_without_an_active_revision(
    control_plane: ControlPlane, namespace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway(control_plane, namespace)
    code, out, err = run(capsys, namespace)
    assert (code, out) == (1, "")
    assert "has no active revision yet" in err


@pytest.mark.parametrize(("data", "words"), [(None, "is not there"), ({"other": "x"}, "holds no file")])
def test_a_revision_whose_file_is_lost(
    data: dict[str, str] | None,
    words: str,
    control_plane: ControlPlane,
    namespace: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gateway(control_plane, namespace)
    activate(control_plane, namespace)
    if data is not None:
        secret(control_plane, namespace, **data)
    code, out, err = run(capsys, namespace)
    assert (code, out) == (1, "")
    assert f"Secret general.{REVISION} of the active revision {words}" in err


@pytest.mark.parametrize(
    ("rules", "code", "words"),
    [
        ((), 1, "ask for the right to get sparkgateways in namespace"),
        ((READ_GATEWAYS,), 1, f"ask for the right to get the Secret general.{REVISION} in namespace"),
        ((READ_GATEWAYS, READ_SECRET), 0, ""),
    ],
)
def test_a_missing_right_is_named_and_those_that_are_named_are_enough(
    rules: tuple[dict[str, Any], ...],
    code: int,
    words: str,
    control_plane: ControlPlane,
    namespace: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    serving(control_plane, namespace)
    monkeypatch.setenv("KUBECONFIG", str(tenant(control_plane, namespace, *rules)))
    found, _, err = run(capsys, namespace, "--queue", "dev")
    assert found == code, err
    assert words in err
    assert "or give a file with --config" in err or code == 0
