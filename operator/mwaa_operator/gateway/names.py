"""Names of the Secrets of a gateway, and how BPG is told where a cluster's token is. Pure.

Two gateways of one namespace never share a Secret: a dot separates the parts, and neither the name of a cluster nor
that of a revision has one.
"""

from __future__ import annotations

from typing import Final

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.cluster import Cluster

FILE_NAME: Final = "app-config.yaml"
"""The key of a revision's Secret, as BPG's own chart calls the file."""
TOKEN_KEY: Final = "token"  # noqa: S105  the name of a key


def revision_secret(gateway: str, revision: str) -> str:
    """Return the name of the Secret that holds a revision's file.

    Args:
        gateway: Name of the gateway.
        revision: Name of the revision, `Rendering.name`.
    """
    return f"{gateway}.{revision}"


def token_secret(gateway: str, cluster: str) -> str:
    """Return the name of the Secret that the operator writes a cluster's token to.

    Args:
        gateway: Name of the gateway.
        cluster: The cluster's name in its spec.
    """
    return f"{gateway}.{cluster}.token"


def token_reference(gateway: SparkGateway, cluster: Cluster) -> str:
    """Return how BPG finds a cluster's token, at every request anew (BPG source: the `k8s:secret:` form of secrets).

    Args:
        gateway: The gateway; the Secret is in its namespace.
        cluster: One of its clusters.
    """
    reference = cluster.credentials.token_secret_ref
    name = reference.name if reference else token_secret(gateway.metadata.name, cluster.name)
    key = reference.key if reference else TOKEN_KEY
    return f"k8s:secret:{gateway.metadata.namespace}:{name}:{key}"
