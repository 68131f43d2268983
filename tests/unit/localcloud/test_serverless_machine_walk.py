"""Random walks through the simulated MWAA Serverless: what holds in every reachable state.

Hypothesis chooses operations, outcomes and time; the invariants are those that clients of the real service rely on. The
pure world and the server's store are walked side by side.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.config import Surroundings
from localcloud.aws.serverless.laws import Calendar, Durations, Habits, Laws, Script
from localcloud.aws.serverless.machine import advance, apply, next_change
from localcloud.aws.serverless.runstates import DONE, ENDED, Run, TaskState
from localcloud.aws.serverless.states import Workflow, World
from localcloud.aws.serverless.store import Store
from localcloud.aws.shapes import Shapes
from localcloud.aws.signing import Caller
from localcloud.aws.wire import service_model
from tests.support.aws import ACCOUNT, REGION, START
from tests.support.serverless import LOCATION, ROLE, create_request, dag, task

NAMES = st.sampled_from(["one", "two", "three"])
TOKENS = st.sampled_from([None, "t1", "t2"])
MODES = st.sampled_from(["scheduled", "manual_only", "disabled"])
DEFINITIONS = (
    dag(),
    dag({"a": task(), "b": task("a", retries=0), "c": task("b", trigger_rule="all_done")}),
    dag({"a": task(retry_delay=20), "b": task("a", trigger_rule="one_failed")}, schedule="*/5 * * * *"),
    dag({"a": task(prefix="{{ x y }}")}),
    dag({"a": task(retries=9)}),
)
NEXT: dict[str | None, set[str]] = {
    None: {"STARTING"},
    "STARTING": {"QUEUED", "STOPPING"},
    "QUEUED": {"RUNNING", "FAILED", "STOPPING"},
    "RUNNING": {"SUCCESS", "FAILED", "TIMEOUT", "STOPPING"},
    "STOPPING": {"STOPPED"},
}
"""The states that may follow each state of a run, one step at a time."""

LAWS = Laws(
    workflows=2,
    versions=3,
    workflow_runs=2,
    account_runs=3,
    calendar=Calendar(START, START, 10.0),
    durations=Durations(token=300.0, create_invisible=2, update_invisible=3, tags_invisible=3, run_invisible=1),
)


class Walk(RuleBasedStateMachine):
    """Walks the pure world and the server's store side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.world = World(ACCOUNT, REGION, LAWS)
        self.store = Store(ACCOUNT, REGION, LAWS, observe=lambda before, after: None)
        self.answers = Shapes(strict=False)
        self.started: dict[tuple[str, str], str] = {}
        """ARN and token to the RunId that the first start with it got."""
        self.frozen: dict[tuple[str, str], Any] = {}
        """ARN and id of every version ever seen."""

    def call(self, operation: str, *, content: bytes = DEFINITIONS[0], **params: Any) -> Any:
        around = Surroundings(definition=content)
        sent = {name: value for name, value in params.items() if value is not None}
        before = advance(self.world, now=self.now)
        self.world, answer = apply(self.world, operation, sent, now=self.now, around=around)
        same = self.store.act(operation, sent, now=self.now, caller=Caller(ACCOUNT), around=around)
        assert same == answer
        model = service_model("mwaa-serverless")
        if isinstance(answer, Refusal):
            assert self.world.workflows == before.workflows
            known = {shape.name for shape in model.operation_model(operation).error_shapes}
            assert answer.code in known
            content_of = {"Message": answer.message, **dict(answer.members)}
            assert self.answers.problems(model.shape_for(answer.code), content_of) == []
        else:
            assert self.answers.problems(model.operation_model(operation).output_shape, answer) == []
        return answer

    def arn(self, name: str) -> str:
        found = self.world.find(name)
        return found.arn if found else f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/{name}-0123456789"

    @rule(name=NAMES, token=TOKENS, content=st.sampled_from(DEFINITIONS), mode=MODES)
    def create(self, name: str, token: str | None, content: bytes, mode: str) -> None:
        taken, births = self.world.find(name) is not None, self.world.births
        answer = self.call(
            "CreateWorkflow", content=content, **create_request(name, TriggerMode=mode), ClientToken=token
        )
        assert self.world.births - births in (0, 1)
        if self.world.births > births:
            assert not taken
            assert not isinstance(answer, Refusal)

    @rule(name=NAMES, content=st.sampled_from(DEFINITIONS), mode=MODES)
    def update(self, name: str, content: bytes, mode: str) -> None:
        arn, before = self.arn(name), self.world.find(name)
        answer = self.call(
            "UpdateWorkflow",
            content=content,
            WorkflowArn=arn,
            RoleArn=ROLE,
            DefinitionS3Location=LOCATION,
            TriggerMode=mode,
        )
        if not isinstance(answer, Refusal):
            after = self.world.find(name)
            assert before is not None
            assert after is not None
            assert after.versions[:-1] == before.versions
            assert answer["WorkflowVersion"] == after.latest.id

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        self.call("DeleteWorkflow", WorkflowArn=self.arn(name))

    @rule(name=NAMES, number=st.integers(0, 3))
    def delete_version(self, name: str, number: int) -> None:
        found = self.world.find(name)
        if found is not None and number < len(found.versions):
            version = found.versions[number]
            answer = self.call("DeleteWorkflow", WorkflowArn=found.arn, WorkflowVersion=version.id)
            assert isinstance(answer, Refusal) or version is not found.latest

    @rule(name=NAMES, token=TOKENS)
    def start(self, name: str, token: str | None) -> None:
        arn = self.arn(name)
        answer = self.call("StartWorkflowRun", WorkflowArn=arn, ClientToken=token)
        remembered = any(item.token == token and item.operation == "StartWorkflowRun" for item in self.world.tokens)
        if token is not None and remembered and not isinstance(answer, Refusal):
            first = self.started.setdefault((arn, token), answer["RunId"])
            if first != answer["RunId"]:
                # Only a token that was forgotten in time starts a second run.
                self.started[arn, token] = answer["RunId"]
                assert answer["StartedAt"].timestamp() == round(self.now, 3)

    @rule(name=NAMES, which=st.integers(0, 3))
    def stop(self, name: str, which: int) -> None:
        found = self.world.find(name)
        if found is not None and which < len(found.live):
            self.call("StopWorkflowRun", WorkflowArn=found.arn, RunId=found.live[which].id)

    @rule(name=NAMES)
    def read(self, name: str) -> None:
        arn = self.arn(name)
        self.call("GetWorkflow", WorkflowArn=arn)
        self.call("ListWorkflowVersions", WorkflowArn=arn)
        self.call("ListTagsForResource", ResourceArn=arn)
        for item in self.call("ListWorkflowRuns", WorkflowArn=arn)["WorkflowRuns"]:
            self.read_run(arn, item["RunId"])

    def read_run(self, arn: str, run_id: str) -> None:
        whole = self.call("GetWorkflowRun", WorkflowArn=arn, RunId=run_id)
        if isinstance(whole, Refusal):
            return
        for item in self.call("ListTaskInstances", WorkflowArn=arn, RunId=run_id)["TaskInstances"]:
            assert item["TaskInstanceId"] in whole["RunDetail"]["TaskInstances"]
            self.call("GetTaskInstance", WorkflowArn=arn, RunId=run_id, TaskInstanceId=item["TaskInstanceId"])

    @rule()
    def list_all(self) -> None:
        self.call("ListWorkflows")

    @rule(name=NAMES, value=st.sampled_from(["1", "2"]))
    def tag(self, name: str, value: str) -> None:
        self.call("TagResource", ResourceArn=self.arn(name), Tags={"a": value})

    @rule(
        task_id=st.sampled_from(["", "a", "b"]),
        verdict=st.sampled_from(["succeed", "fail", "timeout", "hang"]),
        attempt=st.sampled_from([None, 1]),
        runs=st.sampled_from([None, 1]),
    )
    def script(self, task_id: str, verdict: Any, attempt: int | None, runs: int | None) -> None:
        script = Script(task=task_id, attempt=attempt, verdict=verdict, runs=runs, serial=len(self.world.laws.scripts))
        self.change(scripts=(*self.world.laws.scripts, script))

    @rule(
        deleting=st.sampled_from(["stop", "refuse"]), outlives=st.booleans(), omitted=st.sampled_from(["kept", "reset"])
    )
    def change_habits(self, deleting: Any, outlives: bool, omitted: Any) -> None:
        habits = Habits(delete_with_runs=deleting, token_outlives_workflow=outlives, update_omitted=omitted)
        self.change(habits=habits, scripts=())

    def change(self, **laws: Any) -> None:
        self.world = replace(self.world, laws=replace(self.world.laws, **laws))
        self.store.set_laws(self.now, **laws)

    @precondition(lambda self: next_change(self.world) is not None)
    @rule()
    def wait_for_the_next_change(self) -> None:
        at = next_change(self.world)
        assert at is not None
        self.move_to(at)

    @rule(seconds=st.floats(0, 500))
    def wait(self, seconds: float) -> None:
        goal = self.now + seconds
        while (at := next_change(self.world)) is not None and at <= goal:
            self.move_to(at)
        self.move_to(goal)

    def move_to(self, at: float) -> None:
        self.now = max(self.now, at)
        before = self.world
        self.world = advance(self.world, now=self.now)
        self.store.advance(self.now)
        for workflow in self.world.workflows:
            old = before.find(workflow.name)
            for run in (*workflow.live, *workflow.past):
                was = old.run(run.id) if old else None
                assert was == run or _may_follow(was, run), (was, run)

    @invariant()
    def store_and_world_agree(self) -> None:
        assert self.store.workflows == {item.name: item for item in self.world.workflows}
        assert self.store.births == self.world.births

    @invariant()
    def quotas_hold(self) -> None:
        assert len(self.world.workflows) <= LAWS.workflows
        for item in self.world.workflows:
            assert 1 <= len(item.versions) <= LAWS.versions
            assert len(item.live) <= LAWS.workflow_runs

    @invariant()
    def versions_never_change(self) -> None:
        for item in self.world.workflows:
            for version in item.versions:
                known = self.frozen.setdefault((item.arn, version.id), version)
                assert known == version

    @invariant()
    def live_runs_live_and_past_runs_are_over(self) -> None:
        for item in self.world.workflows:
            assert not any(run.state in ENDED for run in item.live)
            assert all(run.state in ENDED for run in item.past)
            ids = [run.id for run in (*item.live, *item.past)]
            assert len(ids) == len(set(ids)) <= item.started

    @invariant()
    def runs_make_sense(self) -> None:
        for item in self.world.workflows:
            for run in (*item.live, *item.past):
                _check_run(item, run)

    @invariant()
    def worlds_are_hashable_values(self) -> None:
        assert hash(self.world) == hash(replace(self.world))


