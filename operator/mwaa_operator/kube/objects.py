"""Our custom resources: fresh reads, the closing status write, and the finalizer.

Each write carries what it was planned on (resourceVersion, and uid where the server honours it), so that nothing is
ever written onto a newer state or onto a re-created namesake. It decides nothing and never writes to `spec`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mwaa_operator.api.meta import API_VERSION, FIELD_MANAGER, FINALIZER, ObjectKey, key_of
from mwaa_operator.kube.errors import NotFound
from mwaa_operator.kube.paths import KindPaths
from mwaa_operator.kube.transport import APPLY, JSON_PATCH, Transport

Body = dict[str, Any]

PAGE = 500
"""Objects per page of a list; the size that client-go's pager uses."""


class CustomObjects:
    """Reads and writes of our kinds.

    Args:
        transport: The connection to the API server.
        paths: Paths of our kinds.
        status_written: Told the kind of each status that was written.
    """

    def __init__(self, transport: Transport, paths: KindPaths, status_written: Callable[[str], None]) -> None:
        self._transport, self._paths, self._status_written = transport, paths, status_written

    def get(self, key: ObjectKey) -> Body | None:
        """Return the object as etcd has it now, or None. None is never evidence: the whole CRD may be gone.

        Raises:
            KubeError: It could not be read.
        """
        try:
            # No resourceVersion: a quorum read, where `0` would be answered from a cache of any age.
            body: Body = self._transport.read(self._paths.item(key))
        except NotFound:
            return None
        return body

    def is_served(self, kind: str) -> bool:
        """Return whether the API server knows a kind and lets us list it.

        Raises:
            Forbidden: We may not list it.
            KubeError: It could not say.
        """
        try:
            self._transport.read(self._paths.collection(kind), {"limit": "1"})
        except NotFound:
            return False
        return True

    def list(self, kind: str) -> tuple[list[Body], str]:
        """Return all objects of a kind in all namespaces, and the resourceVersion of that snapshot.

        Raises:
            NotFound: The kind is not served.
            KubeError: A page could not be read; what was read before it is not returned.
        """
        items, version = self.pages(kind)
        return [*items], version

    def pages(self, kind: str) -> tuple[Iterator[Body], str]:
        """Return the same as `list`, but read while it is used: one page is in memory at a time.

        Raises:
            KubeError: The first page could not be read. The iterator raises it for later pages, so whoever concludes
                anything from absence must have come to its end.
        """
        query = {"limit": str(PAGE)}
        first = self._transport.read(self._paths.collection(kind), query)
        return self._items(kind, query, first), first["metadata"]["resourceVersion"]

    def _items(self, kind: str, query: dict[str, str], page: Body) -> Iterator[Body]:
        while True:
            for item in page["items"]:
                yield {"apiVersion": API_VERSION, "kind": kind, **item}
            if not (token := page["metadata"].get("continue")):
                return
            page = self._transport.read(self._paths.collection(kind), {**query, "continue": token})

    def apply_status(self, body: Body, status: Body) -> Body:
        """Replace our status by server-side apply and return the object as it is afterwards.

        A member that we wrote before and leave out now is removed; equal status moves no resourceVersion.

        Args:
            body: The object that was planned on; its uid and resourceVersion are sent along.
            status: The complete status, camelCase.

        Raises:
            Conflict: The object changed since, or is a namesake: read again and plan again.
            NotFound: It is gone.
            KubeError: Anything else; after Unavailable it may have been written.
        """
        meta = body["metadata"]
        identity = {name: meta[name] for name in ("name", "namespace", "uid", "resourceVersion") if name in meta}
        apply = {"apiVersion": API_VERSION, "kind": body["kind"], "metadata": identity, "status": status}
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        path = self._paths.item(key_of(body), "status")
        written: Body = self._transport.mutate("PATCH", path, apply, content_type=APPLY, query=query)
        self._status_written(body["kind"])
        return written

    def add_finalizer(self, body: Body) -> Body:
        """Add our finalizer and return the object as it is afterwards; `body` itself if it is there already.

        Raises:
            Conflict: The object changed since, or is a namesake.
            Rejected: It is being deleted: the API server takes no new finalizer then.
            KubeError: Anything else.
        """
        finalizers = body["metadata"].get("finalizers") or []
        if FINALIZER in finalizers:
            return body
        step: Body
        if finalizers:
            step = {"op": "add", "path": "/metadata/finalizers/-", "value": FINALIZER}
        else:
            step = {"op": "add", "path": "/metadata/finalizers", "value": [FINALIZER]}
        return self._patch(body, step)

    def remove_finalizer(self, body: Body) -> Body:
        """Remove our finalizer and return the object as it is afterwards; `body` itself if there is none of ours.

        Raises:
            Conflict: The object changed since, or is a namesake.
            NotFound: It is gone already.
            KubeError: Anything else.
        """
        finalizers = body["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            return body
        return self._patch(body, {"op": "remove", "path": f"/metadata/finalizers/{finalizers.index(FINALIZER)}"})

    def _patch(self, body: Body, step: Body) -> Body:
        meta = body["metadata"]
        # The list indices of `step` hold for exactly this resourceVersion, and for this uid.
        operations = [
            {"op": "test", "path": "/metadata/uid", "value": meta["uid"]},
            {"op": "test", "path": "/metadata/resourceVersion", "value": meta["resourceVersion"]},
            step,
        ]
        path, query = self._paths.item(key_of(body)), {"fieldManager": FIELD_MANAGER}
        patched: Body = self._transport.mutate("PATCH", path, operations, content_type=JSON_PATCH, query=query)
        return patched
