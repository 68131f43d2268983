"""Clusters of EKS that lead to real API servers.

moto's own have an address that does not exist and certificates that are none. Here its cluster tells what a test says;
answering is left to moto.
"""

from __future__ import annotations

from typing import Any

from moto.eks.models import eks_backends


def put_cluster(name: str, endpoint: str, ca: str, *, status: str, account: str, region: str) -> None:
    """Make a cluster, or change what is told of it.

    Args:
        name: In AWS.
        endpoint: The address of its API server.
        ca: Certificates that sign the server's own, PEM in base64.
        status: AWS's word, such as ACTIVE.
        account: Twelve digits.
        region: Where it is.
    """
    backend = eks_backends[account][region]
    cluster: Any = backend.clusters.get(name) or backend.create_cluster(
        name=name, role_arn=f"arn:aws:iam::{account}:role/eks", resources_vpc_config={}
    )
    cluster.endpoint, cluster.certificate_authority, cluster.status = endpoint, {"data": ca}, status
