"""A threaded HTTP or HTTPS server for a WSGI application, on loopback.

Why not the one of moto: that one speaks no TLS, and leaves Nagle's algorithm on, which costs 40 ms for each call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

_POLL_SECONDS = 0.05
"""How long a stop may go unnoticed; the default of half a second is felt in tests."""

WsgiApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True)
class Tls:
    """PEM files of the server's certificate and key."""

    certificate: str
    key: str


class _Handler(MotoRequestHandler):
    """HTTP/1.1 with keep-alive, without delays and without a line for every call."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the ledger has every call."""


class _ThreadedServer(ThreadedWSGIServer):
    """Connections that clients keep open keep neither the process nor `server_close` waiting."""

    daemon_threads = True
    block_on_close = False


class Server:
    """Serves until it is left; a context manager."""

    def __init__(self, application: WsgiApplication, *, tls: Tls | None, port: int = 0) -> None:
        context = (tls.certificate, tls.key) if tls else None
        self._server = _ThreadedServer("127.0.0.1", port, application, handler=_Handler, ssl_context=context)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="localcloud-moto", daemon=True
        )
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Server:
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
