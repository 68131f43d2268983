"""Fixtures of the system tests: one cloud with one operator for the session, one team for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.cloud import World
from tests.support.gatewayfield import Field
from tests.support.team import Team

SLOW = {"MWAA_OPERATOR_TIME_FACTOR": "8"}
"""So slow that nothing which the operator waits for passes in the seconds that a restart, or a busy machine, takes."""


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


@pytest.fixture
def patient(world: World) -> Iterator[None]:
    """Put an operator with slower clocks in the place of the one that tests share."""
    shared = world.operator
    assert shared.stop(30) == 0
    world.operator = world.launcher.start(proxy=world.proxy, env=SLOW)
    try:
        world.operator.wait_ready(60)
        yield
    finally:
        world.operator.kill()
        world.vacate()
        world.operator = shared
        shared.restart()
        shared.wait_ready(60)


@pytest.fixture(scope="session")
def field() -> Iterator[Field]:
    """Gateways under test: a cloud of their own with a kubelet stand-in, shared by the session."""
    with Field() as running:
        yield running
