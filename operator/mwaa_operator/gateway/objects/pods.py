"""Who runs a revision: the Deployment that clients reach, and the pod of a proof that they do not. Pure.

Both are made of one template and one Secret, so that what was proven is what serves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mwaa_operator.gateway import names
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.names import FILE_NAME, PROOF, REVISION_LABEL, ROLE_LABEL, SERVING
from mwaa_operator.gateway.objects.metadata import metadata, serving_pods, signed
from mwaa_operator.gateway.objects.template import FILE_VOLUME

_PROGRESS_SECONDS: Final = 300
"""A node may have to come first."""
_HISTORY: Final = 2
"""ReplicaSets that are kept: what serves next is decided by revisions, never by going back to one of these."""
_OWNER_AND_GROUP: Final = 0o440


def deployment(gateway: SparkGateway, *, revision: str, template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Deployment whose pods run a revision.

    Args:
        gateway: Whose.
        revision: Name of the revision.
        template: The revision's, by `pod_template`.
    """
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(gateway, gateway.metadata.name),
        "spec": {
            "replicas": gateway.spec.replicas,
            "selector": {"matchLabels": serving_pods(gateway)},
            # No pod goes before another one answers: whoever polls a job's status finds somebody at every moment.
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "progressDeadlineSeconds": _PROGRESS_SECONDS,
            "revisionHistoryLimit": _HISTORY,
            "template": _pod(gateway, revision=revision, template=template, role=SERVING),
        },
    }
    return signed(body)


def proof_pod(gateway: SparkGateway, *, revision: str, template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pod in which a revision is proven.

    Args:
        gateway: Whose.
        revision: Name of the revision.
        template: The revision's, by `pod_template`.
    """
    pod = _pod(gateway, revision=revision, template=template, role=PROOF)
    identity = metadata(gateway, names.proof_pod(gateway.metadata.name, revision), revision=revision)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": identity | pod["metadata"], "spec": pod["spec"]}


def _pod(gateway: SparkGateway, *, revision: str, template: Mapping[str, Any], role: str) -> dict[str, Any]:
    meta, spec = template["metadata"], template["spec"]
    named = {REVISION_LABEL: revision}
    file = {
        "name": FILE_VOLUME,
        "secret": {
            "secretName": names.revision_secret(gateway.metadata.name, revision),
            "defaultMode": _OWNER_AND_GROUP,
            "items": [{"key": FILE_NAME, "path": FILE_NAME}],
        },
    }
    return {
        "metadata": {
            "labels": {**meta["labels"], **named, ROLE_LABEL: role},
            "annotations": {**meta["annotations"], **named},
        },
        "spec": {**spec, "volumes": [file, *spec["volumes"]]},
    }
