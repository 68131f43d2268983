"""What the fault proxy may do to a request, and to which ones: requests described, effects as data, rules that count.

Why apart from the proxy: matching is pure and tested by tables; tests import their vocabulary from here. Nothing here
does input or output.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

WATCH = "WATCH"
"""Stands as the method of a GET that watches."""

WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class ApiRequest:
    """One request to the API server, taken apart as the Kubernetes API conventions lay paths out."""

    method: str
    path: str
    """With the query."""
    resource: str = ""
    """Lower-case plural, such as `mwaaenvironments`; empty for paths like `/readyz`."""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    user_agent: str = ""
    body: str = ""

    @classmethod
    def parse(cls, method: str, target: str, *, user_agent: str = "", body: str = "") -> ApiRequest:
        """Describe a request.

        Args:
            method: HTTP method.
            target: path with query.
            user_agent: the header, or empty.
            body: decoded text, or empty.
        """
        url = urlsplit(target)
        watches = method == "GET" and parse_qs(url.query).get("watch", ["false"])[0] in ("true", "1")
        namespace, resource, name, subresource = _take_apart(url.path)
        return cls(
            method=WATCH if watches else method,
            path=target,
            resource=resource,
            subresource=subresource,
            namespace=namespace,
            name=name,
            user_agent=user_agent,
            body=body,
        )


def _take_apart(path: str) -> tuple[str, str, str, str]:
    """Return (namespace, resource, name, subresource) of a path below /api/v1 or /apis/group/version."""
    parts = path.strip("/").split("/")
    skip = {"api": 2, "apis": 3}.get(parts[0], len(parts))
    rest = parts[skip:]
    namespace = ""
    of_namespace_itself = len(rest) == 3 and rest[2] in ("status", "finalize")
    if len(rest) > 2 and rest[0] == "namespaces" and not of_namespace_itself:
        namespace, rest = rest[1], rest[2:]
    resource, name, subresource = [*rest, "", "", ""][:3]
    return namespace, resource, name, subresource


@dataclass(frozen=True)
class Hold:
    """Keep the request until `Rule.release`; its client may die meanwhile."""


@dataclass(frozen=True)
class Delay:
    """Forward after `seconds`."""

    seconds: float


@dataclass(frozen=True)
class Drop:
    """Reset the connection: before forwarding (no effect), or after it (the effect happened, the answer is lost)."""

    after_forward: bool = False


REASONS = {
    403: "Forbidden",
    409: "Conflict",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}
"""HTTP status to the reason of a Status object (Kubernetes apimachinery, metav1.StatusReason)."""


@dataclass(frozen=True)
class Refuse:
    """Answer instead of the API server, with a Status object."""

    status: int
    retry_after: int | None = None
    """Seconds, as a Retry-After header."""
    message: str = "the fault proxy refuses"

    def body(self) -> dict[str, Any]:
        """Return the Status object."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": REASONS.get(self.status, "Unknown"),
            "code": self.status,
        }


@dataclass(frozen=True)
class CutWatch:
    """End the watch's connection after so many events."""

    after_events: int = 0


@dataclass(frozen=True)
class MuteWatch:
    """Pass no more bytes after so many events, with the connection open (half-open TCP), until the rule is released."""

    after_events: int = 0


@dataclass(frozen=True)
class ExpireWatch:
    """Send an ERROR event with code 410 after so many events and end the stream."""

    after_events: int = 0


@dataclass(frozen=True)
class Tamper:
    """Replace each line of a watch by those that `rewrite` returns: drop, repeat, reorder, replay."""

    rewrite: Callable[[bytes], Iterable[bytes]]


Effect = Hold | Delay | Drop | Refuse | CutWatch | MuteWatch | ExpireWatch | Tamper
WatchEffect = CutWatch | MuteWatch | ExpireWatch | Tamper


class Rule:
    """An effect and the requests that it befalls.

    Args:
        effect: what happens.
        methods: HTTP methods, or WATCH; every write by default, WATCH for effects on watches.
        path: regular expression searched for in path and query.
        resource: plural name.
        subresource: `""` only the object itself, `"status"` …; None either.
        user_agent: regular expression searched for in the header.
        body: regular expression searched for in the request's body.
        nth: the first matching request that it befalls, counted from 1.
        times: how many from then on; None for all.
    """

    def __init__(
        self,
        effect: Effect,
        *,
        methods: Iterable[str] | None = None,
        path: str = "",
        resource: str | None = None,
        subresource: str | None = None,
        user_agent: str = "",
        body: str = "",
        nth: int = 1,
        times: int | None = 1,
    ) -> None:
        self.effect = effect
        self._methods = frozenset(methods or ((WATCH,) if isinstance(effect, WatchEffect) else WRITES))
        self._resource, self._subresource = resource, subresource
        self._patterns = tuple(re.compile(pattern) for pattern in (path, user_agent, body))
        self._first, self._times = nth, times
        self._lock = threading.Lock()
        self._matched = 0
        self._forward = True
        self._on_release: list[Callable[[], object]] = []
        self.fired = threading.Event()
        """Set once a request was befallen."""
        self.released = threading.Event()
        """Set by `release`."""

    @property
    def matched(self) -> int:
        """How many requests matched so far, befallen or not."""
        return self._matched

    @property
    def forward(self) -> bool:
        """Whether a held request is forwarded on release."""
        return self._forward

    def matches(self, request: ApiRequest) -> bool:
        """Return whether the request is of the kind that this rule counts."""
        texts = (request.path, request.user_agent, request.body)
        return (
            request.method in self._methods
            and self._resource in (None, request.resource)
            and self._subresource in (None, request.subresource)
            and all(pattern.search(text) for pattern, text in zip(self._patterns, texts, strict=True))
        )

    def befalls(self, request: ApiRequest) -> bool:
        """Count a request and return whether the effect is to happen to it."""
        if not self.matches(request):
            return False
        with self._lock:
            self._matched += 1
            turn = self._matched - self._first
        return not self.released.is_set() and turn >= 0 and (self._times is None or turn < self._times)

    def release(self, *, forward: bool = True) -> None:
        """Let held requests go and befall no further ones.

        Args:
            forward: True sends them on; False resets their connections, so that they never happened.
        """
        with self._lock:
            self._forward = forward
            self.released.set()
            waiting, self._on_release = self._on_release, []
        for wake in waiting:
            wake()

    def when_released(self, wake: Callable[[], object]) -> None:
        """Call `wake` on release, at once if that has been already. For the proxy's event loop."""
        with self._lock:
            if not self.released.is_set():
                self._on_release.append(wake)
                return
        wake()
