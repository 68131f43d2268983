"""The look-out: which changes it tells, and that failing looks neither tell anything nor end anything."""

from __future__ import annotations

import pytest

from mwaa_operator.engine.lookout import Lookout, Subject
from tests.support.engine import Lab, ended, in_thread


class Unreadable(Exception):  # noqa: N818  what the API server's client would raise
    """The look failed."""


class Tower(Lab):
    """A look-out over names, and what it told."""

    def __init__(self) -> None:
        super().__init__()
        self.there: dict[str, str] = {"a": "1", "b": "1"}
        self.down = False
        self.told: list[str] = []
        subject = Subject("names", self.versions, (Unreadable,), self.told.append)
        self.lookout = Lookout(subject, seconds=15, patience=600, instruments=self.instruments)

    def versions(self) -> dict[str, str]:
        if self.down:
            raise Unreadable("refused")
        return dict(self.there)


def test_the_first_look_tells_nothing() -> None:
    tower = Tower()
    assert tower.lookout.look()
    assert tower.told == []


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({"a": "1", "b": "1"}, []),
        ({"a": "2", "b": "1"}, ["a"]),
        ({"a": "1", "b": "1", "c": "1"}, ["c"]),
        ({"b": "1"}, ["a"]),
        ({"a": "2"}, ["a", "b"]),
    ],
    ids=str,
)
def test_what_is_new_changed_or_gone_is_told_once(there: dict[str, str], told: list[str]) -> None:
    tower = Tower()
    tower.lookout.look()
    tower.there = there
    tower.lookout.look()
    tower.lookout.look()
    assert tower.told == told


def test_what_changed_while_looks_failed_is_told_afterwards_and_the_failure_is_said_once() -> None:
    tower = Tower()
    tower.lookout.look()
    tower.down, tower.there = True, {"a": "2", "b": "1"}
    assert [tower.lookout.look() for _ in range(3)] == [False] * 3
    tower.down = False
    tower.lookout.look()
    assert tower.told == ["a"]
    assert tower.log.events("warning") == ["lookout.failed"]
    tower.down = True
    tower.lookout.look()
    assert tower.log.events("warning") == ["lookout.failed"] * 2


def test_what_nobody_expects_ends_the_part() -> None:
    tower = Tower()
    subject = Subject("names", lambda: {"a": str(1 // 0)}, (Unreadable,), tower.told.append)
    with pytest.raises(ZeroDivisionError):
        Lookout(subject, seconds=15, patience=600, instruments=tower.instruments).run()


def test_it_looks_at_its_interval_and_rarely_while_looks_fail() -> None:
    tower = Tower()
    thread = in_thread(tower.lookout.run)
    tower.clock.await_waiters(1)
    tower.there, tower.down = {"a": "2", "b": "1"}, False
    tower.clock.advance(15)
    tower.clock.await_waiters(1)
    assert tower.told == ["a"]
    tower.down = True
    tower.clock.advance(15)
    tower.clock.await_waiters(1)
    tower.down, tower.there = False, {"a": "3", "b": "1"}
    tower.clock.advance(599)
    assert tower.told == ["a"]
    tower.clock.advance(1)
    tower.clock.await_waiters(1)
    assert tower.told == ["a", "a"]
    tower.lookout.stop()
    ended(thread)
