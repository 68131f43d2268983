"""How long a container waits before it is tried again: the kubelet's two back-offs, divided by the time factor.

Source: Kubernetes documentation, "Pod Lifecycle", restarts with back-off: 10 s, 20 s, 40 s … at most five minutes,
forgotten after ten minutes without trouble; the first restart is immediate. No clock.
"""

from __future__ import annotations

FIRST, MOST, FORGOTTEN = 10.0, 300.0, 600.0


class BackOff:
    """Counts attempts that failed in a row.

    Args:
        time_factor: divides all durations.
        patient: whether the first repetition waits as well, as after a failed pull.
    """

    def __init__(self, time_factor: float, *, patient: bool = False) -> None:
        self._time_factor = time_factor
        self._patient = patient
        self._failed = 0

    def next(self, lasted: float = 0.0) -> float:
        """Return the seconds to wait after an attempt that ended.

        Args:
            lasted: seconds that it went well; a long time forgets what was before.
        """
        if lasted * self._time_factor >= FORGOTTEN:
            self._failed = 0
        doublings = self._failed if self._patient else self._failed - 1
        self._failed += 1
        return min(FIRST * 2.0**doublings, MOST) / self._time_factor if doublings >= 0 else 0.0
