"""What becomes of the jobs of every queue, in the words of a route's status: the simulator's answer to the file. Pure.

The file is asked and not the routes, so that what is shown is what BPG will do, also where a renderer would err.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from mwaa_operator.api.spark import DEFAULT_QUEUE
from mwaa_operator.gateway.bpg.answer import Answer, Choice, Refusal
from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import Config, StartFailure
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.request import Claims, Request
from mwaa_operator.gateway.bpg.simulate import simulate
from mwaa_operator.gateway.bpg.text import read
from mwaa_operator.gateway.render.file import Rendering
from mwaa_operator.gateway.render.scene import Scene
from mwaa_operator.route.api import SparkJobRouteSpec
from mwaa_operator.route.status import QueueStatus

_ANYBODY = "anybody"


@dataclass(frozen=True)
class Prediction:
    """What becomes of the jobs of one route.

    Attributes:
        split: Targets with their exact shares, such as `analytics=7/10 datascience=3/10`; empty if jobs are refused.
        shares: Target to its share; targets that take no jobs are not there.
        queues: The same for each queue, with the refusal where there is one.
        warnings: What BPG does otherwise than one might expect.
    """

    split: str
    shares: Mapping[str, Fraction]
    queues: tuple[QueueStatus, ...]
    warnings: tuple[str, ...]


def predictions(rendering: Rendering, scene: Scene) -> dict[str, Prediction]:
    """Return what becomes of jobs that bring what their route asks for, by route key.

    Args:
        rendering: A file.
        scene: What it was rendered from.
    """
    profile = Profile(scene.gateway.spec.bpg_profile)
    config = bind(read(rendering.text), profile=profile)
    user = _user(scene)
    found = {}
    for candidate in scene.candidates:
        targets = {entry.id: entry.target for entry in rendering.entries if entry.route == candidate.key}
        if targets:
            found[candidate.key] = _prediction(config, candidate.route.spec, targets=targets, user=user)
    return dict(sorted(found.items()))


def queue_names(spec: SparkJobRouteSpec) -> tuple[str, ...]:
    """Return the full names of a route's queues, the one that jobs name first."""
    queue = spec.queue
    subs = tuple(f"{queue.name}.{sub_queue}" for sub_queue in queue.sub_queues)
    return (queue.name, *subs, *((DEFAULT_QUEUE,) if queue.default else ()))


def _prediction(
    config: Config | StartFailure, spec: SparkJobRouteSpec, *, targets: Mapping[str, str], user: str
) -> Prediction:
    if isinstance(config, StartFailure):
        error = f"BPG does not start: {config.message}"
        return Prediction("", {}, tuple(QueueStatus(name=name, error=error) for name in queue_names(spec)), (error,))
    answers = {name: simulate(config, _request(name, spec, user)) for name in queue_names(spec)}
    shares = _shares(answers[spec.queue.name], targets)
    queues = tuple(
        QueueStatus(name=name, split=_split(_shares(answer, targets), spec) or None, error=_error(answer))
        for name, answer in answers.items()
    )
    warnings = dict.fromkeys(oddity.message for answer in answers.values() for oddity in answer.warnings)
    return Prediction(_split(shares, spec), shares, queues, tuple(warnings))


def _request(queue: str, spec: SparkJobRouteSpec, user: str) -> Request:
    """Return a job that is well in everything that a route has no say in."""
    return Request(
        user=user,
        queue=queue,
        queue_token=Claims(queues=(queue,)) if spec.access.secure else None,
        spark_version=min(spec.spark_versions),
        type="Java",
        image="any",
        spark_conf={},
    )


def _shares(answer: Answer, targets: Mapping[str, str]) -> dict[str, Fraction]:
    """Return target to share; an entry of another route goes by its id, so that it cannot be overlooked."""
    return {
        targets.get(outcome.result.id, outcome.result.id): outcome.probability
        for outcome in answer.outcomes
        if isinstance(outcome.result, Choice)
    }


def _split(shares: Mapping[str, Fraction], spec: SparkJobRouteSpec) -> str:
    order = [target.name for target in spec.targets]
    names = sorted(shares, key=lambda name: (order.index(name) if name in order else len(order), name))
    return " ".join(f"{name}={shares[name]}" for name in names)


def _error(answer: Answer) -> str | None:
    errors = (outcome.result for outcome in answer.outcomes if isinstance(outcome.result, Refusal))
    return next((f"{refusal.status} {refusal.message}" for refusal in errors), None)


def _user(scene: Scene) -> str:
    named = sorted(user for user in scene.gateway.spec.access.users if user != "*")
    return named[0] if named else _ANYBODY
