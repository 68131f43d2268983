"""When a token that was made is due, and the Secret that it is in. Not covered: who asks for it."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from mwaa_operator.gateway.cluster import Cluster
from mwaa_operator.gateway.clusters.minted import (
    EXPIRES_AT,
    ISSUED_AT,
    TOKEN_OF,
    Minted,
    minted_secret,
    read_minted,
    subject,
)
from mwaa_operator.gateway.plan.timings import RolloutTimings
from tests.support import spark

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINTED = Minted(
    SecretStr("t0k3n-t0k3n"), "jobs/bpg on default/eu-central-1/analytics", NOON, NOON + timedelta(hours=12)
)
CLUSTER = Cluster.model_validate(
    {
        "name": "a",
        "eks": {"name": "analytics", "region": "eu-central-1"},
        "credentials": {"tokenRequest": {"serviceAccount": "bpg", "namespace": "jobs"}},
        "sparkNamespaces": [{"name": "jobs", "serviceAccounts": ["spark"], "allowedFrom": ["*"]}],
    }
)


def stored(**changes: Any) -> dict[str, Any]:
    """Return the Secret as it is read, with other annotations or data."""
    body = minted_secret(spark.gateway(), CLUSTER, MINTED, over=None)
    meta = body["metadata"]
    annotations = meta["annotations"] | changes.pop("annotations", {})
    return {**body, "metadata": {**meta, "annotations": annotations}, **changes}


@pytest.mark.parametrize(
    ("life", "left", "due"),
    [
        (timedelta(hours=12), timedelta(hours=4, seconds=1), False),
        (timedelta(hours=12), timedelta(hours=3, minutes=59), True),
        (timedelta(minutes=10), timedelta(minutes=4), False),
        (timedelta(minutes=10), timedelta(minutes=3), True),
        (timedelta(hours=1), timedelta(seconds=-1), True),
    ],
)
def test_a_token_is_due_when_less_than_a_third_of_its_life_is_left(life: timedelta, left: timedelta, due: bool) -> None:
    minted = replace(MINTED, issued_at=NOON, expires_at=NOON + life)
    assert minted.is_due(NOON + life - left) is due


@given(st.integers(600, 86_400))
def test_whoever_looks_at_every_rest_of_a_gateway_renews_long_before_the_end(life: int) -> None:
    minted = replace(MINTED, expires_at=NOON + timedelta(seconds=life))
    latest = timedelta(seconds=life - 6 * RolloutTimings().settled)
    assert minted.is_due(NOON + latest)


def test_what_is_written_is_read_back() -> None:
    assert read_minted(stored()) == MINTED


@pytest.mark.parametrize(
    "changes",
    [
        {"data": None},
        {"data": {}},
        {"data": {"token": ""}},
        {"data": {"token": "%"}},
        {"data": {"token": base64.b64encode(b"\xff").decode()}},
        {"annotations": {EXPIRES_AT: "soon"}},
        {"annotations": {ISSUED_AT: "2026-11-21T12:00:00"}},
    ],
    ids=str,
)
def test_what_is_no_token_with_its_times_is_none(changes: dict[str, Any]) -> None:
    assert read_minted(stored(**changes)) is None


@pytest.mark.parametrize("name", [EXPIRES_AT, ISSUED_AT, TOKEN_OF])
def test_a_secret_without_an_annotation_of_ours_holds_no_token(name: str) -> None:
    body = stored()
    del body["metadata"]["annotations"][name]
    assert read_minted(body) is None


def test_it_is_written_only_over_what_was_read() -> None:
    body = minted_secret(spark.gateway(), CLUSTER, MINTED, over="7")
    assert body["metadata"]["resourceVersion"] == "7"
    assert "resourceVersion" not in stored()["metadata"]


def test_only_the_data_hold_the_token() -> None:
    body = stored()
    del body["data"]
    assert "t0k3n" not in repr(body)
    assert base64.b64encode(b"t0k3n-t0k3n").decode() not in repr(body)
    assert "t0k3n" not in repr(MINTED)


def test_a_token_is_of_an_account_on_a_cluster_of_an_aws_account() -> None:
    assert subject(CLUSTER) == MINTED.of
    with pytest.raises(ValueError, match="asks for no token"):
        subject(CLUSTER.model_copy(update={"eks": None}))
