"""Random walks through the simulated MWAA: what holds in every reachable state.

Hypothesis chooses operations, failures and time; the invariants are those that clients of the real service rely on.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from localcloud.aws.mwaa.airflow import small_airflow
from localcloud.aws.mwaa.config import Surroundings
from localcloud.aws.mwaa.laws import Durations, Habits, Laws, Outcome
from localcloud.aws.mwaa.machine import advance, apply, next_change, put
from localcloud.aws.mwaa.pokes import begin_maintenance, finish, publish_endpoints
from localcloud.aws.mwaa.states import SETTLED, Environment, Status, World
from localcloud.aws.mwaa.store import Store
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.shapes import Shapes
from localcloud.aws.signing import Caller
from localcloud.aws.wire import service_model
from tests.support.aws import ACCOUNT, REGION, START, create_request

NAMES = st.sampled_from(["one", "two", "three"])
WRITABLE = {Status.AVAILABLE, Status.UPDATE_FAILED, Status.MAINTENANCE}
DELETABLE = {*SETTLED, Status.PENDING, Status.DELETING}
NEXT: dict[str | None, set[str | None]] = {
    None: {"CREATING"},
    "CREATING": {"AVAILABLE", "PENDING", "CREATE_FAILED", "UNAVAILABLE"},
    "PENDING": {"CREATING", "CREATE_FAILED", "DELETING"},
    "CREATE_FAILED": {"DELETING"},
    "AVAILABLE": {"UPDATING", "MAINTENANCE", "DELETING"},
    "UPDATE_FAILED": {"UPDATING", "MAINTENANCE", "DELETING"},
    "UNAVAILABLE": {"DELETING"},
    "MAINTENANCE": {"AVAILABLE", "UPDATING"},
    "UPDATING": {"CREATING_SNAPSHOT", "ROLLING_BACK", "AVAILABLE", "UNAVAILABLE"},
    "CREATING_SNAPSHOT": {"UPDATING"},
    "ROLLING_BACK": {"UPDATE_FAILED", "AVAILABLE"},
    "DELETING": {"DELETED"},
    "DELETED": {None},
}
"""The states that may follow each state, as the service documents them (None: no such environment)."""

LAWS = Laws(environments=2, durations=Durations(create_invisible=5, update_invisible=7, tags_invisible=3))


class Walk(RuleBasedStateMachine):
    """Walks the pure world and the server's store side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.laws = LAWS
        self.world = World(ACCOUNT, REGION, LAWS)
        self.store = Store(ACCOUNT, REGION, LAWS, observe=lambda before, after: None, airflow=small_airflow)
        self.settled: dict[str, Environment] = {}
        self.answers = Shapes(strict=False)

    def call(self, operation: str, **params: Any) -> Any:
        before = {item.name: item for item in advance(self.world, now=self.now).environments}
        self.world, answer = apply(self.world, operation, params, now=self.now)
        same = self.store.act(operation, params, now=self.now, caller=Caller(ACCOUNT), around=Surroundings())
        assert same == answer
        if isinstance(answer, Refusal):
            assert (answer.code, answer.status) in {("ValidationException", 400), ("ResourceNotFoundException", 404)}
            changed = {item.name for item in self.world.environments if before.get(item.name) != item}
            # A read that says "not found" may count itself; nothing else may change.
            assert operation == "GetEnvironment" or not changed
        else:
            model = service_model("mwaa").operation_model(operation)
            assert self.answers.problems(model.output_shape, answer) == []
        self.steps_from(before)
        return answer

    def steps_from(self, before: dict[str, Environment]) -> None:
        """Check that every environment moved along documented transitions."""
        for name in {*before, *(item.name for item in self.world.environments)}:
            old, new = before.get(name), self.world.find(name)
            was, is_now = (old.status if old else None), (new.status if new else None)
            assert was == is_now or is_now in NEXT[was], f"{name}: {was} -> {is_now}"

    @rule(name=NAMES, management=st.sampled_from(["SERVICE", "CUSTOMER"]))
    def create(self, name: str, management: str) -> None:
        taken = self.world.find(name) is not None
        answer = self.call("CreateEnvironment", **create_request(name, EndpointManagement=management, Tags={"a": "1"}))
        if taken and self.world.find(name) is not None:
            assert isinstance(answer, Refusal)

    @rule(name=NAMES, workers=st.integers(1, 25), version=st.sampled_from([None, "2.11.2"]))
    def update(self, name: str, workers: int, version: str | None) -> None:
        before = advance(self.world, now=self.now).find(name)
        members = {"MaxWorkers": workers} | ({"AirflowVersion": version} if version else {})
        answer = self.call("UpdateEnvironment", Name=name, **members)
        if isinstance(answer, Refusal):
            return
        assert before is not None
        assert before.status in WRITABLE
        assert before.target is None
        self.settled[name] = before

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        before = advance(self.world, now=self.now).find(name)
        answer = self.call("DeleteEnvironment", Name=name)
        assert isinstance(answer, Refusal) == (before is None or before.status not in DELETABLE)

    @rule(name=NAMES, value=st.sampled_from(["1", "2"]))
    def tag(self, name: str, value: str) -> None:
        environment = self.world.find(name)
        if environment:
            self.call("TagResource", ResourceArn=environment.arn, Tags={"a": value})

    @rule(name=NAMES)
    def get(self, name: str) -> None:
        answer = self.call("GetEnvironment", Name=name)
        environment = self.world.find(name)
        assert isinstance(answer, Refusal) == (environment is None or environment.hidden)

    @rule()
    def list_all(self) -> None:
        answer = self.call("ListEnvironments")
        assert answer["Environments"] == sorted(set(answer["Environments"]))

    @rule(
        operation=st.sampled_from(["CreateEnvironment", "UpdateEnvironment"]),
        verdict=st.sampled_from(["fail", "unavailable", "refuse"]),
        name=NAMES,
    )
    def script(self, operation: str, verdict: Any, name: str) -> None:
        outcome = Outcome(operation, verdict)
        self.world = World(
            ACCOUNT, REGION, self.world.laws, self.world.environments, (*self.world.outcomes, (name, outcome))
        )
        self.store.script(name, outcome)

    @rule(failed=st.sampled_from(["UPDATE_FAILED", "AVAILABLE"]), shows=st.sampled_from(["accepted", "finished"]))
    def change_habits(self, failed: Any, shows: Any) -> None:
        habits = Habits(failed_update=failed, update_shows=shows)
        self.laws = Laws(environments=2, durations=LAWS.durations, habits=habits)
        self.world = World(ACCOUNT, REGION, self.laws, self.world.environments, self.world.outcomes)
        self.store.laws = self.laws

    @precondition(lambda self: next_change(self.world) is not None)
    @rule()
    def wait_for_the_next_change(self) -> None:
        at = next_change(self.world)
        assert at is not None
        self.move_to(at)

    @rule(seconds=st.floats(0, 100_000))
    def wait(self, seconds: float) -> None:
        goal = self.now + seconds
        while (at := next_change(self.world)) is not None and at <= goal:
            self.move_to(at)
        self.move_to(goal)

    def move_to(self, at: float) -> None:
        self.now = max(self.now, at)
        before = {item.name: item for item in self.world.environments}
        self.world = advance(self.world, now=self.now)
        self.store.advance(self.now)
        self.steps_from(before)

    @rule(name=NAMES, poke=st.sampled_from(["publish", "maintain", "finish"]))
    def poke(self, name: str, poke: str) -> None:
        environment = self.world.find(name)
        if environment is None:
            return
        try:
            if poke == "publish":
                environment = publish_endpoints(environment, now=self.now, laws=self.laws)
            elif poke == "maintain":
                environment = begin_maintenance(environment, now=self.now, laws=self.laws)
            else:
                environment = finish(environment, now=self.now)
        except ValueError:
            return
        # Several steps may fall due at once here, so this move is not held against NEXT.
        self.world = advance(put(self.world, name, environment), now=self.now)
        self.store.put(name, environment)
        self.store.advance(self.now)

    @invariant()
    def names_are_unique_and_sorted(self) -> None:
        names = [item.name for item in self.world.environments]
        assert names == sorted(set(names))

    @invariant()
    def the_quota_holds(self) -> None:
        assert sum(item.status != Status.DELETED for item in self.world.environments) <= LAWS.environments

    @invariant()
    def store_and_world_agree(self) -> None:
        assert self.store.environments == {item.name: item for item in self.world.environments}

    @invariant()
    def worlds_are_hashable_values(self) -> None:
        assert hash(self.world) == hash(
            World(ACCOUNT, REGION, self.world.laws, self.world.environments, self.world.outcomes)
        )

    @invariant()
    def an_update_in_progress_has_a_pending_last_update(self) -> None:
        for item in self.world.environments:
            if item.target is not None:
                assert item.last_update is not None
                assert item.last_update.status == "PENDING"

    @invariant()
    def a_settled_failure_has_the_old_configuration(self) -> None:
        for name, old in list(self.settled.items()):
            item = self.world.find(name)
            if item is None or item.created_at != old.created_at:
                del self.settled[name]
            elif item.status in SETTLED and item.last_update and item.last_update.status == "FAILED":
                assert item.config == old.config


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
