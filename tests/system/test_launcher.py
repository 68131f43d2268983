"""The launcher runs what a chart's live Deployment says. With a chart of the test's own, not with the product's."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from localcloud.controlplane import CommandFailedError, ControlPlane
from localcloud.faultrules import Refuse, Rule
from localcloud.launcher import Launcher
from localcloud.operatorprocess import OperatorProcess
from localcloud.process import ProcessFailedError
from tests.support.wait import eventually

PROGRAM = """
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"runs 1")
    def log_message(self, *args):
        pass

if "FAIL" in os.environ:
    sys.exit("cannot work like this")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
address, port = os.environ["MWAA_OPERATOR_HTTP_BIND_ADDRESS"].split(":")
server = HTTPServer((address, int(port)), Handler)
print(json.dumps({"event": "started", "environment": dict(os.environ), "arguments": sys.argv[1:]}), flush=True)
print(json.dumps({"event": "http.listening", "port": server.server_port}), flush=True)
server.serve_forever()
"""

TEMPLATE = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: "{{ .Release.Name }}"}
---
apiVersion: v1
kind: Secret
metadata: {name: password}
stringData: {key: hidden}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {key: shown}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}"}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}", labels: {app.kubernetes.io/instance: "{{ .Release.Name }}"}}
spec:
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}}
    spec:
      serviceAccountName: "{{ .Release.Name }}"
      containers:
        - name: operator
          image: none
          command: {{ .Values.command | toJson }}
          args: [run]
          env: {{ .Values.env | toJson }}
"""

SOURCES = [
    {"name": "PLAIN", "value": "value"},
    {"name": "NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
    {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "password", "key": "key"}}},
    {"name": "FROM_CONFIGMAP", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "key"}}},
]


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: test, version: 1.0.0}")
    (tmp_path / "values.yaml").write_text(yaml.safe_dump({"command": [sys.executable, "-c", PROGRAM], "env": []}))
    (tmp_path / "templates" / "all.yaml").write_text(textwrap.dedent(TEMPLATE))
    return tmp_path


@pytest.fixture
def launcher(control_plane: ControlPlane, namespace: str, chart: Path) -> Launcher:
    launcher = Launcher(control_plane, namespace=namespace, release="test", env={"OWN": "launcher"}, chart=chart)
    launcher.install({"env": SOURCES})
    return launcher


@pytest.fixture
def replica(launcher: Launcher) -> Iterator[OperatorProcess]:
    process = launcher.start()
    yield process
    process.kill()


def environment(process: OperatorProcess) -> dict[str, str]:
    started = [json.loads(line) for line in process.log_text().splitlines() if "started" in line]
    return dict(started[-1]["environment"])


def test_command_arguments_and_environment_come_from_the_deployment(
    launcher: Launcher, replica: OperatorProcess, namespace: str
) -> None:
    replica.wait_ready()
    seen = environment(replica)
    expected = {"OWN": "launcher", "PLAIN": "value", "NAMESPACE": namespace, "POD": replica.name}
    assert expected.items() <= seen.items()
    assert (seen["FROM_SECRET"], seen["FROM_CONFIGMAP"]) == ("hidden", "shown")
    assert '"arguments": ["run"]' in replica.log_text()
    assert replica.metrics() == "runs 1"


def test_nothing_of_the_callers_environment_reaches_the_process(
    launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    process = launcher.start(env={"PLAIN": "replaced"})
    process.wait_ready()
    assert "AWS_PROFILE" not in environment(process)
    assert environment(process)["PLAIN"] == "replaced"
    assert environment(process)["HOME"] != os.environ["HOME"]
    assert process.stop() == 3


def test_the_process_has_the_rights_of_the_charts_service_account(
    control_plane: ControlPlane, replica: OperatorProcess, namespace: str
) -> None:
    replica.wait_ready()
    kubeconfig = Path(environment(replica)["KUBECONFIG"])

    def may(verb: str, resource: str) -> str:
        try:
            return control_plane.kubectl(
                "auth", "can-i", verb, resource, "-n", namespace, kubeconfig=kubeconfig
            ).strip()
        except CommandFailedError:
            return "no"

    eventually(lambda: may("get", "configmaps") == "yes", within=10)
    assert may("get", "secrets") == "no"


def test_a_replica_may_stand_behind_a_fault_proxy(control_plane: ControlPlane, launcher: Launcher) -> None:
    with control_plane.fault_proxy() as proxy:
        proxy.add(Rule(Refuse(503), methods=["GET"], path="^/version"))
        process = launcher.start(proxy=proxy)
        process.wait_ready()
        kubeconfig = Path(environment(process)["KUBECONFIG"])
        with pytest.raises(CommandFailedError):
            control_plane.kubectl("get", "--raw", "/version", kubeconfig=kubeconfig)
        process.kill()


def test_two_replicas_have_names_ports_and_logs_of_their_own(launcher: Launcher, replica: OperatorProcess) -> None:
    second = launcher.start()
    for process in (replica, second):
        process.wait_ready()
    assert replica.name != second.name
    assert replica.http_url != second.http_url
    assert replica.log != second.log
    second.kill()


def test_a_replica_is_killed_and_started_again_under_its_name(replica: OperatorProcess) -> None:
    replica.wait_ready()
    pid, name = replica.pid, replica.name
    assert replica.kill() == -9
    assert replica.returncode == -9
    replica.restart()
    replica.wait_ready()
    assert (replica.pid != pid, replica.name) == (True, name)
    assert replica.log_text().count("http.listening") == 2


def test_a_paused_replica_answers_when_it_is_resumed(replica: OperatorProcess) -> None:
    replica.wait_ready()
    replica.pause()
    assert replica.returncode is None
    replica.resume()
    replica.wait_ready()


def test_a_replica_that_cannot_start_says_why(launcher: Launcher) -> None:
    process = launcher.start(env={"FAIL": "1"})
    with pytest.raises(ProcessFailedError, match="cannot work like this"):
        process.wait_ready()


def test_an_upgrade_changes_what_the_next_start_gets(launcher: Launcher) -> None:
    launcher.install({"env": [{"name": "PLAIN", "value": "upgraded"}, {"name": "OWN", "value": "replaced"}]})
    process = launcher.start()
    process.wait_ready()
    assert (environment(process)["PLAIN"], environment(process)["OWN"]) == ("upgraded", "replaced")
    process.kill()


def test_without_a_release_there_is_nothing_to_start(launcher: Launcher) -> None:
    launcher.uninstall()
    with pytest.raises(LookupError, match=r"install\(\) first"):
        launcher.start()


def test_a_source_that_the_launcher_does_not_know_is_refused(launcher: Launcher) -> None:
    launcher.install({"env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}]})
    with pytest.raises(ValueError, match=r"status\.hostIP"):
        launcher.start()
