"""What must never happen to a workflow, whatever goes wrong: judged at every call that AWS took, and at rest.

It sees the state before and after a call and keeps the ghosts; it asks the planner nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from localcloud.aws.serverless.runstates import RunState
from localcloud.aws.serverless.states import Status, Workflow
from mwaa_operator.api.meta import OWNER_TAG, UID_TAG
from mwaa_operator.api.plan import Plan
from mwaa_operator.workflow.plan.wish import hash_of
from tests.model.explore import Broken
from tests.model.workflow_world import BY_DIGEST, Settings, State, Thing, owner_tags

LONG = 600.0
"""Seconds after which nobody looks at work that is under way."""


@dataclass(frozen=True)
class Call:
    """A call that AWS answered.

    Attributes:
        planned: What the pass saw when it planned: what somebody does after that, nobody can know.
        before: The state right before the call.
        after: The state after it.
        operation: AWS's name.
        members: Of the request.
    """

    planned: State
    before: State
    after: State
    operation: str
    members: Mapping[str, Any]

    @property
    def asked(self) -> Thing:
        """The object as it was planned on, but for what the pass itself has written since."""
        now = self.before.there
        return replace(self.planned.there, status=now.status, finalizer=now.finalizer)

    @property
    def status(self) -> dict[str, Any]:
        """The stored status right before the call."""
        return self.before.status

    @property
    def there(self) -> Workflow:
        """The workflow right before the call."""
        assert self.before.workflow is not None
        return self.before.workflow


def checked(call: Call, settings: Settings) -> State:
    """Return the state after a call with its ghosts kept; raise `Broken` where AWS took what must not be asked."""
    if not call.before.there.finalizer:
        raise Broken(f"{call.operation} without a finalizer")
    if call.asked.suspend:
        raise Broken(f"{call.operation} for an object that is suspended")
    if call.operation not in ("CreateWorkflow", "TagResource"):
        _check_owned(call.before if call.operation == "DeleteWorkflow" else call.planned, call.operation)
    return CHECKS[call.operation](call, settings)


def refused(call: Call) -> State:
    """Return the state after a refusal: what was refused is not sent again by itself."""
    if call.operation not in ("CreateWorkflow", "UpdateWorkflow"):
        return call.after
    _check_definition(call.members)
    wish = _wish(call.members)
    if call.before.calm and call.before.refused == wish:
        raise Broken("what was refused is sent again")
    return replace(call.after, refused=wish)


def check_waiting(plan: Plan) -> None:
    """Work that is under way is looked at again soon."""
    words = {item["type"] for item in plan.status.get("conditions", []) if item["status"] == "True"}
    if "Reconciling" in words and not plan.retry and (plan.requeue_after is None or plan.requeue_after >= LONG):
        raise Broken("work is under way, and nobody looks")


def check_letting_go(state: State, settings: Settings) -> None:
    """The finalizer outlives the workflow: what is ours and not to be retained is gone first."""
    if state.there.deleted is None:
        raise Broken("the finalizer is removed from an object that is not being deleted")
    policy = settings.wants.get("deletionPolicy") or ("Retain" if state.status.get("adopted") else "Delete")
    # A read that is late may miss what AWS deletes already.
    goes = settings.lag and state.workflow is not None and state.workflow.status == Status.DELETING
    if policy == "Delete" and not state.there.suspend and state.ours and not goes:
        raise Broken("the object goes and its workflow stays")


def _check_owned(state: State, operation: str) -> None:
    if not state.ours:
        raise Broken(f"{operation} on a workflow that is not ours")


def _create(call: Call, settings: Settings) -> State:
    before, after = call.before, call.after
    if call.asked.deleted is not None:
        raise Broken("a workflow is created for an object that is being deleted")
    if after.births == before.births:
        return after
    if before.workflow is not None or after.workflow is None:
        raise Broken("a second workflow")
    _check_definition(call.members)
    if not dict(after.workflow.tags).items() >= owner_tags(before.there).items():
        raise Broken("a workflow without owner tags is created")
    return replace(after, minted=frozenset({after.workflow.latest.id}), sent=_wish(call.members), refused="")


def _update(call: Call, settings: Settings) -> State:
    if call.asked.deleted is not None:
        raise Broken("a workflow is updated for an object that is being deleted")
    _check_definition(call.members)
    if (call.status.get("operation") or {}).get("type") != "Update":
        raise Broken("an update is sent without an intent")
    if call.before.sent == _wish(call.members):
        raise Broken("the same wish is sent twice")
    after = call.after
    assert after.workflow is not None
    return replace(after, minted=after.minted | {after.workflow.latest.id}, sent=_wish(call.members), refused="")


def _delete(call: Call, settings: Settings) -> State:
    if "WorkflowVersion" in call.members:
        return _delete_version(call, call.members["WorkflowVersion"])
    policy = settings.wants.get("deletionPolicy") or ("Retain" if call.status.get("adopted") else "Delete")
    if call.asked.deleted is None or policy != "Delete":
        raise Broken("a workflow is deleted that nobody asked to delete")
    if call.planned == call.before and any(run.state != RunState.STOPPING for run in call.there.live):
        raise Broken("a workflow is deleted while it runs")
    return call.after


def _delete_version(call: Call, version: str) -> State:
    if version == call.there.latest.id:
        raise Broken("the latest version is deleted")
    if version not in call.before.minted:
        raise Broken("somebody else's version is deleted")
    if any(run.version == version for run in call.there.live):
        raise Broken("a version that runs is deleted")
    return replace(call.after, minted=call.after.minted - {version})


def _start(call: Call, settings: Settings) -> State:
    if call.asked.deleted is not None:
        raise Broken("a run is started for an object that is being deleted")
    if (call.status.get("operation") or {}).get("type") != "StartRun":
        raise Broken("a run is started without an intent")
    if _runs(call.before.workflow) == _runs(call.after.workflow):
        return call.after
    arn, token, started = call.members["WorkflowArn"], call.status["run"]["token"], call.before.started
    marks = {(arn, token), (arn, call.members["ClientToken"])}
    if marks & started:
        raise Broken(f"a second run for token {token}")
    planned = call.planned.workflow
    # What was asked for once already is asked for again: that is how its answer is found.
    first = (call.planned.status.get("run") or {}).get("state") != "Requested"
    if settings.wants.get("concurrencyPolicy") == "Forbid" and first and planned is not None and planned.live:
        raise Broken("a run beside another one, though concurrencyPolicy is Forbid")
    return replace(call.after, started=started | marks)


def _stop(call: Call, settings: Settings) -> State:
    asked = call.asked.stop or call.asked.deleted is not None
    if not asked and settings.wants.get("concurrencyPolicy") != "Replace":
        raise Broken("a run is stopped that nobody asked to stop")
    return call.after


def _tag(call: Call, settings: Settings) -> State:
    planned = call.planned
    tags = dict(planned.workflow.tags) if planned.workflow is not None else {}
    mine = owner_tags(call.asked)[OWNER_TAG]
    ours = planned.ours or tags.get(OWNER_TAG) == mine or (planned.minted and not tags)
    if not ours and not (settings.wants.get("adoptionPolicy") and not tags):
        raise Broken("somebody else's workflow is tagged")
    return call.after


def _untag(call: Call, settings: Settings) -> State:
    if {OWNER_TAG, UID_TAG} & set(call.members["TagKeys"]):
        raise Broken("owner tags are removed")
    return call.after


CHECKS = {
    "CreateWorkflow": _create,
    "UpdateWorkflow": _update,
    "DeleteWorkflow": _delete,
    "StartWorkflowRun": _start,
    "StopWorkflowRun": _stop,
    "TagResource": _tag,
    "UntagResource": _untag,
}


def resting(state: State, settings: Settings) -> str:
    """Say what a state at rest is: gone, ready, held on purpose, or a person must help; raise `Broken` for others."""
    if state.thing is None:
        return "gone"
    if state.thing.deleted is not None:
        raise Broken("a deletion comes to rest before the object is gone")
    status = state.status
    conditions = {item["type"]: item for item in status.get("conditions", [])}
    if not conditions:
        raise Broken("at rest without conditions")
    ready = conditions["Ready"]
    if ready["status"] != "True" and "Stalled" not in conditions and not state.thing.suspend:
        raise Broken(f"at rest as {ready['reason']} without saying who must help")
    if ready["reason"] == "Succeeded":
        _check_as_spec_says(state)
    run = status.get("run") or {}
    waiting = run.get("state") in ("Requested", "Pending")
    if ready["reason"] == "Succeeded" and waiting:
        raise Broken(f"at rest, and token {run['token']} is {run['state']}")
    words = [ready["reason"], run.get("state") or "", run.get("reason") or ""]
    return " ".join(word for word in words if word)


def undisturbed(state: State, settings: Settings) -> None:
    """Where nothing went wrong and nobody interfered, everything is as it was asked for, and every token has run."""
    if state.thing is None or state.thing.suspend:
        return
    reason = next(item["reason"] for item in state.status["conditions"] if item["type"] == "Ready")
    if state.thing.spec in ("A", "B") and reason != "Succeeded" and not settings.existing:
        raise Broken(f"at rest as {reason} although nothing went wrong")
    run = state.status.get("run") or {}
    if run.get("reason") in ("OutcomeUnknown", "StartFailed"):
        raise Broken(f"token {run['token']} is {run['reason']} although nothing went wrong")


def _check_as_spec_says(state: State) -> None:
    if state.workflow is None or not state.ours:
        raise Broken("says Succeeded, and the workflow is not there or not ours")
    if state.workflow.status == Status.DELETING:
        raise Broken("says Succeeded of a workflow that goes")
    if _live_definition(state.workflow) != state.there.spec:
        raise Broken("says Succeeded, but AWS has something else")
    if state.workflow.latest.settings.trigger_mode != "scheduled":
        raise Broken("says Succeeded, but somebody changed the trigger mode")


def _live_definition(workflow: Workflow) -> str:
    key = workflow.latest.settings.definition.key
    return BY_DIGEST.get(key.rpartition("definition-")[2].partition(".")[0], "nobody's")


def _check_definition(members: Mapping[str, Any]) -> None:
    key = members["DefinitionS3Location"]["ObjectKey"]
    if "definition-" not in key or BY_DIGEST[key.rpartition("definition-")[2].partition(".")[0]] == "BROKEN":
        raise Broken("a definition is sent that is known to be wrong")


def _wish(members: Mapping[str, Any]) -> str:
    plain = {
        name: value for name, value in members.items() if name not in ("WorkflowArn", "Name", "Tags", "ClientToken")
    }
    return hash_of(plain)


def _runs(workflow: Workflow | None) -> int:
    return 0 if workflow is None else workflow.started
