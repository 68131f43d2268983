"""The status of a route: what it keeps, and that it stays small whatever is written into it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.api.emit import root_schema
from mwaa_operator.api.fitting import size
from mwaa_operator.route.api import DEFINITION, SparkJobRouteStatus
from mwaa_operator.route.fit import CUTS, MAX_BYTES, fitted
from mwaa_operator.route.status import ABNORMAL, NORMAL, QueueStatus, TargetStatus
from tests.support.spark_status import largest_route

WIDE = "\N{ROCKET}"
"""Four bytes in UTF-8."""
WHOLE = [largest_route(text, annotation="x") for text in ("x", WIDE)]
REMEMBERED = ("gateway", "revision", "tokens", "drain", "tombstones", "lastHandledRetryAt", "waiting", "healthyTargets")
"""What the gateway's pass decides by: never cut."""


def test_the_largest_status_leaves_no_member_out() -> None:
    members = root_schema(DEFINITION)["properties"]["status"]["properties"]
    assert set(largest_route("x")) == set(members)


@pytest.mark.parametrize(
    ("text", "annotation"),
    [("x", ""), ("ü", ""), ("€", ""), (WIDE, "x"), ("<", "x"), ("\x01", "x")],
    ids=["1 byte", "2 bytes", "3 bytes", "4 bytes", "6 bytes, as Go writes it", "6 bytes, as everybody writes it"],
)
def test_the_largest_status_is_brought_within_its_limit(text: str, annotation: str) -> None:
    whole = largest_route(text, annotation=annotation)
    assert size(whole) > 2 * MAX_BYTES, "else this test shows nothing"
    assert size(fitted(whole)) <= MAX_BYTES


@pytest.mark.parametrize("text", ["x", WIDE])
def test_nothing_is_cut_that_is_remembered(text: str) -> None:
    whole = largest_route(text, annotation="x")
    cut = fitted(whole)
    for name in REMEMBERED:
        assert cut[name] == whole[name], name
    for kept, before in zip(cut["targets"], whole["targets"], strict=True):
        assert {name: kept[name] for name in ("name", "entry", "mode", "share", "healthy")}.items() <= before.items()
    assert [item["reason"] for item in cut["conditions"]] == [item["reason"] for item in whole["conditions"]]


def test_a_route_with_two_targets_and_three_queues_loses_nothing() -> None:
    whole = largest_route("x")
    usual = {name: whole[name] for name in ("gateway", "url", "split", "revision", "tokens", "drain")}
    usual |= {"targets": whole["targets"][:2], "queues": whole["queues"][:3], "conditions": whole["conditions"][:2]}
    assert fitted(usual) == usual


@settings(deadline=None)
@given(whole=st.sampled_from(WHOLE), kept=st.sets(st.sampled_from(sorted(WHOLE[0]))))
def test_whatever_is_left_fits_is_valid_and_is_not_cut_again(whole: dict[str, Any], kept: set[str]) -> None:
    status = {name: value for name, value in whole.items() if name in kept}
    cut = fitted(status)
    assert size(cut) <= MAX_BYTES
    assert SparkJobRouteStatus.model_validate(cut).wire() == cut
    assert fitted(cut) == cut


def test_every_cut_is_about_a_member_that_there_is() -> None:
    status = root_schema(DEFINITION)["properties"]["status"]
    for path, _ in CUTS:
        node = status
        for name in path.split("."):
            node = node["items"] if name == "[]" else node["properties"][name]


def test_the_polarity_of_every_condition_is_declared_once() -> None:
    assert len({*NORMAL, *ABNORMAL}) == len(NORMAL) + len(ABNORMAL)
    assert set(ABNORMAL) == {"Reconciling", "Stalled"}


def test_texts_of_others_are_cut_and_not_refused() -> None:
    long = "x" * 5000
    assert len(TargetStatus(name="a", message=long).message or "") == 256
    assert len(QueueStatus(name="a", split=long, error=long).split or "") == 1536


def test_a_status_that_a_newer_operator_wrote_is_read_all_the_same() -> None:
    read = SparkJobRouteStatus.model_validate({"split": "a=1", "mood": "good", "targets": [{"name": "a", "new": 1}]})
    assert read.wire() == {"split": "a=1", "targets": [{"name": "a"}]}
