"""The largest status of a gateway and of a route that BPG, clusters and people can bring about, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mwaa_operator.api.conditions import RECONCILING, Condition
from mwaa_operator.gateway import status as gateway
from mwaa_operator.gateway.api import SparkGatewayStatus
from mwaa_operator.route import status as route
from mwaa_operator.route.api import SparkJobRouteStatus

TIME = "2026-11-21T14:52:00.123456Z"
NAME = "n" * 63
ROUTE = f"{'s' * 63}/{NAME}"
REVISION = "r" * 32
SECRET = "x" * 253
URL = "https://" + "h" * 504
WORD = "UndeclaredSubQueues"


def largest_route(text: str, *, annotation: str = "") -> dict[str, Any]:
    """Return the status of a route as wire JSON.

    Args:
        text: Stands for every character of texts of BPG, clusters and people.
        annotation: Stands for every character of annotations; empty takes `text`.
    """
    detail, shares = text * 256, " ".join(f"{index:063}=999/16000" for index in range(16))
    target = {"entry": "e" * 17, "mode": "Draining", "share": "999/16000", "healthy": False}
    target |= {"reason": WORD, "message": detail, "jobs": 2**31 - 1}
    token = {"secretName": SECRET, "keyVersion": 9999, "issuedAt": TIME, "expiresAt": TIME}
    connection = {"environment": "e" * 80, "synced": False, "reason": WORD, "message": detail}
    queues = [{"name": f"{index:058}", "split": shares, "error": detail} for index in range(route.MAX_QUEUES)]
    status = {
        "observedGeneration": 2**31,
        "conditions": _conditions((*route.NORMAL, RECONCILING), text),
        "lastHandledReconcileAt": (annotation or text) * 256,
        "lastHandledRetryAt": (annotation or text) * 256,
        "gateway": ROUTE,
        "url": URL,
        "profile": "aws-pin",
        "split": shares,
        "healthyTargets": "16/16",
        "revision": {"active": REVISION, "generation": 2**31 - 1, "staged": REVISION},
        "targets": [target | {"name": f"{index:063}"} for index in range(2 * route.MAX_TARGETS)],
        "queues": queues,
        "warnings": [detail] * 8,
        "tombstones": 16,
        "tokens": [token | {"name": f"{index:063}"} for index in range(8)],
        "connections": [connection | {"connectionId": f"{index:0200}"} for index in range(8)],
        "drain": {"startedAt": TIME, "deadline": TIME, "jobs": 2**31 - 1},
        "waiting": {"reason": WORD, "since": TIME},
    }
    return SparkJobRouteStatus.model_validate(status).wire()


def largest_gateway(text: str, *, annotation: str = "", entries: int = gateway.MAX_ENTRIES) -> dict[str, Any]:
    """Return the status of a gateway as wire JSON.

    Args:
        text: Stands for every character of texts of BPG, clusters and people.
        annotation: Stands for every character of annotations; empty takes `text`.
        entries: How many entries it has.
    """
    status = _revisions(text) | _entries(entries) | _clusters(text)
    status |= {
        "observedGeneration": 2**31,
        "conditions": _conditions((*gateway.NORMAL, RECONCILING, gateway.DEGRADED), text),
        "lastHandledReconcileAt": (annotation or text) * 256,
        "lastHandledRetryAt": (annotation or text) * 256,
        "url": URL,
        "bpgRevision": "b" * 64,
        "warnings": [text * 256] * 8,
        "queueKeys": {"version": 9999, "rotatedAt": TIME, "previousUntil": TIME},
        "lastRolloutAt": TIME,
        "replacedAt": TIME,
        "waiting": {"reason": WORD, "since": TIME},
    }
    return SparkGatewayStatus.model_validate(status).wire()


def _conditions(types: Iterable[str], text: str) -> list[dict[str, Any]]:
    return [
        Condition(
            type=type_,
            status="Unknown",
            observed_generation=2**31,
            last_transition_time="2026-11-21T14:52:00Z",
            reason=WORD,
            message=text * 1024,
        ).wire()
        for type_ in types
    ]


def _revisions(text: str) -> dict[str, Any]:
    revision = {"name": REVISION, "since": TIME, "entries": 512, "bytes": 2**20}
    finding = {"probe": "Status", "subject": "e" * 63, "expected": text * 256, "answered": text * 256}
    proof = {"revision": REVISION, "state": "Running", "pod": SECRET, "startedAt": TIME, "finishedAt": TIME}
    return {
        "activeRevision": revision,
        "stagedRevision": revision | {"step": "Activate", "state": "Rendered", "pods": 20, "tried": "127/255"},
        "proof": proof | {"message": text * 256, "findings": [finding] * gateway.MAX_FINDINGS},
        "history": [REVISION] * 10,
        "operation": {"type": "Roll", "hash": "h" * 64, "startedAt": TIME, "revision": REVISION},
    }


def _entries(count: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"identity": "i" * 12, "mode": "Tombstone", "route": ROUTE, "target": NAME, "cluster": NAME}
    entry |= {"weight": 1000, "since": TIME, "jobs": 9999}
    return {"entries": [entry | {"id": f"e{index:014}"} for index in range(count)]}


def _clusters(text: str) -> dict[str, Any]:
    cluster = {"healthy": False, "serving": False, "reason": WORD, "message": text * 256, "since": TIME}
    cluster |= {"endpoint": URL, "tokenExpiresAt": TIME, "nextWindowAt": TIME, "windowUntil": TIME}
    aside = {"hash": "h" * 16, "reason": WORD, "message": text * 256, "since": TIME}
    return {
        "clusters": [cluster | {"name": f"{index:063}"} for index in range(gateway.MAX_CLUSTERS)],
        "healthyClusters": "32/32",
        "routes": {"attached": 512, "active": 512, "refused": 512},
        "setAside": [aside | {"route": f"{ROUTE[:-2]}{index:02}"} for index in range(gateway.MAX_SET_ASIDE)],
    }
