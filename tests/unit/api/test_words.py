"""Numbers in sentences."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from mwaa_operator.api.words import counted

ROOT = Path(__file__).parents[3]
LEFT = re.compile(r"\b[a-z]+\(s\)")
"""A plural in brackets; a call begins with a capital where our texts name one."""


@pytest.mark.parametrize(
    ("number", "many", "said"),
    [
        (0, None, "0 runs"),
        (1, None, "1 run"),
        (2, None, "2 runs"),
        (11, "oxen", "11 oxen"),
        (1, "oxen", "1 run"),
    ],
)
def test_a_thing_has_the_form_that_its_number_asks_for(number: int, many: str | None, said: str) -> None:
    assert counted(number, "run", many) == said


def test_the_verb_follows_too() -> None:
    assert [counted(number, "run is", "runs are") for number in (1, 2)] == ["1 run is", "2 runs are"]


def test_no_sentence_of_the_operator_leaves_the_plural_to_its_reader() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {node.value!r}"
        for path in sorted(ROOT.glob("operator/**/*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and LEFT.search(node.value)
    ]
    assert found == []
