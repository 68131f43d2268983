"""The operations on one environment as pure functions: what is refused, what is accepted, and what follows.

Source: botocore model mwaa, the Amazon MWAA API reference (states of an environment), and refusals seen in the wild.
An operation sees one environment (or none) and a `Scene`; it must not see others, a clock or a network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from localcloud.aws.mwaa.config import Params, Surroundings, created, updated
from localcloud.aws.mwaa.laws import Laws, Outcome
from localcloud.aws.mwaa.render import Answer, render, shown_tags
from localcloud.aws.mwaa.rules import Proposal, refused, tags_refused
from localcloud.aws.mwaa.states import (
    SETTLED,
    Config,
    Environment,
    LastUpdate,
    Stale,
    StaleTags,
    Status,
    Step,
    pairs,
)
from localcloud.aws.mwaa.texts import (
    Refusal,
    cannot_delete,
    cannot_update,
    invalid,
    name_in_use,
    not_found,
    quota,
)
from localcloud.aws.mwaa.timeline import create_steps, delete_steps, update_steps
from localcloud.aws.signing import Caller


@dataclass(frozen=True, slots=True)
class Scene:
    """What an operation may look at beside its environment.

    Attributes:
        account: Whose environments these are.
        region: Where.
        laws: Settings in force.
        now: Epoch seconds.
        caller: Who calls.
        around: What the service finds in the account.
        occupied: Environments that count for the quota.
        outcome: What is scripted for this operation on this name.
    """

    account: str
    region: str
    laws: Laws
    now: float
    caller: Caller = field(default_factory=Caller)
    around: Surroundings = field(default_factory=Surroundings)
    occupied: int = 0
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What an operation led to: the environment afterwards (the same one when nothing changed), and the answer."""

    environment: Environment | None
    answer: Answer | Refusal
    used_outcome: bool = False


def create(scene: Scene, environment: Environment | None, params: Params) -> Turn:
    """CreateEnvironment."""
    free = environment is None or (scene.laws.habits.deleted_name_free and environment.status == Status.DELETED)
    if not free:
        return Turn(environment, name_in_use(params["Name"]))
    if scene.occupied >= scene.laws.environments:
        return Turn(environment, quota(scene.laws.environments))
    laws, now, name = scene.laws, scene.now, params["Name"]
    config = created(params, name=name, around=scene.around)
    refusal = refused(Proposal(config, params, laws, now, scene.region)) or scene.around.refusal
    if refusal:
        return Turn(environment, refusal)
    if scene.outcome and scene.outcome.verdict == "refuse":
        return Turn(environment, invalid(scene.outcome.message), used_outcome=True)
    take = laws.durations
    made = Environment(
        account=scene.account,
        region=scene.region,
        name=name,
        status=Status.CREATING,
        config=config,
        created_at=now,
        tags=pairs(params.get("Tags", {})),
        steps=create_steps(config, now=now, laws=laws, outcome=scene.outcome),
        hidden_until=_veil(now, take.create_invisible),
        hidden_reads=laws.hidden_reads,
        unlisted_until=_veil(now, take.list_invisible),
    )
    return Turn(made, {"Arn": made.arn}, used_outcome=scene.outcome is not None)


def get(scene: Scene, environment: Environment | None, params: Params) -> Turn:
    """GetEnvironment."""
    if environment is None or environment.hidden:
        return _unseen(environment, params["Name"])
    return Turn(environment, {"Environment": render(environment, scene.laws.habits)})


def update(scene: Scene, environment: Environment | None, params: Params) -> Turn:
    """UpdateEnvironment."""
    if environment is None:
        return Turn(None, not_found(params["Name"]))
    if not _updatable(environment, scene.laws):
        return Turn(environment, cannot_update(environment.status))
    config = updated(environment.config, params, around=scene.around)
    proposal = Proposal(config, params, scene.laws, scene.now, scene.region, before=environment)
    if refusal := refused(proposal) or scene.around.refusal:
        return Turn(environment, refusal)
    if scene.outcome and scene.outcome.verdict == "refuse":
        return Turn(environment, invalid(scene.outcome.message), used_outcome=True)
    strategy = params.get("WorkerReplacementStrategy", "FORCED")
    return Turn(_updating(scene, environment, config, strategy), {"Arn": environment.arn}, scene.outcome is not None)


