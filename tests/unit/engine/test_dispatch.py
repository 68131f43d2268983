"""From changes to keys: who is woken by what, and with which priority."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from mwaa_operator.api.meta import FINALIZER, ObjectKey
from mwaa_operator.engine.backoff import Backoff
from mwaa_operator.engine.cache import Cache
from mwaa_operator.engine.controller import Watch
from mwaa_operator.engine.dispatch import Dispatcher
from mwaa_operator.engine.queue import KeyedQueue, Priority
from tests.support.engine import KIND, Lab, body, key

ONE = key("one")


class Room:
    """A dispatcher over Widgets that refer to Accounts by name, and to Gates whose status matters to them."""

    def __init__(self, *, filled: bool = True) -> None:
        lab = Lab()
        self.cache = Cache()
        self.queue = KeyedQueue(KIND, lab.clock, lab.metrics)
        self.backoff = Backoff(base=1, cap=300, rng=lab.rng)
        self.cache.add_index(KIND, "account", lambda widget: [widget["spec"].get("account", "")])
        self.dispatcher = Dispatcher(
            cache=self.cache,
            queues={KIND: self.queue},
            backoffs={KIND: self.backoff},
            watches=[Watch("Account", self.users), Watch("Gate", self.named, on_status=True)],
        )
        if filled:
            self.dispatcher.filled(KIND)

    def users(self, account: dict[str, Any]) -> Iterable[ObjectKey]:
        return self.cache.by_index(KIND, "account", account["metadata"]["name"])

    def named(self, gate: dict[str, Any]) -> Iterable[ObjectKey]:
        return [key(name) for name in gate["spec"]["widgets"]]

    def event(self, type_: str | None, found: dict[str, Any]) -> None:
        self.dispatcher.on_event(type_, found)

    def woken(self) -> list[tuple[str, Priority]]:
        found = []
        while (item := self.queue.get(0)) is not None:
            found.append((item.name, self.queue.priority(item)))
            self.queue.done(item)
        return found


@pytest.fixture
def room() -> Room:
    return Room()


def test_objects_of_the_first_list_wait_behind_user_edits() -> None:
    room = Room(filled=False)
    room.event(None, body("one"))
    room.event("ADDED", body("two"))
    room.dispatcher.filled(KIND)
    room.event("ADDED", body("three"))
    assert room.woken() == [("three", Priority.USER), ("one", Priority.RESYNC), ("two", Priority.RESYNC)]


def test_an_edit_wakes_its_object_as_a_users_edit(room: Room) -> None:
    room.event("ADDED", body(version=1))
    room.woken()
    room.event("MODIFIED", body(version=2, generation=2, spec={"size": 2}))
    assert room.woken() == [("one", Priority.USER)]


ECHOES: list[tuple[str, dict[str, Any]]] = [
    ("the echo of a status write", {"version": 2, "status": {"ready": True}}),
    ("the echo of our finalizer", {"version": 2, "finalizers": [FINALIZER]}),
    ("an event that was seen before", {"version": 1}),
    ("an older state after a reconnect", {"version": 0, "spec": {"size": 0}}),
]


@pytest.mark.parametrize(("what", "event"), ECHOES, ids=[row[0] for row in ECHOES])
def test_what_wakes_nobody(room: Room, what: str, event: dict[str, Any]) -> None:
    room.event("ADDED", body(version=1))
    room.woken()
    room.event("MODIFIED", body(**event))
    assert room.woken() == []


def test_an_edit_that_arrives_with_the_answer_to_a_read_is_not_lost(room: Room) -> None:
    # A pass stores what it read fresh; the watch then brings the same version, which says nothing new.
    room.event("ADDED", body(version=1))
    room.woken()
    room.cache.put(body(version=2, spec={"size": 2}))
    room.event("MODIFIED", body(version=2, spec={"size": 2}))
    assert room.woken() == [("one", Priority.USER)]


def test_a_deletion_wakes_its_key_once_more(room: Room) -> None:
    room.event("ADDED", body(version=1))
    room.woken()
    room.event("DELETED", body(version=2))
    assert room.cache.get(ONE) is None
    assert room.woken() == [("one", Priority.USER)]


def test_the_deletion_of_an_unknown_object_wakes_nobody(room: Room) -> None:
    room.event("DELETED", body())
    assert room.woken() == []


def test_an_edit_makes_the_back_off_start_anew_and_an_echo_does_not(room: Room) -> None:
    room.event("ADDED", body(version=1))
    room.backoff.next(ONE)
    room.event("MODIFIED", body(version=2, status={"x": 1}))
    assert room.backoff.failures(ONE) == 1
    room.event("MODIFIED", body(version=3, generation=2, spec={"size": 2}))
    assert room.backoff.failures(ONE) == 0


def account(version: int, **changes: Any) -> dict[str, Any]:
    return body("a", kind="Account", namespace="", version=version, **changes)


@pytest.fixture
def users(room: Room) -> Room:
    for name, owner in (("one", "a"), ("two", "a"), ("three", "b")):
        room.event("ADDED", body(name, spec={"account": owner}))
    room.woken()
    return room


def test_a_changed_account_wakes_those_who_refer_to_it_behind_user_edits(users: Room) -> None:
    users.event("ADDED", account(1))
    users.event("MODIFIED", body("three", version=2, spec={"account": "b", "size": 2}))
    assert users.woken() == [("three", Priority.USER), ("one", Priority.RESYNC), ("two", Priority.RESYNC)]


def test_a_deleted_account_wakes_those_who_refer_to_it(users: Room) -> None:
    users.event("ADDED", account(1))
    users.woken()
    users.event("DELETED", account(2))
    assert sorted(name for name, _ in users.woken()) == ["one", "two"]


def test_the_status_of_a_source_wakes_only_those_who_asked_for_it(users: Room) -> None:
    users.event("ADDED", account(1))
    users.event("ADDED", body("g", kind="Gate", spec={"widgets": ["three"]}))
    users.woken()
    users.event("MODIFIED", account(2, status={"ready": True}))
    assert users.woken() == []
    users.event("MODIFIED", body("g", kind="Gate", version=2, spec={"widgets": ["three"]}, status={"ready": True}))
    assert users.woken() == [("three", Priority.RESYNC)]


def test_whoever_was_dropped_from_a_reference_is_woken_too(users: Room) -> None:
    users.event("ADDED", body("g", kind="Gate", version=1, spec={"widgets": ["one"]}))
    users.woken()
    users.event("MODIFIED", body("g", kind="Gate", version=2, spec={"widgets": ["two"]}))
    assert sorted(name for name, _ in users.woken()) == ["one", "two"]


def test_a_kind_without_a_controller_is_cached_and_wakes_nobody(room: Room) -> None:
    room.event("ADDED", body("c", kind="ConfigMap"))
    assert room.cache.get(key("c", kind="ConfigMap")) is not None
    assert room.woken() == []


def test_a_dependent_without_a_controller_is_left_alone() -> None:
    room = Room()
    Dispatcher(
        cache=room.cache, queues={}, backoffs={}, watches=[Watch("Account", lambda _: [key("x", kind="Unknown")])]
    )
    room.event("ADDED", account(1))
    assert room.woken() == []


def test_it_knows_which_kinds_have_not_been_listed(room: Room) -> None:
    assert room.dispatcher.unfilled([KIND, "Account"]) == ["Account"]
