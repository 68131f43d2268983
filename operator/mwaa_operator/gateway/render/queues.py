"""The items of `queues` that a route stands for: its queue, sub-queues, perhaps that of jobs that name none. Pure.

Every sub-queue is declared with the token, limits and nodes of its parent: BPG looks some of them up under the full
name, others under the part before the first dot, and lets an undeclared one pass (BPG source: AppConfig.QueueConfig).
"""

from __future__ import annotations

from typing import Any, Final

from mwaa_operator.api.fields import seconds
from mwaa_operator.api.spark import DEFAULT_QUEUE
from mwaa_operator.route.api import SparkJobRouteSpec
from mwaa_operator.route.job import Placement

CLOSED: Final[dict[str, Any]] = {"name": DEFAULT_QUEUE, "secure": True}
"""The queue of jobs that name none, where no route serves it: they are refused in words that can be understood."""


def queue_items(spec: SparkJobRouteSpec) -> list[dict[str, Any]]:
    """Return the items of a route; users stand on its queue alone, so that none is the default of two."""
    queue, common = spec.queue, _common(spec)
    named = {"name": queue.name} | common
    if spec.access.default_for_users:
        named["users"] = sorted(spec.access.default_for_users)
    others = [f"{queue.name}.{sub_queue}" for sub_queue in queue.sub_queues]
    others += [DEFAULT_QUEUE] if queue.default else []
    return [named, *({"name": name} | common for name in others)]


def _common(spec: SparkJobRouteSpec) -> dict[str, Any]:
    item: dict[str, Any] = {"secure": spec.access.secure}
    limits = spec.limits
    if limits is not None and limits.max_executor_instances is not None:
        item["maxExecutorInstances"] = limits.max_executor_instances
    if limits is not None and limits.max_requested_running is not None:
        item["maxRunningMillis"] = seconds(limits.max_requested_running) * 1000
    return item | (_nodes(spec.placement) if spec.placement else {})


def _nodes(placement: Placement) -> dict[str, Any]:
    """Return node labels. Where spot is forbidden, jobs that ask for it get the usual ones: else they had none."""
    members: dict[str, Any] = {}
    if placement.driver is not None:
        members["driverNodeLabelKey"] = placement.driver.label_key
        members["driverNodeLabelValues"] = sorted(placement.driver.values)
    if placement.executor is not None:
        spot = placement.spot
        members["executorNodeLabelKey"] = placement.executor.label_key
        members["executorNodeLabelValues"] = sorted(placement.executor.values)
        values = spot.values if spot.policy == "Allow" else placement.executor.values
        members["executorSpotNodeLabelValues"] = sorted(values)
    return members
