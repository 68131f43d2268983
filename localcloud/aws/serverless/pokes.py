"""What the rest of the world does to workflows: other people, and AWS itself. Pure.

Each poke takes a workflow (already brought to `now`) and returns it changed. No rule of the service applies to them, so
that tests can reach every state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from localcloud.aws.mwaa.config import digest
from localcloud.aws.mwaa.states import pairs
from localcloud.aws.serverless import runs
from localcloud.aws.serverless.attempts import cancel
from localcloud.aws.serverless.config import updated
from localcloud.aws.serverless.grammar import read_definition
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.runstates import DONE, ENDED, Run, RunState, TaskRun, TaskState, Verdict
from localcloud.aws.serverless.states import Workflow
from localcloud.aws.serverless.timeline import armed, settle, started


def drift(workflow: Workflow, changes: Mapping[str, Any], *, now: float, laws: Laws, text: bytes = b"") -> Workflow:
    """Somebody else updates the workflow: members of UpdateWorkflow's request, and another definition if given.

    Raises:
        Malformed: the definition is none.
    """
    latest = workflow.latest
    same = {"RoleArn": latest.settings.role_arn, "DefinitionS3Location": latest.settings.definition.shown()}
    if latest.settings.environment is not None:
        same["Environment"] = {"Variables": dict(latest.settings.environment)}
    definition = read_definition(text, laws=laws, now=now) if text else latest.definition
    version = replace(
        latest,
        id=digest("version", workflow.arn, str(workflow.minted))[:32],
        created_at=now,
        settings=updated(latest.settings, {**same, **changes}, laws),
        definition=definition,
    )
    newer = replace(workflow, versions=(*workflow.versions, version), minted=workflow.minted + 1)
    return armed(newer, after=now, laws=laws)


def retag(workflow: Workflow, tags: Mapping[str, str]) -> Workflow:
    """Somebody else replaces the tags."""
    return replace(workflow, tags=pairs(dict(tags)), stale_tags=None)


def start(workflow: Workflow, *, kind: str, now: float, laws: Laws) -> tuple[Workflow, Run]:
    """Start a run that nobody asked us for: by somebody else, or as if the schedule had fired."""
    return started(workflow, workflow.latest, kind=kind, at=now, laws=laws)


def end_run(workflow: Workflow, run_id: str, state: str, *, now: float, laws: Laws, error: str = "") -> Workflow:
    """Let a live run end now in this state; its tasks end with it."""
    if state not in ENDED:
        raise ValueError(f"{state} is not one of {', '.join(sorted(ENDED))}")

    def ended(run: Run) -> Run:
        well = state == RunState.SUCCESS
        tasks = tuple(_finished(task, now) for task in run.tasks) if well else run.tasks
        return runs.end(replace(run, tasks=tasks), state, at=now, error=error)

    return settle(_with_run(workflow, run_id, ended), laws)


def end_task(
    workflow: Workflow, run_id: str, task_id: str, state: str, *, now: float, laws: Laws, message: str = ""
) -> Workflow:
    """Let the attempt of a task that is under way come to SUCCESS, FAILED or TIMEOUT now (it may be retried)."""

    def judged(task: TaskRun) -> TaskRun:
        if task.id != task_id or not task.attempts or task.settled:
            return task
        verdict = Verdict(state, message or ("" if state == TaskState.SUCCESS else "Task failed with exception"))
        attempt = task.attempts[-1]
        begun = attempt.started_at if attempt.started_at is not None else now
        last = replace(attempt, state=TaskState.RUNNING, started_at=begun, verdict=verdict, next_at=now)
        return replace(task, attempts=(*task.attempts[:-1], last))

    def ended(run: Run) -> Run:
        return runs.advance(replace(run, tasks=tuple(judged(task) for task in run.tasks)), at=now, laws=laws)

    return settle(_with_run(workflow, run_id, ended), laws)


def finish(workflow: Workflow, run_id: str, *, now: float, laws: Laws) -> Workflow:
    """Let a live run take its course, all of it now. Raises ValueError when it hangs."""

    def finished(run: Run) -> Run:
        while run.state not in ENDED:
            soonest = runs.next_at(run)
            if soonest is None:
                raise ValueError(f"Run {run.id} hangs in {run.state}")
            run = runs.advance(_hurried(run, soonest, now), at=now, laws=laws)
        return run

    return settle(_with_run(workflow, run_id, finished), laws)


def _hurried(run: Run, soonest: float, now: float) -> Run:
    """Make what would come next come now."""

    def hurried(task: TaskRun) -> TaskRun:
        if task.next_at != soonest:
            return task
        return replace(task, attempts=(*task.attempts[:-1], replace(task.attempts[-1], next_at=now)))

    own = now if run.next_at == soonest else run.next_at
    return replace(run, next_at=own, tasks=tuple(hurried(task) for task in run.tasks))


def _finished(task: TaskRun, now: float) -> TaskRun:
    if task.state in DONE:
        return task
    if not task.attempts:
        return replace(task, settled=TaskState.SKIPPED)
    over = cancel(task, at=now)
    last = replace(over.attempts[-1], state=TaskState.SUCCESS, verdict=Verdict(TaskState.SUCCESS))
    return replace(over, attempts=(*over.attempts[:-1], last), settled=TaskState.SUCCESS)


def _with_run(workflow: Workflow, run_id: str, change: Callable[[Run], Run]) -> Workflow:
    if all(run.id != run_id for run in workflow.live):
        raise KeyError(f"{workflow.name} has no live run {run_id}")
    return replace(workflow, live=tuple(change(run) if run.id == run_id else run for run in workflow.live))
