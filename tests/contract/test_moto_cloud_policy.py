"""The policy evaluator: allow, deny, wildcards, Not… forms, principals, conditions (IAM user guide)."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.aws.moto.policy import Decision, Question, decide


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": "*", **members}


def verdict(*statements: dict[str, Any], **question: Any) -> Decision:
    asked = {"action": "s3:GetObject", "resource": "arn:aws:s3:::bucket/key", **question}
    return decide([{"Statement": list(statements)}], Question(**asked))


ALLOWED, DENIED, UNSAID = Decision.ALLOWED, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY

CASES: list[tuple[str, dict[str, Any], dict[str, Any], Decision]] = [
    ("an allow allows", statement(), {}, ALLOWED),
    ("actions ignore case", statement(Action="S3:getobject"), {}, ALLOWED),
    ("another action", statement(Action="s3:PutObject"), {}, UNSAID),
    ("a wildcard action", statement(Action=["s3:Get*"]), {}, ALLOWED),
    ("a question mark is one character", statement(Action="s3:GetObjec?"), {}, ALLOWED),
    ("a resource prefix", statement(Resource="arn:aws:s3:::bucket/*"), {}, ALLOWED),
    ("resources respect case", statement(Resource="arn:aws:s3:::BUCKET/*"), {}, UNSAID),
    ("NotAction spares what it names", {"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, {}, UNSAID),
    ("NotAction covers the rest", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, {}, ALLOWED),
    (
        "NotResource spares what it names",
        {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::bucket/*"},
        {},
        UNSAID,
    ),
    ("a condition without its key", statement(Condition={"StringEquals": {"aws:a": "1"}}), {}, UNSAID),
    (
        "a condition that holds",
        statement(Condition={"StringEquals": {"aws:A": ["0", "1"]}}),
        {"context": {"aws:a": ["1"]}},
        ALLOWED,
    ),
    ("IfExists without its key", statement(Condition={"StringEqualsIfExists": {"aws:a": "1"}}), {}, ALLOWED),
    ("a negated condition without its key", statement(Condition={"StringNotEquals": {"aws:a": "1"}}), {}, ALLOWED),
    (
        "a negated condition that is broken",
        statement(Condition={"StringNotLike": {"aws:a": "1*"}}),
        {"context": {"aws:a": ["12"]}},
        UNSAID,
    ),
    ("Null asks for absence", statement(Condition={"Null": {"aws:a": "true"}}), {}, ALLOWED),
    ("Bool", statement(Condition={"Bool": {"aws:a": True}}), {"context": {"aws:a": ["true"]}}, ALLOWED),
    (
        "ForAllValues",
        statement(Condition={"ForAllValues:StringLike": {"aws:a": "x*"}}),
        {"context": {"aws:a": ["x1", "y"]}},
        UNSAID,
    ),
    ("a principal by account", statement(Principal={"AWS": "1"}), {"principal": frozenset({"1"})}, ALLOWED),
    ("another principal", statement(Principal={"AWS": ["2"]}), {"principal": frozenset({"1"})}, UNSAID),
    ("everybody", statement(Principal="*"), {}, ALLOWED),
]


@pytest.mark.parametrize(("said", "asked", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_statement_decides(said: dict[str, Any], asked: dict[str, Any], expected: Decision) -> None:
    assert verdict(said, **asked) is expected


def test_an_explicit_deny_beats_every_allow() -> None:
    assert verdict(statement(Action="*"), statement("Deny", Action="s3:*")) is DENIED


def test_an_unknown_condition_operator_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(ValueError, match="DateGreaterThan"):
        verdict(statement(Condition={"DateGreaterThan": {"aws:a": "1"}}), context={"aws:a": ["1"]})
