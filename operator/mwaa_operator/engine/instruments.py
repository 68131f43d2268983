"""What every part of the engine is handed: time, chance, counters and a log, so that none of them is reached for."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from mwaa_operator.engine.clock import Clock, SystemClock
from mwaa_operator.engine.log import Log, NullLog
from mwaa_operator.engine.metrics import EngineMetrics, NullMetrics


@dataclass(frozen=True)
class Instruments:
    """The surroundings of the engine.

    Attributes:
        clock: Judges every deadline.
        rng: Source of all jitter.
        metrics: Told of everything that is counted.
        log: Told of everything that changes or fails.
    """

    clock: Clock = field(default_factory=SystemClock)
    rng: Random = field(default_factory=Random)
    metrics: EngineMetrics = field(default_factory=NullMetrics)
    log: Log = field(default_factory=NullLog)
