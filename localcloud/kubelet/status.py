"""A pod's status from what its containers are doing, as the kubelet writes it. Pure: time comes in.

Source: Kubernetes documentation, "Pod Lifecycle"; k8s.io/kubernetes, pkg/kubelet/status/generate.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

RUNNING, WAITING, TERMINATED = "running", "waiting", "terminated"
OK_CODE = 0


@dataclass(frozen=True)
class ContainerState:
    """What one container is doing.

    Attributes:
        state: one of running, waiting, terminated, with its fields, as in the API.
        last: the state of the run before, or nothing.
        restarts: how often it was started again.
        over: whether it will not be started again.
    """

    name: str
    image: str
    state: Mapping[str, Any] = field(default_factory=lambda: waiting("ContainerCreating"))
    last: Mapping[str, Any] = field(default_factory=dict)
    restarts: int = 0
    ready: bool = False
    started: bool = False
    over: bool = False

    @property
    def exit_code(self) -> int | None:
        """The code of the run that ended; None while it runs or waits."""
        code = self.state.get(TERMINATED, {}).get("exitCode")
        return None if code is None else int(code)

    @property
    def has_run(self) -> bool:
        """Whether its program was ever started."""
        return WAITING not in self.state or bool(self.last)

    def told(self) -> dict[str, Any]:
        """Return the entry of `containerStatuses`."""
        runs = RUNNING in self.state
        return {
            "name": self.name,
            "image": self.image,
            "imageID": f"localcloud://{self.image}" if self.has_run else "",
            "state": dict(self.state),
            "lastState": dict(self.last),
            "restartCount": self.restarts,
            "ready": self.ready and runs,
            "started": self.started and runs,
        }


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    """Return the state of a container that does not run."""
    return {WAITING: {"reason": reason} | ({"message": message} if message else {})}


def running(since: str) -> dict[str, Any]:
    """Return the state of a container that runs; `since` as in the API."""
    return {RUNNING: {"startedAt": since}}


def terminated(code: int, *, since: str, until: str, reason: str = "", message: str = "") -> dict[str, Any]:
    """Return the state of a container that ended; a code below zero is a signal's, told as shells do (128 + n)."""
    shown = 128 - code if code < 0 else code
    why = reason or ("Completed" if code == OK_CODE else "Error")
    body = {"exitCode": shown, "reason": why, "startedAt": since, "finishedAt": until}
    return {TERMINATED: body | ({"message": message} if message else {})}


def phase(containers: Sequence[ContainerState]) -> str:
    """Return the pod's phase."""
    if all(one.over for one in containers):
        return "Succeeded" if all(one.exit_code == OK_CODE for one in containers) else "Failed"
    return "Running" if all(one.has_run for one in containers) else "Pending"


def pod_status(
    containers: Sequence[ContainerState],
    *,
    ip: str,
    started: str,
    previous: Iterable[Mapping[str, Any]],
    now: str,
) -> dict[str, Any]:
    """Return the status to write.

    Args:
        containers: in the spec's order.
        ip: the pod's and, as there is one machine, its host's network.
        started: when the node took the pod.
        previous: conditions as they were told last; a transition time stays while the status does.
        now: the time.
    """
    whole = phase(containers)
    return {
        "phase": whole,
        "conditions": _conditions(containers, whole, previous, now),
        "hostIP": "127.0.0.1",
        "hostIPs": [{"ip": "127.0.0.1"}],
        "podIP": ip,
        "podIPs": [{"ip": ip}],
        "startTime": started,
        "containerStatuses": [one.told() for one in containers],
    }


def _conditions(
    containers: Sequence[ContainerState], whole: str, previous: Iterable[Mapping[str, Any]], now: str
) -> list[dict[str, Any]]:
    before = {condition["type"]: condition for condition in previous}
    unready = [one.name for one in containers if not one.told()["ready"]]
    trouble: dict[str, str] = {}
    if whole in ("Succeeded", "Failed"):
        trouble = {"reason": "PodCompleted" if whole == "Succeeded" else "PodFailed"}
    elif unready:
        trouble = {"reason": "ContainersNotReady", "message": f"containers with unready status: [{' '.join(unready)}]"}
    steps: dict[str, dict[str, str]] = {
        "PodReadyToStartContainers": {},
        "Initialized": {},
        "Ready": trouble,
        "ContainersReady": trouble,
        "PodScheduled": {},
    }
    return [_condition(kind, why, before.get(kind), now) for kind, why in steps.items()]


def _condition(kind: str, trouble: Mapping[str, str], before: Mapping[str, Any] | None, now: str) -> dict[str, Any]:
    status = "False" if trouble else "True"
    same = before is not None and before["status"] == status and "lastTransitionTime" in before
    moved = before["lastTransitionTime"] if before is not None and same else now
    # A patch merges conditions: what is no longer so has to be taken away by name.
    why = {"reason": None, "message": None, **trouble}
    return {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": moved, **why}
