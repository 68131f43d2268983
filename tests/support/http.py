"""An HTTP server that answers from a script: for what a real API server does only on a bad day.

It records every request, so that a test can say how often something was sent. Nothing here knows Kubernetes.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One scripted answer.

    Attributes:
        status: HTTP status.
        body: Sent as JSON unless it is text already.
        headers: Further headers.
        drop: Close the connection instead of answering.
        hold: Answer only after the server is closed: the client sees a time-out.
    """

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    hold: bool = False


@dataclass(frozen=True)
class Seen:
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class ScriptedServer:
    """Where it listens, what it will answer, and what it was asked. The last reply is repeated for ever."""

    def __init__(self, replies: tuple[Reply, ...]) -> None:
        self.requests: list[Seen] = []
        self._replies = deque(replies)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def _next(self, seen: Seen) -> Reply:
        with self._lock:
            self.requests.append(seen)
            return self._replies[0] if len(self._replies) == 1 else self._replies.popleft()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        length = int(handler.headers.get("Content-Length") or 0)
        content = handler.rfile.read(length)
        body = json.loads(content) if content else None
        reply = self._next(Seen(handler.command, handler.path, dict(handler.headers), body))
        if reply.hold:
            self._closing.wait(30)
        if reply.hold or reply.drop:
            handler.close_connection = True
            return
        payload = reply.body.encode() if isinstance(reply.body, str) else json.dumps(reply.body).encode()
        handler.send_response(reply.status)
        for name, value in {"Content-Length": str(len(payload)), **reply.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(payload)

    def close(self) -> None:
        """Stop listening and let held requests go."""
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(owner: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            owner.serve(self)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815  names of http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  name of http.server
            """Keep the tests' output clean."""

    return Handler


@contextmanager
def scripted(*replies: Reply) -> Iterator[ScriptedServer]:
    """Run a server that gives these replies in order."""
    server = ScriptedServer(replies)
    try:
        yield server
    finally:
        server.close()
