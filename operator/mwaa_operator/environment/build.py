"""Puts the room together: from the process's parts to a controller that the engine can run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pydantic import SecretStr

from mwaa_operator.account.resolve import Resolver
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.environment.controller import EnvironmentController, Kube
from mwaa_operator.environment.load import load_knowledge
from mwaa_operator.environment.observe import Cluster, Observer, Sources
from mwaa_operator.environment.preflight.load import load_rows
from mwaa_operator.environment.preflight.run import Preflight

NAME_INDEX = "environment"
"""Name of the cache index whose values `names_of` gives."""

Body = dict[str, Any]


class Kubernetes(Kube, Cluster, Protocol):
    """Everything that the room reads and writes in Kubernetes."""


@dataclass(frozen=True)
class Parts:
    """What the room needs of the process.

    Attributes:
        cached: The cached object of a key, or None.
        indexed: Keys of the environments with a value in the index `NAME_INDEX`.
        written: Told of every answer to a write.
        reported: Told of the status that a pass left behind, or None when the object is gone.
        kube: Kubernetes.
        resolver: Asks the AwsAccount.
        scope: The way into AWS.
        cluster_id: uid of kube-system.
        hash_key: Id and value of the key that Secret values are hashed with.
        timings: Durations, scaled.
        now: UTC.
        monotonic: Seconds.
    """

    cached: Callable[[ObjectKey], Body | None]
    indexed: Callable[[str], Iterable[ObjectKey]]
    written: Callable[[Body], object]
    reported: Callable[[ObjectKey, Body | None], None]
    kube: Kubernetes
    resolver: Resolver
    scope: Callable[[Access], AwsScope]
    cluster_id: Callable[[], str]
    hash_key: Callable[[], tuple[str, SecretStr]]
    timings: Timings
    now: Callable[[], datetime]
    monotonic: Callable[[], float]


def build(parts: Parts) -> EnvironmentController:
    """Return the controller of MwaaEnvironment."""
    knowledge = load_knowledge()
    cache = ReadCache(seconds=parts.timings.preflight_cache, monotonic=parts.monotonic)
    sources = Sources(
        cached=parts.cached,
        rivals=lambda resource: parts.indexed(name_of(resource)),
        cluster=parts.kube,
        resolver=parts.resolver,
        scope=parts.scope,
        cluster_id=parts.cluster_id,
        hash_key=parts.hash_key,
        now=parts.now,
        preflight=Preflight(cache=cache, now=parts.now, knowledge=knowledge, rows=load_rows()),
    )
    return EnvironmentController(
        cached=parts.cached,
        written=parts.written,
        reported=parts.reported,
        kube=parts.kube,
        observer=Observer(sources),
        knowledge=knowledge,
        timings=parts.timings,
        now=parts.now,
    )


def name_of(resource: MwaaEnvironment) -> str:
    """Return what two objects that name the same environment in AWS have in common."""
    return f"{resource.spec.account_ref.name}/{resource.spec.region}/{resource.aws_name}"


def names_of(body: Body) -> Iterable[str]:
    """Return the same for an object as the API server sent it; total, as an index function must be."""
    spec = body.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    reference = spec.get("accountRef")
    account = reference.get("name") if isinstance(reference, dict) else None
    return (f"{account or 'default'}/{spec.get('region')}/{spec.get('name') or body['metadata']['name']}",)
