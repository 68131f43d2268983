"""The resync: what a list repairs, what it must not touch, and when only a restart helps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from mwaa_operator.engine.cache import Cache
from mwaa_operator.engine.queue import KeyedQueue
from mwaa_operator.engine.resync import Intervals, Resync
from tests.support.engine import KIND, Lab, body, ended, in_thread, key

INTERVAL = 600.0


class Unavailable(Exception):  # noqa: N818  what the API server's client would raise
    """The list failed."""


class Server:
    """An API server that answers what the test wants."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.version, self.down, self.breaks_after = 100, False, 99
        self.during_list: Callable[[], None] = lambda: None

    def list_kind(self, kind: str) -> tuple[Iterable[dict[str, Any]], str]:
        if self.down:
            raise Unavailable("connection refused")
        self.during_list()
        return self._pages(), str(self.version)

    def _pages(self) -> Iterator[dict[str, Any]]:
        for number, item in enumerate(list(self.items)):
            if number >= self.breaks_after:
                raise Unavailable("the second page failed")
            yield item


class Room(Lab):
    """A resync over Widgets, without the grace (which has a test of its own)."""

    def __init__(self, *, grace: float = 0.0) -> None:
        super().__init__()
        self.server, self.cache = Server(), Cache()
        self.queue = KeyedQueue(KIND, self.clock, self.metrics)
        self.filled: list[str] = []
        self.resync = Resync(
            kinds=[KIND],
            lister=self.server.list_kind,
            list_errors=(Unavailable,),
            cache=self.cache,
            queues={KIND: self.queue},
            on_filled=self.filled.append,
            intervals=Intervals(resync=INTERVAL, retry=5, grace=grace),
            instruments=self.instruments,
        )

    def names(self) -> list[str]:
        return sorted(item.name for item in self.cache.keys(KIND))


@pytest.fixture
def room() -> Room:
    """A room whose cache and server agree on two objects."""
    room = Room()
    room.server.items = [body("one", version=10), body("two", version=20)]
    assert room.resync.fill(KIND)
    return room


def test_the_first_list_fills_the_cache_and_is_no_divergence(room: Room) -> None:
    assert room.names() == ["one", "two"]
    assert room.filled == [KIND]
    assert room.metrics.diverged == {}


def test_a_sweep_that_finds_nothing_changes_nothing(room: Room) -> None:
    assert room.resync.sweep(KIND) == 0
    assert room.names() == ["one", "two"]
    assert room.log.events("warning") == []


def test_a_missed_object_is_added(room: Room) -> None:
    room.server.items.append(body("three", version=30))
    assert room.resync.sweep(KIND) == 1
    assert room.names() == ["one", "three", "two"]
    assert room.metrics.diverged == {KIND: 1}


@pytest.mark.parametrize("change", [{"spec": {"size": 7}}, {"status": {"ready": True}}])
def test_a_missed_change_is_made_good(room: Room, change: dict[str, Any]) -> None:
    room.server.items[0] = body("one", version=50, **change)
    assert room.resync.sweep(KIND) == 1
    assert room.cache.get(key("one")) == room.server.items[0]


def test_a_ghost_is_removed(room: Room) -> None:
    del room.server.items[0]
    assert room.resync.sweep(KIND) == 1
    assert room.names() == ["two"]
    assert room.log.fields("resync.repaired")["ghosts"] == 1


def test_a_namesake_replaces_its_predecessor(room: Room) -> None:
    room.server.items[0] = body("one", version=60, uid="second")
    assert room.resync.sweep(KIND) == 1
    entry = room.cache.entry(key("one"))
    assert entry is not None
    assert entry.uid == "second"


def test_a_list_that_fails_removes_nothing(room: Room) -> None:
    room.server.down = True
    assert room.resync.sweep(KIND) is None
    assert room.names() == ["one", "two"]
    assert room.log.events("warning") == ["resync.list_failed"]


def test_a_list_that_breaks_off_removes_nothing_and_adds_nothing(room: Room) -> None:
    room.server.items = [body("three", version=30), body("one", version=10), body("two", version=20)]
    room.server.breaks_after = 1
    assert room.resync.sweep(KIND) is None
    assert room.names() == ["one", "two"]


def test_an_object_that_appeared_during_the_list_is_no_ghost(room: Room) -> None:
    room.server.during_list = lambda: bool(room.cache.put(body("fresh", version=101)))  # type: ignore[assignment]  # the answer is ignored
    assert room.resync.sweep(KIND) == 0
    assert room.names() == ["fresh", "one", "two"]


def test_an_object_that_was_deleted_during_the_list_does_not_come_back(room: Room) -> None:
    room.server.during_list = lambda: bool(room.cache.remove(key("one"), "uid-one"))  # type: ignore[assignment]  # the answer is ignored
    room.server.items[0] = body("one", version=70)
    assert room.resync.sweep(KIND) == 0
    assert room.names() == ["two"]


