"""Makes the observations of one gateway: what Kubernetes holds of it, its routes, its clusters, its keys.

Everything is a fresh read but for the routes and the other gateways, which the cache has, and for what never changes.
Pods are asked only when the planner wants to know, because asking costs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.looks.answers import Answers, Pod
from mwaa_operator.gateway.looks.attached import Forms, attached
from mwaa_operator.gateway.looks.neighbours import places, rival
from mwaa_operator.gateway.looks.pods import Fleet, deployment_look, fleet, life, revision_of
from mwaa_operator.gateway.looks.revisions import Revisions, RevisionsLook
from mwaa_operator.gateway.names import GATEWAY_LABEL
from mwaa_operator.gateway.objects.drift import covers, is_owned
from mwaa_operator.gateway.objects.pods import deployment
from mwaa_operator.gateway.objects.secrets import Stored
from mwaa_operator.gateway.objects.standing import address, standing
from mwaa_operator.gateway.objects.template import pod_template, template_digest
from mwaa_operator.gateway.plan.draining import routed_somewhere
from mwaa_operator.gateway.plan.jobs import places as job_places
from mwaa_operator.gateway.plan.situation import (
    ClusterLook,
    ClusterTrouble,
    JobsLook,
    Observed,
    PodLook,
    ProofLook,
    Situation,
)
from mwaa_operator.gateway.plan.timings import RolloutTimings
from mwaa_operator.gateway.revision import Revision
from mwaa_operator.gateway.tokens.ring import Ring

Body = dict[str, Any]


class Objects(Protocol):
    """Reads of what gateways own."""

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Body | None:
        """Return an object."""

    def list(self, api_version: str, kind: str, namespace: str, labels: Mapping[str, str]) -> list[Body]:
        """Return the objects with these labels."""


class Clusters(Protocol):
    """Looks at Spark clusters."""

    def look(self, gateway: SparkGateway) -> tuple[Mapping[str, ClusterLook], Mapping[str, ClusterTrouble]]:
        """Return what is known of each cluster, and why nothing is known of the others."""

    def jobs(self, gateway: SparkGateway, entries: Mapping[str, tuple[str, str]]) -> Mapping[str, JobsLook]:
        """Return the jobs of entries, given the cluster and the namespace of each."""

    def renewed(self, gateway: SparkGateway) -> tuple[str, ...]:
        """Return the clusters for which a token was renewed; each is told once."""

    def forget(self, key: ObjectKey) -> None:
        """Drop what is remembered of a gateway that is gone."""


class Keys(Protocol):
    """Keeps the keys of queue tokens."""

    def ring(self, gateway: SparkGateway) -> Ring:
        """Return a gateway's keys; the first call makes one."""


@dataclass(frozen=True)
class Sources:
    """Where observations come from.

    Attributes:
        routes: Every SparkJobRoute that refers to a gateway of this name.
        gateways: Every SparkGateway that is looked after.
        objects: Reads of what gateways own.
        revisions: Reads revisions.
        answers: Asks pods.
        clusters: Looks at Spark clusters.
        keys: Keeps the keys of queue tokens.
        namespace_labels: Labels of a namespace.
        operator_namespace: Where the operator runs; its pods may reach a gateway's.
        timings: Durations, scaled.
        now: UTC.
    """

    routes: Callable[[str], Iterable[Body]]
    gateways: Callable[[], Iterable[Body]]
    objects: Objects
    revisions: Revisions
    answers: Answers
    clusters: Clusters
    keys: Keys
    namespace_labels: Callable[[str], Mapping[str, str]]
    operator_namespace: str
    timings: RolloutTimings
    now: Callable[[], datetime]


@dataclass(frozen=True)
class Look:
    """What was seen, and what of it the executor needs again.

    Attributes:
        observed: For the planner.
        template: How pods shall be.
        revisions: Those that are kept.
        pods: Objects of pods, by name.
        fleet: What runs.
        ring: The keys of queue tokens; None: nobody looked.
        renewed: Clusters for which a token was renewed.
    """

    observed: Observed
    template: Mapping[str, Any] = field(default_factory=dict)
    revisions: RevisionsLook = field(default_factory=RevisionsLook)
    pods: Mapping[str, Body] = field(default_factory=dict)
    fleet: Fleet = field(default_factory=Fleet)
    ring: Ring | None = None
    renewed: tuple[str, ...] = ()


