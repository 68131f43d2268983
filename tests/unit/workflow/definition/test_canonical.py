"""The bytes that are uploaded: the same content gives the same bytes, and bytes that a person gave stay as they are."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
import yaml

from mwaa_operator.workflow.definition.canonical import canonical, digest
from tests.support.definitions import EMPTY, judge_text, workflow

OBJECT: dict[str, Any] = {
    "orders": {
        "tasks": {
            "load": {"operator": EMPTY, "retries": 2, "dependencies": ["b", "a"], "text": "é: {{ ds }}\n- x\n"},
            "a": {"operator": EMPTY, "ratio": 0.5, "account": "012345678901", "flag": True, "nothing": None},
            "b": {"operator": EMPTY, "date": "2026-01-01", "yes": "no", "empty": {}, "sexagesimal": "1:30"},
        },
        "schedule": "None",
        "params": {},
    }
}
TEXT = f"""orders:
  params: {{}}
  schedule: null
  tasks:
    a:
      account: '012345678901'
      flag: true
      nothing: null
      operator: {EMPTY}
      ratio: 0.5
    b:
      date: '2026-01-01'
      empty: {{}}
      operator: {EMPTY}
      sexagesimal: '1:30'
      'yes': 'no'
    load:
      dependencies:
      - b
      - a
      operator: {EMPTY}
      retries: 2
      text: 'é: {{{{ ds }}}}

        - x

        '
"""


def test_an_object_is_written_in_one_way() -> None:
    """Byte for byte: another spelling of the same object would be a new version of every workflow."""
    assert canonical(OBJECT).decode() == TEXT


def test_what_is_written_says_what_the_object_says() -> None:
    assert yaml.safe_load(canonical(OBJECT)) == {"orders": OBJECT["orders"] | {"schedule": None}}


@pytest.mark.parametrize("schedule", [None, "None", "none", "", " None "])
def test_no_schedule_has_one_spelling(schedule: str | None) -> None:
    assert canonical(workflow(schedule=schedule)) == canonical(workflow(schedule=None))


@pytest.mark.parametrize("schedule", ["@daily", " @daily", 5, {"a": 1}])
def test_another_schedule_is_left_as_it_is(schedule: Any) -> None:
    assert yaml.safe_load(canonical(workflow(schedule=schedule)))["w"]["schedule"] == schedule


@pytest.mark.parametrize("dag", [None, "x", [1]])
def test_what_is_no_workflow_is_written_all_the_same(dag: Any) -> None:
    assert yaml.safe_load(canonical({"w": dag})) == {"w": dag}


def test_long_lines_are_not_broken() -> None:
    words = "word " * 1000 + "end"
    assert words in canonical(workflow(description=words)).decode()


@pytest.mark.parametrize(
    "text", ["\x85", "a\x85b", "0\x85", "\u2028", "a\u2029 b", "\x85\n", "\ufeff", "\x00", "\x7f"], ids=ascii
)
def test_characters_that_yaml_takes_for_line_breaks_are_kept(text: str) -> None:
    written = canonical({"orders": {"tasks": {text: {"operator": EMPTY, "text": text}}}})
    (task_id,) = yaml.safe_load(written)["orders"]["tasks"]
    assert task_id == text
    assert yaml.safe_load(written)["orders"]["tasks"][text]["text"] == text


def test_values_that_are_the_same_object_are_written_twice() -> None:
    shared = {"operator": EMPTY}
    assert b"&" not in canonical(workflow({"a": shared, "b": shared}))


@pytest.mark.parametrize("source", ["# mine\nw: {b: 1, a: 2}\n", "é", "\ufeffa", ""])
def test_text_stays_as_it_is(source: str) -> None:
    assert canonical(source) == canonical(source.encode()) == source.encode()


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    assert canonical(b"\xff\x00") == b"\xff\x00"


def test_a_lone_surrogate_is_left_for_the_validator() -> None:
    (finding,) = judge_text(canonical("w: \ud800")).findings
    assert finding.code == "NotUtf8"


def test_an_object_that_is_nested_too_deeply_is_refused() -> None:
    deep: Any = 1
    for _ in range(3000):
        deep = [deep]
    with pytest.raises(ValueError, match="too deeply"):
        canonical({"w": deep})


def test_the_digest_is_of_the_bytes() -> None:
    assert digest(b"a") == sha256(b"a").hexdigest()
    assert digest(canonical(OBJECT)) == digest(TEXT.encode())
