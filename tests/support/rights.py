"""What the API server says that somebody may do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from localcloud.controlplane import ControlPlane

GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mwaaenvironments": "mwaa-operator.io",
        "sparkjobroutes": "mwaa-operator.io",
        "sparkgateways": "mwaa-operator.io",
        "awsaccounts": "mwaa-operator.io",
        "deployments": "apps",
        "leases": "coordination.k8s.io",
        "customresourcedefinitions": "apiextensions.k8s.io",
        "roles": "rbac.authorization.k8s.io",
        "rolebindings": "rbac.authorization.k8s.io",
        "clusterroles": "rbac.authorization.k8s.io",
        "*": "*",
    }
)
"""API group of each resource that is asked about; those of the core have none."""


def may(cluster: ControlPlane, user: str, verb: str, resource: str, namespace: str, name: str = "") -> bool:
    """Return whether the API server grants a right.

    Args:
        cluster: Whose API server.
        user: Name of the user.
        verb: What he would do.
        resource: With which resource, in the plural; `pods/log` for a subresource.
        namespace: Where; `*` for all namespaces, nothing for what has none.
        name: With which object; nothing for any.
    """
    kind, _, subresource = resource.partition("/")
    attributes = {
        "verb": verb,
        "group": GROUPS.get(kind, ""),
        "resource": kind,
        "subresource": subresource,
        "namespace": namespace.strip("*"),
        "name": name,
    }
    review = {"spec": {"user": user, "resourceAttributes": attributes}}
    answer = cluster.api.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    assert answer.ok, answer.body
    return bool(answer.body["status"]["allowed"])
