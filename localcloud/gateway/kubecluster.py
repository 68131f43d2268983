"""Spark clusters that are real API servers: BPG's calls with an entry's credentials, and the operator's view of all.

A new connection is made for each call, as BPG does. Nothing is retried. Source: apple/batch-processing-gateway,
KubernetesHelper; fabric8 kubernetes-client.
"""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from localcloud.gateway.clusters import APPS, Access, App, apps_path, failure
from localcloud.kube.rest import Answer, Rest
from localcloud.waiting import wait_until

CRD = Path(__file__).with_name("sparkapplication.yaml")
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
NOT_FOUND, CONFLICT = 404, 409
MERGE = "application/merge-patch+json"


def connect(access: Access) -> KubeTarget:
    """Return the client of one call."""
    return KubeTarget(access)


@dataclass(frozen=True)
class KubeTarget:
    """An API server as one entry of the file reaches it."""

    access: Access

    def create(self, namespace: str, app: App) -> None:
        """Create a SparkApplication."""
        self._done("POST", apps_path(namespace), app)

    def get(self, namespace: str, name: str) -> App | None:
        """Return a SparkApplication."""
        return self._found(apps_path(namespace, name))

    def delete(self, namespace: str, name: str) -> None:
        """Delete a SparkApplication."""
        answer = self._call("DELETE", apps_path(namespace, name))
        if not answer.ok and answer.status != NOT_FOUND:
            raise self._refusal("DELETE", apps_path(namespace, name), answer)

    def find(self, namespace: str, labels: Mapping[str, str]) -> Sequence[App]:
        """Return the SparkApplications with these labels."""
        selector = quote(",".join(f"{key}={value}" for key, value in labels.items()))
        items: Sequence[App] = self._done("GET", f"{apps_path(namespace)}?labelSelector={selector}")["items"]
        return items

    def pod(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        """Return a pod."""
        return self._found(f"/api/v1/namespaces/{namespace}/pods/{name}")

    def events(self, namespace: str, name: str) -> Sequence[Mapping[str, Any]]:
        """Return the events of an object."""
        path = f"/api/v1/namespaces/{namespace}/events?fieldSelector=involvedObject.name%3D{quote(name)}"
        items: Sequence[Mapping[str, Any]] = self._done("GET", path)["items"]
        return items

    def _found(self, path: str) -> Mapping[str, Any] | None:
        answer = self._call("GET", path)
        if answer.status == NOT_FOUND:
            return None
        if not answer.ok:
            raise self._refusal("GET", path, answer)
        found: Mapping[str, Any] = answer.body
        return found

    def _done(self, method: str, path: str, body: object = None) -> Mapping[str, Any]:
        answer = self._call(method, path, body)
        if not answer.ok:
            raise self._refusal(method, path, answer)
        found: Mapping[str, Any] = answer.body
        return found

    def _call(self, method: str, path: str, body: object = None) -> Answer:
        try:
            rest = Rest(self.access.url, trust(self.access.ca), self.access.token)
            return rest.call(method, path, body, timeout=self.access.timeout_seconds)
        except (OSError, ValueError) as away:
            raise failure(method, self.access.url + path, "", None) from away

    def _refusal(self, method: str, path: str, answer: Answer) -> Exception:
        message = answer.body.get("message", "") if isinstance(answer.body, dict) else str(answer.body)
        return failure(method, self.access.url + path, message, answer.status)


def trust(ca: str) -> ssl.SSLContext:
    """Return a context that trusts what an entry names, and what the process trusts anyway.

    Args:
        ca: base64 of PEM; plain PEM when it is no base64; "" for nothing more.

    Raises:
        ssl.SSLError: It is no certificate.
    """
    context = ssl.create_default_context()
    if ca:
        context.load_verify_locations(cadata=_pem(ca))
    return context


def _pem(ca: str) -> str:
    try:
        return base64.b64decode(ca, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ca


@dataclass(frozen=True)
class KubeJobs:
    """All SparkApplications of an API server, for the simulated Spark operator.

    Attributes:
        rest: As somebody who may list them and write their status.
    """

    rest: Rest

    def all_apps(self) -> Sequence[App]:
        """Return them."""
        answer = self.rest.get(f"{APPS}/sparkapplications")
        if not answer.ok:
            raise OSError(f"no SparkApplications: {answer.status} {answer.body}")
        items: Sequence[App] = answer.body["items"]
        return items

    def set_status(self, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        """Replace a status."""
        path = f"{apps_path(namespace, name)}/status"
        answer = self.rest.call("PATCH", path, {"status": status}, content_type=MERGE)
        if not answer.ok and answer.status != NOT_FOUND:
            raise OSError(f"no status for {namespace}/{name}: {answer.status} {answer.body}")


def install_crd(rest: Rest) -> None:
    """Make SparkApplications known to an API server, unless they are, and wait until it serves them.

    Args:
        rest: As somebody who may.

    Raises:
        OSError: It refuses.
        TimeoutError: It does not serve them.
    """
    answer = rest.post(CRDS, yaml.safe_load(CRD.read_text()))
    if not answer.ok and answer.status != CONFLICT:
        raise OSError(f"no CRD: {answer.status} {answer.body}")
    wait_until(lambda: rest.get(f"{APPS}/sparkapplications").ok, within=20, what="the API of SparkApplications")
