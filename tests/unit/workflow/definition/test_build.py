"""What the planner and the role generator read of a definition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mwaa_operator.workflow.definition.model import Definition, Parameter, Task
from mwaa_operator.workflow.definition.schedule import Form
from tests.support.definitions import AMAZON, BASH, EMPTY, LIST, PYTHON, judge_text, minutes, one, task, workflow


def built(document: Any, **around: Any) -> Definition:
    """Return the definition of a document without errors, through its bytes as everything comes."""
    import yaml

    verdict = judge_text(yaml.safe_dump(document), **around)
    assert verdict.definition is not None, verdict.findings
    return verdict.definition


def test_a_task_has_its_own_arguments_and_no_others() -> None:
    document = one(
        LIST,
        bucket="b",
        poke={"__type__": "datetime.timedelta", "minutes": 5},
        dependencies=[],
        task_id="t",
        retries=2,
        aws_conn_id="x",
        params={"a": 1},
        trigger_rule="all_done",
    )
    assert built(document).tasks["t"] == Task(
        "t",
        LIST,
        arguments={"bucket": "b", "poke": {"__type__": "datetime.timedelta", "minutes": 5}},
        retries=2,
        trigger_rule="all_done",
        params={"a": Parameter(1)},
    )


def test_arguments_that_are_called_like_a_wrapper_are_kept_where_they_are_the_operators_own() -> None:
    batch = task(f"{AMAZON}.operators.batch.BatchOperator", job_name="j", job_definition="d", job_queue="q")
    assert built(workflow({"t": batch | {"parameters": {"a": 1}}})).tasks["t"].arguments["parameters"] == {"a": 1}


def test_default_arguments_stand_for_what_a_task_does_not_say() -> None:
    defaults = {"retries": 1, "retry_delay": 60, "execution_timeout": minutes(5), "trigger_rule": "all_done"}
    tasks = {"a": task(), "b": task(retries=3, retry_delay=minutes(1), trigger_rule="always"), "c": task(retries=None)}
    found = built(workflow(tasks, default_args=defaults)).tasks
    one_minute, five = timedelta(minutes=1), timedelta(minutes=5)
    assert found["a"] == Task("a", EMPTY, {}, (), "all_done", 1, one_minute, five)
    assert found["b"] == Task("b", EMPTY, {}, (), "always", 3, one_minute, five)
    assert found["c"].retries == 1


def test_without_default_arguments_nothing_is_invented() -> None:
    assert built(one()).tasks["t"] == Task("t", EMPTY)


def test_dependencies_keep_their_order_and_come_once() -> None:
    tasks = {"a": task(), "b": task(), "c": task(dependencies=["b", "a", "b"])}
    assert built(workflow(tasks)).tasks["c"].dependencies == ("b", "a")


def test_parameters_are_values_or_schemas() -> None:
    params = {
        "plain": "x",
        "object": {"a": 1},
        "typed": {"type": "number", "default": 5, "minimum": 0},
        "untyped": {"default": None},
        "wanted": {"type": "string"},
    }
    assert built(workflow(params=params)).params == {
        "plain": Parameter("x"),
        "object": Parameter({"a": 1}),
        "typed": Parameter(5, schema={"type": "number", "minimum": 0}),
        "untyped": Parameter(None),
        "wanted": Parameter(required=True, schema={"type": "string"}),
    }


def test_a_tasks_own_parameters_win_over_the_workflows() -> None:
    definition = built(workflow({"t": task(params={"a": 2})}, params={"a": 1, "b": 1}))
    assert definition.parameters(definition.tasks["t"]) == {"a": Parameter(2), "b": Parameter(1)}


def test_schedule_and_dates() -> None:
    document = workflow(
        schedule="rate(1 hour)", start_date="2026-01-01", default_args={"end_date": "2026-02-01T06:00:00+01:00"}
    )
    found = built(document)
    assert found.schedule is not None
    assert (found.schedule.form, found.schedule.period) == (Form.RATE, timedelta(hours=1))
    assert found.start_date == datetime(2026, 1, 1, tzinfo=UTC)
    assert found.end_date == datetime(2026, 2, 1, 5, tzinfo=UTC)


def test_a_workflow_without_a_schedule_has_none() -> None:
    assert built(workflow(schedule="None")).schedule is None


def test_what_the_service_drops_is_listed() -> None:
    document = workflow({"t": task(pool="x"), "a": task(deferrable=True)}, tags=[], default_args={"owner": "x"})
    assert built(document).dropped == ("/w/tags", "/w/tasks/a/deferrable", "/w/tasks/t/pool")


def test_operators_come_once_and_sorted() -> None:
    document = workflow({"a": task(LIST, bucket="b"), "b": task(), "c": task()})
    assert built(document).operators == (EMPTY, LIST)


def test_python_and_bash_run_own_code_and_nothing_else_is_known_to() -> None:
    document = workflow({"p": task(PYTHON, python_callable="a.b"), "s": task(BASH, bash_command="ls"), "e": task()})
    tasks = built(document, has_code=True).tasks
    assert [tasks[name].runs_own_code for name in "pse"] == [True, True, False]
    assert tasks["p"].class_name == "PythonOperator"


def test_with_an_error_there_is_no_definition() -> None:
    verdict = judge_text("w: {tasks: {t: {}}}")
    assert verdict.definition is None
    assert verdict.document == {"w": {"tasks": {"t": {}}}}


def test_with_an_error_in_the_text_there_is_no_definition_but_everything_else_is_told_too() -> None:
    verdict = judge_text(f"w: {{tasks: {{t: {{operator: {EMPTY}, retries: 9, a: 1, a: 2}}}}}}")
    assert verdict.definition is None
    assert [finding.code for finding in verdict.findings] == ["DuplicateKey", "InvalidRetries"]


def test_a_text_that_cannot_be_read_has_no_document() -> None:
    verdict = judge_text("w: [")
    assert (verdict.document, verdict.definition) == (None, None)
    assert [finding.code for finding in verdict.findings] == ["Syntax"]


def test_null_is_a_document_and_no_workflow() -> None:
    assert [finding.code for finding in judge_text("~").findings] == ["NotAMapping"]
