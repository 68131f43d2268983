"""Random walks of the whole room of ServerlessWorkflow over real ports: versions and runs, counted on the wire.

People edit, ask for runs, interfere and delete; answers are lost, processes restart. Whatever the order, AWS was never
asked for a second version or a second run of the same thing, and in the end it has what spec says.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import THROTTLED, Rule
from localcloud.aws.serverless.laws import Habits
from mwaa_operator.api.meta import ObjectKey
from tests.support.aws import Clock
from tests.support.operatoraws import Operator, simulated
from tests.support.serverless import ROLE, dag, task
from tests.support.simulatedserverless import seed
from tests.support.workflowroom import WorkflowRoom, ready
from tests.support.workflows import UID

NAME = "data-etl"
DEFINITIONS = [dag().decode(), dag({"only": task(retries=2)}).decode(), dag({"only": task(retries=3)}).decode()]
BROKEN = dag({"only": task("nobody")}).decode()
TOKENS = ["one", "two", "three"]
LOSABLE = [
    "StartWorkflowRun",
    "UpdateWorkflow",
    "StartWorkflowRun",
    "CreateWorkflow",
    "DeleteWorkflow",
    "StopWorkflowRun",
]
MEDDLING = 4
"""How often somebody interferes: six times within an hour is a loop that the operator stops."""
LONG = 3_000.0
"""Seconds: longer than anything in the room takes, and shorter than AWS remembers client tokens here."""


class Stage:
    """What all walks share because it is slow to make: the simulated AWS and the operator's way there."""

    def __init__(self, stack: ExitStack) -> None:
        self.clock = Clock()
        self.aws: SimulatedAws = stack.enter_context(simulated(clock=self.clock))
        seed(self.aws)
        self.operator = Operator()

    def room(self) -> WorkflowRoom:
        """Return an empty room over an empty AWS."""
        self.aws.faults.clear()
        for name in self.aws.serverless.names():
            self.aws.serverless.remove(name)
        self.aws.serverless.configure(habits=Habits(), update_invisible=0.0, run_invisible=0.0)
        self.clock.forward(100_000)
        return WorkflowRoom(scope=self.operator.forget().clients.scope, clock=self.clock)


