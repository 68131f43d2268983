"""One table for each rule about a workflow as a whole: definitions and everything that is said of them.

Those about tasks stand in `task_cases` and `operator_cases`. A definition without expected findings shows what
must pass.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.support.definitions import EMPTY, LIST, DefinitionCase, case, minutes, one, task, workflow

MAY = date(2026, 5, 1)


def _moment(**members: Any) -> dict[str, Any]:
    return {"__type__": "datetime.datetime", **members}


_NO_DATES: tuple[Any, ...] = ("tomorrow", "2 days", "2026-13-01", 5, [], {"year": 2026})

FRAME = (
    case("a workflow with one task", workflow()),
    case("nothing", None, "Error NotAMapping"),
    case("a list", [1], "Error NotAMapping"),
    case("no key", {}, "Error NotAMapping"),
    case("two workflows", {"a": {}, "b": {}}, "Error NotOneWorkflow"),
    case("the members at the root", {"tasks": {}, "schedule": None}, "Error NotOneWorkflow"),
    case("dag-factory's defaults", {"default": {}}, "Error NotOneWorkflow"),
    case("a manifest", {"apiVersion": "v1", "kind": "ConfigMap"}, "Error NotOneWorkflow"),
    case("an id with a space", {"a b": {}}, "Error InvalidWorkflowId /a b"),
    case("an id that is a number", {1: {}}, "Error InvalidWorkflowId /1"),
    case("an id of 251 characters", {"a" * 251: {}}, f"Error InvalidWorkflowId /{'a' * 251}"),
    case("an id of 250 characters", {"a" * 250: workflow()["w"]}),
    case("no members", {"w": None}, "Error InvalidWorkflow /w"),
    case("tasks as a list", workflow([task(task_id="a")]), "Error InvalidTasks /w/tasks"),
    case("no tasks", workflow({}), "Error InvalidTasks /w/tasks"),
    case("tasks missing", {"w": {}}, "Error InvalidTasks /w/tasks"),
    case("a task id that is a number", workflow({1: task()}), "Error InvalidTaskId /w/tasks/1"),
    case("a task id with a slash", workflow({"a/b": task()}), "Error InvalidTaskId /w/tasks/a~1b"),
    case("dots and dashes in ids", {"a.b-c": workflow({"x.y-z_1": task()})["w"]}),
    case("a task without members", workflow({"t": None}), "Error InvalidTask /w/tasks/t"),
    case("a task that is text", workflow({"t": EMPTY}), "Error InvalidTask /w/tasks/t"),
)

WORKFLOW_KEYS = (
    case("what is taken", workflow(dag_id="w", schedule=None, params={}, default_args={}, start_date="2026-01-01")),
    case("a description", workflow(description="x"), "Warning IgnoredAttribute /w/description"),
    case(
        "tags and catch-up",
        workflow(tags=["a"], catchup=False),
        *(f"Warning IgnoredAttribute /w/{key}" for key in ("tags", "catchup")),
    ),
    case("callbacks", workflow(on_failure_callback="os.system"), "Warning IgnoredAttribute /w/on_failure_callback"),
    case("task groups", workflow(task_groups={}), "Error UnsupportedAttribute /w/task_groups"),
    case(
        "Airflow 2's schedule", workflow(schedule_interval="@daily"), "Error UnsupportedAttribute /w/schedule_interval"
    ),
    case("a timetable", workflow(timetable={}), "Error UnsupportedAttribute /w/timetable"),
    case("a key that nobody knows", workflow(colour="red"), "Warning UnknownAttribute /w/colour"),
    case("the same, strictly", workflow(colour="red"), "Error UnknownAttribute /w/colour", strict=True),
    case("a key that is no text", workflow() | {"w": workflow()["w"] | {True: 1}}, "Warning UnknownAttribute /w/true"),
)

TASK_KEYS = (
    case("arguments of the operator", one(LIST, bucket="b", prefix="p", tags={"a": "b"}, description="x")),
    case("a connection", one(LIST, bucket="b", aws_conn_id="x"), "Warning IgnoredAttribute /w/tasks/t/aws_conn_id"),
    case("deferrable", one(deferrable=True), "Warning IgnoredAttribute /w/tasks/t/deferrable"),
    case(
        "a pool", one(pool="x", queue="y"), *(f"Warning IgnoredAttribute /w/tasks/t/{key}" for key in ("pool", "queue"))
    ),
    case("upstream_tasks", one(upstream_tasks=["a"]), "Error UnsupportedAttribute /w/tasks/t/upstream_tasks"),
    case("depends_on", one(depends_on=["a"]), "Error UnsupportedAttribute /w/tasks/t/depends_on"),
    case(
        "mapped tasks",
        one(expand={}, partial={}),
        *(f"Error UnsupportedAttribute /w/tasks/t/{key}" for key in ("expand", "partial")),
    ),
    case("a decorator", one(decorator="airflow.sdk.task"), "Error UnsupportedAttribute /w/tasks/t/decorator"),
    case(
        "a key that is no text", workflow({"t": {"operator": EMPTY, 1: 2}}), "Error UnsupportedAttribute /w/tasks/t/1"
    ),
)

DEFAULT_ARGUMENTS = (
    case(
        "the six with an effect",
        workflow(
            default_args={
                "retries": 1,
                "retry_delay": 60,
                "execution_timeout": minutes(5),
                "trigger_rule": "all_done",
                "start_date": "2026-01-01",
                "end_date": "2026-02-01",
            }
        ),
    ),
    case("none", workflow(default_args=None)),
    case("an owner", workflow(default_args={"owner": "x"}), "Warning IgnoredAttribute /w/default_args/owner"),
    case("a list", workflow(default_args=[1]), "Error InvalidDefaultArgument /w/default_args"),
    case(
        "what the converter writes",
        workflow(default_args={"depends_on_past": False}),
        "Error InvalidDefaultArgument /w/default_args/depends_on_past",
    ),
    case(
        "a sensor's mode", workflow(default_args={"mode": "poke"}), "Error InvalidDefaultArgument /w/default_args/mode"
    ),
)

ECHOES = (
    case("both say the key", workflow({"t": task(task_id="t")}, dag_id="w")),
    case("another dag_id", workflow(dag_id="x"), "Warning IdMismatch /w/dag_id"),
    case("another task_id", one(task_id="a"), "Warning IdMismatch /w/tasks/t/task_id"),
)

PARAMS = (
    case("defaults and schemas", workflow(params={"a": "b", "n": {"type": "number", "default": 1}, "l": [1]})),
    case("none", workflow(params=None)),
    case("a list", workflow(params=["a"]), "Error InvalidParams /w/params"),
    case("a name that is no text", workflow(params={1: 2}), "Error InvalidParams /w/params"),
    case("of a task", one(params="x"), "Error InvalidParams /w/tasks/t/params"),
)

SCHEDULES = (
    *(
        case(f"{text!r}", workflow(schedule=text))
        for text in (
            None,
            "None",
            "none",
            "",
            " None ",
            "17 3 * * *",
            "*/15 0-6 1,15 * *",
            "0 0 * JAN sun",
            "@daily",
            "@annually",
            "rate(5 minutes)",
            "rate(1 hour)",
            "cron(0 12 * * ? *)",
            "cron(0/15 8-17 ? * MON-FRI 2026-2030)",
            "0 0 L * *",
            "0 0 * * 5#2",
        )
    ),
    *(
        case(f"{text!r}", workflow(schedule=text), "Warning DoubtfulSchedule /w/schedule")
        for text in ("@quarterly", "@once", "0 0 1 * MON")
    ),
    *(
        case(f"{text!r}", workflow(schedule=text), "Error InvalidSchedule /w/schedule")
        for text in (
            "* * * *",
            "60 * * * *",
            "@fortnightly",
            "daily",
            "5 minutes",
            "rate(0 days)",
            "rate(5 weeks)",
            "cron(0 12 * * * *)",
            "cron(0 12 ? * ? *)",
            "cron(0 12 * * ?)",
            "cron(0 0 31 2 ? *)",
            "0 0 30 2 *",
            "0 " * 200,
            5,
            True,
        )
    ),
    case("an interval", workflow(schedule=minutes(5)), "Error UnsupportedSchedule /w/schedule"),
    case("assets", workflow(schedule=["s3://bucket/key"]), "Error UnsupportedSchedule /w/schedule"),
    case("dag-factory's datasets", workflow(schedule={"datasets": ["a"]}), "Error UnsupportedSchedule /w/schedule"),
)

DATES = (
    *(
        case(f"{value!r}", workflow(start_date=value))
        for value in (
            "2026-01-01",
            "2026-01-01T06:00:00Z",
            "2026-01-01 06:00",
            date(2026, 1, 1),
            _moment(year=2026, month=1, day=1),
        )
    ),
    *(case(f"{value!r}", workflow(end_date=value), "Error InvalidDate /w/end_date") for value in _NO_DATES),
    case(
        "the end before the start",
        workflow(start_date="2026-02-01", end_date="2026-01-01"),
        "Error EndBeforeStart /w/end_date",
    ),
    case("one day", workflow(start_date="2026-02-01", end_date="2026-02-01")),
    case(
        "the same in default_args",
        workflow(default_args={"start_date": "2026-02-01", "end_date": "2026-01-01"}),
        "Error EndBeforeStart /w/default_args/end_date",
    ),
    case("a past start", workflow(start_date="2026-01-01"), "Warning PastStartDate /w/start_date", today=MAY),
    case("a past end", workflow(end_date="2026-01-01"), "Warning PastEndDate /w/end_date", today=MAY),
    case("dates to come", workflow(start_date="2026-05-01", end_date="2026-06-01"), today=MAY),
)

TABLES: dict[str, tuple[DefinitionCase, ...]] = {
    "frame": FRAME,
    "workflow_keys": WORKFLOW_KEYS,
    "task_keys": TASK_KEYS,
    "default_arguments": DEFAULT_ARGUMENTS,
    "echoes": ECHOES,
    "params": PARAMS,
    "schedule": SCHEDULES,
    "dates": DATES,
}
"""By the name of the rule."""
