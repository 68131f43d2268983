"""One table for each rule about what bounds and connects tasks: definitions and everything that is said of them."""

from __future__ import annotations

from typing import Any

from tests.support.definitions import BASH, GLUE, LIST, SENSOR, DefinitionCase, case, minutes, one, task, workflow


def _moment(**members: Any) -> dict[str, Any]:
    return {"__type__": "datetime.datetime", **members}


def _chain(*names: str) -> dict[str, Any]:
    """Return tasks of which each depends on the next, and the last on the first."""
    return {name: task(dependencies=[after]) for name, after in zip(names, (*names[1:], names[0]), strict=True)}


DEPENDENCIES = (
    case("upstream", workflow({"a": task(), "b": task(dependencies=["a"]), "c": task(dependencies=["a", "b", "a"])})),
    case("an empty list", one(dependencies=[])),
    case("text", one(dependencies="a"), "Error InvalidDependencies /w/tasks/t/dependencies"),
    case(
        "null, on which dag-factory fails", one(dependencies=None), "Error InvalidDependencies /w/tasks/t/dependencies"
    ),
    case("a number among them", one(dependencies=[1]), "Error InvalidDependencies /w/tasks/t/dependencies"),
    case("a task that is not there", one(dependencies=["x", "y"]), "Error UnknownDependency /w/tasks/t/dependencies"),
    case("itself", one(dependencies=["t"]), "Error SelfDependency /w/tasks/t/dependencies"),
)

CIRCLES = (
    case("two", workflow(_chain("b", "a")), "Error DependencyCycle /w/tasks/a/dependencies"),
    case(
        "twenty",
        workflow(_chain(*(f"t{number:02}" for number in range(20)))),
        "Error DependencyCycle /w/tasks/t00/dependencies",
    ),
    case(
        "with a tail",
        workflow({**_chain("a", "b"), "c": task(dependencies=["a"])}),
        "Error DependencyCycle /w/tasks/a/dependencies",
    ),
)

LIMITS = (
    *(case(f"{value} retries", one(retries=value)) for value in (0, 3, None)),
    *(
        case(f"{value!r} retries", one(retries=value), "Error InvalidRetries /w/tasks/t/retries")
        for value in (4, -1, 1.0, "1", True, [1])
    ),
    *(
        case(f"a delay of {value!r}", one(retry_delay=value))
        for value in (0, 60, 300, 1.5, minutes(5), {"__type__": "datetime.timedelta", "__args__": [0, 60]}, None)
    ),
    *(
        case(f"a delay of {value!r}", one(retry_delay=value), "Error InvalidRetryDelay /w/tasks/t/retry_delay")
        for value in (301, -1, "5m", "60", True, minutes(6), {"minutes": 5}, 10**30, float("inf"), float("nan"))
    ),
    *(
        case(f"a time-out of {value!r}", one(execution_timeout=value))
        for value in (minutes(60), minutes(0.5), {"__type__": "datetime.timedelta", "hours": 1}, None)
    ),
    *(
        case(
            f"a time-out of {value!r}",
            one(execution_timeout=value),
            "Error InvalidExecutionTimeout /w/tasks/t/execution_timeout",
        )
        for value in (900, "30m", {"minutes": 5}, minutes(61), minutes(0), minutes(-5))
    ),
    *(
        case(rule, one(trigger_rule=rule))
        for rule in ("all_done", "all_success", "none_failed_min_one_success", "always")
    ),
    *(
        case(f"the rule {rule!r}", one(trigger_rule=rule), "Error UnknownTriggerRule /w/tasks/t/trigger_rule")
        for rule in ("dummy", "none_failed_or_skipped", "ALL_DONE", None, 1)
    ),
    case(
        "in default_args",
        workflow(default_args={"retries": 5, "retry_delay": "5m", "execution_timeout": 60, "trigger_rule": "x"}),
        "Error InvalidRetries /w/default_args/retries",
        "Error InvalidRetryDelay /w/default_args/retry_delay",
        "Error InvalidExecutionTimeout /w/default_args/execution_timeout",
        "Error UnknownTriggerRule /w/default_args/trigger_rule",
    ),
)

SENSOR_MODES = (
    case("poke", one(SENSOR, bucket_key="k", mode="poke", timeout=60)),
    case(
        "reschedule",
        one(SENSOR, bucket_key="k", mode="reschedule", timeout=60),
        "Warning UnsafeSensorMode /w/tasks/t/mode",
    ),
    case("another", one(SENSOR, bucket_key="k", mode="x", timeout=60), "Error InvalidSensorMode /w/tasks/t/mode"),
    case("a list", one(SENSOR, bucket_key="k", mode=["poke"], timeout=60), "Error InvalidSensorMode /w/tasks/t/mode"),
    case(
        "an operator's own mode",
        one(
            f"{LIST.rpartition('.s3.')[0]}.comprehend.ComprehendStartPiiEntitiesDetectionJobOperator",
            mode="ONLY_REDACTION",
            input_data_config={},
            output_data_config={},
            data_access_role_arn="a",
            language_code="en",
        ),
    ),
)

