"""Spark clusters for tests: namespaces of an API server, tokens with BPG's rights there, and the looks at them.

A cluster is the test control plane itself, unless a test has another one. Nothing here asserts what should be seen.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.controlplane import ControlPlane
from mwaa_operator.account.resolve import Resolver, account_key
from mwaa_operator.api.meta import API_VERSION, ObjectKey
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.clusters import Clusters, ClusterTimings, Sources
from mwaa_operator.gateway.clusters.sources import Kube
from tests.support import spark

RBAC = "/apis/rbac.authorization.k8s.io/v1"
APPS = "/apis/sparkoperator.k8s.io/v1beta2"
BPG_VERBS = ("create", "get", "list", "delete")
UID = "0f5e2d7c-6a1b-4c3d-9e8f-7a6b5c4d3e2f"


def no_scope(access: Access) -> AwsScope:
    """Be a way into AWS that nobody may take."""
    raise AssertionError(f"AWS was asked for {access.account_name}")


@dataclass
class Hands:
    """Clocks that tests move: the wall clock goes by itself as well, the other one stands still otherwise."""

    ahead: timedelta = timedelta()
    seconds: float = 1000.0

    def now(self) -> datetime:
        """Return the time, UTC."""
        return datetime.fromtimestamp(time.time(), UTC) + self.ahead  # noqa: TID251  what objects are dated by

    def monotonic(self) -> float:
        """Return seconds."""
        return self.seconds


@dataclass
class Looking:
    """Clusters with hands on their clocks, over a client of Kubernetes.

    Attributes:
        kube: The gateway's own cluster.
        accounts: Members of spec of AwsAccounts, by name.
        scope: The way into AWS.
        refuse: Raised by the fence while set.
    """

    kube: Kube
    hands: Hands = field(default_factory=Hands)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    scope: Callable[[Access], AwsScope] = no_scope
    timings: ClusterTimings = field(default_factory=lambda: ClusterTimings(patience=10.0))
    refuse: Exception | None = None

    def __post_init__(self) -> None:
        self.clusters = Clusters(
            Sources(
                kube=self.kube,
                resolver=Resolver(self._account, lambda _namespace: {}, lambda: "cluster-uid"),
                scope=self.scope,
                fence=self._fence,
                now=self.hands.now,
                monotonic=self.hands.monotonic,
                timings=self.timings,
            )
        )

    def _fence(self, _seconds: float) -> None:
        if self.refuse is not None:
            raise self.refuse

    def _account(self, key: ObjectKey) -> dict[str, Any] | None:
        spec = self.accounts.get(key.name)
        if spec is None or key != account_key(key.name):
            return None
        everything = {"accountId": "123456789012", "regions": ["*"], "namespaces": {"from": "All"}, **spec}
        return {"apiVersion": API_VERSION, "kind": "AwsAccount", "metadata": {"name": key.name}, "spec": everything}


def authority(control_plane: ControlPlane) -> str:
    """Return the certificates of a control plane, PEM in base64."""
    return base64.b64encode(control_plane.identity.authority.files.certificate.read_bytes()).decode()


def cluster(control_plane: ControlPlane, name: str = "a", namespace: str = "jobs", **members: Any) -> dict[str, Any]:
    """Return a cluster of a gateway's spec whose token is in Secret `<name>-token`; None leaves a member out."""
    granted = {"name": namespace, "serviceAccounts": ["spark"], "allowedFrom": ["*"]}
    body = {
        "name": name,
        "apiServer": {"url": control_plane.url, "caBundle": authority(control_plane)},
        "credentials": {"tokenSecretRef": {"name": f"{name}-token", "key": "token"}},
        "sparkNamespaces": [granted],
        **members,
    }
    return {member: value for member, value in body.items() if value is not None}


def gateway(namespace: str, *clusters: dict[str, Any], **metadata: Any) -> SparkGateway:
    """Return a gateway with these clusters, as the API server would hold it."""
    made = spark.gateway("phi", namespace, clusters=list(clusters))
    return made.model_copy(update={"metadata": made.metadata.model_copy(update={"uid": UID, **metadata})})


def put_secret(control_plane: ControlPlane, namespace: str, name: str, **data: bytes) -> None:
    """Make or replace a Secret."""
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    path = f"/api/v1/namespaces/{namespace}/secrets"
    control_plane.api.delete(f"{path}/{name}")
    answer = control_plane.api.post(path, {"metadata": {"name": name}, "data": encoded})
    assert answer.ok, answer.body


def allow(control_plane: ControlPlane, namespace: str, *verbs: str, account: str = "default") -> str:
    """Let a service account of a namespace do that with SparkApplications there, and return a token of it."""
    granted = list(verbs) or ["watch"]
    rule = {"apiGroups": ["sparkoperator.k8s.io"], "resources": ["sparkapplications"], "verbs": granted}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "gateway"}
    subject = {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    path = f"{RBAC}/namespaces/{namespace}"
    for kind, members in (
        ("roles", {"rules": [rule]}),
        ("rolebindings", {"subjects": [subject], "roleRef": reference}),
    ):
        control_plane.api.delete(f"{path}/{kind}/gateway")
        answer = control_plane.api.post(f"{path}/{kind}", {"metadata": {"name": "gateway"}, **members})
        assert answer.ok, answer.body
    return control_plane.token(namespace, account)


def make_job(control_plane: ControlPlane, namespace: str, name: str, state: str = "") -> None:
    """Make a SparkApplication, in a state."""
    path = f"{APPS}/namespaces/{namespace}/sparkapplications"
    kind = {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication"}
    answer = control_plane.api.post(path, {**kind, "metadata": {"name": name}, "spec": {}})
    assert answer.ok, answer.body
    if state:
        status = {"status": {"applicationState": {"state": state}}}
        answer = control_plane.api.patch(f"{path}/{name}/status", status)
        assert answer.ok, answer.body
