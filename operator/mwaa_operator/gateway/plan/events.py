"""What is told once: what changed between the status that a pass found and the one that it leaves behind. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mwaa_operator.api.conditions import READY, find
from mwaa_operator.api.plan import Notice
from mwaa_operator.gateway.reasons import EventReason, Reason
from mwaa_operator.gateway.status import ClusterStatus, SparkGatewayStatus


def changes(before: SparkGatewayStatus, after: SparkGatewayStatus) -> tuple[Notice, ...]:
    """Return an Event for each change between two statuses of a gateway.

    Args:
        before: As it is stored.
        after: As it will be.
    """
    known = {item.name: item for item in before.clusters}
    clusters = [note for item in after.clusters if item.name in known for note in _cluster(known[item.name], item)]
    return (*clusters, *_keys(before, after), *_ready(before, after))


def _cluster(before: ClusterStatus, after: ClusterStatus) -> Iterator[Notice]:
    why = f": {after.message or after.reason}" if after.message or after.reason else ""
    if before.healthy is not None and after.healthy is not None and before.healthy != after.healthy:
        if after.healthy:
            yield Notice(EventReason.CLUSTER_RECOVERED, f"Cluster {after.name} can run jobs again.")
        else:
            yield Notice(EventReason.CLUSTER_FAILED, f"Cluster {after.name} cannot run jobs{why}", type="Warning")
    if after.window_until and not before.window_until:
        text = f"Cluster {after.name} takes no new jobs until its maintenance window ends at {after.window_until}."
        yield Notice(EventReason.MAINTENANCE_BEGAN, text)
    if before.window_until and not after.window_until:
        yield Notice(EventReason.MAINTENANCE_ENDED, f"The maintenance window of cluster {after.name} is over.")


def _keys(before: SparkGatewayStatus, after: SparkGatewayStatus) -> Iterator[Notice]:
    old, new = before.queue_keys, after.queue_keys
    if old is not None and new is not None and old.version != new.version:
        yield Notice(EventReason.KEY_ROTATED, f"Key {new.version} signs queue tokens.")


def _ready(before: SparkGatewayStatus, after: SparkGatewayStatus) -> Iterator[Notice]:
    old, new = find(before.conditions, READY), find(after.conditions, READY)
    if new is None or (old is not None and (old.status, old.reason) == (new.status, new.reason)):
        return
    if new.status == "True" and (old is None or old.status != "True") and len(after.history) <= 1:
        yield Notice(EventReason.READY, "The gateway serves as spec says.")
    elif new.reason == Reason.SHRINK_GUARD:
        yield Notice(EventReason.SHRINK_GUARD, new.message, type="Warning")
