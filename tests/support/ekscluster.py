"""A cluster of simulated EKS: a real API server that knows AWS identities, and AWS that says where it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.moto.cloud import MotoCloud
from localcloud.aws.mwaa.dependencies import Dependencies
from localcloud.controlplane import ControlPlane
from localcloud.kube.eksauth import EksAuthenticator, User
from localcloud.kube.rest import Rest
from tests.support.operatoraws import ACCOUNT, simulated
from tests.support.sparkclusters import Hands, authority
from tests.support.wait import eventually

NAME = "analytics"
OPERATOR_ARN = f"arn:aws:iam::{ACCOUNT}:user/localcloud"
"""Whom simulated AWS takes the tests' own credentials for."""


@dataclass(frozen=True)
class Eks:
    """The cluster and what is around it.

    Attributes:
        aws: Where DescribeCluster leads to the API server.
        control_plane: The cluster.
        authenticator: Knows AWS identities by its `entries`.
    """

    aws: SimulatedAws
    control_plane: ControlPlane
    authenticator: EksAuthenticator

    @property
    def moto(self) -> MotoCloud:
        """The simulated services."""
        assert self.aws.moto is not None
        return self.aws.moto

    def tell(self, **changes: Any) -> None:
        """Let AWS tell of the cluster, otherwise than it is where `changes` say so."""
        told = {"name": NAME, "endpoint": self.control_plane.url, "ca": authority(self.control_plane), **changes}
        self.moto.eks_cluster(**told)

    def know(self, operator: User | None) -> None:
        """Let the cluster know the operator as somebody, or not at all, and nobody else of AWS.

        Returns in another second: two tokens of one second are the same, and an API server remembers for a while whom
        it takes a token for.
        """
        self.authenticator.entries.clear()
        self.authenticator.entries.update({} if operator is None else {OPERATOR_ARN: operator})
        now = Hands().now
        before = now().replace(microsecond=0)
        eventually(lambda: now().replace(microsecond=0) != before, within=5, what="another second")

    def known_as(self, token: str) -> str:
        """Return whom the API server takes a token for, empty for nobody."""
        rest = Rest(self.control_plane.url, self.control_plane.identity.authority.client_context(), token)
        answer = rest.post(
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
        )
        return str(answer.body["status"]["userInfo"]["username"]) if answer.ok else ""


@contextmanager
def eks_cluster() -> Iterator[Eks]:
    """Run all of it, with the environment of this process leading to that AWS."""
    with ExitStack() as stack:
        aws = stack.enter_context(simulated(dependencies=Dependencies()))
        assert aws.moto is not None
        answering = EksAuthenticator(NAME, sts=aws.moto.url, secret_of=aws.moto.secret_of)
        authenticator = stack.enter_context(answering)
        flags = authenticator.flags(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        running = Eks(aws, stack.enter_context(ControlPlane(apiserver_flags=flags)), authenticator)
        running.tell()
        yield running
