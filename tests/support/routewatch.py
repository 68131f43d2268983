"""The small world of a gateway's rollout as its routes are told of it: their objects, and what every pass says.

It goes on from any state of tests/support/rollout.py, and knows nothing of what should be said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mwaa_operator.api.meta import FINALIZER
from mwaa_operator.api.plan import Plan
from mwaa_operator.gateway.plan import Situation, plan_rollout
from mwaa_operator.gateway.render.scene import Candidate
from mwaa_operator.gateway.routestatus import RouteReport, route_reports
from mwaa_operator.gateway.status import SparkGatewayStatus
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.route.api import SparkJobRoute, SparkJobRouteStatus
from tests.support import rollout
from tests.support.rollout import HOUR, LIBRARY, NOW, USUAL, Setup, World, carried_out, served, situation

URL = "http://bpg.example/skatev2"


@dataclass(frozen=True)
class Watched:
    """A world, and the objects of its routes.

    Attributes:
        world: It.
        objects: Name to version and generation of each route, a deleted one among them until it is let go.
        statuses: Route key to the status that is stored.
        setup: Of the gateway.
        suspended: Names of routes that are suspended, which the world has in the form that serves.
        tokens: What is known of tokens.
        forms: Name to a route that is none of the versions of tests/support/rollout.py.
    """

    world: World = field(default_factory=World)
    objects: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    statuses: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    setup: Setup = USUAL
    suspended: frozenset[str] = frozenset()
    tokens: Mapping[str, TokensOf] = field(default_factory=dict)
    forms: Mapping[str, Candidate] = field(default_factory=dict)

    def with_forms(self, **forms: Candidate) -> Watched:
        """Return it after edits of routes that become any others."""
        return replace(self.edited(**dict.fromkeys(forms, "a")), forms={**self.forms, **forms})

    def edited(self, **routes: str | None) -> Watched:
        """Return it after edits of routes; None deletes one. Each raises a generation, a deletion too."""
        objects = dict(self.objects)
        for name, version in routes.items():
            before = objects.get(name, ("", 0))
            objects[name] = (version if version is not None else before[0], before[1] + 1)
        return replace(self, world=self.world.with_routes(**routes), objects=objects)

    def with_world(self, **members: Any) -> Watched:
        """Return it with another world."""
        return replace(self, world=replace(self.world, **members))

    def suspend(self, name: str) -> Watched:
        """Return it with a route suspended; its object is edited by that."""
        version, generation = self.objects[name]
        objects = {**self.objects, name: (version, generation + 1)}
        return replace(self, objects=objects, suspended=self.suspended | {name})

    def status(self, name: str) -> dict[str, Any]:
        """Return the stored status of a route."""
        return self.statuses[f"data/{name}"]

    def conditions(self, name: str) -> dict[str, dict[str, Any]]:
        """Return its conditions by type."""
        return {item["type"]: item for item in self.status(name)["conditions"]}

    def ready(self, name: str) -> tuple[str, str]:
        """Return status and reason of its Ready."""
        found = self.conditions(name)["Ready"]
        return found["status"], found["reason"]


def begun(setup: Setup = USUAL, **routes: str) -> Watched:
    """Return a gateway that serves these routes, and has told them so."""
    return settled(Watched(setup=setup).edited(**routes))


def seen(watched: Watched) -> Situation:
    """Return what a pass decides from."""
    s, world = situation(watched.world, watched.setup), watched.world
    extra = json.dumps(dict(watched.setup.route))
    attached = {}
    for name, (version, generation) in watched.objects.items():
        key, form = f"data/{name}", watched.forms.get(name, rollout.route(name, version, extra)).route
        metadata = {"generation": generation, "finalizers": (FINALIZER,)}
        if name in world.leaving:
            metadata["deletion_timestamp"] = NOW - HOUR
        stored = SparkJobRouteStatus.model_validate(watched.statuses.get(key, {"observedGeneration": -1}))
        spec = form.spec.model_copy(update={"suspend": name in watched.suspended})
        attached[key] = form.model_copy(
            update={"metadata": form.metadata.model_copy(update=metadata), "status": stored, "spec": spec}
        )
    candidates = tuple(watched.forms.get(item.route.metadata.name, item) for item in s.observed.candidates)
    return replace(s, observed=replace(s.observed, attached=attached, candidates=candidates))


def reports(s: Situation, plan: Plan, *, tokens: Mapping[str, TokensOf] | None = None) -> dict[str, RouteReport]:
    """Return what a pass says, by key."""
    closing = SparkGatewayStatus.model_validate(plan.status)
    return {report.key: report for report in route_reports(s, closing, tokens=tokens or {}, url=URL)}


def told(watched: Watched) -> tuple[Watched, dict[str, RouteReport]]:
    """Return what is after an undisturbed pass, and what it said."""
    s = seen(watched)
    decided = plan_rollout(s)
    assert not decided.needs
    said = reports(s, decided, tokens=watched.tokens)
    world = carried_out(watched.world, decided)
    gone = watched.world.leaving - world.leaving
    objects = {name: form for name, form in watched.objects.items() if name not in gone}
    statuses = {key: report.status for key, report in said.items() if key.removeprefix("data/") not in gone}
    return replace(watched, world=world, objects=objects, statuses=statuses), said


def aged(watched: Watched) -> Watched:
    """Return it an hour later."""
    return replace(watched, world=rollout.aged(watched.world), statuses=_aged(watched.statuses))


def settled(watched: Watched, *, most: int = 80) -> Watched:
    """Return where it comes to rest."""
    for _ in range(most):
        after, _ = told(watched)
        after = replace(after, world=served(after.world))
        after = after if after != watched else aged(watched)
        if after == watched:
            return watched
        watched = after
    raise AssertionError("does not come to rest")


def stepped(watched: Watched, number: int = 1) -> Watched:
    """Return it after some passes with an hour and everything that pods do between them."""
    for _ in range(number):
        after, _ = told(watched)
        watched = aged(replace(after, world=served(after.world)))
    return watched


def entries(watched: Watched, route: str) -> frozenset[str]:
    """Return the ids of a route in what the Deployment names."""
    assert watched.world.deployment is not None
    return frozenset(item.id for item in LIBRARY[watched.world.deployment[0]].entries if item.route == f"data/{route}")


def modes(watched: Watched, name: str) -> list[tuple[str, str | None, str | None]]:
    """Return target, mode and share of what a route says."""
    return [(item["name"], item.get("mode"), item.get("share")) for item in watched.status(name)["targets"]]


def happened(watched: Watched, name: str, *, passes: int = 14) -> list[str]:
    """Return the Events of a route within some undisturbed passes."""
    found = []
    for _ in range(passes):
        after, said = told(watched)
        if f"data/{name}" in said:
            found += [str(notice.reason) for notice in said[f"data/{name}"].notices]
        watched = aged(replace(after, world=served(after.world)))
    return found


def body(route: SparkJobRoute, status: Mapping[str, Any]) -> dict[str, Any]:
    """Return a route as others read it."""
    return {"metadata": route.metadata.model_dump(by_alias=True, exclude_none=True), "status": dict(status)}


_TIMES = tuple((f"{NOW:{form}}", f"{NOW - HOUR:{form}}") for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"))


def _aged(statuses: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    text = json.dumps(statuses)
    for present, past in _TIMES:
        text = text.replace(present, past)
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found
