"""A rule is one sentence for two judges: the builders, and how a model applies them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field, ValidationError

from mwaa_operator.api.rules import Rule, Ruled, cel_text, exactly_one, given, immutable, shaped


class Host(Ruled):
    """A model with every sort of rule."""

    rules: ClassVar[tuple[Rule, ...]] = (
        shaped("hostName", pattern="[a-z]+", message="hostName must be letters: rename it"),
        given(
            "port", cel="self.port != 22", holds=lambda port: port != 22, message="port must not be 22: take another"
        ),
        immutable("hostName", message="hostName is immutable: create another"),
    )
    host_name: Annotated[str, Field(max_length=9)] | None = None
    """A name."""
    port: int | None = None
    """A port."""


def test_rules_about_absent_fields_hold() -> None:
    assert Host() == Host.model_validate({})


def test_every_broken_rule_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as refusal:
        Host(host_name="A", port=22)
    assert "rename it; port must not be 22" in str(refusal.value)


@pytest.mark.parametrize("name", ["a\n", "\na", "a b"])
def test_a_shape_is_about_the_whole_text(name: str) -> None:
    with pytest.raises(ValidationError, match="hostName must be letters"):
        Host(host_name=name)


def test_a_transition_rule_is_for_the_api_server_alone() -> None:
    assert [rule.transition for rule in Host.rules] == [False, False, True]


@pytest.mark.parametrize(
    ("rule", "cel"),
    [
        (immutable("a", message="m", always=True), "self.a == oldSelf.a"),
        (immutable("a", message="m"), "has(self.a) == has(oldSelf.a) && (!has(self.a) || self.a == oldSelf.a)"),
        (
            immutable("a", message="m", unless="oldSelf.b"),
            "oldSelf.b || has(self.a) == has(oldSelf.a) && (!has(self.a) || self.a == oldSelf.a)",
        ),
        (
            immutable("a.b", message="m"),
            "!has(self.a) && !has(oldSelf.a) || has(self.a) && has(oldSelf.a) && "
            "has(self.a.b) == has(oldSelf.a.b) && (!has(self.a.b) || self.a.b == oldSelf.a.b)",
        ),
        (exactly_one("a", "b", of="c", step="s"), "[has(self.a), has(self.b)].exists_one(given, given)"),
        (given("a", cel="self.a > 1", holds=bool, message="m"), "!has(self.a) || self.a > 1"),
        (shaped("a", pattern=r"[a-z]\.", message="m"), r"!has(self.a) || self.a.matches('^[a-z]\\.$')"),
    ],
)
def test_the_sentence_for_the_api_server(rule: Rule, cel: str) -> None:
    assert rule.cel == cel


class Ways(Ruled):
    """A model of which one member is set."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one("s3", "hostName", "port", of="way", step="keep one"),)
    s3: Annotated[str, Field(max_length=9)] | None = None
    """A file."""
    host_name: Annotated[str, Field(max_length=9)] | None = None
    """A name."""
    port: int | None = None
    """A port."""


@pytest.mark.parametrize("members", [{"s3": ""}, {"hostName": "a"}, {"port": 0}])
def test_one_of_several_is_enough(members: dict[str, Any]) -> None:
    Ways.model_validate(members)


@pytest.mark.parametrize("members", [{}, {"s3": "", "port": 0}, {"s3": "a", "hostName": "a", "port": 1}])
def test_none_or_several_is_refused_with_the_names_of_all(members: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="way must have exactly one of s3, hostName and port: keep one"):
        Ways.model_validate(members)


def test_a_text_in_cel_is_quoted() -> None:
    assert cel_text("it's a \\") == r"'it\'s a \\'"


def test_the_schema_leaves_out_what_is_the_default() -> None:
    assert Rule(cel="true", message="m").schema() == {"rule": "true", "message": "m"}
    assert immutable("a", message="m", always=True).schema() == {
        "rule": "self.a == oldSelf.a",
        "message": "m",
        "reason": "FieldValueForbidden",
        "fieldPath": ".a",
    }
