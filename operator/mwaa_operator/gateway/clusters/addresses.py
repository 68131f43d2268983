"""Where the API of each cluster of a gateway is, and whom it believes: as spec says, or as AWS tells of an EKS cluster.

The AwsAccount is asked in every look and its word counts at once. AWS is asked now and then, and what it told (or what
the file that serves says) stands while it does not answer: an outage of AWS must not take clusters out of that file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from pydantic import ValidationError

from mwaa_operator.account.admit import Request
from mwaa_operator.api.failure import Failure
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.eks import DescribedCluster
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.cluster import Cluster, EksCluster
from mwaa_operator.gateway.clusters.infile import address_in_file
from mwaa_operator.gateway.clusters.keys import ClusterKey, cluster_key
from mwaa_operator.gateway.clusters.sources import Sources
from mwaa_operator.gateway.clusters.together import Together
from mwaa_operator.gateway.clusters.words import Told, of_aws
from mwaa_operator.gateway.plan.situation import ClusterTrouble
from mwaa_operator.gateway.reasons import Reason

Answer = DescribedCluster | Failure | None

_SILENCE: Final = frozenset({Reason.AWS_UNAVAILABLE, Reason.ACCESS_DENIED, Reason.CREDENTIALS_FAILED})
"""Reasons by which AWS does not say that a cluster is elsewhere, or nowhere."""
_SLOW: Final = Told(Reason.AWS_UNAVAILABLE, "AWS does not tell in time where the cluster is: it is asked again")


@dataclass(frozen=True)
class Address:
    """Where a cluster is.

    Attributes:
        url: Of its API server, without a trailing slash.
        ca: Certificates that sign the server's own, PEM in base64.
        scope: The way into AWS; None for a cluster that is not of EKS.
        lost: Why it is no more where it was; None: it is.
    """

    url: str
    ca: str
    scope: AwsScope | None = None
    lost: Told | None = None


@dataclass(frozen=True)
class _Known:
    """What AWS told.

    Attributes:
        asked: As whom, and for which name.
        url: See `Address`; empty if it was never known.
        ca: Likewise.
        told: Why it is not known, or no more where it was.
        at: When it was told, monotonic.
        until: How long it stands.
    """

    asked: tuple[Access, str]
    url: str = ""
    ca: str = ""
    told: Told | None = None
    at: float = 0.0
    until: float = 0.0


class Addresses:
    """Finds the addresses of clusters; remembers what AWS told.

    Args:
        sources: Where they come from.
    """

    def __init__(self, sources: Sources) -> None:
        self._from = sources
        self._together: Together[tuple[Access, str], Answer] = Together("eks")
        self._lock = threading.Lock()
        self._known: dict[ClusterKey, _Known] = {}

    def of(self, gateway: SparkGateway) -> dict[str, Address | ClusterTrouble]:
        """Return where each cluster of a gateway is, or why nobody knows.

        Raises:
            KubeError: Labels of the gateway's namespace, or who this cluster is, could not be read.
        """
        found: dict[str, Address | ClusterTrouble] = {}
        scopes: dict[str, tuple[EksCluster, AwsScope]] = {}
        for cluster in gateway.spec.clusters:
            if cluster.api_server is not None:
                found[cluster.name] = Address(cluster.api_server.url.rstrip("/"), cluster.api_server.ca_bundle)
            elif cluster.eks is not None:
                admitted = self._admitted(gateway, cluster.eks)
                if isinstance(admitted, ClusterTrouble):
                    found[cluster.name] = admitted
                else:
                    scopes[cluster.name] = (cluster.eks, admitted)
        return found | self._told(gateway, scopes)

    def doubt(self, gateway: SparkGateway, cluster: Cluster) -> None:
        """Ask AWS again before long: there is no answer where it said that the cluster is."""
        with self._lock:
            known = self._known.get(cluster_key(gateway, cluster.name))
            if known is not None:
                until = min(known.until, known.at + self._from.timings.doubted)
                self._known[cluster_key(gateway, cluster.name)] = replace(known, until=until)

    def forget(self, key: ObjectKey, *, but: frozenset[str] = frozenset()) -> None:
        """Drop what is remembered of a gateway, but for these clusters."""
        with self._lock:
            self._known = {item: known for item, known in self._known.items() if item[0] != key or item[1] in but}

    def _admitted(self, gateway: SparkGateway, eks: EksCluster) -> AwsScope | ClusterTrouble:
        name = eks.account_ref.name
        try:
            answer = self._from.resolver.resolve(
                name,
                namespace=gateway.metadata.namespace,
                region=eks.region,
                request=Request(region=eks.region, eks_cluster=eks.name),
            )
        except ValidationError:
            text = f"AwsAccount {name} breaks a rule that came after it: correct it"
            return ClusterTrouble(Reason.DEPENDENCY_NOT_READY, text)
        if answer is None:
            text = f"there is no AwsAccount {name}: ask the platform team, or correct eks.accountRef.name"
            return ClusterTrouble(Reason.DEPENDENCY_NOT_READY, text)
        if answer.denials:
            return ClusterTrouble(Reason.NOT_PERMITTED, "; ".join(item.message for item in answer.denials))
        return self._from.scope(answer.access)

    def _told(
        self, gateway: SparkGateway, scopes: dict[str, tuple[EksCluster, AwsScope]]
    ) -> dict[str, Address | ClusterTrouble]:
        now, asked = self._from.monotonic(), dict[tuple[Access, str], Callable[[], Answer]]()
        for name, (eks, scope) in scopes.items():
            if self._remembered(gateway, name, (scope.access, eks.name)).until <= now:
                asked[(scope.access, eks.name)] = partial(_described, scope, eks.name)
        answers = self._together.run(asked, within=self._from.timings.patience) if asked else {}
        found: dict[str, Address | ClusterTrouble] = {}
        for name, (eks, scope) in scopes.items():
            question = (scope.access, eks.name)
            known = self._remembered(gateway, name, question)
            if question in answers:
                known = self._learned(known, answers[question])
            known = self._in_file(gateway, name, known)
            with self._lock:
                self._known[cluster_key(gateway, name)] = known
            found[name] = _place(known, scope)
        return found

    def _in_file(self, gateway: SparkGateway, name: str, known: _Known) -> _Known:
        """Return what is known, or what the file that serves says where AWS says nothing."""
        if known.url or known.told is None or known.told.reason not in _SILENCE:
            return known
        place = address_in_file(gateway, name, self._from.kube.owned)
        return known if place is None else replace(known, url=place[0], ca=place[1], told=None)

    def _remembered(self, gateway: SparkGateway, name: str, question: tuple[Access, str]) -> _Known:
        known = self._known.get(cluster_key(gateway, name))
        return known if known is not None and known.asked == question else _Known(question, told=_SLOW)

    def _learned(self, before: _Known, answer: Answer) -> _Known:
        """Return what is known after an answer; one that says no address leaves that which was known."""
        now, timings = self._from.monotonic(), self._from.timings
        briefly = replace(before, at=now, until=now + timings.looks)
        region, eks = before.asked[0].region, before.asked[1]
        if isinstance(answer, Failure):
            # Where the cluster is does not change because AWS does not say so.
            return replace(briefly, told=before.told if before.url else of_aws(answer))
        if answer is None:
            text = f"there is no EKS cluster {eks} in {region}: make it, or correct eks.name and eks.region"
            return replace(briefly, told=Told(Reason.DEPENDENCY_NOT_READY, text))
        if not answer.endpoint or not answer.ca:
            text = f"EKS cluster {eks} is {answer.status or 'not ready'} and has no address yet: wait"
            return replace(briefly, told=Told(Reason.DEPENDENCY_NOT_READY, text))
        return _Known(before.asked, answer.endpoint, answer.ca, None, now, now + timings.addresses)


def _place(known: _Known, scope: AwsScope) -> Address | ClusterTrouble:
    if known.url:
        return Address(known.url, known.ca, scope, known.told)
    why = known.told or _SLOW
    return ClusterTrouble(why.reason, why.message)


def _described(scope: AwsScope, name: str) -> Answer:
    try:
        return scope.eks.describe(name)
    except AwsError as error:
        return error.failure
