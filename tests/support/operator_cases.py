"""One table for each rule about operators, templates and code: definitions and everything that is said of them."""

from __future__ import annotations

from typing import Any

from tests.support.definitions import (
    AMAZON,
    BASH,
    EMPTY,
    GLUE,
    LIST,
    PYTHON,
    SENSOR,
    DefinitionCase,
    case,
    one,
    task,
    workflow,
)

CODE: dict[str, Any] = {"has_code": True}
MINE = "my_company.operators.MyOperator"
OPERATOR = "/w/tasks/t/operator"

OPERATORS = (
    *(case(path, one(path)) for path in (EMPTY, "airflow.providers.standard.operators.empty.EmptyOperator")),
    case("none", workflow({"t": {}}), f"Error OperatorMissing {OPERATOR}"),
    case("null", one(None), f"Error OperatorMissing {OPERATOR}"),
    *(
        case(f"{name!r}", one(name), f"Error OperatorNotQualified {OPERATOR}")
        for name in ("S3ListOperator", "a b.C", "os;x.Y", 5, [LIST])
    ),
    case(
        "a base class",
        one(f"{AMAZON}.sensors.base_aws.AwsBaseSensor", timeout=60),
        f"Error AbstractOperator {OPERATOR}",
    ),
    case("a base class of ECS", one(f"{AMAZON}.operators.ecs.EcsBaseOperator"), f"Error AbstractOperator {OPERATOR}"),
    case("branching", one("airflow.operators.python.BranchPythonOperator"), f"Error UnsupportedOperator {OPERATOR}"),
    case("a path of Airflow 2", one("airflow.operators.dummy.DummyOperator"), f"Error UnsupportedOperator {OPERATOR}"),
    case(
        "a name of the converter only",
        one(f"{AMAZON}.operators.MaxDomeSQLOperator"),
        f"Error UnsupportedOperator {OPERATOR}",
    ),
    case(
        "a transfer",
        one(f"{AMAZON}.transfers.dynamodb_to_s3.DynamoDBToS3Operator", dynamodb_table_name="t", s3_bucket_name="b"),
        f"Warning DoubtfulOperator {OPERATOR}",
    ),
    case(
        "a transfer, strictly",
        one(f"{AMAZON}.transfers.dynamodb_to_s3.DynamoDBToS3Operator", dynamodb_table_name="t", s3_bucket_name="b"),
        f"Warning DoubtfulOperator {OPERATOR}",
        strict=True,
    ),
    case(
        "nobody knows it", one("airflow.providers.google.cloud.operators.gcs.X"), f"Warning UnknownOperator {OPERATOR}"
    ),
    case(
        "the same, strictly",
        one("airflow.providers.google.cloud.operators.gcs.X"),
        f"Error UnknownOperator {OPERATOR}",
        strict=True,
    ),
    case(
        "a new one of the provider",
        one(f"{AMAZON}.operators.new.NewOperator"),
        f"Warning UnknownOperator {OPERATOR}",
        **CODE,
    ),
    case(
        "a known class at another path",
        one(f"{AMAZON}.operators.glue_job.GlueJobOperator"),
        f"Warning UnknownOperator {OPERATOR}",
    ),
    case("of one's own, with code", one(MINE), f"Warning CustomOperator {OPERATOR}", strict=True, **CODE),
    case("of one's own, without code", one(MINE), f"Error UnknownOperator {OPERATOR}", strict=True),
)

ARGUMENTS = (
    case("all that is required", one(LIST, bucket="b")),
    case("one is missing", one(LIST), "Warning MissingArgument /w/tasks/t"),
    case(
        "two are missing",
        one(f"{AMAZON}.operators.athena.AthenaOperator", output_location="s3://b/"),
        "Warning MissingArgument /w/tasks/t",
    ),
    case("a wrapper", one(LIST, parameters={"bucket": "b"}), "Error NestedArguments /w/tasks/t/parameters"),
    case(
        "parameters of its own",
        one(
            f"{AMAZON}.operators.batch.BatchOperator",
            job_name="j",
            job_definition="d",
            job_queue="q",
            parameters={"a": "b"},
        ),
    ),
    case("a wrapper that nobody can judge", one(MINE, parameters={"a": 1}), f"Warning UnknownOperator {OPERATOR}"),
)


def _pull(text: str, **members: Any) -> Any:
    """Return a definition whose task `t` renders a text, with `a` upstream, `b` upstream of it, and `c` beside it."""
    tasks = {"b": task(), "a": task(dependencies=["b"]), "c": task(), "t": task(LIST, bucket=text, dependencies=["a"])}
    return workflow(tasks, **members)


