"""A Lease in memory with the API server's rules (versions, conflicts, lost answers, outages), and those who want it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mwaa_operator.api.lease import Lease
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.leader import Elector
from mwaa_operator.engine.leadership import LeaseTimes, LockErrors, NotLeader
from tests.support.engine import Lab, MiddleRandom, RecordingLog, RecordingMetrics


class Failure(Exception):  # noqa: N818  the base of what the API server's client raises
    """Any failed call."""


class Conflict(Failure):
    """Somebody was first."""


class Unavailable(Failure):
    """No answer."""


TIMES = LeaseTimes(duration=30, renew_deadline=20, retry_period=4)
ERRORS = LockErrors(conflict=Conflict, failures=(Failure,))


class MemoryLease:
    """Fulfils LeaseLock; several electors may share one.

    Attributes:
        stored: What the API server holds.
        down: Whether it refuses to answer.
        lose_answer: Whether the next write happens and its answer is lost.
        before_write: Called before each write is looked at; a test lets others write or time pass there.
        writes: How many writes were sent, refused ones included.
    """

    def __init__(self) -> None:
        self.stored: Lease | None = None
        self.down = self.lose_answer = False
        self.before_write: Callable[[], None] = lambda: None
        self.writes = 0
        self._version = 0

    def get(self) -> Lease | None:
        if self.down:
            raise Unavailable("connection refused")
        return self.stored

    def create(self, lease: Lease) -> Lease:
        return self._write(lease, lambda: self.stored is None)

    def update(self, lease: Lease) -> Lease:
        return self._write(
            lease, lambda: self.stored is not None and self.stored.resource_version == lease.resource_version
        )

    def touch(self) -> None:
        """Change the version and nothing else, as a label does."""
        assert self.stored is not None
        self._store(self.stored)

    def _write(self, lease: Lease, allowed: Callable[[], bool]) -> Lease:
        self.writes += 1
        self.before_write()
        if self.down:
            raise Unavailable("connection refused")
        if not allowed():
            raise Conflict("the object has been modified")
        stored = self._store(lease)
        if self.lose_answer:
            self.lose_answer = False
            raise Unavailable("read timed out")
        return stored

    def _store(self, lease: Lease) -> Lease:
        self._version += 1
        self.stored = replace(lease, resource_version=str(self._version))
        return self.stored


class Candidate:
    """One elector with its own log and metrics, sharing lease and clock with others."""

    def __init__(self, lab: Lab, lock: MemoryLease, identity: str = "a") -> None:
        self.log, self.metrics = RecordingLog(), RecordingMetrics()
        self.elector = Elector(
            lock=lock,
            errors=ERRORS,
            name="mwaa-operator",
            identity=identity,
            times=TIMES,
            instruments=Instruments(clock=lab.clock, rng=MiddleRandom(), metrics=self.metrics, log=self.log),
        )

    def may(self, seconds: float) -> bool:
        """Whether the fence lets a call of so many seconds pass."""
        try:
            self.elector.fence(seconds)
        except NotLeader:
            return False
        return True
