"""The port of MWAA Serverless over a scripted call: one spelling, the newest runs, tokens, and nothing secret.

Every request is checked against the service's model by the seam. The service itself: contract/test_aws_serverless.py.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.serverless import PAGE, RUN_PAGES, ServerlessPort
from mwaa_operator.workflow.live import Live
from mwaa_operator.workflow.live_runs import run_of
from tests.support.awscalls import Answer, ScriptedCall, failure

ARN = "arn:aws:airflow-serverless:eu-central-1:123456789012:workflow/orders-a1b2c3d4e5"
VERSION = "0123456789abcdef0123456789abcdef"
START = datetime(2026, 11, 1, tzinfo=UTC)
CREATE = {
    "Name": "orders",
    "ClientToken": "token",
    "DefinitionS3Location": {"Bucket": "store", "ObjectKey": "a/b.yaml", "VersionId": "v"},
    "RoleArn": "arn:aws:iam::123456789012:role/x",
}
UPDATE = {"WorkflowArn": ARN, **{name: CREATE[name] for name in ("DefinitionS3Location", "RoleArn")}}
SECRET = "hunter2-hunter2"


def call(**answers: Sequence[Answer]) -> ScriptedCall:
    return ScriptedCall("mwaa-serverless", answers={name: list(listed) for name, listed in answers.items()})


def summary(number: int, at: datetime | None, **detail: Any) -> dict[str, Any]:
    times = {} if at is None else {"CreatedOn": at}
    return {
        "RunId": f"run{number}",
        "RunType": "SCHEDULED",
        "RunDetailSummary": {"Status": "SUCCESS", **times, **detail},
    }


def pages_of(runs: list[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    return [{"WorkflowRuns": runs[start : start + size]} for start in range(0, len(runs), size)]


def test_a_run_reads_alike_whether_it_was_listed_or_looked_at() -> None:
    one, two, three = (START + timedelta(minutes=number) for number in range(3))
    listed = {
        "RunId": "r1",
        "WorkflowArn": ARN,
        "WorkflowVersion": VERSION,
        "RunType": "ON_DEMAND",
        "RunDetailSummary": {"Status": "FAILED", "CreatedOn": one, "StartedAt": two, "EndedAt": three},
    }
    looked_at = {
        "RunId": "r1",
        "WorkflowArn": ARN,
        "WorkflowVersion": VERSION,
        "RunType": "ON_DEMAND",
        "OverrideParameters": {"password": SECRET},
        "RunDetail": {
            "RunId": "r1",
            "RunState": "FAILED",
            "CreatedAt": one,
            "StartedOn": two,
            "CompletedOn": three,
            "Duration": 60,
            "ErrorMessage": "Workflow execution failed",
            "TaskInstances": ["ex_1_load_1"],
        },
    }
    port = ServerlessPort(call(ListWorkflowRuns=[{"WorkflowRuns": [listed]}], GetWorkflowRun=[looked_at]))
    (from_list,) = port.list_runs(ARN, limit=10)
    alone = port.get_run(ARN, "r1")
    assert alone is not None
    assert from_list.items() <= alone.items()
    assert alone.keys() - from_list.keys() == {"DurationInSeconds", "ErrorMessage", "TaskInstances"}
    assert SECRET not in str(alone)
    run = run_of(alone)
    assert (run.state, run.created_at, run.started_at, run.ended_at, run.seconds) == ("FAILED", one, two, three, 60)


def test_a_state_that_nobody_knows_yet_is_passed_on() -> None:
    answer = {"RunId": "r1", "RunDetail": {"RunId": "r1"}}
    run = ServerlessPort(call(GetWorkflowRun=[answer])).get_run(ARN, "r1")
    assert run is not None
    assert not run_of(run).ended
    assert not run_of(run | {"Status": "PAUSED"}).ended


@given(
    order=st.permutations(range(40)),
    size=st.integers(1, 40),
    limit=st.integers(1, 45),
    timeless=st.sets(st.integers(0, 39), max_size=2),
)
def test_the_newest_runs_are_found_in_whatever_order_aws_lists_them(
    order: list[int], size: int, limit: int, timeless: set[int]
) -> None:
    runs = [summary(number, None if number in timeless else START + timedelta(hours=number)) for number in order]
    listed = pages_of(runs, size)[:RUN_PAGES]
    port = ServerlessPort(call(ListWorkflowRuns=listed))
    found = [run["RunId"] for run in port.list_runs(ARN, limit=limit)]
    seen = {int(run["RunId"].removeprefix("run")) for page in listed for run in page["WorkflowRuns"]}
    best = sorted(seen - timeless, reverse=True)
    newest = {f"run{number}" for number in timeless & seen}
    assert len(found) == min(limit, len(seen))
    assert set(found[: len(newest)]) <= newest if limit >= len(newest) else set(found) <= newest
    assert found[len(newest) :] == [f"run{number}" for number in best][: max(0, limit - len(newest))]


def test_one_page_is_enough_where_aws_lists_the_newest_first() -> None:
    runs = [summary(number, START + timedelta(hours=number)) for number in range(3 * PAGE, 0, -1)]
    seam = call(ListWorkflowRuns=pages_of(runs, PAGE))
    found = ServerlessPort(seam).list_runs(ARN, limit=8)
    assert [run["RunId"] for run in found] == [f"run{number}" for number in range(300, 292, -1)]
    assert seam.sent == [("ListWorkflowRuns", {"WorkflowArn": ARN, "MaxResults": PAGE})]


def test_a_list_without_end_is_not_read_to_its_end() -> None:
    runs = [summary(number, START + timedelta(hours=number)) for number in range(RUN_PAGES * PAGE + PAGE)]
    seam = call(ListWorkflowRuns=pages_of(runs, PAGE))
    ServerlessPort(seam).list_runs(ARN, limit=8)
    assert len(seam.sent) == RUN_PAGES


def test_versions_come_newest_first() -> None:
    page = [{"WorkflowArn": ARN, "WorkflowVersion": f"{n:032}", "CreatedAt": START + timedelta(n)} for n in (1, 3, 2)]
    port = ServerlessPort(call(ListWorkflowVersions=[{"WorkflowVersions": page}]))
    assert [version["WorkflowVersion"][-1] for version in port.list_versions(ARN)] == ["3", "2", "1"]


Reading = Callable[[ServerlessPort], object]
READS: list[tuple[str, Reading]] = [
    ("GetWorkflow", lambda port: port.get_workflow(ARN)),
    ("GetWorkflow", lambda port: port.get_workflow(ARN, VERSION)),
    ("GetWorkflowRun", lambda port: port.get_run(ARN, "r1")),
    ("GetTaskInstance", lambda port: port.get_task_instance(ARN, "r1", "t1")),
    ("ListTagsForResource", lambda port: port.tags(ARN)),
]


@pytest.mark.parametrize(("operation", "read"), READS)
def test_what_is_not_there_is_none_and_every_other_failure_is_one(operation: str, read: Reading) -> None:
    assert read(ServerlessPort(call(**{operation: [failure(Kind.NOT_FOUND, operation)]}))) is None
    with pytest.raises(AwsError):
        read(ServerlessPort(call(**{operation: [failure(Kind.ACCESS_DENIED, operation)]})))


GONE: list[tuple[str, Reading]] = [
    ("DeleteWorkflow", lambda port: port.delete_workflow(ARN)),
    ("DeleteWorkflow", lambda port: port.delete_workflow(ARN, VERSION)),
    ("StopWorkflowRun", lambda port: port.stop_run(ARN, "r1")),
]


@pytest.mark.parametrize(("operation", "change"), GONE)
def test_ending_what_is_gone_is_a_success(operation: str, change: Reading) -> None:
    change(ServerlessPort(call(**{operation: [failure(Kind.NOT_FOUND, operation)]})))
    with pytest.raises(AwsError):
        change(ServerlessPort(call(**{operation: [failure(Kind.WRONG_STATE, operation)]})))


HOLLOW: list[tuple[str, Reading, bool]] = [
    ("CreateWorkflow", lambda port: port.create_workflow(CREATE), True),
    ("UpdateWorkflow", lambda port: port.update_workflow(UPDATE), True),
    ("StartWorkflowRun", lambda port: port.start_run(ARN, token="t"), True),
    ("GetWorkflow", lambda port: port.get_workflow(ARN), False),
    ("GetWorkflowRun", lambda port: port.get_run(ARN, "r1"), False),
    ("ListWorkflows", lambda port: port.list_workflows(), False),
]


@pytest.mark.parametrize(("operation", "ask", "mutating"), HOLLOW)
def test_an_answer_without_what_aws_promises_is_none(operation: str, ask: Reading, mutating: bool) -> None:
    with pytest.raises(AwsError) as failed:
        ask(ServerlessPort(call(**{operation: [{}]})))
    assert failed.value.failure.may_have_happened is mutating


def test_a_create_without_a_token_of_ours_is_not_sent() -> None:
    seam = call()
    with pytest.raises(ValueError, match="ClientToken"):
        ServerlessPort(seam).create_workflow({name: value for name, value in CREATE.items() if name != "ClientToken"})
    assert seam.sent == []


def test_changes_are_mutations_and_looks_are_not() -> None:
    answer = {"WorkflowArn": ARN}
    seam = call(CreateWorkflow=[answer], UpdateWorkflow=[answer], StartWorkflowRun=[{"RunId": "r1"}])
    port = ServerlessPort(seam)
    port.create_workflow(CREATE)
    port.update_workflow(UPDATE)
    port.start_run(ARN, token="t", parameters={"day": "2026-11-01", "depth": 3}, version=VERSION)
    port.stop_run(ARN, "r1")
    port.delete_workflow(ARN)
    port.tag(ARN, {"a": "b"})
    port.untag(ARN, ["a"])
    assert seam.mutated == [operation for operation, _ in seam.sent]
    port.tags(ARN)
    port.list_versions(ARN)
    port.list_task_instances(ARN, "r1")
    assert len(seam.mutated) == 7


def test_a_run_without_parameters_or_version_sends_neither() -> None:
    seam = call(StartWorkflowRun=[{"RunId": "r1"}])
    ServerlessPort(seam).start_run(ARN, token="t", parameters={})
    assert seam.sent == [("StartWorkflowRun", {"WorkflowArn": ARN, "ClientToken": "t"})]


def test_secret_values_are_opened_for_the_call_only() -> None:
    seam = call(CreateWorkflow=[{"WorkflowArn": ARN}], StartWorkflowRun=[{"RunId": "r1"}])
    request = {**CREATE, "Environment": {"Variables": {"STAGE": "prod", "TOKEN": SecretStr(SECRET)}}}
    ServerlessPort(seam).create_workflow(request)
    ServerlessPort(seam).start_run(ARN, token="t", parameters={"a": {"b": [SecretStr(SECRET)]}})
    assert seam.sent[0][1]["Environment"] == {"Variables": {"STAGE": "prod", "TOKEN": SECRET}}
    assert seam.sent[1][1]["OverrideParameters"] == {"a": {"b": [SECRET]}}
    assert SECRET not in repr(request)


def test_values_of_environment_variables_come_back_as_secrets() -> None:
    answer = {"WorkflowArn": ARN, "Environment": {"Variables": {"TOKEN": SECRET}}}
    workflow = ServerlessPort(call(GetWorkflow=[answer])).get_workflow(ARN)
    assert workflow is not None
    assert SECRET not in repr(workflow)
    assert SECRET not in repr(Live(workflow))
    assert Live(workflow).variables["TOKEN"].get_secret_value() == SECRET


SENDS: list[tuple[str, Reading]] = [
    ("CreateWorkflow", lambda port: port.create_workflow({**CREATE, "Environment": {"Variables": {"T": SECRET}}})),
    (
        "UpdateWorkflow",
        lambda port: port.update_workflow({**UPDATE, "Environment": {"Variables": {"T": SecretStr(SECRET)}}}),
    ),
    ("StartWorkflowRun", lambda port: port.start_run(ARN, token="t", parameters={"deep": [{"er": SECRET}]})),
]


@pytest.mark.parametrize(("operation", "send"), SENDS)
def test_a_refusal_that_quotes_a_secret_value_does_not_tell_it(operation: str, send: Reading) -> None:
    quoting = failure(Kind.INVALID, operation, "ValidationException", f"The value {SECRET} is not good.")
    with pytest.raises(AwsError) as failed:
        send(ServerlessPort(call(**{operation: [quoting]})))
    assert failed.value.failure.message == "The value **** is not good."
    assert SECRET not in "".join(traceback.format_exception(failed.value))


def test_what_a_task_handed_on_is_left_out() -> None:
    answer = {"WorkflowArn": ARN, "RunId": "r1", "TaskInstanceId": "t1", "Xcom": {"return_value": SECRET}}
    assert "Xcom" not in (ServerlessPort(call(GetTaskInstance=[answer])).get_task_instance(ARN, "r1", "t1") or {})


def test_the_arn_is_made_from_the_id_that_a_refusal_names() -> None:
    seam = call()
    seam.partition, seam.region = "aws-us-gov", "us-gov-west-1"
    port = ServerlessPort(seam)
    arn = "arn:aws-us-gov:airflow-serverless:us-gov-west-1:123456789012:workflow/orders-a1b2c3d4e5"
    assert port.workflow_arn("orders-a1b2c3d4e5") == arn
    assert port.workflow_arn(arn) == arn


def test_what_the_loaded_model_knows_can_be_told_beforehand() -> None:
    port = ServerlessPort(call())
    assert {"Code", "Environment", "TriggerMode"} <= port.supported_members("CreateWorkflow")
    assert "Tags" not in port.supported_members("UpdateWorkflow")
