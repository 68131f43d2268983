"""The closing report of a pass: one status write, only if it differs, then the Events.

It exists so that no controller writes a status that says nothing new, forgets to put the answer into the cache, or
tells an Event before the status that explains it. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from mwaa_operator.api.meta import ObjectKey, key_of
from mwaa_operator.api.plan import Notice

Body = dict[str, Any]


class Writer(Protocol):
    """The part of KubeClient that a report needs."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the object as the API server holds it now."""

    def apply_status(self, body: Body, status: Body) -> Body:
        """Store the whole status under the resourceVersion of `body`."""

    def record(self, body: Body, notice: Notice) -> None:
        """Record an Event."""


class StatusReporter:
    """Writes what a pass leaves behind.

    Args:
        kube: Writes to Kubernetes.
        written: Told of every answer to a write, so that the next pass never plans on an older status.
        reported: Told of the status that a pass left behind, or None when the object is gone; for metrics.
    """

    def __init__(
        self,
        *,
        kube: Writer,
        written: Callable[[Body], object],
        reported: Callable[[ObjectKey, Body | None], None],
    ) -> None:
        self._kube, self._written, self._reported = kube, written, reported

    def report(self, body: Body, status: Body, notices: Iterable[Notice] = ()) -> None:
        """Store `status` if it differs from what `body` carries, then record the Events.

        Raises:
            Conflict, NotFound: The object is not what was planned on; nothing was told. Call `refresh`.
            KubeError: Anything else.
        """
        if body.get("status") != status:
            body = self.store(body, status)
        self._reported(key_of(body), status)
        self.tell(body, notices)

    def store(self, body: Body, status: Body) -> Body:
        """Store a status under the resourceVersion of `body`, put the answer into the cache and return it."""
        stored = self._kube.apply_status(body, status)
        self._written(stored)
        return stored

    def tell(self, body: Body, notices: Iterable[Notice]) -> None:
        """Record Events."""
        for notice in notices:
            self._kube.record(body, notice)

    def gone(self, key: ObjectKey) -> None:
        """Tell that an object is no more."""
        self._reported(key, None)

    def refresh(self, key: ObjectKey) -> bool:
        """Put the object as the API server holds it now into the cache; False if it is gone."""
        fresh = self._kube.get(key)
        if fresh is None:
            return False
        self._written(fresh)
        return True
