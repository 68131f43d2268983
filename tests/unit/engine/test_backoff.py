"""The back-off: its bounds for any number of failures, its growth, and its memory."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.engine.backoff import Backoff
from tests.support.engine import MiddleRandom, key

A, B = key("a"), key("b")


@given(failures=st.integers(1, 2000), seed=st.integers(0, 2**16))
def test_a_delay_lies_between_base_and_cap_however_often_a_key_fails(failures: int, seed: int) -> None:
    backoff = Backoff(base=1, cap=300, rng=Random(seed))  # noqa: S311  jitter
    delays = [backoff.next(A) for _ in range(failures)]
    assert all(1 <= delay <= min(300, 2.0 ** min(number + 1, 60)) for number, delay in enumerate(delays))


def test_the_mean_delay_doubles_up_to_the_cap() -> None:
    backoff = Backoff(base=1, cap=300, rng=MiddleRandom())
    assert [backoff.next(A) for _ in range(10)] == [1.5, 2.5, 4.5, 8.5, 16.5, 32.5, 64.5, 128.5, 150.5, 150.5]


def test_keys_that_fail_together_do_not_come_back_together() -> None:
    backoff = Backoff(base=1, cap=300, rng=Random(1))  # noqa: S311  jitter
    assert len({round(backoff.next(key(str(number))), 3) for number in range(100)}) > 90


def test_each_key_has_its_own_count() -> None:
    backoff = Backoff(base=1, cap=300, rng=MiddleRandom())
    backoff.next(A)
    assert (backoff.next(A), backoff.next(B)) == (2.5, 1.5)


def test_a_forgotten_key_starts_anew() -> None:
    backoff = Backoff(base=1, cap=300, rng=MiddleRandom())
    backoff.next(A)
    backoff.next(A)
    assert backoff.failures(A) == 2
    backoff.forget(A)
    backoff.forget(B)
    assert (backoff.failures(A), backoff.next(A)) == (0, 1.5)


def test_a_cap_below_the_base_is_the_delay() -> None:
    assert Backoff(base=1, cap=0.5, rng=MiddleRandom()).next(A) == 0.5
