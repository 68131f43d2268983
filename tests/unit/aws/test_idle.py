"""The cache of costly things forgets what is not used, and makes one thing at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mwaa_operator.aws.idle import IdleCache


class Kept:
    """An IdleCache over a clock of its own, and what it closed."""

    def __init__(self, *, most: int = 2, idle_seconds: float = 10.0) -> None:
        self.now = 0.0
        self.closed: list[str] = []
        self.made: list[str] = []
        self.cache: IdleCache[str, str] = IdleCache(
            most=most,
            idle_seconds=idle_seconds,
            monotonic=lambda: self.now,
            making=threading.RLock(),
            close=self.closed.append,
        )

    def get(self, key: str) -> str:
        def make() -> str:
            self.made.append(key)
            return f"value of {key}"

        return self.cache.get(key, make)


def test_a_value_is_made_once() -> None:
    kept = Kept()
    assert kept.get("a") == kept.get("a") == "value of a"
    assert kept.made == ["a"]


def test_the_one_not_used_for_longest_goes_first() -> None:
    kept = Kept(most=2)
    for key in ("a", "b", "a", "c"):
        kept.get(key)
    assert kept.closed == ["value of b"]
    assert len(kept.cache) == 2


def test_what_was_idle_for_long_is_forgotten_at_the_next_use_of_anything() -> None:
    kept = Kept(most=5, idle_seconds=10.0)
    kept.get("a")
    kept.now = 9.0
    kept.get("b")
    kept.now = 11.0
    kept.get("b")
    assert kept.closed == ["value of a"]
    kept.get("a")
    assert kept.made == ["a", "b", "a"]


def test_a_making_that_fails_leaves_nothing_behind() -> None:
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.cache.get("a", lambda: str(1 // 0))
    assert kept.get("a") == "value of a"


def test_what_exists_is_found_while_something_else_is_being_made() -> None:
    kept = Kept()
    kept.get("a")
    making, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        making.set()
        assert go_on.wait(10)
        return "slow"

    with ThreadPoolExecutor(2) as pool:
        pending = pool.submit(kept.cache.get, "b", slow)
        assert making.wait(10)
        assert pool.submit(kept.get, "a").result(10) == "value of a"
        go_on.set()
        assert pending.result(10) == "slow"


def test_two_threads_that_want_the_same_get_the_same() -> None:
    kept = Kept()
    with ThreadPoolExecutor(8) as pool:
        values = set(pool.map(lambda _: kept.get("a"), range(64)))
    assert values == {"value of a"}
    assert kept.made == ["a"]
