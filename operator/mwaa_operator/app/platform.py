"""What a process offers to its rooms: Kubernetes, AWS, the cache, time, and where to tell what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.engine.cache import Cache
from mwaa_operator.engine.controller import Registration
from mwaa_operator.gateway.tally import Tally as GatewayTally
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.workflow.plan.tally import Tally

Body = dict[str, Any]


@dataclass(frozen=True)
class Platform:
    """What every room may take.

    Attributes:
        kinds: Names of the kinds that are served.
        kube: Reads and writes of Kubernetes.
        cache: All watched objects; rooms add their indices.
        scope: The way into AWS for an access, in the urgency of the pass that asks.
        reported: Told of the status that a pass left behind, or None when the object is gone.
        measured: Told of the figures of a workflow after each pass.
        gateway_measured: Told of the figures of a gateway and its routes after each pass.
        fence: Raises unless this process stays the leader for so many seconds.
        timings: Durations, scaled.
        time_factor: What durations are divided by.
        workers: Passes of one kind that run at once.
        namespace: The operator's own.
        gateway_namespaces: Where SparkGateways are looked after.
        home_region: The AWS Region that this process runs in, if its environment says.
        now: UTC.
        monotonic: Seconds.
    """

    kinds: frozenset[str]
    kube: KubeClient
    cache: Cache
    scope: Callable[[Access], AwsScope]
    reported: Callable[[ObjectKey, Body | None], None]
    measured: Callable[[ObjectKey, Tally], None]
    gateway_measured: Callable[[ObjectKey, GatewayTally], None]
    fence: Callable[[float], None]
    timings: Timings
    time_factor: float
    workers: int
    namespace: str
    gateway_namespaces: frozenset[str]
    home_region: str | None
    now: Callable[[], datetime]
    monotonic: Callable[[], float]

    def namespace_labels(self, name: str) -> Mapping[str, str]:
        """Return the labels of a namespace; none if it is gone.

        Raises:
            KubeError: They could not be read, which is no reason to refuse anybody anything: the pass comes again.
        """
        body = self.kube.get_namespace(name)
        labels: Mapping[str, str] = {} if body is None else body["metadata"].get("labels", {})
        return labels


Room = Callable[[Platform], Registration]
"""Makes the controller of one kind."""
