"""What it means to lead, apart from how a Lease is won: the fence, the times, and leading without an election.

Every mutation (AWS, Kubernetes, Airflow) passes `fence` first. What a lock over a Lease must be able to do is said here
too, in the words of api/lease.py, so that kube can fulfil it without knowing the engine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mwaa_operator.api.lease import Lease
from mwaa_operator.engine.clock import Clock
from mwaa_operator.engine.health import Problem
from mwaa_operator.engine.metrics import EngineMetrics


class NotLeader(Exception):  # noqa: N818  named by what follows from it
    """This process may not mutate anything now: it does not lead, or not for long enough. The next pass asks again."""


class LeaseLock(Protocol):
    """One Lease in the API server. A call must not take longer than half of the time from renew deadline to end."""

    def get(self) -> Lease | None:
        """Read it; None when it does not exist."""
        ...

    def create(self, lease: Lease) -> Lease:
        """Create it and return what is stored."""
        ...

    def update(self, lease: Lease) -> Lease:
        """Change it under `lease.resource_version` and return what is stored."""
        ...


@dataclass(frozen=True)
class LockErrors:
    """What a lock raises, told by what follows from it; anything else ends the process.

    Attributes:
        conflict: Somebody else wrote the Lease first.
        failures: There was no usable answer; the write may have happened. A conflict may be one of these as well.
    """

    conflict: type[Exception]
    failures: tuple[type[Exception], ...]


class Leadership(Protocol):
    """Who may mutate. Fulfilled by `Elector` and `AlwaysLeader`."""

    def run(self, *, on_started: Callable[[], None], on_lost: Callable[[str], None]) -> None:
        """Strive for the lead until `stop`; calls `on_started` when won, `on_lost` (with a reason) when lost."""
        ...

    def stop(self, *, release: bool) -> None:
        """End `run`; release says whether to let the next one in at once: only when no pass is under way any more."""
        ...

    def fence(self, seconds: float) -> None:
        """Return if this process leads for more than `seconds` from now. Raises NotLeader."""
        ...

    def is_leader(self) -> bool:
        """Whether this process leads now."""
        ...

    def problems(self) -> list[Problem]:
        """Return what is wrong with the election itself."""
        ...


@dataclass(frozen=True)
class LeaseTimes:
    """The election's durations in seconds; `renew_deadline < duration`, and `retry_period < renew_deadline`.

    Attributes:
        duration: How long a record counts after its last renewal.
        renew_deadline: After how long without a successful renewal a leader gives up.
        retry_period: Between two tries.
    """

    duration: float = 30.0
    renew_deadline: float = 20.0
    retry_period: float = 4.0

    def __post_init__(self) -> None:
        if not 0 < self.retry_period < self.renew_deadline < self.duration:
            raise ValueError(f"lease times must satisfy retry_period < renew_deadline < duration, not {self}")


class AlwaysLeader:
    """Leads without asking: for one process on a developer's machine, where nobody else can be running.

    Args:
        name: Of the lease that there would be, for the metrics.
        clock: Waits for the end.
        metrics: Told that it leads.
    """

    def __init__(self, *, name: str, clock: Clock, metrics: EngineMetrics) -> None:
        self._name, self._clock, self._metrics = name, clock, metrics
        self._condition = threading.Condition()
        self._stopping = False

    def run(self, *, on_started: Callable[[], None], on_lost: Callable[[str], None]) -> None:
        """Lead at once and until `stop`; see `Leadership.run`."""
        self._metrics.leading(self._name, True)
        on_started()
        with self._condition:
            while not self._stopping:
                self._clock.wait(self._condition, None)
        self._metrics.leading(self._name, False)

    def stop(self, *, release: bool) -> None:
        """End `run`; there is nothing to release."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()

    def fence(self, seconds: float) -> None:
        """Let everything pass."""

    def is_leader(self) -> bool:
        """Whether `stop` has not been called."""
        return not self._stopping

    def problems(self) -> list[Problem]:
        """Return nothing: there is no election."""
        return []
