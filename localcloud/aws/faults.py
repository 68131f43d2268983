"""Faults by script: which call goes wrong, when and how.

One script serves every simulated service, so that a test says "the third CreateEnvironment loses its answer" in one
line. It decides only; the servers carry a decision out. It must not know any service.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Literal


@dataclass(frozen=True)
class Call:
    """One call as the scripts and the ledger see it.

    Attributes:
        service: boto3's name of the service: "mwaa", "s3", …
        operation: Name in the service model, for example "CreateEnvironment".
        resource: What it is about (an environment's name, a bucket, a role); "" when the call names none.
        account: Twelve digits.
        region: For example "eu-central-1".
        principal: Access key id, or the session name of an assumed role.
    """

    service: str
    operation: str
    resource: str = ""
    account: str = ""
    region: str = ""
    principal: str = ""


@dataclass(frozen=True)
class Error:
    """An error answer: HTTP status, AWS error code, text, and seconds for a Retry-After header."""

    status: int
    code: str
    message: str = ""
    retry_after: float | None = None


THROTTLED = Error(400, "ThrottlingException", "Rate exceeded")
UNAVAILABLE = Error(503, "ServiceUnavailableException", "Service is unavailable. Please try again.")
INTERNAL = Error(500, "InternalServerException", "An internal error occurred.")
EXPIRED_TOKEN = Error(403, "ExpiredTokenException", "The security token included in the request is expired")
UNRECOGNIZED_CLIENT = Error(
    403, "UnrecognizedClientException", "The security token included in the request is invalid."
)
CLOCK_SKEW = Error(403, "InvalidSignatureException", "Signature expired: the request time is too skewed.")
HTML_502 = b"<html><head><title>502 Bad Gateway</title></head><body>upstream connect error</body></html>"


@dataclass(frozen=True)
class Rule:
    """One scripted fault. Patterns are shell globs, case-sensitive; one rule at most acts on a call.

    Attributes:
        service: Pattern of `Call.service`, like the next four.
        skip: So many matching calls pass before the rule acts.
        times: On so many calls it acts; None for ever.
        when: "before" = fails before any effect; "after" = the effect happens, then the fault; "instead" = the answer
            is replaced and there is no effect. Without any of error, drop, cut, body the call succeeds (after `delay`).
        error: Answer with this error.
        delay: Seconds to wait before answering.
        drop: Close the connection without an answer (with "after": a lost response).
        cut: Send the headers and half of the answer, then close.
        body: Send these bytes as the answer, with `error.status` (502 without an error).
        hold: Block the call under this name until `FaultScript.release`; at "before" ahead of the effect, at "after"
            behind it. Forwarded it goes on (with the rule's other faults, if any), dropped the connection closes.
    """

    service: str = "*"
    operation: str = "*"
    resource: str = "*"
    account: str = "*"
    region: str = "*"
    principal: str = "*"
    skip: int = 0
    times: int | None = 1
    when: Literal["before", "after", "instead"] = "before"
    error: Error | None = None
    delay: float = 0.0
    drop: bool = False
    cut: bool = False
    body: bytes | None = None
    hold: str | None = None

    def matches(self, call: Call) -> bool:
        """Tell whether the call fits all six patterns."""
        pairs = (
            (self.operation, call.operation),
            (self.service, call.service),
            (self.resource, call.resource),
            (self.account, call.account),
            (self.region, call.region),
            (self.principal, call.principal),
        )
        return all(pattern in ("*", text) or fnmatchcase(text, pattern) for pattern, text in pairs)

    @property
    def fails(self) -> bool:
        """Whether the answer is spoilt (and not only delayed or held)."""
        return self.drop or self.cut or self.error is not None or self.body is not None

    def to_json(self) -> dict[str, Any]:
        """Return the rule as JSON-ready values (`body` as text)."""
        data = asdict(self)
        data["body"] = None if self.body is None else self.body.decode("latin-1")
        return data

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Rule:
        """Read a rule as `to_json` writes it, members optional. Raises ValueError for members that no rule has."""
        unknown = set(data) - {item.name for item in fields(Rule)}
        if unknown:
            raise ValueError(f"A fault rule has no {sorted(unknown)}")
        values = dict(data)
        if values.get("when", "before") not in ("before", "after", "instead"):
            raise ValueError(f"when is before, after or instead, not {values['when']!r}")
        if isinstance(values.get("error"), Mapping):
            values["error"] = Error(**values["error"])
        if isinstance(values.get("body"), str):
            values["body"] = values["body"].encode("latin-1")
        return Rule(**values)


class Held:
    """A call that is blocked until somebody lets it go."""

    def __init__(self, name: str, call: Call) -> None:
        self.name = name
        self.call = call
        self.future: Future[bool] = Future()
        """True = forward, False = drop. Threads use `.result(timeout)`, loops `asyncio.wrap_future`."""


@dataclass
class _Armed:
    rule: Rule
    skip: int
    left: int | None


class FaultScript:
    """The rules in force and the calls held by them. Thread-safe."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rules: dict[str, _Armed] = {}
        self._held: list[Held] = []
        self._ids = count(1)

    def add(self, rule: Rule) -> str:
        """Arm a rule (the oldest that fits a call acts on it) and return its id."""
        with self._changed:
            rule_id = f"fault-{next(self._ids)}"
            self._rules[rule_id] = _Armed(rule, rule.skip, rule.times)
            return rule_id

    def remove(self, rule_id: str) -> bool:
        """Disarm a rule; False when there was none (any more)."""
        with self._changed:
            return self._rules.pop(rule_id, None) is not None

    def clear(self) -> None:
        """Disarm all rules and forward every held call."""
        with self._changed:
            self._rules.clear()
            released, self._held = self._held, []
        for held in released:
            held.future.set_result(True)

    @property
    def rules(self) -> dict[str, Rule]:
        """The armed rules by id, oldest first."""
        with self._changed:
            return {rule_id: armed.rule for rule_id, armed in self._rules.items()}

    def match(self, call: Call) -> Rule | None:
        """Return the rule that acts on this call, counting the call against it; None when none does."""
        if not self._rules:
            return None
        with self._changed:
            for rule_id, armed in list(self._rules.items()):
                if not armed.rule.matches(call):
                    continue
                if armed.skip > 0:
                    armed.skip -= 1
                    continue
                if armed.left is not None:
                    armed.left -= 1
                    if armed.left <= 0:
                        del self._rules[rule_id]
                return armed.rule
        return None

    def hold(self, name: str, call: Call) -> Held:
        """Register a call as held under `name` (for servers); the server then waits for its future."""
        held = Held(name, call)
        with self._changed:
            self._held.append(held)
            self._changed.notify_all()
        return held

    def abandon(self, held: Held) -> None:
        """Forget a held call whose client has gone away."""
        with self._changed:
            if held in self._held:
                self._held.remove(held)

    @property
    def held(self) -> list[tuple[str, Call]]:
        """The calls that are held now, in order of arrival."""
        with self._changed:
            return [(held.name, held.call) for held in self._held]

    def wait_held(self, name: str, timeout: float = 30.0) -> Call:
        """Wait until a call is held under `name` and return it. Raises TimeoutError."""
        with self._changed:
            found = self._changed.wait_for(lambda: self._first(name), timeout)
        if found is None:
            raise TimeoutError(f"No call was held as {name!r} within {timeout} s")
        return found.call

    def release(self, name: str, forward: bool = True) -> int:
        """Let every call held under `name` go on (`forward`) or lose its connection; return how many there were."""
        with self._changed:
            released = [held for held in self._held if held.name == name]
            self._held = [held for held in self._held if held.name != name]
        for held in released:
            held.future.set_result(forward)
        return len(released)

    def _first(self, name: str) -> Held | None:
        return next((held for held in self._held if held.name == name), None)
