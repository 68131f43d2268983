"""docs/definitions.md says what the validator does: every code, every key, every name, every limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mwaa_operator.api.reasons import meanings
from mwaa_operator.workflow.definition import limits, text, tree
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.schedule import PRESETS
from mwaa_operator.workflow.definition.typed import ALLOWED_TYPES
from tests.support import definition_cases, operator_cases, task_cases
from tests.support.definitions import KNOWLEDGE, judge_text

PAGE = (Path(__file__).parents[4] / "docs" / "definitions.md").read_text("utf-8")
TABLES = definition_cases.TABLES | task_cases.TABLES | operator_cases.TABLES
ROW = re.compile(r"^\| `(\w+)` \| (Error|Warning|Error or Warning) \| (.+?) \| (.+?) \|$", re.M)


def section(title: str) -> str:
    """Return what stands below a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def names(told: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", told))


def test_every_code_is_there_once_in_the_order_of_the_source() -> None:
    assert [row[0] for row in ROW.findall(section("Findings"))] == list(Code)


def test_every_cause_is_the_one_in_the_source() -> None:
    causes = {code: cause.replace("`Strict`", "Strict") for code, _, cause, _ in ROW.findall(PAGE)}
    assert causes == {code: cause.removesuffix(".") for code, cause in meanings(Code).items()}


def test_every_severity_is_the_one_that_definitions_get() -> None:
    found: dict[str, set[str]] = {}
    for table in TABLES.values():
        for case in table:
            for expected in case.expected:
                severity, code, *_ = expected.split()
                found.setdefault(code, set()).add(severity)
    for code, severity, _, _ in ROW.findall(PAGE):
        if code in found:
            assert set(severity.split(" or ")) == found[code], code


def test_every_code_has_a_next_step() -> None:
    assert all(len(step) > 5 for *_, step in ROW.findall(PAGE))


def test_what_the_service_ignores_is_listed() -> None:
    workflow, task = section("What the service ignores").split("Of a task:")
    assert names(workflow) == KNOWLEDGE.workflow.dropped
    assert names(task) == KNOWLEDGE.tasks.dropped


def test_only_what_is_ignored_has_something_to_use_instead() -> None:
    rows = re.findall(r"^\| (.*?) \| .+ \|$", section("What to use instead"), re.M)
    told = {name for row in rows for name in names(row)}
    assert told
    assert told <= KNOWLEDGE.workflow.dropped | KNOWLEDGE.tasks.dropped


def test_what_is_refused_is_listed_with_the_next_step() -> None:
    rows = re.findall(r"^\| (workflow|task) \| `(\w+)` \| (.+) \|$", section("What is refused"), re.M)
    assert {key: step for place, key, step in rows if place == "workflow"} == KNOWLEDGE.workflow.refused
    assert {key: step for place, key, step in rows if place == "task"} == KNOWLEDGE.tasks.refused


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Grammar", KNOWLEDGE.workflow.taken | KNOWLEDGE.tasks.taken),
        ("Grammar", KNOWLEDGE.default_args.taken | KNOWLEDGE.default_args.dropped),
        ("Grammar", KNOWLEDGE.trigger_rules),
        ("Templates", KNOWLEDGE.templates.variables | KNOWLEDGE.templates.macros),
    ],
)
def test_every_name_that_is_taken_is_told(title: str, expected: frozenset[str]) -> None:
    assert expected <= names(section(title))


def test_every_preset_and_every_type_is_told() -> None:
    assert set(re.findall(r"`(@\w+)`", section("Schedule"))) == PRESETS.keys()
    assert set(re.findall(r"`((?:datetime|builtins)\.\w+)`", section("Grammar"))) == ALLOWED_TYPES


def test_every_limit_is_told() -> None:
    told = section("Limits")
    for number in (text.MAX_BYTES, tree.MAX_DEPTH, tree.MAX_ALIASES, tree.MAX_NODES, limits.MAX_RETRIES):
        assert f"{number:,}" in told
    assert f"{limits.MAX_RETRY_DELAY.seconds} seconds, {limits.MAX_EXECUTION_TIMEOUT.seconds // 60} minutes" in told


def test_the_example_has_no_fault() -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
    verdict = judge_text(example, strict=True)
    assert verdict.findings == ()
    assert verdict.definition is not None
