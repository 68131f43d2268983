"""The closing report of a pass: when a status is written, and which Events are told when it cannot be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.plan import Notice
from mwaa_operator.kube.errors import Conflict, KubeError, NotFound, Unavailable
from mwaa_operator.kube.report import MOST_OWED, StatusReporter
from tests.support.memorykube import Body, MemoryKube

KEY = ObjectKey("ServerlessWorkflow", "data", "etl")
MADE, SEEN, LATER = Notice("RoleCreated", "made"), Notice("Ready", "as spec says"), Notice("RunSucceeded", "run 1")


@dataclass
class World:
    """One object, and the reporter of its controller."""

    kube: MemoryKube = field(default_factory=lambda: MemoryKube(lambda: datetime(2026, 11, 18, 12, tzinfo=UTC)))
    reported: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.create("uid-1")
        self.reporter = StatusReporter(
            kube=self.kube, written=lambda body: None, reported=lambda key, status: self.reported.append(status)
        )

    def create(self, uid: str) -> None:
        """Create the object."""
        metadata = {"name": KEY.name, "namespace": KEY.namespace}
        self.kube.create({"kind": KEY.kind, "metadata": metadata, "spec": {}, "status": {}}, uid=uid)

    @property
    def body(self) -> Body:
        found = self.kube.get(KEY)
        assert found is not None
        return found

    def report(self, number: int, *notices: Notice, acted: bool = False) -> None:
        """Close a pass with a status of its own."""
        self.reporter.report(self.body, {"pass": number}, notices, acted=acted)

    def refused(self, number: int, *notices: Notice, acted: bool, error: KubeError | None = None) -> None:
        """Close a pass whose status is not stored."""

        def refuse() -> None:
            raise error or Conflict("somebody wrote", status=409)

        self.kube.before_status = refuse
        with pytest.raises(KubeError):
            self.report(number, *notices, acted=acted)

    @property
    def told(self) -> list[str]:
        return [notice.reason for notice in self.kube.notices]


def test_a_status_is_written_if_it_differs_and_events_follow_it() -> None:
    world = World()
    world.report(1, SEEN)
    world.report(1, LATER)
    assert world.kube.statuses == [{"pass": 1}]
    assert world.told == ["Ready", "RunSucceeded"]
    assert world.reported == [{"pass": 1}, {"pass": 1}]


@pytest.mark.parametrize(
    "error", [Conflict("", status=409), Unavailable("", status=503), NotFound("", status=404)], ids=lambda e: e.status
)
def test_what_a_pass_did_is_told_with_the_next_status_that_is_stored(error: KubeError) -> None:
    world = World()
    world.refused(1, MADE, acted=True, error=error)
    assert (world.told, world.reported) == ([], [])
    world.report(2, LATER)
    assert world.told == ["RoleCreated", "RunSucceeded"]
    world.report(3)
    assert world.told == ["RoleCreated", "RunSucceeded"], "and once"


def test_what_a_pass_only_saw_is_left_to_the_next_one() -> None:
    world = World()
    world.refused(1, SEEN, acted=False)
    world.report(2)
    assert world.told == []


def test_what_the_next_pass_tells_again_is_told_once() -> None:
    world = World()
    world.refused(1, MADE, SEEN, acted=True)
    world.refused(2, SEEN, LATER, acted=True)
    world.report(3, LATER)
    assert world.told == ["RoleCreated", "Ready", "RunSucceeded"]


def test_a_status_that_says_nothing_new_brings_them_too() -> None:
    world = World()
    world.report(1)
    world.refused(2, MADE, acted=True)
    world.report(1)
    assert (world.told, len(world.kube.statuses)) == (["RoleCreated"], 1)


def test_an_object_that_is_let_go_takes_them_along() -> None:
    world = World()
    world.refused(1, MADE, acted=True)
    world.reporter.tell(world.body, [Notice("Retained", "stays")])
    assert world.told == ["RoleCreated", "Retained"]


@pytest.mark.parametrize("noticed", [False, True])
def test_nothing_is_told_of_a_namesake_or_after_the_end(*, noticed: bool) -> None:
    world = World()
    world.refused(1, MADE, acted=True)
    world.kube.delete(KEY)
    if noticed:
        world.reporter.gone(KEY)
    world.create("uid-2" if not noticed else "uid-1")
    world.report(2, SEEN)
    assert world.told == ["Ready"]


def test_only_so_many_are_kept_and_the_newest_of_them() -> None:
    world = World()
    for number in range(3 * MOST_OWED):
        world.refused(number, Notice("RunStarted", f"run {number}"), acted=True)
    world.report(0)
    assert [notice.note for notice in world.kube.notices] == [f"run {2 * MOST_OWED + n}" for n in range(MOST_OWED)]
