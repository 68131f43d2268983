"""How far the deletion of a route has come, and whether something holds it up. Pure.

It goes by itself: no new jobs, then the last ones end, or `drain.timeout` passes. What only a person can help is told
after half an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from mwaa_operator.api.conditions import Condition, condition, rfc3339
from mwaa_operator.api.words import counted
from mwaa_operator.gateway.plan.draining import released
from mwaa_operator.gateway.render.file import RenderedEntry
from mwaa_operator.gateway.routestatus.view import View
from mwaa_operator.route.reasons import DetailReason
from mwaa_operator.route.status import DRAINED, DrainStatus

_WAY_OUT: Final = "or set deletionPolicy: Delete"


@dataclass(frozen=True)
class Departure:
    """A route that is being deleted.

    Attributes:
        v: It.
    """

    v: View

    @cached_property
    def entries(self) -> tuple[RenderedEntry, ...]:
        """Its entries in all that pods may run, each once."""
        serving = self.v.of.s.serving
        found = {entry.id: entry for revision in serving for entry in revision.entries if entry.route == self.v.key}
        return tuple(found[id_] for id_ in sorted(found))

    @property
    def is_routed(self) -> bool:
        """Whether new jobs may still arrive."""
        return any(entry.id in self.v.of.routed for entry in self.entries)

    @property
    def is_let_go(self) -> bool:
        """Whether this pass takes our finalizer off."""
        return self.v.key in self.v.of.released

    @property
    def jobs(self) -> int | None:
        """Jobs that are left, as far as they were counted; None: nobody counted."""
        looks = [look.left for entry in self.entries if (look := self.v.of.s.observed.jobs.get(entry.id)) is not None]
        return sum(looks) if looks or not self.entries else None

    @property
    def uncounted(self) -> tuple[str, ...]:
        """Names of clusters whose jobs nobody can count, and that are waited for."""
        over, counts = released(self.v.of.s), self.v.of.s.observed.jobs
        return tuple(sorted({item.cluster for item in self.entries if item.id not in over and item.id not in counts}))

    @property
    def deadline(self) -> datetime | None:
        """When it ends at the latest."""
        deleted = self.v.route.metadata.deletion_timestamp
        wait = self.v.of.s.lasts(self.v.route.spec.drain.timeout)
        return None if deleted is None else deleted + timedelta(seconds=wait)

    @property
    def is_late(self) -> bool:
        """Whether drain.timeout has passed."""
        return self.deadline is not None and self.v.of.s.now >= self.deadline

    @property
    def is_held_up(self) -> bool:
        """Whether it has not gone on for so long that a person should look."""
        deleted, s = self.v.route.metadata.deletion_timestamp, self.v.of.s
        if deleted is None or (s.now - deleted).total_seconds() < s.timings.patience:
            return False
        return not self.is_let_go and (self.is_routed or bool(self.uncounted))

    @property
    def status(self) -> DrainStatus | None:
        """What status.drain says; None while new jobs may arrive."""
        before = self.v.before.drain
        if self.is_routed and before is None:
            return None
        started = before.started_at if before is not None else self.v.of.s.print_time
        deadline = rfc3339(self.deadline) if self.deadline is not None else None
        return DrainStatus(started_at=started, deadline=deadline, jobs=self.jobs)

    @property
    def message(self) -> str:
        """What is waited for, and what to do."""
        if self.is_let_go:
            return "The route is out of its gateway."
        if self.is_routed:
            help_ = f" It is held up by {self.v.of.stuck}" if self.v.of.stuck else ""
            return f"New jobs may arrive until {self.v.of.name} serves a revision without the route: wait.{help_}"
        if self.v.route.spec.deletion_policy != "Drain":
            return "New jobs do not arrive any more, and the route goes as soon as calls under way have ended: wait."
        if self.uncounted:
            names = ", ".join(name or "a cluster that is unknown by now" for name in self.uncounted)
            return f"The jobs on {names} cannot be counted: mend it, wait for drain.timeout, {_WAY_OUT}."
        if not self.jobs:
            return "No jobs are left; calls that are under way may arrive for a moment: wait."
        left = counted(self.jobs, "job is", "jobs are")
        return f"{left} left, ended ones among them whose status may be asked for: wait for them, {_WAY_OUT}."

    @property
    def drained(self) -> Condition:
        """The condition Drained."""
        if self.is_routed:
            return condition(DRAINED, "False", DetailReason.JOBS_RUNNING, self.message)
        if self.jobs == 0 and not self.uncounted:
            return condition(DRAINED, "True", DetailReason.SUCCEEDED, "No jobs are left.")
        if self.is_late:
            text = "drain.timeout has passed: jobs that are left lose their status."
            return condition(DRAINED, "False", DetailReason.DRAIN_TIMED_OUT, text)
        return condition(DRAINED, "False", DetailReason.JOBS_RUNNING, self.message)