def _may_follow(was: Run | None, run: Run) -> bool:
    """Tell whether a run can be this one step later: the same state with its tasks further on, or a next one."""
    if was is None:
        return run.state in NEXT[None]
    return run.state == was.state == "RUNNING" or run.state in NEXT[was.state]


def _check_run(workflow: Workflow, run: Run) -> None:
    states = {task.id: task.state for task in run.tasks}
    if run.state in ENDED:
        assert run.ended_at is not None
        assert all(state in DONE for state in states.values())
        leaves = [states[leaf] for leaf in run.definition.leaves if leaf in states]
        if run.state == "SUCCESS":
            assert not {TaskState.FAILED, TaskState.TIMEOUT, TaskState.UPSTREAM_FAILED} & set(leaves)
    for each in run.tasks:
        assert [attempt.number for attempt in each.attempts] == list(range(1, len(each.attempts) + 1))
        assert len(each.attempts) <= run.definition.task(each.id).retries + 1
        if each.attempts:
            waited = run.definition.task(each.id).upstream
            begun = each.attempts[0].since if not each.attempts[0].started_at else each.attempts[0].started_at
            ends = [a.ended_at for name in waited for a in run.task(name).attempts[-1:] if a.ended_at is not None]
            assert all(end <= begun for end in ends)


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
