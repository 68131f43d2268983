"""Does what a plan for an AwsAccount says: its finalizer comes and goes. No call to AWS.

A deletion is let through only after a fresh read of the object; who refers to it is known from a cache that is complete
before the first pass.
"""

from __future__ import annotations

from typing import Any, Protocol

from mwaa_operator.account.plan import Action, AddFinalizer, RemoveFinalizer
from mwaa_operator.api.meta import ObjectKey, key_of

Body = dict[str, Any]


class Writer(Protocol):
    """What is read fresh from, and written to, Kubernetes."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the object as the API server holds it now."""

    def add_finalizer(self, body: Body) -> Body:
        """Put our finalizer on the object."""

    def remove_finalizer(self, body: Body) -> Body:
        """Take our finalizer off the object."""


def execute(action: Action, body: Body, writer: Writer) -> Body | None:
    """Carry out one action.

    Returns:
        The object as it is afterwards, or None if it was being deleted and is let go.

    Raises:
        KubeError: The API server refused or did not answer; Conflict if the object is not what was planned on.
    """
    match action:
        case AddFinalizer():
            return writer.add_finalizer(body)
        case RemoveFinalizer():
            if "deletionTimestamp" not in body["metadata"]:
                return writer.remove_finalizer(body)
            _release(body, writer)
            return None


def _release(body: Body, writer: Writer) -> None:
    fresh = writer.get(key_of(body))
    if fresh is not None and fresh["metadata"]["uid"] == body["metadata"]["uid"]:
        writer.remove_finalizer(fresh)
