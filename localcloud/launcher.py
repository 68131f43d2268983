"""Installs the operator's chart on a control plane and runs what its Deployment says as local processes.

Why: without a kubelet nobody runs the Pods, yet the chart's command, environment, ServiceAccount and roles are what
users get, so the process takes all of them from the live Deployment. It stands in for the kubelet and knows no settings
but the HTTP address.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localcloud.controlplane import ControlPlane
from localcloud.faultproxy import FaultProxy
from localcloud.operatorprocess import OperatorProcess
from localcloud.podenv import PodIdentity, container_environment

ROOT = Path(__file__).parent.parent
CHART = ROOT / "charts" / "mwaa-operator"

CONTAINER = "operator"

TOKEN_SECONDS = 24 * 3600
"""A kubelet renews tokens; nobody does here, so one lasts for a day of demonstrating."""

PROGRAMS: Mapping[str, tuple[str, ...]] = {"mwaa-operator": (sys.executable, "-m", "mwaa_operator")}
"""What a container's command stands for on this machine."""

LOCAL_SETTINGS: Mapping[str, str] = {"MWAA_OPERATOR_HTTP_BIND_ADDRESS": "127.0.0.1:0"}
"""Several replicas share this machine's ports: each takes a free one and says so in its log."""


@dataclass(frozen=True)
class Installed:
    """What of the live Deployment a process needs."""

    service_account: str
    container: Mapping[str, Any]


class Launcher:
    """One release of the chart.

    Args:
        control_plane: a running one.
        namespace: of the release; made if it is missing.
        release: the release's name.
        env: variables that the chart gives to the container, such as the addresses of a simulated AWS.
        chart: directory or archive.
    """

    def __init__(
        self,
        control_plane: ControlPlane,
        *,
        namespace: str = "mwaa-operator",
        release: str = "mwaa-operator",
        env: Mapping[str, str] | None = None,
        chart: Path = CHART,
    ) -> None:
        self._control_plane = control_plane
        self._env = dict(env or {})
        self._chart = chart
        self.namespace = namespace
        self.release = release

    def install(self, values: Mapping[str, Any] | None = None) -> None:
        """Install the chart, or upgrade to other values.

        Args:
            values: the chart's; a variable of their `env` replaces the launcher's of the same name.

        Raises:
            CommandFailedError: helm refused; its message is in it.
        """
        given = dict(values or {})
        asked = {item["name"]: item for item in given.get("env", [])}
        own = {name: {"name": name, "value": value} for name, value in self._env.items()}
        given["env"] = list((own | asked).values())
        arguments = ("--namespace", self.namespace, "--create-namespace", "--values", "-")
        command = ("upgrade", "--install", self.release, str(self._chart), *arguments)
        self._control_plane.helm(*command, stdin=yaml.safe_dump(given))

    def uninstall(self) -> None:
        """Remove the release; started processes are not touched."""
        self._control_plane.helm("uninstall", self.release, "--namespace", self.namespace)

    def start(self, *, proxy: FaultProxy | None = None, env: Mapping[str, str] | None = None) -> OperatorProcess:
        """Start one replica and return at once; see `OperatorProcess.wait_ready`.

        Args:
            proxy: stands between this replica and the API server.
            env: replaces variables of the container, for this replica alone.

        Raises:
            CommandFailedError: the chart is not installed, or its ServiceAccount gets no token.
        """
        installed = self._installed()
        # As unlike any other as a real Pod's name: logs and kubeconfigs are named after it, leases hold it.
        pod = f"{self.release}-{secrets.token_hex(4)}"
        environment = {
            **self._machine(pod, installed.service_account, proxy),
            **container_environment(
                installed.container,
                PodIdentity(self.namespace, pod, installed.service_account),
                read=lambda path: self._control_plane.api.get(path).body,
            ),
            **LOCAL_SETTINGS,
            **(env or {}),
        }
        program, *rest = installed.container["command"]
        command = [*PROGRAMS.get(program, (program,)), *rest, *installed.container.get("args", [])]
        return OperatorProcess(self._control_plane.household, pod, command, environment)

    def _installed(self) -> Installed:
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments?labelSelector=app.kubernetes.io/instance="
        found = self._control_plane.api.get(path + self.release).body.get("items", [])
        if len(found) != 1:
            raise LookupError(
                f"{len(found)} Deployments of release {self.release} in {self.namespace}: install() first"
            )
        spec = found[0]["spec"]["template"]["spec"]
        container = next(item for item in spec["containers"] if item["name"] == CONTAINER)
        return Installed(spec["serviceAccountName"], container)

    def _machine(self, pod: str, service_account: str, proxy: FaultProxy | None) -> dict[str, str]:
        """What the container's image and its mounted token would provide."""
        control_plane = self._control_plane
        token = control_plane.token(self.namespace, service_account, seconds=TOKEN_SECONDS)
        if proxy is None:
            kubeconfig = control_plane.kubeconfig_for_token(token, pod, namespace=self.namespace)
        else:
            kubeconfig = control_plane.proxied_kubeconfig(proxy, token, pod)
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(control_plane.directory),
            "PYTHONPATH": str(ROOT / "operator"),
            "KUBECONFIG": str(kubeconfig),
        }