AT = "/w/tasks/t/bucket"
TEMPLATES = (
    *(
        case(text, _pull(text, params={"x": 1}))
        for text in (
            "{{ ds }}/{{ ts_nodash }}",
            "{{ params.x }}",
            "{{ params['x'] | int + 1 }}",
            "{{ params.get('y', 1) }}",
            "{{ macros.ds_add(ds, -1) }}",
            "{% for item in range(3) %}{{ item }}{{ loop.index }}{% endfor %}",
            "{% set y = ds %}{{ y }}",
            "{% do [1].append(2) %}",
            "{{ ts | ts_nodash }}",
            "{{ ti.xcom_pull(task_ids='a')['x'][0] }}",
            "{{ task_instance.xcom_pull('b') }}",
            "{{ ti.xcom_pull(task_ids=['a', 'b'], key='k') }}",
            "{{ ti.xcom_pull(task_ids=params.x) }}",
            "{{ ti.xcom_pull() }}",
            "a { b } {x: {y: 1}}",
            "{# nothing #}",
        )
    ),
    *(
        case(text, _pull(text), f"Error TemplateSyntax {AT}")
        for text in (
            "{{ ds",
            "{{ ds }",
            "{{ a b }}",
            "{% if ds %}",
            "{{ 'a }}",
            "{{ " + "(" * 5000 + "1",
            "{{ " + "9" * 5000 + " }}",
            "{% x %}",
        )
    ),
    *(
        case(text, _pull(text), f"Warning UnknownTemplateName {AT}")
        for text in (
            "{{ run_id }}",
            "{{ var.value.x }}",
            "{{ conn.a.host | upper }}",
            "{{ macros.hive }}",
            "{{ dag_run.conf['a'] }}",
            "{{ ds | money }}",
        )
    ),
    *(
        case(text, _pull(text, params={"x": 1}), f"Warning UnknownParameter {AT}")
        for text in ("{{ params.y }}", "{{ params['y'] ~ 1 }}")
    ),
    *(
        case(text, _pull(text), f"Warning XComNotUpstream {AT}")
        for text in (
            "{{ ti.xcom_pull(task_ids='c') }}",
            "{{ ti.xcom_pull(task_ids='t') }}",
            "{{ ti.xcom_pull('nobody') }}",
            "{{ ti.xcom_pull(task_ids=['a', 'c']) }}",
        )
    ),
    case(
        "with a circle there is no upstream",
        workflow(
            {
                "a": task(LIST, bucket="{{ ti.xcom_pull('c') }}", dependencies=["b"]),
                "b": task(dependencies=["a"]),
                "c": task(),
            }
        ),
        "Error DependencyCycle /w/tasks/a/dependencies",
    ),
    case("a parameter of the task", one(LIST, bucket="{{ params.x }}", params={"x": 1})),
    case(
        "an argument that is not rendered",
        one(SENSOR, bucket_key="k", timeout=60, wildcard_match="{{ ds }}"),
        "Warning NotTemplated /w/tasks/t/wildcard_match",
    ),
    case(
        "braces where nobody knows",
        one("x.Y", text="{{resolve:ssm:a}}"),
        f"Warning UnknownOperator {OPERATOR}",
        "Warning TemplateSyntax /w/tasks/t/text",
    ),
    case(
        "deep inside", one(GLUE, script_args={"--a": [1, "{{ ds"]}), "Error TemplateSyntax /w/tasks/t/script_args/--a/1"
    ),
    case("in what is dropped anyway", one(pool="{{ ds"), "Warning IgnoredAttribute /w/tasks/t/pool"),
)

PYTHON_FILE: dict[str, Any] = {"has_code": True, "code_file": "main.py"}
PACKAGES = (
    case("Python with code", one(PYTHON, python_callable="main.run"), **CODE),
    case("the older path", one("airflow.operators.python.PythonOperator", python_callable="main.run"), **PYTHON_FILE),
    case("Python without code", one(PYTHON, python_callable="main.run"), "Error CodeMissing /w/tasks/t"),
    *(
        case(f"{name!r}", one(PYTHON, python_callable=name), "Error InvalidCallable /w/tasks/t/python_callable", **CODE)
        for name in ("run", "lambda: 1", "main.run()", "a-b.c", 5, "main.")
    ),
    case("no callable", one(PYTHON), "Warning MissingArgument /w/tasks/t", **CODE),
    case(
        "another module",
        one(PYTHON, python_callable="other.run"),
        "Warning CodeNotFound /w/tasks/t/python_callable",
        **PYTHON_FILE,
    ),
    case("a module in an archive", one(PYTHON, python_callable="other.run"), has_code=True, code_file="code.zip"),
    case(
        "Python with a script",
        one(PYTHON, python_callable="main.run"),
        "Warning CodeNotFound /w/tasks/t/python_callable",
        has_code=True,
        code_file="run.sh",
    ),
    *(
        case(command, one(BASH, bash_command=command))
        for command in ("echo 1", "bash -c 'ls ./x.sh'", "cat a.sh b.txt", "./", "")
    ),
    *(
        case(command, one(BASH, bash_command=command), "Error CodeMissing /w/tasks/t/bash_command")
        for command in ("./run.sh", " ./bin/run --now", "bash run.sh", "run.sh")
    ),
    case("the script", one(BASH, bash_command="./run.sh a b"), has_code=True, code_file="run.sh"),
    case(
        "another script",
        one(BASH, bash_command="./run.sh"),
        "Warning CodeNotFound /w/tasks/t/bash_command",
        has_code=True,
        code_file="walk.sh",
    ),
)

CODE_FILES = (
    *(
        case(name, one(BASH, bash_command="echo"), has_code=True, code_file=name)
        for name in ("a.py", "a.sh", "A.ZIP", "dir/a.zip")
    ),
    *(
        case(name, one(BASH, bash_command="echo"), "Error InvalidCodeFile", has_code=True, code_file=name)
        for name in ("a.tar.gz", "a", "")
    ),
    case("nothing runs it", workflow(), "Warning UnusedCode", **CODE),
    case("an operator that nobody knows may", one("x.Y"), f"Warning CustomOperator {OPERATOR}", **CODE),
)

TABLES: dict[str, tuple[DefinitionCase, ...]] = {
    "operators": OPERATORS,
    "arguments": ARGUMENTS,
    "templates": TEMPLATES,
    "packages": PACKAGES,
    "code_file": CODE_FILES,
}
"""By the name of the rule."""
