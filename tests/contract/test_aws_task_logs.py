"""The Logs port's look at a task's log against moto behind localcloud's proxy: the end of it, and no more than asked.

Not covered: how long CloudWatch Logs lags behind a task.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import Error, Rule
from localcloud.aws.mwaa.dependencies import Dependencies
from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.logs import LogsPort
from tests.support.awscalls import ScriptedCall
from tests.support.operatoraws import REGION, Operator, simulated

GROUP = "/aws/mwaa-serverless/orders-a1b2c3d4e5/"
STREAM = "workflow_id=orders-a1b2c3d4e5/run_id=r1/task_id=load/attempt=1.log"


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAws]:
    with simulated(dependencies=Dependencies()) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def shared(running: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture
def logs(running: SimulatedAws) -> Iterator[Any]:
    """A client of boto3's own over one group with one empty stream."""
    assert running.moto is not None
    client = running.moto.client("logs", region=REGION)
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
    yield client
    running.faults.clear()
    client.delete_log_group(logGroupName=GROUP)


@pytest.fixture
def scope(logs: Any, shared: Operator) -> AwsScope:
    return shared.forget().scope()


def test_the_last_lines_come_oldest_first(logs: Any, scope: AwsScope) -> None:
    (made,) = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    # Events that are two weeks old are refused, so they begin with the stream.
    began = made["creationTime"]
    events = [{"timestamp": began + number, "message": f"line {number}"} for number in range(30)]
    logs.put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=events)
    assert scope.logs.tail(GROUP, STREAM, events=3, size=1000) == events[-3:]


def test_a_stream_without_events_yet_is_empty_and_one_that_is_not_there_is_none(scope: AwsScope) -> None:
    assert scope.logs.tail(GROUP, STREAM, events=3, size=1000) == []
    assert scope.logs.tail(GROUP, f"{STREAM}x", events=3, size=1000) is None
    assert scope.logs.tail(f"{GROUP}x", STREAM, events=3, size=1000) is None


def test_a_denied_look_is_a_failure_and_not_an_absence(running: SimulatedAws, scope: AwsScope) -> None:
    running.faults.add(Rule(service="logs", error=Error(400, "AccessDeniedException", "no"), times=None))
    for look in (lambda: scope.logs.tail(GROUP, STREAM, events=1, size=1), lambda: scope.logs.group(GROUP)):
        with pytest.raises(AwsError) as failed:
            look()
        assert failed.value.failure.kind is Kind.ACCESS_DENIED


def test_a_group_is_found_by_its_whole_name(logs: Any, scope: AwsScope) -> None:
    longer = f"{GROUP.rstrip('/')}-too/"
    logs.create_log_group(logGroupName=longer)
    assert scope.logs.group(GROUP.rstrip("/")) is None
    assert scope.logs.set_retention(GROUP, 30)
    found = scope.logs.group(GROUP)
    assert found is not None
    assert (found["logGroupName"], found["retentionInDays"]) == (GROUP, 30)
    logs.delete_log_group(logGroupName=longer)


def page(messages: list[str], token: str) -> dict[str, Any]:
    return {"events": [{"timestamp": 1, "message": message} for message in messages], "nextBackwardToken": token}


def test_an_empty_page_is_not_taken_for_the_beginning() -> None:
    """AWS may give a page without events although there are older ones (API reference, GetLogEvents)."""
    seam = ScriptedCall("logs", answers={"GetLogEvents": [page([], "b/1"), page(["new"], "b/2"), page(["old"], "b/3")]})
    found = LogsPort(seam).tail(GROUP, STREAM, events=5, size=10)
    assert found == [{"timestamp": 1, "message": "old"}, {"timestamp": 1, "message": "new"}]
    assert [members.get("nextToken") for _, members in seam.sent] == [None, "b/1", "b/2"]


def test_a_stream_that_gives_ever_new_tokens_is_left_after_some_pages() -> None:
    seam = ScriptedCall("logs", answers={"GetLogEvents": [page([], f"b/{number}") for number in range(50)]})
    assert LogsPort(seam).tail(GROUP, STREAM, events=5, size=10) == []
    assert len(seam.sent) == 3


@given(messages=st.lists(st.text(max_size=30), max_size=8), size=st.integers(0, 60), events=st.integers(1, 10))
def test_no_more_is_kept_than_was_asked_for_and_it_is_the_end(messages: list[str], size: int, events: int) -> None:
    seam = ScriptedCall("logs", answers={"GetLogEvents": [page(messages, "b"), page([], "b")]})
    found = LogsPort(seam).tail(GROUP, STREAM, events=events, size=size)
    assert found is not None
    kept = "".join(event["message"] for event in found)
    assert len(found) <= events
    assert len(kept) <= size
    assert "".join(messages).endswith(kept)
    assert len(kept) == min(size, len("".join(messages[-events:])))
