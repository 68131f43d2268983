"""The chart on a real API server: install, upgrade, uninstall, install again.

No pod runs here: what is tested is which objects come, change, stay and go, and what the rights mean when the API
server judges them. The operator under this chart is run by other system tests.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.controlplane import CommandFailedError, ControlPlane
from mwaa_operator.kinds import ALL_KINDS
from tests.support.chart import CHART, ROOT
from tests.support.controlplane import fresh_namespace
from tests.support.rights import may
from tests.support.wait import eventually

NAMESPACE = "mwaa-system"
RELEASE = "mwaa-operator"
OPERATOR = f"system:serviceaccount:{NAMESPACE}:{RELEASE}"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ACCOUNT = "/apis/mwaa-operator.io/v1alpha1/awsaccounts/default"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{RELEASE}"
WITH_ACCOUNT = {"defaultAccount": {"create": True, "spec": {"accountId": "123456789012"}}}


@pytest.fixture
def clean() -> Iterator[ControlPlane]:
    """A control plane of one test alone.

    Removing the CRDs between tests would be cheaper and is not certain: an API server that has just been given another
    version of a CRD may answer its own deletion of the objects with "storage is (re)initializing" for minutes.
    """
    with ControlPlane() as running:
        yield running


def test_an_installation_makes_the_kinds_the_deployment_and_no_account(clean: ControlPlane) -> None:
    _helm(clean, "install")
    assert clean.api.get(DEPLOYMENT).body["spec"]["replicas"] == 2
    for info in ALL_KINDS:
        clean.kubectl("wait", "--for=condition=Established", f"crd/{info.crd_name}", "--timeout=30s")
    assert json.loads(clean.kubectl("get", "awsaccounts", "-o", "json"))["items"] == []


def test_what_helm_leaves_behind_when_it_uninstalls(clean: ControlPlane) -> None:
    _helm(clean, "install", WITH_ACCOUNT)
    account = clean.api.get(ACCOUNT).body["metadata"]["uid"]
    clean.helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--wait")
    assert clean.api.get(DEPLOYMENT).status == 404
    assert all(clean.api.get(f"{CRDS}/{info.crd_name}").ok for info in ALL_KINDS)
    assert clean.api.get(ACCOUNT).body["metadata"]["uid"] == account


def test_a_release_installed_again_takes_up_what_it_left_behind(clean: ControlPlane) -> None:
    _helm(clean, "install", WITH_ACCOUNT)
    account = clean.api.get(ACCOUNT).body["metadata"]["uid"]
    clean.helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--wait")
    _helm(clean, "install", _account(regions=["eu-central-1"]))
    assert clean.api.get(ACCOUNT).body["metadata"]["uid"] == account
    assert clean.api.get(ACCOUNT).body["spec"]["regions"] == ["eu-central-1"]


def test_an_upgrade_changes_the_account_in_place(clean: ControlPlane) -> None:
    _helm(clean, "install", WITH_ACCOUNT)
    before = clean.api.get(ACCOUNT).body
    for regions in (["eu-central-1"], ["eu-central-1", "eu-west-1"]):
        _helm(clean, "upgrade", _account(regions=regions))
        after = clean.api.get(ACCOUNT).body
        assert after["metadata"]["uid"] == before["metadata"]["uid"]
        assert after["spec"]["regions"] == regions


def test_an_upgrade_can_make_the_account_that_the_installation_did_not(clean: ControlPlane) -> None:
    _helm(clean, "install")
    _helm(clean, "upgrade", WITH_ACCOUNT)
    assert clean.api.get(ACCOUNT).ok


def test_an_account_that_is_no_longer_asked_for_stays(clean: ControlPlane) -> None:
    _helm(clean, "install", WITH_ACCOUNT)
    _helm(clean, "upgrade", WITH_ACCOUNT)
    _helm(clean, "upgrade")
    assert clean.api.get(ACCOUNT).ok


def test_an_account_that_somebody_else_made_is_not_taken_over(clean: ControlPlane) -> None:
    _helm(clean, "install")
    body = {
        "apiVersion": "mwaa-operator.io/v1alpha1",
        "kind": "AwsAccount",
        "metadata": {"name": "default"},
        "spec": {"accountId": "210987654321"},
    }
    clean.kubectl("apply", "-f", "-", stdin=json.dumps(body))
    with pytest.raises(CommandFailedError, match="cannot be imported into the current release"):
        _helm(clean, "upgrade", WITH_ACCOUNT)
    assert clean.api.get(ACCOUNT).body["spec"]["accountId"] == "210987654321"


def test_a_refused_change_of_the_account_leaves_it_alone(clean: ControlPlane) -> None:
    _helm(clean, "install", WITH_ACCOUNT)
    with pytest.raises(CommandFailedError, match="accountId is immutable"):
        _helm(clean, "upgrade", {"defaultAccount": {"create": True, "spec": {"accountId": "210987654321"}}})
    metadata = clean.api.get(ACCOUNT).body["metadata"]
    assert "deletionTimestamp" not in metadata


def test_an_upgrade_brings_the_kinds_up_to_date(clean: ControlPlane, tmp_path: Path) -> None:
    older = Path(shutil.copytree(CHART, tmp_path / "mwaa-operator"))
    for file in (older / "files" / "crds").iterdir():
        file.write_text(
            re.sub(r"^    additionalPrinterColumns:\n(    - .*\n|      .*\n)+", "", file.read_text(), flags=re.M)
        )
    _helm(clean, "install", chart=older)
    path = f"{CRDS}/{ALL_KINDS[0].crd_name}"
    assert _columns(clean, path) == ["Age"]
    _helm(clean, "upgrade")
    assert "State" in _columns(clean, path)


@pytest.mark.parametrize(
    ("right", "granted"),
    [
        (("list", "secrets", "*"), False),
        (("watch", "secrets", "*"), False),
        (("get", "secrets", "team-a", "any"), True),
        (("create", "secrets", "team-a"), True),
        (("update", "secrets", "team-a", "any"), False),
        (("create", "secrets", NAMESPACE), True),
        (("list", "secrets", NAMESPACE), True),
        (("create", "pods", NAMESPACE), True),
        (("create", "pods", "team-a"), False),
        (("create", "pods/exec", NAMESPACE, "any"), False),
        (("get", "pods/log", NAMESPACE, "any"), False),
        (("patch", "sparkgateways/status", "team-a", "any"), True),
        (("update", "sparkgateways", NAMESPACE, "any"), False),
        (("bind", "roles", NAMESPACE, "any"), False),
        (("escalate", "roles", NAMESPACE, "any"), False),
        (("patch", "mwaaenvironments", "team-a", "any"), True),
        (("patch", "mwaaenvironments/status", "team-a", "any"), True),
        (("update", "mwaaenvironments", "team-a", "any"), False),
        (("delete", "mwaaenvironments", "team-a", "any"), False),
        (("create", "awsaccounts", ""), False),
        (("patch", "leases", NAMESPACE, "mwaa-operator"), True),
        (("patch", "leases", NAMESPACE, "other"), False),
        (("delete", "leases", NAMESPACE, "mwaa-operator"), False),
        (("get", "customresourcedefinitions", "", "awsaccounts.mwaa-operator.io"), True),
        (("get", "customresourcedefinitions", "", "other.example.com"), False),
        (("*", "*", "*"), False),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, tuple) else str(case),
)
def test_what_the_operator_may_do(installed: ControlPlane, right: tuple[str, ...], granted: bool) -> None:
    assert may(installed, OPERATOR, *right) is granted


def test_an_editor_of_a_namespace_edits_environments_and_writes_no_status(installed: ControlPlane) -> None:
    with fresh_namespace(installed) as team:
        installed.kubectl("create", "rolebinding", "dev", "--clusterrole=edit", "--user=dev", "-n", team)
        # The controller manager adds our roles to `edit` a moment after the installation.
        eventually(lambda: may(installed, "dev", "create", "mwaaenvironments", team), within=30, what="aggregation")
        assert may(installed, "dev", "delete", "mwaaenvironments", team, "any")
        assert may(installed, "dev", "list", "mwaaenvironments", team)
        assert not may(installed, "dev", "patch", "mwaaenvironments/status", team, "any")
        assert not may(installed, "dev", "get", "awsaccounts", "", "default")
        assert may(installed, "dev", "create", "sparkjobroutes", team)
        assert may(installed, "dev", "list", "sparkgateways", team)
        assert not may(installed, "dev", "create", "sparkgateways", team)
        assert not may(installed, "dev", "patch", "sparkgateways", team, "any")


def test_the_api_server_takes_every_example_strictly(installed: ControlPlane) -> None:
    installed.kubectl("create", "namespace", "data")
    command = ("apply", "--dry-run=server", "--validate=strict", "-f", str(ROOT / "examples"), "-o", "name")
    taken = installed.kubectl(*command).split()
    assert {"awsaccount.mwaa-operator.io/default", "mwaaenvironment.mwaa-operator.io/etl"} <= set(taken)


@pytest.fixture(scope="module")
def installed() -> Iterator[ControlPlane]:
    """A control plane with the chart installed."""
    with ControlPlane() as running:
        _helm(running, "install")
        yield running


def _account(**spec: Any) -> dict[str, Any]:
    return {"defaultAccount": {"create": True, "spec": {"accountId": "123456789012"} | spec}}


def _columns(cluster: ControlPlane, path: str) -> list[str]:
    """Return what `kubectl get` shows; a kind without columns of its own shows Age."""
    (version,) = cluster.api.get(path).body["spec"]["versions"]
    return [column["name"] for column in version.get("additionalPrinterColumns", [{"name": "Age"}])]


def _helm(cluster: ControlPlane, verb: str, values: dict[str, Any] | None = None, chart: Path = CHART) -> None:
    command = (verb, RELEASE, str(chart), "--namespace", NAMESPACE, "--values", "-")
    create = ("--create-namespace",) if verb == "install" else ()
    cluster.helm(*command, *create, stdin=json.dumps(values or {}))
