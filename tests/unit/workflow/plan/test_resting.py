"""What an earlier look serves for: an object at rest, with a list behind it, and never anything that is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.meta import RECONCILE_REQUESTED_AT
from mwaa_operator.api.timing import Timings
from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.live import Summary, Version, summary_of
from mwaa_operator.workflow.plan import plan_workflow
from mwaa_operator.workflow.plan.resting import Remembered, rested, unchanged, young
from mwaa_operator.workflow.plan.situation import Observed, RoleLook, SourceLook
from tests.support.workflows import CLUSTER, DEFINITION, MEMBERS, NOW, VERSION, ago, body, live, run
from tests.support.workflowworld import World, settled

READY: dict[str, Any] = {
    "observedGeneration": 1,
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Succeeded",
            "message": "",
            "lastTransitionTime": "2026-11-18T11:00:00Z",
        }
    ],
}
STARTING = {"type": "StartRun", "hash": "h", "startedAt": "2026-11-18T11:59:00Z"}
ASKED = {"annotations": {RECONCILE_REQUESTED_AT: "now"}}


def resource(**object_: Any) -> ServerlessWorkflow:
    return ServerlessWorkflow.from_body(body(**object_))


@pytest.mark.parametrize(
    ("object_", "answer"),
    [
        ({"status": READY}, True),
        ({}, False),
        ({"status": READY, "generation": 2}, False),
        ({"status": READY, "deleting": 1}, False),
        ({"status": READY | {"operation": STARTING}}, False),
        ({"status": READY} | ASKED, False),
        ({"status": READY | {"lastHandledReconcileAt": "now"}} | ASKED, True),
        ({"status": READY | {"conditions": [READY["conditions"][0] | {"status": "False"}]}}, False),
    ],
    ids=["at rest", "new", "edited", "deleted", "starting a run", "asked for", "answered", "not ready"],
)
def test_only_an_object_that_nobody_has_touched_is_at_rest(object_: dict[str, Any], *, answer: bool) -> None:
    assert rested(resource(**object_)) is answer


def listed(**changes: Any) -> Summary:
    return summary_of(MEMBERS | changes)


SEEN = Remembered(live(), NOW)


@pytest.mark.parametrize(
    ("before", "now", "answer"),
    [
        (None, listed(), True),
        (None, listed(ModifiedAt=NOW), True),
        (None, listed(TriggerMode="SCHEDULED"), True),
        (None, listed(TriggerMode=None, WorkflowStatus=""), True),
        (None, listed(WorkflowVersion="w" * 32), False),
        (None, listed(WorkflowVersion=""), False),
        (None, listed(WorkflowArn="other"), False),
        (None, listed(WorkflowStatus="DELETING"), False),
        (None, listed(TriggerMode="disabled"), False),
        (None, None, False),
        (listed(), listed(), True),
        (listed(), listed(ModifiedAt=NOW), False),
        (listed(), listed(WorkflowVersion="w" * 32), False),
        (listed(), None, False),
    ],
)
def test_a_list_vouches_for_a_look_while_all_that_it_tells_is_as_it_was(
    before: Summary | None, now: Summary | None, *, answer: bool
) -> None:
    assert unchanged(replace(SEEN, listed=before), now) is answer


def test_no_look_serves_for_longer_than_an_hour() -> None:
    assert young(SEEN, now=NOW + timedelta(minutes=59), timings=Timings())
    assert not young(SEEN, now=NOW + timedelta(minutes=60), timings=Timings())


def needs(world: World, **observed: Any) -> frozenset[str]:
    """Return what a pass asks for that rests on an earlier look, when it has all else."""
    seen: dict[str, Any] = {"admission": world.admission, "live": world.aws.live(), "seen_at": ago(1800)}
    names = list(world.aws.versions)[::-1]
    versions = tuple(Version(name, name == names[0], NOW, world.aws.versions[name], "", "") for name in names)
    seen |= {"definition": SourceLook(DEFINITION.encode()), "role": RoleLook("Ready"), "versions": versions, "runs": ()}
    plan = plan_workflow(world.situation(Observed(CLUSTER, **seen | observed)))
    assert plan.needs or plan.actions == ()
    return plan.needs


def test_an_earlier_look_serves_for_resting() -> None:
    assert needs(settled()) == frozenset()


def test_a_role_that_is_not_well_costs_no_look_at_rest_and_stays_told() -> None:
    world = settled()
    world.role = RoleLook("LogsMissing", "add the statement")
    world.settle()
    assert needs(world, role=None) == frozenset()
    assert needs(world, role=None, seen_at=None) == {"role"}
    assert world.word("RoleReady") == ("False", "LogPermissionMissing")


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.edit(description="another"),
        lambda world: world.edit(tags={"team": "data"}),
        lambda world: world.annotations.update({"mwaa-operator.io/run-requested-at": "t1"}),
        lambda world: world.aws.tags.clear(),
        lambda world: world.aws.mint({"DefinitionS3Location": {"Bucket": "b", "ObjectKey": "k"}, "RoleArn": "other"}),
    ],
    ids=["new version", "tags", "a run", "ownership", "drift"],
)
def test_whatever_is_to_be_sent_is_decided_on_a_look_of_its_own(change: Any) -> None:
    world = settled()
    change(world)
    assert needs(world) == {"live"}


def test_versions_are_deleted_on_a_look_of_its_own() -> None:
    world = settled(versionHistoryLimit=1)
    old = [world.aws.mint(world.aws.there) for _ in range(2)]
    world.status |= {"ownVersions": [*world.status["ownVersions"], *old], "version": old[-1]}
    assert needs(world) == {"live"}


def test_runs_of_an_earlier_pass_are_listed_anew_when_they_are_due() -> None:
    world = settled()
    assert needs(world, runs=(), runs_at=ago(60)) == frozenset()
    assert needs(world, runs=(), runs_at=NOW - timedelta(days=1)) == {"runs"}
    assert needs(world, runs=(run(version=VERSION),), runs_at=ago(60)) == {"runs"}
