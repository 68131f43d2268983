"""The port of MWAA Serverless against the simulated service, which checks every request against botocore's model.

Not covered: that real AWS answers as the simulator does. What the port makes of answers: unit/aws/test_serverless.py.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import HTML_502, INTERNAL, UNAVAILABLE, Error, Rule
from localcloud.aws.mwaa.dependencies import Dependencies
from localcloud.aws.serverless.dependencies import Dependencies as ServerlessDependencies
from localcloud.aws.serverless.laws import Durations, Habits
from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.budget import Pace
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError, permission_of
from mwaa_operator.aws.serverless import ServerlessPort
from mwaa_operator.workflow.live import Live, summary_of, version_of
from mwaa_operator.workflow.live_runs import run_of, task_of
from tests.support.operatoraws import ACCOUNT, AMBIENT, PLENTY, REGION, Operator, simulated
from tests.support.serverless import LOCATION, ROLE, create_request

FACTOR = 100_000.0
SECRET = "hunter2-hunter2"


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAws]:
    fine = ServerlessDependencies()
    with simulated(dependencies=Dependencies(), serverless_dependencies=fine, time_factor=FACTOR) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: SimulatedAws) -> Iterator[SimulatedAws]:
    running.serverless.configure(
        durations=Durations().scaled(FACTOR),
        # Else the token of one test would be remembered in the next.
        habits=Habits(token_outlives_workflow=False),
        workflows=100,
        versions=50,
        workflow_runs=20,
        unsupported_operators=(),
    )
    yield running
    running.faults.clear()
    running.serverless.clear_scripts()
    for name in running.serverless.names():
        running.serverless.remove(name)


@pytest.fixture(scope="module")
def shared(running: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture
def operator(cloud: SimulatedAws, shared: Operator) -> Operator:
    return shared.forget()


@pytest.fixture
def port(cloud: SimulatedAws, operator: Operator) -> ServerlessPort:
    return operator.scope().serverless


def request(name: str = "one", **members: Any) -> dict[str, Any]:
    return create_request(name, ClientToken=f"token-of-{name}", **members)


def update(arn: str, **members: Any) -> dict[str, Any]:
    return {"WorkflowArn": arn, "RoleArn": ROLE, "DefinitionS3Location": dict(LOCATION), **members}


def made(cloud: SimulatedAws, name: str = "one", **members: Any) -> str:
    """Put a workflow into the account and return its ARN."""
    return str(cloud.serverless.add(name, **members)["WorkflowArn"])


def refused(call: Callable[[], object]) -> AwsError:
    with pytest.raises(AwsError) as failed:
        call()
    return failed.value


def test_a_workflow_lives_from_create_to_gone(cloud: SimulatedAws, port: ServerlessPort) -> None:
    created = port.create_workflow(request(Tags={"mwaa-operator.io/uid": "u"}, TriggerMode="manual_only"))
    arn = created["WorkflowArn"]
    assert arn.startswith(f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/one-")
    updated = port.update_workflow(update(arn, Description="second"))
    assert updated["WorkflowVersion"] != created["WorkflowVersion"]
    live = Live(port.get_workflow(arn) or {}, port.tags(arn))
    assert (live.arn, live.name, live.version) == (arn, "one", updated["WorkflowVersion"])
    assert (live.uid, live.role_arn, live.state) == ("u", ROLE, "READY")
    assert live.log_group == f"/aws/mwaa-serverless/{arn.rpartition('/')[2]}/"
    first = port.get_workflow(arn, created["WorkflowVersion"])
    assert first is not None
    assert first["WorkflowVersion"] == created["WorkflowVersion"]
    versions = [version_of(item) for item in port.list_versions(arn)]
    assert [version.version for version in versions] == [updated["WorkflowVersion"], created["WorkflowVersion"]]
    assert [version.latest for version in versions] == [True, False]
    port.delete_workflow(arn, created["WorkflowVersion"])
    port.delete_workflow(arn, created["WorkflowVersion"])
    assert port.get_workflow(arn, created["WorkflowVersion"]) is None
    port.delete_workflow(arn)
    cloud.serverless.wait_for_status("one", "")
    assert port.get_workflow(arn) is None
    assert port.tags(arn) is None
    port.delete_workflow(arn)


def test_a_workflow_that_is_being_deleted_says_so(cloud: SimulatedAws, port: ServerlessPort) -> None:
    cloud.serverless.configure(delete=3600.0)
    arn = made(cloud)
    port.delete_workflow(arn)
    assert Live(port.get_workflow(arn) or {}).state == "DELETING"
    assert summary_of(port.list_workflows()[0]).state == "DELETING"


def test_times_are_in_utc_and_answers_hold_nothing_of_the_call(cloud: SimulatedAws, port: ServerlessPort) -> None:
    workflow = port.get_workflow(made(cloud))
    assert workflow is not None
    assert isinstance(workflow["CreatedAt"], datetime)
    assert workflow["CreatedAt"].tzinfo is UTC
    assert "ResponseMetadata" not in str(workflow)


def test_the_same_token_makes_one_workflow(cloud: SimulatedAws, port: ServerlessPort) -> None:
    assert port.create_workflow(request())["WorkflowArn"] == port.create_workflow(request())["WorkflowArn"]
    assert cloud.serverless.names() == ["one"]


def test_a_name_that_is_taken_leads_to_the_one_who_has_it(cloud: SimulatedAws, port: ServerlessPort) -> None:
    arn = made(cloud, tags={"theirs": "1"})
    failure = refused(lambda: port.create_workflow(request())).failure
    assert (failure.kind, failure.may_have_happened) == (Kind.NAME_IN_USE, False)
    assert port.workflow_arn(failure.resource_id) == arn
    assert port.tags(port.workflow_arn(failure.resource_id)) == {"theirs": "1"}


def test_tags_are_set_and_removed_one_by_one(cloud: SimulatedAws, port: ServerlessPort) -> None:
    arn = made(cloud, tags={"theirs": "1"})
    port.tag(arn, {"mwaa-operator.io/uid": "u", "mwaa-operator.io/owner": "c/ns/n"})
    port.untag(arn, ["mwaa-operator.io/owner"])
    assert port.tags(arn) == {"theirs": "1", "mwaa-operator.io/uid": "u"}


def test_workflows_are_listed_over_all_pages(cloud: SimulatedAws, operator: Operator, port: ServerlessPort) -> None:
    for number in range(130):
        made(cloud, f"workflow-{number}")
    assert len({summary_of(item).arn for item in port.list_workflows()}) == 130
    assert operator.of("mwaa-serverless") == [("ListWorkflows", "OK")] * 2


def test_the_newest_runs_are_found_over_all_pages(cloud: SimulatedAws, port: ServerlessPort) -> None:
    cloud.serverless.configure(workflow_runs=300)
    arn = made(cloud)
    ids = []
    for _ in range(130):
        ids.append(cloud.serverless.start_run("one", kind="SCHEDULED"))
        cloud.serverless.advance_clock(1)
    found = [run_of(item) for item in port.list_runs(arn, limit=10)]
    assert [run.run_id for run in found] == ids[:-11:-1]
    assert {run.type for run in found} == {"SCHEDULED"}


def test_a_run_goes_well_and_its_tasks_can_be_looked_at(cloud: SimulatedAws, port: ServerlessPort) -> None:
    arn = made(cloud)
    started = port.start_run(arn, token="run", parameters={"day": "2026-11-21", "depth": 3, "deep": {"x": [1]}})
    assert run_of(started).run_id
    assert not run_of(started).ended
    cloud.serverless.wait_for_run("one", "SUCCESS")
    found = port.get_run(arn, started["RunId"])
    assert found is not None
    run = run_of(found)
    assert (run.state, run.type, run.error) == ("SUCCESS", "ON_DEMAND", "")
    assert run.started_at is not None
    assert run.ended_at is not None
    assert run_of(port.list_runs(arn, limit=1)[0]) == replace(
        run, seconds=None, modified_at=None, task_instances=(), error=""
    )
    (listed,) = (item for item in map(task_of, port.list_task_instances(arn, run.run_id)) if not item.placeholder)
    task = task_of(port.get_task_instance(arn, run.run_id, listed.instance_id) or {})
    assert (task.task_id, task.attempt, task.state, task.failed) == ("only", 1, "SUCCESS", False)
    assert task.log_stream.endswith(f"/run_id={run.run_id}/task_id=only/attempt=1.log")


def test_a_task_that_failed_tells_why(cloud: SimulatedAws, port: ServerlessPort) -> None:
    cloud.serverless.script_task("only", message="AccessDenied on s3:ListBucket")
    arn = made(cloud)
    run_id = port.start_run(arn, token="run")["RunId"]
    cloud.serverless.wait_for_run("one", "FAILED")
    run = run_of(port.get_run(arn, run_id) or {})
    assert run.error
    tasks = [task_of(port.get_task_instance(arn, run_id, name) or {}) for name in run.task_instances]
    failed = [task for task in tasks if task.failed]
    assert failed
    assert "AccessDenied on s3:ListBucket" in failed[-1].error


def test_the_same_token_starts_one_run(cloud: SimulatedAws, port: ServerlessPort) -> None:
    arn = made(cloud)
    cloud.faults.add(Rule(service="mwaa-serverless", operation="StartWorkflowRun", when="after", drop=True))
    assert refused(lambda: port.start_run(arn, token="run")).failure.may_have_happened
    run_id = port.start_run(arn, token="run")["RunId"]
    assert [run["RunId"] for run in cloud.serverless.runs("one")] == [run_id]


def test_an_older_version_can_be_run(cloud: SimulatedAws, port: ServerlessPort) -> None:
    arn = made(cloud)
    first = cloud.serverless.versions("one")[0]
    cloud.serverless.drift("one", Description="second")
    run_id = port.start_run(arn, token="run", version=first)["RunId"]
    assert run_of(port.get_run(arn, run_id) or {}).version == first


def test_a_run_is_stopped_and_what_is_not_there_needs_no_stop(cloud: SimulatedAws, port: ServerlessPort) -> None:
    cloud.serverless.script_task("only", verdict="hang")
    arn = made(cloud)
    run_id = port.start_run(arn, token="run")["RunId"]
    port.stop_run(arn, run_id)
    cloud.serverless.wait_for_run("one", "STOPPED")
    assert run_of(port.get_run(arn, run_id) or {}).state == "STOPPED"
    port.stop_run(arn, "never-was")
    assert port.get_run(arn, "never-was") is None
    assert port.get_task_instance(arn, run_id, "never-was") is None


def test_a_stop_of_what_has_ended_is_a_wrong_state_where_it_is_refused(
    cloud: SimulatedAws, port: ServerlessPort
) -> None:
    cloud.serverless.configure(stop_ended="refuse")
    arn = made(cloud)
    run_id = port.start_run(arn, token="run")["RunId"]
    cloud.serverless.wait_for_run("one", "SUCCESS")
    assert refused(lambda: port.stop_run(arn, run_id)).failure.kind is Kind.WRONG_STATE


def test_a_role_that_is_not_known_everywhere_yet_is_propagation(cloud: SimulatedAws, port: ServerlessPort) -> None:
    cloud.serverless.role_not_ready(times=1)
    assert refused(lambda: port.create_workflow(request())).failure.kind is Kind.PROPAGATION
    assert port.create_workflow(request())


def test_a_definition_that_is_refused_is_invalid_and_tells_where(cloud: SimulatedAws, port: ServerlessPort) -> None:
    cloud.serverless.configure(unsupported_operators=("*S3ListOperator",))
    failure = refused(lambda: port.create_workflow(request())).failure
    assert (failure.kind, failure.reason) == (Kind.INVALID, "fieldValidationFailed")
    assert failure.fields
    assert "not supported" in failure.message


def test_a_quota_is_told_with_its_code_and_whose_it_is(cloud: SimulatedAws, port: ServerlessPort) -> None:
    cloud.serverless.configure(workflows=1, versions=1)
    arn = made(cloud)
    account = refused(lambda: port.create_workflow(request("two"))).failure
    versions = refused(lambda: port.update_workflow(update(arn, Description="x"))).failure
    assert (account.kind, versions.kind) == (Kind.QUOTA, Kind.QUOTA)
    assert account.quota_code != versions.quota_code
    assert all((account.quota_code, versions.quota_code))
    assert versions.resource_id == arn.rpartition("/")[2]


@pytest.mark.parametrize("answered_with", ["conflict", "validation"])
def test_a_start_that_the_state_does_not_allow_is_a_wrong_state(
    answered_with: str, cloud: SimulatedAws, port: ServerlessPort
) -> None:
    cloud.serverless.configure(disabled_start=answered_with)
    arn = made(cloud, TriggerMode="disabled")
    assert refused(lambda: port.start_run(arn, token="run")).failure.kind is Kind.WRONG_STATE


def test_an_update_of_what_is_being_deleted_is_a_wrong_state(cloud: SimulatedAws, port: ServerlessPort) -> None:
    cloud.serverless.configure(delete=3600.0)
    arn = made(cloud)
    port.delete_workflow(arn)
    assert refused(lambda: port.update_workflow(update(arn))).failure.kind is Kind.WRONG_STATE


def test_throttling_tells_for_how_long_and_did_not_happen(cloud: SimulatedAws, port: ServerlessPort) -> None:
    error = Error(400, "ThrottlingException", "Rate exceeded", retry_after=7)
    cloud.faults.add(Rule(service="mwaa-serverless", operation="CreateWorkflow", error=error))
    failure = refused(lambda: port.create_workflow(request())).failure
    assert (failure.kind, failure.retry_after, failure.may_have_happened) == (Kind.THROTTLED, 7, False)


def test_the_service_has_a_pace_of_its_own(cloud: SimulatedAws) -> None:
    limits = replace(PLENTY, serverless=Pace(rate=0.01, burst=1), max_wait=0.0)
    scope = Operator(limits).scope()
    assert scope.serverless.list_workflows() == []
    assert refused(scope.serverless.list_workflows).failure.code == "BudgetExhausted"
    assert scope.mwaa.get_environment("x") is None


def test_a_missing_right_is_told_by_its_action(cloud: SimulatedAws, port: ServerlessPort) -> None:
    text = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/op/s is not authorized to perform: iam:PassRole on resource: r"
    for message, action in ((text, "iam:PassRole"), ("no", "airflow-serverless:CreateWorkflow")):
        error = Error(403, "AccessDeniedException", message)
        cloud.faults.add(Rule(service="mwaa-serverless", operation="CreateWorkflow", error=error))
        failure = refused(lambda: port.create_workflow(request())).failure
        assert (failure.kind, permission_of(failure)) == (Kind.ACCESS_DENIED, action)


FAULTS = [
    (Rule(when="after", drop=True), True),
    (Rule(when="before", drop=True), False),
    (Rule(when="after", cut=True), True),
    (Rule(when="instead", body=HTML_502, error=Error(200, "")), False),
    (Rule(when="instead", body=b"{}", error=Error(200, "")), False),
    (Rule(when="after", error=INTERNAL), True),
    (Rule(error=Error(500, "OperationTimeoutException", "Timed out")), False),
]
FAULT_NAMES = ["lost", "unreached", "cut", "page", "hollow", "internal", "timeout"]


@pytest.mark.parametrize(("rule", "happened"), FAULTS, ids=FAULT_NAMES)
def test_a_create_whose_outcome_is_open_can_be_sent_again(
    rule: Rule, happened: bool, cloud: SimulatedAws, operator: Operator, port: ServerlessPort
) -> None:
    cloud.faults.add(replace(rule, service="mwaa-serverless", operation="CreateWorkflow"))
    failure = refused(lambda: port.create_workflow(request())).failure
    assert (failure.kind, failure.may_have_happened) == (Kind.UNAVAILABLE, True)
    assert cloud.serverless.names() == (["one"] if happened else [])
    port.create_workflow(request())
    assert cloud.serverless.names() == ["one"]
    assert operator.fenced == [12.0, 12.0]


@pytest.mark.parametrize(("rule", "happened"), FAULTS, ids=FAULT_NAMES)
def test_an_update_whose_outcome_is_open_says_so(
    rule: Rule, happened: bool, cloud: SimulatedAws, operator: Operator, port: ServerlessPort
) -> None:
    arn = made(cloud)
    cloud.faults.add(replace(rule, service="mwaa-serverless", operation="UpdateWorkflow"))
    assert refused(lambda: port.update_workflow(update(arn))).failure.may_have_happened
    assert cloud.serverless.minted("one") == (2 if happened else 1)
    assert operator.of("mwaa-serverless")[0][0] == "UpdateWorkflow"


Change = Callable[[ServerlessPort, str], object]
CHANGES: list[tuple[str, Change]] = [
    ("CreateWorkflow", lambda port, arn: port.create_workflow(request("two"))),
    ("UpdateWorkflow", lambda port, arn: port.update_workflow(update(arn))),
    ("DeleteWorkflow", lambda port, arn: port.delete_workflow(arn)),
    ("StartWorkflowRun", lambda port, arn: port.start_run(arn, token="run")),
    ("StopWorkflowRun", lambda port, arn: port.stop_run(arn, "run")),
    ("TagResource", lambda port, arn: port.tag(arn, {"a": "b"})),
    ("UntagResource", lambda port, arn: port.untag(arn, ["a"])),
]


@pytest.mark.parametrize(("operation", "change"), CHANGES)
def test_a_change_is_fenced_and_sent_once_whatever_becomes_of_it(
    operation: str, change: Change, cloud: SimulatedAws, operator: Operator, port: ServerlessPort
) -> None:
    arn = made(cloud)
    cloud.faults.add(Rule(service="mwaa-serverless", operation=operation, error=UNAVAILABLE, times=None))
    before = cloud.ledger.count(service="mwaa-serverless", operation=operation)
    assert refused(lambda: change(port, arn)).failure.may_have_happened
    assert cloud.ledger.count(service="mwaa-serverless", operation=operation) == before + 1
    assert operator.fenced == [12.0]
    operator.refuse = PermissionError("not the leader")
    with pytest.raises(PermissionError):
        change(port, arn)
    assert cloud.ledger.count(service="mwaa-serverless", operation=operation) == before + 1


@pytest.mark.parametrize("body", [HTML_502, b"\xff\xfe{", b"[1]", b"", b"{}", b"null"])
def test_a_read_never_takes_something_else_for_an_answer(
    body: bytes, cloud: SimulatedAws, port: ServerlessPort
) -> None:
    arn = made(cloud)
    cloud.faults.add(Rule(service="mwaa-serverless", when="instead", body=body, error=Error(200, ""), times=None))
    for read in (lambda: port.get_workflow(arn), lambda: port.get_run(arn, "r"), port.list_workflows):
        assert refused(read).failure.kind is Kind.UNAVAILABLE


def test_variables_go_out_and_come_back_without_being_seen(
    cloud: SimulatedAws, port: ServerlessPort, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="mwaa_operator"):
        arn = port.create_workflow(request(Environment={"Variables": {"T": SecretStr(SECRET)}}))["WorkflowArn"]
        workflow = port.get_workflow(arn)
    stored = cloud.serverless.workflow("one")
    assert stored is not None
    assert stored["Environment"] == {"Variables": {"T": SECRET}}
    assert workflow is not None
    assert Live(workflow).variables["T"].get_secret_value() == SECRET
    assert SECRET not in repr(workflow)
    assert SECRET not in "".join(record.getMessage() for record in caplog.records if "botocore" not in record.name)


VARIABLES = {"Variables": {"T": SECRET}}
QUOTES = [
    Error(400, "ValidationException", f"The value '{SECRET}' of T is not allowed"),
    Error(400, "ValidationException", "x" * 895 + SECRET),
    Error(500, "InternalServerException", f"oops {SECRET}"),
]


@pytest.mark.parametrize("error", QUOTES, ids=["quoted", "cut off", "server error"])
@pytest.mark.parametrize(
    ("operation", "change"),
    [
        ("CreateWorkflow", lambda port, arn: port.create_workflow(request("two", Environment=VARIABLES))),
        ("UpdateWorkflow", lambda port, arn: port.update_workflow(update(arn, Environment=VARIABLES))),
        ("StartWorkflowRun", lambda port, arn: port.start_run(arn, token="t", parameters={"p": {"q": SECRET}})),
    ],
)
def test_a_secret_that_aws_quotes_is_in_no_failure(
    operation: str, change: Change, error: Error, cloud: SimulatedAws, port: ServerlessPort
) -> None:
    arn = made(cloud)
    cloud.faults.add(Rule(service="mwaa-serverless", operation=operation, error=error))
    failed = refused(lambda: change(port, arn))
    told = f"{failed}{failed.failure}{''.join(traceback.format_exception(failed))}"
    assert SECRET not in told
    assert SECRET[:4] not in failed.failure.message


def test_a_value_that_is_too_long_is_refused_without_being_told(cloud: SimulatedAws, port: ServerlessPort) -> None:
    variables = {"Variables": {"T": SECRET * 40}}
    failed = refused(lambda: port.create_workflow(request(Environment=variables)))
    assert failed.failure.kind is Kind.INVALID
    assert SECRET[:4] not in str(failed)


def test_a_member_that_botocore_does_not_know_is_refused_without_a_call(
    cloud: SimulatedAws, operator: Operator, port: ServerlessPort
) -> None:
    failure = refused(lambda: port.update_workflow(update("arn", FromTheFuture=SECRET))).failure
    assert (failure.kind, failure.code) == (Kind.INVALID, "ParamValidationError")
    assert "FromTheFuture" in failure.message
    assert SECRET not in failure.message
    assert "FromTheFuture" not in port.supported_members("UpdateWorkflow")


def test_each_region_and_account_has_workflows_of_its_own(cloud: SimulatedAws, operator: Operator) -> None:
    made(cloud)
    elsewhere: AwsScope = operator.scope(AMBIENT, region="us-east-1")
    assert elsewhere.serverless.list_workflows() == []
    assert len(operator.scope().serverless.list_workflows()) == 1
    assert elsewhere.serverless.workflow_arn("x-1").startswith(f"arn:aws:airflow-serverless:us-east-1:{ACCOUNT}:")
