"""Objects of Kubernetes' own kinds as a gateway might own them, one of each kind, and who reads them."""

from __future__ import annotations

import base64
from typing import Any

from localcloud.controlplane import ControlPlane
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.kube.owned import PLURALS, OwnedObjects
from tests.support.kube import client_to

Body = dict[str, Any]

MINE = {"app.kubernetes.io/managed-by": "mwaa-operator", "mwaa-operator.io/gateway": "phi"}
PEERS: Body = {"matchLabels": MINE}
CONTAINER = {"name": "bpg", "image": "bpg:1", "resources": {"requests": {"memory": "1024Mi"}}}
POD: Body = {"metadata": {"labels": MINE}, "spec": {"containers": [CONTAINER]}}
RBAC = "rbac.authorization.k8s.io"
CONTENTS: dict[tuple[str, str], Body] = {
    ("apps/v1", "Deployment"): {"spec": {"replicas": 0, "selector": PEERS, "template": POD}},
    ("v1", "Pod"): {"spec": POD["spec"]},
    ("v1", "Secret"): {"immutable": True, "data": {"app-config.yaml": base64.b64encode(b"{}").decode()}},
    ("v1", "Service"): {"spec": {"selector": MINE, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}},
    ("v1", "ServiceAccount"): {"automountServiceAccountToken": False},
    (f"{RBAC}/v1", "Role"): {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]},
    (f"{RBAC}/v1", "RoleBinding"): {"roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "one"}},
    ("policy/v1", "PodDisruptionBudget"): {"spec": {"maxUnavailable": 1, "selector": PEERS}},
    ("networking.k8s.io/v1", "NetworkPolicy"): {"spec": {"podSelector": PEERS, "policyTypes": ["Ingress"]}},
}


def make(namespace: str, *, kind: str = "Secret", name: str = "one", **members: Any) -> Body:
    """Return an object of a kind that does not exist yet, with these members instead of the usual ones."""
    (api_version,) = [version for version, known in PLURALS if known == kind]
    metadata = {"namespace": namespace, "name": name, "labels": MINE}
    contents = CONTENTS[api_version, kind]
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **contents, **members}


def mutable(namespace: str, **data: str) -> Body:
    """Return a Secret that can be changed, with these texts."""
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return make(namespace, immutable=False, data=encoded)


def read(owned: OwnedObjects, body: Body) -> Body | None:
    """Return an object as it is now."""
    return owned.get(body["apiVersion"], body["kind"], body["metadata"]["namespace"], body["metadata"]["name"])


def as_stranger(control_plane: ControlPlane) -> KubeClient:
    """Return a client that may do nothing."""
    return client_to(control_plane.kubeconfig_for_token(control_plane.user_token("tenant-a"), "tenant-owned"))
