"""Deaths at deletions of revisions that nobody needs: what is in use is never deleted, what is not goes in the end.

In memory, because a gateway deletes the first one after its seventh rollout: a minute of real time for each case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mwaa_operator.api.meta import ObjectKey
from tests.support.gatewaycrash import KEPT, MortalRoom
from tests.support.gatewayroom import TIMINGS
from tests.support.sparkscene import target

EDITS = KEPT + 2


def rolled(room: MortalRoom, key: ObjectKey, number: int) -> str:
    """Let the route of a gateway have another weight, and return the revision that serves then."""
    (route,) = (found for found in room.kube.objects if found.kind == "SparkJobRoute")
    room.kube.edit(route, targets=[target("a", weight=1 + number), target("b")])
    room.settle(key)
    # What is surplus goes when no call can be under way any more.
    room.rest(key, 2 * TIMINGS.grace)
    return room.revision(key)


def deletes(verb: str, body: Mapping[str, Any]) -> bool:
    """Whether a write deletes a Secret."""
    return verb == "delete" and body["kind"] == "Secret"


def watched(room: MortalRoom, key: ObjectKey) -> list[str]:
    """Let no revision be deleted that is in use, and return those that are deleted from now on."""
    found: list[str] = []

    def told(verb: str, body: Mapping[str, Any]) -> None:
        if deletes(verb, body):
            name = body["metadata"]["name"].removeprefix(f"{key.name}.")
            assert name not in room.in_use(key), f"{name} is in use"
            found.append(name)

    room.fate.told = told
    return found


def story(room: MortalRoom) -> tuple[ObjectKey, list[str], list[str]]:
    """Return a gateway that was rolled so often that it deleted revisions, what it served, and what it deleted."""
    key = room.gateway()
    room.route("one", targets=[target("a"), target("b")])
    room.settle(key)
    deleted = watched(room, key)
    served = [room.revision(key), *(rolled(room, key, number) for number in range(EDITS))]
    return key, list(dict.fromkeys(served)), deleted


def test_the_last_five_revisions_that_served_are_kept_and_the_others_deleted_once_each() -> None:
    room = MortalRoom()
    key, served, deleted = story(room)
    assert room.secrets(key) == set(served[-KEPT:])
    assert deleted == served[:-KEPT]


@pytest.mark.parametrize("forward", [False, True], ids=["lost", "taking effect"])
def test_a_death_at_every_deletion_of_a_revision_changes_nothing_in_the_end(*, forward: bool) -> None:
    calm, room = MortalRoom(), MortalRoom()
    room.fate.forward = forward
    died: list[str] = []

    def dies(verb: str, body: Mapping[str, Any]) -> bool:
        name = body["metadata"]["name"]
        if not deletes(verb, body) or name in died:
            return False
        died.append(name)
        return True

    room.fate.at = dies
    before, (key, served, deleted) = story(calm), story(room)
    assert room.fate.deaths == len(set(deleted)) > 2
    assert (key, served, set(deleted)) == (before[0], before[1], set(before[2]))
    assert room.secrets(key) == calm.secrets(key)
    assert len(deleted) == len(set(deleted)) * (1 if forward else 2), "what was lost is done again, once"


@pytest.mark.parametrize("forward", [False, True], ids=["lost", "taking effect"])
def test_a_revision_that_is_wanted_again_right_after_its_deletion_serves_from_a_secret(*, forward: bool) -> None:
    room = MortalRoom()
    room.fate.forward = forward
    key = room.gateway()
    room.route("one", targets=[target("a", weight=1), target("b")])
    room.settle(key)
    first = room.revision(key)
    room.fate.at = lambda verb, body: not room.fate.deaths and deletes(verb, body)
    number = 0
    while not room.fate.deaths:
        number += 1
        rolled(room, key, number)
    watched(room, key)
    assert rolled(room, key, 0) == first
    assert first in room.secrets(key)