SENSOR_BOUNDS = (
    *(case(f"{value!r}", one(SENSOR, bucket_key="k", timeout=value)) for value in (60, 3600, minutes(30))),
    case("none", one(SENSOR, bucket_key="k"), "Warning UnboundedSensor /w/tasks/t"),
    *(
        case(f"{value!r}", one(SENSOR, bucket_key="k", timeout=value), "Warning UnboundedSensor /w/tasks/t")
        for value in (604800, minutes(61), "1h", None)
    ),
    case("an operator", one(GLUE)),
)

TYPED_VALUES = (
    case("a duration in an argument", one(SENSOR, bucket_key="k", timeout=60, poke_interval=minutes(1))),
    case(
        "a list, a date, a time",
        one(
            x={"__type__": "builtins.list", "items": [1]},
            y={"__type__": "datetime.date"},
            z={"__type__": "datetime.time"},
        ),
    ),
    case("a command", one(x={"__type__": "os.system", "__args__": ["id"]}), "Error TypeNotAllowed /w/tasks/t/x"),
    case(
        "deep inside",
        one(x=[{"a": [{"b": {"__type__": "subprocess.Popen"}}]}]),
        "Error TypeNotAllowed /w/tasks/t/x/0/a/0/b",
    ),
    case(
        "inside of one that is allowed",
        one(x={"__type__": "datetime.date", "year": {"__type__": "os.getpid"}}),
        "Error TypeNotAllowed /w/tasks/t/x/year",
    ),
    case("as a task", workflow({"t": {**task(), "__type__": "os.system"}}), "Error TypeNotAllowed /w/tasks/t"),
    case(
        "as the tasks",
        workflow({"t": task(), "__type__": "os.abort"}),
        "Error InvalidTask /w/tasks/__type__",
        "Error TypeNotAllowed /w/tasks",
    ),
    case(
        "as the workflow",
        workflow(__type__="os.abort"),
        "Error TypeNotAllowed /w",
        "Warning UnknownAttribute /w/__type__",
    ),
    case(
        "in what is dropped",
        workflow(description={"__type__": "os.abort"}),
        "Error TypeNotAllowed /w/description",
        "Warning IgnoredAttribute /w/description",
    ),
    case("in params", workflow(params={"a": {"__type__": "os.abort"}}), "Error TypeNotAllowed /w/params/a"),
    *(
        case(f"the type {kind!r}", one(x={"__type__": kind}), "Error TypeNotAllowed /w/tasks/t/x")
        for kind in (1, None, ["os.system"], "datetime.datetime.now", " datetime.timedelta", "builtins.eval")
    ),
    *(
        case(f"{value}", one(x={"__type__": "datetime.timedelta", **value}), "Error InvalidTypedValue /w/tasks/t/x")
        for value in (
            {},
            {"minute": 1},
            {"minutes": "1"},
            {"minutes": True},
            {"days": 10**12},
            {"seconds": float("nan")},
            {"__args__": "x"},
            {"__args__": [1] * 8},
        )
    ),
    *(
        case(f"{value}", one(x=_moment(**value)), "Error InvalidTypedValue /w/tasks/t/x")
        for value in ({}, {"year": 2026}, {"year": 2026, "month": 13, "day": 1}, {"year": 2026.5, "month": 1, "day": 1})
    ),
    case(
        "a bad duration is told once",
        one(
            execution_timeout={"__type__": "datetime.timedelta", "x": 1}, retry_delay={"__type__": "datetime.timedelta"}
        ),
        "Error InvalidTypedValue /w/tasks/t/execution_timeout",
        "Error InvalidTypedValue /w/tasks/t/retry_delay",
    ),
    case("a bad date is told once", workflow(start_date=_moment(year=0)), "Error InvalidTypedValue /w/start_date"),
    *(
        case(key, one(x={key: ["a"]}), f"Warning ReservedKey /w/tasks/t/x/{key}")
        for key in ("__args__", "__join__", "__and__", "__or__")
    ),
)

REFERENCES = (
    case("no names", one(BASH, bash_command="echo $1 $$ ${{ params.a }} ${x y} $", params={"a": 1})),
    case(
        "a variable",
        one(BASH, bash_command="echo $HOME ${HOME}"),
        "Warning EnvironmentReference /w/tasks/t/bash_command",
    ),
    case(
        "deep inside",
        one(GLUE, script_args={"--a": ["$X"]}),
        "Warning EnvironmentReference /w/tasks/t/script_args/--a/0",
    ),
    case("in params", workflow(params={"a": "${STAGE}"}), "Warning EnvironmentReference /w/params/a"),
    case("in what is dropped anyway", workflow(description="$X"), "Warning IgnoredAttribute /w/description"),
)

TABLES: dict[str, tuple[DefinitionCase, ...]] = {
    "dependencies": DEPENDENCIES,
    "circle": CIRCLES,
    "limits": LIMITS,
    "sensor_modes": SENSOR_MODES,
    "sensor_bounds": SENSOR_BOUNDS,
    "typed_values": TYPED_VALUES,
    "references": REFERENCES,
}
"""By the name of the rule."""
