"""A small world for a gateway's rollout: Secrets, a Deployment with two pods, proof pods, jobs, clusters.

It is frozen, so that tests can go on from any state, and knows nothing of what should happen. It is always the same
moment: what passes is the age of what status remembers, of this moment or an hour old (`aged`). Pods answer what their
file makes them answer, but for those that run a route that is called `bad` or `worse`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from mwaa_operator.api.plan import Plan
from mwaa_operator.gateway import actions
from mwaa_operator.gateway.api import SparkGateway, SparkGatewayStatus
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.plan import Observed, Situation, plan_rollout
from mwaa_operator.gateway.plan.probes import probes
from mwaa_operator.gateway.plan.situation import (
    ClusterLook,
    DeploymentLook,
    JobsLook,
    LeavingRoute,
    PodLook,
    ProofLook,
    Replies,
    Reply,
)
from mwaa_operator.gateway.render.scene import Candidate
from mwaa_operator.gateway.revision import Revision
from tests.support.sparkscene import CA, KEY, candidate, gateway, target

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FRESH = '{"observedGeneration": -1}'

LIBRARY: dict[str, Revision] = {}
"""Every revision that was ever put into a Secret, by name: content never changes under a name."""


@dataclass(frozen=True)
class Slot:
    """One of the serving pods: what it runs, whether it takes requests, whether it took another one's place."""

    revision: str
    ready: bool = True
    life: int = 0


@dataclass(frozen=True)
class World:
    """One state.

    Attributes:
        routes: Name to version of routes; see `ROUTES`.
        leaving: Names of routes that are deleted and not released yet.
        down: Clusters that cannot be reached.
        status: The stored status, JSON.
        secrets: Revisions whose Secrets are there.
        deployment: The revision that it names, and how often it was pointed; None: there is none.
        slots: The serving pods.
        proofs: Revisions that run in a proof pod.
        jobs: Ids under which a job is left.
        proven: Ghost: revisions that answered rightly in a proof pod.
    """

    routes: tuple[tuple[str, str], ...] = ()
    leaving: frozenset[str] = frozenset()
    down: frozenset[str] = frozenset()
    status: str = FRESH
    secrets: frozenset[str] = frozenset()
    deployment: tuple[str, int] | None = None
    slots: tuple[Slot, ...] = ()
    proofs: frozenset[str] = frozenset()
    jobs: frozenset[str] = frozenset()
    proven: frozenset[str] = frozenset()

    @property
    def memory(self) -> dict[str, Any]:
        """The stored status."""
        found: dict[str, Any] = json.loads(self.status)
        return found

    @property
    def complete(self) -> bool:
        """Whether all pods are ready with what the Deployment names."""
        return self.deployment is not None and all(
            slot.ready and slot.revision == self.deployment[0] for slot in self.slots
        )

    def with_routes(self, **routes: str | None) -> World:
        """Return the world after an edit of routes; None deletes one."""
        now = {**dict(self.routes), **{name: version for name, version in routes.items() if version is not None}}
        gone = {name for name, version in routes.items() if version is None and name in now}
        left = tuple(sorted((name, version) for name, version in now.items() if name not in gone))
        return replace(self, routes=left, leaving=(self.leaving | gone) - {name for name, _ in left})


@dataclass(frozen=True)
class Setup:
    """What is held constant.

    Attributes:
        spec: Members of the gateway's spec.
        annotations: Of the gateway.
        template: Digest of how the pods are.
        route: Members of the spec of every route.
    """

    spec: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    template: str = "t1"
    route: Mapping[str, Any] = field(default_factory=dict)


USUAL = Setup()


@lru_cache(maxsize=256)
def route(name: str, version: str, extra: str = "{}") -> Candidate:
    """Return a route in one of its versions: letters are its targets; `bad` breaks the file."""
    letters = "a" if version in ("bad", "worse") else version
    targets = [target(letter, weight=50) for letter in letters]
    job = {"env": [{"name": "VERSION", "value": version}]} if version in ("bad", "worse") else {}
    return candidate(name, targets=targets, job=job, **json.loads(extra))


