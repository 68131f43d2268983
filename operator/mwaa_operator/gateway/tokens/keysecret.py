"""Keeps the keys of gateways in their Secrets: makes the first, rotates, and writes down what they sign.

Every write is a create, or one under the resourceVersion that was read: whoever comes second reads again. What a crash
leaves behind is always a state to go on from. Which keys there should be is decided in rotation.py.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from mwaa_operator.api.fields import seconds
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.names import keys_secret
from mwaa_operator.gateway.tokens import rotation
from mwaa_operator.gateway.tokens.ring import Ring
from mwaa_operator.gateway.tokens.rotation import Key
from mwaa_operator.gateway.tokens.secrets import is_ours, keys_body, keys_in
from mwaa_operator.kube.errors import Conflict, Rejected

Body = dict[str, Any]

KEY_BYTES: Final = 32
"""As many as HS256 has bits for (RFC 7518, section 3.2)."""


class Objects(Protocol):
    """Reads and writes of Secrets; see `OwnedObjects`."""

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Body | None:
        """Return an object, whoever made it."""

    def create(self, body: Body) -> Body:
        """Make an object that is not there."""

    def apply(self, body: Body) -> Body:
        """Write an object, if it still has the resourceVersion in `body`."""

    def delete(self, body: Body) -> None:
        """Delete an object that was read."""


class KeySecrets:
    """Keeps keys; safe for many threads.

    Args:
        objects: Reads and writes of Secrets.
        hide: Told of every key.
        entropy: Returns so many random bytes.
        now: UTC.
    """

    def __init__(
        self,
        objects: Objects,
        *,
        hide: Callable[[str], None],
        entropy: Callable[[int], bytes],
        now: Callable[[], datetime],
    ) -> None:
        self._objects, self._hide, self._entropy, self._now = objects, hide, entropy, now

    def ring(self, gateway: SparkGateway) -> Ring:
        """Return a gateway's keys, after making or dropping what is due.

        A Secret that is lost, or holds nothing that is a key, gets a new one; tokens follow when it serves. Of a
        gateway that is suspended or deleted nothing is changed: it may have no key.

        Raises:
            Rejected: The Secret exists and is not the gateway's.
            KubeError: It could not be read or written; a Conflict means that somebody else was first.
        """
        body, keys = self._read(gateway)
        if not gateway.spec.suspend and not gateway.metadata.deleting:
            keys = self._planned(gateway, body, keys)
        return rotation.ring(keys)

    def promise(self, gateway: SparkGateway, version: int, until: datetime) -> None:
        """Write down until when tokens of a key are valid; afterwards they may be signed.

        Args:
            gateway: The gateway.
            version: Of the key.
            until: The latest end of a token that is about to be signed.

        Raises:
            Conflict: The key is no more, or somebody else was first: no token may be signed.
            KubeError: It could not be read or written: likewise.
        """
        body, keys = self._read(gateway)
        if body is None or version not in {key.version for key in keys}:
            raise Conflict("the key of queue tokens was changed meanwhile", status=409)
        wanted = rotation.promised(keys, version, until=until, now=self._now())
        if wanted != keys:
            self._write(gateway, body, wanted)

    def _planned(self, gateway: SparkGateway, body: Body | None, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        known = gateway.status.queue_keys
        fresh = base64.urlsafe_b64encode(self._entropy(KEY_BYTES)).rstrip(b"=").decode()
        wanted = rotation.planned(
            keys,
            rotation=seconds(gateway.spec.queue_tokens.rotation),
            fresh=fresh,
            after=known.version if known else 0,
            now=self._now(),
        )
        if wanted != keys:
            self._write(gateway, body, wanted)
        return wanted

    def _read(self, gateway: SparkGateway) -> tuple[Body | None, tuple[Key, ...]]:
        namespace, name = gateway.metadata.namespace, keys_secret(gateway.metadata.name)
        body = self._objects.get("v1", "Secret", namespace, name)
        if body is None:
            return None, ()
        if not is_ours(body, gateway.metadata):
            text = f"Secret {namespace}/{name} exists and is not the gateway's: delete it, or rename the gateway"
            raise Rejected(text, status=0)
        keys = keys_in(body)
        for key in keys:
            self._hide(key.value)
        return body, keys

    def _write(self, gateway: SparkGateway, body: Body | None, keys: Sequence[Key]) -> None:
        for key in keys:
            self._hide(key.value)
        wanted = keys_body(gateway, keys)
        if body is None:
            self._objects.create(wanted)
            return
        self._objects.apply(guarded(wanted, body))


def guarded(wanted: Body, read: Body) -> Body:
    """Return a body that is written only onto what was read."""
    meta = {**wanted["metadata"], "resourceVersion": read["metadata"]["resourceVersion"]}
    return {**wanted, "metadata": meta}
