"""Sensitive values stay out of sight: in requests, in answers, and in what AWS says about them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from mwaa_operator.api.failure import Failure, FailureKind, FieldProblem
from mwaa_operator.aws.scrub import MAX_MESSAGE, bounded, scrub
from mwaa_operator.aws.secretvalues import STARS, masked, revealed, secret_texts, withheld

SECRET = "hunter2-hunter2"


def failed(message: str, *fields: FieldProblem) -> Failure:
    return Failure(FailureKind.INVALID, "mwaa-serverless:CreateWorkflow", "ValidationException", message, fields=fields)


def test_a_request_is_opened_to_its_last_leaf() -> None:
    request = {"a": SecretStr("1"), "b": {"c": [SecretStr("2"), {"d": SecretStr("3")}]}, "e": 4, "f": None}
    assert revealed(request) == {"a": "1", "b": {"c": ["2", {"d": "3"}]}, "e": 4, "f": None}


def test_an_answer_without_variables_is_left_as_it_is() -> None:
    for answer in ({"Name": "x"}, {"Name": "x", "Environment": {}}):
        assert masked(answer) == answer


@pytest.mark.parametrize(
    "value",
    [SECRET, {"x": SECRET}, {"x": [{"y": SECRET}]}, {"x": SecretStr(SECRET)}, [SECRET], {"x": f"{SECRET} and more"}],
)
def test_every_leaf_of_a_value_is_secret(value: object) -> None:
    assert any(SECRET in text for text in secret_texts(value))


def test_names_switches_and_short_values_are_no_secrets() -> None:
    assert secret_texts({"a-long-name": {"another-name": True}, "x": None, "y": "abc", "z": 12}) == frozenset()


def test_numbers_are_secrets_too() -> None:
    assert secret_texts({"pin": 48151623}) == {"48151623"}


SPOKEN = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=60).filter(
    lambda text: len(scrub(text)) >= 8 and STARS not in text
)


@given(value=SPOKEN, before=st.text("abc ", max_size=30), after=st.text("xyz ", max_size=30))
def test_a_value_is_found_in_what_becomes_of_a_text_that_quotes_it(value: str, before: str, after: str) -> None:
    texts = secret_texts({"x": value})
    for quoted in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        told = withheld(failed(scrub(f"{before}'{quoted}'{after}")), texts).message
        assert quoted not in told
        assert scrub(quoted) not in told


def test_of_two_values_the_one_that_holds_the_other_goes_first() -> None:
    texts = secret_texts(["hunter", "hunter2-hunter2"])
    assert withheld(failed("not 'hunter2-hunter2' nor 'hunter'"), texts).message == f"not '{STARS}' nor '{STARS}'"


@pytest.mark.parametrize("cut", range(1, len(SECRET)))
def test_a_value_that_was_cut_off_at_the_end_of_a_text_is_not_told_either(cut: int) -> None:
    message = bounded("x" * (MAX_MESSAGE - 1 - cut) + SECRET + "y" * 50)
    told = withheld(failed(message), secret_texts(SECRET)).message
    assert told.endswith("…")
    assert SECRET[:4] not in told
    assert len(told) <= MAX_MESSAGE


def test_a_text_that_only_begins_like_a_value_is_left_alone() -> None:
    assert withheld(failed("not good: hunt"), secret_texts(SECRET)).message == "not good: hunt"


def test_what_is_said_about_a_member_is_cleaned_as_well() -> None:
    failure = withheld(failed("bad", FieldProblem("x", f"not {SECRET}")), secret_texts(SECRET))
    assert failure.fields == (FieldProblem("x", f"not {STARS}"),)
