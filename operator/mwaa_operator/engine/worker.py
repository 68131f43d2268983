"""The workers of one kind: take a key, make one pass, and turn what came of it into the key's next turn.

    Done             nothing; the back-off starts anew
    RequeueAfter(s)  again in s, ±10 %; the back-off starts anew
    Wait(after=s)    again in s, ±10 %; the back-off stays as it is. Without s: like an error, but no trace
    Stalled          again at the slow interval, ±10 %; the back-off starts anew
    NotLeader        again after the back-off, no trace
    anything else    logged with its trace, again after the back-off

This is the one place of the product that catches Exception: one poisoned object must not stop the others.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.result import Done, RequeueAfter, Stalled, Wait
from mwaa_operator.engine.backoff import Backoff
from mwaa_operator.engine.controller import Controller
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.leadership import NotLeader
from mwaa_operator.engine.metrics import Outcome
from mwaa_operator.engine.queue import KeyedQueue, Priority

JITTER = 0.1

# What a Go program would panic on; controller-runtime counts those apart, because they are bugs and never the world's.
FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NameError,
    RecursionError,
    TypeError,
)


@dataclass(frozen=True)
class Pass:
    """One run of a controller over one object.

    Attributes:
        key: The object.
        priority: Why it runs: a user's edit, or our own look.
        number: Counts the passes of this process; joins the lines of one pass in the log.
    """

    key: ObjectKey
    priority: Priority
    number: int


class Passes:
    """Which pass the calling thread is in, for whoever has to know without being told: log lines and rate limits."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._numbers = itertools.count(1)

    def current(self) -> Pass | None:
        """Return the pass that this thread is in, or None outside a worker."""
        found: Pass | None = getattr(self._local, "current", None)
        return found

    def begin(self, key: ObjectKey, priority: Priority) -> None:
        """Enter a pass."""
        self._local.current = Pass(key, priority, next(self._numbers))

    def end(self) -> None:
        """Leave the pass."""
        self._local.current = None


class Worker:
    """Works off the queue of one kind; `run` is the body of each of its threads.

    Args:
        controller: Makes the passes.
        queue: Where keys come from and go back to.
        backoff: Delays of keys that fail.
        stalled: Seconds until the next look at an object that only a person can help.
        exists: Whether the cache still holds an object.
        passes: Told which thread is in which pass.
        instruments: Told of every pass.
    """

    def __init__(
        self,
        *,
        controller: Controller,
        queue: KeyedQueue,
        backoff: Backoff,
        stalled: float,
        exists: Callable[[ObjectKey], bool],
        passes: Passes,
        instruments: Instruments,
    ) -> None:
        self._controller, self._queue, self._backoff, self._stalled = controller, queue, backoff, stalled
        self._exists, self._passes = exists, passes
        self._clock, self._rng = instruments.clock, instruments.rng
        self._metrics, self._log = instruments.metrics, instruments.log

    def run(self) -> None:
        """Work until the queue is shut down."""
        while (key := self._queue.get()) is not None:
            self.process(key)

    def process(self, key: ObjectKey) -> None:
        """Make one pass over a key that was taken from the queue, and give it back."""
        kind = self._controller.kind
        started = self._clock.monotonic()
        self._metrics.pass_started(kind)
        self._passes.begin(key, self._queue.priority(key))
        outcome: Outcome = "error"
        try:
            outcome = self._attempt(key)
        finally:
            self._passes.end()
            if not self._exists(key):
                # Here, where no other pass over this key can be under way that would set a series again.
                self._backoff.forget(key)
                self._metrics.object_gone(key.kind, key.namespace, key.name)
            self._queue.done(key)
            self._metrics.pass_finished(kind, outcome, self._clock.monotonic() - started)

    def _attempt(self, key: ObjectKey) -> Outcome:
        try:
            result = self._controller.reconcile(key)
            match result:
                case Done():
                    self._backoff.forget(key)
                    return "success"
                case RequeueAfter(seconds=seconds):
                    self._backoff.forget(key)
                    self._again(key, seconds)
                    return "requeue_after"
            raise TypeError(f"a pass answered {result!r}, which is no Result")
        except Wait as wait:
            return self._wait(key, wait)
        except Stalled as stalled:
            return self._stall(key, stalled)
        except NotLeader as refusal:
            return self._refuse(key, refusal)
        except Exception as error:
            return self._fail(key, error)

    def _wait(self, key: ObjectKey, wait: Wait) -> Outcome:
        self._log.info("reconcile.waiting", object=str(key), reason=wait.reason, message=wait.message)
        if wait.after is None:
            self._retry(key)
            return "requeue"
        self._again(key, wait.after)
        return "requeue_after"

    def _refuse(self, key: ObjectKey, refusal: NotLeader) -> Outcome:
        self._log.warning("reconcile.not_leader", object=str(key), error=str(refusal))
        self._retry(key)
        return "requeue"

    def _stall(self, key: ObjectKey, stalled: Stalled) -> Outcome:
        self._log.warning("reconcile.stalled", object=str(key), reason=stalled.reason, message=stalled.message)
        self._metrics.pass_terminal(self._controller.kind)
        self._backoff.forget(key)
        self._again(key, self._stalled)
        return "error"

    def _fail(self, key: ObjectKey, error: Exception) -> Outcome:
        failures = self._backoff.failures(key) + 1
        self._log.error("reconcile.failed", object=str(key), failures=failures, exc_info=error)
        if isinstance(error, FAULTS):
            self._metrics.pass_panicked(self._controller.kind)
        self._retry(key)
        return "error"

    def _retry(self, key: ObjectKey) -> None:
        self._metrics.queue_retried(self._queue.name)
        self._queue.add_after(key, self._backoff.next(key))

    def _again(self, key: ObjectKey, seconds: float) -> None:
        self._queue.add_after(key, seconds * self._rng.uniform(1 - JITTER, 1 + JITTER))
