"""What things about a cluster of a gateway are remembered by. Pure."""

from __future__ import annotations

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway.api import KIND, SparkGateway

ClusterKey = tuple[ObjectKey, str]
"""A gateway and the name of a cluster in its spec."""


def gateway_key(gateway: SparkGateway) -> ObjectKey:
    """Return the key of a gateway."""
    return ObjectKey(KIND.kind, gateway.metadata.namespace, gateway.metadata.name)


def cluster_key(gateway: SparkGateway, cluster: str) -> ClusterKey:
    """Return the key of one of its clusters."""
    return gateway_key(gateway), cluster
