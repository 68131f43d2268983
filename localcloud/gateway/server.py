"""One process of BPG as two HTTP listeners: the API and the administration. A context manager.

Faults are scripted with `localcloud.aws.faults`, whose calls here have the service `bpg`, an `Operation` and the
submission; routes, answers and readiness come from their own modules.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import TypeVar

from aiohttp import web

from localcloud.aws.delivery import deliver
from localcloud.aws.faults import Call, Error, FaultScript
from localcloud.aws.listening import Listener, break_off
from localcloud.aws.wire import Reply
from localcloud.gateway import health
from localcloud.gateway.config import Config, Connector
from localcloud.gateway.errors import BpgError
from localcloud.gateway.http import HttpAnswer, HttpRequest, as_error
from localcloud.gateway.paths import way
from localcloud.gateway.service import Gateway, World

SERVICE = "bpg"
T = TypeVar("T")
WORKERS = 256
"""Calls that may wait for clusters at once; Jetty has 1,024."""
GRACE_SECONDS = 30.0
"""Dropwizard's `shutdownGracePeriod`."""


class GatewayServer:
    """Serves while it is entered; `url` and `admin_url` say where.

    Args:
        config: What it starts from.
        world: What is around it.
        faults: Which calls go wrong.
        application: Where to serve the API; None: as the file says.
        admin: Where to serve the administration; None: as the file says.
    """

    def __init__(
        self,
        config: Config,
        world: World,
        *,
        faults: FaultScript | None = None,
        application: Connector | None = None,
        admin: Connector | None = None,
    ) -> None:
        self.config = config
        self.gateway = Gateway(config, world)
        self.faults = faults or FaultScript()
        self.draining = False
        """Whether readiness says no while all else is served."""
        self.url = self.admin_url = ""
        self._clock = world.clock
        self._begun = self._clock()
        self._places = (application or config.application, admin or config.admin)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="localcloud-gateway")
        self._open = ExitStack()

    def __enter__(self) -> GatewayServer:
        """Begin to serve. Raises OSError when a port is taken."""
        urls = []
        with ExitStack() as opening:
            for handle, place in zip((self._serve, self._administer), self._places, strict=True):
                listener = Listener(handle, port=place.port, host=place.host or "127.0.0.1", grace=GRACE_SECONDS)
                urls.append(opening.enter_context(listener).url)
            self._open = opening.pop_all()
        self.url, self.admin_url = urls
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no more requests, answer those that came, and free the ports."""
        self.gateway.closing.set()
        self.faults.clear()
        self._open.close()
        self._workers.shutdown(wait=False)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = await _read(request)
        if asked.path == health.readiness_path(self.config):
            age = self._clock() - self._begun
            return _whole(health.readiness(self.config, asked, age=age, draining=self.draining))
        answers: list[HttpAnswer] = []

        async def serve() -> Reply:
            answers.append(await self._in_thread(lambda: self.gateway.answer(asked)))
            return Reply(answers[-1].status, answers[-1].body, {"Content-Type": answers[-1].content_type})

        delivery = await deliver(self.faults, self._call(asked), serve=serve, refuse=_refusal)
        reply = delivery.reply
        if reply is None or delivery.cut:
            return await break_off(request, _response(reply) if reply else None)
        if answers and answers[-1].stream is not None and reply.status == answers[-1].status:
            return await self._streamed(request, answers[-1], answers[-1].stream)
        return _response(reply)

    async def _administer(self, request: web.BaseRequest) -> web.StreamResponse:
        return _whole(health.administration(self.config, await _read(request)))

    def _call(self, asked: HttpRequest) -> Call:
        user = asked.user_account or asked.basic_user or ""
        try:
            found = way(asked.method, asked.path, self.config.context_path)
        except BpgError:
            return Call(SERVICE, "", principal=user)
        return Call(SERVICE, found.operation, found.submission or asked.query.get("subId", ""), principal=user)

    async def _streamed(
        self, request: web.BaseRequest, answer: HttpAnswer, stream: Iterator[bytes]
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
        response.enable_chunked_encoding()
        await response.prepare(request)
        while part := await self._in_thread(functools.partial(next, stream, b"")):
            await response.write(part)
        await response.write_eof()
        return response

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work)


async def _read(request: web.BaseRequest) -> HttpRequest:
    return HttpRequest(
        method=request.method,
        path=request.path,
        query=dict(request.query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.read() if request.can_read_body else b"",
    )


def _refusal(error: Error) -> Reply:
    """Return a scripted error in the form of BPG's own."""
    answer = as_error(BpgError(error.status, error.message, error.code))
    return Reply(answer.status, answer.body, {"Content-Type": answer.content_type}, error.code)


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


def _whole(answer: HttpAnswer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})
