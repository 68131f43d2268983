"""One Lease of coordination.k8s.io, as the engine's election wants it: read, create, and change it if it is unchanged.

It knows nothing of elections: who may take the lease and when it has expired is the engine's business. It is the one
writer that does not ask the fence, because the fence stands on it.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from mwaa_operator.api.lease import Lease
from mwaa_operator.kube.errors import Conflict, NotFound
from mwaa_operator.kube.events import micro_time
from mwaa_operator.kube.paths import path
from mwaa_operator.kube.transport import MERGE_PATCH, Transport


class KubeLease:
    """Fulfils the engine's `LeaseLock`.

    Args:
        transport: The connection to the API server.
        namespace: The operator's namespace.
        name: The Lease's name.
        timeout: Seconds for one request; a renewal must fit more than once into the renew deadline.
    """

    def __init__(self, transport: Transport, *, namespace: str, name: str, timeout: float) -> None:
        self._transport, self._name, self._timeout = transport, name, timeout
        self._collection = path("apis", "coordination.k8s.io", "v1", "namespaces", namespace, "leases")
        self._item = self._collection + path(name)

    def get(self) -> Lease | None:
        """Read the Lease; None when it does not exist.

        Raises:
            KubeError: It could not be read.
        """
        try:
            return _lease(self._transport.read(self._item, timeout=self._timeout))
        except NotFound:
            return None

    def create(self, lease: Lease) -> Lease:
        """Create the Lease and return what was stored.

        Raises:
            Conflict: Somebody was first.
            KubeError: It was not created; after Unavailable it may have been.
        """
        kind = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
        body = {**kind, "metadata": {"name": self._name}, "spec": _spec(lease)}
        return _lease(self._transport.mutate("POST", self._collection, body, timeout=self._timeout, fenced=False))

    def update(self, lease: Lease) -> Lease:
        """Change the Lease if it is still at `lease.resource_version`, and return what was stored.

        Raises:
            Conflict: It changed since, or somebody deleted it: another may lead already.
            KubeError: It was not changed; after Unavailable it may have been.
        """
        # A merge patch, not a PUT: labels and annotations of others stay.
        patch = {"metadata": {"resourceVersion": lease.resource_version}, "spec": _spec(lease)}
        try:
            stored = self._transport.mutate(
                "PATCH", self._item, patch, content_type=MERGE_PATCH, timeout=self._timeout, fenced=False
            )
        except NotFound as error:
            raise Conflict(str(error), status=error.status, reason=error.reason) from error
        return _lease(stored)


def _spec(lease: Lease) -> dict[str, Any]:
    return {
        "holderIdentity": lease.holder,
        # Whole seconds, at least one: the API server takes nothing else.
        "leaseDurationSeconds": max(1, math.ceil(lease.duration)),
        "acquireTime": micro_time(lease.acquired_at) if lease.acquired_at else None,
        "renewTime": micro_time(lease.renewed_at) if lease.renewed_at else None,
        "leaseTransitions": lease.transitions,
    }


def _lease(body: dict[str, Any]) -> Lease:
    spec = body.get("spec") or {}
    return Lease(
        holder=spec.get("holderIdentity") or "",
        duration=float(spec.get("leaseDurationSeconds") or 0),
        acquired_at=_moment(spec.get("acquireTime")),
        renewed_at=_moment(spec.get("renewTime")),
        transitions=spec.get("leaseTransitions") or 0,
        resource_version=body["metadata"]["resourceVersion"],
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
