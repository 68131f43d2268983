"""The supervisor: a part that ends unasked ends the process, with its trace."""

from __future__ import annotations

import threading

import pytest

from mwaa_operator.engine.supervisor import Supervisor
from tests.support.engine import Lab


class Ward(Lab):
    """A supervisor that remembers deaths."""

    def __init__(self) -> None:
        super().__init__()
        self.deaths: list[tuple[str, BaseException | None]] = []
        self.died = threading.Event()
        self.supervisor = Supervisor(on_death=self.remember, clock=self.clock, log=self.log)

    def remember(self, part: str, cause: BaseException | None) -> None:
        self.deaths.append((part, cause))
        self.died.set()


@pytest.mark.parametrize("cause", [OSError("gone"), SystemExit(3), KeyboardInterrupt()])
def test_a_part_that_dies_is_reported_with_its_trace(cause: BaseException) -> None:
    ward = Ward()

    def body() -> None:
        raise cause

    ward.supervisor.start("lease", body)
    assert ward.died.wait(20)
    assert ward.deaths == [("lease", cause)]
    assert ward.log.fields("part.died") == {"part": "lease", "exc_info": cause}
    assert [problem.check for problem in ward.supervisor.problems()] == ["part/lease"]


def test_a_part_that_returns_unasked_is_dead_too() -> None:
    ward = Ward()
    ward.supervisor.start("lease", lambda: None)
    assert ward.died.wait(20)
    assert ward.deaths == [("lease", None)]


def test_a_part_may_return_once_the_process_ends() -> None:
    ward, go = Ward(), threading.Event()
    ward.supervisor.start("lease", lambda: go.wait(20))
    ward.supervisor.stopping()
    go.set()
    assert ward.supervisor.join(until=ward.clock.monotonic() + 20) == []
    assert (ward.deaths, ward.supervisor.problems()) == ([], [])


def test_a_part_that_fails_while_the_process_ends_is_still_reported() -> None:
    ward = Ward()
    ward.supervisor.stopping()

    def body() -> None:
        raise OSError("late")

    ward.supervisor.start("lease", body)
    assert ward.died.wait(20)


def test_join_names_those_that_still_run_and_waits_only_for_those_asked_for() -> None:
    ward, go = Ward(), threading.Event()
    ward.supervisor.start("worker/1", lambda: go.wait(20))
    ward.supervisor.start("leader", lambda: go.wait(20))
    ward.supervisor.stopping()
    assert ward.supervisor.join(until=ward.clock.monotonic(), prefix="worker/") == ["worker/1"]
    go.set()
    assert ward.supervisor.join(until=ward.clock.monotonic() + 20) == []


def test_a_part_may_wait_for_the_others_without_waiting_for_itself() -> None:
    ward, joined = Ward(), threading.Event()
    left: list[list[str]] = []

    def body() -> None:
        left.append(ward.supervisor.join(until=ward.clock.monotonic() + 5))
        joined.set()

    ward.supervisor.stopping()
    ward.supervisor.start("last", body)
    assert joined.wait(20)
    assert left == [["last"]]
