"""The seam to Spark clusters: what BPG asks of a Kubernetes API server, and with which credentials.

One access is used for one call, as BPG makes a client for every call. Behind it stands a cluster in memory or a real
API server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from localcloud.gateway.errors import KubernetesError

App = Mapping[str, Any]
"""A SparkApplication as JSON."""
APPS = "/apis/sparkoperator.k8s.io/v1beta2"


@dataclass(frozen=True)
class Access:
    """How one call reaches an API server.

    Attributes:
        url: Of the API server.
        token: Bearer token, or the text of a reference that could not be resolved.
        ca: PEM, or base64 of it; "" trusts what the process trusts.
        timeout_seconds: For connecting and for the answer.
    """

    url: str
    token: str = field(repr=False)
    ca: str = field(repr=False)
    timeout_seconds: float


class Target(Protocol):
    """An API server, as one entry of the file reaches it. Every method raises KubernetesError for what fails."""

    def create(self, namespace: str, app: App) -> None:
        """Create a SparkApplication."""
        ...

    def get(self, namespace: str, name: str) -> App | None:
        """Return one; None when there is none."""
        ...

    def delete(self, namespace: str, name: str) -> None:
        """Delete one, if there is one."""
        ...

    def find(self, namespace: str, labels: Mapping[str, str]) -> Sequence[App]:
        """Return those with these labels."""
        ...

    def pod(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        """Return a pod; None when there is none."""
        ...

    def events(self, namespace: str, name: str) -> Sequence[Mapping[str, Any]]:
        """Return the events of an object."""
        ...


Connect = Callable[[Access], Target]
"""Makes the client of one call. It never fails; the first use does."""


def apps_path(namespace: str, name: str = "") -> str:
    """Return the path of a namespace's SparkApplications, or of one."""
    return f"{APPS}/namespaces/{namespace}/sparkapplications" + (f"/{name}" if name else "")


def failure(method: str, url: str, message: str, status: int | None) -> KubernetesError:
    """Return fabric8's words for a call that an API server refused, or (no status) did not answer."""
    if status is None:
        return KubernetesError(f"Operation: [{method.lower()}]  for kind: [SparkApplication]  failed.")
    return KubernetesError(f"Failure executing: {method} at: {url}. Message: {message}.", status)
