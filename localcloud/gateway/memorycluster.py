"""Spark clusters in memory: API servers that hold SparkApplications, check what a real one would, and can be broken.

For tests that need no API server. Which jobs run is the simulated Spark operator's business, not this one's.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.gateway.clusters import Access, App, apps_path, failure
from localcloud.gateway.errors import KubernetesError

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
Key = tuple[str, str]


@dataclass
class MemoryCluster:
    """One API server.

    Attributes:
        clock: Seconds since 1970.
        tokens: Those it takes; None takes any.
        down: Refuses connections.
        mute: Takes connections and never answers.
        refusal: Answers everything with this status and text.
        apps: SparkApplications by namespace and name.
        calls: Methods and paths of the calls that it answered, the oldest first.
    """

    clock: Callable[[], float]
    tokens: frozenset[str] | None = None
    down: bool = False
    mute: bool = False
    refusal: tuple[int, str] | None = None
    apps: dict[Key, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def all_apps(self) -> list[App]:
        """Return every SparkApplication."""
        return [copy.deepcopy(app) for app in list(self.apps.values())]

    def set_status(self, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        """Replace the status of a SparkApplication; nothing happens when it is gone."""
        app = self.apps.get((namespace, name))
        if app is not None:
            app["status"] = dict(status)


class MemoryClusters:
    """All API servers by their URL; one that nobody made refuses connections.

    Args:
        clock: Seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._never = threading.Event()
        self.by_url: dict[str, MemoryCluster] = {}

    def add(self, url: str, *, tokens: frozenset[str] | None = None) -> MemoryCluster:
        """Make a cluster."""
        cluster = self.by_url[url] = MemoryCluster(self._clock, tokens)
        return cluster

    def connect(self, access: Access) -> MemoryTarget:
        """Return the client of one call."""
        return MemoryTarget(access, self.by_url.get(access.url), self._never)


@dataclass(frozen=True)
class MemoryTarget:
    """A client of a cluster in memory."""

    access: Access
    cluster: MemoryCluster | None
    never: threading.Event

    def create(self, namespace: str, app: App) -> None:
        """Create a SparkApplication after the checks of its name and labels."""
        cluster = self._call("POST", apps_path(namespace))
        name = str(app["metadata"]["name"])
        labels = app["metadata"].get("labels", {}).values()
        if len(name) > 253 or not _NAME.fullmatch(name):
            raise self._refused("POST", apps_path(namespace), 422, f'"{name}" is invalid: metadata.name')
        if any(len(str(value)) > 63 or not _LABEL.fullmatch(str(value)) for value in labels):
            raise self._refused("POST", apps_path(namespace), 422, f'"{name}" is invalid: metadata.labels')
        if (namespace, name) in cluster.apps:
            raise self._refused("POST", apps_path(namespace), 409, f'"{name}" already exists')
        made = copy.deepcopy(dict(app))
        moment = datetime.fromtimestamp(cluster.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        made["metadata"] = {**made["metadata"], "creationTimestamp": moment, "uid": name}
        cluster.apps[namespace, name] = made

    def get(self, namespace: str, name: str) -> App | None:
        """Return a SparkApplication."""
        found = self._call("GET", apps_path(namespace, name)).apps.get((namespace, name))
        return copy.deepcopy(found)

    def delete(self, namespace: str, name: str) -> None:
        """Delete a SparkApplication."""
        self._call("DELETE", apps_path(namespace, name)).apps.pop((namespace, name), None)

    def find(self, namespace: str, labels: Mapping[str, str]) -> Sequence[App]:
        """Return the SparkApplications with these labels."""
        cluster = self._call("GET", apps_path(namespace))
        return [
            app
            for app in cluster.all_apps()
            if app["metadata"]["namespace"] == namespace and labels.items() <= app["metadata"].get("labels", {}).items()
        ]

    def pod(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        """Return the driver of a job that has begun."""
        for app in self._call("GET", f"/api/v1/namespaces/{namespace}/pods/{name}").all_apps():
            status = app.get("status", {})
            if status.get("driverInfo", {}).get("podName") == name:
                return {"metadata": {"name": name}, "status": {"startTime": status.get("lastSubmissionAttemptTime")}}
        return None

    def events(self, namespace: str, name: str) -> Sequence[Mapping[str, Any]]:
        """Return nothing: nobody writes events here."""
        self._call("GET", f"/api/v1/namespaces/{namespace}/events")
        return ()

    def _call(self, method: str, path: str) -> MemoryCluster:
        if self.cluster is None or self.cluster.down:
            raise failure(method, self.access.url + path, "", None)
        if self.cluster.mute:
            self.never.wait(self.access.timeout_seconds)
            raise failure(method, self.access.url + path, "timeout", None)
        self.cluster.calls.append((method, path))
        if self.cluster.refusal is not None:
            raise self._refused(method, path, *self.cluster.refusal)
        if self.cluster.tokens is not None and self.access.token not in self.cluster.tokens:
            raise self._refused(method, path, 401, "Unauthorized")
        return self.cluster

    def _refused(self, method: str, path: str, status: int, message: str) -> KubernetesError:
        return failure(method, self.access.url + path, message, status)
