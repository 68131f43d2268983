"""Waiting for pods and Deployments: conditions with deadlines, read from the API server as any client reads them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from localcloud.controlplane import ControlPlane
from localcloud.waiting import wait_until

Body = dict[str, Any]


def pods_of(control_plane: ControlPlane, namespace: str, labels: str = "") -> list[Body]:
    """Return the pods of a namespace that a label selector finds, such as `app=web,tier!=back`."""
    path = f"/api/v1/namespaces/{namespace}/pods?labelSelector={quote(labels)}"
    found: list[Body] = control_plane.api.get(path).body["items"]
    return found


def is_ready(pod: Body) -> bool:
    """Return whether a pod says that it is ready and stays."""
    conditions = pod.get("status", {}).get("conditions", ())
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def wait_ready(
    control_plane: ControlPlane, namespace: str, *, labels: str = "", count: int = 1, within: float = 60.0
) -> list[Body]:
    """Wait until exactly `count` pods are there that are ready, and none besides; return them.

    Raises:
        TimeoutError: it did not come to that; the message shows the pods' status.
    """

    def look() -> list[Body] | None:
        found = pods_of(control_plane, namespace, labels)
        return found if len(found) == count and all(is_ready(pod) for pod in found) else None

    what = f"{count} ready pods of {labels or namespace}"
    found = wait_until(
        look, within=within, what=what, explain=lambda: _shown(pods_of(control_plane, namespace, labels))
    )
    assert found is not None
    return found


def wait_rolled(control_plane: ControlPlane, namespace: str, deployment: str, *, within: float = 90.0) -> Body:
    """Wait until every replica of a Deployment is of its newest template and available; return the Deployment.

    Raises:
        TimeoutError: it did not come to that; the message shows its status.
    """
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}"

    def look() -> Body | None:
        body: Body = control_plane.api.get(path).body
        wanted = body.get("spec", {}).get("replicas")
        said = body.get("status", {})
        counts = [said.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")]
        seen = said.get("observedGeneration") == body.get("metadata", {}).get("generation")
        return body if seen and counts == [wanted] * 3 else None

    what = f"Deployment {namespace}/{deployment} to roll"
    found = wait_until(look, within=within, what=what, explain=lambda: _shown(pods_of(control_plane, namespace)))
    assert found is not None
    return found


def _shown(pods: list[Body]) -> str:
    return "\n".join(f"{pod['metadata']['name']}: {json.dumps(pod.get('status', {}))}" for pod in pods) or "(no pods)"
