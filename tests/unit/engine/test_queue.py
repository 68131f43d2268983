"""The queue, scenario by scenario; test_queue_properties.py checks the promises against random histories."""

from __future__ import annotations

import pytest

from mwaa_operator.engine.queue import KeyedQueue, Priority
from tests.support.clock import FakeClock
from tests.support.engine import RecordingMetrics, ended, in_thread, key

A, B, C = key("a"), key("b"), key("c")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def queue(clock: FakeClock, metrics: RecordingMetrics) -> KeyedQueue:
    return KeyedQueue("Widget", clock, metrics)


def take_all(queue: KeyedQueue) -> list[str]:
    taken = []
    while (found := queue.get(0)) is not None:
        taken.append(found.name)
    return taken


def test_keys_of_one_priority_come_in_the_order_in_which_they_were_added(queue: KeyedQueue) -> None:
    for item in (B, A, C):
        queue.add(item)
    assert take_all(queue) == ["b", "a", "c"]


def test_a_key_that_waits_already_is_not_added_again(queue: KeyedQueue) -> None:
    queue.add(A)
    queue.add(A)
    assert queue.depth() == 1
    assert take_all(queue) == ["a"]


def test_a_running_key_is_not_given_to_a_second_worker(queue: KeyedQueue) -> None:
    queue.add(A)
    assert queue.get(0) == A
    queue.add(A)
    assert queue.get(0) is None


def test_a_dirty_key_runs_again_after_the_running_pass(queue: KeyedQueue) -> None:
    queue.add(A)
    queue.get(0)
    queue.add(A)
    queue.done(A)
    assert queue.get(0) == A
    queue.done(A)
    assert queue.get(0) is None


def test_done_for_a_key_that_nobody_has_is_an_error(queue: KeyedQueue) -> None:
    with pytest.raises(KeyError):
        queue.done(A)


def test_user_edits_go_before_resyncs(queue: KeyedQueue) -> None:
    queue.add(A, Priority.RESYNC)
    queue.add(B, Priority.USER)
    assert take_all(queue) == ["b", "a"]


def test_a_user_edit_upgrades_a_waiting_resync(queue: KeyedQueue) -> None:
    queue.add(A, Priority.RESYNC)
    queue.add(B, Priority.RESYNC)
    queue.add(B, Priority.USER)
    assert take_all(queue) == ["b", "a"]


def test_a_resync_does_not_degrade_a_waiting_user_edit(queue: KeyedQueue) -> None:
    queue.add(A, Priority.USER)
    queue.add(A, Priority.RESYNC)
    queue.get(0)
    assert queue.priority(A) is Priority.USER


def test_a_key_keeps_the_highest_priority_that_made_it_dirty(queue: KeyedQueue) -> None:
    queue.add(A, Priority.RESYNC)
    queue.get(0)
    queue.add(A, Priority.USER)
    queue.add(A, Priority.RESYNC)
    queue.add(B, Priority.USER)
    queue.add(C, Priority.RESYNC)
    queue.done(A)
    assert take_all(queue) == ["b", "a", "c"]
    assert queue.priority(A) is Priority.USER


