"""What the story is played on: control plane, simulated AWS with an account, Spark clusters, the chart, one operator.

It knows how to look (objects, calls) and how to act as a user would (kubectl), and nothing of the story.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3

from localcloud.aws.moto.seed import seed
from localcloud.aws.serverless.laws import Calendar
from localcloud.cloud import LocalCloud
from localcloud.demo.account import seed_workflows
from localcloud.demo.company import images
from localcloud.demo.rows import GATEWAY_NAMESPACE, NAMESPACE, Kind, Row, condition
from localcloud.kubelet.kubelet import Kubelet
from localcloud.launcher import ROOT, Launcher
from localcloud.operatorprocess import OperatorProcess
from localcloud.sparkclusters import SparkClusters
from localcloud.toolchain import ensure_tools

__all__ = ["EXAMPLES", "NAMESPACE", "Clients", "Stage", "clients", "condition"]

EXAMPLES = ROOT / "examples"
DAY = 86_400.0
GRACEFUL_SECONDS = 60.0
"""What a graceful replacement adds to an update here: AWS's up to twelve hours would be a long story."""


class Stage:
    """Runs inside its `with` block.

    Attributes:
        cloud: The local cloud.
        spark: The Spark clusters.
        kubelet: Runs the pods of gateways.
        operator: The running operator.

    Args:
        time_factor: How much faster AWS and the operator's own waits are.
        tell: Told what is being started.
    """

    cloud: LocalCloud
    spark: SparkClusters
    kubelet: Kubelet
    operator: OperatorProcess

    def __init__(self, *, time_factor: float, tell: Callable[[str], None]) -> None:
        self.time_factor = time_factor
        self._tell = tell
        self._closing = ExitStack()

    def __enter__(self) -> Stage:
        with ExitStack() as undo:
            self._tell("Starting etcd, kube-apiserver, kube-controller-manager and a simulated AWS …")
            self.cloud = undo.enter_context(LocalCloud(time_factor=self.time_factor))
            self.cloud.aws.mwaa.configure(graceful=GRACEFUL_SECONDS / self.time_factor)
            self.cloud.aws.serverless.configure(calendar=noon(time.time(), speed=self.time_factor))
            self._tell("Installing charts/mwaa-operator, and making the account and two Spark clusters beside it …")
            launcher = self._furnish(undo)
            self._tell("Starting the operator under its own ServiceAccount …")
            self.kubelet = undo.enter_context(
                Kubelet(
                    self.cloud.control_plane, images(), time_factor=self.time_factor, namespaces={GATEWAY_NAMESPACE}
                )
            )
            self.operator = launcher.start()
            undo.callback(self.operator.stop)
            self.operator.wait_ready(60.0)
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _furnish(self, undo: ExitStack) -> Launcher:
        """Start the Spark clusters, and meanwhile fill the account and install the chart."""
        moto = self.cloud.aws.moto
        assert moto is not None
        with ThreadPoolExecutor(max_workers=1) as beside:
            clusters = beside.submit(undo.enter_context, SparkClusters(moto, time_factor=self.time_factor))
            seed(self.session)
            seed_workflows(self.session)
            self.kubectl("create", "namespace", GATEWAY_NAMESPACE)
            launcher = self.cloud.launcher()
            launcher.install({"replicas": 1, "gateways": {"namespaces": [GATEWAY_NAMESPACE]}})
            self.spark = clusters.result()
        return launcher

    @property
    def session(self) -> Clients:
        """Makes boto3 clients in the simulated account."""
        return clients(self.cloud.aws_env)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.cloud.control_plane.admin_kubeconfig

    @property
    def kubectl_path(self) -> Path:
        """The kubectl that was built for this control plane."""
        return Path(ensure_tools()["kubectl"])

    def kubectl(self, *args: str, stdin: str | None = None) -> str:
        """Run kubectl as the administrator."""
        return self.cloud.control_plane.kubectl(*args, stdin=stdin)

    def get(self, kind: Kind, name: str) -> dict[str, Any] | None:
        """Return an object, or None.

        Args:
            kind: Of the object.
            name: Of the object; `namespace/name` where its kind is everywhere.
        """
        answer = self.cloud.control_plane.api.get(kind.path(name))
        return answer.body if answer.ok else None

    def rows(self, kind: Kind) -> list[Row]:
        """Return all objects of a kind, by name."""
        answer = self.cloud.control_plane.api.get(kind.path())
        return [self._row(kind, item) for item in answer.body.get("items", [])] if answer.ok else []

    def accepted(self, kind: Kind, name: str, operation: str) -> int:
        """Return how often AWS accepted an operation on an environment or workflow.

        Args:
            kind: Of the object.
            name: In AWS.
            operation: AWS's word for it.
        """
        return self.cloud.aws.ledger.count(service=kind.service, operation=operation, resource=name, code=None)

    def _row(self, kind: Kind, body: dict[str, Any]) -> Row:
        ledger, name = self.cloud.aws.ledger, kind.name_in_aws(body)
        counts = [
            ledger.count(service=kind.service, operation=operation, resource=name) for operation in kind.calls.values()
        ]
        return kind.row(body, tuple(counts))


def noon(now: float, *, speed: float) -> Calendar:
    """Return a calendar that begins at noon, so that no nightly schedule comes true in the middle of the story.

    Args:
        now: Epoch seconds.
        speed: How much faster it runs than the clock.
    """
    return Calendar(now, now - now % DAY + DAY / 2, speed)


def clients(env: Mapping[str, str]) -> Clients:
    """Return a maker of clients for the AWS that these variables lead to."""
    return Clients(env)


class Clients:
    """Makes boto3 clients for the simulated account, whatever the environment of this process says."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def client(self, service: str) -> Any:
        """Return a client of one service."""
        variable = {"logs": "CLOUDWATCH_LOGS", "secretsmanager": "SECRETS_MANAGER", "service-quotas": "SERVICE_QUOTAS"}
        name = variable.get(service, service.upper().replace("-", "_"))
        return boto3.client(
            service,
            endpoint_url=self._env[f"AWS_ENDPOINT_URL_{name}"],
            region_name=self._env["AWS_REGION"],
            aws_access_key_id=self._env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._env["AWS_SECRET_ACCESS_KEY"],
            verify=self._env.get("AWS_CA_BUNDLE"),
        )
