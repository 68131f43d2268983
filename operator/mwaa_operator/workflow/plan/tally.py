"""What a pass adds to the figures of a workflow: the runs whose end it stored, and what its status says now. Pure.

Figures follow status: a run counts in the pass that stored its end and in no other, because status is what remembers
which ends were told. After a restart only news counts, and never what was found of the time before the object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mwaa_operator.workflow.live_runs import Run
from mwaa_operator.workflow.plan.history import lasted, news
from mwaa_operator.workflow.plan.outcomes import last_failures
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.status import ServerlessWorkflowStatus


@dataclass(frozen=True)
class EndedRun:
    """A run whose end is news.

    Attributes:
        state: AWS's word: SUCCESS, FAILED, TIMEOUT or STOPPED.
        type: AWS's word: ON_DEMAND or SCHEDULED; more words may come.
        seconds: How long it took, where AWS says.
        failed_tasks: Tasks whose last attempt failed; 0 where nobody looked, as for a green run that may hold some.
    """

    state: str
    type: str
    seconds: int | None
    failed_tasks: int


@dataclass(frozen=True)
class Tally:
    """The figures of one workflow after one pass.

    Attributes:
        ended: Runs whose end this pass stored.
        active_runs: Runs under way; None: not known.
        versions_used: Versions that AWS keeps; None: not known.
        last_success: When the newest run ended that did what successPolicy asks; None: there was none.
    """

    ended: tuple[EndedRun, ...] = ()
    active_runs: int | None = None
    versions_used: int | None = None
    last_success: datetime | None = None


def tally(s: Situation, status: Mapping[str, Any]) -> Tally:
    """Return the figures after a pass.

    Args:
        s: The situation that was planned on.
        status: What the pass left behind and the API server has stored, as wire JSON.
    """
    completed = (status.get("lastSuccessfulRun") or {}).get("completedAt")
    return Tally(
        ended=tuple(_ended(s, run) for run in _stored(s, status)),
        active_runs=status.get("activeRuns"),
        versions_used=status.get("versionsUsed"),
        last_success=None if completed is None else datetime.fromisoformat(completed),
    )


def _stored(s: Situation, status: Mapping[str, Any]) -> list[Run]:
    """Return the runs whose end was news before the pass and is none any more; nothing of a history that was found."""
    fresh = [] if s.status.active_runs is None else news(s)
    if not fresh:
        return []
    after = s.resource.model_copy(update={"status": ServerlessWorkflowStatus.model_validate(status)})
    left = {run.run_id for run in news(replace(s, resource=after))}
    return [run for run in fresh if run.run_id not in left]


def _ended(s: Situation, run: Run) -> EndedRun:
    failed = last_failures(s.observed.tasks.get(run.run_id, ()))
    return EndedRun(run.state, run.type, lasted(run), len(failed))
