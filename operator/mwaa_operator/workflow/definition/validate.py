"""The validator: judges a definition by the rules of the service, without Airflow and without running anything. Pure.

Sources stand with the rules and their data. What only AWS can tell (whether a role works, whether a bucket is there) is
left to AWS.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from mwaa_operator.workflow.definition import (
    dependencies,
    keys,
    limits,
    operators,
    packages,
    reserved,
    sensors,
    templates,
    times,
)
from mwaa_operator.workflow.definition.build import build
from mwaa_operator.workflow.definition.case import Case, Rule, Surroundings, frame
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, bounded, error, has_errors
from mwaa_operator.workflow.definition.knowledge import OperatorKnowledge
from mwaa_operator.workflow.definition.model import Definition
from mwaa_operator.workflow.definition.text import parse
from mwaa_operator.workflow.definition.tree import MAX_DEPTH, MAX_NODES

RULES: tuple[Rule, ...] = (
    keys.workflow_keys,
    keys.task_keys,
    keys.default_arguments,
    keys.echoes,
    keys.params,
    times.schedule,
    times.dates,
    operators.operators,
    operators.arguments,
    dependencies.dependencies,
    dependencies.circle,
    limits.limits,
    sensors.sensor_modes,
    sensors.sensor_bounds,
    reserved.typed_values,
    templates.templates,
    templates.references,
    packages.packages,
    packages.code_file,
)


@dataclass(frozen=True)
class Verdict:
    """What the validator says of a text.

    Attributes:
        document: As parsed; None where the text could not be read.
        definition: None where there is an error.
        findings: Errors first, at most a hundred and one that counts the rest.
    """

    document: Any
    definition: Definition | None
    findings: tuple[Finding, ...]


def validate(
    document: Any,
    *,
    knowledge: OperatorKnowledge,
    has_code: bool,
    code_file: str | None,
    strict: bool,
    today: date | None = None,
) -> list[Finding]:
    """Judge a definition that is parsed already.

    Args:
        document: Mappings, lists and scalars, as JSON or YAML has them.
        knowledge: From `load_operators`.
        has_code: Whether a code package goes with the workflow.
        code_file: Its file name, such as `main.py` or `code.zip`; None where it is not known.
        strict: Whether unknown operators and attributes are errors.
        today: UTC, to tell dates that are past; None: nothing is said about them.

    Returns:
        Findings, errors first; empty: nothing is wrong. Never raises, whatever the document is.
    """
    around = Surroundings(knowledge, has_code, code_file, strict, today)
    return list(_judged(document, around, ())[1])


def validate_bytes(
    data: bytes,
    *,
    knowledge: OperatorKnowledge,
    has_code: bool,
    code_file: str | None,
    strict: bool,
    today: date | None = None,
) -> Verdict:
    """Judge a definition as it would be uploaded.

    Args:
        data: The whole file.
        knowledge: As in `validate`, and so are the others.
        has_code: As there.
        code_file: As there.
        strict: As there.
        today: As there.
    """
    parsed = parse(data)
    if parsed.document is None and parsed.findings:
        return Verdict(None, None, bounded(parsed.findings))
    around = Surroundings(knowledge, has_code, code_file, strict, today)
    definition, findings = _judged(parsed.document, around, parsed.findings)
    return Verdict(parsed.document, definition, findings)


def _judged(
    document: Any, around: Surroundings, before: tuple[Finding, ...]
) -> tuple[Definition | None, tuple[Finding, ...]]:
    if too_much := _too_much(document):
        return None, bounded((*before, too_much))
    case, findings = frame(document, around)
    found = bounded([*before, *findings, *_told(case)])
    return (None if case is None or has_errors(found) else build(case)), found


def _told(case: Case | None) -> list[Finding]:
    return [] if case is None else [finding for rule in RULES for finding in rule(case)]


def _too_much(document: Any) -> Finding | None:
    """Return a finding for a document that is deeper or larger than any text of 50 KB makes it."""
    waiting, count = [(document, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if depth > MAX_DEPTH:
            return error(Code.TOO_DEEP, "", f"more than {MAX_DEPTH} levels of nesting", "Flatten the definition.")
        if count > MAX_NODES:
            return error(Code.TOO_MANY_NODES, "", f"more than {MAX_NODES:,} values", "Split the workflow.")
        if isinstance(value, dict):
            waiting += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]
    return None
