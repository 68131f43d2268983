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
from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.controller import Kube, WorkflowController
from mwaa_operator.workflow.definition.load import load_operators
from mwaa_operator.workflow.managedlook import ManagedLooks
from mwaa_operator.workflow.memory import Memory
from mwaa_operator.workflow.observe import Observer, Sources
from mwaa_operator.workflow.plan.tally import Tally
from mwaa_operator.workflow.role.load import load_permissions
from mwaa_operator.workflow.rolelook import RoleLooks
from mwaa_operator.workflow.sources import Cluster
from mwaa_operator.workflow.sweep import Sweep

NAME_INDEX = "workflow"
"""Name of the cache index whose values `names_of` gives."""
CONFIG_MAP_INDEX = "configMap"
"""Name of the cache index whose values `config_maps_of` gives."""

Body = dict[str, Any]


class Kubernetes(Kube, Cluster, Protocol):
    """Everything that the room reads and writes in Kubernetes."""


@dataclass(frozen=True)
class Parts:
    """What the room needs of the process.

    Attributes:
        cached: The cached object of a key, or None.
        indexed: Keys of the workflows with a value in the index `NAME_INDEX`.
        written: Told of every answer to a write.
        reported: Told of the status that a pass left behind, or None when the object is gone.
        measured: Told of the figures of a workflow after each pass.
        kube: Kubernetes.
        resolver: Asks the AwsAccount.
        scope: The way into AWS.
        hash_key: What Secret values are hashed with.
        cluster_id: uid of kube-system.
        timings: Durations, scaled.
        now: UTC.
        monotonic: Seconds.
    """

    cached: Callable[[ObjectKey], Body | None]
    indexed: Callable[[str], Iterable[ObjectKey]]
    written: Callable[[Body], object]
    reported: Callable[[ObjectKey, Body | None], None]
    measured: Callable[[ObjectKey, Tally], None]
    kube: Kubernetes
    resolver: Resolver
    scope: Callable[[Access], AwsScope]
    hash_key: Callable[[], SecretStr]
    cluster_id: Callable[[], str]
    timings: Timings
    now: Callable[[], datetime]
    monotonic: Callable[[], float]


def build(parts: Parts) -> WorkflowController:
    """Return the controller of ServerlessWorkflow."""
    knowledge, timings = load_operators(), parts.timings
    lists = ReadCache(seconds=timings.poll_min, monotonic=parts.monotonic)
    roles = ReadCache(seconds=timings.unavailable_after, monotonic=parts.monotonic)
    sources = Sources(
        cached=parts.cached,
        rivals=lambda resource: parts.indexed(name_of(resource)),
        cluster=parts.kube,
        resolver=parts.resolver,
        scope=parts.scope,
        sweep=Sweep(scope=parts.scope, cache=lists),
        memory=_memory(parts),
        roles=RoleLooks(roles),
        managed=ManagedLooks(roles),
        knowledge=knowledge,
        hash_key=parts.hash_key,
        cluster_id=parts.cluster_id,
        now=parts.now,
    )
    return WorkflowController(
        cached=parts.cached,
        written=parts.written,
        reported=parts.reported,
        measured=parts.measured,
        kube=parts.kube,
        observer=Observer(sources),
        knowledge=knowledge,
        permissions=load_permissions(),
        timings=timings,
        now=parts.now,
    )


def _memory(parts: Parts) -> Memory:
    """Return the memory of what rests; its lists are as old as rest allows, and not those that find a name."""
    lists = ReadCache(seconds=parts.timings.sweep, monotonic=parts.monotonic)
    return Memory(sweep=Sweep(scope=parts.scope, cache=lists), timings=parts.timings, now=parts.now)


def name_of(resource: ServerlessWorkflow) -> str:
    """Return what two objects that name the same workflow in AWS have in common."""
    return f"{resource.spec.account_ref.name}/{resource.spec.region}/{resource.aws_name}"


def names_of(body: Body) -> Iterable[str]:
    """Return the same for an object as the API server sent it; total, as an index function must be."""
    spec, meta = body.get("spec"), body["metadata"]
    spec = spec if isinstance(spec, dict) else {}
    reference = spec.get("accountRef")
    account = reference.get("name") if isinstance(reference, dict) else None
    name = spec.get("name") or f"{meta.get('namespace', '')}-{meta['name']}"
    return (f"{account or 'default'}/{spec.get('region')}/{name}",)


def config_maps_of(body: Body) -> Iterable[str]:
    """Return the ConfigMaps that an object names, as `<namespace>/<name>`; total like `names_of`."""
    spec, namespace = body.get("spec"), body["metadata"].get("namespace", "")
    sources = [spec.get(name) for name in ("definition", "code")] if isinstance(spec, dict) else []
    references = [source.get("configMapKeyRef") for source in sources if isinstance(source, dict)]
    names = {reference.get("name") for reference in references if isinstance(reference, dict)}
    return tuple(sorted(f"{namespace}/{name}" for name in names if isinstance(name, str)))
