"""A container's environment, resolved as the kubelet does it.

Why: the chart's `env` refers to the Pod's fields, to Secrets and to ConfigMaps; a process started by hand needs values.
It reads through a function that it is given and starts nothing.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Read = Callable[[str], Any]
"""GET of a path of the API server, decoded."""


@dataclass(frozen=True)
class PodIdentity:
    """What the downward API knows of a Pod.

    Attributes:
        namespace: of the Pod.
        name: of the Pod.
        service_account: its name.
        others: further fields by path; without them the Pod exists nowhere but here.
    """

    namespace: str
    name: str
    service_account: str
    others: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def field(self, path: str) -> str:
        """Return a `fieldRef`'s value (Kubernetes documentation, "Downward API").

        Raises:
            ValueError: a field that a process without a node does not have.
        """
        known = {
            "metadata.namespace": self.namespace,
            "metadata.name": self.name,
            "spec.serviceAccountName": self.service_account,
            "status.podIP": "127.0.0.1",
            "spec.nodeName": "localcloud",
            **self.others,
        }
        if path not in known:
            raise ValueError(f"the launcher cannot provide fieldRef {path}; it knows {', '.join(known)}")
        return known[path]


def container_environment(container: Mapping[str, Any], pod: PodIdentity, *, read: Read) -> dict[str, str]:
    """Return the variables of a container's `env`.

    Args:
        container: of a Pod template, as the API server returns it.
        pod: answers for the downward API.
        read: fetches Secrets and ConfigMaps.

    Raises:
        ValueError: a source that the launcher does not know.
    """
    return {item["name"]: _value(item, pod, read) for item in container.get("env", [])}


def _value(item: Mapping[str, Any], pod: PodIdentity, read: Read) -> str:
    match item.get("valueFrom"):
        case None:
            return str(item.get("value", ""))
        case {"fieldRef": {"fieldPath": path}}:
            return pod.field(path)
        case {"secretKeyRef": {"name": name, "key": key}}:
            stored = read(f"/api/v1/namespaces/{pod.namespace}/secrets/{name}")["data"][key]
            return base64.b64decode(stored).decode()
        case {"configMapKeyRef": {"name": name, "key": key}}:
            return str(read(f"/api/v1/namespaces/{pod.namespace}/configmaps/{name}")["data"][key])
        case other:
            raise ValueError(f"the launcher cannot resolve {item['name']} from {other}")
