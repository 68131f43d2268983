"""Jobs under way by the id of their entry, from a list of names and states."""

from __future__ import annotations

import pytest

from mwaa_operator.gateway.clusters.running import running
from mwaa_operator.kube.remote import Application


def test_jobs_count_for_the_entry_that_their_names_begin_with() -> None:
    names = ("a1-x", "a1-y-z", "a12-x", "b", "nobody-s")
    found = running([Application(name, "RUNNING") for name in names])
    assert found == {"a1": 2, "a12": 1, "b": 1, "nobody": 1}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("", 1),
        ("SUBMITTED", 1),
        ("PENDING_RERUN", 1),
        ("SUCCEEDING", 1),
        ("UNKNOWN", 1),
        ("SUSPENDED", 1),
        ("COMPLETED", 0),
        ("FAILED", 0),
        ("SUBMISSION_FAILED", 0),
    ],
)
def test_what_has_ended_is_not_under_way(state: str, expected: int) -> None:
    found = running([Application("a1-x", state)])
    assert found is not None
    assert found.get("a1", 0) == expected


def test_without_states_nobody_knows_and_without_jobs_there_are_none() -> None:
    assert running([Application("a1-x", "RUNNING"), Application("a1-y", None)]) is None
    assert running([]) == {}
