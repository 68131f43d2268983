"""Carries out fault rules around one call, for servers on an event loop.

`faults` decides which rule acts; this waits, holds, and says what is to be sent. It knows no service and no HTTP
server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from localcloud.aws.faults import Call, Error, FaultScript, Rule
from localcloud.aws.wire import Reply

BAD_GATEWAY = 502
EMPTY = Reply(200, b'{"Name": null}', {"Content-Type": "application/json"})
"""Half of this is what a cut answer shows of a call that had no effect."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a client is to get: a reply, half of it (`cut`), or (None) a closed connection."""

    reply: Reply | None
    cut: bool = False


async def deliver(
    script: FaultScript,
    call: Call,
    *,
    serve: Callable[[], Awaitable[Reply]],
    refuse: Callable[[Error], Reply],
) -> Delivery:
    """Serve a call under the rule that acts on it, if any.

    Args:
        script: The rules in force.
        call: The call as rules see it.
        serve: Has the effect and returns the true answer.
        refuse: Gives an error its form on the wire.
    """
    rule = script.match(call)
    if rule is None:
        return Delivery(await serve())
    if rule.when == "after":
        reply = await serve()
        return _spoilt(rule, reply, refuse) if await _linger(script, rule, call) else Delivery(None)
    if not await _linger(script, rule, call):
        return Delivery(None)
    return _spoilt(rule, EMPTY, refuse) if rule.fails else Delivery(await serve())


async def _linger(script: FaultScript, rule: Rule, call: Call) -> bool:
    """Wait as the rule says: its delay, then until it is released. Returns False when it was dropped."""
    if rule.delay:
        await asyncio.sleep(rule.delay)
    if rule.hold is None:
        return True
    held = script.hold(rule.hold, call)
    try:
        return await asyncio.wrap_future(held.future)
    finally:
        script.abandon(held)


def _spoilt(rule: Rule, reply: Reply, refuse: Callable[[Error], Reply]) -> Delivery:
    """Return what the rule makes of the true answer."""
    if rule.drop:
        return Delivery(None)
    if rule.body is not None:
        error = rule.error or Error(BAD_GATEWAY, "BadGateway")
        reply = Reply(error.status, rule.body, {"Content-Type": "text/html"}, error.code)
    elif rule.error is not None:
        reply = refuse(rule.error)
    return Delivery(reply, cut=rule.cut)
