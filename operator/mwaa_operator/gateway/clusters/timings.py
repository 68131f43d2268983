"""How long what was seen of a cluster stands, already divided by the operator's time factor. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

PATIENCE: Final = 5.0
"""Seconds that a cluster gets for all answers of one look, and AWS for its own; a request time-out, never scaled."""


@dataclass(frozen=True)
class ClusterTimings:
    """Durations in seconds; `scaled` divides all but the last for demos and tests."""

    looks: float = 20.0
    """How long a look at a cluster stands."""
    addresses: float = 600.0
    """How long AWS's answer stands of where a cluster is."""
    doubted: float = 60.0
    """The same of a cluster that does not answer there: it may have been made anew."""
    rights: float = 300.0
    """How long it stands that a token may all that it should; that it may list is seen in every look."""
    untouched: float = 120.0
    """How old a job without any state may be until its Spark operator counts as missing."""
    counts: float = 60.0
    """Between two counts of the jobs of one namespace."""
    patience: float = PATIENCE
    """See `PATIENCE`."""

    def scaled(self, factor: float) -> ClusterTimings:
        """Return the same durations divided by `factor` (1 leaves them as they are)."""
        return replace(
            self,
            looks=self.looks / factor,
            addresses=self.addresses / factor,
            doubted=self.doubted / factor,
            rights=self.rights / factor,
            untouched=self.untouched / factor,
            counts=self.counts / factor,
        )
