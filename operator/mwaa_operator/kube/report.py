"""The closing report of a pass: one status write, only if it differs, then the Events.

It exists so that no controller writes a status that says nothing new, forgets to put the answer into the cache, or
tells an Event before the status that explains it. It decides nothing.

What a pass saw, the next one sees again if its status is not stored; what it did, no other pass can tell. So Events of
a pass that acted are kept in memory until a status of the same object is stored. A restart forgets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from mwaa_operator.api.meta import ObjectKey, key_of
from mwaa_operator.api.plan import Notice
from mwaa_operator.kube.errors import KubeError

MOST_OWED = 16
"""Events of one object that are kept; a status that cannot be stored for long owes the newest."""

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
        # With the uid that they are about. No key is in two passes at once, so each entry has one writer.
        self._owed: dict[ObjectKey, tuple[str, tuple[Notice, ...]]] = {}

    def report(self, body: Body, status: Body, notices: Iterable[Notice] = (), *, acted: bool = False) -> None:
        """Store `status` if it differs from what `body` carries, then record the Events.

        Args:
            body: The object that was planned on, as the last write left it.
            status: The complete status.
            notices: What to say.
            acted: Whether the pass changed anything outside. If the status is not stored, the Events are then told
                with the next one that is; otherwise they are left to the next pass, which sees the same.

        Raises:
            Conflict, NotFound: The object is not what was planned on; nothing was told. Call `refresh`.
            KubeError: Anything else.
        """
        notices = tuple(notices)
        if body.get("status") != status:
            try:
                body = self.store(body, status)
            except KubeError:
                if acted:
                    self._owe(body, notices)
                raise
        self._reported(key_of(body), status)
        self.tell(body, notices)

    def store(self, body: Body, status: Body) -> Body:
        """Store a status under the resourceVersion of `body`, put the answer into the cache and return it."""
        stored = self._kube.apply_status(body, status)
        self._written(stored)
        return stored

    def tell(self, body: Body, notices: Iterable[Notice]) -> None:
        """Record Events, and before them those that earlier passes over the object could not tell; each once."""
        for notice in dict.fromkeys((*self._owed_to(body), *notices)):
            self._kube.record(body, notice)
        self._owed.pop(key_of(body), None)

    def gone(self, key: ObjectKey) -> None:
        """Tell that an object is no more."""
        self._owed.pop(key, None)
        self._reported(key, None)

    def _owe(self, body: Body, notices: tuple[Notice, ...]) -> None:
        if owed := tuple(dict.fromkeys((*self._owed_to(body), *notices))):
            self._owed[key_of(body)] = body["metadata"]["uid"], owed[-MOST_OWED:]

    def _owed_to(self, body: Body) -> tuple[Notice, ...]:
        uid, notices = self._owed.get(key_of(body), ("", ()))
        return notices if uid == body["metadata"]["uid"] else ()

    def refresh(self, key: ObjectKey) -> bool:
        """Put the object as the API server holds it now into the cache; False if it is gone."""
        fresh = self._kube.get(key)
        if fresh is None:
            return False
        self._written(fresh)
        return True