class Observer:
    """Makes the observations of one kind.

    Args:
        sources: Where they come from.
    """

    def __init__(self, sources: Sources) -> None:
        self._from = sources

    def look(self, resource: SparkGateway) -> Look:
        """Return everything about a gateway but what its pods answer.

        Raises:
            KubeError: The API server did not answer, or refuses us.
        """
        template = pod_template(resource)
        others = list(self._from.gateways())
        blank = Observed(template=template_digest(template), rival=rival(resource, others))
        nothing = Look(blank, template)
        if blank.rival:
            return nothing
        revisions = self._from.revisions.look(resource)
        look = self._with_routes(resource, replace(nothing, revisions=revisions))
        if resource.metadata.deleting and not look.observed.referring:
            return look
        look = self._with_objects(resource, look)
        return self._with_clusters(resource, look, others)

    def extend(self, resource: SparkGateway, look: Look, needs: frozenset[str]) -> Look:
        """Return a look with what the planner found missing: the answers of `pods`, or of the `proof`."""
        s = self.situation(resource, look.observed)
        observed = look.observed
        if "pods" in needs:
            asked = [pod for pod in observed.pods if pod.ready and not pod.leaving]
            replies = self._from.answers.of(s, self._reachable(look, asked))
            told = self._from.answers.version(s, self._reachable(look, asked))
            names = {pod.name for pod in asked}
            pods = tuple(
                replace(pod, replies=replies.get(pod.name, {})) if pod.name in names else pod for pod in observed.pods
            )
            observed = replace(observed, pods=pods, bpg_revision=told)
        if "proof" in needs:
            replies = self._from.answers.of(s, self._reachable(look, [item for item in observed.proofs if item.ready]))
            proofs = tuple(replace(item, replies=replies.get(item.name, {})) for item in observed.proofs)
            observed = replace(observed, proofs=proofs)
        return replace(look, observed=observed)

    def situation(self, resource: SparkGateway, observed: Observed) -> Situation:
        """Return what the planner's questions are asked about."""
        return Situation(resource, observed, self._from.now(), self._from.timings)

    def forget(self, key: ObjectKey) -> None:
        """Drop what is remembered of a gateway that is gone."""
        self._from.revisions.forget(key)
        self._from.answers.forget(key)
        self._from.clusters.forget(key)

    def _with_routes(self, resource: SparkGateway, look: Look) -> Look:
        found = attached(
            self._from.routes(resource.metadata.name),
            forms=_forms(resource, look.revisions.stored),
            labels=self._from.namespace_labels,
            factor=self._from.timings.factor,
        )
        observed = replace(
            look.observed,
            candidates=found.candidates,
            leaving=found.leaving,
            attached=found.objects,
            referring=found.referring,
            revisions={name: stored.revision for name, stored in look.revisions.stored.items()},
        )
        return replace(look, observed=observed)

    def _with_objects(self, resource: SparkGateway, look: Look) -> Look:
        namespace, name = resource.metadata.namespace, resource.metadata.name
        objects = self._from.objects
        running = objects.get("apps/v1", "Deployment", namespace, name)
        pods = objects.list("v1", "Pod", namespace, {GATEWAY_LABEL: name})
        runs = fleet(pods, secrets=_secrets(pods, look.revisions.stored))
        served = _served(
            resource, look.revisions.stored, pods if running is None else [*pods, running["spec"]["template"]]
        )
        desired = standing(resource, operator_namespace=self._from.operator_namespace, served=served)
        live = [objects.get(item["apiVersion"], item["kind"], namespace, item["metadata"]["name"]) for item in desired]
        strangers = [item for item in (*live, running) if item is not None and not is_owned(item, resource)]
        stale = [wanted for wanted, is_ in zip(desired, live, strict=True) if is_ is None or not covers(is_, wanted)]
        service = next((item for item in live if item is not None and item["kind"] == "Service"), None)
        observed = replace(
            look.observed,
            foreign=(*(_told(item) for item in strangers), *look.revisions.foreign),
            stale=(*stale, *_drifted(resource, running, look.revisions.stored)),
            deployment=deployment_look(running, runs.serving) if running is not None else None,
            pods=runs.serving,
            proofs=runs.proofs,
            address=address(resource, service),
        )
        by_name = {pod["metadata"]["name"]: pod for pod in pods}
        return replace(look, observed=observed, pods=by_name, fleet=runs)

    def _with_clusters(self, resource: SparkGateway, look: Look, others: list[Body]) -> Look:
        clusters, troubles = self._from.clusters.look(resource)
        ring = self._from.keys.ring(resource)
        urls = [item.url for item in clusters.values()]
        observed = replace(
            look.observed,
            clusters=clusters,
            troubles=troubles,
            keys=ring.keys,
            queue_keys=ring.status,
            places=places(resource, others, urls=urls),
            zones=_zones(resource),
        )
        s = self.situation(resource, observed)
        jobs = self._from.clusters.jobs(resource, unrouted(s))
        observed = replace(observed, jobs=jobs)
        return replace(look, observed=observed, ring=ring, renewed=self._from.clusters.renewed(resource))

    def _reachable(self, look: Look, pods: Iterable[PodLook | ProofLook]) -> list[Pod]:
        return [
            Pod(pod.name, life(body), place, pod.revision)
            for pod in pods
            if (place := look.fleet.addresses.get(pod.name)) and (body := look.pods.get(pod.name)) is not None
        ]


