"""The HTTP server behind the probes: a few threads of the standard library's, apart from the event loop.

It has to answer while the event loop hangs, which is why it is not part of it. It serves a `Site` and knows nothing
about health.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6
from socketserver import TCPServer
from typing import Any, Protocol, cast

from mwaa_operator.telemetry.health import Site

REQUEST_TIMEOUT = 10.0
"""Seconds that an idle or slow connection may hold a thread."""


class _Log(Protocol):
    def info(self, event: str, /, **fields: object) -> object:
        """Say that something changed."""
        ...

    def error(self, event: str, /, **fields: object) -> object:
        """Say that something failed."""
        ...


class HealthServer:
    """Serves a site; `serve` is the body of its thread.

    Args:
        host: Address to listen on; empty for all.
        port: Port to listen on; 0 takes any free one.
        site: What is answered.
        log: Told the port, because 0 may have been asked for.

    Raises:
        OSError: The address cannot be used.
    """

    def __init__(self, *, host: str, port: int, site: Site, log: _Log) -> None:
        self._server = _Server(host, port, site, log)
        self._serving = False
        log.info("http.listening", host=host, port=self.port)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def serve(self) -> None:
        """Answer until `close`."""
        self._serving = True
        self._server.serve_forever()

    def close(self) -> None:
        """End `serve` and give the port back; not to be called while answering a request."""
        if self._serving:
            self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    def __init__(self, host: str, port: int, site: Site, log: _Log) -> None:
        self.address_family = AF_INET6 if ":" in host else AF_INET
        self.site, self.log = site, log
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking DNS for our own name, as HTTPServer does: that may hang, and nobody needs it."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "", int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong, unless the other side has merely gone away."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            self.log.error("http.failed", exc_info=error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = REQUEST_TIMEOUT

    def do_GET(self) -> None:
        """Answer with a page."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with a page's headers."""
        self._answer(with_body=False)

    def version_string(self) -> str:
        """Say who we are and not which Python this is."""
        return "mwaa-operator"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class calls it so
        """Say nothing: probes come every few seconds."""

    def _answer(self, *, with_body: bool) -> None:
        answer = cast(_Server, self.server).site.answer(self.path, self.headers.get("Accept", ""))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)
