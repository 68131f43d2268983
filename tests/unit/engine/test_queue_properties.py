"""The queue's promises against random histories: no key is lost, none runs twice at once, dirty keys run again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.engine.metrics import NullMetrics
from mwaa_operator.engine.queue import KeyedQueue, Priority
from tests.support.clock import FakeClock
from tests.support.engine import key

ADDS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(list(Priority))), max_size=20)
KEYS = st.sampled_from([key(name) for name in "abcd"])
PRIORITIES = st.sampled_from(list(Priority))
DELAYS = st.integers(min_value=1, max_value=30)


def order_owed(adds: list[tuple[int, Priority]]) -> list[str]:
    """The keys by their best priority, and within one by when they reached it."""
    best: dict[int, Priority] = {}
    for number, priority in adds:
        if number not in best or priority < best[number]:
            best.pop(number, None)
            best[number] = priority
    return [str(number) for wanted in Priority for number, priority in best.items() if priority is wanted]


def take_all(queue: KeyedQueue) -> list[str]:
    taken = []
    while (item := queue.get(0)) is not None:
        taken.append(item.name)
    return taken


@settings(deadline=None)
@given(adds=ADDS)
def test_whoever_has_the_best_priority_goes_first_and_among_equals_whoever_came_first(
    adds: list[tuple[int, Priority]],
) -> None:
    queue = KeyedQueue("Widget", FakeClock(), NullMetrics())
    for number, priority in adds:
        queue.add(key(str(number)), priority)
    assert take_all(queue) == order_owed(adds)


@settings(deadline=None)
@given(adds=ADDS)
def test_the_same_holds_for_keys_that_became_dirty_while_they_ran(adds: list[tuple[int, Priority]]) -> None:
    queue = KeyedQueue("Widget", FakeClock(), NullMetrics())
    for number in range(6):
        queue.add(key(str(number)))
    running = take_all(queue)
    for number, priority in adds:
        queue.add(key(str(number)), priority)
    for name in running:
        queue.done(key(name))
    best = {number: min(priority for other, priority in adds if other == number) for number, _ in adds}
    assert take_all(queue) == [name for wanted in Priority for name in running if best.get(int(name)) is wanted]


class QueueMachine(RuleBasedStateMachine):
    """Drives the queue and keeps a ledger of what is owed: for each key, the time by which it has to be ready."""

    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.queue = KeyedQueue("Widget", self.clock, NullMetrics())
        self.owed: dict[ObjectKey, float] = {}
        self.urgent: set[ObjectKey] = set()
        self.running: set[ObjectKey] = set()

    def owe(self, item: ObjectKey, due: float, priority: Priority) -> None:
        self.owed[item] = min(due, self.owed.get(item, due))
        if priority is Priority.USER:
            self.urgent.add(item)

    @rule(item=KEYS, priority=PRIORITIES)
    def add(self, item: ObjectKey, priority: Priority) -> None:
        self.queue.add(item, priority)
        self.owe(item, self.clock.monotonic(), priority)

    @rule(item=KEYS, seconds=DELAYS)
    def add_after(self, item: ObjectKey, seconds: int) -> None:
        self.queue.add_after(item, seconds)
        self.owe(item, self.clock.monotonic() + seconds, Priority.RESYNC)

    @rule(item=KEYS, seconds=DELAYS)
    def add_if_absent(self, item: ObjectKey, seconds: int) -> None:
        known = item in self.owed or item in self.running
        assert self.queue.add_if_absent(item, seconds) is not known
        if not known:
            self.owe(item, self.clock.monotonic() + seconds, Priority.RESYNC)

    @rule(seconds=DELAYS)
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(target=taken)
    def get(self) -> ObjectKey | None:
        now = self.clock.monotonic()
        ready = {item for item, due in self.owed.items() if due <= now} - self.running
        item = self.queue.get(0)
        if item is None:
            assert not ready, "a key was lost"
            return None
        assert item in ready, "a key came too early, twice, or without being owed"
        assert item in self.urgent or not ready & self.urgent, "a resync went before a user's edit"
        del self.owed[item]
        self.urgent.discard(item)
        self.running.add(item)
        return item

    @rule(item=consumes(taken))
    def done(self, item: ObjectKey | None) -> None:
        if item is not None:
            self.queue.done(item)
            self.running.discard(item)

    @precondition(lambda self: not self.running)
    @rule()
    def everything_owed_is_delivered_in_time(self) -> None:
        self.clock.advance(31)
        while (item := self.queue.get(0)) is not None:
            del self.owed[item]
            self.queue.done(item)
        assert not self.owed
        self.urgent.clear()

    @invariant()
    def the_facts_agree(self) -> None:
        facts = self.queue.facts()
        now = self.clock.monotonic()
        assert facts.running == len(self.running)
        assert facts.depth == len({item for item, due in self.owed.items() if due <= now} - self.running)


QueueMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestQueue = QueueMachine.TestCase