def test_a_delayed_key_is_ready_at_its_time_and_not_before(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add_after(A, 10)
    clock.advance(9.999)
    assert queue.get(0) is None
    clock.advance(0.001)
    assert queue.get(0) == A


@pytest.mark.parametrize("delays", [(5, 20), (20, 5)])
def test_of_two_delays_the_earlier_wins(queue: KeyedQueue, clock: FakeClock, delays: tuple[float, float]) -> None:
    for delay in delays:
        queue.add_after(A, delay)
    clock.advance(5)
    assert queue.get(0) == A
    queue.done(A)
    clock.advance(100)
    assert queue.get(0) is None


def test_adding_a_delayed_key_makes_it_immediate_and_spends_the_delay(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add_after(A, 10)
    queue.add(A)
    assert queue.get(0) == A
    queue.done(A)
    clock.advance(100)
    assert queue.get(0) is None


def test_a_delay_for_a_key_that_is_about_to_run_is_ignored(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add(A)
    queue.add_after(A, 10)
    queue.get(0)
    queue.done(A)
    clock.advance(100)
    assert queue.get(0) is None


def test_a_delay_set_while_running_survives_the_end_of_the_pass(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add(A)
    queue.get(0)
    queue.add_after(A, 10)
    queue.done(A)
    assert queue.get(0) is None
    clock.advance(10)
    assert queue.get(0) == A


def test_the_delay_of_a_pass_that_became_dirty_is_left_to_the_next_pass(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add(A)
    queue.get(0)
    queue.add_after(A, 10)
    queue.add(A)
    queue.done(A)
    assert queue.get(0) == A
    queue.done(A)
    clock.advance(100)
    assert queue.get(0) is None


def test_a_delay_that_ends_while_the_key_runs_makes_it_dirty(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add(A)
    queue.get(0)
    queue.add_after(A, 5)
    clock.advance(5)
    assert queue.get(0) is None
    queue.done(A)
    assert queue.get(0) == A


@pytest.mark.parametrize("seconds", [0, -1])
def test_no_delay_means_now(queue: KeyedQueue, seconds: float) -> None:
    queue.add_after(A, seconds)
    assert queue.get(0) == A


def test_add_if_absent_leaves_every_known_key_alone(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add(A)
    assert queue.get(0) == A
    queue.add(B)
    queue.add_after(C, 50)
    assert [queue.add_if_absent(item, 1) for item in (A, B, C, key("d"))] == [False, False, False, True]
    queue.get(0)
    clock.advance(1)
    assert take_all(queue) == ["d"]


def test_shut_down_drops_the_queue_and_refuses_new_keys(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add(A)
    queue.get(0)
    queue.add(A)
    queue.add(B)
    queue.add_after(C, 1)
    queue.shut_down()
    queue.add(B)
    queue.add_after(B, 1)
    assert not queue.add_if_absent(B, 1)
    queue.done(A)
    clock.advance(10)
    assert queue.get() is None
    assert queue.depth() == 0


def test_shut_down_wakes_every_getter(queue: KeyedQueue, clock: FakeClock) -> None:
    threads = [in_thread(queue.get) for _ in range(3)]
    clock.await_waiters(3)
    queue.shut_down()
    assert all(ended(thread) for thread in threads)


def test_a_waiting_getter_receives_a_key_that_is_added(queue: KeyedQueue, clock: FakeClock) -> None:
    taken: list[object] = []
    thread = in_thread(lambda: taken.append(queue.get()))
    clock.await_waiters(1)
    queue.add(A)
    assert ended(thread)
    assert taken == [A]


def test_a_waiting_getter_receives_a_key_whose_time_has_come(queue: KeyedQueue, clock: FakeClock) -> None:
    taken: list[object] = []
    queue.add_after(A, 60)
    thread = in_thread(lambda: taken.append(queue.get()))
    clock.await_waiters(1)
    queue.add_after(B, 5)
    clock.advance(5)
    assert ended(thread)
    assert taken == [B]


def test_get_gives_up_when_its_time_is_up(queue: KeyedQueue, clock: FakeClock) -> None:
    thread = in_thread(lambda: queue.get(3))
    clock.await_waiters(1)
    clock.advance(3)
    assert ended(thread)


def test_a_key_that_is_delayed_again_and_again_does_not_fill_the_heap(queue: KeyedQueue) -> None:
    for seconds in range(10_000, 0, -1):
        queue.add_after(A, seconds)
    assert len(queue._heap) < 200
    assert queue.facts().delayed == 1


def test_the_facts_tell_ages_and_numbers(queue: KeyedQueue, clock: FakeClock) -> None:
    queue.add(A)
    clock.advance(2)
    queue.get(0)
    queue.add(B, Priority.RESYNC)
    queue.add_after(C, 100)
    clock.advance(3)
    facts = queue.facts()
    assert (facts.depth, facts.delayed, facts.running) == (1, 1, 1)
    assert facts.oldest_ready_seconds == 3
    assert facts.unmoved_seconds == 3
    assert facts.unfinished_seconds == facts.longest_running_seconds == 3


def test_an_idle_queue_does_not_count_as_unmoved(queue: KeyedQueue, clock: FakeClock) -> None:
    clock.advance(10_000)
    assert queue.facts().unmoved_seconds == 0
    queue.add(A)
    clock.advance(1)
    assert queue.facts().unmoved_seconds == 1


def test_the_metrics_hear_of_waiting_and_working_times(
    queue: KeyedQueue, clock: FakeClock, metrics: RecordingMetrics
) -> None:
    queue.add(A)
    clock.advance(2)
    queue.get(0)
    clock.advance(3)
    queue.done(A)
    assert (metrics.counts["added"], metrics.waited, metrics.worked) == (1, [2.0], [3.0])
    assert metrics.queues["Widget"]().depth == 0
