"""Pointers, quotes and lists in findings."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mwaa_operator.workflow.definition.findings import POINTER, SHOWN, listed, pointer, printable, shown


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), ""),
        (("a", "b"), "/a/b"),
        (("a", 0, None, True), "/a/0/null/true"),
        (("a/b", "~", "~1"), "/a~1b/~0/~01"),
        (("",), "/"),
        (("ä b",), "/ä b"),
        (("a\n",), "/'a\\n'"),
    ],
)
def test_a_pointer_is_that_of_the_standard(parts: tuple[object, ...], expected: str) -> None:
    assert pointer(*parts) == expected


def test_a_pointer_that_is_too_long_is_cut() -> None:
    assert len(pointer("a" * POINTER)) == len(pointer("a", "b" * POINTER)) == POINTER


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "'a'"),
        ("\x1b[31m", r"'\x1b[31m'"),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        (10**400, "a very large number"),
        ({}, "a mapping"),
        ([1], "a list"),
        (date(2026, 1, 1), "2026-01-01"),
    ],
)
def test_a_value_is_shown(value: Any, expected: str) -> None:
    assert shown(value) == expected


def test_a_long_value_is_cut() -> None:
    assert len(shown("x" * 1000)) == SHOWN


def test_a_long_list_is_counted() -> None:
    assert listed("abc", most=2) == "a, b and 1 more"
    assert listed("ab", most=2) == "a, b"


def test_what_does_not_print_is_escaped() -> None:
    assert printable("a\u202eb\n") == r"a\u202eb\n"
    assert printable("ä") == "ä"
