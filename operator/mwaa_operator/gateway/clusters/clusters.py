"""Looks at all clusters of a gateway side by side, and remembers what was seen for a moment.

It composes where clusters are, what they are shown, how they are and how many jobs they have. What follows from that is
decided by the planner; that a cluster fails often is told by its `since` and the routes' `failover`, not here.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from pydantic import SecretStr

from mwaa_operator.api.meta import RECONCILE_REQUESTED_AT, ObjectKey
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.cluster import Cluster
from mwaa_operator.gateway.clusters import words
from mwaa_operator.gateway.clusters.addresses import Address, Addresses
from mwaa_operator.gateway.clusters.health import Health, health
from mwaa_operator.gateway.clusters.jobcounts import JobCounts, List
from mwaa_operator.gateway.clusters.keys import ClusterKey, cluster_key, gateway_key
from mwaa_operator.gateway.clusters.sources import Sources
from mwaa_operator.gateway.clusters.together import Together
from mwaa_operator.gateway.clusters.tokens import Tokens
from mwaa_operator.gateway.names import token_reference
from mwaa_operator.gateway.plan.situation import ClusterLook, ClusterTrouble, JobsLook
from mwaa_operator.gateway.reasons import DetailReason
from mwaa_operator.kube.errors import KubeError
from mwaa_operator.kube.remote import Application, RemoteCluster

Looks = tuple[dict[str, ClusterLook], dict[str, ClusterTrouble]]
LookKey = tuple[ClusterKey, str]
"""A cluster, and a digest of how it was to be looked at."""


@dataclass(frozen=True)
class _Seen:
    """What was seen of a cluster.

    Attributes:
        how: Digest of how it was looked at.
        look: For the planner.
        token: That it was looked at with.
        until: How long it stands, monotonic.
    """

    how: str
    look: ClusterLook
    token: SecretStr | None
    until: float


class Clusters:
    """Looks at the clusters of gateways; safe for use by many threads, one for each gateway.

    Args:
        sources: Where looks come from.
    """

    def __init__(self, sources: Sources) -> None:
        self._from = sources
        self._addresses, self._tokens = Addresses(sources), Tokens(sources)
        self._counts = JobCounts(sources)
        self._together: Together[LookKey, _Seen] = Together("clusters")
        self._lock = threading.Lock()
        self._seen: dict[ClusterKey, _Seen] = {}
        self._rights: dict[ClusterKey, tuple[str, float]] = {}
        self._renewed: dict[ClusterKey, None] = {}

    def look(self, gateway: SparkGateway) -> Looks:
        """Return what is known of each cluster, and why nothing is known of the others.

        Tokens that are to be made for clusters are made and renewed here, for a suspended gateway as well: what runs
        needs them. A cluster that is Disabled is not asked, and counts as neither reached nor healthy.

        Args:
            gateway: As the API server holds it.

        Returns:
            Looks and troubles, by the names of the clusters; each is in one of the two.

        Raises:
            KubeError: This cluster's API server did not answer.
            Exception: Whatever the fence raises where a token was to be made.
        """
        self._prune(gateway)
        looks: dict[str, ClusterLook] = {}
        troubles: dict[str, ClusterTrouble] = {}
        due: dict[LookKey, tuple[Cluster, Address]] = {}
        for name, place in self._addresses.of(gateway).items():
            cluster = _named(gateway, name)
            if isinstance(place, ClusterTrouble):
                troubles[name] = place
            elif (look := self._without_asking(gateway, cluster, place)) is not None:
                looks[name] = look
            else:
                due[(cluster_key(gateway, name), _digest(cluster, place))] = (cluster, place)
        return looks | self._asked(gateway, due), troubles

    def jobs(self, gateway: SparkGateway, entries: Mapping[str, tuple[str, str]]) -> dict[str, JobsLook]:
        """Return how many jobs entries have, in clusters that the last look reached.

        Args:
            gateway: As it was looked at.
            entries: Id to the name of its cluster and its namespace there.

        Returns:
            By id; one is missing whose jobs could not be counted.
        """
        places = {id_: (cluster_key(gateway, name), namespace) for id_, (name, namespace) in entries.items()}
        keys = {key for key, _ in places.values()}
        lists = {key: listing for key in keys if (listing := self._listing(key)) is not None}
        return self._counts.of(places, lists)

    def renewed(self, gateway: SparkGateway) -> tuple[str, ...]:
        """Return the clusters for which a new token was written before the old one ended; each is told once."""
        with self._lock:
            found = [key for key in self._renewed if key[0] == gateway_key(gateway)]
            for key in found:
                del self._renewed[key]
        return tuple(sorted(name for _, name in found))

    def forget(self, key: ObjectKey) -> None:
        """Drop what is remembered of a gateway that is gone."""
        self._forget(key, but=frozenset())

    def _prune(self, gateway: SparkGateway) -> None:
        self._forget(gateway_key(gateway), but=frozenset(item.name for item in gateway.spec.clusters))

    def _forget(self, key: ObjectKey, *, but: frozenset[str]) -> None:
        def stays(item: ClusterKey) -> bool:
            return item[0] != key or item[1] in but

        self._addresses.forget(key, but=but)
        self._counts.forget(key, but=but)
        self._together.forget(lambda item: not stays(item[0]))
        with self._lock:
            self._seen = {item: seen for item, seen in self._seen.items() if stays(item)}
            self._rights = {item: known for item, known in self._rights.items() if stays(item)}
            self._renewed = {item: None for item in self._renewed if stays(item)}

    def _without_asking(self, gateway: SparkGateway, cluster: Cluster, place: Address) -> ClusterLook | None:
        """Return what is told of a cluster that is not asked now; None: it is to be asked."""
        if cluster.state == "Disabled":
            self._drop(cluster_key(gateway, cluster.name))
            text = "its state is Disabled: it is not looked at"
            return _failed(gateway, cluster, place, words.Told(DetailReason.DRAINED, text))
        if place.lost is not None:
            self._drop(cluster_key(gateway, cluster.name))
            return _failed(gateway, cluster, place, place.lost)
        seen = self._seen.get(cluster_key(gateway, cluster.name))
        if seen is None or seen.how != _digest(cluster, place) or _asked_again(gateway):
            return None
        return seen.look if seen.until > self._from.monotonic() else None

    def _asked(self, gateway: SparkGateway, due: Mapping[LookKey, tuple[Cluster, Address]]) -> dict[str, ClusterLook]:
        if not due:
            return {}
        calls = {key: partial(self._seen_now, gateway, cluster, place) for key, (cluster, place) in due.items()}
        # A moment more than a cluster gets: its own words say better why it did not answer.
        within = self._from.timings.patience * 1.1
        found = self._together.run(calls, within=within, briefly=[key for key in due if self._was_away(key)])
        looks = {}
        for key, (cluster, place) in due.items():
            seen = found.get(key) or self._silent(gateway, cluster, place)
            with self._lock:
                self._seen[key[0]] = seen
            if seen.look.reason == DetailReason.CLUSTER_UNREACHABLE:
                self._addresses.doubt(gateway, cluster)
            looks[cluster.name] = seen.look
        return looks

    def _seen_now(self, gateway: SparkGateway, cluster: Cluster, place: Address) -> _Seen:
        begun = self._from.monotonic()
        until = begun + self._from.timings.looks
        shown = self._tokens.of(gateway, cluster, place, self._left(begun))
        how = _digest(cluster, place)
        if shown.renewed:
            with self._lock:
                self._renewed[cluster_key(gateway, cluster.name)] = None
        if shown.token is None:
            why = shown.told or words.Told(DetailReason.TOKEN_REJECTED, "there is no token")
            return _Seen(how, _failed(gateway, cluster, place, why), None, until)
        found = self._health(gateway, cluster, place, shown.token, self._left(begun))
        # That the next token could not be made is told while all is well, too: there is time to mend it.
        told = found.told or shown.told
        look = ClusterLook(
            place.url,
            place.ca,
            token_reference(gateway, cluster),
            reachable=found.reachable,
            healthy=found.told is None,
            reason=found.told.reason if found.told else "",
            message=told.message if told else "",
            token_expires_at=shown.expires_at,
            running=found.running,
        )
        return _Seen(how, look, shown.token, until)

    def _health(
        self, gateway: SparkGateway, cluster: Cluster, place: Address, token: SecretStr, left: Callable[[], float]
    ) -> Health:
        key, namespaces = cluster_key(gateway, cluster.name), [item.name for item in cluster.spark_namespaces]
        digest = hashlib.sha256("\0".join((place.url, token.get_secret_value(), *namespaces)).encode()).hexdigest()
        known, until = self._rights.get(key, ("", 0.0))
        try:
            with self._remote(place.url, place.ca, token, left) as remote:
                found = health(
                    remote,
                    url=place.url,
                    namespaces=namespaces,
                    rights_known=known == digest and until > self._from.monotonic(),
                    now=self._from.now,
                    old=self._from.timings.untouched,
                )
        except KubeError as error:
            return Health(False, words.of_call(error, url=place.url))
        with self._lock:
            if found.told is not None:
                self._rights.pop(key, None)
            elif known != digest or until <= self._from.monotonic():
                self._rights[key] = (digest, self._from.monotonic() + self._from.timings.rights)
        return found

    def _was_away(self, key: LookKey) -> bool:
        """Return whether a cluster was not reached the last time: a rollout does not wait for it again and again."""
        before = self._seen.get(key[0])
        return before is not None and before.how == key[1] and before.look.reason == DetailReason.CLUSTER_UNREACHABLE

    def _silent(self, gateway: SparkGateway, cluster: Cluster, place: Address) -> _Seen:
        key, how = cluster_key(gateway, cluster.name), _digest(cluster, place)
        before = self._seen.get(key)
        # Not kept: what goes on behind our back is taken as soon as it is there.
        if before is not None and self._was_away((key, how)):
            return replace(before, until=0.0)
        told = words.Told(DetailReason.CLUSTER_UNREACHABLE, words.silent(place.url))
        ends = before.look.token_expires_at if before is not None else None
        return _Seen(how, replace(_failed(gateway, cluster, place, told), token_expires_at=ends), None, 0.0)

    def _listing(self, key: ClusterKey) -> List | None:
        seen = self._seen.get(key)
        if seen is None or seen.token is None or not seen.look.reachable:
            return None
        look, token = seen.look, seen.token

        def names(namespace: str) -> list[Application]:
            with self._remote(look.url, look.ca, token, self._left(self._from.monotonic())) as remote:
                return list(remote.applications(namespace))

        return names

    def _remote(self, url: str, ca: str, token: SecretStr, left: Callable[[], float]) -> RemoteCluster:
        return RemoteCluster(url, ca=ca, token=token, timeout=left, fence=self._from.fence)

    def _left(self, begun: float) -> Callable[[], float]:
        """Return a function that gives the seconds that are left of a look; a call that comes too late fails soon."""
        return lambda: max(0.05, begun + self._from.timings.patience - self._from.monotonic())

    def _drop(self, key: ClusterKey) -> None:
        with self._lock:
            self._seen.pop(key, None)


def _failed(gateway: SparkGateway, cluster: Cluster, place: Address, told: words.Told) -> ClusterLook:
    return ClusterLook(
        place.url,
        place.ca,
        token_reference(gateway, cluster),
        reachable=False,
        healthy=False,
        reason=told.reason,
        message=told.message,
    )


def _named(gateway: SparkGateway, name: str) -> Cluster:
    return next(item for item in gateway.spec.clusters if item.name == name)


def _digest(cluster: Cluster, place: Address) -> str:
    """Return what changes when a cluster has to be looked at otherwise than before."""
    return hashlib.sha256("\0".join((cluster.model_dump_json(), place.url, place.ca)).encode()).hexdigest()


def _asked_again(gateway: SparkGateway) -> bool:
    requested = gateway.metadata.annotations.get(RECONCILE_REQUESTED_AT)
    return requested is not None and requested[:256] != gateway.status.last_handled_reconcile_at
