"""The state machine of Amazon MWAA Serverless: pure, so that a server can serve it and a model checker can walk it.

`act` is one operation on one workflow (what a server with many workflows calls); `apply`, `advance` and `next_change`
do the same for a whole small world. No clock, no I/O, no randomness: time and all else come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless import lists, operations, runoperations
from localcloud.aws.serverless.config import Surroundings
from localcloud.aws.serverless.interface import create_url
from localcloud.aws.serverless.operations import Operation, Scene, Turn
from localcloud.aws.serverless.render import Answer
from localcloud.aws.serverless.states import Workflow, World, subject
from localcloud.aws.serverless.timeline import next_change as next_change_of
from localcloud.aws.serverless.timeline import progress, settle
from localcloud.aws.serverless.tokens import idempotent, recall
from localcloud.aws.signing import Caller

OPERATIONS: Mapping[str, Operation] = {
    "CreateAirflowUiUrl": create_url,
    "CreateWorkflow": idempotent(operations.create, "CreateWorkflow"),
    "DeleteWorkflow": operations.delete,
    "GetTaskInstance": runoperations.get_task,
    "GetWorkflow": operations.get,
    "GetWorkflowRun": runoperations.get_run,
    "ListTagsForResource": operations.list_tags,
    "ListTaskInstances": lists.tasks,
    "ListWorkflowRuns": lists.runs,
    "ListWorkflowVersions": lists.versions,
    "StartWorkflowRun": idempotent(runoperations.start, "StartWorkflowRun"),
    "StopWorkflowRun": runoperations.stop,
    "TagResource": operations.tag,
    "UntagResource": operations.untag,
    "UpdateWorkflow": operations.update,
}
"""All but ListWorkflows, which is about all workflows: see `lists`."""


def act(scene: Scene, workflow: Workflow | None, operation: str, params: Mapping[str, Any]) -> Turn:
    """Carry out one operation on one workflow that `timeline.progress` has brought to `scene.now`.

    Args:
        scene: Time, settings, caller, surroundings, and what the client token was answered before.
        workflow: The workflow that `subject` names, None when there is none.
        operation: A key of OPERATIONS.
        params: The request, valid for botocore's model.
    """
    return OPERATIONS[operation](scene, workflow, params)


def apply(
    world: World,
    operation: str,
    params: Mapping[str, Any],
    *,
    now: float,
    caller: Caller | None = None,
    around: Surroundings | None = None,
) -> tuple[World, Answer | Refusal]:
    """Carry out one operation in a world at `now` (epoch seconds), after what is due by then has happened."""
    world = advance(world, now=now)
    if operation == "ListWorkflows":
        return world, lists.workflows(world.workflows, params, now=now, laws=world.laws)
    name, known = subject(params), recall(world.tokens, operation, params)
    scene = Scene(
        account=world.account,
        region=world.region,
        laws=world.laws,
        now=now,
        caller=caller or Caller(world.account),
        around=around or Surroundings(),
        workflows=len(world.workflows),
        live_runs=sum(len(item.live) for item in world.workflows),
        births=world.births,
        remembered=known,
        exists=known is not None and any(item.arn == known.subject for item in world.workflows),
    )
    before = world.find(name)
    turn = act(scene, before, operation, params)
    if turn.workflow is not before:
        world = put(world, name, turn.workflow)
    if turn.remember is not None:
        world = replace(world, tokens=(*(item for item in world.tokens if item is not known), turn.remember))
    return replace(world, births=world.births + turn.born), turn.answer


def advance(world: World, *, now: float) -> World:
    """Return the world at `now`: everything that is due has happened."""
    moved = [progress(item, now=now, laws=world.laws) for item in world.workflows]
    tokens = tuple(item for item in world.tokens if item.until > now)
    if len(tokens) == len(world.tokens) and all(a is b for a, b in zip(moved, world.workflows, strict=True)):
        return world
    return replace(world, workflows=tuple(item for item in moved if item is not None), tokens=tokens)


def next_change(world: World) -> float | None:
    """Return when something will next happen by itself (epoch seconds); None when nothing will."""
    times = [at for item in world.workflows if (at := next_change_of(item)) is not None]
    times += [item.until for item in world.tokens]
    return min(times, default=None)


def put(world: World, name: str, workflow: Workflow | None) -> World:
    """Return the world with this workflow under its name (None: without)."""
    others = [item for item in world.workflows if item.name != name]
    if workflow is not None:
        others.append(settle(workflow, world.laws))
    return replace(world, workflows=tuple(sorted(others, key=lambda item: item.name)))
