"""One open watch that passes through the fault proxy, and what can be done to it.

Why apart: a watch lives for minutes and is cut, muted or expired while it runs; all other requests are over at once.
All methods belong to the proxy's event loop.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping

import aiohttp
from aiohttp import web

from localcloud.faultrules import CutWatch, ExpireWatch, MuteWatch, Refuse, Tamper, WatchEffect

EXPIRED = {"type": "ERROR", "object": Refuse(410, message="too old resource version").body()}
"""What the API server sends when a watch's resourceVersion is gone: HTTP 200, then this event."""


class WatchStream:
    """Copies lines from the API server to the client.

    Args:
        request: the client's.
        resource: plural name, for those who look for watches by it.
        effect: what is to happen to this watch, if anything.
    """

    def __init__(self, request: web.BaseRequest, resource: str, effect: WatchEffect | None) -> None:
        self._request = request
        self._effect = effect
        self._open = asyncio.Event()
        self._open.set()
        self.resource = resource

    def cut(self) -> None:
        """Reset the client's connection."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def mute(self) -> None:
        """Pass nothing until `unmute`."""
        self._open.clear()

    def unmute(self) -> None:
        """Go on where it stood."""
        self._open.set()

    async def pump(self, answer: aiohttp.ClientResponse, headers: Mapping[str, str]) -> web.StreamResponse:
        """Copy until either side ends and return the response that was streamed."""
        response = web.StreamResponse(status=answer.status, headers=dict(headers))
        await response.prepare(self._request)
        passed = 0
        try:
            if await self._intervene(response, passed):
                return response
            async for line in _lines(answer):
                for copy in self._rewritten(line):
                    await self._open.wait()
                    await response.write(copy)
                passed += 1
                if await self._intervene(response, passed):
                    return response
            await response.write_eof()
        except (aiohttp.ClientError, ConnectionResetError):
            self.cut()
        return response

    async def _intervene(self, response: web.StreamResponse, passed: int) -> bool:
        """Let the effect happen if its event has come; return whether the stream is over."""
        match self._effect:
            case CutWatch(after_events=due) if due == passed:
                self.cut()
                return True
            case ExpireWatch(after_events=due) if due == passed:
                await response.write(json.dumps(EXPIRED).encode() + b"\n")
                await response.write_eof()
                return True
            case MuteWatch(after_events=due) if due == passed:
                self.mute()
        return False

    def _rewritten(self, line: bytes) -> Iterable[bytes]:
        return self._effect.rewrite(line) if isinstance(self._effect, Tamper) else (line,)


async def _lines(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yield whole lines with their ends. Not by readline: an object may be longer than its limit."""
    buffer = b""
    async for chunk in answer.content.iter_any():
        *whole, buffer = (buffer + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if buffer:
        yield buffer
