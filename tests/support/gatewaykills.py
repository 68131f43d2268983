"""Kills of the operator around its writes for gateways: the write is held, the process dies, the write goes on or not.

A write is known by its kind: method, resource, and what tells apart writes that mean different things. What must hold
after a kill is the business of the tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from localcloud.faultrules import WRITES, ApiRequest, Effect, Hold, Rule
from localcloud.waiting import wait_until
from tests.support.gatewayfield import Field

LATE = 120.0
"""Seconds within which one write follows the other, or all is done."""
OURS = frozenset({"secrets", "pods", "deployments", "sparkgateways", "sparkjobroutes"})


class Writes(Rule):
    """Befalls all writes of the operator that are of no kind that was seen to, from the n-th on.

    Args:
        effect: What happens.
        but: Kinds that were seen to.
        of: Kinds that it befalls at all; None: every one.
        nth: The first that it befalls.

    Attributes:
        words: The kinds of those that matched, in their order.
    """

    def __init__(
        self, effect: Effect, *, but: frozenset[str] = frozenset(), of: frozenset[str] | None = None, nth: int = 1
    ) -> None:
        super().__init__(effect, methods=WRITES, nth=nth, times=None)
        self._but, self._of = but, of
        self.words: list[str] = []

    def matches(self, request: ApiRequest) -> bool:
        """Whether it is a write of such a kind."""
        if not super().matches(request) or request.resource not in OURS:
            return False
        word = said(request)
        found = word not in self._but and (self._of is None or word in self._of)
        if found:
            self.words.append(word)
        return found


def said(request: ApiRequest) -> str:
    """Return which kind of write it is."""
    resource = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    return f"{request.method} {resource} {_word(request)}".strip()


def _word(request: ApiRequest) -> str:
    if request.resource == "secrets":
        body = json.loads(request.body) if request.method == "POST" else {}
        name = body.get("metadata", {}).get("name", request.name)
        return "keys" if name.endswith(".queue-keys") else "revision" if "." in name else "token"
    if request.resource == "sparkgateways" and request.subresource:
        staged = json.loads(request.body)["status"].get("stagedRevision") or {}
        return f"{staged.get('step', '')} {staged.get('state', '')}"
    if request.resource in ("sparkgateways", "sparkjobroutes") and not request.subresource:
        return str(json.loads(request.body)[-1]["op"])
    return ""


def killed_on_the_way(
    field: Field,
    begin: Callable[[], None],
    is_over: Callable[[], bool],
    *,
    forward: bool,
    of: frozenset[str] | None = None,
) -> set[str]:
    """Kill the operator at the first writes of each kind until nothing is left to do, and return the kinds.

    Args:
        field: Where the operator is.
        begin: Gives it something to do.
        is_over: Whether all of that is done.
        forward: Whether the write that it dies at takes effect.
        of: The kinds at which it is killed; None: all.
    """
    done: set[str] = set()
    while True:
        rule = Writes(Hold(), but=frozenset(done), of=of)
        field.proxy.add(rule)
        if done:
            again(field)
        else:
            begin()
        wait_until(partial(_moves, rule, is_over), within=LATE, what=f"more than {done}", pause=0.3)
        if not rule.fired.is_set():
            rule.release()
            return done
        field.operator.kill()
        rule.release(forward=forward)
        done.update(rule.words)


def again(field: Field) -> None:
    """Start the operator anew."""
    field.operator.kill()
    field.vacate()
    field.operator.restart()
    field.operator.wait_ready(60)


def _moves(rule: Rule, is_over: Callable[[], bool]) -> bool:
    return rule.fired.is_set() or is_over()
