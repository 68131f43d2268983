"""A reverse proxy before the API server that makes the faults which real clusters have.

Why at the wire: the product carries no crash points; a test holds the n-th write here, kills the operator, and then
forwards or drops what was held. It runs in a thread with an event loop of its own and speaks TLS on both sides.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from yarl import URL

from localcloud.certs import Authority
from localcloud.faultrules import WATCH, ApiRequest, Delay, Drop, Hold, Refuse, Rule, WatchEffect
from localcloud.faultwatch import WatchStream
from localcloud.ports import LOOPBACK

T = TypeVar("T")

START_SECONDS = 20.0

STOP_SECONDS = 3.0
"""How long a stop waits for requests that were just released; an API server that stands still answers never."""

HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "trailers", "transfer-encoding", "upgrade", "host"})
"""Headers of one connection, not passed on (RFC 9110, 7.6.1); Host is set anew by the client."""

Key = tuple[str, str, str]
"""(method or WATCH, resource, subresource)."""


class FaultProxy:
    """Serves on a loopback port inside its `with` block.

    Args:
        server: base URL of the API server.
        authority: signed the API server's certificate and signs the proxy's.
    """

    def __init__(self, server: str, authority: Authority) -> None:
        self._server = server
        self._authority = authority
        self._rules: list[Rule] = []
        self._watches: set[WatchStream] = set()
        self._exchanges: set[asyncio.Task[web.StreamResponse]] = set()
        self._counts: Counter[Key] = Counter()
        self._lock = threading.Lock()
        self._holding = 0
        self._ready: Future[str] = Future()
        self._thread = threading.Thread(target=self._run, name="faultproxy", daemon=True)
        self.held = threading.Event()
        """Set while any request is held."""
        self.url = ""

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        self.url = self._ready.result(START_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear(forward=False)
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(START_SECONDS)

    def add(self, rule: Rule) -> Rule:
        """Put a rule in force and return it. The oldest rule that befalls a request decides; all of them count it."""
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self, *, forward: bool = True) -> None:
        """Release and forget all rules."""
        with self._lock:
            rules, self._rules = self._rules, []
        for rule in rules:
            rule.release(forward=forward)

    def count(self, method: str | None = None, resource: str | None = None, subresource: str | None = None) -> int:
        """Return how many requests arrived; None stands for any."""
        wanted = (method, resource, subresource)
        return sum(
            number
            for key, number in self.counts().items()
            if all(want in (None, have) for want, have in zip(wanted, key, strict=True))
        )

    def counts(self) -> Counter[Key]:
        """Return the number of requests by (method or WATCH, resource, subresource)."""
        with self._lock:
            return self._counts.copy()

    def cut_watches(self, resource: str | None = None) -> int:
        """Reset the open watches of a resource (of all) and return their number."""
        return self._on_watches(resource, WatchStream.cut)

    def mute_watches(self, resource: str | None = None) -> int:
        """Let no more bytes through the open watches until `unmute_watches`; return their number."""
        return self._on_watches(resource, WatchStream.mute)

    def unmute_watches(self, resource: str | None = None) -> int:
        """Let muted watches go on where they stood."""
        return self._on_watches(resource, WatchStream.unmute)

    def _on_watches(self, resource: str | None, action: Callable[[WatchStream], None]) -> int:
        async def act() -> int:
            chosen = [watch for watch in self._watches if resource in (None, watch.resource)]
            for watch in chosen:
                action(watch)
            return len(chosen)

        return self._ask(act())

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result(START_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve_until_stopped())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve_until_stopped(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        connector = aiohttp.TCPConnector(limit=0, ssl=self._authority.client_context())
        never = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(connector=connector, timeout=never, auto_decompress=False) as self._upstream:
            # A watch ends with its client; everything else must outlive it, see _handle.
            server = web.Server(self._handle, handler_cancellation=True)
            runner = web.ServerRunner(server, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, LOOPBACK, 0, ssl_context=self._authority.server_context("faultproxy")).start()
            self._ready.set_result(f"https://{LOOPBACK}:{runner.addresses[0][1]}")
            await self._stopping.wait()
            if self._exchanges:
                _, late = await asyncio.wait(self._exchanges, timeout=STOP_SECONDS)
                for exchange in late:
                    exchange.cancel()
            for connection in server.connections:
                # An orderly end of TLS waits for clients that keep connections open; they may be dead.
                if connection.transport is not None:
                    connection.transport.abort()
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        described = ApiRequest.parse(
            request.method,
            request.raw_path,
            user_agent=request.headers.get("User-Agent", ""),
            body=body.decode(errors="replace"),
        )
        rule = self._judge(described)
        exchange = asyncio.ensure_future(self._exchange(request, body, described, rule))
        if described.method == WATCH:
            return await exchange
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._exchanges.discard)
        return await asyncio.shield(exchange)

    def _judge(self, described: ApiRequest) -> Rule | None:
        with self._lock:
            self._counts[described.method, described.resource, described.subresource] += 1
            befalling = [rule for rule in self._rules if rule.befalls(described)]
        return befalling[0] if befalling else None

    async def _exchange(
        self, request: web.BaseRequest, body: bytes, described: ApiRequest, rule: Rule | None
    ) -> web.StreamResponse:
        effect = rule.effect if rule else None
        if rule and not isinstance(effect, Hold):
            rule.fired.set()
        match effect:
            case Refuse():
                headers = {"Retry-After": str(effect.retry_after)} if effect.retry_after is not None else {}
                return web.json_response(effect.body(), status=effect.status, headers=headers)
            case Delay():
                await asyncio.sleep(effect.seconds)
            case Hold() if rule and not await self._hold(rule):
                return _reset(request)
            case Drop(after_forward=False):
                return _reset(request)
        return await self._forward(request, body, described, rule)

    async def _hold(self, rule: Rule) -> bool:
        """Wait for the release and return whether to forward."""
        released = asyncio.Event()
        rule.when_released(lambda: self._loop.call_soon_threadsafe(released.set))
        self._holding += 1
        self.held.set()
        rule.fired.set()
        await released.wait()
        self._holding -= 1
        if not self._holding:
            self.held.clear()
        return rule.forward

    async def _forward(
        self, request: web.BaseRequest, body: bytes, described: ApiRequest, rule: Rule | None
    ) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        try:
            async with self._upstream.request(
                request.method, URL(self._server + described.path, encoded=True), headers=headers, data=body or None
            ) as answer:
                if described.method == WATCH and answer.status == 200:
                    return await self._stream(request, answer, described, rule)
                content = await answer.read()
        except aiohttp.ClientError:
            # The API server is away: its clients see a reset, as without a proxy.
            return _reset(request)
        if rule and rule.effect == Drop(after_forward=True):
            return _reset(request)
        return web.Response(status=answer.status, headers=_passed_on(answer), body=content)

    async def _stream(
        self, request: web.BaseRequest, answer: aiohttp.ClientResponse, described: ApiRequest, rule: Rule | None
    ) -> web.StreamResponse:
        effect = rule.effect if rule and isinstance(rule.effect, WatchEffect) else None
        stream = WatchStream(request, described.resource, effect)
        if rule:
            rule.when_released(lambda: self._loop.call_soon_threadsafe(stream.unmute))
        self._watches.add(stream)
        upstream = answer.connection.transport if answer.connection else None
        try:
            return await stream.pump(answer, _passed_on(answer))
        finally:
            self._watches.discard(stream)
            if upstream is not None:
                # Not an orderly end of TLS: the proxy may be gone before the API server has answered that.
                upstream.abort()


def _passed_on(answer: aiohttp.ClientResponse) -> dict[str, str]:
    dropped = HOP_BY_HOP | {"content-length"}
    return {name: value for name, value in answer.headers.items() if name.lower() not in dropped}


def _reset(request: web.BaseRequest) -> web.StreamResponse:
    """Reset the client's connection (RST, not an orderly end); the response that is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)
