"""HTTP to the API server: one pool of connections, bytes in, decoded JSON out, errors by consequence.

Why not the generated API classes: they build models of every answer, ten times the CPU of a status write. The pool
itself (TLS, proxies, client certificates) is the official client's. It never repeats a mutation.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from kubernetes.client import Configuration
from kubernetes.client.rest import RESTClientObject
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from mwaa_operator import __version__
from mwaa_operator.kube.connection import authorization
from mwaa_operator.kube.errors import KubeError, Unavailable, from_answer

JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""Answer a list with the objects' metadata alone."""
MERGE_PATCH = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"

Fence = Callable[[float], None]
"""Raises unless this process stays the leader for that many seconds."""

Observer = Callable[[str, str, int, float], None]
"""Is told of every request: method, the server's host and port, HTTP status (0: no answer), seconds."""


CONNECTION_BROKEN = "ConnectionBroken"


TOKEN_SECONDS = 10.0
"""How long a token is used before it is asked for again: to ask costs the official client half of a request's CPU."""


class _Session:
    """Connections as one user; the user's token may change while they last."""

    def __init__(self, configuration: Configuration) -> None:
        self.host = configuration.host.rstrip("/")
        self.authority = urlsplit(self.host).netloc
        self.pool: PoolManager = RESTClientObject(configuration).pool_manager
        self._configuration = configuration
        self._token = (authorization(configuration), time.monotonic())

    def token(self) -> str | None:
        """Return the `Authorization` header; two threads that ask at once at worst both ask the files."""
        token, asked_at = self._token
        if time.monotonic() - asked_at >= TOKEN_SECONDS:
            token = authorization(self._configuration)
            self._token = (token, time.monotonic())
        return token


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    timeout: float
    query: Mapping[str, str]
    body: bytes | None = None
    content_type: str = JSON
    accept: str = JSON

    @property
    def target(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def headers(self, token: str | None) -> dict[str, str]:
        headers = {"Accept": self.accept, "User-Agent": f"mwaa-operator/{__version__}"}
        if self.body is not None:
            headers["Content-Type"] = self.content_type
        if token:
            headers["Authorization"] = token
        return headers


class Transport:
    """Sends requests; safe for use by many threads.

    Args:
        configure: Returns a fresh configuration; called again when the server does not know our token any more.
        fence: Called with the request time-out before every mutation.
        observer: Told of every request.
        timeout: Seconds for one request, for the connection and the answer together.
        mutation_timeout: The same for a mutation, where a short lease leaves less; `timeout` by default.
        pool_size: Connections kept open; as many as threads use this client at once.
    """

    def __init__(
        self,
        configure: Callable[[], Configuration],
        *,
        fence: Fence,
        observer: Observer,
        timeout: float = 10.0,
        mutation_timeout: float | None = None,
        pool_size: int = 32,
    ) -> None:
        self._configure, self._fence, self._observer = configure, fence, observer
        self._timeout, self._mutation_timeout = timeout, mutation_timeout or timeout
        self._pool_size = pool_size
        self._lock = threading.Lock()
        self._session = self._open()

    def read(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
        accept: str = JSON,
    ) -> Any:
        """GET and decode. A connection that breaks without an answer is tried once more, nothing else is.

        Args:
            path: Absolute path.
            query: Parameters.
            timeout: Seconds, where the client's own is too long.
            accept: Media type, where another form of the answer is enough.

        Raises:
            KubeError: As the answer says; Unavailable when there was none.
        """
        request = _Request("GET", path, timeout or self._timeout, query or {}, accept=accept)
        try:
            return self._exchange(request, _unfenced)
        except Unavailable as error:
            # A server that restarts or closes an idle connection breaks it under our feet. Time-outs and refusals
            # are for the queue, which waits before it comes again.
            if error.reason != CONNECTION_BROKEN:
                raise
            return self._exchange(request, _unfenced)

    def mutate(
        self,
        method: str,
        path: str,
        body: object,
        *,
        content_type: str = JSON,
        query: Mapping[str, str] | None = None,
        timeout: float | None = None,
        fenced: bool = True,
    ) -> Any:
        """Send one mutation, once, if the fence lets it pass.

        Args:
            method: HTTP method.
            path: Absolute path.
            body: JSON-serialisable.
            content_type: Patches need theirs.
            query: Further parameters.
            timeout: Seconds, where the client's own is too long.
            fenced: False only for the Lease, which the fence itself stands on.

        Raises:
            KubeError: As the answer says; after Unavailable it may have happened.
            Exception: Whatever the fence raises; nothing was sent then.
        """
        # The server gives up at the same time as we do: a write that we count as failed does not happen later.
        seconds = timeout or self._mutation_timeout
        bounded = {"timeout": f"{seconds:g}s", **(query or {})}
        content = json.dumps(body, separators=(",", ":")).encode()
        request = _Request(method, path, seconds, bounded, content, content_type)
        return self._exchange(request, self._fence if fenced else _unfenced)

    def _exchange(self, request: _Request, fence: Fence) -> Any:
        session = self._session
        fence(request.timeout)
        answer = self._send(session, request)
        if answer.status == 401:
            # Not authenticated means not done: sending it again is safe, also for a mutation.
            session = self._renew(session)
            fence(request.timeout)
            answer = self._send(session, request)
        if not 200 <= answer.status < 300:
            raise from_answer(
                method=request.method,
                path=request.path,
                status=answer.status,
                content=answer.data,
                retry_after=answer.headers.get("Retry-After"),
            )
        return _decoded(answer, request)

    def _send(self, session: _Session, request: _Request) -> BaseHTTPResponse:
        started = time.perf_counter()
        status = 0
        try:
            # Retries are switched off in the configuration; a redirect is an answer like any other.
            answer = session.pool.request(
                request.method,
                session.host + request.target,
                body=request.body,
                headers=request.headers(session.token()),
                timeout=Timeout(total=request.timeout),
            )
            status = answer.status
            return answer
        except HTTPError as error:
            raise _no_answer(request, error) from error
        finally:
            self._observer(request.method, session.authority, status, time.perf_counter() - started)

    def _open(self) -> _Session:
        configuration = self._configure()
        configuration.connection_pool_maxsize = self._pool_size
        return _Session(configuration)

    def _renew(self, stale: _Session) -> _Session:
        """Read the credentials again, once for all threads that met the same 401."""
        with self._lock:
            if self._session is stale:
                self._session = self._open()
            return self._session

    def close(self) -> None:
        """Close the idle connections."""
        self._session.pool.clear()


def _unfenced(_seconds: float) -> None:
    """Let everything pass: reads, and the Lease."""


def _no_answer(request: _Request, error: HTTPError) -> KubeError:
    reason = "Timeout" if isinstance(error, HttpTimeoutError) else CONNECTION_BROKEN
    text = f"{request.method} {request.path}: no answer from the API server ({error})"
    return Unavailable(text, status=0, reason=reason)


def _decoded(answer: BaseHTTPResponse, request: _Request) -> Any:
    try:
        return json.loads(answer.data)
    except ValueError as error:
        text = f"{request.method} {request.path}: the answer is not JSON; is there a proxy before the API server?"
        raise Unavailable(text, status=answer.status, reason="NotJson") from error
