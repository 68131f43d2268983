"""The election with a fake clock: who may mutate when, and who must not.

What happens when two processes really fight is in the system tests; here every interleaving is spelled out.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.engine.leadership import LeaseTimes
from tests.support.engine import Lab
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


def test_before_the_first_step_nothing_may_be_sent(a: Candidate) -> None:
    assert not a.may(0)
    assert not a.elector.is_leader()
    assert a.metrics.leads == [False]


def test_a_missing_lease_is_created_and_held(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    assert a.elector.step() == 4
    assert a.elector.is_leader()
    assert lock.stored is not None
    assert (lock.stored.holder, lock.stored.duration, lock.stored.transitions) == ("a", 30, 0)
    assert lock.stored.acquired_at == lock.stored.renewed_at == lab.clock.now()
    assert a.metrics.leads == [False, True]


def test_the_fence_lets_pass_what_ends_before_the_lease_and_nothing_else(lab: Lab, a: Candidate) -> None:
    a.elector.step()
    assert a.may(29.9)
    assert not a.may(30)
    lab.clock.advance(18)
    assert a.may(11.9)
    assert not a.may(12)


def test_a_renewal_moves_the_fence_and_keeps_the_time_of_acquisition(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    a.elector.step()
    acquired = lab.clock.now()
    lab.clock.advance(10)
    a.elector.step()
    assert a.may(29.9)
    assert lock.stored is not None
    assert (lock.stored.acquired_at, lock.stored.renewed_at) == (acquired, lab.clock.now())
    assert lock.stored.transitions == 0


def test_the_hold_counts_from_before_the_renewal_was_sent(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    lock.before_write = lambda: lab.clock.advance(7)
    a.elector.step()
    assert a.may(22.9)
    assert not a.may(23)


def test_a_standby_waits_for_a_whole_unchanged_duration_by_its_own_clock(
    lab: Lab, lock: MemoryLease, a: Candidate, b: Candidate
) -> None:
    a.elector.step()
    lab.clock.advance(25)
    assert b.elector.step() == pytest.approx(4.4)
    lab.clock.advance(29.9)
    b.elector.step()
    assert not b.elector.is_leader()
    lab.clock.advance(0.1)
    b.elector.step()
    assert b.elector.is_leader()
    assert lock.stored is not None
    assert (lock.stored.holder, lock.stored.transitions) == ("b", 1)
    assert not a.may(0)


def test_a_renewed_record_starts_the_standbys_wait_anew(lab: Lab, a: Candidate, b: Candidate) -> None:
    a.elector.step()
    b.elector.step()
    for _ in range(5):
        lab.clock.advance(15)
        a.elector.step()
        b.elector.step()
    assert a.elector.is_leader()
    assert not b.elector.is_leader()


def test_the_holders_own_duration_counts_not_ours(lab: Lab, lock: MemoryLease, a: Candidate, b: Candidate) -> None:
    a.elector.step()
    assert lock.stored is not None
    lock.stored = replace(lock.stored, duration=90)
    b.elector.step()
    lab.clock.advance(89)
    b.elector.step()
    assert not b.elector.is_leader()


@pytest.mark.parametrize("jump", [-7200.0, 7200.0])
def test_wall_clocks_decide_nothing(lab: Lab, a: Candidate, b: Candidate, jump: float) -> None:
    a.elector.step()
    b.elector.step()
    lab.clock.jump_wall_clock(jump)
    b.elector.step()
    a.elector.step()
    assert a.may(29)
    assert not b.elector.is_leader()


def test_after_a_stop_of_the_process_the_fence_refuses_before_any_renewal(
    lab: Lab, lock: MemoryLease, a: Candidate
) -> None:
    a.elector.step()
    lab.clock.advance(31)  # SIGSTOP and SIGCONT, a suspended node, a starved container
    assert not a.may(0)
    assert not a.elector.is_leader()
    writes = lock.writes
    a.elector.step()
    assert lock.writes == writes, "a zombie must not even renew"
    assert a.log.fields("leader.lost")["reason"] == "the lease was not renewed in time"


def test_whoever_missed_the_renew_deadline_gives_up_although_the_lease_still_holds(
    lab: Lab, lock: MemoryLease, a: Candidate
) -> None:
    a.elector.step()
    lock.down = True
    for _ in range(4):
        lab.clock.advance(4)
        a.elector.step()
        assert a.elector.is_leader()
    lab.clock.advance(4)
    a.elector.step()
    assert not a.may(0)
    assert a.metrics.leads[-1] is False


def test_a_hanging_renewal_counts_against_the_deadline(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    a.elector.step()
    lab.clock.advance(15)
    lock.down = True
    lock.before_write = lambda: lab.clock.advance(10)
    a.elector.step()
    assert a.log.fields("leader.lost")["reason"] == "the lease could not be renewed in time"


def test_an_outage_shorter_than_the_deadline_changes_nothing(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    a.elector.step()
    lock.down = True
    lab.clock.advance(16)
    a.elector.step()
    lock.down = False
    lab.clock.advance(3)
    a.elector.step()
    assert a.may(29)


def test_a_renewal_whose_answer_was_lost_is_recognised_as_our_own(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    a.elector.step()
    lock.lose_answer = True
    lab.clock.advance(4)
    a.elector.step()
    lab.clock.advance(4)
    a.elector.step()
    assert a.may(29)


def test_an_acquisition_whose_answer_was_lost_is_completed_at_the_next_step(
    lab: Lab, lock: MemoryLease, a: Candidate
) -> None:
    lock.lose_answer = True
    a.elector.step()
    assert not a.may(0)
    lab.clock.advance(4)
    a.elector.step()
    assert a.may(29)


def test_a_label_on_the_lease_does_not_cost_the_lead(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    a.elector.step()
    lock.touch()
    lab.clock.advance(4)
    a.elector.step()
    assert a.may(29)


def test_whoever_finds_another_holder_has_lost_at_once(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    a.elector.step()
    assert lock.stored is not None
    lock.stored = replace(lock.stored, holder="b", resource_version="99")
    lab.clock.advance(4)
    a.elector.step()
    assert not a.may(0)
    assert a.log.fields("leader.lost")["reason"] == "somebody else wrote the lease"


def test_whoever_finds_the_lease_deleted_has_lost(lab: Lab, lock: MemoryLease, a: Candidate) -> None:
    a.elector.step()
    lock.stored = None
    lab.clock.advance(4)
    a.elector.step()
    assert not a.may(0)


def test_of_two_who_ask_at_once_one_wins(lab: Lab, lock: MemoryLease, a: Candidate, b: Candidate) -> None:
    def race() -> None:
        lock.before_write = lambda: None
        b.elector.step()

    lock.before_write = race
    a.elector.step()
    assert b.elector.is_leader()
    assert not a.elector.is_leader()
    assert a.log.events() == ["leader.outrun"]


def test_a_released_lease_is_taken_at_once(lock: MemoryLease, a: Candidate, b: Candidate) -> None:
    a.elector.step()
    assert lock.stored is not None
    lock.stored = replace(lock.stored, holder="", resource_version="9")
    b.elector.step()
    assert b.elector.is_leader()


def test_an_unreachable_server_makes_nobody_leader(lock: MemoryLease, a: Candidate) -> None:
    lock.down = True
    a.elector.step()
    assert not a.may(0)
    assert a.log.events("warning") == ["leader.lease_unavailable"]


@pytest.mark.parametrize(
    "times", [(30, 30, 4), (30, 40, 4), (30, 20, 20), (30, 20, 0)], ids=["equal", "late", "slow", "hot"]
)
def test_senseless_lease_times_are_refused(times: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="retry_period < renew_deadline < duration"):
        LeaseTimes(*times)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.floats(0.1, 40)),
        st.tuples(st.sampled_from(["step a", "step b", "down", "up", "lose answer"]), st.just(0.0)),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(steps=STEPS)
def test_in_no_history_do_two_pass_the_fence_at_one_moment(steps: list[tuple[str, float]]) -> None:
    lab, lock = Lab(), MemoryLease()
    a, b = Candidate(lab, lock, "a"), Candidate(lab, lock, "b")
    for what, seconds in steps:
        match what:
            case "advance":
                lab.clock.advance(seconds)
            case "step a":
                a.elector.step()
            case "step b":
                b.elector.step()
            case "lose answer":
                lock.lose_answer = True
            case _:
                lock.down = what == "down"
        assert not (a.may(0) and b.may(0))
