"""Calls side by side: none waits for another one, none is begun twice. Not covered: the end of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from mwaa_operator.gateway.clusters.together import Together

SOON = 20.0
"""Longer than anything takes that is not held."""


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What held calls wait for; open at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


def held(gate: threading.Event, begun: list[str], name: str) -> Callable[[], str]:
    def call() -> str:
        begun.append(name)
        gate.wait(SOON)
        return name

    return call


def test_all_run_at_once() -> None:
    together: Together[int, int] = Together("test")
    meeting = threading.Barrier(40)
    found = together.run({number: lambda: meeting.wait(SOON) for number in range(40)}, within=SOON)
    assert sorted(found.values()) == list(range(40))


def test_what_is_not_ready_in_time_is_left_out(gate: threading.Event) -> None:
    together: Together[str, str] = Together("test")
    found = together.run({"slow": held(gate, [], "slow"), "quick": lambda: "quick"}, within=0.2)
    assert found == {"quick": "quick"}


def test_what_is_under_way_is_not_begun_again_and_taken_when_it_is_ready(gate: threading.Event) -> None:
    together: Together[str, str] = Together("test")
    begun: list[str] = []
    calls = {"slow": held(gate, begun, "slow")}
    assert together.run(calls, within=0.05) == {}
    assert together.run(calls, within=0.05) == {}
    gate.set()
    assert together.run(calls, within=SOON) == {"slow": "slow"}
    assert begun == ["slow"]


def test_who_was_late_before_keeps_nobody_waiting(gate: threading.Event) -> None:
    together: Together[str, str] = Together("test")
    calls = {"late": held(gate, [], "late"), "quick": lambda: "quick"}
    waiting = threading.Timer(SOON / 2, gate.set)
    waiting.start()
    assert together.run(calls, within=SOON, briefly=["late"]) == {"quick": "quick"}
    assert not gate.is_set()
    waiting.cancel()
    waiting.join()


def test_what_has_ended_is_begun_anew() -> None:
    together: Together[str, int] = Together("test")
    numbers = iter(range(9))
    calls = {"count": lambda: next(numbers)}
    assert [together.run(calls, within=SOON)["count"] for _ in range(3)] == [0, 1, 2]


def test_what_a_call_raises_is_raised_and_the_next_try_is_a_new_one() -> None:
    together: Together[str, str] = Together("test")

    def fail() -> str:
        raise PermissionError("not the leader")

    with pytest.raises(PermissionError):
        together.run({"a": fail, "b": lambda: "b"}, within=SOON)
    assert together.run({"a": lambda: "a"}, within=SOON) == {"a": "a"}


def test_what_is_forgotten_is_begun_anew(gate: threading.Event) -> None:
    together: Together[str, str] = Together("test")
    begun: list[str] = []
    calls = {"slow": held(gate, begun, "slow")}
    assert together.run(calls, within=0.05) == {}
    together.forget(lambda key: key == "slow")
    gate.set()
    assert together.run(calls, within=SOON) == {"slow": "slow"}
    assert begun == ["slow", "slow"]


def test_nothing_to_do_is_nothing() -> None:
    together: Together[str, str] = Together("test")
    assert together.run({}, within=SOON) == {}
