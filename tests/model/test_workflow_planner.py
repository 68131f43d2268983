"""The workflow's planner never does harm and always comes to rest, walked through all states of a small model.

Each walk is broad in one direction and narrow in the others: edits and interference, what happens in the middle of a
pass, late reads, runs and their tokens, old versions, ownership. Nothing may be cut; `-s` shows states and depths.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import mwaa_operator.workflow.plan.chain as chain
import mwaa_operator.workflow.plan.deletion as deletion
import mwaa_operator.workflow.plan.starting as starting
import mwaa_operator.workflow.plan.updates as updates
import mwaa_operator.workflow.plan.versions as versions
from mwaa_operator.api.ownership import Ownership
from mwaa_operator.api.plan import Notice
from mwaa_operator.workflow.plan.situation import Situation
from tests.model import workflow_look, workflow_walk
from tests.model.explore import Broken
from tests.model.workflow_walk import walk
from tests.model.workflow_world import Settings

Bounds = dict[str, int]


def words(text: str) -> frozenset[str]:
    """Return comma-separated words as a set."""
    return frozenset(text.split(", ")) if text else frozenset()


EDITS = Settings()
OTHERS = Settings(specs=("A",), meddling=words("updated, untagged, taken, removed, status lost, a day"), live=True)
BETWEEN = Settings(
    specs=("A", "B"),
    edits=words("delete, suspend"),
    meddling=words("untagged, updated, removed"),
    between=words("tick, leader, user, others"),
    live=True,
)
LATE = Settings(specs=("A", "B"), lag=True, live=True)
FIRST = replace(LATE, specs=("A",), live=False)
RUNS = Settings(specs=("A",), tokens=("one", "two"), edits=words("annotate, stop, delete"), memory=300.0, live=True)
FORGOTTEN = replace(RUNS, tokens=("one",), edits=words("annotate"), meddling=words("a day, run"))
FORBID = Settings(
    spec=(("concurrencyPolicy", "Forbid"),),
    specs=("A", "B"),
    tokens=("one",),
    edits=words("annotate, delete"),
    meddling=words("run"),
    memory=300.0,
    live=True,
)
REPLACE = Settings(
    spec=(("concurrencyPolicy", "Replace"),),
    specs=("A",),
    tokens=("one",),
    edits=words(""),
    meddling=words("run"),
    memory=300.0,
    live=True,
)
RESTORED = Settings(
    specs=("A",),
    tokens=("one",),
    edits=words("delete, apply again"),
    meddling=words("a day, status lost, removed"),
    live=True,
)
RETAIN = Settings(
    spec=(("deletionPolicy", "Retain"),),
    specs=("A",),
    tokens=("one",),
    edits=words("delete, apply again, suspend"),
    live=True,
)
PRUNE = Settings(
    spec=(("versionHistoryLimit", 1),),
    specs=("A", "B"),
    edits=words(""),
    meddling=words("updated, run"),
    live=True,
)
REPORT = Settings(spec=(("driftPolicy", "Report"),), specs=("A", "B"), meddling=words("updated"), live=True)
ADOPT = Settings(spec=(("adoptionPolicy", "AdoptOrCreate"),), specs=("A",), tokens=("one",), existing=True)
NOBODYS = Settings(specs=("A",), tokens=("one",), existing=True)

WALKS: dict[str, tuple[Settings, Bounds, set[str]]] = {
    "edits": (EDITS, {"meddling": 0}, {"Succeeded", "DefinitionInvalid", "RejectedByService", "gone"}),
    "others": (OTHERS, {}, {"Succeeded", "NotOwned", "gone"}),
    "in the middle of a pass": (BETWEEN, {}, {"Succeeded", "Suspended", "gone"}),
    "late reads": (LATE, {"edits": 2, "meddling": 0}, {"Succeeded", "gone"}),
    "runs": (RUNS, {"edits": 2, "meddling": 0}, {"Succeeded SUCCESS", "Succeeded STOPPED", "gone"}),
    "runs that AWS forgets": (FORGOTTEN, {}, {"Succeeded SUCCESS", "Succeeded Unknown OutcomeUnknown"}),
    "runs that wait": (FORBID, {}, {"Succeeded SUCCESS", "gone"}),
    "runs that replace others": (REPLACE, {}, {"Succeeded SUCCESS"}),
    "restored and applied again": (RESTORED, {"faults": 0, "edits": 2, "meddling": 2}, {"Succeeded SUCCESS", "gone"}),
    "retained and taken over": (RETAIN, {"edits": 3, "meddling": 0}, {"Succeeded AlreadyRan", "gone"}),
    "old versions": (PRUNE, {"faults": 0, "edits": 2}, {"Succeeded"}),
    "reported drift": (REPORT, {}, {"Drifted", "Succeeded", "gone"}),
    "adopted": (ADOPT, {"meddling": 0}, {"AwaitingApproval"}),
    "nobody's": (NOBODYS, {"meddling": 0}, {"NotOwned"}),
}
"""Settings, bounds where they are not one fault, one edit and one interference, and what must be reached."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", WALKS)
def test_every_walk_is_clean_and_whole(name: str) -> None:
    settings, bounds, reached = WALKS[name]
    report = walk(settings, **bounds)
    print(f"{name}: {report}")  # noqa: T201
    assert report.cut == 0
    assert reached <= report.resting.keys()


def nothing(*_: Any, **__: Any) -> None:
    return None


def lets_go(s: Situation) -> Any:
    return deletion._let_go(s, Notice(reason="x", note=""))


def any_but_the_newest(s: Situation, owned: list[str]) -> list[str]:
    return [item.version for item in s.observed.versions or ()][1:]


@pytest.mark.parametrize(
    ("module", "name", "instead", "walked", "found"),
    [
        (updates, "_in_flight", nothing, LATE, "the same wish is sent twice"),
        (updates, "_late", nothing, LATE, "the same wish is sent twice"),
        (updates, "_invalid", nothing, EDITS, "known to be wrong"),
        (updates, "_refused", nothing, EDITS, "refused is sent again"),
        (deletion, "_gone", lambda s: lets_go(s) if s.live is None else None, FIRST, "workflow stays"),
        (deletion, "_runs", nothing, RUNS, "while it runs"),
        (deletion, "_delete", lets_go, EDITS, "workflow stays"),
        (deletion, "_not_ours", nothing, OTHERS, "not ours|comes? to rest"),
        (chain, "ownership", lambda s: Ownership.OURS, NOBODYS, "not ours"),
        (starting, "remembered", lambda s, *added: [], FORGOTTEN, "a second run"),
        (starting, "_strange", nothing, RESTORED, "a second run"),
        (starting, "RESEND", 1e9, FORGOTTEN, "a second run|is Requested"),
        (starting, "_concurrent", nothing, FORBID, "beside another one"),
        (versions, "_deletable", any_but_the_newest, PRUNE, "version"),
    ],
)  # fmt: skip
def test_a_planner_without_one_of_its_rules_is_caught(
    module: Any, name: str, instead: Any, walked: Settings, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, instead)
    for place in (updates, chain):
        rules = tuple(
            instead if (item.__module__, item.__name__) == (module.__name__, name) else item for item in place.RULES
        )
        monkeypatch.setattr(place, "RULES", rules)
    for memory in (workflow_look.decided, workflow_walk.quiet):
        memory.cache_clear()
    bounds = next((bounds for settings, bounds, _ in WALKS.values() if settings is walked), {})
    try:
        with pytest.raises(Broken, match=found):
            walk(walked, **bounds)
    finally:
        workflow_look.decided.cache_clear()
        workflow_walk.quiet.cache_clear()
