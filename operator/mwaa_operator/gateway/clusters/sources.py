"""What looks at clusters need of the process: Kubernetes, the AwsAccounts, AWS, the fence and the clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import SecretStr

from mwaa_operator.account.resolve import Resolver
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.gateway.clusters.timings import ClusterTimings

Body = dict[str, Any]


class Owned(Protocol):
    """Objects of Kubernetes' own kinds."""

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Body | None:
        """See `OwnedObjects.get`."""

    def apply(self, body: Body) -> Body:
        """See `OwnedObjects.apply`."""


class Kube(Protocol):
    """What is read and written in this cluster."""

    @property
    def owned(self) -> Owned:
        """Secrets that tokens are written to."""

    def get_secret(self, namespace: str, name: str) -> Mapping[str, SecretStr] | None:
        """See `KubeClient.get_secret`."""

    def hide(self, value: str) -> None:
        """See `KubeClient.hide`."""


@dataclass(frozen=True)
class Sources:
    """Where looks come from, and where tokens go to.

    Attributes:
        kube: This cluster.
        resolver: Asks AwsAccounts.
        scope: The way into AWS for an access, in the urgency of the pass that asks.
        fence: Raises unless this process stays the leader for so many seconds.
        now: UTC.
        monotonic: Seconds.
        timings: Durations, scaled.
    """

    kube: Kube
    resolver: Resolver
    scope: Callable[[Access], AwsScope]
    fence: Callable[[float], None]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    timings: ClusterTimings = field(default_factory=ClusterTimings)
