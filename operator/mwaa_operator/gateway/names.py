"""Names of the Secrets of a gateway, and how BPG is told where a cluster's token is. Pure.

Two gateways of one namespace never share a Secret: a dot separates the parts, and neither the name of a cluster nor
that of a revision has one.
"""

from __future__ import annotations

from typing import Final

from mwaa_operator.api.meta import GROUP
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.cluster import Cluster

GATEWAY_LABEL: Final = f"{GROUP}/gateway"
"""On everything that is a gateway's: its name."""
ROLE_LABEL: Final = f"{GROUP}/role"
"""On its pods: `SERVING`, which the Service selects, or `PROOF`."""
REVISION_LABEL: Final = f"{GROUP}/revision"
"""On its pods and on the Secrets of revisions: the revision."""
SERVING: Final = "serving"
PROOF: Final = "proof"

FILE_NAME: Final = "app-config.yaml"
"""The key of a revision's Secret, as BPG's own chart calls the file."""
TOKEN_KEY: Final = "token"  # noqa: S105  the name of a key

_MAX_HOST: Final = 63


def revision_secret(gateway: str, revision: str) -> str:
    """Return the name of the Secret that holds a revision's file.

    Args:
        gateway: Name of the gateway.
        revision: Name of the revision, `Rendering.name`.
    """
    return f"{gateway}.{revision}"


def proof_pod(gateway: str, revision: str) -> str:
    """Return the name of the pod in which a revision is proven: at most 63 characters, since it is a host's name too.

    A long name of a gateway is cut: revisions of two gateways never have the same name, because their pods differ.

    Args:
        gateway: Name of the gateway.
        revision: Name of the revision.
    """
    ending = f"-proof-{revision}"
    return gateway[: _MAX_HOST - len(ending)].rstrip("-.") + ending


def token_secret(gateway: str, cluster: str) -> str:
    """Return the name of the Secret that the operator writes a cluster's token to.

    Args:
        gateway: Name of the gateway.
        cluster: The cluster's name in its spec.
    """
    return f"{gateway}.{cluster}.token"


def keys_secret(gateway: str) -> str:
    """Return the name of the Secret that holds the keys of queue tokens.

    Args:
        gateway: Name of the gateway.
    """
    return f"{gateway}.queue-keys"


def token_secret_of(gateway: SparkGateway, cluster: Cluster) -> str:
    """Return the name of the Secret, in the gateway's namespace, that holds a cluster's token, whoever writes it.

    Args:
        gateway: The gateway.
        cluster: One of its clusters.
    """
    reference = cluster.credentials.token_secret_ref
    return reference.name if reference else token_secret(gateway.metadata.name, cluster.name)


def token_reference(gateway: SparkGateway, cluster: Cluster) -> str:
    """Return how BPG finds a cluster's token, at every request anew (BPG source: the `k8s:secret:` form of secrets).

    Args:
        gateway: The gateway; the Secret is in its namespace.
        cluster: One of its clusters.
    """
    reference = cluster.credentials.token_secret_ref
    key = reference.key if reference else TOKEN_KEY
    return f"k8s:secret:{gateway.metadata.namespace}:{token_secret_of(gateway, cluster)}:{key}"
