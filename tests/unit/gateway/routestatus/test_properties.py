"""What is said of routes holds in every situation: after any walk of passes, crashes, edits and failures.

Truth is judged from what serves and which clusters are down, not by what the reports are made from.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mwaa_operator.api.emit import root_schema
from mwaa_operator.api.fitting import size
from mwaa_operator.gateway.plan import Situation, plan_rollout
from mwaa_operator.gateway.plan.situation import ClusterTrouble, JobsLook
from mwaa_operator.gateway.render.file import render
from mwaa_operator.gateway.render.scene import Candidate, Past
from mwaa_operator.gateway.revision import Revision, revision_name
from mwaa_operator.gateway.routestatus import RouteReport
from mwaa_operator.gateway.status import Revision as StoredRevision
from mwaa_operator.gateway.status import SetAside
from mwaa_operator.route.api import DEFINITION, SparkJobRouteStatus
from mwaa_operator.route.fit import MAX_BYTES
from mwaa_operator.route.reasons import EventReason
from tests.support import rollout
from tests.support.kstatus import flux_at_rest, flux_warnings
from tests.support.rollout import LIBRARY, NOW, carried_out, length
from tests.support.routewatch import Watched, aged, begun, body, reports, seen, told
from tests.support.sparkscene import KEY, route_sets, scene

SCHEMA = jsonschema.Draft202012Validator(root_schema(DEFINITION)["properties"]["status"])
WALKED = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
GOING = {EventReason.DELETED, EventReason.DRAINED}
"""Told again where a route that was let go is still there: its status is stored nowhere."""


def check(s: Situation, said: dict[str, RouteReport]) -> None:
    """Hold every report of a pass against what must hold of every one."""
    assert set(said) == set(s.observed.attached)
    for key, report in said.items():
        status = report.status
        assert not [error.message for error in SCHEMA.iter_errors(status)]
        assert SparkJobRouteStatus.model_validate(status).wire() == status
        assert size(status) <= MAX_BYTES
        assert KEY not in json.dumps(status) + repr(report)
        stored = body(s.observed.attached[key], status)
        assert flux_at_rest(stored) == []
        assert flux_warnings(stored) == []
        assert all(item["message"] and not item["message"].endswith(" ") for item in status["conditions"])
        assert all(notice.note for notice in report.notices)


def check_stable(s: Situation, said: dict[str, RouteReport]) -> None:
    """Hold a pass against the same pass, and against the next one that sees the same."""
    decided = plan_rollout(s)
    fresh = Situation(s.resource, s.observed, s.now, s.timings)
    assert reports(fresh, decided) == said
    attached = {
        key: route.model_copy(update={"status": SparkJobRouteStatus.model_validate(said[key].status)})
        for key, route in s.observed.attached.items()
    }
    again = reports(replace(s, observed=replace(s.observed, attached=attached)), decided)
    assert {key: report.status for key, report in again.items()} == {key: it.status for key, it in said.items()}
    assert {notice.reason for report in again.values() for notice in report.notices} <= GOING


def check_truth(watched: Watched) -> None:
    """Hold what is stored of routes against what all pods run."""
    world = watched.world
    for name, version in world.routes:
        status = watched.statuses.get(f"data/{name}")
        if status is None or watched.ready(name)[0] != "True":
            continue
        active = LIBRARY[world.memory["activeRevision"]["name"]]
        mine = {entry.cluster: entry.mode for entry in active.entries if entry.route == f"data/{name}"}
        routed = {cluster for cluster, mode in mine.items() if mode == "Routed"}
        assert routed - world.down, "Ready without a cluster that can run jobs"
        assert status["observedGeneration"] == watched.objects[name][1]
        if name not in watched.suspended:
            assert routed <= set(version), "Ready although jobs go where spec does not say"
            assert set(version) <= set(mine), "Ready although a target is not even known"
            assert status["revision"]["generation"] == watched.objects[name][1]
        shares = dict(part.split("=") for part in status["split"].split())
        assert set(shares) == routed


MOVES = ("pass", "pass", "pass", "crash", "hour", "pods", "pods", "jobs", "jobs end", "a fails", "b fails")
EDITS = tuple((name, version) for name in ("one", "two") for version in ("a", "b", "ab", "bad", None))


@st.composite
def walks(draw: st.DrawFn) -> list[Any]:
    """Draw moves: words of `MOVES`, and edits."""
    return draw(st.lists(st.one_of(st.sampled_from(MOVES), st.sampled_from(EDITS)), min_size=4, max_size=30))


def moved(watched: Watched, move: Any) -> Watched:
    """Return it after one move; the reports of a pass are checked."""
    world = watched.world
    match move:
        case "pass":
            s = seen(watched)
            after, said = told(watched)
            check(s, said)
            check_stable(s, said)
            check_truth(after)
            return after
        case "crash":
            decided = plan_rollout(seen(watched))
            return replace(watched, world=carried_out(world, decided, steps=max(length(decided) - 1, 1)))
        case "hour":
            return aged(watched)
        case "pods":
            return replace(watched, world=rollout.served(world))
        case "jobs":
            return watched.with_world(jobs=frozenset[str]().union(*(LIBRARY[it.revision].routed for it in world.slots)))
        case "jobs end":
            return watched.with_world(jobs=frozenset())
        case "a fails" | "b fails":
            return watched.with_world(down=world.down ^ {move[0]})
    name, version = move
    if version is None and name not in dict(world.routes):
        return watched
    if name in world.leaving:
        return watched
    return watched.edited(**{name: version})


@WALKED
@given(moves=walks())
def test_on_any_walk_what_is_said_is_well_formed_true_and_the_same_again(moves: list[Any]) -> None:
    watched = begun(one="ab")
    for move in moves:
        watched = moved(watched, move)
    moved(watched, "pass")


HOSTILE = st.text(max_size=300)


@WALKED
@given(
    routes=route_sets(),
    served=route_sets(),
    texts=st.lists(HOSTILE, min_size=3, max_size=3),
    health=st.lists(st.sampled_from(("well", "ill", "unknown")), min_size=3, max_size=3),
    deleted=st.integers(0, 3),
    jobs=st.integers(0, 2),
)
def test_of_any_routes_beside_any_file_something_well_formed_is_said(
    routes: tuple[Candidate, ...],
    served: tuple[Candidate, ...],
    texts: list[str],
    health: list[str],
    deleted: int,
    jobs: int,
) -> None:
    s = situation(routes, served, texts=texts, health=health, deleted=deleted, jobs=jobs)
    said = reports(s, plan_rollout(s))
    check(s, said)
    check_stable(s, said)


def situation(
    routes: tuple[Candidate, ...],
    served: tuple[Candidate, ...],
    *,
    texts: list[str],
    health: list[str],
    deleted: int,
    jobs: int,
) -> Situation:
    """Return a situation in which a file serves that was made of other routes."""
    base = seen(Watched())
    rendering = render(scene(*served, gateway=base.resource, past=Past()))
    revision = Revision(revision_name(rendering.text, "t1"), rendering.text, rendering.entries)
    stamped = tuple(replace(item, route=_stored(item, deleted=index < deleted)) for index, item in enumerate(routes))
    clusters = {
        name: replace(look, healthy=state == "well", reachable=state == "well", reason=text[:64], message=text)
        for (name, look), state, text in zip(base.observed.clusters.items(), health, texts, strict=True)
        if state != "unknown"
    }
    aside = [SetAside(route=item.key, message=texts[0][:256]) for item in stamped[:1]]
    status = base.status.model_copy(
        update={"active_revision": StoredRevision(name=revision.name), "set_aside": aside, "observed_generation": 1}
    )
    return replace(
        base,
        resource=base.resource.model_copy(update={"status": status}),
        observed=replace(
            base.observed,
            candidates=tuple(item for item in stamped if not item.route.metadata.deleting),
            attached={item.key: item.route for item in stamped},
            revisions={revision.name: revision},
            clusters=clusters,
            troubles={name: ClusterTrouble("AccessDenied", texts[1]) for name in "abc" if name not in clusters},
            jobs={entry.id: JobsLook(jobs, NOW) for entry in revision.entries if jobs},
        ),
    )


def _stored(item: Candidate, *, deleted: bool) -> Any:
    metadata = item.route.metadata.model_copy(
        update={"generation": 3, "deletion_timestamp": NOW - rollout.HOUR if deleted else None}
    )
    return item.route.model_copy(update={"metadata": metadata})
