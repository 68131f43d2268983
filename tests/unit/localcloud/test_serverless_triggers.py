"""Airflow 3's trigger rules as a table: states upstream, and what a task with the rule does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.aws.serverless.runstates import DONE
from localcloud.aws.serverless.triggers import RULES, decide

S, F, T, U, K, C, R = "SUCCESS", "FAILED", "TIMEOUT", "UPSTREAM_FAILED", "SKIPPED", "CANCELLED", "RUNNING"

CASES = [
    ("all_success", [S, S], "run"),
    ("all_success", [S, R], "wait"),
    ("all_success", [F, R], "UPSTREAM_FAILED"),
    ("all_success", [T, S], "UPSTREAM_FAILED"),
    ("all_success", [U, K], "UPSTREAM_FAILED"),
    ("all_success", [C, S], "UPSTREAM_FAILED"),
    ("all_success", [S, K], "SKIPPED"),
    ("all_failed", [F, U], "run"),
    ("all_failed", [F, R], "wait"),
    ("all_failed", [F, S], "SKIPPED"),
    ("all_failed", [K, R], "SKIPPED"),
    ("all_done", [F, S, K], "run"),
    ("all_done", [F, R], "wait"),
    ("all_done_setup_success", [F, S], "run"),
    ("all_done_setup_success", [F, R], "wait"),
    ("all_skipped", [K, K], "run"),
    ("all_skipped", [K, R], "wait"),
    ("all_skipped", [K, S], "SKIPPED"),
    ("all_skipped", [F, R], "SKIPPED"),
    ("always", [R, R], "run"),
    ("none_failed", [S, K], "run"),
    ("none_failed", [S, R], "wait"),
    ("none_failed", [F, R], "UPSTREAM_FAILED"),
    ("none_failed_min_one_success", [S, K], "run"),
    ("none_failed_min_one_success", [K, K], "SKIPPED"),
    ("none_failed_min_one_success", [S, R], "wait"),
    ("none_failed_min_one_success", [U, R], "UPSTREAM_FAILED"),
    ("none_skipped", [S, F], "run"),
    ("none_skipped", [S, R], "wait"),
    ("none_skipped", [K, R], "SKIPPED"),
    ("one_done", [S, R], "run"),
    ("one_done", [F, R], "run"),
    ("one_done", [K, R], "wait"),
    ("one_done", [K, U], "SKIPPED"),
    ("one_failed", [F, R], "run"),
    ("one_failed", [U, R], "run"),
    ("one_failed", [S, R], "wait"),
    ("one_failed", [S, K], "SKIPPED"),
    ("one_success", [S, R], "run"),
    ("one_success", [F, R], "wait"),
    ("one_success", [F, K], "UPSTREAM_FAILED"),
    ("one_success", [K, K], "SKIPPED"),
]


@pytest.mark.parametrize(("rule", "states", "expected"), CASES, ids=str)
def test_a_rule_decides(rule: str, states: list[str], expected: str) -> None:
    assert decide(rule, states) == expected


def test_every_rule_of_airflow_3_is_in_the_table() -> None:
    assert {rule for rule, _, _ in CASES} == set(RULES)
    assert len(RULES) == 12


@given(st.sampled_from(sorted(RULES)), st.lists(st.sampled_from(sorted(DONE)), min_size=1, max_size=6))
def test_no_rule_waits_for_what_is_over(rule: str, states: list[str]) -> None:
    assert decide(rule, states) != "wait"


@given(st.sampled_from(sorted(RULES)))
def test_a_task_without_dependencies_runs(rule: str) -> None:
    assert decide(rule, []) == "run"
