"""What a pass of the operator sees in the workflow's model, and what the planner makes of it. Remembered by state.

It looks as `workflow.observe.Observer` does, only for what the planner asks for, through the operator's own port.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from localcloud.aws.serverless.render import Answer
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.plan import Plan
from mwaa_operator.aws.serverless import ServerlessPort
from mwaa_operator.workflow import runlook
from mwaa_operator.workflow.live import Live
from mwaa_operator.workflow.plan import Observed, Situation, plan_workflow
from mwaa_operator.workflow.plan.deletion import retains
from mwaa_operator.workflow.plan.situation import RoleLook, SourceLook
from tests.model.explore import Broken
from tests.model.workflow_calls import Calls
from tests.model.workflow_world import NOW, Settings, State, moment, resource
from tests.support.workflows import ADMITTED, CLUSTER, KNOWLEDGE

MOST_LOOKS = 6
Members = dict[str, Any]


@dataclass
class Looking:
    """Reads a state and changes nothing."""

    state: State
    settings: Settings
    now: float = NOW

    def call(self, operation: str, members: Members) -> Answer:
        """A look changes nothing."""
        raise Broken(f"{operation} in a look")


@lru_cache(maxsize=200_000)
def decided(state: State, settings: Settings, *, late: bool = False) -> tuple[Situation, Plan]:
    """Return what a pass sees and plans; `late`: its reads show what was. Give it states without their bounds."""
    thing = resource(state.there, settings)
    scope = SimpleNamespace(serverless=ServerlessPort(Calls(Looking(state, settings), late=late)))
    seen: Members = {"cluster_id": CLUSTER, "admission": ADMITTED}
    first = Situation(thing, Observed(**seen), moment(NOW), KNOWLEDGE)
    if not (thing.metadata.deleting and retains(first)):
        seen["live"] = _found(state, first, scope)
    for _ in range(MOST_LOOKS):
        s = replace(first, observed=Observed(**seen))
        plan = plan_workflow(s)
        if not plan.needs:
            return s, plan
        for need in plan.needs:
            _extend(seen, need, s, scope)
    raise Broken(f"still asks for {plan.needs}")


def unreadable(state: State, settings: Settings) -> tuple[Situation, Plan]:
    """Return what a pass plans to which AWS gives no answer."""
    failure = Failure(FailureKind.UNAVAILABLE, "mwaa-serverless:GetWorkflow", "InternalServerException", "sorry")
    seen = Observed(CLUSTER, ADMITTED, failure=failure, failing_since=moment(NOW))
    s = Situation(resource(state.there, settings), seen, moment(NOW), KNOWLEDGE)
    return s, plan_workflow(s)


def _found(state: State, s: Situation, scope: Any) -> Live | None:
    """Look by the recorded ARN, by the one that AWS named, by the name in the list: what `observe.Observer` does."""
    recorded = s.status.workflow_arn
    if recorded is not None and (live := _live(scope, recorded)) is not None:
        return live
    listed = [item["WorkflowArn"] for item in scope.serverless.list_workflows() if item["Name"] == s.name]
    for arn in [state.named, *listed]:
        live = _live(scope, arn) if arn not in (None, recorded) else None
        if live is not None and (recorded is None or not s.resource.metadata.deleting or live.uid == state.there.uid):
            return live
    return None


def _live(scope: Any, arn: str) -> Live | None:
    members = scope.serverless.get_workflow(arn)
    return None if members is None else Live(members, scope.serverless.tags(arn))


def _extend(seen: Members, need: str, s: Situation, scope: Any) -> None:
    match need:
        case "definition":
            wanted = s.spec.definition
            seen["definition"] = SourceLook(str(wanted.yaml if wanted else "").encode())
        case "role":
            seen["role"] = RoleLook("Ready")
        case "versions":
            seen["versions"] = runlook.versions_of(scope, s.there.arn)
        case "runs":
            seen["runs"] = runlook.runs_of(scope, s.there.arn)
        case _ if need.startswith("tasks:"):
            seen["tasks"] = {**seen.get("tasks", {}), need.removeprefix("tasks:"): ()}
        case _:
            raise Broken(f"nobody knows how to observe {need}")
