"""The definition grammar of the simulated MWAA Serverless: what it accepts, refuses, warns of, and makes of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from localcloud.aws.serverless.definition import Definition
from localcloud.aws.serverless.findings import Malformed
from localcloud.aws.serverless.grammar import read_definition
from localcloud.aws.serverless.laws import Habits, Laws
from localcloud.aws.serverless.yamltext import SIZE_LIMIT
from tests.support.serverless import BASH, EMPTY, PYTHON, S3_LIST, SENSOR, TIMEDELTA, dag, members, task


def read(content: bytes | str, **habits: Any) -> Definition:
    text = content.encode() if isinstance(content, str) else content
    return read_definition(text, laws=Laws(habits=Habits(**habits)), now=0.0)


def refusal_of(content: bytes | str, **habits: Any) -> dict[str, Any]:
    with pytest.raises(Malformed) as caught:
        read(content, **habits)
    refusal = caught.value.refusal
    assert refusal.code == "ValidationException"
    return {"message": refusal.message, **members(refusal)}


def test_a_whole_definition_is_understood() -> None:
    definition = read(
        """
orders_daily:
  schedule: "17 3 * * *"
  start_date: "2026-01-01"
  end_date: {__type__: datetime.datetime, year: 2027, month: 1, day: 1}
  params: {bucket: acme-raw}
  default_args: {retries: 2, retry_delay: 60, owner: data}
  tasks:
    list_raw:
      operator: airflow.providers.amazon.aws.operators.s3.S3ListOperator
      bucket: "{{ params.bucket }}"
    load:
      operator: airflow.providers.amazon.aws.operators.glue.GlueJobOperator
      job_name: load-orders
      retries: 0
      execution_timeout: {__type__: datetime.timedelta, minutes: 45}
      dependencies: [list_raw, list_raw]
      trigger_rule: all_done
