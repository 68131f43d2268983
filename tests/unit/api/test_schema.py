"""The emitter takes what a CRD can say, and refuses the rest by name."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field, create_model

from mwaa_operator.api.fields import ListType, OpenObject, Time
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.rules import Rule, Ruled
from mwaa_operator.api.schema import UnknownConstruct, filled, structural

Small = Annotated[int, Field(ge=0, le=9)]
Word = Annotated[str, Field(max_length=9)]


class Inner(ApiModel):
    """Inside."""

    word: Word = "hello"
    """A word."""
    count: Small | None = None
    """How many."""


class Keyed(ApiModel):
    """An item."""

    name: Word
    """A name."""


class Recursive(ApiModel):
    """A model that contains itself."""

    child: Recursive | None = None
    """A child."""


def one(annotation: Any, default: Any = ..., description: str = "A field.") -> Any:
    """Return the schema of a model's only field."""
    field = Field(default, description=description or None)
    model = create_model("Model", __base__=ApiModel, field=(annotation, field))
    return structural(model)["properties"]["field"]


TAKEN = {
    "an enum from a literal": (Literal["A", "B"], {"type": "string", "enum": ["A", "B"]}),
    "an enum of one": (Literal["A"], {"type": "string", "enum": ["A"]}),
    "numbers as an enum": (Literal[1, 3], {"type": "integer", "format": "int32", "enum": [1, 3]}),
    "a small integer": (Small, {"type": "integer", "format": "int32", "minimum": 0, "maximum": 9}),
    "a big integer": (
        Annotated[int, Field(ge=0, le=2**40)],
        {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**40},
    ),
    "a time": (Time, {"type": "string", "format": "date-time", "maxLength": 40}),
    "a boolean": (bool, {"type": "boolean"}),
    "a map": (
        Annotated[dict[str, Word], Field(max_length=3)],
        {"type": "object", "maxProperties": 3, "additionalProperties": {"type": "string", "maxLength": 9}},
    ),
    "an open object": (
        Annotated[dict[str, Any], OpenObject(most=3)],
        {"type": "object", "maxProperties": 3, "x-kubernetes-preserve-unknown-fields": True},
    ),
    "a set": (
        Annotated[list[Word], ListType("set", least=1, most=3)],
        {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "x-kubernetes-list-type": "set",
            "items": {"type": "string", "maxLength": 9},
        },
    ),
}


@pytest.mark.parametrize(("annotation", "expected"), TAKEN.values(), ids=TAKEN.keys())
def test_what_a_crd_can_say_is_emitted(annotation: Any, expected: dict[str, Any]) -> None:
    assert one(annotation) == {"description": "A field."} | expected


@pytest.mark.parametrize(("annotation", "expected"), TAKEN.values(), ids=TAKEN.keys())
def test_optional_loses_null_and_its_default(annotation: Any, expected: dict[str, Any]) -> None:
    assert one(annotation | None, None) == {"description": "A field."} | expected


REFUSED = {
    "a float": (float, "type 'number'"),
    "anything": (Any, "type None"),
    "an open map": (dict[str, Any], "without members"),
    "an open object without a bound": (
        Annotated[dict[str, Any], Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True})],
        "no maxProperties",
    ),
    "a map without a bound": (dict[str, Word], "maxProperties"),
    "a text without a bound": (str, "maxLength"),
    "an integer without an upper bound": (Annotated[int, Field(ge=0)], "maximum"),
    "an exclusive bound": (Annotated[int, Field(gt=0, le=9)], "exclusiveMinimum"),
    "a multiple": (Annotated[int, Field(ge=0, le=9, multiple_of=3)], "multipleOf"),
    "a list without a type": (Annotated[list[Word], Field(max_length=3)], "list type"),
    "a Python set": (Annotated[set[Word], Field(max_length=3)], "uniqueItems"),
    "a pair": (tuple[Word, Word], "prefixItems"),
    "a union": (Word | Small, "union"),
    "a union of models": (Inner | Keyed, "union"),
    "look-ahead": (Annotated[str, Field(max_length=9, json_schema_extra={"pattern": "^(?!a)"})], "pattern"),
    "a class that differs between engines": (Annotated[str, Field(max_length=9, pattern=r"^\d$")], r"\d"),
    "a format that the API server does not check": (
        Annotated[str, Field(max_length=9, json_schema_extra={"format": "uuid"})],
        "format uuid",
    ),
    "a map-list whose key may be absent": (
        Annotated[list[Inner], ListType("map", most=3, keys=("word",))],
        "not required",
    ),
    "a keyword nobody knows": (
        Annotated[str, Field(max_length=9, json_schema_extra={"contentEncoding": "base64"})],
        "contentEncoding",
    ),
}


@pytest.mark.parametrize(("annotation", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_what_a_crd_cannot_say_is_refused_by_name_and_path(annotation: Any, problem: str) -> None:
    with pytest.raises(UnknownConstruct) as refusal:
        one(annotation)
    assert problem in str(refusal.value)
    assert refusal.value.path.startswith("field")


def test_a_field_without_a_description_is_refused() -> None:
    with pytest.raises(UnknownConstruct, match="no description"):
        one(Word, description="")


def test_a_model_that_contains_itself_is_refused() -> None:
    with pytest.raises(UnknownConstruct, match="contains itself"):
        structural(Recursive)


def test_an_object_without_members_is_emitted_as_such() -> None:
    empty = create_model("Empty", __base__=ApiModel, __doc__="Nothing.")
    assert one(empty | None, None) == {"type": "object", "description": "A field.", "properties": {}}


def test_the_same_model_twice_is_inlined_twice() -> None:
    model = create_model(
        "Model", __base__=ApiModel, a=(Inner, Field(description="A.")), b=(Inner, Field(description="B."))
    )
    a, b = structural(model)["properties"].values()
    assert a["properties"] == b["properties"]


def test_the_default_of_an_object_is_what_its_members_bring() -> None:
    schema = one(Inner, Inner())
    assert schema["default"] == filled(schema) == {"word": "hello"}


def test_a_default_that_its_members_do_not_bring_is_refused() -> None:
    with pytest.raises(UnknownConstruct, match="default"):
        one(Inner, Inner(word="bye"))


def test_descriptions_are_one_line() -> None:
    assert one(Word, description="Over\n    two lines.")["description"] == "Over two lines."


def test_members_of_the_root_can_be_left_out() -> None:
    assert structural(Inner, skip=frozenset({"word"}))["properties"].keys() == {"count"}


def test_a_rule_travels_with_its_model() -> None:
    class Pair(Ruled):
        """Two of them."""

        rules: ClassVar[tuple[Rule, ...]] = (
            Rule(
                cel="self.a <= self.b", message="a must not exceed b: lower a", field="a", holds=lambda it: it.a <= it.b
            ),
        )
        a: Small
        """One."""
        b: Small
        """Other."""

    assert structural(Pair)["x-kubernetes-validations"] == [
        {"rule": "self.a <= self.b", "message": "a must not exceed b: lower a", "fieldPath": ".a"}
    ]


def test_a_rule_that_blames_a_field_that_does_not_exist_is_refused() -> None:
    class Wrong(Ruled):
        """A model."""

        rules: ClassVar[tuple[Rule, ...]] = (Rule(cel="true", message="x", field="b", holds=lambda _: True),)
        a: Small
        """One."""

    with pytest.raises(UnknownConstruct, match="does not exist"):
        structural(Wrong)
