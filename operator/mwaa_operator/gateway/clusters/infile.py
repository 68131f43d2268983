"""Where a cluster was when the file that serves was made: what stands while AWS does not say where it is.

A process that starts while AWS is away would know no EKS cluster, and would take all of them out of the file.
"""

from __future__ import annotations

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.clusters.sources import Owned
from mwaa_operator.gateway.names import revision_secret
from mwaa_operator.gateway.objects.drift import is_owned
from mwaa_operator.gateway.objects.secrets import read_revision
from mwaa_operator.gateway.revision import ROUTED


def address_in_file(gateway: SparkGateway, cluster: str, objects: Owned) -> tuple[str, str] | None:
    """Return address and certificates of a cluster in the active revision, or None if they are not there.

    Args:
        gateway: Whose.
        cluster: The cluster's name in its spec.
        objects: Reads Secrets.

    Raises:
        KubeError: The Secret of the revision could not be read.
    """
    active = gateway.status.active_revision
    if active is None:
        return None
    name = revision_secret(gateway.metadata.name, active.name)
    secret = objects.get("v1", "Secret", gateway.metadata.namespace, name)
    if secret is None or not is_owned(secret, gateway):
        return None
    try:
        revision = read_revision(secret).revision
    except ValueError:
        return None
    # What is routed was looked at by the operator too; an entry that is not may be of a cluster that has gone.
    for entry in sorted(revision.entries, key=lambda entry: entry.mode != ROUTED):
        item = revision.clusters.get(entry.id)
        if entry.cluster == cluster and item is not None:
            return str(item["masterUrl"]), str(item["caCertDataSOPS"])
    return None
