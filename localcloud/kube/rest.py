"""A small REST client for the API server.

Why not kubectl: a process per call costs 80 ms and hides status codes, which tests are about. It knows paths and JSON,
no kinds, and never retries.
"""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any


@dataclass(frozen=True)
class Answer:
    """An HTTP status, the decoded body (text if it is not JSON) and the headers."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether the server did it."""
        return 200 <= self.status < 300


class Rest:
    """Calls to one server as one user.

    Args:
        server: base URL.
        tls: trust for the server's certificate.
        token: bearer token; None calls anonymously.
    """

    def __init__(self, server: str, tls: ssl.SSLContext, token: str | None = None) -> None:
        self._server = server
        self._tls = tls
        self._token = token

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content_type: str = "application/json",
        timeout: float = 15.0,
    ) -> Answer:
        """Send one request and return the answer, whatever its status.

        Args:
            method: HTTP method.
            path: absolute path with query, such as `/api/v1/namespaces?limit=1`.
            body: JSON-serialisable; None sends none.
            content_type: patches need theirs, e.g. `application/apply-patch+yaml`.
            timeout: seconds of silence until it is given up.

        Raises:
            OSError: no answer came (refused, reset, timed out).
        """
        request = self._request(method, path)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self._tls) as response:  # noqa: S310
                return Answer(response.status, _decode(response.read()), dict(response.headers))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, _decode(refusal.read()), dict(refusal.headers))

    def stream(self, path: str, *, timeout: float = 60.0) -> HTTPResponse:
        """Open a GET whose answer is read line by line, such as a watch. The caller closes it.

        Args:
            path: absolute path with query.
            timeout: seconds of silence until reading raises.

        Raises:
            OSError: refused, by the network or by the server (urllib.error.HTTPError).
        """
        request = self._request("GET", path)
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=timeout, context=self._tls)  # noqa: S310
        return answer

    def _request(self, method: str, path: str) -> urllib.request.Request:
        request = urllib.request.Request(self._server + path, method=method)  # noqa: S310 (https to loopback)
        request.add_header("Accept", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        return request

    def get(self, path: str) -> Answer:
        """Read."""
        return self.call("GET", path)

    def post(self, path: str, body: object) -> Answer:
        """Create."""
        return self.call("POST", path, body)

    def put(self, path: str, body: object) -> Answer:
        """Replace."""
        return self.call("PUT", path, body)

    def patch(self, path: str, body: object, content_type: str = "application/merge-patch+json") -> Answer:
        """Change; a JSON merge patch unless told otherwise."""
        return self.call("PATCH", path, body, content_type=content_type)

    def delete(self, path: str) -> Answer:
        """Ask for deletion."""
        return self.call("DELETE", path)


def _decode(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")
