"""What all objects of a gateway carry: labels, an owner, and a digest of all that was ever said of them. Pure.

Whoever finds one knows whose it is; whoever deletes the gateway deletes it. Nothing is inherited from the gateway's own
labels and annotations, so that nobody else's tool takes the objects for its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from mwaa_operator.api.meta import API_VERSION, FIELD_MANAGER, GROUP
from mwaa_operator.gateway.api import KIND, SparkGateway
from mwaa_operator.gateway.names import GATEWAY_LABEL, REVISION_LABEL, ROLE_LABEL, SERVING

SAID_DIGEST: Final = f"{GROUP}/said-digest"
"""Annotation: digest of what we said of the object. Without it, what we said once and say no longer (an annotation, a
source range) would stay for ever: an object that has more than it should looks like one that somebody added to."""

NAME: Final = "batch-processing-gateway"


def labels(gateway: SparkGateway) -> dict[str, str]:
    """Return the labels of every object of a gateway (Kubernetes documentation, "Recommended Labels")."""
    return {
        "app.kubernetes.io/managed-by": FIELD_MANAGER,
        "app.kubernetes.io/name": NAME,
        "app.kubernetes.io/instance": gateway.metadata.name,
        GATEWAY_LABEL: gateway.metadata.name,
    }


def pods_of(gateway: SparkGateway) -> dict[str, Any]:
    """Return the label selector of all pods of a gateway, those of proofs too."""
    return {"matchLabels": {GATEWAY_LABEL: gateway.metadata.name}}


def serving_pods(gateway: SparkGateway) -> dict[str, str]:
    """Return the labels of the pods that clients reach: nothing that could change, because a Deployment keeps its
    selector for good."""
    return {GATEWAY_LABEL: gateway.metadata.name, ROLE_LABEL: SERVING}


def metadata(gateway: SparkGateway, name: str, *, revision: str | None = None) -> dict[str, Any]:
    """Return the metadata of an object.

    Args:
        gateway: Its owner.
        name: The object's.
        revision: The revision that it is part of.
    """
    return {
        "name": name,
        "namespace": gateway.metadata.namespace,
        "labels": labels(gateway) | ({} if revision is None else {REVISION_LABEL: revision}),
        "ownerReferences": [owner(gateway)],
    }


def owner(gateway: SparkGateway) -> dict[str, Any]:
    """Return the reference to the gateway; it does not hold the gateway's own deletion up."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND.kind,
        "name": gateway.metadata.name,
        "uid": gateway.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }


def signed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with the digest of what it says."""
    meta = body["metadata"]
    return {**body, "metadata": {**meta, "annotations": {**meta.get("annotations", {}), SAID_DIGEST: digest(body)}}}


def digest(value: Any) -> str:
    """Return 12 hexadecimal digits that tell two JSON values apart, whatever the order of their members."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, allow_nan=False).encode()).hexdigest()[:12]
