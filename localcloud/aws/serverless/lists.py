"""The lists: pages of workflows, versions, runs and task instances, in an order that nobody may rely on.

Source: botocore model mwaa-serverless (MaxResults 1 to 100, NextToken). No order is documented; this one is shuffled
but always the same. A token says after which item to go on, so items that come and go between pages spoil nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from localcloud.aws.mwaa.config import digest
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.config import Params
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.operations import Scene, Turn, found
from localcloud.aws.serverless.render import Answer, listed, shown_latest, version_summary, workflow_summary
from localcloud.aws.serverless.runoperations import find_run, run_visible
from localcloud.aws.serverless.runrender import instances, run_summary, task_summary
from localcloud.aws.serverless.states import Workflow
from localcloud.aws.serverless.texts import field_invalid

PAGE = 100
TOKEN = "after:"
Item = TypeVar("Item")


def order_of(identifier: str, created_at: float, serial: int, laws: Laws) -> str:
    """Return the text by which an item is sorted into its list."""
    if laws.habits.order == "shuffled":
        return digest("order", identifier)[:16]
    age = created_at if laws.habits.order == "oldest" else 1e11 - created_at
    number = serial if laws.habits.order == "oldest" else 10**9 - serial
    return f"{age:018.6f}-{number:010d}"


def page(
    items: Sequence[tuple[str, Item]], params: Params, *, member: str, show: Callable[[Item], Any]
) -> Answer | Refusal:
    """Return one page of items sorted by their keys.

    Args:
        items: Key and item.
        params: MaxResults and NextToken.
        member: Of the answer.
        show: What the page has of an item.
    """
    size, token = params.get("MaxResults", PAGE), params.get("NextToken") or ""
    if token and not token.startswith(TOKEN):
        return field_invalid("NextToken", "The token is not valid.")
    left = [item for item in sorted(items, key=lambda pair: pair[0]) if item[0] > token.removeprefix(TOKEN)]
    answer: Answer = {member: [show(item) for _, item in left[:size]]}
    if len(left) > size:
        answer["NextToken"] = TOKEN + left[size - 1][0]
    return answer


def workflows(everything: Iterable[Workflow], params: Params, *, now: float, laws: Laws) -> Answer | Refusal:
    """ListWorkflows."""
    items = [
        (order_of(item.id, item.created_at, 0, laws), item) for item in everything if listed(item, now=now, laws=laws)
    ]
    return page(items, params, member="Workflows", show=lambda item: workflow_summary(item, now=now, laws=laws))


def versions(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """ListWorkflowVersions."""
    known = found(scene, workflow, params["WorkflowArn"])
    if isinstance(known, Refusal):
        return Turn(workflow, _missing(scene, known, "WorkflowVersions"))
    latest = shown_latest(known, now=scene.now, laws=scene.laws)
    shown = known.versions[: known.versions.index(latest) + 1]
    items = [(order_of(item.id, item.created_at, number, scene.laws), item) for number, item in enumerate(shown)]
    answer = page(
        items,
        params,
        member="WorkflowVersions",
        show=lambda item: version_summary(known, item, latest=item is latest),
    )
    return Turn(workflow, answer)


def runs(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """ListWorkflowRuns, of all versions or of one."""
    known = found(scene, workflow, params["WorkflowArn"])
    if isinstance(known, Refusal):
        return Turn(workflow, _missing(scene, known, "WorkflowRuns"))
    wanted = params.get("WorkflowVersion")
    items = [
        (order_of(run.id, run.created_at, number, scene.laws), run)
        for number, run in enumerate((*known.past, *known.live))
        if run_visible(scene, run) and wanted in (None, run.version)
    ]
    return Turn(workflow, page(items, params, member="WorkflowRuns", show=lambda run: run_summary(known, run)))


def tasks(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """ListTaskInstances."""
    run = find_run(scene, workflow, params)
    if isinstance(run, Refusal):
        return Turn(workflow, _missing(scene, run, "TaskInstances"))
    assert workflow is not None
    items = [
        (order_of(item.id, run.created_at, number, scene.laws), item) for number, item in enumerate(instances(run))
    ]
    answer = page(
        items, params, member="TaskInstances", show=lambda item: task_summary(workflow, run, item, scene.laws)
    )
    return Turn(workflow, answer)


def _missing(scene: Scene, refusal: Refusal, member: str) -> Answer | Refusal:
    return {member: []} if scene.laws.habits.lists_of_missing == "empty" else refusal
