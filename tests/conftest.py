"""What all tests share: a control plane per session, a namespace per test, and the same generated examples each time.

A property that fails for an example in a million is found by whoever looks for it, with HYPOTHESIS_PROFILE=default, and
not by whoever changed something else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from localcloud.controlplane import ControlPlane
from tests.support.controlplane import fresh_namespace

settings.register_profile("same", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


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
