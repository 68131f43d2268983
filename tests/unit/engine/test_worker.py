"""The worker: which answer of a pass leads to which next turn, what is logged and what is counted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.result import Done, RequeueAfter, Result, Stalled, Wait
from mwaa_operator.engine.backoff import Backoff
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.leadership import NotLeader
from mwaa_operator.engine.queue import KeyedQueue, Priority
from mwaa_operator.engine.worker import Pass, Passes, Worker
from tests.support.engine import KIND, Lab, ended, in_thread, key

ONE = key("one")
STALLED_INTERVAL = 1800.0


@dataclass
class Script:
    """A controller that answers what the test wants."""

    answer: Callable[[ObjectKey], Result] = lambda _: Done()
    kind: str = KIND
    seen: list[ObjectKey] = field(default_factory=list)

    def reconcile(self, key: ObjectKey) -> Result:
        self.seen.append(key)
        return self.answer(key)


class Bench(Lab):
    """One worker with its queue."""

    def __init__(self) -> None:
        super().__init__()
        self.script = Script()
        self.queue = KeyedQueue(KIND, self.clock, self.metrics)
        self.backoff = Backoff(base=1, cap=300, rng=self.rng)
        self.passes, self.exists = Passes(), True
        self.worker = self.make(self.instruments)

    def make(self, instruments: Instruments) -> Worker:
        return Worker(
            controller=self.script,
            queue=self.queue,
            backoff=self.backoff,
            stalled=STALLED_INTERVAL,
            exists=lambda _: self.exists,
            passes=self.passes,
            instruments=instruments,
        )

    def run(self, answer: Callable[[ObjectKey], Result]) -> None:
        """Make one pass whose controller answers so."""
        self.script.answer = answer
        self.queue.add(ONE)
        taken = self.queue.get(0)
        assert taken is not None
        self.worker.process(taken)

    def next_look(self) -> float | None:
        """Return the seconds until the key is ready again, or None."""
        due = self.queue._delayed.get(ONE)
        return None if due is None else round(due - self.clock.monotonic(), 3)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def raising(error: BaseException) -> Callable[[ObjectKey], Result]:
    def answer(_: ObjectKey) -> Result:
        raise error

    return answer


@dataclass(frozen=True)
class Row:
    """What follows from an answer, for a key that has failed twice before."""

    answer: Callable[[ObjectKey], Result]
    outcome: str
    next_look: float | None
    failures: int
    level: str | None
    counts: tuple[str, ...] = ()


# MiddleRandom: jitter changes nothing, and the third failure waits for the middle of 1 to 8 s.
ROWS = {
    "Done": Row(lambda _: Done(), "success", None, 0, None),
    "RequeueAfter": Row(lambda _: RequeueAfter(20), "requeue_after", 20, 0, None),
    "Wait with a time": Row(raising(Wait("R", "m", after=15)), "requeue_after", 15, 2, "info"),
    "Wait without a time": Row(raising(Wait("R", "m")), "requeue", 4.5, 3, "info", ("retried",)),
    "Stalled": Row(raising(Stalled("R", "m")), "error", STALLED_INTERVAL, 0, "warning", ("terminal",)),
    "NotLeader": Row(raising(NotLeader("no")), "requeue", 4.5, 3, "warning", ("retried",)),
    "the world's error": Row(raising(OSError("no")), "error", 4.5, 3, "error", ("retried",)),
    "a bug": Row(raising(KeyError("x")), "error", 4.5, 3, "error", ("retried", "panicked")),
    "no Result": Row(lambda _: None, "error", 4.5, 3, "error", ("retried", "panicked")),  # type: ignore[arg-type, return-value]  # on purpose
}


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_what_follows_from_an_answer(bench: Bench, row: Row) -> None:
    bench.backoff.next(ONE)
    bench.backoff.next(ONE)
    bench.run(row.answer)
    assert bench.metrics.outcomes == [row.outcome]
    assert bench.next_look() == row.next_look
    assert bench.backoff.failures(ONE) == row.failures
    assert [level for level, _, _ in bench.log.lines] == ([row.level] if row.level else [])
    assert {name for name in ("retried", "terminal", "panicked") if bench.metrics.counts[name]} == set(row.counts)


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_after_every_answer_the_key_is_given_back(bench: Bench, row: Row) -> None:
    bench.run(row.answer)
    bench.queue.add(ONE)
    assert bench.queue.get(0) == ONE


def test_requeue_after_nothing_is_at_once(bench: Bench) -> None:
    bench.run(lambda _: RequeueAfter(0))
    assert bench.queue.get(0) == ONE


def test_only_errors_are_logged_with_their_trace(bench: Bench) -> None:
    error = OSError("the world")
    bench.run(raising(error))
    bench.run(raising(Wait("NotThere", "Create it.")))
    assert bench.log.fields("reconcile.failed") == {"object": "Widget/team/one", "failures": 1, "exc_info": error}
    assert bench.log.fields("reconcile.waiting") == {
        "object": "Widget/team/one",
        "reason": "NotThere",
        "message": "Create it.",
    }


@pytest.mark.parametrize(
    ("answer", "base"),
    [
        (lambda _: RequeueAfter(100), 100.0),
        (raising(Wait("R", "m", after=100)), 100.0),
        (raising(Stalled("R", "m")), STALLED_INTERVAL),
    ],
)
def test_looks_are_spread_by_a_tenth_both_ways(answer: Callable[[ObjectKey], Result], base: float) -> None:
    bench = Bench()
    rng = Random(7)  # noqa: S311  jitter
    bench.worker = bench.make(Instruments(clock=bench.clock, rng=rng, metrics=bench.metrics, log=bench.log))
    looks = []
    for _ in range(200):
        bench.run(answer)
        looks.append(bench.next_look() or 0.0)
    assert 0.9 * base <= min(looks) < 0.92 * base
    assert 1.08 * base < max(looks) <= 1.1 * base


def test_a_poisoned_object_does_not_stop_the_others(bench: Bench) -> None:
    def answer(item: ObjectKey) -> Result:
        if item == ONE:
            raise RecursionError
        return Done()

    bench.script.answer = answer
    for name in ("one", "two", "three"):
        bench.queue.add(key(name))
    thread = in_thread(bench.worker.run)
    bench.clock.await_waiters(1)
    bench.queue.shut_down()
    assert ended(thread)
    assert [item.name for item in bench.script.seen] == ["one", "two", "three"]
    assert bench.metrics.outcomes == ["error", "success", "success"]


@pytest.mark.parametrize("death", [SystemExit(1), KeyboardInterrupt()])
def test_what_is_no_exception_ends_the_thread_after_giving_the_key_back(bench: Bench, death: BaseException) -> None:
    with pytest.raises(type(death)):
        bench.run(raising(death))
    assert bench.queue.facts().running == 0
    assert bench.passes.current() is None


def test_an_edit_during_a_pass_runs_the_key_again(bench: Bench) -> None:
    def answer(item: ObjectKey) -> Result:
        bench.queue.add(item)
        return RequeueAfter(600)

    bench.run(answer)
    assert bench.queue.get(0) == ONE
    assert bench.next_look() is None


def test_a_pass_knows_its_object_and_why_it_runs(bench: Bench) -> None:
    seen: list[Pass | None] = []

    def answer(_: ObjectKey) -> Result:
        seen.append(bench.passes.current())
        other = in_thread(lambda: seen.append(bench.passes.current()))
        assert ended(other)
        return Done()

    bench.run(answer)
    assert seen == [Pass(ONE, Priority.USER, 1), None]
    assert bench.passes.current() is None


def test_what_was_remembered_of_an_object_goes_with_it(bench: Bench) -> None:
    bench.run(raising(OSError()))
    assert bench.metrics.gone == []
    bench.exists = False
    bench.run(raising(OSError()))
    assert bench.metrics.gone == [ONE]
    assert bench.backoff.failures(ONE) == 0


def test_one_key_is_never_in_two_workers_hands() -> None:
    bench = Bench()
    inside, most, lock = [0], [0], threading.Lock()

    def answer(_: ObjectKey) -> Result:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        bench.queue.add(ONE)
        with lock:
            inside[0] -= 1
            if len(bench.script.seen) >= 500:
                bench.queue.shut_down()
        return Done()

    bench.script.answer = answer
    bench.queue.add(ONE)
    threads = [in_thread(bench.worker.run) for _ in range(4)]
    assert all(ended(thread) for thread in threads)
    assert most == [1]
