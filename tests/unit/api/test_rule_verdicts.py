"""The models' half of the table of rules; the API server's half is in tests/contract/test_crds.py."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mwaa_operator.api.resource import Resource
from tests.support.kinds import EVERY_DEFINITION
from tests.support.rule_cases import MODELS, all_cases
from tests.support.rulecase import Case

CASES = all_cases()


def root(case: Case) -> type[Resource]:
    kind = case.build()["kind"]
    return next(definition.model for definition in EVERY_DEFINITION if definition.info.kind == kind)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_keeps_the_rule_is_valid(case: Case) -> None:
    for body in case.kept():
        root(case).model_validate(body)


@pytest.mark.parametrize("case", [case for case in CASES if not case.rule.transition], ids=str)
def test_what_breaks_the_rule_is_refused_with_its_message_alone(case: Case) -> None:
    for body in case.broken():
        with pytest.raises(ValidationError) as refusal:
            root(case).model_validate(body)
        (error,) = refusal.value.errors()
        others = [rule.message for model in MODELS for rule in model.rules if rule.message != case.rule.message]
        assert case.rule.message in error["msg"]
        assert not [other for other in others if other in error["msg"]]


def test_every_rule_has_a_case() -> None:
    told = {(case.model, case.rule.message) for case in CASES}
    assert {(model, rule.message) for model in MODELS for rule in model.rules} == told


def test_every_message_names_its_field_and_the_next_step() -> None:
    for rule in (rule for model in MODELS for rule in model.rules):
        assert rule.field.rpartition(".")[2] in rule.message
        assert ": " in rule.message, "the next step comes after a colon"
        assert len(rule.message) <= 300


def test_no_rule_is_told_twice() -> None:
    for model in MODELS:
        messages = [rule.message for rule in model.rules]
        assert len(messages) == len(set(messages))
