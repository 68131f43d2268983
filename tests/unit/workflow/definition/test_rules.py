"""Every rule of the validator against its table: all that is said of a definition, and nothing else."""

from __future__ import annotations

import pytest

from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import LIMIT, Severity
from mwaa_operator.workflow.definition.validate import RULES
from tests.support import definition_cases, operator_cases, task_cases
from tests.support.definitions import DefinitionCase, judge, one, task, told, workflow

TABLES = definition_cases.TABLES | task_cases.TABLES | operator_cases.TABLES
CASES = [pytest.param(case, id=f"{rule}: {case.says[:60]}") for rule, table in TABLES.items() for case in table]


@pytest.mark.parametrize("case", CASES)
def test_a_definition_is_told_exactly_what_is_wrong_with_it(case: DefinitionCase) -> None:
    found = judge(case.document, **case.around)
    assert sorted(map(told, found)) == sorted(case.expected)


@pytest.mark.parametrize("case", CASES)
def test_every_finding_says_what_is_wrong_and_what_to_do(case: DefinitionCase) -> None:
    for finding in judge(case.document, **case.around):
        assert finding.message
        assert finding.message.isprintable()
        assert finding.hint.endswith((".", "}", "…"))
        assert finding.hint[0].isupper()


def test_every_rule_has_a_table_and_every_table_a_rule() -> None:
    assert {rule.__name__ for rule in RULES} | {"frame"} == TABLES.keys()


def test_every_table_shows_what_passes_and_what_does_not() -> None:
    for rule, table in TABLES.items():
        assert any(case.expected for case in table), rule
        assert rule == "circle" or any(not case.expected for case in table), rule


def test_every_code_of_a_rule_is_in_a_table() -> None:
    shown = {expected.split()[1] for table in TABLES.values() for case in table for expected in case.expected}
    of_the_text = {
        Code.TOO_LARGE,
        Code.NOT_UTF8,
        Code.SYNTAX,
        Code.MULTIPLE_DOCUMENTS,
        Code.EMPTY_DEFINITION,
        Code.DUPLICATE_KEY,
        Code.INVALID_KEY,
        Code.INVALID_VALUE,
        Code.TAG_NOT_ALLOWED,
        Code.TOO_MANY_ALIASES,
        Code.TOO_DEEP,
        Code.TOO_MANY_NODES,
        Code.MORE_FINDINGS,
    }
    assert shown == set(Code) - of_the_text


def test_errors_come_first_then_places_in_order() -> None:
    found = judge(workflow({"b": task(retries=9), "a": task(pool="x", retries=9)}, tags=[]))
    assert list(map(told, found)) == [
        "Error InvalidRetries /w/tasks/a/retries",
        "Error InvalidRetries /w/tasks/b/retries",
        "Warning IgnoredAttribute /w/tags",
        "Warning IgnoredAttribute /w/tasks/a/pool",
    ]


def test_the_first_hundred_are_kept_and_the_rest_is_counted() -> None:
    found = judge(workflow({f"t{number:03}": task(retries=9, pool="x") for number in range(150)}))
    assert len(found) == LIMIT + 1
    assert found[-1].message == "…and 200 more"
    assert (found[-1].code, found[-1].severity) == (Code.MORE_FINDINGS, Severity.ERROR)


def test_what_is_left_out_is_a_warning_only_if_all_of_it_is() -> None:
    found = judge(workflow({f"t{number:03}": task(pool="x") for number in range(LIMIT + 1)}))
    assert (found[-1].message, found[-1].severity) == ("…and 1 more", Severity.WARNING)


@pytest.mark.parametrize("key", ["k\x1b[31m", "k\n", "k\u202e", "\ud800"])
def test_what_does_not_print_is_escaped(key: str) -> None:
    for finding in judge({"w": workflow()["w"] | {key: 1}}):
        assert finding.path.isprintable()
        assert finding.message.isprintable()


def test_a_long_value_and_a_long_way_are_cut() -> None:
    (finding,) = judge(one(trigger_rule="x" * 10_000))
    assert len(finding.message) < 200
    (finding,) = judge(one(a={"k" * 10_000: {"__type__": "os.abort"}}))
    assert len(finding.path) == 512
    assert finding.path.endswith("…")
