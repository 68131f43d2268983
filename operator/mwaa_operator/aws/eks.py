"""Amazon EKS as gateways need it: where a cluster's API is and whom it believes, and a token by which it knows us.

It reads only. A token is a URL of AWS STS, signed and wrapped: whoever has it is the operator there for a quarter of an
hour, so it leaves this module as a SecretStr and must never be written anywhere.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from pydantic import SecretStr

from mwaa_operator.aws.port import Call, Port

TOKEN_PREFIX: Final = "k8s-aws-v1."  # noqa: S105  what every such token begins with
CLUSTER_HEADER: Final = "x-k8s-aws-id"
URL_SECONDS: Final = 60
"""What the URL says of its own end; EKS takes it for 15 minutes whatever it says (aws-iam-authenticator, README)."""


@dataclass(frozen=True)
class DescribedCluster:
    """What AWS tells of a cluster.

    Attributes:
        endpoint: Address of its API server; empty while it is made.
        ca: Certificates that sign the server's own, PEM in base64; empty while it is made.
        status: AWS's word, such as ACTIVE or UPDATING.
    """

    endpoint: str
    ca: str
    status: str


class SigningCall(Call, Protocol):
    """Calls, and the proof of who makes them."""

    def presigned_identity(self, *, headers: Mapping[str, str], seconds: int) -> SecretStr:
        """Return a URL by which whoever holds it, and sends these headers, is told by AWS STS that it is us."""


class EksPort(Port):
    """Reads of clusters, and tokens for them."""

    SERVICE: ClassVar[str] = "eks"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset({"DescribeCluster"})

    def __init__(self, call: SigningCall) -> None:
        super().__init__(call)
        self._sign = call.presigned_identity

    def describe(self, name: str) -> DescribedCluster | None:
        """Return what AWS tells of a cluster of the scope's Region, or None if it knows none of that name."""
        answer = self._found("DescribeCluster", name=name)
        if answer is None:
            return None
        cluster = answer.get("cluster")
        if not cluster:
            raise self._call.unexpected("DescribeCluster", "cluster")
        return DescribedCluster(
            endpoint=str(cluster.get("endpoint") or "").rstrip("/"),
            ca=str((cluster.get("certificateAuthority") or {}).get("data") or ""),
            status=str(cluster.get("status") or ""),
        )

    def bearer(self, name: str) -> SecretStr:
        """Return a bearer token for a cluster's API, as `aws eks get-token` makes it; no call to AWS is made for it.

        The cluster takes it for 15 minutes, and only if it bears the cluster's own name (aws-iam-authenticator, README,
        "API Authorization from Outside a Cluster"; AWS CLI, customizations/eks/get_token.py).

        Raises:
            AwsError: There are no credentials, or they belong to another account than the scope's.
        """
        url = self._sign(headers={CLUSTER_HEADER: name}, seconds=URL_SECONDS).get_secret_value()
        return SecretStr(TOKEN_PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("="))
