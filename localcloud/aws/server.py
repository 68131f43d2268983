"""The HTTP server of simulated services: connections, signatures, throttling, faults and the ledger.

Services are given to it by signing name; it must not know any. It belongs to one event loop, the listener's.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

from aiohttp import web

from localcloud.aws.control import PREFIX, Control
from localcloud.aws.delivery import Delivery, deliver
from localcloud.aws.faults import INTERNAL, THROTTLED, Call, Error, FaultScript
from localcloud.aws.ledger import Ledger
from localcloud.aws.listening import Listener, Tls, break_off
from localcloud.aws.signing import Caller, Scope, scope_of
from localcloud.aws.throttle import Throttle
from localcloud.aws.wire import Reply, Request, Route, Wire, WrongAnswerError

DEFAULT_ACCOUNT = "123456789012"
NOT_SIGNED = Error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
NO_OPERATION = Error(404, "UnknownOperationException", "No operation has this method and path.")


class Service(Protocol):
    """A simulated service."""

    name: str
    """boto3's."""
    signing_name: str

    @property
    def wire(self) -> Wire:
        """Its protocol."""
        ...

    def resource(self, route: Route) -> str:
        """Return what a call is about, for scripts and the ledger."""
        ...

    def reply(self, route: Route, request: Request, *, caller: Caller, region: str) -> Reply:
        """Serve a call. Quick: it runs on the event loop."""
        ...


AccountOf = Callable[[str], tuple[str, str]]
"""Access key id to account and ARN of the principal."""
IsDenied = Callable[[str, str], bool]
"""Access key id and IAM action to whether it is denied."""


def default_account_of(access_key_id: str) -> tuple[str, str]:
    """Every key belongs to the default account, except that one of twelve digits belongs to that account."""
    account = access_key_id if len(access_key_id) == 12 and access_key_id.isdigit() else DEFAULT_ACCOUNT
    return account, f"arn:aws:iam::{account}:user/{access_key_id}"


@dataclass
class Conduct:
    """How the server behaves; may be changed at any time.

    Attributes:
        latency: Seconds before every call is looked at.
        rate: Calls per second for each account, Region and service; None for no limit.
        burst: How many may come at once.
    """

    latency: float = 0.0
    rate: float | None = None
    burst: float = 10.0

    def set(self, **changes: float | None) -> None:
        """Change some of it. Raises ValueError for what it has not."""
        if unknown := set(changes) - set(self.__dataclass_fields__):
            raise ValueError(f"The server's conduct has no {sorted(unknown)}")
        for name, value in changes.items():
            setattr(self, name, value)


class AwsServer:
    """Serves while it is entered; `url` says where.

    Args:
        services: What is served.
        faults: Which calls go wrong.
        ledger: What was called.
        control: Answers `/_localcloud/`.
        conduct: Latency and throttling.
        account_of: Who uses an access key.
        is_denied: Which actions are denied to whom.
        tls: None for plain HTTP.
        port: 0 for any free one.
    """

    def __init__(
        self,
        services: list[Service],
        *,
        faults: FaultScript,
        ledger: Ledger,
        control: Control,
        conduct: Conduct | None = None,
        account_of: AccountOf = default_account_of,
        is_denied: IsDenied = lambda access_key_id, action: False,
        tls: Tls | None = None,
        port: int = 0,
    ) -> None:
        self.conduct = conduct or Conduct()
        self.defects: list[str] = []
        """What this simulator got wrong: answers that the service model does not allow. Tests must end with none."""
        self.url = ""
        self._services: Mapping[str, Service] = {service.signing_name: service for service in services}
        self._faults, self._ledger, self._control = faults, ledger, control
        self._account_of, self._is_denied = account_of, is_denied
        self._throttles: dict[tuple[Any, ...], Throttle] = {}
        self._listener = Listener(self._handle, tls=tls, port=port)

    def __enter__(self) -> AwsServer:
        """Begin to serve."""
        self._listener.__enter__()
        self.url = self._listener.url
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forward held calls, close all connections and free the port."""
        self._faults.clear()
        self._listener.__exit__(kind, error, trace)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        raw_path, _, query = request.raw_path.partition("?")
        body = await request.read() if request.can_read_body else b""
        if raw_path.startswith(PREFIX):
            return await self._controlled(request, raw_path, body)
        scope = scope_of(request.headers.get("Authorization", ""))
        service = self._services.get(scope.service) if scope else None
        if scope is None or service is None:
            error = NO_OPERATION if scope else NOT_SIGNED
            return web.json_response({"message": error.message}, status=error.status, headers=_named(error))
        asked = Request(request.method, raw_path, query, body, request.headers)
        route = service.wire.route(asked)
        if route is None:
            return _response(service.wire.refusal(NO_OPERATION))
        account, arn = self._account_of(scope.access_key_id)
        call = Call(
            service=service.name,
            operation=route.operation,
            resource=service.resource(route),
            account=account,
            region=scope.region,
            principal=arn.rsplit("/", 1)[-1] if ":assumed-role/" in arn else scope.access_key_id,
        )
        delivery = await self._deliver(service, route, asked, call, scope, Caller(account, arn, scope.access_key_id))
        reply = delivery.reply
        self._ledger.record(call, reply.status if reply else 0, reply.code if reply else None)
        if reply is None or delivery.cut:
            return await break_off(request, _response(reply) if reply else None)
        return _response(reply)

    async def _deliver(
        self, service: Service, route: Route, asked: Request, call: Call, scope: Scope, caller: Caller
    ) -> Delivery:
        if self.conduct.latency:
            await asyncio.sleep(self.conduct.latency)
        if not self._throttle(call).passes():
            return Delivery(service.wire.refusal(THROTTLED, checked=False))
        action = f"{service.signing_name}:{route.operation}"

        async def serve() -> Reply:
            if self._is_denied(scope.access_key_id, action):
                return service.wire.refusal(denied(caller.arn, action))
            try:
                return service.reply(route, asked, caller=caller, region=call.region)
            except WrongAnswerError as defect:
                self.defects.append(str(defect))
                return service.wire.refusal(INTERNAL)

        return await deliver(
            self._faults,
            call,
            serve=serve,
            refuse=lambda error: service.wire.refusal(error, checked=False),
        )

    def _throttle(self, call: Call) -> Throttle:
        key = (call.service, call.account, call.region, self.conduct.rate, self.conduct.burst)
        found = self._throttles.get(key)
        if found is None:
            found = self._throttles[key] = Throttle(self.conduct.rate, self.conduct.burst, time.monotonic)
        return found

    async def _controlled(self, request: web.BaseRequest, path: str, body: bytes) -> web.StreamResponse:
        query = dict(request.query)
        place = path[len(PREFIX) :]
        status, value = await asyncio.to_thread(self._control.answer, request.method, place, query, body)
        return web.Response(
            status=status, body=json.dumps(value, default=str).encode(), content_type="application/json"
        )


def denied(arn: str, action: str) -> Error:
    """Return IAM's refusal of an action."""
    return Error(403, "AccessDeniedException", f"User: {arn} is not authorized to perform: {action}")


def _named(error: Error) -> Mapping[str, str]:
    return {"x-amzn-ErrorType": error.code}


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