def observed(world: World, setup: Setup) -> Observed:
    """Return what a pass sees of a world."""
    extra = json.dumps(dict(setup.route))
    deployment = world.deployment
    return Observed(
        template=setup.template,
        candidates=tuple(route(name, version, extra) for name, version in world.routes),
        leaving=tuple(LeavingRoute(f"data/{name}", NOW - HOUR) for name in sorted(world.leaving)),
        clusters={name: look(name, up=name not in world.down) for name in "abc"},
        revisions={name: LIBRARY[name] for name in sorted(world.secrets)},
        deployment=DeploymentLook(deployment[0], str(deployment[1]), world.complete) if deployment else None,
        pods=tuple(_pod(index, slot, world) for index, slot in enumerate(world.slots)),
        proofs=tuple(
            ProofLook(f"proof-{name}", name, ready=True, replies=replies(name, world.down))
            for name in sorted(world.proofs)
        ),
        jobs={
            entry.id: JobsLook(int(entry.id in world.jobs), NOW)
            for name in sorted(world.secrets)
            for entry in LIBRARY[name].entries
        },
        keys=(KEY,),
    )


def look(name: str, *, up: bool = True) -> ClusterLook:
    """Return a cluster as it is seen."""
    reason = "" if up else "ClusterUnreachable"
    return ClusterLook(f"https://{name}", CA, f"k8s:secret:gateways:{name}:token", up, up, reason)


def situation(world: World, setup: Setup = USUAL) -> Situation:
    """Return what a pass decides from."""
    status = SparkGatewayStatus.model_validate(world.memory, extra="ignore")
    key = (
        json.dumps({"access": {"users": ["airflow"]}, **setup.spec}, sort_keys=True),
        json.dumps(dict(setup.annotations), sort_keys=True),
    )
    resource = _gateway(*key).model_copy(update={"status": status})
    return Situation(resource, observed(world, setup), NOW)


def plan(world: World, setup: Setup = USUAL) -> Plan:
    """Return what a pass decides."""
    found = plan_rollout(situation(world, setup))
    assert not found.needs
    return found


def carried_out(world: World, decided: Plan, *, steps: int = 1_000) -> World:
    """Return the world after the first steps of a plan: the intent, each action, the closing status."""
    todo: list[Any] = [*([decided.intent] if decided.intent is not None else []), *decided.actions, decided.status]
    for step in todo[:steps]:
        world = replace(world, status=_timed(step)) if isinstance(step, dict) else acted(world, step)
    return world


def length(decided: Plan) -> int:
    """Return the number of steps of a plan."""
    return len(decided.actions) + 1 + (decided.intent is not None)


def acted(world: World, action: Any) -> World:
    """Return the world after an action."""
    match action:
        case actions.CreateRevisionSecret(revision):
            assert LIBRARY.setdefault(revision.name, revision).text == revision.text, "a Secret would change"
            return replace(world, secrets=world.secrets | {revision.name})
        case actions.StartProof(name):
            right = all(item == asked for item, asked in _verdicts(name, world.down))
            proven = world.proven | {name} if right else world.proven
            return replace(world, proofs=world.proofs | {name}, proven=proven)
        case actions.StopProof(pod):
            return replace(world, proofs=world.proofs - {pod.removeprefix("proof-")})
        case actions.PointDeployment(revision, version):
            return _pointed(world, revision, version)
        case actions.DeletePod(pod):
            index = int(pod.split("-")[1])
            slots = list(world.slots)
            slots[index] = Slot(world.deployment[0] if world.deployment else "", False, 1)
            return replace(world, slots=tuple(slots))
        case actions.DeleteRevision(name):
            return replace(world, secrets=world.secrets - {name})
        case actions.ReleaseRoute(key):
            return replace(world, leaving=world.leaving - {key.split("/")[1]})
    raise AssertionError(action)


def rolled(world: World, index: int) -> World:
    """Return the world after a pod went over to what the Deployment names and became ready."""
    assert world.deployment is not None
    slots = list(world.slots)
    slots[index] = Slot(world.deployment[0], True, slots[index].life)
    return replace(world, slots=tuple(slots))


def served(world: World) -> World:
    """Return the world with all pods gone over."""
    for index in range(len(world.slots)):
        world = rolled(world, index)
    return world


