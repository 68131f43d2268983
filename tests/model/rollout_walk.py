"""The moves of the rollout's model, and what must never happen: passes with crashes at every step, pods, jobs, edits.

Pods go over, die and come back whenever they like; a call that pointed the Deployment may arrive when nobody waits for
it any more. What is held constant is in `Walked`, and nothing else bounds a walk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from mwaa_operator.api.plan import Plan
from mwaa_operator.gateway.actions import PointDeployment
from tests.model.explore import Broken, Report, Rest, check_conditions, explore
from tests.support.rollout import (
    LIBRARY,
    USUAL,
    Setup,
    Slot,
    World,
    acted,
    aged,
    carried_out,
    is_good,
    length,
    plan,
    rolled,
    served,
    settle,
)

Move = tuple[str, "State"]


@dataclass(frozen=True)
class Walked:
    """What is held constant within a walk.

    Attributes:
        first: Routes at the beginning, which are at rest.
        edits: What a user may make of routes, each any number of times within the bound.
        clusters: Those that may go down and come back.
        pods: Whether pods die.
        jobs: Under how many ids jobs may arrive at a time.
        setup: Of the gateway; hashable only by identity.
    """

    first: tuple[tuple[str, str], ...]
    edits: tuple[tuple[str, str | None], ...] = ()
    clusters: str = ""
    pods: bool = False
    jobs: int = 1
    setup: Setup = field(default=USUAL, hash=False)


@dataclass(frozen=True)
class State:
    """One state of the model.

    Attributes:
        world: It.
        delayed: A revision that a call which nobody waits for any more may still point the Deployment to.
        faults, edits, trouble: How much more may happen: crashes and lost answers; edits; pods and clusters.
    """

    world: World
    delayed: PointDeployment | None = None
    faults: int = 0
    edits: int = 0
    trouble: int = 0


def walk(walked: Walked, *, faults: int = 1, edits: int = 1, trouble: int = 0, most: int = 60_000) -> Report:
    """Visit every state that can be reached; raise `Broken` where a rule does not hold.

    Args:
        walked: What is held constant.
        faults: Crashes and lost answers on one way.
        edits: Edits of routes on one way.
        trouble: Pods that die and clusters that go down or come back, on one way.
        most: States after which the walk is cut.
    """
    world, _ = settle(World().with_routes(**dict(walked.first)), walked.setup)
    first = canonical(State(world, None, faults, edits, trouble))
    rest = Rest(calm=calm, following=lambda state: following(state, walked), judge=lambda state: judge(state, walked))
    report = explore(first, lambda state: moves(state, walked), rest, most=most, check=check)
    check_ids()
    return report


def calm(state: State) -> State:
    """Return a state from which on nothing goes wrong."""
    return State(state.world)


def following(state: State, walked: Walked) -> State:
    """Return the state after a pass in a world whose pods follow, whose hours pass and whose jobs end."""
    world = state.world
    for after in (served(passed(world, walked)), aged(world), replace(world, jobs=frozenset())):
        calmed = canonical(State(after))
        if calmed != state:
            return calmed
    return state


def judge(state: State, walked: Walked) -> str:
    """Return what a state at rest is; raise `Broken` where nothing may rest."""
    world = state.world
    if world.leaving:
        raise Broken("a deleted route is never let go")
    conditions = {item["type"]: item for item in decided(world, walked).status["conditions"]}
    reason = str(conditions["Ready"]["reason"])
    if reason != "Succeeded":
        raise Broken(f"rests with {reason}")
    assert world.deployment is not None
    revision = LIBRARY[world.deployment[0]]
    aside = {item["route"] for item in world.memory.get("setAside", [])}
    wanted = {f"data/{name}" for name, _ in world.routes} - aside
    if {entry.route for entry in revision.entries} != wanted:
        raise Broken("what is active is not what is wanted")
    if set(aside) - {f"data/{name}" for name, version in world.routes if version in ("bad", "worse")}:
        raise Broken("a route is set aside that is not to blame")
    unrouted = {entry.cluster for entry in revision.entries} - {
        entry.cluster for entry in revision.entries if entry.id in revision.routed
    }
    if unrouted - world.down:
        raise Broken("an entry is not routed although its cluster is well")
    return "Succeeded" + (" aside" if aside else "") + (" staged" if unrouted else "")


def check(state: State) -> None:
    """Raise `Broken` where something is that must never be."""
    world = state.world
    for slot in world.slots:
        revision = LIBRARY[slot.revision]
        if world.jobs - revision.known:
            raise Broken("a pod does not know a running job")
        if revision.name not in world.proven or not is_good(revision):
            raise Broken("a pod runs what was never proven")
        if slot.revision not in world.secrets:
            raise Broken("the Secret of a running pod is gone")


def check_ids() -> None:
    """Raise `Broken` where an id meant two places in any file that was ever made."""
    places: dict[str, tuple[str, str]] = {}
    for revision in LIBRARY.values():
        for id_, entry in revision.clusters.items():
            place = (entry["masterUrl"], entry["sparkApplicationNamespace"])
            if places.setdefault(id_, place) != place:
                raise Broken("an id means two places")


def moves(state: State, walked: Walked) -> Iterator[Move]:
    """Yield every move out of a state with its label."""
    for label, after in _moves(state, walked):
        yield label, canonical(after)


def canonical(state: State) -> State:
    """Return a state without what no rule decides by: the times of conditions, of what is over, numbers of versions."""
    world, delayed = state.world, state.delayed
    if world.deployment is not None and delayed is not None:
        # A call that was planned on an older Deployment changes nothing any more.
        delayed = delayed if delayed.resource_version == str(world.deployment[1]) else None
    if world.deployment is not None:
        world = replace(world, deployment=(world.deployment[0], 1))
    delayed = None if delayed is None or world.deployment is None else replace(delayed, resource_version="1")
    return replace(state, world=replace(world, status=_remembered(world.status)), delayed=delayed)


@lru_cache(maxsize=100_000)
def _remembered(text: str) -> str:
    status: dict[str, Any] = json.loads(text)
    status.pop("conditions", None)
    status.pop("operation", None)
    status["history"] = sorted(status.get("history", []))
    for entry in status.get("entries", []):
        entry.pop("since", None)
        entry.pop("jobs", None)
    for item in status.get("setAside", []):
        item.pop("since", None)
    proof = status.get("proof", {})
    proof.pop("finishedAt", None)
    if proof.get("state") != "Running":
        proof.pop("startedAt", None)
    return json.dumps(status, sort_keys=True)


@lru_cache(maxsize=200_000)
def _decided(world: World, walked: Walked) -> Plan:
    found = plan(world, walked.setup)
    check_conditions(found.status)
    return found


def decided(world: World, walked: Walked) -> Plan:
    """Return what a pass decides; ghosts do not matter to it."""
    return _decided(replace(world, proven=frozenset()), walked)


def forget() -> None:
    """Forget what was decided: the rules are others now."""
    _decided.cache_clear()


def passed(world: World, walked: Walked) -> World:
    """Return the world after an undisturbed pass."""
    return carried_out(world, decided(world, walked))


def _moves(state: State, walked: Walked) -> Iterator[Move]:
    world = state.world
    # No call is under way for an hour.
    yield "hour", replace(state, world=aged(world), delayed=None)
    yield "pass", replace(state, world=passed(world, walked))
    if state.faults:
        yield from _crashes(state, walked)
    if state.delayed is not None:
        yield "late call", replace(state, world=acted(world, state.delayed), delayed=None)
    yield from _pods(state, walked)
    yield from _jobs(state, walked)
    for name, version in walked.edits if state.edits else ():
        edited = world.with_routes(**{name: version})
        if edited != world:
            yield f"{name}={version}", replace(state, world=edited, edits=state.edits - 1)
    for name in walked.clusters if state.trouble else "":
        down = replace(world, down=world.down ^ {name})
        yield f"cluster {name}", replace(state, world=down, trouble=state.trouble - 1)


def _crashes(state: State, walked: Walked) -> Iterator[Move]:
    found = decided(state.world, walked)
    weak = replace(state, faults=state.faults - 1)
    for steps in range(1, length(found)):
        yield f"crash after {steps}", replace(weak, world=carried_out(state.world, found, steps=steps))
    for index, action in enumerate(found.actions):
        if isinstance(action, PointDeployment):
            before = carried_out(state.world, found, steps=index + 1)
            yield "call under way", replace(weak, world=before, delayed=action)
    for name in sorted(state.world.proofs):
        yield "proof pod lost", replace(weak, world=replace(state.world, proofs=state.world.proofs - {name}))


def _pods(state: State, walked: Walked) -> Iterator[Move]:
    world = state.world
    for index, slot in enumerate(world.slots):
        if world.deployment is not None and (not slot.ready or slot.revision != world.deployment[0]):
            yield f"pod {index} follows", replace(state, world=rolled(world, index))
        if walked.pods and state.trouble and slot.ready:
            for revision in {slot.revision, world.deployment[0] if world.deployment else slot.revision}:
                slots = [*world.slots]
                slots[index] = Slot(revision, False, slot.life)
                died = replace(world, slots=tuple(slots))
                yield f"pod {index} dies", replace(state, world=died, trouble=state.trouble - 1)


def _jobs(state: State, walked: Walked) -> Iterator[Move]:
    world = state.world
    if len(world.jobs) < walked.jobs:
        for slot in set(world.slots):
            for id_ in sorted(LIBRARY[slot.revision].routed - world.jobs) if slot.ready else ():
                yield f"job {id_}", replace(state, world=replace(world, jobs=world.jobs | {id_}))
    for id_ in sorted(world.jobs):
        yield "job ends", replace(state, world=replace(world, jobs=world.jobs - {id_}))
