"""What happens to a workflow by itself: runs go on, schedules fire, deletions end. Pure; time comes in.

Whatever is due is done in the order of its times, so that it does not matter how often anybody looks.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from localcloud.aws.mwaa.config import digest
from localcloud.aws.serverless import runs
from localcloud.aws.serverless.laws import Laws, Script
from localcloud.aws.serverless.runstates import ENDED, Run
from localcloud.aws.serverless.schedules import next_fire
from localcloud.aws.serverless.states import Status, Version, Workflow

SCHEDULED = "scheduled"
"""The trigger mode in which schedules fire."""
RUN_ID_LENGTH = 20
TOLERANCE = 0.5
"""Seconds of the calendar; fires are whole seconds, and a minute apart or more."""


def progress(workflow: Workflow, *, now: float, laws: Laws) -> Workflow | None:
    """Return the workflow as it is at `now`; None when it is gone."""
    while (at := next_change(workflow)) is not None and at <= now:
        if workflow.gone_at is not None and workflow.gone_at <= at:
            return None
        if workflow.stale_tags and workflow.stale_tags.until <= at:
            workflow = replace(workflow, stale_tags=None)
        if workflow.next_fire is not None and workflow.next_fire <= at:
            workflow = _fired(workflow, at, laws)
        workflow = _moved(workflow, at, laws)
    return workflow


def next_change(workflow: Workflow) -> float | None:
    """Return when `progress` will next change something; None when nothing is to come by itself."""
    times = [run_at for run in workflow.live if (run_at := runs.next_at(run)) is not None]
    times += [at for at in (workflow.gone_at, workflow.next_fire) if at is not None]
    times += [workflow.stale_tags.until] if workflow.stale_tags else []
    return min(times, default=None)


def armed(workflow: Workflow, *, after: float, laws: Laws, new: bool = False) -> Workflow:
    """Return the workflow with its next fire set: later than `after`, or at once where a habit says so of new ones."""
    version = workflow.latest
    definition, calendar = version.definition, laws.calendar
    active = version.settings.trigger_mode.lower() == SCHEDULED and workflow.status == Status.READY
    if not active or not definition.schedule:
        return replace(workflow, next_fire=None)
    shown, anchor = calendar.shown(after), calendar.shown(version.created_at)
    late = definition.start is not None and definition.start < shown
    if new and late and laws.habits.catch_up:
        return replace(workflow, next_fire=after)
    # A fast calendar's times are rounded: the tolerance keeps a fire from coming twice.
    begin = max(shown + TOLERANCE, (definition.start or 0.0) - TOLERANCE)
    fire = next_fire(definition.schedule, begin, anchor=anchor)
    if fire is None or (definition.end is not None and fire > definition.end):
        return replace(workflow, next_fire=None)
    return replace(workflow, next_fire=calendar.when(fire))


def started(
    workflow: Workflow, version: Version, *, kind: str, at: float, laws: Laws, overrides: str = ""
) -> tuple[Workflow, Run]:
    """Return the workflow with a new run of one of its versions, and the run."""
    scripts, used = _scripts(workflow, laws)
    run = Run(
        id=digest("run", workflow.arn, repr(workflow.created_at), str(workflow.started))[:RUN_ID_LENGTH],
        kind=kind,
        version=version.id,
        definition=version.definition,
        created_at=at,
        modified_at=at,
        next_at=at + laws.durations.run_starting,
        modules=version.code.names if version.code else None,
        code_problem=version.code.problem if version.code else "",
        overrides=overrides,
        scripts=scripts,
    )
    more = replace(workflow, live=(*workflow.live, run), started=workflow.started + 1, used=used)
    return more, run


def settle(workflow: Workflow, laws: Laws) -> Workflow:
    """Move the runs that have ended to those of the past."""
    ended = tuple(run for run in workflow.live if run.state in ENDED)
    if not ended:
        return workflow
    live = tuple(run for run in workflow.live if run.state not in ENDED)
    return replace(workflow, live=live, past=(*workflow.past, *ended)[-laws.runs_kept :])


def _fired(workflow: Workflow, at: float, laws: Laws) -> Workflow:
    """Start the scheduled run, unless the workflow has as many as it may, and set the next fire."""
    if len(workflow.live) < laws.workflow_runs:
        workflow, _ = started(workflow, workflow.latest, kind="SCHEDULED", at=at, laws=laws)
    return armed(workflow, after=at, laws=laws)


def _moved(workflow: Workflow, at: float, laws: Laws) -> Workflow:
    live = tuple(
        runs.advance(run, at=at, laws=laws) if (due := runs.next_at(run)) is not None and due <= at else run
        for run in workflow.live
    )
    return settle(replace(workflow, live=live), laws) if live != workflow.live else workflow


def _scripts(workflow: Workflow, laws: Laws) -> tuple[tuple[Script, ...], tuple[tuple[int, int], ...]]:
    """Return the scripts that a new run follows, and the uses counted afterwards."""
    used = dict(workflow.used)
    taken: list[Script] = []
    for script in laws.scripts:
        if not fnmatchcase(workflow.name, script.workflow):
            continue
        if script.runs is not None:
            if used.get(script.serial, 0) >= script.runs:
                continue
            used[script.serial] = used.get(script.serial, 0) + 1
        taken.append(script)
    return tuple(taken), tuple(sorted(used.items()))