def test_what_the_watch_brings_within_the_grace_is_no_divergence() -> None:
    room = Room(grace=5)
    room.server.items = [body("one", version=10), body("two", version=20), body("gone", version=30)]
    room.resync.fill(KIND)
    room.server.items = [body("one", version=40), body("two", version=50)]
    found: list[int | None] = []
    thread = in_thread(lambda: found.append(room.resync.sweep(KIND)))
    room.clock.await_waiters(1)
    room.cache.put(body("one", version=40))
    room.cache.remove(key("gone"))
    room.clock.advance(5)
    assert ended(thread)
    assert found == [1]
    assert room.cache.resource_versions(KIND) == {key("one"): "40", key("two"): "50"}


def test_a_namesake_that_the_watch_brings_within_the_grace_is_no_ghost() -> None:
    room = Room(grace=5)
    room.server.items = [body("one", version=10)]
    room.resync.fill(KIND)
    room.server.items = []
    thread = in_thread(lambda: room.resync.sweep(KIND))
    room.clock.await_waiters(1)
    room.cache.put(body("one", version=110, uid="second"))
    room.clock.advance(5)
    assert ended(thread)
    assert room.names() == ["one"]


def test_a_list_older_than_what_we_know_is_not_believed_the_first_time(room: Room) -> None:
    room.server.items, room.server.version = [body("one", version=10)], 15
    assert room.resync.sweep(KIND) is None
    assert room.names() == ["one", "two"]


def test_a_server_that_went_back_is_believed_the_second_time(room: Room) -> None:
    room.server.items, room.server.version = [body("one", version=9, spec={"size": 0})], 15
    room.resync.sweep(KIND)
    assert room.resync.sweep(KIND) == 2
    assert room.names() == ["one"]
    assert room.cache.resource_versions(KIND) == {key("one"): "9"}
    assert room.log.events("error") == ["resync.server_went_back"]


def test_one_current_list_between_two_old_ones_takes_the_suspicion_back(room: Room) -> None:
    for version in (15, 100, 15):
        room.server.version = version
        room.resync.sweep(KIND)
    assert room.log.events("error") == []
    assert room.names() == ["one", "two"]


def test_objects_at_rest_get_a_look_and_others_keep_theirs(room: Room) -> None:
    room.queue.add_after(key("one"), 10 * INTERVAL)
    room.resync.sweep(KIND)
    room.clock.advance(INTERVAL / 2 - 1)
    assert room.queue.get(0) is None
    room.clock.advance(1)  # the middle of the interval: MiddleRandom
    assert room.queue.get(0) == key("two")
    assert room.queue.get(0) is None
    room.clock.advance(10 * INTERVAL)
    assert room.queue.get(0) == key("one")


def start(room: Room) -> threading.Thread:
    thread = in_thread(room.resync.run)
    room.clock.await_waiters(1)
    return thread


def tick(room: Room, seconds: float) -> None:
    room.clock.advance(seconds)
    room.clock.await_waiters(1)


def test_the_loop_retries_the_first_list_soon_and_sweeps_at_the_interval() -> None:
    room = Room()
    room.server.down = True
    thread = start(room)
    assert room.filled == []
    room.server.down, room.server.items = False, [body("one", version=10)]
    tick(room, 5)
    assert room.filled == [KIND]
    room.server.items = []
    tick(room, INTERVAL - 1)
    assert room.names() == ["one"]
    tick(room, 1)
    assert room.names() == []
    room.resync.stop()
    assert ended(thread)


def test_a_silent_watch_is_a_problem_after_more_than_two_resyncs(room: Room) -> None:
    for sweep in range(1, 4):
        assert room.resync.problems() == []
        room.server.items[0] = body("one", version=30 + sweep)
        room.resync.sweep(KIND)
    assert [problem.check for problem in room.resync.problems()] == [f"resync/{KIND}"]
    room.resync.sweep(KIND)
    assert room.resync.problems() == []


def test_a_loop_that_stands_still_is_a_problem(room: Room) -> None:
    room.clock.advance(3 * INTERVAL + 1)
    assert [problem.check for problem in room.resync.problems()] == ["resync"]


def test_an_outage_of_the_server_is_a_problem_only_when_it_lasts_so_long_that_it_may_be_ours(room: Room) -> None:
    thread = start(room)
    room.server.down = True
    for sweep in range(1, 9):
        tick(room, INTERVAL)
        assert bool(room.resync.problems()) is (sweep > 6)
    room.resync.stop()
    assert ended(thread)
    assert room.resync.problems() == []


def test_an_unexpected_error_ends_the_loop(room: Room) -> None:
    def broken() -> None:
        raise TypeError("a bug")

    room.server.during_list = broken
    with pytest.raises(TypeError):
        room.resync.run()
