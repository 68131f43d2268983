"""Imports of BPG's files for tests: a file with real looking certificates, and its manifests as models."""

from __future__ import annotations

import base64
import json
from typing import Any

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.importing.convert import Imported, convert
from mwaa_operator.gateway.importing.options import Options
from mwaa_operator.route.api import SparkJobRoute
from tests.support import bpg

CERTIFICATE = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nZm9y\n-----END CERTIFICATE-----\n").decode()
TOKEN = "k8s:secret::tokens:a"


def entry(id_: str, weight: int, queues: list[str], **members: Any) -> dict[str, Any]:
    """Return an entry for version 3.5 on a cluster of its own."""
    own = {"masterUrl": f"https://{id_}.example.com", "caCertDataSOPS": CERTIFICATE, "sparkServiceAccount": "driver"}
    base = own | {"ttlSeconds": 86_400, "timeoutMillis": 4500, "eksCluster": id_, "userTokenSOPS": TOKEN}
    return bpg.cluster(id_, weight, ["3.5"], queues, **(base | members))


def file(*clusters: dict[str, Any], queues: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """Return a file of which nothing needs a warning but that it is a file."""
    return bpg.document(clusters=list(clusters), queues=queues, statusCacheExpireMillis=5000, **members)


def company(**members: Any) -> dict[str, Any]:
    """Return a file of two clusters and two queues, one of which asks for a token, on one cluster."""
    closed = {"name": "poc", "secure": True}
    clinical, night = {"name": "clinical", "secure": True}, {"name": "clinical.night", "secure": True}
    return file(
        entry("a", 70, ["digital", "clinical"]),
        entry("b", 30, ["digital"]),
        queues=[clinical, night, {"name": "digital", "users": ["svc"]}, closed],
        **members,
    )


def imported(document: Any, **options: Any) -> Imported:
    """Return what an import makes of a file."""
    return convert(document if isinstance(document, str) else json.dumps(document), Options(**options))


def spec(found: Imported, route: str) -> dict[str, Any]:
    """Return the spec of one of the routes, by the name of its queue."""
    (body,) = [body for body in found.routes if body["spec"]["queue"]["name"] == route]
    members: dict[str, Any] = body["spec"]
    return members


def told(found: Imported, pointer: str) -> str:
    """Return all that is noted about a member of the file."""
    return "\n".join(note.message for note in found.notes if note.pointer == pointer)


def models(found: Imported) -> tuple[SparkGateway, tuple[SparkJobRoute, ...]]:
    """Return the manifests as models, which judge them once more."""
    return SparkGateway.model_validate(found.gateway), tuple(map(SparkJobRoute.model_validate, found.routes))
