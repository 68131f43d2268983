"""The state machine of Amazon MWAA: pure, so that a server can serve it and a model checker can walk it.

`act` is one operation on one environment (what a server with many environments calls); `apply`, `advance` and
`next_change` do the same for a whole small world. No clock, no I/O, no randomness: time and all else come in.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from localcloud.aws.mwaa import airflow, operations
from localcloud.aws.mwaa.config import Surroundings
from localcloud.aws.mwaa.laws import Outcome
from localcloud.aws.mwaa.operations import Operation, Scene, Turn
from localcloud.aws.mwaa.render import Answer
from localcloud.aws.mwaa.states import Environment, Status, World
from localcloud.aws.mwaa.texts import Refusal, invalid
from localcloud.aws.mwaa.timeline import next_change as next_change_of
from localcloud.aws.mwaa.timeline import progress
from localcloud.aws.signing import Caller

OPERATIONS: Mapping[str, Operation] = {
    "CreateEnvironment": operations.create,
    "GetEnvironment": operations.get,
    "UpdateEnvironment": operations.update,
    "DeleteEnvironment": operations.delete,
    "ListTagsForResource": operations.list_tags,
    "TagResource": operations.tag,
    "UntagResource": operations.untag,
    "CreateCliToken": airflow.cli_token,
    "CreateWebLoginToken": airflow.web_token,
    "InvokeRestApi": lambda scene, environment, params: airflow.invoke(
        scene, environment, params, airflow.small_airflow
    ),
}
"""All but ListEnvironments, which is about all environments: see `page`."""

PAGE = 25
TOKEN = "after:"


def act(scene: Scene, environment: Environment | None, operation: str, params: Mapping[str, Any]) -> Turn:
    """Carry out one operation on one environment that `timeline.progress` has brought to `scene.now`.

    Args:
        scene: Time, settings, caller and surroundings.
        environment: The environment that `subject` names, None when there is none.
        operation: A key of OPERATIONS.
        params: The request, valid for botocore's model.
    """
    return OPERATIONS[operation](scene, environment, params)


def subject(params: Mapping[str, Any]) -> str:
    """Return the name of the environment that a request is about; "" when it is about none."""
    if "ResourceArn" in params:
        return str(params["ResourceArn"]).rpartition(":environment/")[2]
    return str(params.get("Name", ""))


def counts(environment: Environment) -> bool:
    """Tell whether an environment counts for the quota."""
    return environment.status != Status.DELETED


def listed(environment: Environment) -> bool:
    """Tell whether ListEnvironments shows it."""
    return not environment.unlisted_until and not environment.hidden and environment.status != Status.DELETED


def page(names: Sequence[str], params: Mapping[str, Any]) -> Answer | Refusal:
    """Answer ListEnvironments from all listed names in order; the token says after which name to go on."""
    size, token = params.get("MaxResults", PAGE), params.get("NextToken") or ""
    if token and not token.startswith(TOKEN):
        return invalid("Invalid NextToken.")
    after = token.removeprefix(TOKEN)
    first = bisect_left(names, after + "\0") if token else 0
    answer: Answer = {"Environments": list(names[first : first + size])}
    if first + size < len(names):
        answer["NextToken"] = TOKEN + answer["Environments"][-1]
    return answer


def apply(
    world: World,
    operation: str,
    params: Mapping[str, Any],
    *,
    now: float,
    caller: Caller | None = None,
    around: Surroundings | None = None,
) -> tuple[World, Answer | Refusal]:
    """Carry out one operation in a world at `now` (epoch seconds), after what is due by then has happened."""
    world = advance(world, now=now)
    if operation == "ListEnvironments":
        return world, page([item.name for item in world.environments if listed(item)], params)
    name = subject(params)
    outcome = outcome_for(world.outcomes, name, operation)
    scene = Scene(
        account=world.account,
        region=world.region,
        laws=world.laws,
        now=now,
        caller=caller or Caller(world.account),
        around=around or Surroundings(),
        occupied=sum(1 for item in world.environments if counts(item)),
        outcome=outcome[1] if outcome else None,
    )
    before = world.find(name)
    turn = act(scene, before, operation, params)
    if turn.environment is not before:
        world = put(world, name, turn.environment)
    if turn.used_outcome and outcome:
        world = replace(world, outcomes=spent(world.outcomes, outcome))
    return world, turn.answer


def advance(world: World, *, now: float) -> World:
    """Return the world at `now`: every step that is due has been taken."""
    moved = [progress(item, now=now, laws=world.laws) for item in world.environments]
    if all(new is old for new, old in zip(moved, world.environments, strict=True)):
        return world
    return replace(world, environments=tuple(item for item in moved if item is not None))


def next_change(world: World) -> float | None:
    """Return when something will next happen by itself (epoch seconds); None when nothing will."""
    times = [at for item in world.environments if (at := next_change_of(item)) is not None]
    return min(times, default=None)


def put(world: World, name: str, environment: Environment | None) -> World:
    """Return the world with this environment under its name (None: without)."""
    others = [item for item in world.environments if item.name != name]
    if environment is not None:
        others.append(environment)
    return replace(world, environments=tuple(sorted(others, key=lambda item: item.name)))


Scripted = tuple[str, Outcome]


def outcome_for(outcomes: tuple[Scripted, ...], name: str, operation: str) -> Scripted | None:
    """Return the oldest scripted outcome for this operation on this name."""
    for scripted in outcomes:
        if scripted[0] in (name, "*") and scripted[1].operation == operation:
            return scripted
    return None


def spent(outcomes: tuple[Scripted, ...], used: Scripted) -> tuple[Scripted, ...]:
    """Return the scripted outcomes after one was used once."""
    name, outcome = used
    if outcome.times is None:
        return outcomes
    index = outcomes.index(used)
    left = ((name, replace(outcome, times=outcome.times - 1)),) if outcome.times > 1 else ()
    return outcomes[:index] + left + outcomes[index + 1 :]
