"""Runs, tasks and schedules in the pure machine of the simulated MWAA Serverless."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.states import Code
from tests.support.aws import HOUR, MINUTE, START
from tests.support.serverless import BASH, EMPTY, PYTHON, TIMEDELTA, Machine, dag, members, refused, task

CODE = {"S3Location": {"Bucket": "definitions", "ObjectKey": "code.zip"}}
CHAIN = dag({"a": task(), "b": task("a", retries=0), "c": task("b", trigger_rule="all_done")})


def kinds(machine: Machine, arn: str) -> list[str]:
    return [item["RunType"] for item in machine.call("ListWorkflowRuns", WorkflowArn=arn)["WorkflowRuns"]]


def test_a_run_goes_through_its_states() -> None:
    machine = Machine()
    arn = machine.made()

    answer = machine.call("StartWorkflowRun", WorkflowArn=arn)
    run = answer["RunId"]

    assert (answer["Status"], answer["StartedAt"].timestamp()) == ("STARTING", START)
    seen = []
    for seconds in (0, 5, 10, 2, 30, 59, 1):
        machine.forward(seconds)
        status = machine.statuses(arn, run)
        seen.append((machine.run(arn, run)["RunState"], *status.values()))
    assert seen == [
        ("STARTING",),
        ("QUEUED",),
        ("RUNNING", "SCHEDULED"),
        ("RUNNING", "QUEUED"),
        ("RUNNING", "RUNNING"),
        ("RUNNING", "RUNNING"),
        ("SUCCESS", "SUCCESS"),
    ]


def test_a_finished_run_shows_its_times_under_both_sets_of_names() -> None:
    machine = Machine()
    arn = machine.made()
    run = machine.start(arn)

    detail = machine.ended(arn, run)

    (summary,) = machine.call("ListWorkflowRuns", WorkflowArn=arn)["WorkflowRuns"]
    shown = summary["RunDetailSummary"]
    assert (detail["CreatedAt"], detail["StartedOn"], detail["CompletedOn"], detail["RunState"]) == (
        shown["CreatedOn"],
        shown["StartedAt"],
        shown["EndedAt"],
        shown["Status"],
    )
    assert detail["Duration"] == 92
    assert (detail["RunType"], summary["RunType"]) == ("ON_DEMAND", "ON_DEMAND")
    assert "ErrorMessage" not in detail


def test_tasks_run_in_the_order_of_their_dependencies_and_side_by_side() -> None:
    machine = Machine()
    arn = machine.made(dag({"a": task(), "b": task("a"), "c": task("a"), "d": task("b", "c")}))
    run = machine.start(arn)
    machine.ended(arn, run)

    tasks = machine.tasks(arn, run)

    assert tasks["b/1"]["StartedAt"] == tasks["c/1"]["StartedAt"] > tasks["a/1"]["EndedAt"]
    assert tasks["d/1"]["StartedAt"] > tasks["b/1"]["EndedAt"]


def test_ids_of_instances_say_run_task_and_attempt_and_begin_with_placeholders() -> None:
    machine = Machine()
    arn = machine.made(dag({"a_b": task(), "c": task("a_b")}))
    run = machine.start(arn)
    machine.forward(20)

    named = machine.run(arn, run)["TaskInstances"]

    prefix = named[0].removesuffix("_a_b_0")
    assert named == [f"{prefix}_a_b_0", f"{prefix}_a_b_1", f"{prefix}_c_0"]
    assert prefix.startswith("ex_")
    whole = machine.call("GetTaskInstance", WorkflowArn=arn, RunId=run, TaskInstanceId=named[0])
    assert (whole["Status"], whole["AttemptNumber"], whole["TaskId"]) == ("NONE", 0, "a_b")
    assert set(machine.statuses(arn, run)) == {"a_b/1", "c/0"}
    machine.set(habits={"placeholders": "untried"})
    assert machine.run(arn, run)["TaskInstances"] == [f"{prefix}_a_b_1", f"{prefix}_c_0"]


def test_a_failed_task_is_retried_after_its_delay_and_then_fails_the_run() -> None:
    machine = Machine()
    arn = machine.made(dag({"a": task(retries=1, retry_delay=120), "b": task("a")}))
    machine.script("a", message="no such bucket")
    run = machine.start(arn)
    machine.forward(5 + 10 + 2 + 30 + 60)
    assert machine.statuses(arn, run) == {"a/1": "UP_FOR_RETRY", "b/0": "NONE"}
    machine.forward(120)
    assert machine.statuses(arn, run) == {"a/1": "FAILED", "a/2": "SCHEDULED", "b/0": "NONE"}

    detail = machine.ended(arn, run)

    assert (detail["RunState"], detail["ErrorMessage"]) == ("FAILED", "Workflow execution failed")
    assert machine.statuses(arn, run) == {"a/1": "FAILED", "a/2": "FAILED", "b/0": "UPSTREAM_FAILED"}
    last = machine.tasks(arn, run)["a/2"]
    assert last["ErrorMessage"] == "no such bucket"
    assert last["LogStream"] == f"workflow_id={machine.state().id}/run_id={run}/task_id=a/attempt=2.log"


def test_a_retry_may_succeed() -> None:
    machine = Machine()
    arn = machine.made(dag({"a": task()}))
    machine.script("a", attempt=1)
    run = machine.start(arn)

    assert machine.ended(arn, run)["RunState"] == "SUCCESS"
    assert machine.statuses(arn, run) == {"a/1": "FAILED", "a/2": "SUCCESS"}


def test_a_failure_in_the_middle_is_masked_by_a_last_task_that_runs_anyway() -> None:
    machine = Machine()
    arn = machine.made(CHAIN)
    machine.script("b")
    run = machine.start(arn)

    detail = machine.ended(arn, run)

    assert detail["RunState"] == "SUCCESS"
    assert "ErrorMessage" not in detail
    assert machine.statuses(arn, run) == {"a/1": "SUCCESS", "b/1": "FAILED", "c/1": "SUCCESS"}


def test_a_failure_reaches_all_that_depend_on_it_however_far() -> None:
    machine = Machine()
    arn = machine.made(dag({"a": task(retries=0), "b": task("a"), "c": task("b"), "d": task("c")}))
    machine.script("a")
    run = machine.start(arn)

    assert machine.ended(arn, run)["RunState"] == "FAILED"
    assert machine.statuses(arn, run) == {
        "a/1": "FAILED",
        "b/0": "UPSTREAM_FAILED",
        "c/0": "UPSTREAM_FAILED",
        "d/0": "UPSTREAM_FAILED",
    }


def test_a_skipped_task_has_a_status_that_the_model_knows() -> None:
    machine = Machine()
    arn = machine.made(dag({"a": task(), "b": task("a", trigger_rule="all_failed")}))
    run = machine.start(arn)

    assert machine.ended(arn, run)["RunState"] == "SUCCESS"
    assert machine.statuses(arn, run)["b/0"] == "REMOVED"
    machine.set(habits={"skipped_as": "SUCCESS"})
    assert machine.statuses(arn, run)["b/0"] == "SUCCESS"


def test_a_task_has_its_execution_timeout_and_the_service_its_limit() -> None:
    machine = Machine()
    slow = dag({"a": task(retries=0, execution_timeout={"__type__": TIMEDELTA, "seconds": 90}), "b": task(retries=0)})
    arn = machine.made(slow)
    machine.script("*", verdict="succeed", duration=2 * HOUR)
    run = machine.start(arn)

    detail = machine.ended(arn, run)

    tasks = machine.tasks(arn, run)
    assert {name: item["Status"] for name, item in tasks.items()} == {"a/1": "TIMEOUT", "b/1": "TIMEOUT"}
    assert {name: item["DurationInSeconds"] for name, item in tasks.items()} == {"a/1": 90, "b/1": 3600}
    assert detail["RunState"] == "FAILED"
    machine.set(habits={"timeout_ends_run_as": "TIMEOUT"})
    assert machine.ended(arn, machine.start(arn))["RunState"] == "TIMEOUT"


@pytest.mark.parametrize(
    ("how", "statuses"),
    [
        ({"verdict": "succeed", "duration": 5.0}, ["SUCCESS"]),
        ({"verdict": "fail", "duration": 5.0}, ["FAILED"]),
        ({"verdict": "timeout", "duration": 5.0}, ["TIMEOUT"]),
        ({"verdict": "hang"}, ["RUNNING"]),
    ],
)
def test_a_tasks_outcome_is_scripted(how: dict[str, Any], statuses: list[str]) -> None:
    machine = Machine()
    arn = machine.made(dag({"a": task(retries=0)}))
    machine.script("a", **how)
    run = machine.start(arn)
    machine.forward(5 + 10 + 2 + 30 + 5)

    assert list(machine.statuses(arn, run).values()) == statuses
    machine.forward(10 * HOUR)
    assert list(machine.statuses(arn, run).values()) == statuses


def test_scripts_fit_by_workflow_task_attempt_and_number_of_runs() -> None:
    machine = Machine()
    machine.script("a", workflow="one", runs=1)
    machine.script("a", workflow="t*", attempt=2)
    one = machine.made(dag({"a": task(retries=0)}))
    two = machine.made(dag({"a": task(retries=0)}), name="two")

    runs = {arn: [machine.start(arn), machine.start(arn)] for arn in (one, two)}

    ends = {arn: [machine.ended(arn, run)["RunState"] for run in started] for arn, started in runs.items()}
    assert ends == {one: ["FAILED", "SUCCESS"], two: ["SUCCESS", "SUCCESS"]}


def test_what_a_task_returns_is_scripted() -> None:
    machine = Machine()
    machine.script("a", verdict="succeed", xcom=(("return_value", "7"),))
    arn = machine.made(dag({"a": task()}))
    run = machine.start(arn)
    machine.ended(arn, run)

    assert machine.tasks(arn, run)["a/1"]["Xcom"] == {"return_value": "7"}


@pytest.mark.parametrize(
    ("how", "state", "error"),
    [
        ({"verdict": "fail", "message": "cannot start"}, "FAILED", "cannot start"),
        ({"verdict": "timeout", "duration": 1.0}, "TIMEOUT", "timed out"),
        ({"verdict": "timeout", "message": "too long"}, "TIMEOUT", "too long"),
    ],
)
def test_a_whole_runs_outcome_is_scripted(how: dict[str, Any], state: str, error: str) -> None:
    machine = Machine()
    machine.script(**how)
    arn = machine.made()
    run = machine.start(arn)

    detail = machine.ended(arn, run)

    assert detail["RunState"] == state
    assert error in detail["ErrorMessage"]
    assert set(machine.statuses(arn, run).values()) <= {"CANCELLED"}


def test_a_run_may_hang_in_its_queue() -> None:
    machine = Machine()
    machine.script(verdict="hang")
    arn = machine.made()
    run = machine.start(arn)
    machine.forward(10 * HOUR)

    assert machine.run(arn, run)["RunState"] == "QUEUED"


@pytest.mark.parametrize(
    ("definition", "code", "message"),
    [
        (dag({"only": task(prefix="{{ ds nonsense }}")}), None, "expected token"),
        (dag({"only": task(operator=PYTHON, python_callable="main.go")}), None, "No module named 'main'"),
        (
            dag({"only": task(operator=PYTHON, python_callable="main.go")}),
            Code(("other.py",)),
            "No module named 'main'",
        ),
        (dag({"only": task(operator=BASH, bash_command="echo")}), Code((), "Failed to extract"), "Failed to extract"),
    ],
)
def test_what_cannot_be_parsed_at_run_time_has_no_tasks(definition: bytes, code: Code | None, message: str) -> None:
    machine = Machine()
    machine.code = code
    arn = machine.made(definition, Code=CODE if code else None)
    run = machine.start(arn)

    detail = machine.ended(arn, run)

    assert (detail["RunState"], detail["TaskInstances"]) == ("FAILED", [])
    assert message in detail["ErrorMessage"]


@pytest.mark.parametrize(
    ("code", "state"),
    [(None, "FAILED"), (Code(("other.sh",)), "FAILED"), (Code(("run.sh",)), "SUCCESS"), (Code(("*",)), "SUCCESS")],
)
def test_a_script_that_is_not_in_the_code_fails_its_task(code: Code | None, state: str) -> None:
    machine = Machine()
    machine.code = code
    bash = task(operator=BASH, bash_command="./run.sh now", retries=0)
    arn = machine.made(dag({"only": bash}), Code=CODE if code else None)
    run = machine.start(arn)

    assert machine.ended(arn, run)["RunState"] == state
    if state == "FAILED":
        assert "127" in machine.tasks(arn, run)["only/1"]["ErrorMessage"]


@pytest.mark.parametrize("names", [("main.py",), ("main",), ("*",)])
def test_python_finds_its_module_at_the_root_of_the_code(names: tuple[str, ...]) -> None:
    machine = Machine()
    machine.code = Code(names)
    arn = machine.made(dag({"only": task(operator=PYTHON, python_callable="main.go")}), Code=CODE)

    assert machine.ended(arn, machine.start(arn))["RunState"] == "SUCCESS"
    assert "CodeSnapshottedAt" in machine.call("GetWorkflow", WorkflowArn=arn)


def test_an_update_without_code_keeps_the_snapshot() -> None:
    machine = Machine()
    machine.code = Code(("main.py",))
    arn = machine.made(dag({"only": task(operator=PYTHON, python_callable="main.go")}), Code=CODE)
    machine.code = None
    machine.update(arn)

    assert machine.ended(arn, machine.start(arn))["RunState"] == "SUCCESS"


def test_an_empty_task_is_done_at_once_and_has_no_log() -> None:
    machine = Machine()
    arn = machine.made(dag({"only": task(operator=EMPTY)}))
    run = machine.start(arn)
    machine.forward(5 + 10 + 2)

    assert machine.run(arn, run)["RunState"] == "SUCCESS"
    assert "LogStream" not in machine.tasks(arn, run)["only/1"]


def test_a_sensor_that_reschedules_may_never_wake_up() -> None:
    machine = Machine()
    sensor = task(operator="airflow.providers.amazon.aws.sensors.s3.S3KeySensor", mode="reschedule", retries=0)
    arn = machine.made(dag({"only": sensor}))
    assert machine.ended(arn, machine.start(arn))["RunState"] == "SUCCESS"
    machine.set(habits={"reschedule_resumes": False})

    run = machine.start(arn)
    machine.forward(5 + 10 + 2 + 30)

    assert machine.statuses(arn, run) == {"only/1": "UP_FOR_RESCHEDULE"}
    assert machine.ended(arn, run)["RunState"] == "FAILED"


def test_a_stopped_run_cancels_what_was_under_way() -> None:
    machine = Machine()
    arn = machine.made(CHAIN)
    run = machine.start(arn)
    machine.forward(5 + 10 + 2 + 30)

    answer = machine.call("StopWorkflowRun", WorkflowArn=arn, RunId=run)

    assert answer == {
        "WorkflowArn": arn,
        "WorkflowVersion": machine.state().latest.id,
        "RunId": run,
        "Status": "STOPPING",
    }
    assert machine.call("StopWorkflowRun", WorkflowArn=arn, RunId=run)["Status"] == "STOPPING"
    machine.forward(15)
    assert machine.run(arn, run)["RunState"] == "STOPPED"
    assert machine.statuses(arn, run) == {"a/1": "CANCELLED", "b/0": "CANCELLED", "c/0": "CANCELLED"}


def test_stopping_a_run_that_has_ended_answers_or_is_refused() -> None:
    machine = Machine()
    arn = machine.made()
    run = machine.start(arn)
    machine.ended(arn, run)

    assert machine.call("StopWorkflowRun", WorkflowArn=arn, RunId=run)["Status"] == "SUCCESS"
    machine.set(habits={"stop_ended": "refuse"})
    refused(machine.call("StopWorkflowRun", WorkflowArn=arn, RunId=run), "ValidationException")


def test_a_run_keeps_its_version_and_can_have_an_older_one() -> None:
    machine = Machine()
    arn = machine.made()
    first = machine.state().latest.id
    old = machine.start(arn)
    machine.definition = dag({"new": task()})
    second = machine.update(arn)["WorkflowVersion"]
    new, again = machine.start(arn), machine.start(arn, WorkflowVersion=first)
    machine.forward(20)

    assert [machine.run(arn, run)["WorkflowVersion"] for run in (old, new, again)] == [first, second, first]
    assert [set(machine.statuses(arn, run)) for run in (old, new, again)] == [{"only/1"}, {"new/1"}, {"only/1"}]
    of_first = machine.call("ListWorkflowRuns", WorkflowArn=arn, WorkflowVersion=first)["WorkflowRuns"]
    assert {item["RunId"] for item in of_first} == {old, again}
    absent = machine.call("StartWorkflowRun", WorkflowArn=arn, WorkflowVersion="x" * 32)
    refused(absent, "ResourceNotFoundException")


def test_a_token_starts_one_run_per_request() -> None:
    machine = Machine()
    arn = machine.made()
    two = machine.made(name="two")

    first = machine.start(arn, ClientToken="t", OverrideParameters={"a": [1]})
    machine.forward(HOUR)

    assert machine.start(arn, ClientToken="t", OverrideParameters={"a": [1]}) == first
    for other in ({"WorkflowArn": arn, "OverrideParameters": {"a": [2]}}, {"WorkflowArn": two}):
        refused(machine.call("StartWorkflowRun", ClientToken="t", **other), "ConflictException")
    assert len(kinds(machine, arn)) == 1
    assert machine.start(arn, ClientToken="u") != first


def test_overrides_are_shown_and_may_be_checked() -> None:
    machine = Machine()
    arn = machine.made(dag(params={"bucket": "b"}))
    overrides = {"bucket": {"deep": [1, None, "x"]}, "unknown": 5}

    run = machine.start(arn, OverrideParameters=overrides)

    assert machine.call("GetWorkflowRun", WorkflowArn=arn, RunId=run)["OverrideParameters"] == overrides
    machine.set(habits={"unknown_overrides": False})
    refused(machine.call("StartWorkflowRun", WorkflowArn=arn, OverrideParameters=overrides), "ValidationException")
    assert machine.start(arn, OverrideParameters={"bucket": "c"})


def test_runs_are_limited_per_workflow_and_per_account() -> None:
    machine = Machine(Laws(workflow_runs=2, account_runs=3))
    one, two = machine.made(), machine.made(name="two")
    machine.start(one)
    machine.start(one)

    told = members(refused(machine.call("StartWorkflowRun", WorkflowArn=one), "ServiceQuotaExceededException"))
    assert told["QuotaCode"] == "L-WORKFLOW-RUNS"
    machine.start(two)
    told = members(refused(machine.call("StartWorkflowRun", WorkflowArn=two), "ServiceQuotaExceededException"))
    assert told["QuotaCode"] == "L-RUNS"
    machine.forward(HOUR)
    assert machine.start(one)


def test_a_new_run_may_be_unknown_for_a_while() -> None:
    machine = Machine()
    machine.set(durations={"run_invisible": 5.0})
    arn = machine.made()
    run = machine.start(arn)

    refused(machine.call("GetWorkflowRun", WorkflowArn=arn, RunId=run), "ResourceNotFoundException")
    assert kinds(machine, arn) == []
    machine.forward(5)
    assert machine.run(arn, run)["RunState"] == "QUEUED"


def test_ended_runs_are_remembered_up_to_a_number() -> None:
    machine = Machine(Laws(runs_kept=2))
    arn = machine.made()
    runs = []
    for _ in range(3):
        runs.append(machine.start(arn))
        machine.forward(HOUR)

    refused(machine.call("GetWorkflowRun", WorkflowArn=arn, RunId=runs[0]), "ResourceNotFoundException")
    assert machine.run(arn, runs[2])["RunState"] == "SUCCESS"


def test_deleting_with_live_runs_stops_them_or_is_refused() -> None:
    machine = Machine()
    arn = machine.made()
    run = machine.start(arn)
    machine.set(habits={"delete_with_runs": "refuse"})
    refused(machine.call("DeleteWorkflow", WorkflowArn=arn), "ValidationException")
    machine.set(habits={"delete_with_runs": "stop"})

    machine.call("DeleteWorkflow", WorkflowArn=arn)

    assert machine.run(arn, run)["RunState"] == "STOPPING"
    machine.forward(15)
    assert machine.run(arn, run)["RunState"] == "STOPPED"


@pytest.mark.parametrize("takes", [True, False])
def test_deleting_a_version_with_runs(takes: bool) -> None:
    machine = Machine()
    machine.set(habits={"version_takes_runs": takes})
    arn = machine.made()
    first = machine.state().latest.id
    ended = machine.start(arn)
    machine.ended(arn, ended)
    live = machine.start(arn)
    machine.update(arn)
    machine.set(habits={"delete_with_runs": "refuse"})
    refused(machine.call("DeleteWorkflow", WorkflowArn=arn, WorkflowVersion=first), "ValidationException")
    machine.set(habits={"delete_with_runs": "stop"})

    machine.call("DeleteWorkflow", WorkflowArn=arn, WorkflowVersion=first)

    assert machine.run(arn, live)["RunState"] == "STOPPING"
    assert len(kinds(machine, arn)) == (1 if takes else 2)


def test_unknown_runs_and_instances_are_not_found() -> None:
    machine = Machine()
    arn = machine.made()
    run = machine.start(arn)

    for operation in ("GetWorkflowRun", "StopWorkflowRun"):
        told = members(refused(machine.call(operation, WorkflowArn=arn, RunId="x"), "ResourceNotFoundException"))
        assert told == {"ResourceId": "x", "ResourceType": "WorkflowRun"}
    absent = machine.call("GetTaskInstance", WorkflowArn=arn, RunId=run, TaskInstanceId="x")
    assert members(refused(absent, "ResourceNotFoundException"))["ResourceType"] == "TaskInstance"


def test_a_schedule_starts_runs_of_the_latest_version() -> None:
    machine = Machine()
    arn = machine.made(dag(schedule="*/30 * * * *"))
    machine.forward(HOUR)
    assert kinds(machine, arn) == ["SCHEDULED", "SCHEDULED"]
    created = sorted(run.created_at for run in machine.state().past + machine.state().live)
    assert created == [START + 30 * MINUTE, START + 60 * MINUTE]

    machine.definition = dag(schedule="0 0 1 1 *")
    latest = machine.update(arn)["WorkflowVersion"]
    machine.forward(24 * HOUR)

    assert len(kinds(machine, arn)) == 2
    assert machine.call("ListWorkflowRuns", WorkflowArn=arn, WorkflowVersion=latest)["WorkflowRuns"] == []


def test_a_fast_calendar_fires_every_fire_once() -> None:
    machine = Machine(speed=600)
    machine.made(dag({"only": task(operator=EMPTY)}, schedule="* * * * *"))
    machine.set(durations={"run_starting": 0.01, "run_queued": 0.01, "task_scheduled": 0.01})

    machine.forward(60.0)

    times = [run.created_at - START for run in (*machine.state().past, *machine.state().live)]
    assert len(times) == 600
    assert all(abs(at - number / 10) < 0.001 for number, at in enumerate(times, start=1))


def test_a_fast_calendar_shortens_what_the_definition_says() -> None:
    machine = Machine(speed=60)
    arn = machine.made(dag({"a": task(retry_delay=300)}))
    machine.script("a", attempt=1)
    run = machine.start(arn)
    machine.ended(arn, run)

    tasks = machine.tasks(arn, run)

    waited = tasks["a/2"]["StartedAt"] - tasks["a/1"]["EndedAt"]
    assert waited.total_seconds() == pytest.approx(300 / 60 + 2 + 30, abs=0.01)


@pytest.mark.parametrize("mode", ["manual_only", "disabled"])
def test_schedules_fire_in_one_mode_only(mode: str) -> None:
    machine = Machine()
    arn = machine.made(dag(schedule="@hourly"), TriggerMode=mode)
    machine.forward(5 * HOUR)
    assert kinds(machine, arn) == []

    if mode == "manual_only":
        assert machine.start(arn)
    else:
        refused(machine.call("StartWorkflowRun", WorkflowArn=arn), "ConflictException")
        machine.set(habits={"disabled_start": "validation"})
        refused(machine.call("StartWorkflowRun", WorkflowArn=arn), "ValidationException")


def test_a_change_of_mode_leaves_live_runs_alone() -> None:
    machine = Machine()
    arn = machine.made(dag(schedule="@hourly"))
    run = machine.start(arn)

    machine.update(arn, TriggerMode="disabled")

    assert machine.ended(arn, run)["RunState"] == "SUCCESS"
    machine.forward(5 * HOUR)
    assert kinds(machine, arn) == ["ON_DEMAND"]


def test_start_and_end_date_bound_the_schedule() -> None:
    machine = Machine()
    bounded = dag(
        schedule="@hourly",
        start_date={"__type__": "datetime.datetime", "year": 2027, "month": 1, "day": 15, "hour": 10},
        end_date={"__type__": "datetime.datetime", "year": 2027, "month": 1, "day": 15, "hour": 12},
    )
    machine.made(bounded)

    machine.forward(24 * HOUR)

    assert [run.created_at - START for run in machine.state().past] == [2 * HOUR, 3 * HOUR, 4 * HOUR]


def test_a_schedule_may_begin_with_the_fire_that_was_missed() -> None:
    for catch_up, runs in ((False, []), (True, ["SCHEDULED"])):
        machine = Machine()
        machine.set(habits={"catch_up": catch_up})
        arn = machine.made(dag(schedule="@daily", start_date="2026-01-01"))
        machine.forward(MINUTE)

        assert kinds(machine, arn) == runs


def test_fires_beyond_the_quota_are_dropped() -> None:
    machine = Machine(Laws(workflow_runs=2))
    machine.script(verdict="hang")
    arn = machine.made(dag(schedule="@hourly"))

    machine.forward(10 * HOUR)

    assert len(kinds(machine, arn)) == 2


def test_it_does_not_matter_how_often_anybody_looks() -> None:
    definition = dag({"a": task(), "b": task("a", retry_delay=30), "c": task("a")}, schedule="*/7 * * * *")
    often, once = Machine(), Machine()
    for machine in (often, once):
        machine.script("b", attempt=1)
        machine.made(definition)
    for _ in range(3600):
        often.forward(1)
    once.forward(3600)

    assert often.world == once.world
