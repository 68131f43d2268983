"""A Kubernetes in memory, as controllers see it: objects under optimistic locking, ConfigMaps, Secrets, and people.

It keeps what the API server keeps about versions, generations, finalizers and deletion; schemas, defaults and field
managers are the business of the real one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from mwaa_operator.api.meta import FINALIZER, ObjectKey, key_of
from mwaa_operator.api.plan import Notice
from mwaa_operator.kube.errors import Conflict, Forbidden, NotFound

Body = dict[str, Any]


class MemoryKube:
    """Implements what controllers read and write, and what people do.

    Args:
        now: The time, UTC.

    Attributes:
        objects: What is stored.
        config_maps: Contents by (namespace, name).
        secrets: Likewise.
        forbidden: Whether Secrets, ConfigMaps and CRDs may not be read.
        crd_deleting: Whether the kinds are going away.
        notices: Events, oldest first.
        statuses: Every status that was written, oldest first.
        before_status: Called before a status is stored, once; for what happens between a look and a write.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now, self._version = now, 0
        self.objects: dict[ObjectKey, Body] = {}
        self.config_maps: dict[tuple[str, str], dict[str, bytes]] = {}
        self.secrets: dict[tuple[str, str], dict[str, str]] = {}
        self.forbidden = self.crd_deleting = False
        self.notices: list[Notice] = []
        self.statuses: list[Body] = []
        self.before_status: Callable[[], None] | None = None

    # What controllers do

    def get(self, key: ObjectKey) -> Body | None:
        """Return a copy of an object."""
        return copy.deepcopy(self.objects.get(key))

    def apply_status(self, body: Body, status: Body) -> Body:
        """Store a status if nobody wrote since `body` was read."""
        if self.before_status is not None:
            happening, self.before_status = self.before_status, None
            happening()
        stored = self._same(body)
        self.statuses.append(copy.deepcopy(status))
        return self._put({**stored, "status": status})

    def add_finalizer(self, body: Body) -> Body:
        """Add our finalizer."""
        return self._finalizers(body, [*body["metadata"].get("finalizers", []), FINALIZER])

    def remove_finalizer(self, body: Body) -> Body:
        """Remove our finalizer; an object that is being deleted goes with the last one."""
        kept = [name for name in body["metadata"].get("finalizers", []) if name != FINALIZER]
        left = self._finalizers(body, kept)
        if "deletionTimestamp" in left["metadata"] and not kept:
            del self.objects[key_of(left)]
        return left

    def record(self, body: Body, notice: Notice) -> None:
        """Remember an Event."""
        self.notices.append(notice)

    def get_secret(self, namespace: str, name: str) -> dict[str, SecretStr] | None:
        """Return a Secret."""
        self._check()
        found = self.secrets.get((namespace, name))
        return None if found is None else {key: SecretStr(value) for key, value in found.items()}

    def get_config_map(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """Return a ConfigMap."""
        self._check()
        return self.config_maps.get((namespace, name))

    def crd_is_being_deleted(self, kind: str) -> bool:
        """Return what a test decided."""
        self._check()
        return self.crd_deleting

    # What people do

    def create(self, body: Body, *, uid: str) -> ObjectKey:
        """Store a new object."""
        meta = {"generation": 1, "creationTimestamp": self._stamp(), **body["metadata"], "uid": uid}
        return key_of(self._put({**body, "metadata": meta}))

    def edit(self, key: ObjectKey, **spec: Any) -> None:
        """Change members of spec; those given as None go."""
        body = self.objects[key]
        wanted = {name: value for name, value in (body["spec"] | spec).items() if value is not None}
        meta = body["metadata"] | {"generation": body["metadata"]["generation"] + 1}
        self._put({**body, "metadata": meta, "spec": wanted})

    def annotate(self, key: ObjectKey, **annotations: str) -> None:
        """Set annotations of ours, by their last word with underscores."""
        body = self.objects[key]
        named = {f"mwaa-operator.io/{name.replace('_', '-')}": value for name, value in annotations.items()}
        meta = body["metadata"] | {"annotations": body["metadata"].get("annotations", {}) | named}
        self._put({**body, "metadata": meta})

    def delete(self, key: ObjectKey) -> None:
        """Ask for a deletion."""
        body = self.objects[key]
        if not body["metadata"].get("finalizers"):
            del self.objects[key]
            return
        generation = body["metadata"]["generation"] + 1
        meta = body["metadata"] | {"deletionTimestamp": self._stamp(), "generation": generation}
        self._put({**body, "metadata": meta})

    def restore_status(self, key: ObjectKey, status: Body) -> None:
        """Put a status back that was there before: what a crash before a write, or a restored backup, leaves."""
        self._put({**self.objects[key], "status": copy.deepcopy(status)})

    def _same(self, body: Body) -> Body:
        stored = self.objects.get(key_of(body))
        if stored is None:
            raise NotFound("gone", status=404)
        meta, given = stored["metadata"], body["metadata"]
        if (meta["uid"], meta["resourceVersion"]) != (given["uid"], given["resourceVersion"]):
            raise Conflict("the object has been modified", status=409)
        return stored

    def _finalizers(self, body: Body, names: list[str]) -> Body:
        stored = self._same(body)
        return self._put({**stored, "metadata": stored["metadata"] | {"finalizers": names}})

    def _put(self, body: Body) -> Body:
        self._version += 1
        stored = copy.deepcopy(body)
        stored["metadata"]["resourceVersion"] = str(self._version)
        self.objects[key_of(stored)] = stored
        return copy.deepcopy(stored)

    def _check(self) -> None:
        if self.forbidden:
            raise Forbidden("may not read it", status=403)

    def _stamp(self) -> str:
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
