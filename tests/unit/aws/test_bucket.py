"""The token bucket: its rate never exceeds the limit, gives way to throttling, and finds what AWS bears."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.aws.bucket import FLOOR, TokenBucket


def taken(bucket: TokenBucket, *, until: float, step: float = 0.01, start: float = 0.0) -> int:
    steps = round((until - start) / step)
    return sum(bucket.take(start + index * step) for index in range(1, steps + 1))


def test_what_was_saved_up_can_be_spent_at_once() -> None:
    bucket = TokenBucket(limit=20, burst=40)
    assert [bucket.take(0.0) for _ in range(41)] == [True] * 40 + [False]


def test_after_the_burst_the_limit_is_kept() -> None:
    bucket = TokenBucket(limit=20, burst=40)
    assert taken(bucket, until=10.0) == pytest.approx(40 + 200, abs=1)


def test_the_delay_is_the_time_until_the_next_token() -> None:
    bucket = TokenBucket(limit=20, burst=1)
    assert bucket.delay(0.0) == 0.0
    assert bucket.take(0.0)
    assert bucket.delay(0.0) == pytest.approx(0.05)
    assert bucket.delay(0.03) == pytest.approx(0.02)
    assert bucket.take(0.05)


def test_throttling_voids_the_savings_and_slows_down() -> None:
    bucket = TokenBucket(limit=20, burst=40)
    bucket.throttled(0.0)
    assert not bucket.take(0.0)
    assert bucket.rate == pytest.approx(17.0)


def test_answers_of_the_same_second_slow_down_once() -> None:
    bucket = TokenBucket(limit=20, burst=40)
    for moment in (0.0, 0.1, 0.5, 0.9):
        bucket.throttled(moment)
    assert bucket.rate == pytest.approx(17.0, rel=0.05)


def test_lasting_throttling_never_stops_the_calls() -> None:
    bucket = TokenBucket(limit=20, burst=40)
    for second in range(300):
        bucket.throttled(second * 1.01)
    assert bucket.rate >= FLOOR
    assert taken(bucket, until=400.0, start=303.0, step=0.5) > 40


def test_without_throttling_the_rate_comes_back_to_the_limit() -> None:
    bucket = TokenBucket(limit=20, burst=40)
    bucket.throttled(0.0)
    bucket.delay(10.0)
    assert bucket.rate == 20


def test_a_retry_inside_the_client_costs_a_token() -> None:
    bucket = TokenBucket(limit=1, burst=2)
    bucket.charge(0.0)
    assert [bucket.take(0.0), bucket.take(0.0)] == [True, False]


def test_unasked_calls_cannot_put_the_bucket_in_debt_without_bound() -> None:
    bucket = TokenBucket(limit=1, burst=2)
    for _ in range(100):
        bucket.charge(0.0)
    assert bucket.delay(0.0) <= 3.0


@pytest.mark.parametrize(("bears", "part"), [(20.0, 0.9), (10.0, 0.85), (5.0, 0.85)])
def test_at_least_most_of_what_aws_bears_is_used(bears: float, part: float) -> None:
    """AWS as a bucket of its own that answers an excess call with throttling; the caller is always hungry."""
    ours, theirs = TokenBucket(limit=20, burst=40), TokenBucket(limit=bears, burst=bears)
    passed = refused = 0
    for step in range(1, 60_000):
        now = step * 0.005
        if not ours.take(now):
            continue
        if theirs.take(now):
            passed += 1
        else:
            refused += 1
            ours.throttled(now)
    assert passed >= part * bears * 300
    assert refused <= 0.12 * passed


@given(
    st.lists(
        st.tuples(st.floats(0, 2), st.sampled_from([TokenBucket.take, TokenBucket.throttled, TokenBucket.charge])),
        max_size=200,
    )
)
def test_no_history_lets_more_through_than_burst_and_limit(
    history: list[tuple[float, Callable[[TokenBucket, float], object]]],
) -> None:
    bucket, now, passed = TokenBucket(limit=5, burst=3), 0.0, 0
    for gap, act in history:
        now += gap
        passed += act(bucket, now) is True
        assert min(FLOOR, 5) <= bucket.rate <= 5
    assert passed <= 3 + 5 * now + 1e-3
