"""One pass of the operator over the model: real planner, executor and port, step by step, and what may happen between.

A step is a write to Kubernetes or a call that changes AWS. Before, in and after each of them a pass can be cut off, its
call fail, its answer be lost, or somebody else act. What AWS takes is held against `workflow_rules`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.config import Surroundings
from localcloud.aws.serverless.machine import advance, apply
from localcloud.aws.serverless.render import Answer
from localcloud.aws.serverless.texts import invalid
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import FINALIZER, ObjectKey
from mwaa_operator.api.plan import Plan
from mwaa_operator.api.result import Outdated
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.serverless import ServerlessPort
from mwaa_operator.kube.errors import Conflict
from mwaa_operator.workflow.act import Executor
from mwaa_operator.workflow.actions import CreateWorkflow
from mwaa_operator.workflow.facts import closed
from mwaa_operator.workflow.plan import Situation, plan_failure
from tests.model import workflow_rules as rules
from tests.model.explore import check_conditions
from tests.model.workflow_calls import Calls, answered
from tests.model.workflow_canonical import canonical
from tests.model.workflow_world import (
    BY_DIGEST,
    DEFINITIONS,
    GENERATION,
    NAME,
    NOW,
    TICK,
    Settings,
    State,
    moment,
    taken,
    world,
)
from tests.support.workflows import ACCOUNT, REGION

Members = dict[str, Any]


class Crash(Exception):  # noqa: N818  a control signal
    """The process is gone."""


@dataclass(frozen=True)
class Trouble:
    """What goes wrong in a pass.

    Attributes:
        step: At which step, from 0.
        kind: `crash after` the step; `throttled`, `lost before` or `lost after` the effect of its call; `slow`: a tick
            passes before it; `act`: something happens before it; `leader`: another operator makes a pass before it, and
            AWS gets no more calls of this one.
        act: What happens, for `act`.
    """

    step: int
    kind: str
    act: Callable[[State], State] | None = None


@dataclass
class Pass:
    """A pass under way; implements what the executor writes to.

    Attributes:
        state: As far as it has come.
        settings: Of the walk.
        trouble: What goes wrong, if anything.
        nested: Makes a whole pass of another operator.
        now: Epoch seconds.
        steps: Kinds of the steps so far: `write` or the operation.
        requeue: What the plan asked for; None where it did not come to its end.
    """

    state: State
    settings: Settings
    trouble: Trouble | None = None
    nested: Callable[[State], State] | None = None
    now: float = NOW
    steps: list[str] = field(default_factory=list)
    requeue: float | None = None
    fenced: bool = False

    def run(self, s: Situation, plan: Plan, *, late: bool = False) -> State:
        """Carry out a plan; return the state afterwards, canonical."""
        self._planned, self._writes = self.state, self.state.there.writes
        port = ServerlessPort(Calls(self, late=False))
        scope = cast(AwsScope, SimpleNamespace(serverless=port, s3=Shelf(), logs=None))
        try:
            self._carried_out(s, plan, Executor(writer=self, scope=scope, body=self._body()))
        except (Conflict, Outdated):
            self.requeue = 1.0
        except Crash:
            self.state = replace(self.state, named=None)
        return canonical(self.state, now=self.now)

    def _carried_out(self, s: Situation, plan: Plan, executor: Executor) -> None:
        if plan.intent is not None:
            self._store(plan.intent, always=True)
        for action in plan.actions:
            self._meanwhile()
            try:
                executor.run(action)
            except AwsError as error:
                plan = plan_failure(s, plan, action, error.failure)
                if isinstance(action, CreateWorkflow) and error.failure.kind is FailureKind.NAME_IN_USE:
                    self._learn(error.failure)
                break
        if not executor.gone:
            rules.check_waiting(plan)
            self._store(closed(s, plan.status, executor.facts))
        self.requeue = 1.0 if plan.retry else plan.requeue_after

    def _learn(self, failure: Failure) -> None:
        if failure.resource_id.startswith(f"{NAME}-"):
            arn = f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/{failure.resource_id}"
            self.state = replace(self.state, named=arn)

    # Steps

    def call(self, operation: str, members: Members) -> Answer:
        """Make a call that changes AWS."""
        self.steps.append(operation)
        if self.fenced:
            raise Crash("the lease is lost")
        if self._is("throttled"):
            raise AwsError(
                Failure(FailureKind.THROTTLED, f"mwaa-serverless:{operation}", "ThrottlingException", "slow")
            )
        if self._is("lost before"):
            raise _lost(operation)
        before = self.state
        after, answer = apply(
            world(before, self.settings), operation, members, now=self.now, around=surroundings(members)
        )
        call = rules.Call(self._planned, before, taken(before, after), operation, members)
        refused = isinstance(answer, Refusal)
        self.state = rules.refused(call) if refused else rules.checked(call, self.settings)
        if self._is("lost after"):
            raise _lost(operation)
        found = answered(answer, operation)
        self._after()
        return found

    def _store(self, status: Members, *, always: bool = False) -> None:
        check_conditions(status)
        if always or self._is_news(status):
            self._meanwhile()
            self._write(status=json.dumps(status))

    def _is_news(self, status: Members) -> bool:
        thing = self.state.thing
        if thing is None:
            return True
        said = replace(self.state, thing=replace(thing, status=json.dumps(status)))
        return canonical(said, now=self.now).thing != canonical(self.state, now=self.now).thing

    def _write(self, *, gone: bool = False, **changes: Any) -> None:
        self.steps.append("write")
        thing = self.state.thing
        if thing is None or thing.writes != self._writes:
            raise Conflict("somebody wrote", status=409)
        self._writes += 1
        written = None if gone else replace(thing, writes=self._writes, **changes)
        self.state = replace(self.state, thing=written)
        self._after()

    def _meanwhile(self) -> None:
        """Let happen what happens before the next step, and before the fresh look that may come with it."""
        if self._is("slow", ahead=True):
            self.now += TICK
            self.state = taken(self.state, advance(world(self.state, self.settings), now=self.now))
        if self._is("act", ahead=True) and self.trouble is not None and self.trouble.act is not None:
            self.state = self.trouble.act(self.state)
        if self._is("leader", ahead=True) and self.nested is not None:
            before = canonical(self.state)
            self.state, self.fenced = self.nested(before), True
            if self.state.thing is not None:
                writes = self._writes + (self.state.thing != before.thing)
                self.state = replace(self.state, thing=replace(self.state.thing, writes=writes))

    def _after(self) -> None:
        if self._is("crash after"):
            raise Crash("killed")

    def _is(self, kind: str, *, ahead: bool = False) -> bool:
        step = len(self.steps) - (0 if ahead else 1)
        return self.trouble is not None and (self.trouble.step, self.trouble.kind) == (step, kind)

    # What the executor reads and writes in Kubernetes

    def get(self, key: ObjectKey) -> Members | None:
        """Return the object as it is now."""
        return None if self.state.thing is None else self._body()

    def add_finalizer(self, body: Members) -> Members:
        """Put our finalizer on the object."""
        if self.state.thing is not None and self.state.thing.deleted is not None:
            raise Conflict("it is being deleted", status=422)
        self._write(finalizer=True)
        return self._body()

    def remove_finalizer(self, body: Members) -> Members:
        """Take our finalizer off the object, which lets it go."""
        rules.check_letting_go(self.state, self.settings)
        self._writes = self.state.there.writes
        self._write(gone=True)
        self.state = replace(self.state, named=None)
        return {}

    def crd_is_being_deleted(self, kind: str) -> bool:
        """The kind stays."""
        return False

    def _body(self) -> Members:
        thing = self.state.there
        meta: Members = {"name": "etl", "namespace": "data", "uid": thing.uid}
        meta |= {"generation": GENERATION + thing.edits}
        meta |= {"finalizers": [FINALIZER] if thing.finalizer else []}
        meta |= {} if thing.deleted is None else {"deletionTimestamp": moment(thing.deleted).isoformat()}
        return {"kind": "ServerlessWorkflow", "metadata": meta, "status": self.state.status}


class Shelf:
    """The definition store: every file is there, since keys hold digests, and nothing is left to delete."""

    def put_if_absent(self, bucket: str, key: str, body: bytes, **how: Any) -> None:
        """Keep a file; the bucket has no versions."""

    def list_versions(self, bucket: str, prefix: str, *, limit: int) -> list[Members]:
        """Return nothing: files are AWS's own business here."""
        return []

    def delete_objects(self, bucket: str, keys: list[tuple[str, str | None]], *, prefix: str) -> None:
        """Delete nothing."""


def surroundings(members: Members) -> Surroundings:
    """Return what the service finds when it reads the definition of a request."""
    if "DefinitionS3Location" not in members:
        return Surroundings()
    name = written(members["DefinitionS3Location"]["ObjectKey"])
    refusal = invalid("Workflow definition validation failed: AWS alone knows why.") if name == "REFUSED" else None
    return Surroundings(refusal=refusal, definition=DEFINITIONS[name])


def written(key: str) -> str:
    """Return which of DEFINITIONS a key in the store holds."""
    return BY_DIGEST[key.rpartition("definition-")[2].partition(".")[0]]


def _lost(operation: str) -> AwsError:
    named = f"mwaa-serverless:{operation}"
    return AwsError(Failure(FailureKind.UNAVAILABLE, named, "ReadTimeoutError", "lost", may_have_happened=True))
