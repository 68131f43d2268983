"""The whole program, `mwaa-operator run`, against a control plane of its own: start, readiness, lead, end."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from localcloud.process import Household, Process
from tests.support.wait import eventually

ROOT = Path(__file__).parents[2]
NAMESPACE = "default"
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/mwaa-operator"
CRDS = ("awsaccounts.mwaa-operator.io", "mwaaenvironments.mwaa-operator.io")
CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
LEASE_TIMES = {"LEASE_DURATION": "4", "RENEW_DEADLINE": "3", "RETRY_PERIOD": "0.5"}


class Operator:
    """A running program."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def lines(self, message: str) -> list[dict[str, Any]]:
        """Return the log lines with a message."""
        texts = self.process.log.read_text(errors="replace").splitlines()
        return [line for text in texts if text.startswith("{") and (line := json.loads(text))["msg"] == message]

    def await_line(self, message: str, *, within: float = 20.0) -> dict[str, Any]:
        """Wait for a log line and return it."""

        def look() -> list[dict[str, Any]]:
            self.process.check()
            return self.lines(message)

        return eventually(look, within=within, what=f"the line {message}")[0]

    def page(self, path: str) -> tuple[int, str]:
        """Return the status and body of a health page."""
        port = self.await_line("http.listening")["port"]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def await_ready(self) -> None:
        """Wait until /readyz says so."""
        eventually(lambda: self.page("/readyz")[0] == 200, within=30, what="readiness")

    def await_work(self) -> None:
        """Wait until this process leads and its workers run."""
        self.await_line("workers.started")


@pytest.fixture(scope="module")
def own() -> Iterator[ControlPlane]:
    """A control plane of this module's own: it withdraws the kinds that other tests may be using."""
    with ControlPlane() as running:
        yield running


@pytest.fixture
def household(own: ControlPlane) -> Iterator[Household]:
    with Household() as running:
        yield running
    own.api.delete(LEASE)


@pytest.fixture
def kinds(own: ControlPlane) -> None:
    """Install the CRDs as they are in the repository."""
    own.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
    own.kubectl("wait", "--for=condition=Established", "crd", *CRDS)


def environment(own: ControlPlane, **settings: str) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MWAA_OPERATOR_"))}
    told = {"NAMESPACE": NAMESPACE, "HTTP_BIND_ADDRESS": "127.0.0.1:0", **LEASE_TIMES, **settings}
    ours = {f"MWAA_OPERATOR_{name}": value for name, value in told.items()}
    return {
        **env,
        **ours,
        "KUBECONFIG": str(own.admin_kubeconfig),
        "PYTHONPATH": str(ROOT / "operator"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def start(household: Household, own: ControlPlane, name: str = "pod-0", **settings: str) -> Operator:
    env = environment(own, POD_NAME=name, **settings)
    return Operator(household.start(name, [sys.executable, "-m", "mwaa_operator", "run"], env=env))


def holder(own: ControlPlane) -> str:
    answer = own.api.get(LEASE)
    return str(answer.body["spec"].get("holderIdentity") or "") if answer.ok else ""


def withdraw(own: ControlPlane) -> None:
    own.kubectl("delete", "crd", "--ignore-not-found", *CRDS)


def test_it_is_unready_but_alive_until_its_kinds_are_served(household: Household, own: ControlPlane) -> None:
    withdraw(own)
    operator = start(household, own)
    operator.await_line("kinds.missing")
    status, body = operator.page("/readyz")
    assert status == 503
    assert all(name in body for name in CRDS)
    assert operator.page("/livez") == (200, "ok")
    assert holder(own) == ""
    own.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
    operator.await_ready()
    operator.await_work()
    assert holder(own).startswith("pod-0_")


@pytest.mark.usefixtures("kinds")
def test_sigterm_ends_it_with_zero_and_releases_the_lease(household: Household, own: ControlPlane) -> None:
    operator = start(household, own)
    operator.await_work()
    operator.process.signal(signal.SIGTERM)
    assert operator.process.wait(within=30) == 0
    assert operator.lines("manager.drained")[0]["unfinished"] == []
    assert holder(own) == ""


@pytest.mark.usefixtures("kinds")
def test_a_standby_is_ready_and_takes_over_from_a_leader_that_was_killed(
    household: Household, own: ControlPlane
) -> None:
    leader = start(household, own, "pod-0")
    leader.await_work()
    standby = start(household, own, "pod-1")
    standby.await_ready()
    assert standby.lines("workers.started") == []
    leader.process.kill()
    standby.await_work()
    assert holder(own).startswith("pod-1_")


@pytest.mark.usefixtures("kinds")
def test_a_leader_whose_lease_was_taken_ends_at_once(household: Household, own: ControlPlane) -> None:
    operator = start(household, own)
    operator.await_work()
    assert own.api.patch(LEASE, {"spec": {"holderIdentity": "somebody-else"}}).ok
    assert operator.process.wait(within=15) == 1
    assert "lost the lead" in operator.lines("process.exit")[0]["reason"]
    assert holder(own) == "somebody-else"


@pytest.mark.usefixtures("kinds")
def test_a_leader_that_stood_still_does_nothing_more(household: Household, own: ControlPlane) -> None:
    zombie = start(household, own, "pod-0")
    zombie.await_work()
    zombie.process.pause()
    heir = start(household, own, "pod-1")
    heir.await_work()
    zombie.process.resume()
    assert zombie.process.wait(within=15) == 1
    assert holder(own).startswith("pod-1_")


@pytest.mark.usefixtures("kinds")
def test_kinds_that_vanish_end_it_without_a_write(household: Household, own: ControlPlane) -> None:
    operator = start(household, own)
    operator.await_work()
    withdraw(own)
    assert operator.process.wait(within=40) == 1
    assert operator.lines("process.failed")
    assert holder(own) == ""


def test_without_access_to_kubernetes_it_says_what_to_do(household: Household, own: ControlPlane) -> None:
    env = {**environment(own), "KUBECONFIG": "/no/such/file"}
    process = household.start("lost", [sys.executable, "-m", "mwaa_operator", "run"], env=env)
    assert process.wait(within=30) == 1
    told = process.log.read_text()
    assert "no access to Kubernetes" in told
    assert "next" in told
    assert "Traceback" not in told


def test_a_port_that_is_taken_ends_the_start(household: Household, own: ControlPlane) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        operator = start(household, own, HTTP_BIND_ADDRESS=f"127.0.0.1:{taken.getsockname()[1]}")
        assert operator.process.wait(within=30) == 1
    assert "MWAA_OPERATOR_HTTP_BIND_ADDRESS" in operator.process.log.read_text()
