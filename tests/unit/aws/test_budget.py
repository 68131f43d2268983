"""Waiting for a turn: in order, urgent first, nobody starved, nobody held for longer than was promised.

The clock stands still except where a waiting thread lets it go on; the threads in the last tests are real.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mwaa_operator.aws.bucket import TokenBucket
from mwaa_operator.aws.budget import BACKGROUND_HANDICAP, Budget, BudgetExhaustedError, Budgets, Pace


class Clock:
    """Moves only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        self.now += seconds


def budget(clock: Clock, *, rate: float = 10.0, burst: int = 1, max_wait: float = 5.0) -> Budget:
    return Budget(TokenBucket(rate, burst), monotonic=clock, max_wait=max_wait, wait=clock.wait)


def test_a_free_call_does_not_wait() -> None:
    assert budget(Clock()).acquire(urgent=False) == 0.0


def test_a_caller_waits_for_the_next_token_and_is_told_how_long() -> None:
    clock = Clock()
    tokens = budget(clock)
    tokens.acquire(urgent=False)
    assert tokens.acquire(urgent=True) == pytest.approx(0.1)
    assert clock.now == pytest.approx(0.1)


def test_a_wait_that_would_be_too_long_fails_and_leaves_the_queue() -> None:
    clock = Clock()
    tokens = budget(clock, rate=0.1, max_wait=5.0)
    tokens.acquire(urgent=True)
    with pytest.raises(BudgetExhaustedError) as given_up:
        tokens.acquire(urgent=True)
    assert given_up.value.seconds == pytest.approx(5.0)
    clock.now = 20.0
    assert tokens.acquire(urgent=False) == 0.0


def test_throttling_makes_the_next_caller_wait() -> None:
    clock = Clock()
    tokens = budget(clock, burst=40)
    tokens.throttled()
    assert tokens.acquire(urgent=True) > 0.0
    assert tokens.rate < 10.0


def test_each_account_region_and_service_has_a_budget_of_its_own() -> None:
    budgets = Budgets(rate=1.0, burst=1, max_wait=1.0, monotonic=Clock())
    first = budgets.of("1", "eu-west-1", "mwaa")
    assert budgets.of("1", "eu-west-1", "mwaa") is first
    others = [
        budgets.of("2", "eu-west-1", "mwaa"),
        budgets.of("1", "us-east-1", "mwaa"),
        budgets.of("1", "eu-west-1", "s3"),
    ]
    assert len({id(item) for item in [first, *others]}) == 4


class Stage:
    """Real threads that queue up one after another while the clock stands still; each turn is given by hand."""

    def __init__(self, *, max_wait: float = 1000.0) -> None:
        self.now = 0.0
        self.waiting = 0
        self.changed = threading.Condition()
        self.served: list[str] = []
        self.tokens = Budget(TokenBucket(1.0, 1), monotonic=lambda: self.now, max_wait=max_wait, wait=self._wait)
        self.tokens.acquire(urgent=True)
        self.pool = ThreadPoolExecutor(8)

    def _wait(self, condition: threading.Condition, seconds: float) -> None:
        with self.changed:
            self.waiting += 1
            self.changed.notify_all()
        condition.wait(0.02)
        with self.changed:
            self.waiting -= 1

    def arrive(self, name: str, *, urgent: bool) -> None:
        def call() -> None:
            self.tokens.acquire(urgent=urgent)
            with self.changed:
                self.served.append(name)
                self.changed.notify_all()

        queued = len(self.tokens._queue)
        self.pool.submit(call)
        self.until(lambda: len(self.tokens._queue) == queued + 1)

    def serve(self) -> str:
        before = len(self.served)
        self.now += 1.0
        self.until(lambda: len(self.served) == before + 1)
        return self.served[-1]

    def close(self) -> None:
        """Let everybody who still waits give up."""
        self.now += 1e6
        self.pool.shutdown()

    def until(self, predicate: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(predicate, timeout=10.0) or predicate()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.close()


def test_urgent_callers_pass_those_that_nobody_waits_for(stage: Stage) -> None:
    stage.arrive("resync", urgent=False)
    stage.arrive("edit", urgent=True)
    stage.arrive("another edit", urgent=True)
    assert [stage.serve() for _ in range(3)] == ["edit", "another edit", "resync"]


def test_callers_of_one_kind_are_served_in_their_order(stage: Stage) -> None:
    for name in ("first", "second", "third"):
        stage.arrive(name, urgent=False)
    assert [stage.serve() for _ in range(3)] == ["first", "second", "third"]


def test_nobody_starves_behind_an_endless_row_of_urgent_callers(stage: Stage) -> None:
    stage.arrive("resync", urgent=False)
    turns = 0
    while "resync" not in stage.served:
        stage.arrive(f"edit {turns}", urgent=True)
        stage.serve()
        turns += 1
    assert turns <= BACKGROUND_HANDICAP + 2


def test_many_threads_share_one_budget_without_losing_a_turn() -> None:
    tokens = Budget(TokenBucket(2000.0, 1), monotonic=time.monotonic, max_wait=30.0)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda number: tokens.acquire(urgent=number % 2 == 0), range(400)))
    assert len(waits) == 400
    assert not tokens._queue


def test_a_service_that_bears_less_gets_less_and_never_more_than_the_others() -> None:
    slower = {"slow": Pace(rate=2.0, burst=3), "fast": Pace(rate=500.0, burst=500)}
    budgets = Budgets(rate=10.0, burst=4, max_wait=0.0, monotonic=lambda: 0.0, slower=slower)
    assert [budgets.of("1", "eu", service).rate for service in ("slow", "fast", "any")] == [2.0, 10.0, 10.0]
    slow = budgets.of("1", "eu", "slow")
    assert [slow.acquire(urgent=True) for _ in range(3)] == [0.0, 0.0, 0.0]
    with pytest.raises(BudgetExhaustedError):
        slow.acquire(urgent=True)
