"""Ids of entries: short names that BPG puts before every job's id, bound to one place for good. Pure.

BPG cuts a job's id at its first hyphen to find the cluster again (BPG source: SparkClusterHelper), so an id that came
to mean another place would lead status, log and deletion of running jobs astray.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Final

ENTRY_ID: Final = re.compile(r"[a-z][a-z0-9]{1,16}")
PLACEHOLDER: Final = "placeholder"
"""The id of the entry of a file without routes."""

_LETTERS: Final = 5
_HASHED: Final = 10


@dataclass(frozen=True, order=True)
class Identity:
    """What an id is bound to.

    Attributes:
        namespace: Of the route.
        route: Its name.
        target: The target's name in the route.
        url: Address of the cluster's API server.
        spark_namespace: Namespace of the jobs there.
    """

    namespace: str
    route: str
    target: str
    url: str
    spark_namespace: str

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that tell two identities apart."""
        return hashlib.sha256(self._text(0)).hexdigest()[:16]

    def id(self, attempt: int = 0) -> str:
        """Return the id that the identity gets if nobody else has it.

        Args:
            attempt: How many others were taken already.
        """
        letters = re.sub("[^a-z]", "", self.route)[:_LETTERS] or "r"
        hashed = base64.b32encode(hashlib.sha256(self._text(attempt)).digest()).decode().lower()
        return letters + hashed[:_HASHED]

    def _text(self, attempt: int) -> bytes:
        parts = (self.namespace, self.route, self.target, self.url, self.spark_namespace, str(attempt))
        return "\0".join(parts).encode()


def assign(identities: Iterable[Identity], known: Mapping[str, str]) -> dict[Identity, str]:
    """Return the id of every identity: the one that it had, else a new one that nobody ever had.

    Args:
        identities: In any order.
        known: Digest to id, of all identities that are remembered.
    """
    taken = {PLACEHOLDER: ""}
    for digest, id_ in sorted(known.items()):
        if ENTRY_ID.fullmatch(id_):
            taken.setdefault(id_, digest)
    owned = {digest: id_ for id_, digest in taken.items()}
    given = {}
    for identity in sorted(set(identities)):
        digest = identity.digest
        given[identity] = owned[digest] if digest in owned else _free(identity, taken)
        taken[given[identity]] = digest
    return given


def _free(identity: Identity, taken: Mapping[str, str]) -> str:
    return next(id_ for attempt in count() if (id_ := identity.id(attempt)) not in taken)
