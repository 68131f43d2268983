"""Fixtures of the system tests: one cloud with one operator for the session, one team for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.cloud import World
from tests.support.team import Team


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """The system under test, shared by the session; `team` brings it back to what a test may begin with."""
    with World() as running:
        yield running


@pytest.fixture
def team(world: World) -> Iterator[Team]:
    """A namespace of one's own. At its end every status that was written in it is read with the eyes of Flux."""
    world.mend()
    with world.team() as team:
        yield team
