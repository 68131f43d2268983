"""The client that controllers see: every read and write of Kubernetes that a pass may do, and nothing else.

It composes the parts of this package and adds no behaviour; what a call promises is said at the part that does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import SecretStr

from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.plan import Notice
from mwaa_operator.kube.cluster import Cluster
from mwaa_operator.kube.events import EventRecorder
from mwaa_operator.kube.hashkey import HashKey, HashKeys
from mwaa_operator.kube.objects import CustomObjects
from mwaa_operator.kube.owned import OwnedObjects
from mwaa_operator.kube.paths import KindPaths
from mwaa_operator.kube.surroundings import Surroundings
from mwaa_operator.kube.transport import Transport

Body = dict[str, Any]


class KubeClient:
    """Kubernetes as controllers use it; synchronous, safe for use by many threads.

    Args:
        transport: The connection to the API server, which holds the fence and the observer.
        kinds: The kinds that the operator serves.
        namespace: The operator's own namespace.
        surroundings: Who we are, what time it is, who is told what.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        kinds: Iterable[KindInfo],
        namespace: str,
        surroundings: Surroundings,
    ) -> None:
        paths = KindPaths(kinds)
        self._objects = CustomObjects(transport, paths, surroundings.status_written)
        self._cluster = Cluster(transport, paths, surroundings)
        self._hash_keys = HashKeys(transport, self._cluster, namespace)
        self._events = EventRecorder(transport, surroundings)
        self._owned = OwnedObjects(transport)
        self._secret_read = surroundings.secret_read

    @property
    def owned(self) -> OwnedObjects:
        """Objects of Kubernetes' own kinds that belong to one of ours: a gateway's Deployment and the like."""
        return self._owned

    def hide(self, value: str) -> None:
        """Keep a value out of every log line: one that `owned` read from a Secret, or that was made just now."""
        self._secret_read(value)

    def get(self, key: ObjectKey) -> Body | None:
        """See `CustomObjects.get`: a fresh read of one of our objects."""
        return self._objects.get(key)

    def is_served(self, kind: str) -> bool:
        """See `CustomObjects.is_served`."""
        return self._objects.is_served(kind)

    def list(self, kind: str) -> tuple[list[Body], str]:
        """See `CustomObjects.list`: all objects of a kind, or an error, never a part."""
        return self._objects.list(kind)

    def pages(self, kind: str) -> tuple[Iterator[Body], str]:
        """See `CustomObjects.pages`: the same, read page by page."""
        return self._objects.pages(kind)

    def apply_status(self, body: Body, status: Body) -> Body:
        """See `CustomObjects.apply_status`: server-side apply under the resourceVersion that was planned on."""
        return self._objects.apply_status(body, status)

    def add_finalizer(self, body: Body) -> Body:
        """See `CustomObjects.add_finalizer`."""
        return self._objects.add_finalizer(body)

    def remove_finalizer(self, body: Body) -> Body:
        """See `CustomObjects.remove_finalizer`."""
        return self._objects.remove_finalizer(body)

    def get_secret(self, namespace: str, name: str) -> dict[str, SecretStr] | None:
        """See `Cluster.get_secret`."""
        return self._cluster.get_secret(namespace, name)

    def get_config_map(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """See `Cluster.get_config_map`."""
        return self._cluster.get_config_map(namespace, name)

    def watched_config_maps(self) -> dict[tuple[str, str], str]:
        """See `Cluster.watched_config_maps`."""
        return self._cluster.watched_config_maps()

    def get_namespace(self, name: str) -> Body | None:
        """See `Cluster.get_namespace`."""
        return self._cluster.get_namespace(name)

    def crd_is_being_deleted(self, kind: str) -> bool:
        """See `Cluster.crd_is_being_deleted`: what cannot be seen counts as going."""
        return self._cluster.crd_is_being_deleted(kind)

    def cluster_id(self) -> str:
        """See `Cluster.cluster_id`."""
        return self._cluster.cluster_id()

    def hash_key(self) -> HashKey:
        """See `HashKeys.get`."""
        return self._hash_keys.get()

    def record(self, body: Body, notice: Notice) -> None:
        """See `EventRecorder.record`: never raises for an Event that could not be written."""
        self._events.record(body, notice)
