"""Java's rules for text and numbers; the expectations are what a running Java 17 answers."""

from __future__ import annotations

import math

import pytest

from mwaa_operator.gateway.bpg.javatext import (
    LONG_MAX,
    LONG_MIN,
    double_text,
    equals_ignore_case,
    parse_double,
    parse_long,
    rounded,
    split_at_dots,
    trimmed,
)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("phi", "PHI", True),
        ("phi", "phi ", False),
        ("", "", True),
        ("phi", None, False),
        ("i", "\u0130", True),
        ("I", "\u0131", True),
        ("k", "\u212a", True),
        ("s", "\u017f", True),
        ("\u00df", "ss", False),
        ("\u00df", "\u1e9e", True),
        ("\u03c3", "\u03c2", True),
        ("\u0410", "A", False),
    ],
)
def test_case(left: str, right: str | None, same: bool) -> None:
    assert equals_ignore_case(left, right) is same


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("a", ["a"]),
        (".", []),
        ("..", []),
        (".a", ["", "a"]),
        ("a.", ["a"]),
        ("a..b", ["a", "", "b"]),
        ("..a..", ["", "", "a"]),
        (". ", ["", " "]),
    ],
)
def test_split(text: str, parts: list[str]) -> None:
    assert split_at_dots(text) == parts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("+5", 5),
        ("-5", -5),
        ("\u0663", 3),
        (str(LONG_MIN), LONG_MIN),
        *((text, None) for text in ("", "-", "+", "1200m", str(LONG_MAX + 1), "0x1", " 1", "1_0", "1.0", "9" * 9999)),
    ],
)
def test_parse_long(text: str, number: int | None) -> None:
    assert parse_long(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        (" 1 ", 1.0),
        ("1f", 1.0),
        ("1.5d", 1.5),
        ("1e3", 1000.0),
        ("0x1p3", 8.0),
        ("0x1.8p1f", 3.0),
        ("-0x1p9999", -math.inf),
        ("-Infinity", -math.inf),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e400", math.inf),
        *((text, None) for text in ("", "x", "1_0", "0x10", "1e", "--1", "1.2.3", "\u0663", "true", "inf", "nan")),
    ],
)
def test_parse_double(text: str, number: float | None) -> None:
    assert parse_double(text) == number


def test_parse_nan() -> None:
    assert math.isnan(parse_double("NaN") or 0)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.5, "0.5"),
        (1000.0, "1000.0"),
        (3.1, "3.1"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (123456789.125, "1.23456789125E8"),
        (0.001, "0.001"),
        (1e-4, "1.0E-4"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (-1.5e300, "-1.5E300"),
        (1e21, "1.0E21"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_double_text(number: float, text: str) -> None:
    assert double_text(number) == text


@pytest.mark.parametrize(
    ("number", "whole"),
    [
        (0.5, 1),
        (1.5, 2),
        (2.5, 3),
        (-0.5, 0),
        (-1.5, -1),
        (0.49999999999999994, 0),
        (math.nan, 0),
        (1e30, LONG_MAX),
        (-math.inf, LONG_MIN),
        (math.inf, LONG_MAX),
    ],
)
def test_rounded(number: float, whole: int) -> None:
    assert rounded(number) == whole


def test_trimmed() -> None:
    assert trimmed("\x00\t a\u00a0 ") == "a\u00a0"
