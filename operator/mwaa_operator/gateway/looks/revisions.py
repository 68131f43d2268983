"""The revisions of gateways, read from their Secrets once: what is in one never changes.

Names and versions are listed at every look, contents are read of those alone that were not known. A Secret that does
not hold what its name promises is told and not believed.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway.api import KIND, SparkGateway
from mwaa_operator.gateway.names import GATEWAY_LABEL
from mwaa_operator.gateway.objects.secrets import Stored, read_revision

NAME: Final = re.compile(r"[0-9a-f]{12}")
"""What follows the gateway's name, and a dot, in the name of a revision's Secret."""


class Secrets(Protocol):
    """Where revisions are kept."""

    def versions(
        self, api_version: str, kind: str, namespace: str, labels: Mapping[str, str]
    ) -> dict[str, tuple[str, str]]:
        """Return the uid and resourceVersion of each object with these labels, by name."""

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        """Return an object."""


@dataclass(frozen=True)
class RevisionsLook:
    """The revisions of one gateway.

    Attributes:
        stored: By name.
        uids: Uid of each Secret, by the name of the revision.
        foreign: Secrets that have the name of a revision and are none.
    """

    stored: Mapping[str, Stored] = field(default_factory=dict)
    uids: Mapping[str, str] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()


class Revisions:
    """Reads revisions; safe for many threads.

    Args:
        secrets: Where they are kept.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._lock = threading.Lock()
        self._known: dict[ObjectKey, dict[str, Stored | None]] = {}

    def look(self, gateway: SparkGateway) -> RevisionsLook:
        """Return the revisions of a gateway.

        Raises:
            KubeError: They could not be read.
        """
        prefix, namespace = f"{gateway.metadata.name}.", gateway.metadata.namespace
        listed = self._secrets.versions("v1", "Secret", namespace, {GATEWAY_LABEL: gateway.metadata.name})
        uids = {
            name.removeprefix(prefix): uid
            for name, (uid, _) in listed.items()
            if name.startswith(prefix) and NAME.fullmatch(name.removeprefix(prefix))
        }
        read = self._read(gateway, prefix, uids)
        there = {name: uid for name, uid in uids.items() if uid in read}
        stored = {name: found for name, uid in there.items() if (found := read[uid]) is not None}
        bad = tuple(f"Secret {prefix}{name}" for name, uid in sorted(there.items()) if read[uid] is None)
        return RevisionsLook(stored, there, bad)

    def forget(self, key: ObjectKey) -> None:
        """Drop what is remembered of a gateway that is gone."""
        with self._lock:
            self._known.pop(key, None)

    def _read(self, gateway: SparkGateway, prefix: str, uids: Mapping[str, str]) -> dict[str, Stored | None]:
        """Return what each Secret holds, by uid; None: no revision. One that vanished meanwhile is not there."""
        key = key_of_gateway(gateway)
        with self._lock:
            known = self._known.get(key, {})
        read = {}
        for name, uid in uids.items():
            if uid in known:
                read[uid] = known[uid]
            elif (body := self._secrets.get("v1", "Secret", key.namespace, prefix + name)) is not None:
                read[uid] = _stored(body)
        with self._lock:
            self._known[key] = read
        return read


def key_of_gateway(gateway: SparkGateway) -> ObjectKey:
    """Return the key of a gateway."""
    return ObjectKey(KIND.kind, gateway.metadata.namespace, gateway.metadata.name)


def _stored(secret: dict[str, Any]) -> Stored | None:
    try:
        return read_revision(secret)
    except ValueError:
        return None
