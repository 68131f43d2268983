"""What a queue of BPG says of limits and nodes → `limits` and `placement` of a route. Pure.

BPG takes labels and running time from the parent queue alone (BPG source: AppConfig.QueueConfig, getQueueConfig), and
so does an import; what a sub-queue says otherwise is noted.
"""

from __future__ import annotations

from typing import Any, Final

from mwaa_operator.api.selectors import LabelKey
from mwaa_operator.api.spark import LabelText
from mwaa_operator.gateway.bpg import coerce
from mwaa_operator.gateway.bpg.config import Queue, Texts
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.importing.groups import Group
from mwaa_operator.gateway.importing.naming import fitting
from mwaa_operator.gateway.importing.notes import Notes
from mwaa_operator.gateway.importing.source import Declared
from mwaa_operator.route.job import NODE_LABEL

_LEAST_RUNNING: Final = 60
_MOST_RUNNING: Final = 720 * 3600
_MOST_EXECUTORS: Final = 100_000
_MOST_VALUES: Final = 16
_BUFFERS: Final = {
    "driverCPUBufferRatio": "driver_cpu_ratio",
    "executorCPUBufferRatio": "executor_cpu_ratio",
    "driverMemBufferRatio": "driver_memory_ratio",
    "executorMemBufferRatio": "executor_memory_ratio",
}


def limits(group: Group, profile: Profile, notes: Notes) -> dict[str, Any]:
    """Return `limits` of a route, or nothing.

    Args:
        group: Its queues.
        profile: The revision, which may know no limit of executors.
        notes: Takes what is not there as it was.
    """
    if not group.declared:
        return {}
    found: dict[str, Any] = {}
    last, first = group.declared[-1], group.declared[0]
    executors = last.queue.max_executor_instances
    if executors is not None and profile.draws_queue_first:
        found["maxExecutorInstances"] = min(max(executors, 1), _MOST_EXECUTORS)
        if executors != found["maxExecutorInstances"]:
            notes.add((*last.path, "maxExecutorInstances"), f"becomes {found['maxExecutorInstances']}")
    if first.queue.max_running_millis is not None:
        found["maxRequestedRunning"] = _duration(first, notes)
    for _, declared in group.subs:
        for name, value, parent in (
            ("maxExecutorInstances", declared.queue.max_executor_instances, executors),
            ("maxRunningMillis", declared.queue.max_running_millis, first.queue.max_running_millis),
        ):
            if value != parent and (value is not None or name == "maxExecutorInstances"):
                notes.add((*declared.path, name), f"becomes that of {group.name!r}, as for all its sub-queues")
    return {"limits": found} if found else {}


def placement(group: Group, notes: Notes) -> dict[str, Any]:
    """Return `placement` of a route, or nothing."""
    if not group.declared:
        return {}
    declared = group.declared[0]
    queue, found = declared.queue, {}
    for role, values in (("driver", queue.driver_values), ("executor", queue.executor_values)):
        if nodes := _nodes(declared, role, values, notes):
            found[role] = nodes
    spot = _values(declared, "executorSpotNodeLabelValues", queue.executor_spot_values, notes)
    if spot and "executor" not in found:
        message = "is left out: a route has nodes of spot instances only beside those of its other executors"
        notes.add((*declared.path, "executorSpotNodeLabelValues"), message)
    elif spot and sorted(spot) != sorted(found["executor"]["values"]):
        found["spot"] = {"policy": "Allow", "values": spot}
    elif not spot and "executor" in found:
        message = (
            "is not there: jobs that ask for spot instances now get the nodes of the other executors, not any node"
        )
        notes.add((*declared.path, "executorSpotNodeLabelValues"), message)
    return {"placement": found} if found else {}


def note_buffers(group: Group, notes: Notes) -> None:
    """Note what a route has no word for: buffers and zones."""
    for declared in (*group.declared, *(declared for _, declared in group.subs)):
        for name, attribute in _BUFFERS.items():
            if getattr(declared.queue, attribute) != 1.0:
                notes.add((*declared.path, name), "is left out: jobs get what they ask for")
        if declared.queue.allowed_zones:
            notes.add((*declared.path, "allowedZones"), "is left out: jobs are not kept to zones; use node labels")
    for name, declared in group.subs:
        if _has_nodes(declared.queue):
            notes.add(
                declared.path, f"labels of nodes of {group.name}.{name} were ignored by BPG: those of its parent count"
            )


def _nodes(declared: Declared, role: str, values: Texts | None, notes: Notes) -> dict[str, Any]:
    found = _values(declared, f"{role}NodeLabelValues", values, notes)
    if not found:
        return {}
    member = f"{role}NodeLabelKey"
    key = coerce.text(declared.written.get(member), ()) or NODE_LABEL
    if not fitting(LabelKey, key):
        notes.add((*declared.path, member), "is no key of a label: the nodes are left out")
        return {}
    return ({} if key == NODE_LABEL else {"labelKey": key}) | {"values": found}


def _values(declared: Declared, member: str, values: Texts | None, notes: Notes) -> list[str]:
    good = list(dict.fromkeys(value for value in values or () if value is not None and fitting(LabelText, value)))
    if len(good) < len(set(values or ())) or len(good) > _MOST_VALUES:
        notes.add((*declared.path, member), f"has values that no label has, or more than {_MOST_VALUES}: left out")
    return good[:_MOST_VALUES]


def _has_nodes(queue: Queue) -> bool:
    return any((queue.driver_values, queue.executor_values, queue.executor_spot_values))


def _duration(declared: Declared, notes: Notes) -> str:
    asked = declared.queue.max_running_millis or 0
    seconds = min(max(asked // 1000, _LEAST_RUNNING), _MOST_RUNNING)
    if seconds * 1000 != asked:
        notes.add((*declared.path, "maxRunningMillis"), f"becomes {seconds} seconds")
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return "".join(f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if number)
