"""Which targets of a route take jobs: the rules of weights, drains, maintenance and failover. Pure.

Failover stays within a route's own targets, all of one data class; it never takes the last target away unless the route
asks for that. What a person drained is never brought back by it.
"""

from __future__ import annotations

from collections.abc import Mapping

from mwaa_operator.api.fields import seconds
from mwaa_operator.gateway.render.scene import ClusterView
from mwaa_operator.route.api import SparkJobRouteSpec
from mwaa_operator.route.targets import Failover


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
        target.name
        for target in spec.targets
        if target.name in wanted and _is_well(clusters[target.cluster], spec.failover, routed=target.name in last)
    )
    if healthy or spec.failover.on_all_unhealthy == "Reject":
        return healthy
    return wanted & last or wanted


def _is_well(view: ClusterView, failover: Failover, *, routed: bool) -> bool:
    """Return whether a cluster takes part: leaving takes a while of failing, coming back a while of being well."""
    if view.healthy:
        return routed or view.lasting >= seconds(failover.recover_after)
    return routed and view.lasting < seconds(failover.unhealthy_after)
