"""The real clock, and the promise of the fake one that all other tests lean on."""

from __future__ import annotations

import threading
from datetime import timedelta

from mwaa_operator.engine.clock import Clock, SystemClock
from tests.support.clock import FakeClock
from tests.support.engine import ended, in_thread


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_the_system_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


def test_the_system_clock_does_not_wait_for_a_moment_that_has_passed() -> None:
    clock, condition = SystemClock(), threading.Condition()
    with condition:
        clock.wait(condition, clock.monotonic() - 1)


def test_the_system_clock_waits_until_the_moment() -> None:
    clock, condition = SystemClock(), threading.Condition()
    until = clock.monotonic() + 0.01
    with condition:
        while clock.monotonic() < until:
            clock.wait(condition, until)
    assert clock.monotonic() >= until


def test_the_system_clock_wakes_on_a_notification() -> None:
    clock, condition = SystemClock(), threading.Condition()
    state = {"waiting": False}

    def wait(until: float | None) -> None:
        with condition:
            state["waiting"] = True
            clock.wait(condition, until)

    for until in (None, clock.monotonic() + 1e12):
        state["waiting"] = False
        thread = in_thread(lambda until=until: wait(until))  # type: ignore[misc]  # mypy cannot type the default
        while thread.is_alive():
            with condition:
                if state["waiting"]:
                    condition.notify_all()
            thread.join(0.01)


def test_the_fake_clock_wakes_waiters_when_their_time_has_come() -> None:
    clock: Clock = FakeClock()
    assert isinstance(clock, FakeClock)
    condition, until = threading.Condition(), clock.monotonic() + 5

    def wait() -> None:
        with condition:
            while clock.monotonic() < until:
                clock.wait(condition, until)

    thread = in_thread(wait)
    clock.await_waiters(1)
    clock.advance(4.9)
    clock.await_waiters(1)
    clock.advance(0.1)
    assert ended(thread)
