"""Definitions of workflows for tests, and what the validator says of them in one line each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mwaa_operator.workflow.definition.findings import Finding
from mwaa_operator.workflow.definition.load import load_operators
from mwaa_operator.workflow.definition.validate import Verdict, validate, validate_bytes

KNOWLEDGE = load_operators()
EMPTY = "airflow.operators.empty.EmptyOperator"
PYTHON = "airflow.providers.standard.operators.python.PythonOperator"
BASH = "airflow.providers.standard.operators.bash.BashOperator"
AMAZON = "airflow.providers.amazon.aws"
LIST = f"{AMAZON}.operators.s3.S3ListOperator"
SENSOR = f"{AMAZON}.sensors.s3.S3KeySensor"
GLUE = f"{AMAZON}.operators.glue.GlueJobOperator"

Document = dict[str, Any]


def task(operator: Any = EMPTY, **members: Any) -> Document:
    """Return a task without a fault, plus members."""
    return {"operator": operator, **members}


def workflow(tasks: Any = None, **members: Any) -> Document:
    """Return a definition of the workflow `w` with one task `t` unless others are given."""
    return {"w": {"tasks": {"t": task()} if tasks is None else tasks, **members}}


def one(operator: Any = EMPTY, **members: Any) -> Document:
    """Return a definition with one task `t`."""
    return workflow({"t": task(operator, **members)})


def minutes(number: float) -> Document:
    """Return a typed duration."""
    return {"__type__": "datetime.timedelta", "minutes": number}


@dataclass(frozen=True)
class DefinitionCase:
    """A definition and everything that the validator says of it.

    Attributes:
        says: What it shows.
        document: As parsed.
        expected: `Severity Code pointer`, without order.
        around: What differs from a workflow without code, neither strict nor with a clock.
    """

    says: str
    document: Any
    expected: tuple[str, ...] = ()
    around: dict[str, Any] = field(default_factory=dict)


def case(says: str, document: Any, *expected: str, **around: Any) -> DefinitionCase:
    """Return a case; without `expected` there is nothing to say."""
    return DefinitionCase(says, document, expected, around)


def told(finding: Finding) -> str:
    """Return a finding in one line."""
    return f"{finding.severity} {finding.code} {finding.path}".rstrip()


def judge(document: Any, **around: Any) -> list[Finding]:
    """Return what the validator says of a document."""
    return validate(document, **_around(around))


def judge_text(text: str | bytes, **around: Any) -> Verdict:
    """Return the validator's verdict on a text."""
    return validate_bytes(text.encode() if isinstance(text, str) else text, **_around(around))


def _around(members: dict[str, Any]) -> dict[str, Any]:
    return {"knowledge": KNOWLEDGE, "has_code": False, "code_file": None, "strict": False} | members
