"""The keys of a gateway's queue tokens as one pass sees them. Data.

They have to be values here and not hidden ones: BPG reads them from its file, so that the renderer writes them there.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from mwaa_operator.gateway.status import QueueKeys


@dataclass(frozen=True)
class Signer:
    """A key that signs.

    Attributes:
        version: Its version.
        key: Its text.
    """

    version: int
    key: str = field(repr=False)


@dataclass(frozen=True)
class Ring:
    """The keys of one gateway.

    Attributes:
        keys: As they shall stand in the file, the newest first.
        versions: Of the keys, in their order.
        status: What the gateway's status says of them.
    """

    keys: tuple[str, ...] = field(repr=False)
    versions: tuple[int, ...]
    status: QueueKeys

    def signer(self, serving: Set[str]) -> Signer | None:
        """Return the newest key that every serving pod has; None: there is none, and no token is signed.

        Args:
            serving: The keys in the file that serves.
        """
        pairs = zip(self.versions, self.keys, strict=True)
        return next((Signer(version, key) for version, key in pairs if key in serving), None)

    def key(self, version: int) -> str | None:
        """Return the key of a version; None: it has left the ring, or never was in it."""
        return dict(zip(self.versions, self.keys, strict=True)).get(version)
