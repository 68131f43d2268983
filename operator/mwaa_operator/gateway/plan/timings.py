"""Every duration of a rollout, already divided by the operator's time factor. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class RolloutTimings:
    """Durations in seconds; `scaled` divides all of them for demos and tests."""

    debounce: float = 5.0
    """How long changes are gathered before a revision is proven."""
    proof: float = 120.0
    """How long a proof may take until all is as predicted; what a pod says at first may be old (BPG keeps answers of
    its clusters for `statusCacheExpireMillis`, errors too)."""
    roll: float = 600.0
    """How long pods may take to go over to a revision before it is told that they do not."""
    grace: float = 30.0
    """How long after the last pod that routed an entry a job may still arrive under it, and how long after it began a
    call that points the Deployment may: longer than any call of the operator lasts."""
    contract: float = 600.0
    """How long a rollout that only takes away what ended waits for another one to go with."""
    uncounted: float = 86_400.0
    """How long an entry is kept whose cluster is not the gateway's any more, so that nobody can count its jobs."""
    poll: float = 2.0
    """Between two looks at pods that start."""
    settled: float = 600.0
    """Until the next look at a gateway at rest."""
    draining: float = 60.0
    """Between two counts of the jobs of an entry that drains."""
    stalled: float = 1800.0
    """Until the next look at a gateway that only a person can help."""

    def scaled(self, factor: float) -> RolloutTimings:
        """Return the same durations divided by `factor` (1 leaves them as they are)."""
        return replace(self, **{item.name: getattr(self, item.name) / factor for item in fields(self)})