def _updating(scene: Scene, environment: Environment, config: Config, strategy: str) -> Environment:
    """Return the environment with an accepted update; one that arrives in maintenance queues behind it, FORCED."""
    laws, now = scene.laws, scene.now
    queued: tuple[Step, ...] = ()
    status: str = Status.UPDATING
    if environment.status == Status.MAINTENANCE:
        status, strategy = environment.status, "FORCED"
        begins = environment.steps[0].at if environment.steps else now
        queued = (Step(begins, Status.UPDATING),)
    begins = queued[0].at if queued else now
    graceful = strategy == "GRACEFUL"
    steps = update_steps(environment.config, config, now=begins, laws=laws, outcome=scene.outcome, graceful=graceful)
    lag = laws.durations.update_invisible
    stale = Stale(now + lag, environment.status, environment.config, environment.last_update) if lag else None
    return replace(
        environment,
        status=status,
        target=config,
        last_update=LastUpdate("PENDING", now, strategy=strategy),
        steps=queued + steps,
        stale=stale,
    )


def delete(scene: Scene, environment: Environment | None, params: Params) -> Turn:
    """DeleteEnvironment; on an environment that is being deleted it succeeds and does nothing."""
    if environment is None:
        return Turn(None, not_found(params["Name"]))
    if environment.status == Status.DELETING:
        return Turn(environment, {})
    habits = scene.laws.habits
    allowed = (
        environment.status in SETTLED
        or (environment.status == Status.PENDING and habits.delete_pending)
        or (environment.status == Status.MAINTENANCE and habits.delete_in_maintenance)
    )
    if not allowed:
        return Turn(environment, cannot_delete(environment.status))
    if scene.outcome and scene.outcome.verdict == "refuse":
        return Turn(environment, invalid(scene.outcome.message), used_outcome=True)
    steps = delete_steps(now=scene.now, durations=scene.laws.durations, outcome=scene.outcome)
    deleting = replace(environment, status=Status.DELETING, target=None, steps=steps, stale=None)
    return Turn(deleting, {}, used_outcome=scene.outcome is not None)


def list_tags(scene: Scene, environment: Environment | None, params: Params) -> Turn:
    """ListTagsForResource."""
    arn = params["ResourceArn"]
    if environment is None or environment.hidden or environment.status == Status.DELETED or environment.arn != arn:
        return _unseen(environment, arn)
    return Turn(environment, {"Tags": dict(shown_tags(environment))})


def tag(scene: Scene, environment: Environment | None, params: Params) -> Turn:
    """TagResource."""
    if refusal := _taggable(scene, environment, params):
        return Turn(environment, refusal)
    assert environment is not None
    tags = dict(environment.tags) | params["Tags"]
    if refusal := tags_refused(params["Tags"]) or tags_refused(
        {key: value for key, value in tags.items() if not key.startswith("aws:")}
    ):
        return Turn(environment, refusal)
    return Turn(_tagged(scene, environment, tags), {})


def untag(scene: Scene, environment: Environment | None, params: Params) -> Turn:
    """UntagResource; keys that are not there are no error, the reserved ones cannot be removed."""
    if refusal := _taggable(scene, environment, params) or tags_refused(dict.fromkeys(params["tagKeys"], "")):
        return Turn(environment, refusal)
    assert environment is not None
    gone = set(params["tagKeys"])
    tags = {key: value for key, value in environment.tags if key not in gone}
    return Turn(_tagged(scene, environment, tags), {})


def _taggable(scene: Scene, environment: Environment | None, params: Params) -> Refusal | None:
    if environment is None or environment.status == Status.DELETED or environment.arn != params["ResourceArn"]:
        return not_found(params["ResourceArn"])
    if scene.laws.habits.tags_when_busy or environment.status in SETTLED:
        return None
    return cannot_update(environment.status)


def _tagged(scene: Scene, environment: Environment, tags: dict[str, str]) -> Environment:
    lag = scene.laws.durations.tags_invisible
    stale = StaleTags(scene.now + lag, shown_tags(environment)) if lag else None
    return replace(environment, tags=pairs(tags), stale_tags=stale)


def _updatable(environment: Environment, laws: Laws) -> bool:
    status = environment.status
    if status == Status.UNAVAILABLE:
        return laws.habits.update_unavailable
    # A queued update counts as running: MAINTENANCE takes one at most.
    return status in (Status.AVAILABLE, Status.UPDATE_FAILED) or (
        status == Status.MAINTENANCE and environment.target is None
    )


def _unseen(environment: Environment | None, name: str) -> Turn:
    """Answer "not found", counting the read against `hidden_reads`."""
    if environment is not None and environment.hidden_reads:
        environment = replace(environment, hidden_reads=environment.hidden_reads - 1)
    return Turn(environment, not_found(name))


def _veil(now: float, lag: float) -> float:
    return now + lag if lag else 0.0


Operation = Callable[[Scene, Environment | None, Params], Turn]
