"""Preflight's shared answers: reused for a while, read once for many, never kept when the read failed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.environment.preflight.cache import Used


class Counted:
    """A read that counts how often it is made."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


class Hands:
    """A monotonic clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_reused_until_its_time_is_over() -> None:
    clock, read = Hands(), Counted()
    cache = ReadCache(seconds=300, monotonic=clock)
    assert [cache.get("key", read), cache.get("key", read)] == [1, 1]
    clock.now = 299.0
    assert cache.get("key", read) == 1
    clock.now = 300.0
    assert cache.get("key", read) == 2


def test_keys_do_not_share_answers() -> None:
    cache, read = ReadCache(seconds=300, monotonic=Hands()), Counted()
    assert [cache.get("one", read), cache.get("other", read)] == [1, 2]


def test_a_failed_read_is_not_kept() -> None:
    cache, read = ReadCache(seconds=300, monotonic=Hands()), Counted()

    def fail() -> int:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        cache.get("key", fail)
    assert cache.get("key", read) == 1


def test_a_forgotten_answer_is_read_again() -> None:
    cache, read = ReadCache(seconds=300, monotonic=Hands()), Counted()
    used = Used(cache)
    used.get("key", read)
    cache.forget(used.keys)
    assert cache.get("key", read) == 2


def test_many_who_ask_at_once_make_one_read() -> None:
    cache, read = ReadCache(seconds=300, monotonic=Hands()), Counted()
    together = threading.Barrier(8)

    def ask() -> int:
        together.wait(timeout=10)
        return cache.get("key", read)

    with ThreadPoolExecutor(8) as pool:
        answers = [future.result(timeout=10) for future in [pool.submit(ask) for _ in range(8)]]
    assert answers == [1] * 8


def test_the_number_of_answers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mwaa_operator.engine.readcache.MOST", 2)
    clock, read = Hands(), Counted()
    cache = ReadCache(seconds=300, monotonic=clock)
    for key in ("one", "two", "three"):
        cache.get(key, read)
    assert [cache.get("one", read), cache.get("three", read)] == [1, 4]
    clock.now = 300.0
    assert [cache.get("four", read), cache.get("four", read)] == [5, 5]