def unrouted(s: Situation) -> dict[str, tuple[str, str]]:
    """Return entries that take no jobs in any revision that serves, each with its cluster's name and its namespace."""
    routed = routed_somewhere(s)
    return {id_: place for id_, place in job_places(s).items() if id_ not in routed}


def _forms(resource: SparkGateway, stored: Mapping[str, Stored]) -> Forms:
    """Return what the active revision was made of, by route."""
    active = resource.status.active_revision
    found = stored.get(active.name) if active is not None else None
    return found.routes if found is not None else {}


def _served(resource: SparkGateway, stored: Mapping[str, Stored], running: Iterable[Body]) -> list[Revision]:
    """Return the revisions that pods, or a template of pods, name, and the active one."""
    active = resource.status.active_revision
    names = {revision_of(body) for body in running} | ({active.name} if active is not None else set())
    return [stored[name].revision for name in sorted(names) if name in stored]


def _secrets(pods: Iterable[Body], stored: Mapping[str, Stored]) -> frozenset[str]:
    """Return the keys of queue tokens in the files of pods."""
    running = {revision_of(pod) for pod in pods} & stored.keys()
    files = [stored[name].revision.document for name in running]
    return frozenset(str(key) for file in files for key in file.get("queueTokenSOPS", {}).get("secrets", ()))


def _drifted(resource: SparkGateway, running: Body | None, stored: Mapping[str, Stored]) -> list[Body]:
    """Return the Deployment as it should be if somebody changed it; which revision it names is not decided here."""
    revision = "" if running is None else revision_of(running["spec"]["template"])
    if running is None or revision not in stored:
        return []
    wanted = deployment(resource, revision=revision, template=stored[revision].template)
    if covers(running, wanted):
        return []
    version = running["metadata"]["resourceVersion"]
    return [{**wanted, "metadata": {**wanted["metadata"], "resourceVersion": version}}]


def _told(body: Body) -> str:
    return f"{body['kind']} {body['metadata']['name']}"


def _zones(resource: SparkGateway) -> dict[str, tzinfo]:
    names = {window.time_zone for cluster in resource.spec.clusters for window in cluster.maintenance_windows}
    found: dict[str, tzinfo] = {}
    for name in names:
        try:
            found[name] = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return found
