"""The Secret of a token that was made for a cluster: what is in it, and when another one is due. Pure.

What it is for, and when it was made and ends, stands in annotations, so that people see it too and a restart forgets
nothing. Only the token itself is a secret.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import SecretStr

from mwaa_operator.api.conditions import rfc3339
from mwaa_operator.api.meta import GROUP
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.cluster import Cluster
from mwaa_operator.gateway.names import TOKEN_KEY, token_secret
from mwaa_operator.gateway.objects.metadata import metadata

EXPIRES_AT: Final = f"{GROUP}/token-expires-at"
ISSUED_AT: Final = f"{GROUP}/token-issued-at"
TOKEN_OF: Final = f"{GROUP}/token-of"
"""Annotation: whose the token is."""

LEFT: Final = 1 / 3
"""The share of its life that a token has left when the next one is made: of 12 hours 4, of 10 minutes (the shortest
that API servers give) three. BPG reads it at every request and holds it no longer than a call lasts."""


@dataclass(frozen=True)
class Minted:
    """A token that was made.

    Attributes:
        token: It.
        of: Whose it is; see `subject`.
        issued_at: When it was made.
        expires_at: When it ends.
    """

    token: SecretStr
    of: str
    issued_at: datetime
    expires_at: datetime

    def is_due(self, now: datetime) -> bool:
        """Return whether the next one should be made."""
        life: timedelta = self.expires_at - self.issued_at
        return self.expires_at - now < life * LEFT


def subject(cluster: Cluster) -> str:
    """Return whose token a cluster asks for: the service account, and the EKS cluster that it is on."""
    request, eks = cluster.credentials.token_request, cluster.eks
    if request is None or eks is None:
        raise ValueError(f"cluster {cluster.name} asks for no token")
    return f"{request.namespace}/{request.service_account} on {eks.account_ref.name}/{eks.region}/{eks.name}"


def read_minted(secret: Mapping[str, Any]) -> Minted | None:
    """Return what a Secret holds, or None if that is no token with its times."""
    annotations = secret["metadata"].get("annotations") or {}
    try:
        token = base64.b64decode((secret.get("data") or {})[TOKEN_KEY], validate=True).decode("ascii")
        times = [datetime.fromisoformat(annotations[name]) for name in (ISSUED_AT, EXPIRES_AT)]
        of = str(annotations[TOKEN_OF])
    except (KeyError, ValueError, binascii.Error):
        return None
    known = bool(token) and all(time.tzinfo is not None for time in times)
    return Minted(SecretStr(token), of, times[0], times[1]) if known else None


def minted_secret(gateway: SparkGateway, cluster: Cluster, minted: Minted, *, over: str | None) -> dict[str, Any]:
    """Return the Secret of a token, for server-side apply.

    Args:
        gateway: Its owner.
        cluster: The cluster that the token is for.
        minted: The token.
        over: resourceVersion of the Secret as it was read; None: there was none.
    """
    about = {EXPIRES_AT: rfc3339(minted.expires_at), ISSUED_AT: rfc3339(minted.issued_at), TOKEN_OF: minted.of}
    meta = metadata(gateway, token_secret(gateway.metadata.name, cluster.name)) | {"annotations": about}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta | ({"resourceVersion": over} if over is not None else {}),
        "type": "Opaque",
        "data": {TOKEN_KEY: base64.b64encode(minted.token.get_secret_value().encode()).decode()},
    }
