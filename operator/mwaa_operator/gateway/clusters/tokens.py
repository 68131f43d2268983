"""The token that a gateway shows to a cluster: read from a Secret, or made there and written before the old one ends.

It is always the one that BPG reads too. A token is told to nobody: not in messages, not in logs, not in reprs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import SecretStr

from mwaa_operator.api.fields import seconds
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.cluster import Cluster, TokenRequest
from mwaa_operator.gateway.clusters.addresses import Address
from mwaa_operator.gateway.clusters.minted import Minted, minted_secret, read_minted, subject
from mwaa_operator.gateway.clusters.sources import Body, Sources
from mwaa_operator.gateway.clusters.words import Told, of_aws, of_mint
from mwaa_operator.gateway.names import token_secret
from mwaa_operator.gateway.objects.drift import is_owned
from mwaa_operator.gateway.reasons import Reason
from mwaa_operator.kube.errors import Forbidden, KubeError
from mwaa_operator.kube.remote import RemoteCluster

SHORTEST: Final = 10
"""BPG fails on every request with a shorter one (BPG source: KubernetesHelper, a debug log statement)."""
_BARE: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Shown:
    """What a gateway shows to a cluster.

    Attributes:
        token: The token; None: there is none that could be shown.
        expires_at: When it ends, of one that was made.
        told: Why there is none, or (beside a token) why the next one could not be made.
        renewed: Whether it took the place of another one just now.
    """

    token: SecretStr | None
    expires_at: datetime | None = None
    told: Told | None = None
    renewed: bool = False


class Tokens:
    """Finds tokens, and makes them where spec says so.

    Args:
        sources: Where they come from and go to.
    """

    def __init__(self, sources: Sources) -> None:
        self._from = sources

    def of(self, gateway: SparkGateway, cluster: Cluster, address: Address, timeout: Callable[[], float]) -> Shown:
        """Return what the gateway shows to a cluster.

        Args:
            gateway: The gateway; Secrets are in its namespace.
            cluster: One of its clusters.
            address: Where that is.
            timeout: Seconds that are left for a call to it.

        Raises:
            KubeError: This cluster's API server did not answer.
            Exception: Whatever the fence raises.
        """
        if (request := cluster.credentials.token_request) is not None:
            return self._made(gateway, cluster, request, address, timeout)
        return self._given(gateway, cluster)

    def _given(self, gateway: SparkGateway, cluster: Cluster) -> Shown:
        reference = cluster.credentials.token_secret_ref
        if reference is None:
            return _nothing("there are no credentials: set credentials.tokenSecretRef or tokenRequest")
        namespace = gateway.metadata.namespace
        secret = f"Secret {namespace}/{reference.name}"
        try:
            values = self._from.kube.get_secret(namespace, reference.name)
        except Forbidden:
            text = f"the operator may not get {secret}: is {namespace} one of its gateway namespaces?"
            return Shown(None, told=Told(Reason.ACCESS_DENIED, text))
        if values is None:
            return _nothing(f"there is no {secret}: make it, with the token under {reference.key}")
        token = values.get(reference.key)
        if token is None:
            return _nothing(f"{secret} has no text under {reference.key}: write the token there")
        if len(token.get_secret_value()) < SHORTEST:
            return _nothing(f"what {secret} has under {reference.key} is too short for a token: write one there")
        if not _BARE.fullmatch(token.get_secret_value()):
            text = f"what {secret} has under {reference.key} has blanks or line breaks: write the token alone"
            return _nothing(text)
        return Shown(token)

    def _made(
        self,
        gateway: SparkGateway,
        cluster: Cluster,
        request: TokenRequest,
        address: Address,
        timeout: Callable[[], float],
    ) -> Shown:
        namespace, name = gateway.metadata.namespace, token_secret(gateway.metadata.name, cluster.name)
        try:
            stored = self._from.kube.owned.get("v1", "Secret", namespace, name)
            if stored is not None and not is_owned(stored, gateway):
                text = f"Secret {namespace}/{name} is there and not the gateway's: rename or delete it"
                return Shown(None, told=Told(Reason.NOT_OWNED, text))
            held = self._held(stored, cluster)
            if held is not None and not held.is_due(self._from.now()):
                return Shown(held.token, held.expires_at)
            return self._renewed(gateway, cluster, request, address, timeout, stored=stored, held=held)
        except Forbidden:
            text = f"the operator may not get and patch Secret {namespace}/{name}: is it in a gateway namespace?"
            return Shown(None, told=Told(Reason.ACCESS_DENIED, text))

    def _held(self, stored: Body | None, cluster: Cluster) -> Minted | None:
        """Return the token that is there, if it is of whom spec says; the one of another goes nowhere."""
        held = read_minted(stored) if stored is not None else None
        if held is None:
            return None
        self._from.kube.hide(held.token.get_secret_value())
        return held if held.of == subject(cluster) else None

    def _renewed(
        self,
        gateway: SparkGateway,
        cluster: Cluster,
        request: TokenRequest,
        address: Address,
        timeout: Callable[[], float],
        *,
        stored: Body | None,
        held: Minted | None,
    ) -> Shown:
        made = self._minted(cluster, request, address, timeout)
        if isinstance(made, Told):
            usable = held is not None and held.expires_at > self._from.now()
            return Shown(held.token, held.expires_at, made) if usable and held is not None else Shown(None, told=made)
        over = stored["metadata"]["resourceVersion"] if stored is not None else None
        self._from.kube.owned.apply(minted_secret(gateway, cluster, made, over=over))
        return Shown(made.token, made.expires_at, renewed=held is not None)

    def _minted(
        self, cluster: Cluster, request: TokenRequest, address: Address, timeout: Callable[[], float]
    ) -> Minted | Told:
        if address.scope is None or cluster.eks is None:
            return Told(Reason.INVALID_SPEC, "credentials.tokenRequest is for EKS clusters: use tokenSecretRef")
        begun = self._from.now()
        try:
            identity = address.scope.eks.bearer(cluster.eks.name)
            self._from.kube.hide(identity.get_secret_value())
            with RemoteCluster(
                address.url, ca=address.ca, token=identity, timeout=timeout, fence=self._from.fence
            ) as remote:
                life = int(seconds(request.lifetime))
                token, expires_at = remote.request_token(request.namespace, request.service_account, life)
        except AwsError as error:
            return of_aws(error.failure)
        except KubeError as error:
            account = f"{request.namespace}/{request.service_account}"
            return of_mint(error, url=address.url, account=account)
        self._from.kube.hide(token.get_secret_value())
        return Minted(token, subject(cluster), begun, expires_at)


def _nothing(message: str) -> Shown:
    return Shown(None, told=Told(Reason.DEPENDENCY_NOT_READY, message))
