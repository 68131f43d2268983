"""When a key of queue tokens is made, and when it goes. Pure.

A new key stands in the file beside the old one; tokens are signed with it as soon as the file that serves has it; the
old one goes when the last token that it signed has ended. Before a key signs, the end of what it signs is written down
beside it (`promised`), so that none goes too early, whatever is forgotten in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from mwaa_operator.api.conditions import rfc3339
from mwaa_operator.gateway.status import QueueKeys
from mwaa_operator.gateway.tokens.ring import Ring

LINGER: Final = timedelta(minutes=5)
"""How long a key stays after its last token has ended: the gateway's clock may be behind."""


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        version: The newer, the higher; never given twice.
        value: Its text, whose bytes sign.
        made_at: When it was made.
        signs_since: When it signed its first token, or was about to; None: it never did.
        until: When the last token that it signed ends, or a later moment; None: it never signed one.
    """

    version: int
    value: str = field(repr=False)
    made_at: datetime
    signs_since: datetime | None = None
    until: datetime | None = None


def planned(keys: Sequence[Key], *, rotation: float, fresh: str, after: int, now: datetime) -> tuple[Key, ...]:
    """Return the keys as they should be.

    Args:
        keys: As they are, in any order.
        rotation: Seconds after which a key gets a successor.
        fresh: The text of a new key, should one be made.
        after: The highest version that is remembered elsewhere: should all keys be lost, none is given again.
        now: UTC.

    Returns:
        The newest first, at least one; the same as before if there is nothing to do.
    """
    ordered = sorted(keys, key=lambda key: key.version, reverse=True)
    kept = ordered[:1] + [key for key in ordered[1:] if _is_needed(key, now)]
    if kept and now < kept[0].made_at + timedelta(seconds=rotation):
        return tuple(kept)
    version = max(after, kept[0].version if kept else 0) + 1
    return (Key(version, fresh, now), *(key for key in kept if _is_needed(key, now)))


def promised(keys: Sequence[Key], version: int, *, until: datetime, now: datetime) -> tuple[Key, ...]:
    """Return the keys with it written down that one of them signs tokens.

    Args:
        keys: As they are.
        version: Of the one that signs.
        until: When the last of the tokens ends.
        now: UTC.
    """
    return tuple(_promised(key, until, now) if key.version == version else key for key in keys)


def ring(keys: Sequence[Key]) -> Ring:
    """Return keys as a pass sees them.

    Args:
        keys: The newest first.
    """
    return Ring(tuple(key.value for key in keys), tuple(key.version for key in keys), _status(keys))


def _promised(key: Key, until: datetime, now: datetime) -> Key:
    return replace(key, signs_since=key.signs_since or now, until=max(until, key.until or until))


def _is_needed(key: Key, now: datetime) -> bool:
    return key.until is not None and now < key.until + LINGER


def _status(keys: Sequence[Key]) -> QueueKeys:
    """Return what status says; the key that signs is the newest that did, because the file may not have a newer one."""
    if not keys:
        return QueueKeys(version=0)
    index = next((place for place, key in enumerate(keys) if key.signs_since is not None), 0)
    signing, ends = keys[index], [key.until for key in keys[index + 1 :] if key.until is not None]
    return QueueKeys(
        version=signing.version,
        rotated_at=rfc3339(signing.signs_since or signing.made_at),
        previous_until=rfc3339(max(ends) + LINGER) if ends else None,
    )
