"""What a route says of its queues: exact fractions from the file itself, and BPG's own words where it refuses."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from mwaa_operator.gateway.render.file import render
from mwaa_operator.gateway.render.prediction import Prediction, predictions, queue_names
from mwaa_operator.gateway.render.scene import Candidate, Scene
from mwaa_operator.route.status import SparkJobRouteStatus
from tests.support.sparkscene import RELAXED, VIEWS, candidate, gateway, route_sets, scene, target

OPEN = {"access": {"users": ["*"]}}
SECURE = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "token"}]}


def told(seen: Scene, key: str = "data/digital") -> Prediction:
    return predictions(render(seen), seen)[key]


def predicted(profile: str = "aws-pin", **members: Any) -> Prediction:
    return told(scene(candidate(**members), gateway=gateway(bpgProfile=profile, **OPEN)))


@pytest.mark.parametrize(
    ("weights", "split"),
    [
        ((70, 30), "a=7/10 b=3/10"),
        ((1, 1000), "a=1/1001 b=1000/1001"),
        ((1, 2, 3), "a=1/6 b=1/3 c=1/2"),
        ((5,), "a=1"),
        ((5, 0), "a=1"),
    ],
)
def test_shares_are_exact_and_stand_in_the_order_of_the_targets(weights: tuple[int, ...], split: str) -> None:
    targets = [target(name, weight=weight) for name, weight in zip("abc", weights, strict=False)]
    assert predicted(targets=targets).split == split


@pytest.mark.parametrize("profile", ["aws-pin", "pre-dw5"])
def test_every_queue_is_told_and_a_token_is_brought(profile: str) -> None:
    queue = {"name": "digital", "subQueues": ["night"], "default": True}
    found = predicted(profile, queue=queue, access=SECURE)
    assert [(item.name, item.split, item.error) for item in found.queues] == [
        ("digital", "a=1", None),
        ("digital.night", "a=1", None),
        ("poc", "a=1", None),
    ]


def test_a_queue_without_a_target_says_how_bpg_refuses() -> None:
    found = predicted(targets=[target(weight=0)])
    assert (found.split, found.shares) == ("", {})
    assert [item.error for item in found.queues] == ["400 Spark version not supported: 3.5"]


def test_a_gateway_that_admits_no_user_says_so() -> None:
    found = told(scene(candidate()))
    assert found.split == ""
    assert found.queues[0].error == "401 HTTP 401 Unauthorized."


def test_tokens_without_a_key_are_no_use() -> None:
    seen = scene(candidate(access=SECURE), gateway=gateway(**OPEN), keys=())
    assert (told(seen).queues[0].error or "").startswith("500 ")


def test_a_failed_cluster_is_seen_in_the_split() -> None:
    views = VIEWS | {"a": replace(VIEWS["a"], healthy=False)}
    seen = scene(candidate(targets=[target("a"), target("b")]), gateway=gateway(**OPEN), clusters=views)
    assert told(seen).shares == {"b": Fraction(1)}


@RELAXED
@given(routes=route_sets())
def test_what_is_told_fits_the_status_and_shares_sum_to_one(routes: tuple[Candidate, ...]) -> None:
    seen = scene(*routes, gateway=gateway(**OPEN))
    rendering = render(seen)
    found = predictions(rendering, seen)
    assert set(found) == {entry.route for entry in rendering.entries}
    for route in routes:
        if prediction := found.get(route.key):
            assert sum(prediction.shares.values()) in {0, 1}
            assert set(prediction.shares) <= {item.name for item in route.route.spec.targets}, "no job leaves its route"
            assert [item.name for item in prediction.queues] == list(queue_names(route.route.spec))
            status = {"split": prediction.split, "queues": [item.wire() for item in prediction.queues]}
            assert SparkJobRouteStatus.model_validate(status)
