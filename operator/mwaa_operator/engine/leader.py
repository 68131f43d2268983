"""Leader election over a Lease.

Expiry is judged on the local monotonic clock since the record last changed, never on a remote timestamp; our own hold
counts from the moment before the renewal was sent. Losing the Lease is final: the process stops dispatching and ends,
because a thread cannot be called back. Numbers and record: client-go's leaderelection; see kubernetes.io, "Leases".
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from mwaa_operator.api.lease import Lease
from mwaa_operator.engine.health import Problem
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.leadership import LeaseLock, LeaseTimes, LockErrors, NotLeader


class Elector:
    """Takes, keeps and releases one Lease.

    Args:
        lock: The Lease.
        errors: What the lock raises.
        name: Its name, for metrics and log.
        identity: Who we are; unique for each process, or two processes believe to be one holder.
        times: The durations.
        instruments: The clock judges every deadline; the jitter keeps standbys from asking at the same moment.
    """

    def __init__(
        self,
        *,
        lock: LeaseLock,
        errors: LockErrors,
        name: str,
        identity: str,
        times: LeaseTimes,
        instruments: Instruments,
    ) -> None:
        self._lock, self._name, self._identity, self._times = lock, name, identity, times
        self._conflict, self._failures = errors.conflict, errors.failures
        self._clock, self._rng = instruments.clock, instruments.rng
        self._metrics, self._log = instruments.metrics, instruments.log
        self._condition = threading.Condition()
        self._stopping, self._release = False, False
        self._stepped_at = self._clock.monotonic()
        # As a follower: the record that was seen last, and when it was first seen so.
        self._observed: Lease | None = None
        self._observed_at = -math.inf
        # As the leader: the stored record, when its last renewal was sent, and why the lead ended.
        self._held: Lease | None = None
        self._renewed_at = -math.inf
        self._valid_until = -math.inf
        self._lost = ""
        self._metrics.leading(name, False)

    def run(self, *, on_started: Callable[[], None], on_lost: Callable[[str], None]) -> None:
        """Strive for the lead until `stop` is called or the lead is lost; see `Leadership.run`."""
        leading = False
        while not self._stopping:
            pause = self.step()
            if self._lost:
                on_lost(self._lost)
                return
            if self._held is not None and not leading:
                leading = True
                on_started()
            with self._condition:
                until = self._clock.monotonic() + pause
                while not self._stopping and self._clock.monotonic() < until:
                    self._clock.wait(self._condition, until)
        if self._release:
            self._give_up()
        self._end("")

    def stop(self, *, release: bool) -> None:
        """End `run`; see `Leadership.stop`."""
        with self._condition:
            self._stopping, self._release = True, release
            self._condition.notify_all()

    def fence(self, seconds: float) -> None:
        """Return if the Lease outlives a call of `seconds` that starts now.

        Raises:
            NotLeader: It does not, or it is not ours. Nothing may be sent.
        """
        remaining = self._valid_until - self._clock.monotonic()
        if remaining <= seconds:
            held = f"the lease lasts {remaining:.1f} s" if remaining > 0 else "the lease is not held"
            raise NotLeader(f"a call of up to {seconds:g} s may not start: {held}")

    def is_leader(self) -> bool:
        """Whether the Lease is ours and has not run out."""
        return self._valid_until > self._clock.monotonic()

    def problems(self) -> list[Problem]:
        """Return a problem if the loop has not turned for as long as a lease lasts, twice."""
        silent = self._clock.monotonic() - self._stepped_at
        if self._stopping or silent <= 2 * self._times.duration:
            return []
        return [Problem("leader", f"the lease loop has not turned for {silent:.0f} s")]

    def step(self) -> float:
        """Try once to take or keep the Lease; return the seconds until the next try."""
        self._stepped_at = self._clock.monotonic()
        if self._held is not None:
            self._keep(self._held)
            return self._times.retry_period
        self._strive()
        leads = self._held is not None
        return self._times.retry_period * (1.0 if leads else self._rng.uniform(1.0, 1.2))

    def _strive(self) -> None:
        try:
            current = self._lock.get()
            if current is not None and not self._is_free(current):
                return
            started = self._clock.monotonic()
            record = self._record(current)
            stored = self._lock.create(record) if current is None else self._lock.update(record)
        except self._conflict:
            self._log.debug("leader.outrun", lease=self._name)
        except self._failures as error:
            self._log.warning("leader.lease_unavailable", lease=self._name, error=str(error))
        else:
            self._hold(stored, started)
            self._metrics.leading(self._name, True)
            self._log.info("leader.acquired", lease=self._name, identity=self._identity)

    def _is_free(self, record: Lease) -> bool:
        """Whether the record may be taken: nobody's, ours, or unchanged for as long as its holder asked for."""
        if record != self._observed:
            if self._observed is None or record.holder != self._observed.holder:
                self._log.info("leader.observed", lease=self._name, holder=record.holder)
            self._observed, self._observed_at = record, self._clock.monotonic()
        if record.holder in {"", self._identity}:
            return True
        return self._clock.monotonic() >= self._observed_at + record.duration

    def _keep(self, held: Lease) -> None:
        started = self._clock.monotonic()
        if started - self._renewed_at >= self._times.renew_deadline:
            # Stopped or starved for too long: somebody else may lead. Not even a renewal may be sent.
            self._lose("the lease was not renewed in time")
            return
        try:
            stored = self._renew(held)
        except self._conflict:
            self._lose("somebody else wrote the lease")
        except self._failures as error:
            self._log.warning("leader.renew_failed", lease=self._name, error=str(error))
            if self._clock.monotonic() - self._renewed_at >= self._times.renew_deadline:
                self._lose("the lease could not be renewed in time")
        else:
            self._hold(stored, started)

    def _renew(self, held: Lease) -> Lease:
        """Write the record; after a conflict once more, if the record in between is our own."""
        try:
            return self._lock.update(self._record(held))
        except self._conflict:
            current = self._lock.get()
            if current is None or current.holder != self._identity:
                raise
            # The answer to an earlier renewal was lost, or somebody labelled the Lease.
            return self._lock.update(self._record(current))

    def _record(self, current: Lease | None) -> Lease:
        """Return the record that says that we lead, written over `current`."""
        now = self._clock.now()
        ours = current is not None and current.holder == self._identity
        return Lease(
            holder=self._identity,
            duration=self._times.duration,
            acquired_at=current.acquired_at if current is not None and ours else now,
            renewed_at=now,
            transitions=0 if current is None else current.transitions + (0 if ours else 1),
            resource_version="" if current is None else current.resource_version,
        )

    def _hold(self, stored: Lease, started: float) -> None:
        self._held, self._renewed_at = stored, started
        self._valid_until = started + self._times.duration

    def _lose(self, reason: str) -> None:
        self._log.error("leader.lost", lease=self._name, reason=reason)
        self._end(reason)

    def _end(self, reason: str) -> None:
        self._valid_until, self._held, self._lost = -math.inf, None, reason
        self._metrics.leading(self._name, False)

    def _give_up(self) -> None:
        """Say that nobody holds the Lease, so that the next one need not wait for it to run out."""
        held, self._valid_until = self._held, -math.inf
        if held is None:
            return
        now = self._clock.now()
        vacant = Lease(
            holder="",
            duration=1.0,
            acquired_at=now,
            renewed_at=now,
            transitions=held.transitions,
            resource_version=held.resource_version,
        )
        try:
            self._lock.update(vacant)
        except (self._conflict, *self._failures) as error:
            self._log.warning("leader.release_failed", lease=self._name, error=str(error))
        else:
            self._log.info("leader.released", lease=self._name)
