"""What pods are asked, together and how often, and for how long a pass waits for those that say nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from mwaa_operator.gateway.looks.answers import Answers, Pod
from mwaa_operator.gateway.looks.revisions import key_of_gateway
from mwaa_operator.gateway.plan.probes import Probe
from mwaa_operator.gateway.plan.situation import Replies, Reply, Situation
from tests.support.aws import Clock
from tests.support.rollout import at_rest, situation

SOON = 20.0
"""Longer than anything takes that is not held."""
KEPT = 600.0


@dataclass
class Field:
    """Pods that answer as a test wants, and what asks them.

    Attributes:
        clock: The time.
        silent: Addresses that answer with nothing.
        held: Addresses that do not answer before `gate` is open.
        gate: Open at the end of the test.
        asked: How often each address was asked.
        meeting: Where those meet that are asked at once; None: nowhere.
    """

    clock: Clock = field(default_factory=Clock)
    silent: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    gate: threading.Event = field(default_factory=threading.Event)
    asked: Counter[str] = field(default_factory=Counter)
    meeting: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        self.answers = Answers(self, seconds=KEPT, monotonic=self.clock)
        self.situation = situation(at_rest(one="ab"))

    def ask(self, address: str, probes: Iterable[Probe], *, context_path: str, keys: tuple[str, ...]) -> Replies:
        """Answer."""
        self.asked[address] += 1
        self.meeting()
        if address in self.held:
            self.gate.wait(SOON)
        pod = next(pod for pod in self.situation.observed.pods if pod.name == address)
        return {item.key: Reply(0) for item in probes} if address in self.silent else pod.replies or {}

    def version(self, address: str, *, context_path: str, user: str) -> str | None:
        """Say nothing."""
        return None

    def pods(self, s: Situation | None = None) -> list[Pod]:
        """Return the pods that serve; their addresses are their names."""
        observed = (s or self.situation).observed.pods
        return [Pod(pod.name, (pod.name, 0), pod.name, pod.revision) for pod in observed]

    def look(self, s: Situation | None = None) -> dict[str, Replies]:
        """Ask them."""
        return self.answers.of(s or self.situation, self.pods(s))


@pytest.fixture
def pods() -> Iterator[Field]:
    """Two pods that serve."""
    found = Field()
    yield found
    found.gate.set()


def spoke(replies: Replies) -> bool:
    """Whether there was any answer."""
    return any(reply.status for reply in replies.values())


def test_all_pods_are_asked_at_once(pods: Field) -> None:
    meeting = threading.Barrier(2)
    pods.meeting = lambda: meeting.wait(SOON)
    assert all(map(spoke, pods.look().values()))


def test_a_pod_that_answered_rightly_is_not_asked_again_for_a_while(pods: Field) -> None:
    first, again = pods.look(), pods.look()
    assert (first, set(pods.asked.values())) == (again, {1})
    pods.clock.forward(KEPT)
    pods.look()
    assert set(pods.asked.values()) == {2}


def test_a_pod_that_was_silent_keeps_no_later_look_waiting_and_is_asked_by_one_of_them_alone(pods: Field) -> None:
    silent, other = (pod.name for pod in pods.pods())
    pods.silent = {silent}
    pods.look()
    pods.held = {silent}
    for _ in range(2):
        assert {name: spoke(replies) for name, replies in pods.look().items()} == {silent: False, other: True}
    assert (pods.asked[silent], pods.asked[other]) == (2, 1)


def test_a_pod_that_was_silent_is_believed_when_it_speaks(pods: Field) -> None:
    silent = pods.pods()[0].name
    pods.silent = {silent}
    pods.look()
    pods.silent, pods.held = set(), {silent}
    assert not spoke(pods.look()[silent])
    pods.gate.set()
    assert spoke(pods.look()[silent])
    assert pods.asked[silent] == 2


@pytest.mark.parametrize("forgets", ["the gateway", "the pod"])
def test_what_is_gone_is_not_waited_for(pods: Field, forgets: str) -> None:
    silent = pods.pods()[0].name
    pods.silent = {silent}
    pods.look()
    pods.held = {silent}
    pods.look()
    if forgets == "the gateway":
        pods.answers.forget(key_of_gateway(pods.situation.resource))
    else:
        others = tuple(pod for pod in pods.situation.observed.pods if pod.name != silent)
        pods.look(replace(pods.situation, observed=replace(pods.situation.observed, pods=others)))
    pods.held, pods.silent = set(), set()
    assert spoke(pods.look()[silent])
    assert pods.asked[silent] == 3
