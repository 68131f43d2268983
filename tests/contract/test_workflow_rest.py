"""What workflows at rest cost, and in which time what happens to them is found: the room over the simulated AWS.

Calls are counted at the service. One list of the account stands for the looks at all its workflows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import THROTTLED, Error, Rule
from localcloud.aws.serverless.laws import Durations
from tests.support.aws import HOUR, MINUTE, Clock
from tests.support.operatoraws import Operator, simulated
from tests.support.serverless import ROLE, dag, task
from tests.support.simulatedserverless import seed
from tests.support.workflowfleet import Fleet
from tests.support.workflowroom import WorkflowRoom, ready
from tests.support.workflows import UID

NAME = "data-etl"
ON_DEMAND: dict[str, Any] = {"definition": {"yaml": dag().decode()}, "role": {"arn": ROLE}}
NIGHTLY: dict[str, Any] = ON_DEMAND | {"definition": {"yaml": dag(schedule="0 3 * * *").decode()}}
SECOND = dag({"only": task(retries=2)}).decode()
DENIED = Error(403, "AccessDeniedException", "You may not list workflows.")
LOOK = Counter({"GetWorkflow": 1, "ListTagsForResource": 1, "ListWorkflowRuns": 1})
SENT = Counter({"UpdateWorkflow": 1})


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def world(clock: Clock) -> Iterator[SimulatedAws]:
    with simulated(clock=clock) as running:
        seed(running)
        yield running


@pytest.fixture(scope="module")
def operator(world: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture
def aws(world: SimulatedAws) -> Iterator[SimulatedAws]:
    yield world
    world.faults.clear()
    world.serverless.configure(durations=Durations())
    for name in world.serverless.names():
        world.serverless.remove(name)


@pytest.fixture
def room(aws: SimulatedAws, operator: Operator, clock: Clock) -> WorkflowRoom:
    return WorkflowRoom(scope=operator.forget().clients.scope, clock=clock)


class Resting:
    """One workflow that was looked at in full at its last pass, and what its further passes ask of the service."""

    def __init__(self, room: WorkflowRoom, operator: Operator, **spec: Any) -> None:
        self.room, self.operator = room, operator
        # Client tokens outlive workflows in the simulated service: another object for each test.
        self.key = room.create(uid=f"{id(self):08x}{UID[8:]}", **(spec or ON_DEMAND))
        room.settle(self.key)
        self.later(2 * HOUR)

    @property
    def status(self) -> dict[str, Any]:
        return self.room.status(self.key)

    def once(self) -> Counter[str]:
        """Make a pass; return the operations that it called."""
        self.operator.calls.clear()
        self.room.once(self.key)
        return Counter(operation for operation, _ in self.operator.of("mwaa-serverless"))

    def later(self, seconds: float) -> Counter[str]:
        """Let time pass, then make a pass."""
        self.room.clock.forward(seconds)
        return self.once()


@pytest.fixture
def resting(room: WorkflowRoom, operator: Operator) -> Resting:
    return Resting(room, operator)


def test_a_pass_at_rest_asks_for_nothing_but_the_list_of_the_account(resting: Resting) -> None:
    assert resting.later(10 * MINUTE) == Counter({"ListWorkflows": 1})
    assert resting.later(50) == Counter()
    assert resting.later(11) == Counter({"ListWorkflows": 1})


def test_runs_are_listed_every_twenty_minutes_and_all_is_looked_at_every_hour(resting: Resting) -> None:
    asked = [resting.later(10 * MINUTE) for _ in range(6)]
    runs = Counter({"ListWorkflows": 1, "ListWorkflowRuns": 1})
    assert asked == [Counter({"ListWorkflows": 1}), runs, Counter({"ListWorkflows": 1}), runs, asked[0], LOOK]


def test_a_pass_at_rest_writes_nothing(resting: Resting) -> None:
    written = len(resting.room.kube.statuses)
    for _ in range(20):
        resting.later(10 * MINUTE)
    assert len(resting.room.kube.statuses) == written


@pytest.mark.parametrize("change", [{"TriggerMode": "disabled"}, {"RoleArn": f"{ROLE}-of-others"}])
def test_what_somebody_changes_is_seen_in_the_list_and_corrected(
    aws: SimulatedAws, resting: Resting, change: dict[str, Any]
) -> None:
    aws.serverless.drift(NAME, **change)
    asked = resting.later(10 * MINUTE)
    assert (asked["GetWorkflow"], asked["UpdateWorkflow"]) == (1, 1)
    assert ready(resting.room.settle(resting.key)) == ("True", "Succeeded")
    assert resting.later(10 * MINUTE)["GetWorkflow"] == 0


def test_tags_that_no_list_tells_are_corrected_within_the_hour(
    aws: SimulatedAws, room: WorkflowRoom, operator: Operator
) -> None:
    resting = Resting(room, operator, **ON_DEMAND, tags={"team": "data"})
    there = aws.serverless.workflow(NAME)
    assert there is not None
    aws.serverless.retag(NAME, there["Tags"] | {"team": "nobody"})
    passes = [resting.later(10 * MINUTE) for _ in range(6)]
    assert [asked["TagResource"] for asked in passes] == [0, 0, 0, 0, 0, 1]


def test_a_workflow_that_no_list_shows_is_looked_at_and_made_again(aws: SimulatedAws, resting: Resting) -> None:
    before = resting.status["workflowArn"]
    aws.serverless.remove(NAME)
    assert resting.later(10 * MINUTE)["GetWorkflow"] >= 1
    status = resting.room.settle(resting.key)
    assert (ready(status), status["workflowArn"] == before) == (("True", "Succeeded"), False)


def test_a_list_that_does_not_show_the_workflow_proves_nothing(aws: SimulatedAws, resting: Resting) -> None:
    aws.serverless.configure(list_invisible=10 * HOUR)
    asked = resting.later(10 * MINUTE)
    assert asked - Counter({"ListWorkflows": 1}) == LOOK
    assert "absentSince" not in resting.status


def test_a_list_that_may_not_be_read_costs_looks_and_nothing_else(aws: SimulatedAws, resting: Resting) -> None:
    aws.faults.add(Rule(operation="ListWorkflows", times=None, error=DENIED))
    assert resting.later(10 * MINUTE) - Counter({"ListWorkflows": 1}) == LOOK
    assert ready(resting.status) == ("True", "Succeeded")


def test_a_service_that_is_too_busy_to_list_is_not_asked_for_each_workflow(aws: SimulatedAws, resting: Resting) -> None:
    aws.faults.add(Rule(operation="ListWorkflows", times=None, error=THROTTLED))
    assert set(resting.later(10 * MINUTE)) == {"ListWorkflows"}
    assert ready(resting.status) == ("True", "Succeeded")
    aws.faults.clear()
    assert resting.later(1) == Counter({"ListWorkflows": 1})


def test_whoever_asks_for_a_look_gets_a_whole_one(resting: Resting) -> None:
    resting.room.kube.annotate(resting.key, reconcile_requested_at="now")
    assert resting.later(MINUTE) == LOOK
    assert resting.status["lastHandledReconcileAt"] == "now"


def test_an_edit_is_sent_on_a_whole_look(aws: SimulatedAws, resting: Resting) -> None:
    resting.room.kube.edit(resting.key, definition={"yaml": SECOND})
    asked = resting.later(MINUTE)
    assert asked & (LOOK + SENT) == LOOK + SENT
    assert aws.serverless.minted(NAME) == 2


def test_what_changes_without_an_edit_is_sent_on_a_whole_look(
    aws: SimulatedAws, room: WorkflowRoom, operator: Operator
) -> None:
    room.kube.config_maps["data", "etl"] = {"dag.yaml": dag().decode().encode()}
    reference = {"configMapKeyRef": {"name": "etl", "key": "dag.yaml"}}
    resting = Resting(room, operator, **ON_DEMAND | {"definition": reference})
    room.kube.config_maps["data", "etl"] = {"dag.yaml": SECOND.encode()}
    asked = resting.later(10 * MINUTE)
    assert asked & (LOOK + SENT) == LOOK + SENT
    assert aws.serverless.minted(NAME) == 2


def test_a_token_starts_a_run_on_a_whole_look_and_the_run_alone_is_watched(aws: SimulatedAws, resting: Resting) -> None:
    resting.room.kube.annotate(resting.key, run_requested_at="t1")
    asked = resting.later(MINUTE)
    assert asked & (LOOK + Counter({"StartWorkflowRun": 1})) == LOOK + Counter({"StartWorkflowRun": 1})
    resting.later(MINUTE)
    watching = Counter({"ListWorkflowRuns": 1})
    assert [resting.later(15) - Counter({"ListWorkflows": 1}) for _ in range(3)] == [watching] * 3
    aws.serverless.finish(NAME)
    assert resting.later(15)["GetWorkflow"] == 0
    assert resting.status["lastRun"]["state"] == "SUCCESS"


def test_a_run_that_others_start_is_found_within_twenty_minutes(aws: SimulatedAws, resting: Resting) -> None:
    aws.serverless.start_run(NAME)
    resting.later(10 * MINUTE)
    assert "lastRun" not in resting.status
    resting.later(10 * MINUTE)
    assert resting.status["lastRun"]["state"] == "SUCCESS"


def test_a_run_of_the_schedule_is_found_just_after_its_time(
    aws: SimulatedAws, room: WorkflowRoom, operator: Operator
) -> None:
    resting = Resting(room, operator, **NIGHTLY)
    until = -room.clock() % (24 * HOUR) + 3 * HOUR
    before = resting.later(until % (24 * HOUR) - 30)
    assert before["GetWorkflow"] == 1
    assert room.once(resting.key) == pytest.approx(50)
    asked = resting.later(51)
    assert asked["ListWorkflowRuns"] == 1
    assert resting.status["lastRun"]["type"] == "SCHEDULED"


def test_a_run_is_counted_once_also_when_the_operator_starts_anew(aws: SimulatedAws, resting: Resting) -> None:
    room = resting.room
    aws.serverless.start_run(NAME)
    resting.later(20 * MINUTE)
    room.restarted()
    for _ in range(3):
        resting.later(20 * MINUTE)
    ended = [run for _, figures in room.measured for run in figures.ended]
    assert [(run.state, run.type, run.failed_tasks) for run in ended] == [("SUCCESS", "ON_DEMAND", 0)]
    last = room.measured[-1][1]
    assert (last.active_runs, last.versions_used, last.last_success is None) == (0, 1, False)


def test_workflows_share_their_lists(room: WorkflowRoom, operator: Operator) -> None:
    """A page of the list tells of a hundred, so each of a thousand pays 0.6 calls an hour for it."""
    fleet = Fleet(room, operator, number=12, **ON_DEMAND)
    asked = fleet.hours(2)
    assert asked.pop("ListWorkflows") <= 2 * 60
    assert asked.total() / 2 / 12 <= 5.5, asked


def test_what_an_object_that_is_gone_had_seen_is_forgotten(resting: Resting) -> None:
    room, key = resting.room, resting.key
    body = room.kube.objects.pop(key)
    assert room.once(key) is None
    room.kube.objects[key] = body
    assert resting.later(MINUTE) == LOOK
