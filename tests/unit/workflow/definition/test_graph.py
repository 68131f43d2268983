"""Circles and what lies upstream."""

from __future__ import annotations

from graphlib import CycleError

import pytest

from mwaa_operator.workflow.definition.graph import ancestry, find_cycle
from tests.support.definitions import judge, task, workflow


def test_a_circle_is_told_in_the_order_of_waiting() -> None:
    assert find_cycle({"b": ("c",), "c": ("a",), "a": ("b",), "x": ("a",)}) == ("a", "b", "c")


def test_without_a_circle_there_is_none() -> None:
    assert find_cycle({"a": (), "b": ("a",), "c": ("a", "b")}) == ()


def test_people_read_who_waits_for_whom() -> None:
    tasks = {"load": task(dependencies=["check"]), "check": task(dependencies=["load"])}
    (finding,) = judge(workflow(tasks))
    assert finding.message == "check waits for load waits for check"


def test_upstream_goes_through_others() -> None:
    found = ancestry({"a": (), "b": ("a",), "c": ("b",), "d": ()})
    assert [name for name in "abcd" if name in found["c"]] == ["a", "b"]
    assert "nobody" not in found["c"]


def test_a_circle_has_no_upstream() -> None:
    with pytest.raises(CycleError):
        ancestry({"a": ("b",), "b": ("a",)})
