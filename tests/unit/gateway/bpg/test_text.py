"""From the text of a file to a document: scalars of YAML 1.1 as BPG's parser takes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mwaa_operator.gateway.bpg.config import StartFailure
from mwaa_operator.gateway.bpg.text import MAX_CODE_POINTS, read


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("3.10", 3.1),
        ("3.5.1", "3.5.1"),
        ("'50'", "50"),
        ('"3.10"', "3.10"),
        ("1.9", 1.9),
        ("0.50", 0.5),
        ("1e3", 1000.0),
        ("1.5e-3", 0.0015),
        (".5", 0.5),
        ("0x10", 16),
        ("-0x10", -16),
        ("010", 8),
        ("0b11", 3),
        ("08", "08"),
        ("01", 1),
        ("1_000", 1000),
        ("+7", 7),
        ("-7", -7),
        ("0", 0),
        ("12:30", "12:30"),
        ("2020-01-01", "2020-01-01"),
        ("yes", True),
        ("Off", False),
        ("y", "y"),
        ("", None),
        ("~", None),
        ("null", None),
        ("!!str 3.10", "3.10"),
        ("!!int '5'", 5),
        ("!!float '5'", 5.0),
        ("'a\\/b'", "a\\/b"),
        ('"a\\\\/b"', "a\\/b"),
        ("!odd 5", "5"),
        ("|\n  3.10\n", "3.10\n"),
        ("0x", "0x"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_scalars(written: str, found: Any) -> None:
    value = read(f"a: {written}\n")["a"]
    assert (value, type(value)) == (found, type(found))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\na: 2\n", {"a": 2}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("yes: 1\n3.10: 2\n", {"yes": 1, "3.10": 2}),
        ("a: &x {b: 1}\nc: *x\n", {"a": {"b": 1}, "c": "x"}),
        ("a: &x {b: 1}\nc: {<<: *x}\n", {"a": {"b": 1}, "c": {"<<": "x"}}),
        ("a: 1\n---\nb: 2\n", {"a": 1}),
        ("- [1, [2]]\n- {a: [null]}\n", [[1, [2]], {"a": [None]}]),
        ("", None),
        ("# only words\n", None),
    ],
)
def test_documents(text: str, found: Any) -> None:
    assert read(text) == found


def test_json_is_read_with_what_yaml_does_not_have() -> None:
    document = {"a": "\U0001f600", "b": "\ud800", "c": "a/b", "d": [1.0, None, True], "e": "\\/"}
    assert read(json.dumps(document)) == document


@pytest.mark.parametrize(
    "text",
    [
        ".inf",
        "a: .NaN",
        "a: 1:30.5",
        'a: "b\\/c"',
        '{"a": "b\\/c"}',
        "a: [",
        "a: 1\n b: 2\n",
        "\t",
        "? [a]\n: 1\n",
        "{[a]: 1}",
        "a: \x00",
        "%",
        "@x",
    ],
)
def test_what_is_no_yaml_is_a_start_failure(text: str) -> None:
    found = read(text)
    assert isinstance(found, StartFailure)
    assert found.message.startswith("Malformed YAML")


def test_a_deep_text_hurts_nobody() -> None:
    assert isinstance(read("[" * 100_000 + "]" * 100_000), StartFailure)
    assert isinstance(read("{a: " * 100_000), StartFailure)
    assert read("{a: " * 500 + "}" * 500) is not None


def test_a_text_that_is_too_long_is_a_start_failure() -> None:
    assert isinstance(read("#" * (MAX_CODE_POINTS + 1)), StartFailure)
    assert read("#" * MAX_CODE_POINTS) is None
