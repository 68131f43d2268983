"""What becomes of the jobs of every queue, in the words of a route's status: the simulator's answer to the file. Pure.

The file is asked and not the routes, so that what is shown is what BPG will do, also where a renderer would err.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from mwaa_operator.api.spark import DEFAULT_QUEUE
from mwaa_operator.gateway.bpg.answer import Answer, Choice, Refusal
from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import Config, StartFailure
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.request import Claims, Request
from mwaa_operator.gateway.bpg.simulate import simulate
from mwaa_operator.gateway.bpg.text import read
from mwaa_operator.gateway.render.file import RenderedEntry, Rendering
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
    specs = {candidate.key: candidate.route.spec for candidate in scene.candidates}
    return forecasts(rendering.text, rendering.entries, specs, profile=Profile(scene.gateway.spec.bpg_profile))


def forecasts(
    text: str, entries: Iterable[RenderedEntry], specs: Mapping[str, SparkJobRouteSpec], *, profile: Profile
) -> dict[str, Prediction]:
    """Return what becomes of jobs of routes in any file, also one that was made of older forms of them, by route key.

    Args:
        text: The file.
        entries: Its entries; a route without one is left out.
        specs: Specs of routes by their keys: of these come the queues that are asked for, and the order of targets.
        profile: Which BPG.
    """
    config, file = bind(read(text), profile=profile), _File(json.loads(text))
    targets: dict[str, dict[str, str]] = {}
    for entry in entries:
        targets.setdefault(entry.route, {})[entry.id] = entry.target
    return {
        key: _prediction(config, spec, targets=targets[key], job=_Job(file, spec, frozenset(targets[key])))
        for key, spec in sorted(specs.items())
        if key in targets
    }


def queue_names(spec: SparkJobRouteSpec) -> tuple[str, ...]:
    """Return the full names of a route's queues, the one that jobs name first."""
    queue = spec.queue
    subs = tuple(f"{queue.name}.{sub_queue}" for sub_queue in queue.sub_queues)
    return (queue.name, *subs, *((DEFAULT_QUEUE,) if queue.default else ()))


@dataclass(frozen=True)
class _File:
    """What jobs need to know of a file.

    Attributes:
        document: It, as data.
    """

    document: Mapping[str, Any]

    @cached_property
    def user(self) -> str:
        """Somebody whom the file admits."""
        return min((name for name in self.document.get("allowedUsers", ()) if name != "*"), default=_ANYBODY)

    @cached_property
    def secure(self) -> frozenset[str]:
        """Names of the queues that ask for a token."""
        return frozenset(str(item["name"]) for item in self.document.get("queues", ()) if item.get("secure"))

    @cached_property
    def versions(self) -> Mapping[str, frozenset[str]]:
        """Id of an entry to the versions that it serves."""
        entries = self.document.get("sparkClusters", ())
        return {str(entry["id"]): frozenset(entry.get("sparkVersions", ())) for entry in entries}


@dataclass(frozen=True)
class _Job:
    """A job that is well in everything that its route has no say in.

    Attributes:
        file: The file.
        spec: Of the route.
        entries: Ids of its entries.
    """

    file: _File
    spec: SparkJobRouteSpec
    entries: frozenset[str]

    def of(self, queue: str) -> Request:
        """Return it for one of the route's queues."""
        return Request(
            user=self.file.user,
            queue=queue,
            queue_token=Claims(queues=(queue,)) if self._is_secure(queue) else None,
            spark_version=self._version,
            type="Java",
            image="any",
            spark_conf={},
        )

    @cached_property
    def _version(self) -> str:
        """A version that the file serves, of spec if there is one: the file may be older than spec."""
        served = frozenset[str]().union(*(self.file.versions.get(id_, ()) for id_ in self.entries))
        asked = set(self.spec.spark_versions)
        return min(served & asked or served or asked)

    def _is_secure(self, queue: str) -> bool:
        return self.spec.access.secure or queue in self.file.secure


def _prediction(
    config: Config | StartFailure, spec: SparkJobRouteSpec, *, targets: Mapping[str, str], job: _Job
) -> Prediction:
    if isinstance(config, StartFailure):
        error = f"BPG does not start: {config.message}"
        return Prediction("", {}, tuple(QueueStatus(name=name, error=error) for name in queue_names(spec)), (error,))
    answers = {name: simulate(config, job.of(name)) for name in queue_names(spec)}
    shares = _shares(answers[spec.queue.name], targets)
    queues = tuple(
        QueueStatus(name=name, split=_split(_shares(answer, targets), spec) or None, error=_error(answer))
        for name, answer in answers.items()
    )
    warnings = dict.fromkeys(oddity.message for answer in answers.values() for oddity in answer.warnings)
    return Prediction(_split(shares, spec), shares, queues, tuple(warnings))


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
