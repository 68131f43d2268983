"""Policies of roles and keys as preflight reads them: yes, no, or unsure where only AWS can judge."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.api.resourcepolicies import Answer, Request, answer

SERVICE = "airflow.amazonaws.com"
REQUEST = Request(frozenset({SERVICE}), "sts:AssumeRole", {"aws:sourceaccount": "123456789012"})
YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.UNSURE


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole", **members}


def account(operator: str, *values: str) -> dict[str, Any]:
    return {"Condition": {operator: {"aws:SourceAccount": list(values)}}}


UNKNOWN_KEY: dict[str, Any] = {"Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}}}

CASES: list[tuple[str, list[dict[str, Any]], Answer]] = [
    ("nothing is said", [], NO),
    ("the service is named", [statement()], YES),
    ("in a list", [statement(Principal={"Service": ["ec2.amazonaws.com", SERVICE]})], YES),
    ("another service is named", [statement(Principal={"Service": "ec2.amazonaws.com"})], NO),
    ("an account is named", [statement(Principal={"AWS": "arn:aws:iam::123456789012:root"})], NO),
    ("everybody is named", [statement(Principal="*")], YES),
    ("everybody is named as AWS", [statement(Principal={"AWS": "*"})], YES),
    ("an action pattern", [statement(Action=["sts:*"])], YES),
    ("the case of an action", [statement(Action="STS:assumerole")], YES),
    ("another action", [statement(Action="sts:TagSession")], NO),
    ("all but another action", [statement(Action=None, NotAction="sts:TagSession")], YES),
    ("the account fits", [statement(**account("StringEquals", "1", "123456789012"))], YES),
    ("the account does not fit", [statement(**account("StringEquals", "1"))], NO),
    ("the account fits a pattern", [statement(**account("StringLike", "1234*"))], YES),
    ("the account is excluded", [statement(**account("StringNotEquals", "123456789012"))], NO),
    ("a key that is not known", [statement(**UNKNOWN_KEY)], UNSURE),
    ("an operator that is not known", [statement(**account("NumericLessThan", "1"))], UNSURE),
    ("one statement is enough", [statement(**UNKNOWN_KEY), statement()], YES),
    ("a deny wins", [statement(), statement("Deny")], NO),
    ("a deny for others does not count", [statement(), statement("Deny", **account("StringEquals", "1"))], YES),
    ("a deny that cannot be judged", [statement(), statement("Deny", **UNKNOWN_KEY)], UNSURE),
]


@pytest.mark.parametrize(("statements", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_policy_answers(statements: list[dict[str, Any]], expected: Answer) -> None:
    cleaned = [{name: value for name, value in item.items() if value is not None} for item in statements]
    assert answer({"Statement": cleaned}, REQUEST) is expected


def test_a_single_statement_needs_no_list() -> None:
    assert answer({"Statement": statement()}, REQUEST) is YES
