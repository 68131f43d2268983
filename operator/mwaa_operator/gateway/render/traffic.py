"""Which targets of a route take jobs: the rules of weights, drains, maintenance and failover. Pure.

Failover stays within a route's own targets, all of one data class; it never takes the last target away unless the route
asks for that. What a person drained is never brought back by it.
"""

from __future__ import annotations

from collections.abc import Mapping

from mwaa_operator.gateway.render.scene import ClusterView
from mwaa_operator.route.api import SparkJobRouteSpec


def serving(spec: SparkJobRouteSpec, *, clusters: Mapping[str, ClusterView], last: frozenset[str]) -> frozenset[str]:
    """Return the names of the targets that take jobs.

    Args:
        spec: Of the route.
        clusters: What is known of clusters; a target on another one takes no jobs.
        last: Names of the targets that take jobs in the active revision.
    """
    wanted = frozenset(
        target.name
        for target in spec.targets
        if target.weight > 0
        and target.state == "Active"
        and (view := clusters.get(target.cluster)) is not None
        and view.open
    )
    if not spec.failover.enabled:
        return wanted
    healthy = frozenset(
        target.name for target in spec.targets if target.name in wanted and clusters[target.cluster].healthy
    )
    if healthy or spec.failover.on_all_unhealthy == "Reject":
        return healthy
    return wanted & last or wanted
