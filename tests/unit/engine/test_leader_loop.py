"""The election's thread: it takes, keeps and releases the lease, tells of its loss once, and ends.

What one step decides is in test_leader.py.
"""

from __future__ import annotations

import threading

import pytest

from mwaa_operator.engine.leader import Elector
from mwaa_operator.engine.leadership import AlwaysLeader
from tests.support.engine import Lab, ended, in_thread
from tests.support.lease import Candidate, MemoryLease


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture
def lock() -> MemoryLease:
    return MemoryLease()


@pytest.fixture
def a(lab: Lab, lock: MemoryLease) -> Candidate:
    return Candidate(lab, lock, "a")


@pytest.fixture
def b(lab: Lab, lock: MemoryLease) -> Candidate:
    return Candidate(lab, lock, "b")


class Run:
    """An elector's thread, and what it told."""

    def __init__(self, elector: Elector | AlwaysLeader) -> None:
        self.started, self.lost = threading.Event(), threading.Event()
        self.reasons: list[str] = []
        self.thread = in_thread(lambda: elector.run(on_started=self.started.set, on_lost=self.on_lost))

    def on_lost(self, reason: str) -> None:
        self.reasons.append(reason)
        self.lost.set()


def test_the_loop_takes_keeps_and_releases_the_lease(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    run = Run(a.elector)
    assert run.started.wait(20)
    for _ in range(10):
        lab.clock.await_waiters(1)
        lab.clock.advance(4)
    lab.clock.await_waiters(1)
    assert a.may(25)
    a.elector.stop(release=True)
    assert ended(run.thread)
    assert lock.stored is not None
    assert lock.stored.holder == ""
    assert not a.may(0)
    assert run.reasons == []
    assert a.metrics.leads == [False, True, False]
    assert "leader.released" in a.log.events()


def test_a_lease_that_is_not_released_runs_out_but_is_not_used_any_more(
    lab: Lab, lock: MemoryLease, a: Candidate
) -> None:
    run = Run(a.elector)
    lab.clock.await_waiters(1)
    a.elector.stop(release=False)
    assert ended(run.thread)
    assert lock.stored is not None
    assert lock.stored.holder == "a"
    assert not a.may(0)


def test_nothing_may_be_sent_any_more_when_the_release_is_on_its_way(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    run = Run(a.elector)
    lab.clock.await_waiters(1)
    allowed: list[bool] = []
    lock.before_write = lambda: allowed.append(a.may(0))
    a.elector.stop(release=True)
    assert ended(run.thread)
    assert allowed == [False]


def test_a_release_that_fails_is_not_fatal(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    run = Run(a.elector)
    lab.clock.await_waiters(1)
    lock.down = True
    a.elector.stop(release=True)
    assert ended(run.thread)
    assert "leader.release_failed" in a.log.events("warning")


def test_a_standby_that_stops_writes_nothing(lab: Lab, lock: MemoryLease, a: Candidate, b: Candidate) -> None:
    a.elector.step()
    run = Run(b.elector)
    lab.clock.await_waiters(1)
    writes = lock.writes
    b.elector.stop(release=True)
    assert ended(run.thread)
    assert lock.writes == writes


def test_the_loop_tells_once_that_the_lead_is_lost_and_ends(lab: Lab, a: Candidate) -> None:
    run = Run(a.elector)
    lab.clock.await_waiters(1)
    lab.clock.advance(31)
    assert run.lost.wait(20)
    assert ended(run.thread)
    assert run.reasons == ["the lease was not renewed in time"]


def test_a_loop_that_stands_still_is_a_problem_of_liveness(lab: Lab, a: Candidate) -> None:
    a.elector.step()
    assert a.elector.problems() == []
    lab.clock.advance(61)
    assert [problem.check for problem in a.elector.problems()] == ["leader"]


def test_without_an_election_everything_may_be_sent_until_the_end(lab: Lab) -> None:
    leader = AlwaysLeader(name="mwaa-operator", clock=lab.clock, metrics=lab.metrics)
    run = Run(leader)
    assert run.started.wait(20)
    leader.fence(10_000)
    assert leader.is_leader()
    leader.stop(release=True)
    assert ended(run.thread)
    assert not leader.is_leader()
    assert leader.problems() == []
    assert lab.metrics.leads == [True, False]
