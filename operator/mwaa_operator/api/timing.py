"""Every duration that a decision depends on, already divided by the operator's time factor."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Timings:
    """Durations in seconds. The defaults are the product's; `scaled` divides all of them for demos and tests."""

    resync: float = 600.0
    """Between two full comparisons of the cache with the API server."""
    lookout: float = 15.0
    """Between two looks at the versions of labelled ConfigMaps."""
    settled: float = 600.0
    """Until the next look at an object at rest."""
    full_look: float = 3600.0
    """How long an earlier look serves an object at rest while a list says that nothing has changed since."""
    sweep: float = 60.0
    """How long a list of everything in an account serves objects at rest."""
    stalled: float = 1800.0
    """Until the next look at an object that only a person can help."""
    maintenance: float = 60.0
    """Until the next look while AWS does its own maintenance."""
    poll_min: float = 5.0
    """Shortest wait between two looks while AWS works."""
    poll_max: float = 30.0
    """Longest wait between two looks while AWS works."""
    backoff_base: float = 1.0
    """First delay of the exponential back-off."""
    backoff_cap: float = 300.0
    """Longest delay of the exponential back-off."""
    propagation: float = 600.0
    """How long a create that fails on IAM or S3 propagation is retried before it is reported as stalled."""
    propagation_retry: float = 15.0
    """Between two tries of such a create."""
    update_settle: float = 90.0
    """How long an accepted update may stay invisible in GetEnvironment before it counts as not received."""
    create_settle: float = 600.0
    """How long after a create may have been sent one "not found" is not believed."""
    absence_confirm: float = 60.0
    """Between two "not found" answers that together prove absence."""
    debounce: float = 120.0
    """Default of updatePolicy.debounce."""
    dependency: float = 1800.0
    """How long a missing dependency is waited for before the object counts as stalled."""
    unknown_after: float = 600.0
    """After how long of failing reads Synced becomes Unknown."""
    unavailable_after: float = 3600.0
    """After how long of failing reads Ready becomes False."""
    deletion_blocked: float = 1800.0
    """After how long of a blocked deletion DeletionBlocked is said."""
    window_guard: float = 3600.0
    """Nothing is sent this long before AWS's own maintenance window."""
    preflight_cache: float = 300.0
    """How long the answers of preflight's shared reads are reused."""
    access_denied: float = 300.0
    """Until the next try after AWS denied a call."""
    create_alarm: float = 2700.0
    """After how long a create is called slow."""
    update_alarm: float = 3600.0
    """After how long an update is called slow."""

    def scaled(self, factor: float) -> Timings:
        """Return the same durations divided by `factor` (1 leaves them as they are)."""
        return replace(self, **{item.name: getattr(self, item.name) / factor for item in fields(self)})

    def poll(self, elapsed: float) -> float:
        """Return the wait before the next look at an operation that has run for `elapsed` seconds: 5 %, bounded."""
        return min(max(0.05 * elapsed, self.poll_min), self.poll_max)
