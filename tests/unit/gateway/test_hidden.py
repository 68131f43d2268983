"""What a pod says is repeated without secrets."""

from __future__ import annotations

import pytest

from mwaa_operator.gateway.hidden import STARS, without

KEY = "k" * 43


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("queue phi is not there", "queue phi is not there"),
        (f"secrets: [{KEY}]", f"secrets: [{STARS}]"),
        ("Bearer eyJhbGciOiJI.eyJzdWIiOiJ4.c2lnbmF0dXJl is no token", f"Bearer {STARS} is no token"),
        ("k8s-aws-v1.aHR0cHM6Ly9zdHM has ended", f"{STARS} has ended"),
    ],
)
def test_keys_and_tokens_become_stars_and_nothing_else(said: str, told: str) -> None:
    assert without(said, ["", KEY]) == told


def test_a_secret_that_begins_with_another_one_goes_as_a_whole() -> None:
    assert without(f"{KEY}-and-more", [KEY, f"{KEY}-and-more"]) == STARS
