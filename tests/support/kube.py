"""Builders for tests of everything that talks to Kubernetes: a client on a server, and a kind that is nobody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kubernetes.client import Configuration

from localcloud.controlplane import ControlPlane
from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import API_VERSION, GROUP, VERSION
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.kube.connection import load_configuration
from mwaa_operator.kube.surroundings import Surroundings
from mwaa_operator.kube.transport import Fence, Observer, Transport
from tests.support.wait import eventually

WIDGET = KindInfo(kind="Widget", plural="widgets", short_names=())
GADGET = KindInfo(kind="Gadget", plural="gadgets", short_names=(), namespaced=False)

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def let_pass(_seconds: float) -> None:
    """Be a fence that everybody passes."""


def unobserved(_method: str, _host: str, _status: int, _seconds: float) -> None:
    """Be an observer that looks away."""


def plain_http(url: str) -> Callable[[], Configuration]:
    """Return a loader for a server without TLS and without a user."""

    def load() -> Configuration:
        configuration = Configuration(host=url)
        configuration.retries = False
        return configuration

    return load


def transport_to(
    kubeconfig: Path, *, fence: Fence = let_pass, observer: Observer = unobserved, timeout: float = 10.0
) -> Transport:
    """Return a transport as the user of a kubeconfig."""
    environ = {"KUBECONFIG": str(kubeconfig)}
    return Transport(lambda: load_configuration(environ), fence=fence, observer=observer, timeout=timeout)


def transport_over(configure: Callable[[], Configuration]) -> Transport:
    """Return a transport to wherever `configure` leads, with nobody in its way."""
    return Transport(configure, fence=let_pass, observer=unobserved)


class Ears:
    """Remembers what the client tells: warnings by their names, secrets, kinds of statuses."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.secrets: list[str] = []
        self.statuses: list[str] = []

    def warning(self, event: str, /, **_fields: object) -> None:
        self.warnings.append(event)

    def surroundings(self, now: Callable[[], datetime] = lambda: NOON) -> Surroundings:
        """Return surroundings that tell these ears."""
        return Surroundings(
            instance="pod-0",
            now=now,
            log=self,
            secret_read=self.secrets.append,
            status_written=self.statuses.append,
        )


def client_to(
    kubeconfig: Path,
    *,
    kinds: tuple[KindInfo, ...] = (WIDGET, GADGET),
    namespace: str = "default",
    fence: Fence = let_pass,
    observer: Observer = unobserved,
    surroundings: Surroundings | None = None,
) -> KubeClient:
    """Return a client as the user of a kubeconfig."""
    transport = transport_to(kubeconfig, fence=fence, observer=observer)
    told = surroundings or Ears().surroundings()
    return KubeClient(transport, kinds=kinds, namespace=namespace, surroundings=told)


def crd(info: KindInfo) -> dict[str, Any]:
    """Return a CRD whose spec and status take anything, but for a `status.phase` of at most 20 characters."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    status = {**anything, "properties": {"phase": {"type": "string", "maxLength": 20}}}
    schema = {"type": "object", "properties": {"spec": anything, "status": status}}
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": schema},
    }
    names = {"kind": info.kind, "plural": info.plural, "singular": info.kind.lower(), "listKind": f"{info.kind}List"}
    scope = "Namespaced" if info.namespaced else "Cluster"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": info.crd_name},
        "spec": {"group": GROUP, "scope": scope, "names": names, "versions": [version]},
    }


def serve(control_plane: ControlPlane, *kinds: KindInfo) -> None:
    """Install kinds if they are not there, and return when their objects can be listed."""
    for info in kinds:
        answer = control_plane.api.post(CRDS, crd(info))
        assert answer.ok or answer.status == 409, answer.body
    collections = [f"/apis/{GROUP}/{VERSION}/{info.plural}" for info in kinds]
    eventually(lambda: all(control_plane.api.get(path).ok for path in collections), within=30, what="the kinds served")


def withdraw(control_plane: ControlPlane, info: KindInfo) -> None:
    """Delete a CRD and return when it is gone."""
    path = f"{CRDS}/{info.crd_name}"
    control_plane.api.delete(path)
    eventually(lambda: control_plane.api.get(path).status == 404, within=30, what=f"{info.crd_name} gone")


def widget(namespace: str, name: str = "one", spec: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a Widget that does not exist yet."""
    metadata = {"namespace": namespace, "name": name}
    return {"apiVersion": API_VERSION, "kind": "Widget", "metadata": metadata, "spec": dict(spec or {})}


def create_widget(control_plane: ControlPlane, namespace: str, name: str = "one", **metadata: Any) -> dict[str, Any]:
    """Create a Widget and return it as stored."""
    body = widget(namespace, name)
    body["metadata"] |= metadata
    answer = control_plane.api.post(widgets(namespace), body)
    assert answer.ok, answer.body
    stored: dict[str, Any] = answer.body
    return stored


def widgets(namespace: str, name: str = "") -> str:
    """Return the path of a namespace's Widgets, or of one."""
    return f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/widgets" + (f"/{name}" if name else "")
