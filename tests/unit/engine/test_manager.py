"""The engine as a whole: when workers start, what an event leads to, how it drains, and what ends the process.

Real threads, a fake clock and a fake Lease; the API server's side is in the system tests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.result import Done, RequeueAfter, Result
from mwaa_operator.api.timing import Timings
from mwaa_operator.engine.cache import Cache
from mwaa_operator.engine.controller import Registration, Watch
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.leader import Elector
from mwaa_operator.engine.leadership import LeaseTimes
from mwaa_operator.engine.manager import STUCK_AFTER, Manager, Source
from mwaa_operator.engine.queue import Priority
from mwaa_operator.engine.worker import Passes
from tests.support.engine import KIND, Lab, MiddleRandom, body, key
from tests.support.lease import ERRORS, MemoryLease

WORKERS = 3


class ListFailed(Exception):  # noqa: N818  what the API server's client would raise
    """No answer."""


class Recorder:
    """A controller that remembers its passes and answers what the test wants."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.answer: Callable[[ObjectKey], Result] = lambda _: Done()
        self._seen: list[str] = []
        self._changed = threading.Condition()

    def reconcile(self, key: ObjectKey) -> Result:
        with self._changed:
            self._seen.append(key.name)
            self._changed.notify_all()
        return self.answer(key)

    def await_passes(self, number: int) -> list[str]:
        """Return the names of the passes, sorted, once there are at least so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._seen) >= number, 20), self._seen
            return sorted(self._seen)


class Process(Lab):
    """A manager over Widgets that depend on Accounts, with one Lease and one API server."""

    def __init__(self, lock: MemoryLease | None = None, identity: str = "a") -> None:
        super().__init__()
        self.lock = lock or MemoryLease()
        self.cache, self.widgets, self.accounts = Cache(), Recorder(KIND), Recorder("Account")
        self.objects: dict[str, list[dict[str, Any]]] = {KIND: [body("one"), body("two")], "Account": []}
        self.broken: set[str] = set()
        self.exits: list[str] = []
        self.exited = threading.Event()
        self.elector = Elector(
            lock=self.lock,
            errors=ERRORS,
            name="mwaa-operator",
            identity=identity,
            times=LeaseTimes(),
            instruments=self.instruments,
        )
        self.manager = self.make([self.widgets, self.accounts], self.instruments)

    def make(self, controllers: list[Recorder], instruments: Instruments) -> Manager:
        watches = {KIND: (Watch("Account", lambda _: [key("one")]),), "Account": ()}
        return Manager(
            registrations=[Registration(each, workers=WORKERS, watches=watches[each.kind]) for each in controllers],
            cache=self.cache,
            leadership=self.elector,
            source=Source(self.list_kind, (ListFailed,)),
            timings=Timings(),
            on_exit=self.on_exit,
            passes=Passes(),
            instruments=instruments,
        )

    def list_kind(self, kind: str) -> tuple[Iterable[dict[str, Any]], str]:
        if kind in self.broken:
            raise ListFailed
        return list(self.objects[kind]), "1000"

    def on_exit(self, reason: str) -> None:
        self.exits.append(reason)
        self.exited.set()

    def settle(self, parts: int = 2 + 2 * WORKERS) -> None:
        """Wait until all parts have nothing to do: the resync, the election and every worker wait on the clock."""
        self.clock.await_waiters(parts)


@pytest.fixture
def process() -> Iterator[Process]:
    with running(Process()) as found:
        yield found


@contextmanager
def running(process: Process) -> Iterator[Process]:
    """Start the manager, and leave no thread behind."""
    process.manager.start()
    yield process
    process.manager.drain(20)


def test_every_listed_object_gets_its_first_pass(process: Process) -> None:
    assert process.widgets.await_passes(2) == ["one", "two"]
    process.settle()
    assert process.manager.readiness() == process.manager.liveness() == []


def test_a_user_edit_is_looked_at(process: Process) -> None:
    process.widgets.await_passes(2)
    process.manager.on_event("MODIFIED", body("one", version=2, spec={"size": 2}))
    assert process.widgets.await_passes(3) == ["one", "one", "two"]


def test_the_echo_of_a_status_write_costs_no_pass(process: Process) -> None:
    process.settle()
    process.manager.on_event("MODIFIED", body("one", version=2, status={"ready": True}))
    process.manager.on_event("MODIFIED", body("two", version=3, spec={"size": 2}))
    assert process.widgets.await_passes(3) == ["one", "two", "two"]
    process.settle()
    assert process.widgets.await_passes(3) == ["one", "two", "two"]


def test_a_changed_account_wakes_its_dependents(process: Process) -> None:
    process.settle()
    process.manager.on_event("ADDED", body("a", kind="Account"))
    assert process.widgets.await_passes(3) == ["one", "one", "two"]
    assert process.accounts.await_passes(1) == ["a"]


def test_a_requeue_brings_the_object_back_at_its_time(process: Process) -> None:
    process.settle()
    process.widgets.answer = lambda _: RequeueAfter(15)
    process.manager.enqueue(key("one"), Priority.USER)
    process.widgets.await_passes(3)
    process.settle()
    process.clock.advance(15)  # less than the renew deadline: the election has to live on
    process.widgets.await_passes(4)


def test_a_look_may_be_asked_for_only_at_a_kind_that_has_a_controller(process: Process) -> None:
    with pytest.raises(KeyError):
        process.manager.enqueue(key("x", kind="Unknown"))


def test_workers_wait_until_every_kind_has_been_listed() -> None:
    process = Process()
    process.broken = {"Account"}
    with running(process):
        process.settle(2)
        assert process.elector.is_leader()
        assert process.metrics.counts["started"] == 0
        assert [str(problem) for problem in process.manager.readiness()] == ["cache/Account: not listed in full yet"]
        process.broken = set()
        process.clock.advance(5)
        process.widgets.await_passes(2)
        assert process.manager.readiness() == []


def test_a_standby_fills_its_cache_and_is_ready_but_makes_no_pass() -> None:
    leader = Process()
    with running(leader):
        leader.settle()
        standby = Process(leader.lock, "b")
        with running(standby):
            standby.settle(2)
            standby.manager.on_event("ADDED", body("three", version=7))
            assert standby.manager.readiness() == standby.manager.liveness() == []
            assert standby.metrics.counts["started"] == 0
            assert standby.metrics.queues[KIND]().depth == 3


def test_a_standby_takes_over_a_released_lease_with_everything_it_saw() -> None:
    leader = Process()
    leader.manager.start()
    leader.settle()
    standby = Process(leader.lock, "b")
    with running(standby):
        standby.settle(2)
        standby.manager.on_event("ADDED", body("three", version=7))
        assert leader.manager.drain(20)
        standby.clock.advance(5)
        assert standby.widgets.await_passes(3) == ["one", "three", "two"]


def test_draining_finishes_the_pass_under_way_drops_the_rest_and_releases_the_lease() -> None:
    process = Process()
    entered, go = threading.Event(), threading.Event()
    fenced: list[bool] = []

    def answer(_: ObjectKey) -> Result:
        entered.set()
        assert go.wait(20)
        process.elector.fence(12)
        fenced.append(True)
        return RequeueAfter(1)

    process.widgets.answer = answer
    process.objects[KIND] = [body(f"w{number}") for number in range(WORKERS + 5)]
    process.manager.start()
    assert entered.wait(20)
    process.widgets.await_passes(WORKERS)
    drained: list[bool] = []
    thread = threading.Thread(target=lambda: drained.append(process.manager.drain(20)), daemon=True)
    thread.start()
    while not process.manager._draining:
        thread.join(0.01)
    go.set()
    thread.join(20)
    assert drained == [True]
    assert fenced == [True] * WORKERS, "a pass under way may still finish its writes"
    assert process.lock.stored is not None
    assert process.lock.stored.holder == ""
    assert process.exits == []


def test_a_pass_that_does_not_end_is_left_behind_and_the_lease_is_not_released() -> None:
    process = Process()
    entered, go = threading.Event(), threading.Event()

    def answer(_: ObjectKey) -> Result:
        entered.set()
        go.wait(20)
        return Done()

    process.widgets.answer = answer
    process.manager.start()
    assert entered.wait(20)
    assert not process.manager.drain(0.05)
    go.set()
    assert process.lock.stored is not None
    assert process.lock.stored.holder == "a"
    assert process.log.fields("manager.drained")["unfinished"] != []
    assert not process.elector.is_leader()


def test_a_process_that_is_told_to_end_before_it_started_ends() -> None:
    process = Process()
    assert process.manager.drain(20)
    assert process.lock.stored is None
    assert process.exits == []


def test_losing_the_lead_stops_dispatch_and_ends_the_process(process: Process) -> None:
    process.settle()
    process.clock.advance(31)
    assert process.exited.wait(20)
    assert process.exits == ["lost the lead: the lease was not renewed in time"]
    before = process.metrics.counts["started"]
    process.manager.on_event("MODIFIED", body("one", version=5, spec={"size": 5}))
    assert process.metrics.queues[KIND]().depth == 0
    assert process.metrics.counts["started"] == before


def test_the_death_of_a_worker_ends_the_process(process: Process) -> None:
    process.settle()

    def answer(_: ObjectKey) -> Result:
        raise SystemExit(4)

    process.widgets.answer = answer
    process.manager.enqueue(key("one"))
    assert process.exited.wait(20)
    assert "died: SystemExit(4)" in process.exits[0]
    assert process.exits[0].startswith(f"worker/{KIND}/")
    assert any(problem.check.startswith(f"part/worker/{KIND}/") for problem in process.manager.liveness())


def test_an_error_that_the_lister_was_not_expected_to_raise_ends_the_process() -> None:
    process = Process()
    del process.objects["Account"]
    process.manager.start()
    assert process.exited.wait(20)
    assert process.exits == ["resync died: KeyError('Account')"]
    process.manager.drain(20)


def test_a_pass_that_never_ends_and_a_queue_that_never_moves_are_problems() -> None:
    process = Process()
    go = threading.Event()

    def answer(_: ObjectKey) -> Result:
        go.wait(20)
        return Done()

    process.widgets.answer = answer
    process.objects[KIND] = [body(f"w{number}") for number in range(WORKERS + 1)]
    process.manager.start()
    process.widgets.await_passes(WORKERS)
    process.settle(2 + WORKERS)
    process.clock.advance(1)
    assert process.manager.liveness() == []
    for _ in range(60):  # the election and the resync must go on turning
        process.clock.advance(STUCK_AFTER / 59)
        process.clock.await_waiters(2 + WORKERS)
    checks = {problem.check for problem in process.manager.liveness()}
    go.set()
    process.manager.drain(20)
    assert {f"queue/{KIND}", f"worker/{KIND}"} <= checks


def test_two_controllers_for_one_kind_are_refused() -> None:
    process = Process()
    with pytest.raises(ValueError, match="two controllers"):
        process.make([Recorder(KIND), Recorder(KIND)], Instruments(clock=process.clock, rng=MiddleRandom()))
