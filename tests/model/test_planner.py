"""The planner never does harm and always comes to rest, walked through all states of a small model.

The core walk is broad (two specs and a bad one, one fault, one interference); each pair of the other switches is walked
with less, because the switches hardly meet. What is cut is printed: run with `-s` to see states and depths.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

import mwaa_operator.environment.plan.chain as chain
import mwaa_operator.environment.plan.creation as creation
import mwaa_operator.environment.plan.deletion as deletion
import mwaa_operator.environment.plan.updates as updates
from localcloud.aws.mwaa.laws import Habits
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.environment.plan.situation import Situation
from tests.model.explore import Broken, Report
from tests.model.walk import walk
from tests.model.world import Settings

DELETE = ("deletionPolicy", "Delete")

SWITCHES: dict[str, dict[str, Any]] = {
    "suspend": {"spec": (("suspend", True),)},
    "observe": {"spec": (("managementPolicy", "Observe"),)},
    "adopt": {"spec": (("adoptionPolicy", "AdoptOrCreate"),), "existing": True},
    "foreign": {"existing": True},
    "correct": {"spec": (("driftPolicy", "Correct"),)},
    "approval": {"spec": (("updatePolicy", "Approval"),)},
    "recreate": {"spec": (("createFailurePolicy", "Recreate"),)},
    "failed update shows as AVAILABLE": {"habits": Habits(failed_update="AVAILABLE", update_shows="finished")},
    "AWS is slow to show": {"create_invisible": 1.0, "update_invisible": 1.0},
}


def settings(*names: str) -> Settings:
    """Return the settings of some switches together."""
    spec: dict[str, Any] = dict([DELETE])
    other: dict[str, Any] = {}
    for name in names:
        switch = dict(SWITCHES[name])
        spec |= dict(switch.pop("spec", ()))
        other |= switch
    return Settings(spec=tuple(sorted(spec.items())), **other)


def told(name: str, report: Report) -> None:
    """Print what a walk covered; shown by `pytest -s` and for a failure."""
    print(f"{name}: {report}")  # noqa: T201


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", ["two edits", "one fault"])
def test_the_core_walk_is_clean(part: str) -> None:
    faults, edits = (0, 2) if part == "two edits" else (1, 1)
    report = walk(settings(), faults=faults, edits=edits, meddling=1)
    told(part, report)
    assert report.cut == 0
    assert {
        "Succeeded",
        "UpdateFailed",
        "CreateFailed",
        "ExternallyDeleted",
        "Drifted",
        "gone",
    } <= report.resting.keys()


def test_an_environment_that_nobody_owns_is_left_alone() -> None:
    report = walk(settings("foreign"), faults=1, edits=1, meddling=1)
    told("foreign", report)
    assert report.resting.keys() >= {"NotOwned"}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("pair", list(combinations(SWITCHES, 2)), ids=" and ".join)
def test_every_pair_of_switches_is_clean(pair: tuple[str, str]) -> None:
    told(" and ".join(pair), walk(settings(*pair), faults=1, edits=1, meddling=0))


def nothing(*_: Any) -> None:
    return None


def goes_on_not_found(s: Situation) -> Plan | None:
    return deletion._let_go(s, Notice(reason="Deleted", note="")) if s.live is None else None


@pytest.mark.parametrize(
    ("module", "rule", "instead", "found"),
    [
        (updates, "_update_failed", nothing, "a failed update is sent again"),
        (creation, "_vanished", nothing, "created again"),
        (deletion, "_gone", goes_on_not_found, "its environment stays"),
        (deletion, "_delete", lambda s: deletion._let_go(s, Notice(reason="x", note="")), "its environment stays"),
        (updates, "_settled", lambda c: Plan(status=c.s.status.wire()), "rest|conditions"),
    ],
)
def test_a_planner_without_one_of_its_rules_is_caught(
    module: Any, rule: str, instead: Any, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, rule, instead)
    monkeypatch.setattr(chain, "RULES", tuple(getattr(module, item.__name__, item) for item in chain.RULES))
    with pytest.raises(Broken, match=found):
        walk(settings("AWS is slow to show"), faults=1, edits=1, meddling=1, most=60_000)
