"""References to tokens and certificates in the file: what BPG makes of the fields that end in `SOPS`.

Nothing is decrypted. A reference that cannot be resolved is used literally, so a missing Secret becomes a wrong token.
Source: apple/batch-processing-gateway, ConfigValue, KubernetesHelper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localcloud.gateway.clusters import Access
from localcloud.gateway.config import Cluster
from localcloud.gateway.errors import OUT_OF_BOUNDS, BpgError, null

ReadSecret = Callable[[str, str, str], str | None]
"""Namespace ("" for the gateway's own), name and key of a Secret to its value; None when it cannot be read."""
LOGGED_LETTERS = 10
"""BPG logs the beginning of every token, and breaks on shorter ones."""


def no_secrets(namespace: str, name: str, key: str) -> str | None:
    """Read nothing: a gateway outside a cluster."""
    return None


@dataclass(frozen=True)
class References:
    """Resolves references, anew for every call.

    Attributes:
        environ: The process's environment.
        read_secret: Of the gateway's own cluster.
    """

    environ: Mapping[str, str]
    read_secret: ReadSecret = no_secrets

    def resolve(self, text: str) -> str:
        """Return what a text refers to, or the text."""
        if text.startswith("plaintext:"):
            return text.removeprefix("plaintext:")
        if text.startswith("localhost:env:"):
            return self.environ.get(text.removeprefix("localhost:env:"), text)
        parts = text.split(":")
        if text.startswith("k8s:secret:") and len(parts) == 5:
            found = self.read_secret(parts[2], parts[3], parts[4])
            return text if found is None else found
        return text

    def access(self, cluster: Cluster) -> Access:
        """Return how a call reaches a cluster.

        Raises:
            BpgError: A token or certificate is missing, or the token too short to be logged.
        """
        if cluster.user_token is None:
            raise null("userTokenSOPS")
        token = self.resolve(cluster.user_token)
        if len(token) < LOGGED_LETTERS:
            raise BpgError(500, f"begin 0, end {LOGGED_LETTERS}, length {len(token)}", OUT_OF_BOUNDS)
        if cluster.ca_cert is None:
            raise null("caCertDataSOPS")
        millis = cluster.timeout_millis or 0
        return Access(cluster.master_url or "", token, self.resolve(cluster.ca_cert), millis / 1000)
