"""The API server that a gateway runs on, for the Secrets that its file refers to.

A kubeconfig counts before the files of a pod, because the local kubelet stand-in gives its pods one. Source:
apple/batch-processing-gateway, KubernetesHelper; Kubernetes documentation, "Accessing the API from a Pod".
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localcloud.gateway.credentials import ReadSecret, no_secrets
from localcloud.gateway.kubecluster import NOT_FOUND, trust
from localcloud.kube.rest import Answer, Rest
from localcloud.waiting import wait_until

POD_FILES = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TRIES_WITHIN = 2.0
PAUSE_SECONDS = 1.0
"""BPG tries three times, a second apart."""


@dataclass(frozen=True)
class OwnApi:
    """A client as the gateway's own ServiceAccount, and its namespace."""

    rest: Rest
    namespace: str

    def read_secret(self, namespace: str, name: str, key: str) -> str | None:
        """Return a value of a Secret, decoded once; None when it cannot be had."""
        path = f"/api/v1/namespaces/{namespace or self.namespace}/secrets/{name}"
        try:
            answer = wait_until(lambda: self._tried(path), within=TRIES_WITHIN, what="a Secret", pause=PAUSE_SECONDS)
        except TimeoutError:
            return None
        data = (answer.body.get("data") or {}) if answer is not None and answer.ok else {}
        return base64.b64decode(data[key]).decode() if key in data else None

    def _tried(self, path: str) -> Answer | None:
        try:
            answer = self.rest.get(path)
        except OSError:
            return None
        return answer if answer.ok or answer.status == NOT_FOUND else None


def reader(environ: Mapping[str, str]) -> ReadSecret:
    """Return what reads the gateway's Secrets, by its environment; nothing outside a cluster."""
    if path := environ.get("KUBECONFIG"):
        return from_kubeconfig(Path(path)).read_secret
    if "KUBERNETES_SERVICE_HOST" in environ and POD_FILES.exists():
        return _from_pod(environ).read_secret
    return no_secrets


def from_kubeconfig(path: Path) -> OwnApi:
    """Return the API of a kubeconfig's current context; it must use a token."""
    config = yaml.safe_load(path.read_text())
    context = _named(config["contexts"], config["current-context"])["context"]
    cluster = _named(config["clusters"], context["cluster"])["cluster"]
    user = _named(config["users"], context["user"])["user"]
    authority = cluster.get("certificate-authority-data") or _read(cluster.get("certificate-authority"))
    token = user.get("token") or _read(user.get("tokenFile"))
    return OwnApi(Rest(cluster["server"], trust(authority), token), context.get("namespace", "default"))


def _from_pod(environ: Mapping[str, str]) -> OwnApi:
    server = f"https://{environ['KUBERNETES_SERVICE_HOST']}:{environ.get('KUBERNETES_SERVICE_PORT', '443')}"
    token, authority, namespace = ((POD_FILES / name).read_text().strip() for name in ("token", "ca.crt", "namespace"))
    return OwnApi(Rest(server, trust(authority), token), namespace)


def _named(entries: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def _read(path: str | None) -> str:
    return Path(path).read_text().strip() if path else ""
