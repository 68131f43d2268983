"""Fixtures that all tests share: one control plane per session, one namespace per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud.controlplane import ControlPlane
from tests.support.controlplane import fresh_namespace


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """A running control plane, shared by the session: what a test changes cluster-wide it must put back."""
    with ControlPlane() as running:
        yield running


@pytest.fixture
def namespace(control_plane: ControlPlane) -> Iterator[str]:
    """A fresh namespace of the shared control plane."""
    with fresh_namespace(control_plane) as name:
        yield name
