"""Carries out fault rules around one call.

`localcloud.aws.faults` decides which rule acts; this waits, holds, replaces the answer or closes the connection for a
WSGI server. It knows no service.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from localcloud.aws.faults import Call, FaultScript, Rule
from localcloud.aws.moto.replies import ApiError, Reply, failure

BAD_GATEWAY = 502


class Dropped(Exception):  # noqa: N818  an order to the server, not an error
    """Close the connection; `reply` is what to send half of first, None for nothing."""

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__("closed without a complete answer")
        self.reply = reply


def under(
    script: FaultScript, call: Call, *, protocol: str, head: bool, serve: Callable[[], Reply]
) -> tuple[Reply, str | None]:
    """Serve a call under the rule that acts on it, if any.

    Args:
        script: The rules in force.
        call: The call as rules see it.
        protocol: For the form of an error.
        head: Whether the answer has no body.
        serve: Has the effect and returns the true answer.

    Returns:
        The answer, and the error code of a scripted error.

    Raises:
        Dropped: the connection is to be closed.
    """
    rule = script.match(call)
    if rule is None:
        return serve(), None
    if rule.when == "after":
        reply = serve()
        _linger(script, rule, call)
        return _spoilt(rule, reply, protocol=protocol, head=head)
    _linger(script, rule, call)
    if not rule.fails or rule.cut:
        return _spoilt(rule, serve(), protocol=protocol, head=head)
    return _spoilt(rule, Reply(BAD_GATEWAY), protocol=protocol, head=head)


def _linger(script: FaultScript, rule: Rule, call: Call) -> None:
    """Wait as the rule says: its delay, then until it is released."""
    if rule.delay:
        threading.Event().wait(rule.delay)
    if rule.hold and not script.hold(rule.hold, call).future.result():
        raise Dropped


def _spoilt(rule: Rule, reply: Reply, *, protocol: str, head: bool) -> tuple[Reply, str | None]:
    """Return the answer that the rule makes out of `reply`."""
    if rule.drop:
        raise Dropped
    if rule.body is not None:
        status = rule.error.status if rule.error else BAD_GATEWAY
        return Reply(status, rule.body, (("Content-Type", "text/html"),)), rule.error.code if rule.error else None
    if rule.error is not None:
        error = ApiError(rule.error.code, rule.error.message, status=rule.error.status)
        reply = failure(error, protocol=protocol, head=head)
        if rule.error.retry_after is not None:
            reply = replace(reply, headers=(*reply.headers, ("Retry-After", f"{rule.error.retry_after:g}")))
    if rule.cut:
        raise Dropped(reply)
    return reply, rule.error.code if rule.error else None
