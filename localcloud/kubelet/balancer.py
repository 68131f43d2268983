"""One TCP listener that hands each new connection to the next backend in turn.

Open connections go on, whatever becomes of their backend's readiness. A backend that refuses is passed over, as nothing
was sent yet. It knows neither pods nor Services.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress

Address = tuple[str, int]

CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""Linger for no time: closing sends RST (socket(7), SO_LINGER)."""
CONNECT_SECONDS = 2.0


class Balancer:
    """Listens from `open` to `close`.

    Args:
        host: address to listen on.
        port: port to listen on.
        backends: asked for each new connection.
    """

    def __init__(self, host: str, port: int, backends: Callable[[], Sequence[Address]]) -> None:
        self.host = host
        self.port = port
        self._backends = backends
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to listen; on any free port where the port itself may not be had."""
        try:
            self._server = await asyncio.start_server(self._accept, self.host, self.port)
        except OSError:
            self._server = await asyncio.start_server(self._accept, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut what is open."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            # Only `close` cancels, and nobody waits for a connection's handler but `close`.
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = await self._connect()
        if found is None:
            # A reset, as from a Service without endpoints: an orderly end would look like an answer.
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return
        answers, upstream = found
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, upstream))
                group.create_task(_copy(answers, writer))
        finally:
            upstream.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        backends = self._backends()
        self._turn += 1
        # Others take their turns while this one waits for an answer, and must not lead it back to whom it asked.
        turn = self._turn
        for offset in range(len(backends)):
            host, port = backends[(turn + offset) % len(backends)]
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(host, port)
        return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side ends, and pass the end on; a reset of one side ends it too."""
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    with suppress(OSError):
        writer.write_eof()
