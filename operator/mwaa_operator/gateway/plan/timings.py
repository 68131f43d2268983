"""Every duration of a rollout, already divided by the operator's time factor. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Final


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
    settled: float = 30.0
    """Until the next look at a gateway at rest: at its clusters, whose failure has to be seen, and at its pods."""
    answers: float = 600.0
    """How long the answers of a pod stand that were all as predicted: asking costs the pod threads and memory."""
    draining: float = 60.0
    """Between two counts of the jobs of an entry that drains."""
    patience: float = 1800.0
    """How long a route may wait for something outside, or its deletion be held up, before a person has to look."""
    stalled: float = 1800.0
    """Until the next look at a gateway that only a person can help."""
    factor: float = 1.0
    """What durations were divided by: those that a spec says are, too; tokens and maintenance windows keep the time of
    the world."""

    def scaled(self, factor: float) -> RolloutTimings:
        """Return the same durations divided by `factor` (1 leaves them as they are).

        Those that wait for real processes and real calls stay long enough for them, however fast the clock is.
        """
        names = [item.name for item in fields(self) if item.name != "factor"]
        divided = {name: max(getattr(self, name) / factor, LEAST.get(name, 0.0)) for name in names}
        return replace(self, factor=self.factor * factor, **divided)


LEAST: Final[Mapping[str, float]] = MappingProxyType(
    {"proof": 30.0, "roll": 60.0, "grace": 2.0, "poll": 0.3, "settled": 1.0}
)
"""What a scaled duration is at least, in seconds."""
