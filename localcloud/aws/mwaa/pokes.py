"""What the rest of the world does to environments: owners of endpoints, other people, AWS itself. Pure.

Each poke takes an environment (already brought to `now`) and returns it changed. No rule of the service applies to
them, so that tests can reach every state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localcloud.aws.mwaa.config import Surroundings, updated
from localcloud.aws.mwaa.laws import Laws
from localcloud.aws.mwaa.states import SETTLED, Effect, Environment, LastUpdate, Status, Step, pairs
from localcloud.aws.mwaa.timeline import maintained


def publish_endpoints(environment: Environment, *, now: float, laws: Laws) -> Environment:
    """Somebody makes the VPC endpoints that a PENDING environment waits for."""
    if environment.status != Status.PENDING:
        raise ValueError(f"{environment.name} is {environment.status}, not PENDING: it waits for no endpoints")
    step = Step(now + laws.durations.create_after_endpoints, Status.AVAILABLE, Effect.READY)
    return replace(environment, status=Status.CREATING, steps=(step,))


def begin_maintenance(environment: Environment, *, now: float, laws: Laws) -> Environment:
    """AWS begins its maintenance now."""
    if environment.status not in (Status.AVAILABLE, Status.UPDATE_FAILED):
        raise ValueError(f"{environment.name} is {environment.status}: maintenance begins in stable states only")
    return replace(environment, status=Status.MAINTENANCE, steps=(maintained(now, laws.durations),))


def drift(environment: Environment, changes: Mapping[str, Any]) -> Environment:
    """Somebody else changes members (of UpdateEnvironment's request, or `Tags` as a whole) and AWS is done at once."""
    config = updated(environment.config, changes, around=Surroundings())
    tags = pairs(changes["Tags"]) if "Tags" in changes else environment.tags
    return replace(environment, config=config, tags=tags)


def force_status(
    environment: Environment, status: str, *, now: float, error: tuple[str, str] | None = None
) -> Environment:
    """Put an environment into any status, also one that the model does not know; nothing further happens by itself."""
    update = LastUpdate("FAILED", now, error) if error else environment.last_update
    return replace(environment, status=status, steps=(), target=None, last_update=update, stale=None)


def finish(environment: Environment, *, now: float) -> Environment:
    """Let the operation under way end now: up to the next stable status, PENDING or DELETED (see `progress`)."""
    ends = {*SETTLED, Status.PENDING, Status.DELETED}
    if environment.status in ends:
        return environment
    last = next((index for index, step in enumerate(environment.steps) if step.status in ends), None)
    if last is None:
        raise ValueError(f"{environment.name} is stuck in {environment.status}")
    earlier = environment.steps[last].at - now
    steps = (step._replace(at=now if i <= last else step.at - earlier) for i, step in enumerate(environment.steps))
    return replace(environment, steps=tuple(steps))