def settle(world: World, setup: Setup = USUAL, *, most: int = 80) -> tuple[World, list[Any]]:
    """Return where an undisturbed world comes to rest, and every action on the way."""
    done: list[Any] = []
    for _ in range(most):
        decided = plan(world, setup)
        after = served(carried_out(world, decided))
        done += decided.actions
        if after == world:
            after = aged(world)
            if after == world:
                return world, done
        world = after
    raise AssertionError(f"does not come to rest: {world}")


def replies(name: str, down: frozenset[str]) -> Replies:
    """Return what a pod answers that runs a revision."""
    return {(kind, subject): Reply(*answer) for (kind, subject, answer), _ in _verdicts(name, down)}


def at_rest(**routes: str) -> World:
    """Return a gateway that serves these routes."""
    return settle(World().with_routes(**routes))[0]


def ready(world: World, setup: Setup = USUAL) -> dict[str, Any]:
    """Return Ready as the next pass says it."""
    found: dict[str, Any] = plan(world, setup).status["conditions"][0]
    return found


def modes(world: World) -> list[tuple[str, str]]:
    """Return route and mode of the entries that serve."""
    assert world.deployment is not None
    return sorted((entry.route, entry.mode) for entry in LIBRARY[world.deployment[0]].entries)


def pointed(done: Sequence[Any]) -> list[Revision]:
    """Return the revisions that the Deployment was pointed to, in their order."""
    return [LIBRARY[action.revision] for action in done if isinstance(action, actions.PointDeployment)]


def steps(world: World, number: int) -> World:
    """Return the world after some passes with an hour and everything that pods do between them."""
    for _ in range(number):
        world = aged(served(carried_out(world, plan(world))))
    return world


def until(world: World, kind: type) -> World:
    """Return the world before the first pass that would do something of a kind."""
    for _ in range(60):
        if any(isinstance(action, kind) for action in plan(world).actions):
            return world
        world = steps(world, 1)
    raise AssertionError(f"no {kind.__name__}")


def is_good(revision: Revision) -> bool:
    """Return whether a file has no route in it that breaks it."""
    return not any("env" in (item.get("driver") or {}) and item["queues"] for item in revision.clusters.values())


@lru_cache(maxsize=4096)
def _verdicts(name: str, down: frozenset[str]) -> tuple[tuple[Any, Any], ...]:
    """Return what is answered and what a right file would answer, by probe."""
    revision, found = LIBRARY[name], []
    up = frozenset("abc") - down
    for probe in probes(revision, profile=Profile.AWS_PIN, reachable=up):
        if probe.kind == "Queue":
            right = (*probe.key, probe.expected[0])
            wrong = (*probe.key, (500, "broken"))
            found.append((right if is_good(revision) else wrong, right))
        else:
            cluster = next(entry.cluster for entry in revision.entries if entry.id == probe.subject)
            status = 404 if cluster in up else 500
            found.append(((*probe.key, (status, "")),) * 2)
    return tuple(found)


def _pod(index: int, slot: Slot, world: World) -> PodLook:
    name = f"pod-{index}-{slot.life}"
    born = NOW + timedelta(seconds=1) if slot.life else NOW - 2 * HOUR
    return PodLook(name, slot.revision, slot.ready, born, replies=replies(slot.revision, world.down))


def _pointed(world: World, revision: str, version: str | None) -> World:
    present = world.deployment
    if version != (str(present[1]) if present else None):
        return world
    if present is None:
        return replace(world, deployment=(revision, 1), slots=(Slot(revision, False), Slot(revision, False)))
    return replace(world, deployment=(revision, (present[1] + 1) % 4))


def aged(world: World) -> World:
    """Return the world an hour later."""
    return replace(world, status=world.status.replace(_PRESENT, _PAST))


_PRESENT, _PAST = f"{NOW:%Y-%m-%dT%H:%M:%S.%fZ}", f"{NOW - HOUR:%Y-%m-%dT%H:%M:%S.%fZ}"


def _timed(status: Mapping[str, Any]) -> str:
    """Return a status as it is stored; conditions tell times by whole seconds."""
    return re.sub(r"(T\d\d:\d\d:\d\d)Z", r"\1.000000Z", json.dumps(status, sort_keys=True))


@lru_cache(maxsize=64)
def _gateway(spec: str, annotations: str) -> SparkGateway:
    found = gateway(**json.loads(spec))
    metadata = found.metadata.model_copy(update={"annotations": json.loads(annotations)})
    return found.model_copy(update={"metadata": metadata})
