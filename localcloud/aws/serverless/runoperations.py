"""The operations on the runs of one workflow, and on their tasks, as pure functions.

Source: botocore model mwaa-serverless and its documentation. Like `operations`: one workflow and a `Scene`, no others,
no clock, no network.
"""

from __future__ import annotations

import json
from dataclasses import replace

from localcloud.aws.mwaa.render import timestamp
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless import runs
from localcloud.aws.serverless.config import Params
from localcloud.aws.serverless.operations import Scene, Turn, found
from localcloud.aws.serverless.runrender import instances, run_answer, task_answer
from localcloud.aws.serverless.runstates import ENDED, Run
from localcloud.aws.serverless.states import Status, Version, Workflow
from localcloud.aws.serverless.texts import (
    conflict,
    field_invalid,
    invalid,
    quota,
    run_not_found,
    task_not_found,
    version_not_found,
)
from localcloud.aws.serverless.timeline import started

DISABLED = "disabled"
"""The trigger mode in which nothing starts."""


def start(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """StartWorkflowRun."""
    known = found(scene, workflow, params["WorkflowArn"])
    if isinstance(known, Refusal):
        return Turn(workflow, known)
    wanted = params.get("WorkflowVersion")
    version = known.version(wanted) if wanted else known.latest
    if version is None:
        return Turn(workflow, version_not_found(str(wanted)))
    if refusal := _not_startable(scene, known) or _bad_overrides(scene, version, params):
        return Turn(workflow, refusal)
    overrides = params.get("OverrideParameters")
    text = json.dumps(overrides, sort_keys=True) if overrides else ""
    more, run = started(known, version, kind="ON_DEMAND", at=scene.now, laws=scene.laws, overrides=text)
    return Turn(more, {"RunId": run.id, "Status": str(run.state), "StartedAt": timestamp(run.created_at)})


def stop(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """StopWorkflowRun."""
    run = find_run(scene, workflow, params)
    if isinstance(run, Refusal):
        return Turn(workflow, run)
    assert workflow is not None
    if run.state in ENDED and scene.laws.habits.stop_ended == "refuse":
        return Turn(workflow, invalid(f"The workflow run {run.id} is in state {run.state}.", reason="other"))
    stopped = runs.stop(run, at=scene.now, laws=scene.laws)
    if stopped is not run:
        workflow = replace(workflow, live=tuple(stopped if item is run else item for item in workflow.live))
    answer = {
        "WorkflowArn": workflow.arn,
        "WorkflowVersion": run.version,
        "RunId": run.id,
        "Status": str(stopped.state),
    }
    return Turn(workflow, answer)


def get_run(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """GetWorkflowRun."""
    run = find_run(scene, workflow, params)
    if isinstance(run, Refusal):
        return Turn(workflow, run)
    assert workflow is not None
    return Turn(workflow, run_answer(workflow, run, scene.laws))


def get_task(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """GetTaskInstance; placeholders can be asked for as well."""
    run = find_run(scene, workflow, params)
    if isinstance(run, Refusal):
        return Turn(workflow, run)
    assert workflow is not None
    for instance in instances(run, placeholders=True):
        if instance.id == params["TaskInstanceId"]:
            return Turn(workflow, task_answer(workflow, run, instance, scene.laws))
    return Turn(workflow, task_not_found(params["TaskInstanceId"]))


def find_run(scene: Scene, workflow: Workflow | None, params: Params) -> Run | Refusal:
    """Return the run that a request names, or the refusal that there is none (yet)."""
    known = found(scene, workflow, params["WorkflowArn"])
    if isinstance(known, Refusal):
        return known
    run = known.run(params["RunId"])
    return run if run is not None and run_visible(scene, run) else run_not_found(params["RunId"])


def run_visible(scene: Scene, run: Run) -> bool:
    """Tell whether reads know the run yet."""
    return scene.now >= run.created_at + scene.laws.durations.run_invisible


def _not_startable(scene: Scene, workflow: Workflow) -> Refusal | None:
    laws, mode = scene.laws, workflow.latest.settings.trigger_mode
    if workflow.status != Status.READY:
        return conflict(f"The workflow is in status {workflow.status}.", workflow.id)
    if mode.lower() == DISABLED:
        text = f"The workflow cannot be started: its trigger mode is {mode}."
        return conflict(text, workflow.id) if laws.habits.disabled_start == "conflict" else invalid(text)
    if len(workflow.live) >= laws.workflow_runs:
        return quota("concurrent runs of a workflow", laws.workflow_runs, "L-WORKFLOW-RUNS", workflow.id)
    if scene.live_runs >= laws.account_runs:
        return quota("concurrent runs in this account and Region", laws.account_runs, "L-RUNS", workflow.id)
    return None


def _bad_overrides(scene: Scene, version: Version, params: Params) -> Refusal | None:
    unknown = sorted(set(params.get("OverrideParameters", ())) - set(version.definition.params))
    if scene.laws.habits.unknown_overrides or not unknown:
        return None
    return field_invalid("OverrideParameters", f"The workflow has no parameters {', '.join(unknown)}.")
