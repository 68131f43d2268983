"""What was called: every call with its outcome, counted and in order.

Tests and benchmarks ask it ("exactly one CreateEnvironment for this name", "no mutation after a restart").
It must not know any service, and its memory is bounded however long a benchmark runs.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from localcloud.aws.faults import Call

READING = ("Get", "List", "Describe", "Head", "Simulate", "Search", "Filter", "Lookup", "AssumeRole", "Decode")
"""First words of operations that change nothing."""

CLOSED = "ConnectionClosed"
"""Code of calls whose connection was closed without an answer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished call.

    Attributes:
        call: What was called.
        status: HTTP status answered; 0 when the connection was closed without an answer.
        code: AWS error code; None for success.
        monotonic: time.monotonic() when the answer was decided, seconds.
        wall: time.time() then, seconds.
    """

    call: Call
    status: int
    code: str | None
    monotonic: float
    wall: float

    @property
    def mutating(self) -> bool:
        """Whether the operation is one that changes something (by its name)."""
        return not self.call.operation.startswith(READING)


class Ledger:
    """All calls of a simulated cloud. Thread-safe."""

    def __init__(self, keep: int = 50_000) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._counts: Counter[tuple[str, str, str, str | None]] = Counter()
        self._waiting = 0

    def record(self, call: Call, status: int, code: str | None = None) -> None:
        """Note a call and its outcome (`status` 0 = closed without an answer)."""
        code = code or (None if status else CLOSED)
        entry = Entry(call, status, code, time.monotonic(), time.time())
        with self._changed:
            self._entries.append(entry)
            self._counts[call.service, call.operation, call.resource, code] += 1
            if self._waiting:
                self._changed.notify_all()

    def count(self, *, service: str = "*", operation: str = "*", resource: str = "*", code: str | None = "*") -> int:
        """Count calls by glob patterns; `code` None = only successes, "?*" = only failures."""
        wanted = (service, operation, resource)
        with self._changed:
            return sum(
                times
                for (*names, outcome), times in self._counts.items()
                if all(_fits(*pair) for pair in zip(wanted, names, strict=True)) and _fits_code(code, outcome)
            )

    @property
    def calls(self) -> list[Entry]:
        """The newest calls (at most `keep`), oldest first."""
        with self._changed:
            return list(self._entries)

    def mutations(self, service: str = "*") -> list[Entry]:
        """Return the newest calls that change something, oldest first."""
        return [entry for entry in self.calls if entry.mutating and _fits(service, entry.call.service)]

    def totals(self) -> dict[str, int]:
        """Return the number of calls per "service:Operation"."""
        result: Counter[str] = Counter()
        with self._changed:
            for (service, operation, _, _), times in self._counts.items():
                result[f"{service}:{operation}"] += times
        return dict(sorted(result.items()))

    def reset(self) -> None:
        """Forget everything."""
        with self._changed:
            self._entries.clear()
            self._counts.clear()

    def wait_for(self, predicate: Callable[[Ledger], bool], timeout: float = 30.0) -> None:
        """Wait until `predicate(ledger)` holds; it is asked after every call. Raises TimeoutError."""
        with self._changed:
            self._waiting += 1
            try:
                if not self._changed.wait_for(lambda: predicate(self), timeout):
                    raise TimeoutError(f"The awaited calls did not come within {timeout} s; seen: {self.totals()}")
            finally:
                self._waiting -= 1


def _fits(pattern: str, text: str) -> bool:
    return pattern in ("*", text) or fnmatchcase(text, pattern)


def _fits_code(pattern: str | None, outcome: str | None) -> bool:
    if pattern is None:
        return outcome is None
    return _fits(pattern, outcome or "")
