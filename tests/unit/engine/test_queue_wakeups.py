"""Who wakes when: no key waits while a getter sleeps, the time is always kept by one, and no delay wakes them all.

A lost wake-up shows only where nobody comes by later and makes it good, so the getters here take one key each.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

import pytest

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.engine.clock import SystemClock
from mwaa_operator.engine.metrics import NullMetrics
from mwaa_operator.engine.queue import KeyedQueue, Priority
from tests.support.clock import FakeClock
from tests.support.engine import ended, in_thread, key

A, B, C = key("a"), key("b"), key("c")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def queue(clock: FakeClock) -> Iterator[KeyedQueue]:
    """A queue whose getters are sent home at the end, so that none of them outlives its test."""
    queue = KeyedQueue("Widget", clock, NullMetrics())
    yield queue
    queue.shut_down()


class Getters:
    """Getters that are asleep, take one key each and never come back: nobody but the right one can take a key."""

    def __init__(self, queue: KeyedQueue, clock: FakeClock, number: int) -> None:
        self.taken: list[ObjectKey | None] = []
        self.threads = [in_thread(lambda: self.taken.append(queue.get())) for _ in range(number)]
        clock.await_waiters(number)

    def have_taken(self, *keys: ObjectKey) -> bool:
        """Wait until as many getters as there are keys have returned, and compare."""
        deadline = time.monotonic() + 5
        while len(self.taken) < len(keys) and time.monotonic() < deadline:
            next(thread for thread in self.threads if thread.is_alive()).join(0.01)
        return sorted(map(str, self.taken)) == sorted(map(str, keys))


def test_a_burst_wakes_as_many_getters_as_there_are_keys(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add_after(key("later"), 600)
    getters = Getters(queue, clock, 3)
    for item in (A, B, C):
        queue.add(item)
    assert getters.have_taken(A, B, C)


def test_keys_that_become_due_together_wake_as_many_getters(queue: KeyedQueue, clock: FakeClock) -> None:
    for item in (A, B, C):
        queue.add_after(item, 5)
    getters = Getters(queue, clock, 3)
    clock.advance(5)
    assert getters.have_taken(A, B, C)


def test_an_earlier_delay_is_kept_whoever_sleeps_until_the_later_one(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add_after(A, 600)
    getters = Getters(queue, clock, 2)
    queue.add_after(B, 5)
    clock.await_sleeps(3)
    clock.advance(5)
    assert getters.have_taken(B)


def test_when_the_one_that_keeps_the_time_leaves_another_keeps_it(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add_after(A, 600)
    queue.add_after(B, 5)
    getters = Getters(queue, clock, 3)
    clock.advance(5)
    assert getters.have_taken(B)
    clock.await_waiters(2)
    clock.advance(595)
    assert getters.have_taken(A, B)


def test_when_the_one_that_keeps_the_time_gives_up_another_keeps_it(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add_after(A, 600)
    impatient = in_thread(lambda: queue.get(5))
    clock.await_waiters(1)
    patient = in_thread(queue.get)
    clock.await_waiters(2)
    clock.advance(5)
    assert ended(impatient)
    clock.await_waiters(1)
    clock.advance(595)
    assert ended(patient, 5)


def test_a_delay_wakes_one_getter_and_not_all(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add_after(A, 5)
    getters = Getters(queue, clock, 8)
    before = clock.sleeps
    clock.advance(5)
    assert getters.have_taken(A)
    clock.await_waiters(7)
    assert clock.sleeps - before <= 1


@pytest.mark.parametrize("seed", range(10))
def test_with_real_time_no_getter_sleeps_on_while_a_key_is_ready(seed: int) -> None:
    queue = KeyedQueue("Widget", SystemClock(), NullMetrics())
    rng = Random(seed)  # noqa: S311  a history, not a secret
    keys = [key(str(number)) for number in range(8)]
    taken: list[object] = []
    threads = [in_thread(lambda: taken.append(queue.get())) for _ in keys]
    for item in keys:
        if rng.random() < 0.5:
            queue.add(item, rng.choice(list(Priority)))
        else:
            queue.add_after(item, rng.uniform(0.0, 0.03))
    assert all(ended(thread) for thread in threads)
    assert sorted(map(str, taken)) == sorted(map(str, keys))
