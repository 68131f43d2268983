"""Every test here has Secrets of its own: the same file, made of other routes, remembers other fates of its entries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.rollout import LIBRARY


@pytest.fixture(autouse=True)
def _own_library() -> Iterator[None]:
    """Leave what other tests put into Secrets as it was."""
    before = dict(LIBRARY)
    LIBRARY.clear()
    yield
    LIBRARY.clear()
    LIBRARY.update(before)
