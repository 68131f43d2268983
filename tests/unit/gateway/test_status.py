"""The status of a gateway: what it keeps, and that it stays small whatever is written into it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.api.emit import root_schema
from mwaa_operator.api.fitting import size
from mwaa_operator.gateway.api import DEFINITION, SparkGatewayStatus
from mwaa_operator.gateway.fit import CUTS, MAX_BYTES, fitted
from mwaa_operator.gateway.status import ABNORMAL, NORMAL, ClusterStatus, Finding
from tests.support.spark_status import largest_gateway

WIDE = "\N{ROCKET}"
"""Four bytes in UTF-8."""
WHOLE = [largest_gateway(text, annotation="x") for text in ("x", WIDE)]
REMEMBERED = ("activeRevision", "stagedRevision", "operation", "queueKeys", "lastRolloutAt", "lastHandledRetryAt")
"""What a pass decides by: never cut."""


def test_the_largest_status_leaves_no_member_out() -> None:
    members = root_schema(DEFINITION)["properties"]["status"]["properties"]
    assert set(largest_gateway("x")) == set(members)


@pytest.mark.parametrize(
    ("text", "annotation"),
    [("x", ""), ("ü", ""), ("€", ""), (WIDE, "x"), ("<", "x"), ("\x01", "x")],
    ids=["1 byte", "2 bytes", "3 bytes", "4 bytes", "6 bytes, as Go writes it", "6 bytes, as everybody writes it"],
)
def test_the_largest_status_is_brought_within_its_limit(text: str, annotation: str) -> None:
    whole = largest_gateway(text, annotation=annotation)
    assert size(whole) > 2 * MAX_BYTES, "else this test shows nothing"
    assert size(fitted(whole)) <= MAX_BYTES


@pytest.mark.parametrize("text", ["x", WIDE])
def test_no_id_of_an_entry_is_forgotten_and_nothing_else_that_a_pass_decides_by(text: str) -> None:
    whole = largest_gateway(text, annotation="x")
    cut = fitted(whole)
    for name in REMEMBERED:
        assert cut[name] == whole[name], name
    for part, names in {
        "entries": ("id", "identity", "mode"),
        "setAside": ("route", "hash", "since"),
        "clusters": ("name", "healthy", "serving", "since", "tokenExpiresAt", "windowUntil"),
    }.items():
        assert [[item[name] for name in names] for item in cut[part]] == [
            [item[name] for name in names] for item in whole[part]
        ]
    assert {"revision", "state"} <= cut["proof"].keys()
    assert [item["reason"] for item in cut["conditions"]] == [item["reason"] for item in whole["conditions"]]


def test_a_gateway_of_sixty_entries_and_four_clusters_shows_all_of_them() -> None:
    usual = largest_gateway("x", entries=60)
    usual |= {name: usual[name][:4] for name in ("clusters", "setAside", "warnings")}
    assert fitted(usual)["entries"] == usual["entries"]


@settings(deadline=None)
@given(whole=st.sampled_from(WHOLE), kept=st.sets(st.sampled_from(sorted(WHOLE[0]))))
def test_whatever_is_left_fits_is_valid_and_is_not_cut_again(whole: dict[str, Any], kept: set[str]) -> None:
    status = {name: value for name, value in whole.items() if name in kept}
    cut = fitted(status)
    assert size(cut) <= MAX_BYTES
    assert SparkGatewayStatus.model_validate(cut).wire() == cut
    assert fitted(cut) == cut


def test_every_cut_is_about_a_member_that_there_is() -> None:
    status = root_schema(DEFINITION)["properties"]["status"]
    for path, _ in CUTS:
        node = status
        for name in path.split("."):
            node = node["items"] if name == "[]" else node["properties"][name]


def test_the_polarity_of_every_condition_is_declared_once() -> None:
    assert len({*NORMAL, *ABNORMAL}) == len(NORMAL) + len(ABNORMAL)
    assert set(ABNORMAL) == {"Reconciling", "Stalled", "Degraded"}


def test_texts_of_others_are_cut_and_not_refused() -> None:
    long = "x" * 5000
    assert len(ClusterStatus(name="a", message=long).message or "") == 256
    assert len(Finding(probe="Queue", subject="a", answered=long).answered or "") == 256


def test_a_status_that_a_newer_operator_wrote_is_read_all_the_same() -> None:
    read = SparkGatewayStatus.model_validate({"url": "http://a", "mood": "good", "clusters": [{"name": "a", "new": 1}]})
    assert read.wire() == {"url": "http://a", "clusters": [{"name": "a"}]}
