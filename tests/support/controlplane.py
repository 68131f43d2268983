"""Builders for tests on the real control plane: namespaces of one's own, objects by path."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.controlplane import ControlPlane
from tests.support.wait import eventually


@contextmanager
def fresh_namespace(control_plane: ControlPlane, prefix: str = "test", **labels: str) -> Iterator[str]:
    """Create a namespace with a unique name and ask for its deletion afterwards (without waiting for it).

    Its default ServiceAccount is there: the controllers make it a moment after the namespace.
    """
    name = f"{prefix}-{uuid.uuid4().hex[:8]}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    answer = control_plane.api.post("/api/v1/namespaces", body)
    assert answer.ok, answer.body
    account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
    eventually(lambda: control_plane.api.get(account).ok, within=20, what="the default ServiceAccount")
    yield name
    control_plane.api.delete(f"/api/v1/namespaces/{name}")
