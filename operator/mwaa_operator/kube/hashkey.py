"""The key of every keyed hash in status: made once, by the operator, in a Secret that nobody overwrites.

A hash of a secret value without a key could be reversed by guessing. The chart must not make it: a re-render would
change it, and every hash with it.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from mwaa_operator.api.meta import FIELD_MANAGER
from mwaa_operator.kube.cluster import Cluster
from mwaa_operator.kube.errors import AlreadyExists, NotFound, Rejected
from mwaa_operator.kube.paths import path
from mwaa_operator.kube.transport import Transport

SECRET_NAME = "mwaa-operator-hash-key"  # noqa: S105  the name of the Secret, not a secret
_MEMBER = "key"
_MIN_LENGTH = 32


@dataclass(frozen=True)
class HashKey:
    """A key for keyed hashes.

    Attributes:
        key_id: Names the key in status without telling it; another id means: record again, nothing changed.
        secret: The key itself.
    """

    key_id: str
    secret: SecretStr


class HashKeys:
    """Finds or makes the key, once for each process.

    Args:
        transport: For the one create.
        cluster: For reading it.
        namespace: The operator's own namespace.
    """

    def __init__(self, transport: Transport, cluster: Cluster, namespace: str) -> None:
        self._transport, self._cluster, self._namespace = transport, cluster, namespace
        self._lock = threading.Lock()
        self._known: HashKey | None = None

    def get(self) -> HashKey:
        """Return the key; the first caller in the cluster's life creates it, and whoever loses that race reads it.

        Raises:
            Rejected: The Secret holds no usable key: somebody wrote into it.
            KubeError: It could be neither read nor created.
            Exception: Whatever the fence raises before the create.
        """
        with self._lock:
            if self._known is None:
                self._known = self._read() or self._create()
            return self._known

    def _read(self) -> HashKey | None:
        values = self._cluster.get_secret(self._namespace, SECRET_NAME)
        if values is None:
            return None
        secret = values.get(_MEMBER, SecretStr(""))
        if len(secret.get_secret_value()) < _MIN_LENGTH:
            where = f"Secret {self._namespace}/{SECRET_NAME}"
            raise Rejected(f"{where} holds no usable `{_MEMBER}`: restore it, or delete it for a new key", status=0)
        digest = hashlib.sha256(b"mwaa-operator key id\0" + secret.get_secret_value().encode()).hexdigest()
        return HashKey(key_id=digest[:12], secret=secret)

    def _create(self) -> HashKey:
        # Another replica may be first; its key is the key then.
        with suppress(AlreadyExists):
            self._transport.mutate("POST", path("api", "v1", "namespaces", self._namespace, "secrets"), self._fresh())
        if key := self._read():
            return key
        raise NotFound(f"Secret {self._namespace}/{SECRET_NAME} vanished after it was created", status=404)

    def _fresh(self) -> dict[str, Any]:
        metadata = {"name": SECRET_NAME, "labels": {"app.kubernetes.io/managed-by": FIELD_MANAGER}}
        data = {_MEMBER: secrets.token_hex(32)}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "immutable": True, "stringData": data}
