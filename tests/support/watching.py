"""Collects every version of every object of a kind, as a watch tells them, for waiting and for judging afterwards.

Why a watch: what a pass writes in the middle lasts for milliseconds, and looking now and then would miss it. It judges
nothing itself.
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from http.client import HTTPException
from types import TracebackType
from typing import Any

from localcloud.controlplane import ControlPlane

Body = dict[str, Any]
Key = tuple[str, str]
"""Namespace (empty for cluster-scoped kinds) and name."""

SILENCE_SECONDS = 2.0
"""After this the watch is opened again, so that the end of the block is not waited for any longer."""


class Watching:
    """Watches one kind in all namespaces inside its `with` block; survives restarts of the API server.

    Args:
        control_plane: A running one that serves the kind.
        path: Of the kind's collection.
    """

    def __init__(self, control_plane: ControlPlane, path: str) -> None:
        self._api, self._path = control_plane.api, path
        self._changed = threading.Condition()
        self._versions: dict[Key, list[Body]] = defaultdict(list)
        self._gone: set[Key] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watching {path}")
        self.failure: BaseException | None = None

    def __enter__(self) -> Watching:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self.failure is not None and error is None:
            raise self.failure

    def versions(self, key: Key) -> list[Body]:
        """Return all versions of an object so far, oldest first, deleted namesakes included."""
        with self._changed:
            return list(self._versions[key])

    def latest(self, key: Key) -> Body | None:
        """Return the object as it was seen last; None if there is none (any more)."""
        with self._changed:
            return None if key in self._gone or not self._versions[key] else self._versions[key][-1]

    def keys(self, namespace: str) -> list[Key]:
        """Return the keys of all objects ever seen in a namespace."""
        with self._changed:
            return [key for key, versions in self._versions.items() if key[0] == namespace and versions]

    def wait(self, key: Key, holds: Callable[[Body], object], *, since: int, within: float) -> Body | None:
        """Return the first version from resourceVersion `since` on for which `holds`; None after `within` seconds."""
        deadline = time.monotonic() + within
        seen = 0
        with self._changed:
            while True:
                versions = self._versions[key]
                for body in versions[seen:]:
                    if version_of(body) >= since and holds(body):
                        return body
                seen = len(versions)
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return None

    def wait_gone(self, key: Key, within: float) -> bool:
        """Return whether the object disappeared in time."""
        with self._changed:
            return self._changed.wait_for(lambda: key in self._gone, within)

    def _run(self) -> None:
        since = ""
        try:
            while not self._stop.is_set():
                since = self._follow(since) if since else self._list()
                if not since:
                    self._stop.wait(0.1)
        except BaseException as failure:
            self.failure = failure
            raise

    def _list(self) -> str:
        """Take over all objects; return the list's resourceVersion, or nothing when the kind is not served."""
        try:
            answer = self._api.get(self._path)
        except OSError:
            return ""
        if not answer.ok:
            return ""
        present = set()
        for item in answer.body["items"]:
            present.add(_key(item))
            self._take("MODIFIED", item)
        with self._changed:
            self._gone |= set(self._versions) - present
            self._changed.notify_all()
        return str(answer.body["metadata"]["resourceVersion"])

    def _follow(self, since: str) -> str:
        """Follow one watch to its end; return where to go on, or nothing to list again."""
        path = f"{self._path}?watch=true&resourceVersion={since}"
        try:
            with self._api.stream(path, timeout=SILENCE_SECONDS) as stream:
                for line in stream:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        return ""
                    self._take(event["type"], event["object"])
                    since = event["object"]["metadata"]["resourceVersion"]
                    if self._stop.is_set():
                        break
        except TimeoutError:
            return since
        except (OSError, HTTPException, ValueError):
            # The API server is away, or the kind is not served: what happened meanwhile comes from a list.
            return ""
        return since

    def _take(self, type_: str, body: Body) -> None:
        key = _key(body)
        with self._changed:
            known = self._versions[key]
            if type_ == "DELETED":
                self._gone.add(key)
            else:
                self._gone.discard(key)
                if not known or version_of(known[-1]) < version_of(body):
                    known.append(body)
            self._changed.notify_all()


def version_of(body: Body) -> int:
    """Return the resourceVersion as a number (Kubernetes 1.35 documents that it can be compared)."""
    return int(body["metadata"]["resourceVersion"])


def _key(body: Body) -> Key:
    return body["metadata"].get("namespace", ""), body["metadata"]["name"]
