"""The dated rows: that they are whole, and that they say what is known of the operators that matter most."""

from __future__ import annotations

from collections import Counter

import pytest

from mwaa_operator.workflow.definition.knowledge import Kind, OperatorRow, State
from mwaa_operator.workflow.definition.model import BASH_OPERATORS, PYTHON_OPERATORS
from tests.support.definitions import AMAZON, EMPTY, GLUE, KNOWLEDGE, LIST, SENSOR

ROWS = list(KNOWLEDGE.operators.values())


def test_what_the_lists_of_aws_say_is_all_there() -> None:
    """What the converter lists without base classes and internal names, and what newer material of AWS adds."""
    assert Counter(row.kind for row in ROWS if row.state is not State.UNSUPPORTED) == {
        Kind.OPERATOR: 160,
        Kind.SENSOR: 57,
        Kind.TRANSFER: 7,
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_a_row_is_whole(row: OperatorRow) -> None:
    assert row.path.startswith("airflow.")
    assert row.abstract <= (row.state is State.UNSUPPORTED)
    assert bool(row.note) == (row.state is not State.SUPPORTED and not row.abstract)
    assert not row.instead or KNOWLEDGE.operators[row.instead].state is State.SUPPORTED
    assert row.path.rpartition(".")[2].endswith("Sensor") == (row.kind is Kind.SENSOR)
    assert not set(row.required) & KNOWLEDGE.tasks.dropped


def test_python_and_bash_run_natively() -> None:
    assert all(KNOWLEDGE.operators[path].state is State.SUPPORTED for path in PYTHON_OPERATORS | BASH_OPERATORS)


@pytest.mark.parametrize(
    ("path", "required", "templated"),
    [
        (LIST, {"bucket"}, {"bucket", "prefix"}),
        (GLUE, set(), {"job_name", "script_args"}),
        (SENSOR, {"bucket_key"}, {"bucket_name"}),
        (f"{AMAZON}.operators.emr.EmrServerlessStartJobOperator", {"application_id", "job_driver"}, {"job_driver"}),
    ],
)
def test_arguments_are_those_of_the_provider(path: str, required: set[str], templated: set[str]) -> None:
    row = KNOWLEDGE.operators[path]
    assert required <= set(row.required)
    assert row.templated is not None
    assert templated <= row.templated


def test_keys_have_one_meaning_each() -> None:
    for keys in (KNOWLEDGE.workflow, KNOWLEDGE.tasks, KNOWLEDGE.default_args):
        assert not keys.taken & keys.dropped
        assert not keys.refused.keys() & (keys.taken | keys.dropped)
    assert len(KNOWLEDGE.default_args.taken | KNOWLEDGE.default_args.dropped) == 10


def test_names_that_only_airflow_has_are_none_of_the_services() -> None:
    assert not KNOWLEDGE.templates.instead.keys() & KNOWLEDGE.templates.variables


def test_a_class_is_found_by_its_name() -> None:
    assert KNOWLEDGE.paths_of("S3ListOperator") == (LIST,)
    assert KNOWLEDGE.paths_of("EmptyOperator")[0] == EMPTY
    assert KNOWLEDGE.paths_of("DummyOperator") == ()


def test_a_sensor_is_known_by_its_row_and_otherwise_by_its_name() -> None:
    assert KNOWLEDGE.is_sensor(SENSOR)
    assert KNOWLEDGE.is_sensor("mine.MySensor")
    assert not KNOWLEDGE.is_sensor(GLUE)