class Walk(RuleBasedStateMachine):
    """One object, what people and AWS do to it, and what was counted."""

    stage: Stage

    @initialize(definition=st.sampled_from(DEFINITIONS))
    def begin(self, definition: str) -> None:
        self.room, self.aws = self.stage.room(), self.stage.aws.serverless
        self.wanted, self.lives, self.outside = definition, 1, 0
        self.token: str | None = None
        self.asked: set[str] = set()
        self.wishes = 1
        self.key = self.apply()

    def apply(self) -> ObjectKey:
        run = {} if self.token is None else {"run": {"token": self.token}}
        spec: dict[str, Any] = {"definition": {"yaml": self.wanted}, "role": {"arn": ROLE}, **run}
        return self.room.create(uid=f"{self.lives}{UID[1:]}", **spec)

    @property
    def there(self) -> bool:
        body = self.room.kube.get(self.key)
        return body is not None and "deletionTimestamp" not in body["metadata"]

    # What people do

    @precondition(lambda self: self.there)
    @rule(definition=st.sampled_from([*DEFINITIONS, BROKEN]))
    def edit(self, definition: str) -> None:
        self.wishes += definition not in (self.wanted, BROKEN)
        self.wanted = definition
        self.room.kube.edit(self.key, definition={"yaml": definition})

    @precondition(lambda self: self.there)
    @rule(token=st.sampled_from(TOKENS))
    def ask(self, token: str) -> None:
        self.token = token
        self.asked.add(token)
        self.room.kube.edit(self.key, run={"token": token})

    @precondition(lambda self: self.there)
    @rule(token=st.sampled_from(TOKENS))
    def annotate(self, token: str) -> None:
        self.asked.add(token)
        self.room.kube.annotate(self.key, run_requested_at=token)

    @precondition(lambda self: self.there)
    @rule(token=st.sampled_from(TOKENS), when=st.sampled_from(["before", "after"]))
    def ask_and_lose_the_answer(self, token: str, when: Any) -> None:
        self.ask(token)
        self.lose_an_answer("StartWorkflowRun", when)
        self.look(3)

    @precondition(lambda self: self.there)
    @rule(definition=st.sampled_from(DEFINITIONS), when=st.sampled_from(["before", "after"]))
    def edit_and_lose_the_answer(self, definition: str, when: Any) -> None:
        self.edit(definition)
        self.lose_an_answer("UpdateWorkflow", when)
        self.look(3)

    @precondition(lambda self: self.there and self.token is not None)
    @rule()
    def stop(self) -> None:
        self.room.kube.edit(self.key, run={"token": self.token, "stop": True})

    @precondition(lambda self: self.there)
    @rule(suspend=st.booleans())
    def suspend(self, suspend: bool) -> None:
        self.room.kube.edit(self.key, suspend=suspend)

    @precondition(lambda self: self.there)
    @rule()
    def delete(self) -> None:
        self.room.kube.edit(self.key, suspend=False)
        self.room.kube.delete(self.key)

    @precondition(lambda self: self.room.kube.get(self.key) is None)
    @rule()
    def apply_again(self) -> None:
        # Its workflow was deleted before it went, so another one is counted.
        self.lives, self.wishes, self.outside = self.lives + 1, 1, 0
        self.asked = set() if self.token is None else {self.token}
        self.key = self.apply()

    # What others do

    @precondition(lambda self: self.aws.status(NAME) == "READY" and self.outside < MEDDLING)
    @rule(mode=st.sampled_from(["disabled", "manual_only"]))
    def somebody_updates(self, mode: str) -> None:
        self.aws.drift(NAME, TriggerMode=mode)
        # Theirs, and ours that undoes it.
        self.outside += 1
        self.wishes += 1

    @rule(seconds=st.sampled_from([20.0, 120.0, LONG]))
    def time_passes(self, seconds: float) -> None:
        self.room.clock.forward(seconds)

    @rule(seconds=st.sampled_from([0.0, 60.0]))
    def reads_lag(self, seconds: float) -> None:
        self.aws.configure(update_invisible=seconds, run_invisible=seconds)

    @rule()
    def restart(self) -> None:
        self.room.restarted()

    @rule(operation=st.sampled_from(LOSABLE), when=st.sampled_from(["before", "after"]))
    def lose_an_answer(self, operation: str, when: Any) -> None:
        self.stage.aws.faults.add(Rule(service="mwaa-serverless", operation=operation, when=when, drop=True))

    @rule(operation=st.sampled_from(LOSABLE))
    def throttle(self, operation: str) -> None:
        self.stage.aws.faults.add(Rule(service="mwaa-serverless", operation=operation, error=THROTTLED))

    # What the operator does

    @rule(passes=st.integers(1, 4))
    def look(self, passes: int) -> None:
        for _ in range(passes):
            self.look_once()
        self.count()

    @rule()
    def look_once(self) -> None:
        wait = self.room.once(self.key)
        self.room.clock.forward(min(wait or 1.0, 60.0))

    def count(self) -> None:
        """Hold what AWS has been asked for against what it may have been asked for."""
        assert self.aws.names() in ([], [NAME])
        if self.aws.names():
            minted = self.aws.minted(NAME)
            assert minted <= self.wishes + self.outside, f"{minted} versions for {self.wishes} wishes"
            assert len(self.aws.runs(NAME)) <= len(self.asked), "more runs than tokens"

    def teardown(self) -> None:
        """In the end everything comes to rest as spec says."""
        if not hasattr(self, "key"):
            return
        self.stage.aws.faults.clear()
        self.aws.configure(update_invisible=0.0, run_invisible=0.0)
        body = self.room.kube.get(self.key)
        if body is not None and "deletionTimestamp" not in body["metadata"]:
            self.room.kube.edit(self.key, suspend=False)
        status = self.room.settle(self.key)
        self.count()
        if not status:
            assert self.aws.names() == []
            return
        if self.wanted == BROKEN:
            assert ready(status) == ("False", "DefinitionInvalid")
            return
        assert ready(status) == ("True", "Succeeded")
        workflow = self.aws.workflow(NAME)
        assert workflow is not None
        assert (workflow["WorkflowDefinition"], workflow["TriggerMode"]) == (self.wanted, "scheduled")
        assert status.get("run", {}).get("state") not in ("Requested", "Pending")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(stack)


def test_no_walk_makes_a_version_or_a_run_twice_and_every_walk_comes_to_rest(stage: Stage) -> None:
    class Staged(Walk):
        pass

    Staged.stage = stage
    run_state_machine_as_test(
        Staged,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
