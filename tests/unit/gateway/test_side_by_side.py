"""Two gateways on the engine's own queue and workers: whatever holds the one, the other goes its way to the end.

Nothing here is timed: what is held stays so until the other gateway rests. Not covered: what a real process does
(tests/system/test_gateway_neighbours.py).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.result import Done, RequeueAfter, Result
from mwaa_operator.engine.backoff import Backoff
from mwaa_operator.engine.queue import KeyedQueue
from mwaa_operator.engine.worker import Passes, Worker
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.plan.probes import Probe
from mwaa_operator.gateway.plan.situation import ClusterLook, ClusterTrouble, Replies, Reply
from tests.support.engine import Lab, ended, in_thread
from tests.support.gatewaycrash import MortalRoom
from tests.support.gatewayroom import TIMINGS, Pods, SparkClusters
from tests.support.sparkscene import target

HELD, FREE = "held", "free"
SOON = 20.0
"""Longer than anything takes that is not held."""


@dataclass
class Gate:
    """Where what a gateway asks for waits until a test opens.

    Attributes:
        place: What waits; the rest passes.
        reached: Set when something waits.
        opened: Set by the test.
    """

    place: str
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def wait(self, place: str, gateway: str) -> None:
        """Wait if this is the place and the gateway is to be held."""
        if (place, gateway) == (self.place, HELD):
            self.reached.set()
            self.opened.wait(2 * SOON)

    def write(self, verb: str, body: Mapping[str, Any]) -> None:
        """Wait before a write."""
        name = str(body["metadata"].get("labels", {}).get("mwaa-operator.io/gateway"))
        self.wait(f"{verb} {body['kind']}", name)


@dataclass
class GatedPods(Pods):
    """Pods that may not answer yet; those of a gateway are known by its queue, which has its name."""

    gate: Gate = field(default_factory=lambda: Gate(""))

    def ask(self, address: str, probes: Iterable[Probe], *, context_path: str, keys: tuple[str, ...]) -> Replies:
        """Answer in the end."""
        asked = tuple(probes)
        self.gate.wait("probes", next(item.subject for item in asked))
        return super().ask(address, asked, context_path=context_path, keys=keys)

    def version(self, address: str, *, context_path: str, user: str) -> str | None:
        """Say the revision in the end."""
        self.gate.wait("version", user)
        return super().version(address, context_path=context_path, user=user)


@dataclass
class GatedClusters(SparkClusters):
    """Clusters that may not answer yet."""

    gate: Gate = field(default_factory=lambda: Gate(""))

    def look(self, gateway: SparkGateway) -> tuple[Mapping[str, ClusterLook], Mapping[str, ClusterTrouble]]:
        """Return how they are in the end."""
        self.gate.wait("clusters", gateway.metadata.name)
        return super().look(gateway)


class Stage:
    """Two gateways with a route each, and workers that make passes over them until both rest.

    Args:
        gate: What holds the one.
    """

    kind = "SparkGateway"

    def __init__(self, gate: Gate) -> None:
        self._gate, self.room = gate, (room := MortalRoom())
        room.fate.told = gate.write
        room.pods = GatedPods(room.counts, gate=gate)
        room.clusters = GatedClusters(room.counts, room.now, gate=gate)
        room.restarted()
        self.held, self.free = (
            room.gateway(name, access={"users": [name]}, rollout={"minInterval": "0s"}) for name in (HELD, FREE)
        )
        for name in (HELD, FREE):
            room.route(name, name, targets=[target("a")])
        self.rests = {self.held: threading.Event(), self.free: threading.Event()}
        self.begun: Counter[ObjectKey] = Counter()
        self._lab = Lab()
        self.queue = KeyedQueue(self.kind, self._lab.clock, self._lab.metrics)

    def reconcile(self, key: ObjectKey) -> Result:
        """Make a pass, and another one at once unless the gateway rests."""
        self.begun[key] += 1
        wait = self.room.once(key)
        self.room.clock.forward(wait)
        if wait < TIMINGS.settled:
            return RequeueAfter(0.0)
        self.rests[key].set()
        return Done()

    def rolled_to_the_end(self) -> set[str]:
        """Let the gateway that is free serve, then another target more, and return the steps that this took."""
        self.queue.add(self.free)
        assert self.rests[self.free].wait(SOON)
        before = len(self.room.kube.statuses)
        (route,) = (key for key in self.room.kube.objects if (key.kind, key.name) == ("SparkJobRoute", FREE))
        self.room.kube.edit(route, targets=[target("a"), target("b")])
        self.rests[self.free].clear()
        self.queue.add(self.free)
        assert self.rests[self.free].wait(SOON)
        staged = (status.get("stagedRevision") or {} for status in self.room.kube.statuses[before:])
        return {item["step"] for item in staged if item.get("state") == "Rolling"}

    @contextmanager
    def workers(self, count: int) -> Iterator[None]:
        """Let so many work inside the block."""
        worker = Worker(
            controller=self,
            queue=self.queue,
            backoff=Backoff(base=1, cap=300, rng=self._lab.rng),
            stalled=TIMINGS.stalled,
            exists=lambda _: True,
            passes=Passes(),
            instruments=self._lab.instruments,
        )
        threads = [in_thread(worker.run) for _ in range(count)]
        try:
            yield
        finally:
            self._gate.opened.set()
            self.queue.shut_down()
            assert all(ended(thread) for thread in threads)
        assert "reconcile.failed" not in self._lab.log.events(), self._lab.log.lines


@pytest.mark.parametrize(
    "place",
    ["clusters", "probes", "version", "create Secret", "create Pod", "delete Pod", "apply Deployment", "apply Service"],
)
def test_a_gateway_that_is_held_anywhere_holds_one_worker_and_the_other_gateway_serves(place: str) -> None:
    gate = Gate(place)
    stage = Stage(gate)
    with stage.workers(2):
        stage.queue.add(stage.held)
        assert gate.reached.wait(SOON)
        begun = stage.begun[stage.held]
        # Edits of a gateway that is being looked at wait for the end of that look.
        for _ in range(5):
            stage.queue.add(stage.held)
        assert stage.rolled_to_the_end() >= {"Expand", "Activate"}
        assert not gate.opened.is_set()
        assert not stage.rests[stage.held].is_set()
        assert stage.begun[stage.held] == begun
        assert serves(stage, stage.free)
        assert not serves(stage, stage.held) or place in ("version", "delete Pod")
        gate.opened.set()
        assert stage.rests[stage.held].wait(SOON)
        assert serves(stage, stage.held)


def test_gateways_whose_pods_are_silent_leave_their_workers_to_others() -> None:
    gate = Gate("nothing")
    stage = Stage(gate)
    stage.room.settle(stage.held)
    stage.room.clock.forward(2 * TIMINGS.answers)
    stage.room.pods = Silent(stage.room.counts, gate=gate)
    stage.room.restarted()
    stage.room.once(stage.held)
    gate.place = "probes"
    with stage.workers(1):
        stage.queue.add(stage.held)
        assert gate.reached.wait(SOON)
        assert stage.rolled_to_the_end() >= {"Expand", "Activate"}
        assert not gate.opened.is_set()
        assert serves(stage, stage.free)


class Silent(GatedPods):
    """Pods of which those of the gateway that is held never answer."""

    def ask(self, address: str, probes: Iterable[Probe], *, context_path: str, keys: tuple[str, ...]) -> Replies:
        """Answer in the end, and the held one's with nothing."""
        asked = tuple(probes)
        found = super().ask(address, asked, context_path=context_path, keys=keys)
        return {item.key: Reply(0) for item in asked} if asked[0].subject == HELD else found


def serves(stage: Stage, key: ObjectKey) -> bool:
    """Whether what a gateway shall serve is what its Deployment names, proven and rolled."""
    status: Mapping[str, Any] = stage.room.kube.objects[key].get("status", {})
    active = status.get("activeRevision")
    return active is not None and active["name"] == stage.room.revision(key)
