"""What the story is played on: control plane, simulated AWS with an account, the installed chart, one operator.

It knows how to look (objects, calls) and how to act as a user would (kubectl), and nothing of the story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3

from localcloud.aws.moto.seed import seed
from localcloud.cloud import LocalCloud
from localcloud.launcher import ROOT
from localcloud.operatorprocess import OperatorProcess
from localcloud.toolchain import ensure_tools

EXAMPLES = ROOT / "examples"
NAMESPACE = "data"
GRACEFUL_SECONDS = 300.0
"""What a graceful replacement adds to an update here: AWS's up to twelve hours would be a long story."""

CALLS = ("CreateEnvironment", "GetEnvironment", "UpdateEnvironment", "DeleteEnvironment")


@dataclass(frozen=True)
class Row:
    """One object as the table shows it; `calls` counts AWS calls by operation, in the order of CALLS."""

    name: str
    state: str
    ready: str
    reason: str
    created: str
    message: str
    calls: tuple[int, ...]


class Stage:
    """Runs inside its `with` block.

    Attributes:
        cloud: The local cloud.
        operator: The running operator.

    Args:
        time_factor: How much faster AWS and the operator's own waits are.
        tell: Told what is being started.
    """

    cloud: LocalCloud
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
            seed(self.session)
            self._tell("Installing charts/mwaa-operator and starting the operator under its own ServiceAccount …")
            launcher = self.cloud.launcher()
            launcher.install({"replicas": 1})
            self.operator = launcher.start()
            undo.callback(self.operator.stop)
            self.operator.wait_ready(60.0)
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

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

    def get(self, name: str) -> dict[str, Any] | None:
        """Return an MwaaEnvironment of the demo's namespace, or None."""
        path = f"/apis/mwaa-operator.io/v1alpha1/namespaces/{NAMESPACE}/mwaaenvironments/{name}"
        answer = self.cloud.control_plane.api.get(path)
        return answer.body if answer.ok else None

    def rows(self) -> list[Row]:
        """Return all environments, by name."""
        path = f"/apis/mwaa-operator.io/v1alpha1/namespaces/{NAMESPACE}/mwaaenvironments"
        answer = self.cloud.control_plane.api.get(path)
        return [self._row(item) for item in answer.body.get("items", [])] if answer.ok else []

    def _row(self, body: dict[str, Any]) -> Row:
        status = body.get("status", {})
        ready: dict[str, Any] = condition(body, "Ready") or {}
        name = body["spec"].get("name") or body["metadata"]["name"]
        ledger = self.cloud.aws.ledger
        return Row(
            name=body["metadata"]["name"],
            state=status.get("state", ""),
            ready=ready.get("status", ""),
            reason=ready.get("reason", ""),
            created=body["metadata"]["creationTimestamp"],
            message=ready.get("message", ""),
            calls=tuple(ledger.count(service="mwaa", operation=operation, resource=name) for operation in CALLS),
        )


def condition(body: dict[str, Any], type_: str) -> dict[str, Any] | None:
    """Return one condition of an object, or None."""
    conditions = body.get("status", {}).get("conditions", [])
    return next((item for item in conditions if item["type"] == type_), None)


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
