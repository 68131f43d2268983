"""Field types: bounds and duplicates of lists, durations, texts that are cut."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mwaa_operator.api.fields import Duration, ListType, Message, Number, OpenObject, Token, seconds
from mwaa_operator.api.references import SecretKeyRef, ValueFrom

WORDS = TypeAdapter(Annotated[list[str], ListType("set", least=1, most=2)])
REFS = TypeAdapter(Annotated[list[SecretKeyRef], ListType("map", most=2, keys=("name",))])
ANY = TypeAdapter(Annotated[list[str], ListType("atomic", most=3)])

OPEN = TypeAdapter(Annotated[dict[str, Any], OpenObject(most=2)])


@pytest.mark.parametrize("items", [["a"], ["a", "b"]])
def test_a_set_takes_different_items_within_its_bounds(items: list[str]) -> None:
    assert WORDS.validate_python(items) == items


@pytest.mark.parametrize(("items", "problem"), [([], "1 to 2"), (["a", "b", "c"], "1 to 2"), (["a", "a"], "equal")])
def test_a_set_refuses_others(items: list[str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        WORDS.validate_python(items)


def ref(name: str, key: str) -> dict[str, Any]:
    return {"name": name, "key": key}


def test_a_map_list_tells_items_apart_by_their_keys() -> None:
    assert len(REFS.validate_python([ref("a", "x"), ref("b", "x")])) == 2
    with pytest.raises(ValidationError, match="by name"):
        REFS.validate_python([ref("a", "x"), ref("a", "y")])


def test_an_atomic_list_may_repeat_itself() -> None:
    assert ANY.validate_python(["a", "a"]) == ["a", "a"]


def test_true_is_no_number() -> None:
    numbers = TypeAdapter(Annotated[Literal[1, 3], Number])
    assert numbers.validate_python(1) == 1
    for wrong in (True, False, 2, "1"):
        with pytest.raises(ValidationError):
            numbers.validate_python(wrong)


def test_an_open_object_keeps_what_it_is_given_and_counts_its_members() -> None:
    members = {"a": None, "b": {"c": [1, 1.5, {}]}}
    assert OPEN.validate_python(members) == members
    with pytest.raises(ValidationError, match="at most 2 members, not 3"):
        OPEN.validate_python(members | {"d": 1})


def test_the_keys_of_a_map_list_are_wire_names() -> None:
    tasks = TypeAdapter(Annotated[list[ValueFrom], ListType("map", most=2, keys=("secretKeyRef",))])
    a, b = ({"secretKeyRef": ref(name, "x")} for name in "ab")
    assert len(tasks.validate_python([a, b])) == 2
    with pytest.raises(ValidationError, match="by secretKeyRef"):
        tasks.validate_python([a, a])


@pytest.mark.parametrize(("text", "expected"), [("90s", 90), ("2m", 120), ("1h30m", 5400), ("1h0m5s", 3605), ("0s", 0)])
def test_a_duration_in_seconds(text: str, expected: int) -> None:
    assert seconds(TypeAdapter(Duration).validate_python(text)) == expected


@pytest.mark.parametrize("text", ["", "5", "m", "1.5h", "-1m", "1m1h", "PT1H", "1 h", "1h\n", "10000s"])
def test_what_is_no_duration_is_refused_everywhere(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(text)
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)


@given(st.integers(0, 9999), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_counts_what_it_says(hours: int, minutes: int, rest: int) -> None:
    assert seconds(f"{hours}h{minutes}m{rest}s") == hours * 3600 + minutes * 60 + rest


def test_a_message_of_foreign_length_is_cut_and_says_so() -> None:
    cut = TypeAdapter(Message).validate_python("x" * 5000)
    assert len(cut) == 1024
    assert cut.endswith("…")


def test_a_long_annotation_is_remembered_by_its_beginning() -> None:
    assert len(TypeAdapter(Token).validate_python("x" * 5000)) == 256
    assert TypeAdapter(Token).validate_python("2026-11-21") == "2026-11-21"
