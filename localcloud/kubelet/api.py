"""The API server for the node's event loop: calls on connections that stay open, and mirrors of lists.

Why not kube/rest.py: that one blocks and connects anew for each call. It knows paths and JSON, no kinds, and never
retries; a mirror does nothing else.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any

import aiohttp

from localcloud.kube.rest import Answer

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"

CALL_SECONDS = 15.0
WATCH_SECONDS = 300
PAUSE_SECONDS = 0.3
"""Before a list is asked for again after a failure."""


class Api:
    """Calls as one user; usable inside its `async with` block, on one event loop.

    Args:
        server: base URL.
        tls: trust for the server's certificate.
        token: bearer token.
    """

    def __init__(self, server: str, tls: ssl.SSLContext, token: str) -> None:
        self._server = server
        self._tls = tls
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "localcloud-kubelet"}

    async def __aenter__(self) -> Api:
        connector = aiohttp.TCPConnector(limit=0, ssl=self._tls)
        self._session = aiohttp.ClientSession(connector=connector, headers=self._headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def call(
        self, method: str, path: str, body: object = None, *, content_type: str = "application/json"
    ) -> Answer:
        """Send one request and return the answer; a refusal is an answer.

        Raises:
            ConnectionError: none came, or the server says that it cannot answer now.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": content_type} if data else {}
        limit = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with self._session.request(
                method, self._server + path, data=data, headers=headers, timeout=limit
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as silence:
            raise ConnectionError(f"{method} {path}: {silence!r}") from silence
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ConnectionError(f"{method} {path}: {answer.status} {content[:200]!r}")
        return Answer(answer.status, json.loads(content), dict(answer.headers))

    async def watch(self, path: str, version: str) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the events of a list until the server ends the watch.

        Raises:
            ConnectionError: it was cut.
        """
        limit = aiohttp.ClientTimeout(total=None, sock_connect=CALL_SECONDS)
        query = f"?watch=1&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}"
        try:
            async with self._session.get(self._server + path + query, timeout=limit) as answer:
                async for line in _lines(answer):
                    yield json.loads(line)
        except (aiohttp.ClientError, TimeoutError) as cut:
            raise ConnectionError(f"watch of {path}: {cut!r}") from cut


async def _lines(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yield whole lines. Not by readline: an object may be longer than its limit."""
    buffer = b""
    async for chunk in answer.content.iter_any():
        *whole, buffer = (buffer + chunk).split(b"\n")
        for line in whole:
            yield line


class Mirror:
    """All objects of a list, kept up to date while `follow` runs.

    Args:
        api: the server.
        path: of the list.
        changed: called after every change; it looks at `objects` and must not fail.
    """

    def __init__(self, api: Api, path: str, changed: Callable[[], None]) -> None:
        self._api = api
        self._path = path
        self._changed = changed
        self.objects: dict[str, dict[str, Any]] = {}
        """By uid."""

    async def follow(self) -> None:
        """List and watch for ever; begins anew whenever the server ends a watch, is away or forgot the version."""
        while True:
            try:
                version = await self._list()
                async for event in self._api.watch(self._path, version):
                    if event["type"] == "ERROR":
                        break
                    self._take(event)
            except ConnectionError:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _list(self) -> str:
        answer = await self._api.call("GET", self._path)
        if not answer.ok:
            raise ConnectionError(f"list of {self._path}: {answer.body}")
        self.objects = {item["metadata"]["uid"]: item for item in answer.body["items"]}
        self._changed()
        return str(answer.body["metadata"]["resourceVersion"])

    def _take(self, event: Mapping[str, Any]) -> None:
        found = event["object"]
        if event["type"] == "BOOKMARK":
            return
        if event["type"] == "DELETED":
            self.objects.pop(found["metadata"]["uid"], None)
        else:
            self.objects[found["metadata"]["uid"]] = found
        self._changed()
