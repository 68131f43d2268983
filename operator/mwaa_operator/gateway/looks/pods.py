"""Pods and the Deployment of a gateway as the planner sees them, from their objects. Pure.

What runs in a pod is told by its label, which was written with it and which nobody but us may change unnoticed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mwaa_operator.gateway.hidden import without
from mwaa_operator.gateway.names import PROOF, REVISION_LABEL, ROLE_LABEL, SERVING
from mwaa_operator.gateway.plan.situation import DeploymentLook, PodLook, ProofLook

Body = Mapping[str, Any]

UNTELLING: Final = frozenset({"", "ContainerCreating", "CrashLoopBackOff"})
"""Why a container waits, in words that say nothing of the cause."""
MAX_TROUBLE: Final = 256


@dataclass(frozen=True)
class Fleet:
    """What runs.

    Attributes:
        serving: Pods that the Service selects, or selected.
        proofs: Pods of proofs; not those that are being deleted.
        addresses: IP address by the name of a pod.
    """

    serving: tuple[PodLook, ...] = ()
    proofs: tuple[ProofLook, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)


def fleet(bodies: Iterable[Body], *, secrets: Collection[str] = ()) -> Fleet:
    """Return what runs.

    Args:
        bodies: All pods of a gateway.
        secrets: Values in the files of its pods, which nobody may repeat whatever a pod says.
    """
    pods = sorted(bodies, key=lambda body: str(body["metadata"]["name"]))
    alive = [body for body in pods if body.get("status", {}).get("phase") not in ("Succeeded", "Failed")]
    return Fleet(
        serving=tuple(_serving(body) for body in alive if _role(body) == SERVING),
        proofs=tuple(_proof(body, secrets) for body in pods if _role(body) == PROOF and not _leaving(body)),
        addresses={body["metadata"]["name"]: str(body.get("status", {}).get("podIP") or "") for body in pods},
    )


def deployment_look(body: Body, pods: Iterable[PodLook]) -> DeploymentLook:
    """Return the Deployment as the planner sees it.

    Args:
        body: The object.
        pods: All that the Service selects, or selected.
    """
    metadata, spec, status = body["metadata"], body["spec"], body.get("status", {})
    revision = revision_of(spec["template"])
    wanted = spec.get("replicas", 1)
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas")]
    seen = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    alone = all(pod.revision == revision and not pod.leaving for pod in pods)
    complete = seen and all(count == wanted for count in counts) and alone
    return DeploymentLook(revision, str(metadata["resourceVersion"]), complete)


def revision_of(body: Body) -> str:
    """Return which revision a pod, or a template of pods, names; empty: none."""
    return str((body["metadata"].get("labels") or {}).get(REVISION_LABEL, ""))


def life(body: Body) -> tuple[str, int]:
    """Return what changes when a pod, or its container, is another one than before: uid and restarts."""
    statuses = body.get("status", {}).get("containerStatuses") or ()
    return str(body["metadata"]["uid"]), sum(int(item.get("restartCount", 0)) for item in statuses)


def _serving(body: Body) -> PodLook:
    metadata = body["metadata"]
    created = datetime.fromisoformat(metadata["creationTimestamp"])
    return PodLook(metadata["name"], revision_of(body), _ready(body), created, leaving=_leaving(body))


def _proof(body: Body, secrets: Collection[str]) -> ProofLook:
    trouble = without(_trouble(body), secrets)[:MAX_TROUBLE]
    name, (_, restarts) = body["metadata"]["name"], life(body)
    return ProofLook(name, revision_of(body), ready=_ready(body), trouble=trouble, restarts=restarts)


def _role(body: Body) -> str:
    return str((body["metadata"].get("labels") or {}).get(ROLE_LABEL, ""))


def _leaving(body: Body) -> bool:
    return "deletionTimestamp" in body["metadata"]


def _ready(body: Body) -> bool:
    conditions = body.get("status", {}).get("conditions") or ()
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def _trouble(body: Body) -> str:
    """Return why a pod does not start: what its container says, else why no node takes it."""
    status = body.get("status", {})
    for container in status.get("containerStatuses") or ():
        present, before = container.get("state") or {}, container.get("lastState") or {}
        waiting = present.get("waiting") or {}
        ended = present.get("terminated") or before.get("terminated") or {}
        # That a container is to be started anew after a while says less than why it ended.
        said = ended if waiting.get("reason", "") in UNTELLING and ended else waiting
        if said and said.get("reason") not in UNTELLING:
            code = f" with exit code {said['exitCode']}" if "exitCode" in said else ""
            return f"{said.get('reason', 'it ended')}{code}: {said.get('message', '')}".rstrip(": ")
    for item in status.get("conditions") or ():
        if item["type"] == "PodScheduled" and item["status"] == "False":
            return f"{item.get('reason', 'Unschedulable')}: {item.get('message', '')}"
    return ""
