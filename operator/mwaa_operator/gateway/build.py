"""Puts the room together: from the process's parts to a controller that the engine can run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from mwaa_operator.account.resolve import Resolver
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.clusters.clusters import Clusters
from mwaa_operator.gateway.clusters.sources import Sources as ClusterSources
from mwaa_operator.gateway.clusters.timings import ClusterTimings
from mwaa_operator.gateway.controller import SparkGatewayController
from mwaa_operator.gateway.looks.answers import Answers
from mwaa_operator.gateway.looks.revisions import Revisions
from mwaa_operator.gateway.observe import Observer, Sources
from mwaa_operator.gateway.plan.timings import RolloutTimings
from mwaa_operator.gateway.probing import Prober
from mwaa_operator.gateway.tally import Tally
from mwaa_operator.gateway.tokens.keeper import QueueTokens
from mwaa_operator.gateway.tokenwork import TokenWork
from mwaa_operator.kube.client import KubeClient

GATEWAY_INDEX: Final = "gateway"
"""Name of the cache index of SparkJobRoutes whose values `gateway_of` gives."""

Body = dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """What the room needs of the process.

    Attributes:
        cached: The cached object of a key, or None.
        routes: Every SparkJobRoute that refers to a gateway of this name.
        gateways: Every SparkGateway in `namespaces`.
        written: Told of every answer to a write.
        reported: Told of the status that a pass left behind, or None when the object is gone.
        measured: Told of the figures of a gateway and its routes after each pass.
        kube: Kubernetes.
        resolver: Asks the AwsAccount.
        scope: The way into AWS.
        namespace_labels: Labels of a namespace.
        fence: Raises unless this process stays the leader for so many seconds.
        namespaces: Where gateways are looked after.
        operator_namespace: Where the operator runs.
        time_factor: What durations are divided by.
        entropy: Returns so many random bytes, fit for keys.
        now: UTC.
        monotonic: Seconds.
    """

    cached: Callable[[ObjectKey], Body | None]
    routes: Callable[[str], Iterable[Body]]
    gateways: Callable[[], Iterable[Body]]
    written: Callable[[Body], object]
    reported: Callable[[ObjectKey, Body | None], None]
    measured: Callable[[ObjectKey, Tally], None]
    kube: KubeClient
    resolver: Resolver
    scope: Callable[[Access], AwsScope]
    namespace_labels: Callable[[str], Mapping[str, str]]
    fence: Callable[[float], None]
    namespaces: frozenset[str]
    operator_namespace: str
    time_factor: float
    entropy: Callable[[int], bytes]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]


def build(parts: Parts) -> SparkGatewayController:
    """Return the controller of SparkGateway."""
    timings = RolloutTimings().scaled(parts.time_factor)
    tokens = QueueTokens(parts.kube.owned, hide=parts.kube.hide, entropy=parts.entropy, now=parts.now)
    return SparkGatewayController(
        cached=parts.cached,
        written=parts.written,
        reported=parts.reported,
        measured=parts.measured,
        kube=parts.kube,
        observer=Observer(_sources(parts, tokens, timings)),
        tokens=TokenWork(tokens, timings=timings, monotonic=parts.monotonic),
        namespaces=parts.namespaces,
        timings=timings,
        now=parts.now,
    )


def _sources(parts: Parts, tokens: QueueTokens, timings: RolloutTimings) -> Sources:
    clusters = ClusterSources(
        kube=parts.kube,
        resolver=parts.resolver,
        scope=parts.scope,
        fence=parts.fence,
        now=parts.now,
        monotonic=parts.monotonic,
        timings=ClusterTimings().scaled(parts.time_factor),
    )
    return Sources(
        routes=parts.routes,
        gateways=parts.gateways,
        objects=parts.kube.owned,
        revisions=Revisions(parts.kube.owned),
        answers=Answers(
            Prober(now=parts.now, monotonic=parts.monotonic), seconds=timings.answers, monotonic=parts.monotonic
        ),
        clusters=Clusters(clusters),
        keys=tokens,
        namespace_labels=parts.namespace_labels,
        operator_namespace=parts.operator_namespace,
        timings=timings,
        now=parts.now,
    )


def gateway_of(body: Body) -> Iterable[str]:
    """Return the name of the gateway that a SparkJobRoute refers to; total, as an index function must be."""
    spec = body.get("spec")
    reference = spec.get("gatewayRef") if isinstance(spec, dict) else None
    name = reference.get("name") if isinstance(reference, dict) else None
    return (name,) if isinstance(name, str) else ()


def fits(body: Body) -> bool:
    """Return whether a SparkGateway can be read, so that its own pass looks after it and its routes."""
    try:
        SparkGateway.from_body(body)
    except ValidationError:
        return False
    return True


def accounts_of(body: Body) -> Iterable[str]:
    """Return the names of the AwsAccounts of a SparkGateway's clusters; total like `gateway_of`."""
    spec = body.get("spec")
    clusters = spec.get("clusters") if isinstance(spec, dict) else None
    found = set()
    for cluster in clusters if isinstance(clusters, list) else ():
        eks = cluster.get("eks") if isinstance(cluster, dict) else None
        if isinstance(eks, dict):
            reference = eks.get("accountRef")
            name = reference.get("name") if isinstance(reference, dict) else None
            found.add(str(name or "default"))
    return tuple(sorted(found))
