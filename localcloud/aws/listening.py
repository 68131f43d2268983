"""An HTTP listener on loopback with a thread and an event loop of its own, plain or with TLS.

It knows nothing of AWS: it hands each request to one coroutine. There is no routing, because a lookup per request is
what benchmarks would measure.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from aiohttp import web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

IDLE_SECONDS = 600.0
"""How long a connection without requests stays open."""
GOODBYE_SECONDS = 0.5
"""How long requests may still take when the listener is left."""


@dataclass(frozen=True)
class Tls:
    """PEM files of the server's certificate and key."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return the server's TLS context."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Listener:
    """Listens while it is entered; `url` says where.

    Args:
        handler: Answers requests, on the listener's loop.
        tls: None for plain HTTP.
        port: 0 for any free one.
        host: The address to listen on.
        grace: Seconds that requests may still take when it is left; None breaks them off.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        tls: Tls | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        grace: float | None = None,
    ) -> None:
        self.url = ""
        self._handler, self._tls, self._port = handler, tls, port
        self._host, self._grace = host, grace
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="localcloud-aws", daemon=True)
        self._started: Future[str] = Future()

    def __enter__(self) -> Listener:
        """Begin to listen. Raises OSError when the port is taken."""
        self._thread.start()
        self.url = self._started.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections and free the port."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()

    async def _listen(self) -> None:
        server = web.Server(self._handler, access_log=None, keepalive_timeout=IDLE_SECONDS)
        goodbye = GOODBYE_SECONDS if self._grace is None else self._grace
        runner = web.ServerRunner(server, shutdown_timeout=goodbye)
        await runner.setup()
        try:
            context = self._tls.context() if self._tls else None
            site = web.TCPSite(runner, self._host, self._port, ssl_context=context, backlog=1024)
            await site.start()
            scheme = "https" if self._tls else "http"
            self._started.set_result(f"{scheme}://{self._host}:{runner.addresses[0][1]}")
            await self._stop.wait()
        except OSError as problem:
            self._started.set_exception(problem)
        finally:
            # A TLS connection says goodbye at leisure; the loop ends before, so it is broken off.
            for connection in server.connections if self._grace is None else ():
                if connection.transport is not None:
                    connection.transport.abort()
            await runner.cleanup()


async def break_off(request: web.BaseRequest, half: web.Response | None) -> web.StreamResponse:
    """Close the connection of a request, after the first half of an answer if there is one."""
    transport = request.transport
    if transport is None:
        return web.Response()
    if half is None:
        transport.abort()
        return web.Response()
    body = half.body if isinstance(half.body, bytes) else b""
    response = web.StreamResponse(status=half.status, headers=half.headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    transport.close()
    return response
