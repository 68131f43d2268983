"""Which earlier look serves again: that of the same object, workflow and way into AWS, and only for so long."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.live import Live
from mwaa_operator.workflow.memory import Memory, key_of
from mwaa_operator.workflow.plan.situation import Observed
from mwaa_operator.workflow.sweep import Sweep
from tests.support.aws import Clock
from tests.support.awscalls import failure
from tests.support.scriptedscope import ACCESS, ScriptedScope
from tests.support.workflows import ADMITTED, ARN, CLUSTER, MEMBERS, NOW, body, run

LISTED = {name: MEMBERS[name] for name in ("WorkflowArn", "Name", "WorkflowVersion", "WorkflowStatus", "TriggerMode")}
SINCE = "2026-11-18T11:00:00Z"
READY = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": "", "lastTransitionTime": SINCE}
STATUS = {"observedGeneration": 1, "workflowArn": ARN, "conditions": [READY]}
SEEN = Observed(CLUSTER, ADMITTED, live=Live({**MEMBERS, "WorkflowDefinition": "large"}, {}), runs=(run(),))


class World:
    """A memory that has seen one workflow at noon, and what it asks of AWS."""

    def __init__(self, *lists: Any) -> None:
        self.now: datetime = NOW
        self.scope = ScriptedScope(mwaa_serverless={"ListWorkflows": list(lists) or [{"Workflows": [LISTED]}]})
        sweep = Sweep(scope=lambda access: self.scope, cache=ReadCache(seconds=60, monotonic=Clock()))
        self.memory = Memory(sweep=sweep, timings=Timings(), now=lambda: self.now)
        self.memory.keep(resource(), ACCESS, SEEN)

    def recall(self, access: Access = ACCESS, **object_: Any) -> Any:
        return self.memory.recall(resource(**object_), access)


def resource(*, uid: str | None = None, **object_: Any) -> ServerlessWorkflow:
    made = body(**{"status": STATUS} | object_)
    made["metadata"] |= {} if uid is None else {"uid": uid}
    return ServerlessWorkflow.from_body(made)


def test_what_was_seen_serves_again_without_its_largest_member() -> None:
    world = World()
    world.now += timedelta(minutes=10)
    found = world.recall()
    assert (found.live.arn, found.seen_at, found.runs, found.runs_at) == (ARN, NOW, (run(),), NOW)
    assert "WorkflowDefinition" not in found.live.members
    assert world.recall() == found
    assert world.scope.sent() == ["ListWorkflows"]


@pytest.mark.parametrize(
    "changes",
    [
        {"uid": "another"},
        {"access": replace(ACCESS, assume_role_arn="arn:aws:iam::123456789012:role/other")},
        {"status": STATUS | {"workflowArn": ARN.replace("0123456789", "9876543210")}},
        {"generation": 2},
        {"deleting": 1},
    ],
    ids=["another object", "another way", "another workflow", "edited", "deleted"],
)
def test_what_was_seen_of_something_else_is_forgotten_without_a_list(changes: dict[str, Any]) -> None:
    world = World()
    assert world.recall(**changes) is None
    assert world.recall() is None
    assert world.scope.sent() == []


def test_what_was_seen_an_hour_ago_is_forgotten() -> None:
    world = World()
    world.now += timedelta(hours=1)
    assert world.recall() is None


@pytest.mark.parametrize("kind", [FailureKind.THROTTLED, FailureKind.UNAVAILABLE, FailureKind.ACCESS_DENIED])
def test_a_list_that_fails_vouches_for_nothing_and_one_that_may_work_later_is_waited_for(kind: FailureKind) -> None:
    world = World(failure(kind, "mwaa-serverless:ListWorkflows"), {"Workflows": [LISTED]})
    if kind is FailureKind.ACCESS_DENIED:
        assert world.recall() is None
        assert world.recall() is None
        return
    with pytest.raises(AwsError, match="ListWorkflows"):
        world.recall()
    assert world.recall() is not None


@pytest.mark.parametrize(
    "observed", [replace(SEEN, live=None), replace(SEEN, failure=failure(FailureKind.THROTTLED, "x").failure)]
)
def test_what_was_not_seen_is_not_remembered(observed: Observed) -> None:
    world = World()
    world.memory.forget(key_of(resource()))
    world.memory.keep(resource(), ACCESS, observed)
    assert world.recall() is None


def test_runs_that_are_listed_anew_leave_the_time_of_the_look_as_it_is() -> None:
    world = World()
    world.now += timedelta(minutes=20)
    found = world.recall()
    world.memory.keep(resource(), ACCESS, replace(SEEN, seen_at=found.seen_at, runs=(), runs_at=None))
    assert (world.recall().seen_at, world.recall().runs, world.recall().runs_at) == (NOW, (), world.now)
