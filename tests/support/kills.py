"""Holds one write of each of several objects on the wire, kills the operator, and lets the writes be lost or happen.

The objects are independent of each other, and all are held at their own point when the one kill comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.faultrules import Rule
from tests.support.cloud import World
from tests.support.teamobject import TeamObject
from tests.support.writes import NAME, HoldAt, Write, hold_in_aws

Outcome = dict[str, Any]
"""What is compared, by a name that says what it is."""


def killed_at(
    world: World,
    victims: Mapping[Write, TeamObject],
    begin: Callable[[TeamObject], None],
    *,
    happened: bool,
    word: Callable[[TeamObject], str] = lambda victim: victim.name,
) -> None:
    """Begin with all, hold each at its own write, kill the process, and let the writes be lost or happen.

    Args:
        world: The system under test; its operator is dead afterwards, and the Lease free.
        victims: The write at which each is held.
        begin: Does what a user does.
        happened: Whether the writes take effect.
        word: What the noted writes to AWS say NAME for.
    """
    held = {point: _hold(world, point, victim, word(victim), happened=happened) for point, victim in victims.items()}
    # What names nobody could be anybody's: whose it is to be goes first.
    for point in sorted(victims, key=lambda point: not (point.in_aws and NAME not in point.what)):
        begin(victims[point])
        if point.in_aws and NAME not in point.what:
            _await(world, point, victims[point], held[point], word(victims[point]))
    for point, rule in held.items():
        _await(world, point, victims[point], rule, word(victims[point]))
    world.operator.kill()
    for point, rule in held.items():
        if rule is not None:
            rule.release(forward=happened)
        world.cloud.aws.faults.release(word(victims[point]), forward=False)
    world.vacate()


def differences(left: Outcome, wanted: Outcome) -> list[str]:
    """Return where two outcomes differ."""
    return [
        f"{path}: {left.get(path)!r} instead of {wanted.get(path)!r}"
        for path in sorted(left.keys() | wanted.keys())
        if left.get(path) != wanted.get(path)
    ]


def _hold(world: World, point: Write, victim: TeamObject, word: str, *, happened: bool) -> Rule | None:
    """Arrange for one write to be held; return the rule if it is one to the API server."""
    if not point.in_aws:
        return world.proxy.add(HoldAt(victim.team.namespace, point))
    world.cloud.aws.faults.add(hold_in_aws(point, word, happened=happened))
    return None


def _await(world: World, point: Write, victim: TeamObject, rule: Rule | None, word: str) -> None:
    """Wait until the write is held."""
    if rule is None:
        world.cloud.aws.faults.wait_held(word, 20)
    else:
        assert rule.fired.wait(20), f"{point} of {victim.name} was never made; {victim.story()}"
