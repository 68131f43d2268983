"""Whether a cluster takes new jobs by its state and its maintenance windows, and until when. Pure.

A window counts from `drainLead` before its beginning, so that running jobs can end before the work begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from cronsim import CronSim, CronSimError

from mwaa_operator.api.fields import seconds
from mwaa_operator.gateway.cluster import Cluster, MaintenanceWindow


@dataclass(frozen=True)
class Opening:
    """Whether a cluster takes new jobs.

    Attributes:
        open: It does.
        reason: Why not: Drained or Maintenance.
        until: When the present window ends; None: there is none.
        next: When new jobs stop for the next window; None: there is none.
        warning: A window that never comes, and what to do.
    """

    open: bool
    reason: str = ""
    until: datetime | None = None
    next: datetime | None = None
    warning: str = ""

    @property
    def changes_at(self) -> datetime | None:
        """When it will be otherwise by itself."""
        return self.next if self.open else self.until


def opening(cluster: Cluster, *, zones: Mapping[str, tzinfo], now: datetime) -> Opening:
    """Return whether a cluster takes new jobs.

    Args:
        cluster: As the gateway has it.
        zones: Name of a time zone to the zone.
        now: UTC.
    """
    present: list[datetime] = []
    coming: list[datetime] = []
    warning = ""
    for window in cluster.maintenance_windows:
        found = _next(window, zones.get(window.time_zone), now)
        if found is None:
            warning = warning or f"clusters[{cluster.name}].maintenanceWindows[{window.name}] never comes: correct it"
        elif found[0] <= now:
            present.append(found[1])
        else:
            coming.append(found[0])
    following = min(coming, default=None)
    if cluster.state != "Active":
        return Opening(False, "Drained", None, following, warning)
    if present:
        return Opening(False, "Maintenance", max(present), following, warning)
    return Opening(True, "", None, following, warning)


def _next(window: MaintenanceWindow, zone: tzinfo | None, now: datetime) -> tuple[datetime, datetime] | None:
    """Return when new jobs stop and when the window ends, of the one that is or that comes; None: there is none."""
    if zone is None:
        return None
    length, lead = timedelta(seconds=seconds(window.duration)), timedelta(seconds=seconds(window.drain_lead))
    # Differences between times of one zone ignore its change to summer time, those in UTC do not.
    try:
        begin = next(CronSim(window.schedule, (now - length).astimezone(zone))).astimezone(UTC)
    except (CronSimError, StopIteration):
        return None
    return begin - lead, begin + length
