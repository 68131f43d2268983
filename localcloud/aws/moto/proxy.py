"""The WSGI application that clients talk to: understand, script, judge, serve, record.

Every call passes here exactly once, so that the ledger is complete. It knows no service by name; what services do is in
`backend`.
"""

from __future__ import annotations

import re
import socket
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from localcloud.aws.faults import Call, FaultScript
from localcloud.aws.ledger import Ledger
from localcloud.aws.moto.apicall import ApiCall, Environ, NotUnderstood, settle_body, understand
from localcloud.aws.moto.backend import MotoBackend
from localcloud.aws.moto.denials import Denials, iam_action
from localcloud.aws.moto.faulting import Dropped, under
from localcloud.aws.moto.principals import Principals
from localcloud.aws.moto.replies import ApiError, Reply, access_denied, failure

_FAILED = 400
_ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>|\"__type\": ?\"(?:[^\"#]*#)?([^\"]+)\"")


@dataclass(frozen=True)
class Proxy:
    """Counts, scripts and judges every call, and has the backend serve it."""

    backend: MotoBackend
    principals: Principals
    denials: Denials
    faults: FaultScript
    ledger: Ledger

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Serve one request (WSGI)."""
        body = settle_body(environ)
        try:
            call = understand(environ, body, self.principals)
        except NotUnderstood as problem:
            return _send(Reply(501, str(problem).encode(), (("Content-Type", "text/plain"),)), start_response)
        noted = as_noted(call)
        try:
            reply, code = self._reply(call, noted, environ, body)
        except Dropped as order:
            self.ledger.record(noted, 0)
            _close(environ, order.reply)
            # The server takes this for a client that went away, and says nothing more.
            raise ConnectionAbortedError("closed by a fault script") from None
        self.ledger.record(noted, reply.status, code if reply.status >= _FAILED else None)
        return _send(reply, start_response)

    def _reply(self, call: ApiCall, noted: Call, environ: Environ, body: bytes) -> tuple[Reply, str]:
        head = environ["REQUEST_METHOD"] == "HEAD"

        def serve() -> Reply:
            try:
                self._judge(call)
                return self.backend.serve(call, environ, body)
            except ApiError as error:
                return failure(error, protocol=call.protocol, head=head)
            except Exception:  # a bug in moto or here is an answer too, or the client would hang
                traceback.print_exc(file=sys.stderr)
                broken = ApiError("InternalFailure", f"localcloud could not serve {noted.operation}", status=500)
                return failure(broken, protocol=call.protocol, head=head)

        reply, scripted = under(self.faults, noted, protocol=call.protocol, head=head, serve=serve)
        return reply, scripted or _code_of(reply)

    def _judge(self, call: ApiCall) -> None:
        """Raise the protocol's refusal if the call is denied to its caller."""
        action = iam_action(call.service, call.operation, versioned=bool(call.params.get("VersionId")))
        if self.denials.denies(call.principal, action, f"{call.service}:{call.operation}"):
            raise access_denied(protocol=call.protocol, service=call.service, caller=call.principal.arn, action=action)


def as_noted(call: ApiCall) -> Call:
    """Return the call as fault scripts and the ledger see it."""
    session = call.principal.session
    return Call(
        service=call.service,
        operation=call.operation,
        resource=call.resource,
        account=call.account,
        region=call.region,
        principal=session.name if session else call.access_key_id,
    )


def _code_of(reply: Reply) -> str:
    """Return the error code that an answer carries, or its status where it carries none (HEAD)."""
    if header := reply.header("x-amzn-ErrorType"):
        return header
    found = _ERROR_CODE.search(reply.body)
    return next(group for group in found.groups() if group).decode() if found else str(reply.status)


def _send(reply: Reply, start_response: Any) -> Iterable[bytes]:
    headers = list(reply.headers)
    if reply.header("Content-Length") is None:
        headers.append(("Content-Length", str(len(reply.body))))
    start_response(_status_line(reply.status), headers)
    return [reply.body]


def _status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _close(environ: Environ, reply: Reply | None) -> None:
    """Close the connection under the server, after half of `reply` if there is one."""
    connection: socket.socket = environ["werkzeug.socket"]
    if reply is not None:
        head = f"HTTP/1.1 {_status_line(reply.status)}\r\nContent-Length: {len(reply.body) or 2}\r\n\r\n"
        connection.sendall(head.encode() + reply.body[: len(reply.body) // 2])
    connection.shutdown(socket.SHUT_RDWR)