"""
    )

    assert (definition.dag_id, definition.schedule, definition.params) == ("orders_daily", "17 3 * * *", ("bucket",))
    assert (definition.start, definition.end) == (1_767_225_600.0, 1_798_761_600.0)
    first, second = definition.tasks
    assert (first.retries, first.retry_delay, first.execution_timeout, first.upstream) == (2, 60.0, None, ())
    assert (second.retries, second.execution_timeout, second.upstream) == (0, 2700.0, ("list_raw",))
    assert (second.trigger_rule, second.operator_name) == ("all_done", "GlueJobOperator")
    assert definition.leaves == {"load"}
    assert definition.warnings == ()


def test_what_nobody_says_has_the_services_defaults() -> None:
    (only,) = read(dag()).tasks

    assert (only.retries, only.retry_delay, only.trigger_rule, only.execution_timeout) == (
        1,
        300.0,
        "all_success",
        None,
    )


@pytest.mark.parametrize(
    "schedule", [None, "None", " None ", "", "17 3 * * *", "@daily", "rate(5 minutes)", "cron(0 12 * * ? *)"]
)
def test_schedules_of_every_form_are_accepted(schedule: str | None) -> None:
    definition = read(dag(schedule=schedule))

    assert definition.schedule == ("" if schedule is None or schedule.strip() == "None" else schedule)


@pytest.mark.parametrize(
    ("members_of_dag", "name", "words"),
    [
        ({"task_groups": {}}, "task_groups", "Unexpected element"),
        ({"schedule_interval": "@daily"}, "schedule_interval", "Unexpected element"),
        ({"frobnicate": 1}, "frobnicate", "Unexpected element"),
        ({"tasks": []}, "tasks", "Invalid tasks configuration"),
        ({"tasks": {}}, "tasks", "Invalid tasks configuration"),
        ({"tasks": {"a b": task()}}, "tasks", "Invalid task id"),
        ({"schedule": "61 * * * *"}, "schedule", "Invalid cron"),
        ({"schedule": {"__type__": TIMEDELTA, "days": 1}}, "schedule", "not supported"),
        ({"schedule": 5}, "schedule", "not supported"),
        ({"default_args": {"depends_on_past": True}}, "default_args.depends_on_past", "Key error"),
        ({"default_args": {"retries": 9}}, "default_args.retries", "between 0 and 3"),
        ({"default_args": []}, None, None),
        ({"default_args": [1]}, "default_args", "mapping"),
        ({"params": [1]}, "params", "mapping"),
        ({"params": {"x": {"__type__": "os.system"}}}, "params.x", "os.system"),
        ({"start_date": "soon"}, "start_date", "date"),
        ({"start_date": {"__type__": "datetime.datetime", "year": 2026, "month": 13, "day": 1}}, "start_date", "date"),
        ({"start_date": "2026-05-01", "end_date": "2026-04-30"}, "end_date", "before"),
        ({"description": {"__type__": "os.abort"}}, "description", "os.abort"),
    ],
)
def test_a_dags_members_are_judged(members_of_dag: dict[str, Any], name: str | None, words: str | None) -> None:
    content = yaml.safe_dump({"one": {"tasks": {"only": task()}, **members_of_dag}})
    if name is None or words is None:
        assert read(content).dag_id == "one"
        return

    refusal = refusal_of(content)

    assert refusal["Reason"] == "fieldValidationFailed"
    assert any(field["Name"] == name and words in field["Message"] for field in refusal["FieldList"]), refusal
    assert refusal["FieldList"][0]["Message"] in refusal["message"]


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        ([], "tasks.only", "mapping"),
        ({"bucket": "b"}, "tasks.only.operator", "needs an operator"),
        (task(operator="S3ListOperator"), "tasks.only.operator", "not supported"),
        (task(operator="airflow.operators.email.EmailOperator"), "tasks.only.operator", "not supported"),
        (task(operator=f"{S3_LIST}s"), "tasks.only.operator", "not supported"),
        (task(operator="airflow.providers.amazon.aws.operators.emr.EmrBaseSensor"), "tasks.only.operator", "not supp"),
        (task(bucket=None), "tasks.only.bucket", "missing keyword argument 'bucket'"),
        (task(operator=PYTHON), "tasks.only.python_callable", "missing keyword argument"),
        (task("absent"), "tasks.only.dependencies", "absent"),
        (task("only"), "tasks", "Cycle"),
        (task(dependencies="only"), "tasks.only.dependencies", "list"),
        (task(upstream_tasks=["x"]), "tasks.only.upstream_tasks", "Invalid arguments"),
        (task(depends_on=["x"]), "tasks.only.depends_on", "Invalid arguments"),
        (task(bucket=None, parameters={"bucket": "b"}), "tasks.only.parameters", "Invalid arguments"),
        (task(retries=4), "tasks.only.retries", "between 0 and 3"),
        (task(retries=-1), "tasks.only.retries", "between 0 and 3"),
        (task(retries=True), "tasks.only.retries", "between 0 and 3"),
        (task(retry_delay="5m"), "tasks.only.retry_delay", "at most 300"),
        (task(retry_delay=301), "tasks.only.retry_delay", "at most 300"),
        (task(retry_delay={"__type__": TIMEDELTA, "minutes": 6}), "tasks.only.retry_delay", "at most 300"),
        (task(execution_timeout=60), "tasks.only.execution_timeout", "timedelta"),
        (task(execution_timeout="60"), "tasks.only.execution_timeout", "timedelta"),
        (task(execution_timeout={"__type__": TIMEDELTA, "hours": 2}), "tasks.only.execution_timeout", "at most 3600"),
        (task(execution_timeout={"__type__": TIMEDELTA, "parsecs": 2}), "tasks.only.execution_timeout", "timedelta"),
        (task(trigger_rule="dummy"), "tasks.only.trigger_rule", "trigger rule"),
        (task(trigger_rule=["all_done"]), "tasks.only.trigger_rule", "trigger rule"),
        ({**task(), "dependencies": None}, "tasks.only.dependencies", "list"),
        ({**task(), "trigger_rule": None}, "tasks.only.trigger_rule", "trigger rule"),
        ({1: "x", "operator": S3_LIST, "bucket": "b"}, "tasks.only.1", "Invalid arguments"),
        (task(operator=SENSOR, mode="sleep"), "tasks.only.mode", "poke"),
        (task(params=["x"]), "tasks.only.params", "mapping"),
        (task(params={1: "x"}), "tasks.only.params", "mapping"),
        (task(prefix={"__type__": TIMEDELTA, "minute": 1}), "tasks.only.prefix", "Invalid datetime.timedelta"),
        (task(prefix={"__type__": "datetime.datetime", "year": 1}), "tasks.only.prefix", "Invalid datetime.datetime"),
        (task(prefix={"__type__": ["os.system"]}), "tasks.only.prefix", "not supported"),
        (task(prefix={"deep": [{"__type__": "os.system", "__args__": ["true"]}]}), "tasks.only.prefix.deep.0", "os.s"),
    ],
)
def test_a_tasks_members_are_judged(body: Any, name: str, words: str) -> None:
    refusal = refusal_of(dag({"only": body}))

    assert any(field["Name"] == name and words in field["Message"] for field in refusal["FieldList"]), refusal


def test_a_cycle_is_told_with_its_path() -> None:
    message = refusal_of(dag({"a": task("c"), "b": task("a"), "c": task("b")}))["message"]

    assert "Cycle detected" in message
    assert " -> " in message


def test_all_problems_are_told_at_once() -> None:
    refusal = refusal_of(dag({"a": task(retries=9), "b": task("c", retry_delay="5m")}, task_groups={}))

    named = {field["Name"] for field in refusal["FieldList"]}
    assert {"task_groups", "tasks.a.retries", "tasks.b.retry_delay"} <= named


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "mapping"),
        ("- one", "mapping"),
        ("just text", "mapping"),
        ("one: two: three", "YAML"),
        ("one: !!python/object/apply:os.system [true]", "tag"),
        ("one: 2026-99-99", "month"),
        ("one: " + "1" * 5000, "digits"),
        (b"\xff\xfe\xff", "UTF-8"),
        ("[" * 40_000, "deeply"),
        ("one: &a [*a]", "deeply"),
        (
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)),
            "too many",
        ),
    ],
    ids=["empty", "list", "text", "syntax", "tag", "date", "number", "binary", "deep", "itself", "bomb"],
)
def test_what_is_no_definition_cannot_be_parsed(content: bytes | str, words: str) -> None:
    refusal = refusal_of(content)

    assert refusal["Reason"] == "cannotParse"
    assert words in refusal["message"]


def test_size_and_number_of_dags_are_limited() -> None:
    assert "bytes" in refusal_of(dag() + b"#" * SIZE_LIMIT)["message"]
    assert "single DAG" in refusal_of(dag() + b"two: {}\n")["message"]
    assert read(dag() + b"#" * (SIZE_LIMIT - len(dag()))).dag_id == "one"


def test_ignored_attributes_are_warned_of() -> None:
    tasks = {"only": task(aws_conn_id="aws", deferrable=True), "other": task()}

    definition = read(dag(tasks, description="x", catchup=False, tags=["a"]))

    assert definition.warnings == (
        "ignored attributes: catchup, description, tags",
        "Task only: ignored attributes: aws_conn_id, deferrable",
    )


def test_the_dialect_of_awss_examples_passes() -> None:
    tasks = {
        "create": task(operator="airflow.providers.amazon.aws.operators.s3.S3CreateBucketOperator", bucket_name="b"),
        "wait": task("create", operator="airflow.providers.amazon.aws.sensors.s3.S3KeySensor", bucket_key="k"),
        "clean": task(
            "wait",
            operator="airflow.providers.amazon.aws.operators.s3.S3DeleteBucketOperator",
            bucket_name="b",
            trigger_rule="all_done",
            retry_delay={"__type__": TIMEDELTA, "__args__": [0, 30]},
            execution_timeout=None,
        ),
    }

    definition = read(dag(tasks, schedule="None", dag_id="one", default_args={"retries": 0, "retry_delay": 0}))

    assert [item.retries for item in definition.tasks] == [0, 0, 0]
    assert definition.schedule == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ ds }}", ""),
        ("{% if params.x %}a{% endif %}", ""),
        ("{{ params.x foo }}", "expected token"),
        ("{% if params.x %}a", "Unexpected end of template"),
        ("{{ " + "(" * 5000 + " }}", "RecursionError"),
        ("{{ " + "1" * 5000 + " }}", "ValueError"),
    ],
)
def test_templates_are_parsed_only_for_the_run_to_say(text: str, words: str) -> None:
    error = read(dag({"only": task(prefix=[{"deep": text}])})).template_error

    assert (words in error) if words else error == ""


def test_python_and_bash_tasks_say_what_they_need() -> None:
    tasks = {
        "python": task(operator=PYTHON, python_callable="package.main"),
        "inline": task(operator=BASH, bash_command="echo 1"),
        "file": task(operator=BASH, bash_command="./run.sh --all"),
        "empty": task(operator=EMPTY),
    }

    definition = read(dag(tasks))

    assert [(item.module, item.script, item.is_empty) for item in definition.tasks] == [
        ("package", "", False),
        ("", "", False),
        ("", "run.sh", False),
        ("", "", True),
    ]


@pytest.mark.parametrize(
    ("content", "habits", "name"),
    [
        (dag(schedule="rate(5 minutes)"), {"eventbridge_schedules": False}, "schedule"),
        (dag(start_date="1960-01-01"), {"past_start_date": False}, "start_date"),
        (dag({"only": task(retry_delay=60)}), {"integer_retry_delay": False}, "tasks.only.retry_delay"),
    ],
)
def test_guesses_about_the_grammar_can_be_switched(content: bytes, habits: dict[str, Any], name: str) -> None:
    assert read(content).dag_id == "one"

    assert refusal_of(content, **habits)["FieldList"][0]["Name"] == name


def test_unknown_elements_can_be_ignored_instead() -> None:
    content = dag(frobnicate=1)

    assert read(content, unknown_elements="ignore").warnings == ("ignored attributes: frobnicate",)
    assert refusal_of(dag(task_groups={}), unknown_elements="ignore")["FieldList"][0]["Name"] == "task_groups"


def test_the_operators_are_a_matter_of_the_laws() -> None:
    laws = Laws(extra_operators=("acme.*",), unsupported_operators=("*.S3ListOperator",))

    read_definition(dag({"only": task(operator="acme.operators.Own")}), laws=laws, now=0.0)
    with pytest.raises(Malformed):
        read_definition(dag(), laws=laws, now=0.0)
