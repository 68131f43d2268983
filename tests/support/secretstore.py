"""Secrets in memory, as the keepers of keys and tokens see them: resourceVersions, uids, and what goes wrong.

It keeps of server-side apply what matters here: what is not there is made, what others added stays, and a version that
is not the stored one is a conflict.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mwaa_operator.kube.errors import AlreadyExists, Conflict, KubeError

Body = dict[str, Any]
T = TypeVar("T")
Trouble = Callable[[str, str, str], KubeError | None]
"""What goes wrong, by verb (get, create, apply, delete), namespace and name."""


class SecretStore:
    """Implements what `OwnedObjects` promises for Secrets.

    Attributes:
        bodies: What is stored, by namespace and name.
        calls: Verb, namespace and name of every call.
        before: What goes wrong instead of a call.
        after: What goes wrong after its effect: a crash, or an answer that is lost.
    """

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], Body] = {}
        self.calls: list[tuple[str, str, str]] = []
        self.before: Trouble = _nothing
        self.after: Trouble = _nothing
        self._version = 0

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Body | None:
        """Return a copy of a Secret."""
        assert (api_version, kind) == ("v1", "Secret")
        return self._called("get", namespace, name, lambda: copy.deepcopy(self.bodies.get((namespace, name))))

    def create(self, body: Body) -> Body:
        """Make a Secret."""
        return self._write("create", body, self._create)

    def apply(self, body: Body) -> Body:
        """Write a Secret."""
        return self._write("apply", body, self._apply)

    def delete(self, body: Body) -> None:
        """Delete a Secret that has the uid of `body`."""
        self._write("delete", body, self._delete)

    def put(self, namespace: str, name: str, *, metadata: Mapping[str, Any] | None = None, **data: str) -> None:
        """Store a Secret as somebody else would."""
        body = {"metadata": {"name": name, "namespace": namespace, **(metadata or {})}, "data": _encoded(data)}
        self._put({"apiVersion": "v1", "kind": "Secret", **body}, uid=f"uid-{self._version}")

    def edit(self, namespace: str, name: str, **data: str) -> None:
        """Change members of a Secret as somebody else would."""
        body = self.bodies[namespace, name]
        self._put({**body, "data": body["data"] | _encoded(data)}, uid=body["metadata"]["uid"])

    def text(self, namespace: str, name: str, member: str) -> str:
        """Return one member of a Secret."""
        return base64.b64decode(self.bodies[namespace, name]["data"][member]).decode()

    def writes(self) -> list[tuple[str, str]]:
        """Return verb and name of every call that was to change something."""
        return [(verb, name) for verb, _, name in self.calls if verb != "get"]

    def _write(self, verb: str, body: Body, act: Callable[[Body], Body]) -> Body:
        meta = body["metadata"]
        return self._called(verb, meta["namespace"], meta["name"], lambda: act(copy.deepcopy(body)))

    def _called(self, verb: str, namespace: str, name: str, act: Callable[[], T]) -> T:
        self.calls.append((verb, namespace, name))
        if (error := self.before(verb, namespace, name)) is not None:
            raise error
        answer = act()
        if (error := self.after(verb, namespace, name)) is not None:
            raise error
        return answer

    def _create(self, body: Body) -> Body:
        if _key(body) in self.bodies:
            raise AlreadyExists("there is one", status=409)
        return self._put(body, uid=f"uid-{self._version}")

    def _apply(self, body: Body) -> Body:
        stored, version = self.bodies.get(_key(body)), body["metadata"].get("resourceVersion")
        if version is not None and (stored is None or stored["metadata"]["resourceVersion"] != version):
            raise Conflict("the object has been modified", status=409)
        if stored is None:
            return self._create(body)
        metadata = {**stored["metadata"], **body["metadata"]}
        for name in ("labels", "annotations"):
            metadata[name] = {**stored["metadata"].get(name, {}), **body["metadata"].get(name, {})}
        data = {**stored["data"], **body["data"]}
        return self._put({**stored, **body, "metadata": metadata, "data": data}, uid=stored["metadata"]["uid"])

    def _delete(self, body: Body) -> Body:
        stored = self.bodies.get(_key(body))
        if stored is not None and stored["metadata"]["uid"] != body["metadata"]["uid"]:
            raise Conflict("another object has the name", status=409)
        return self.bodies.pop(_key(body), {})

    def _put(self, body: Body, *, uid: str) -> Body:
        self._version += 1
        meta = {**body["metadata"], "uid": uid, "resourceVersion": str(self._version)}
        self.bodies[_key(body)] = {**body, "metadata": meta}
        return copy.deepcopy(self.bodies[_key(body)])


def _key(body: Body) -> tuple[str, str]:
    return body["metadata"]["namespace"], body["metadata"]["name"]


def _encoded(data: Mapping[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(value.encode()).decode() for name, value in data.items()}


def _nothing(verb: str, namespace: str, name: str) -> None:
    return None
