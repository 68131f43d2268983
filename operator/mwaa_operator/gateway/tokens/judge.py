"""What a route's token should be, whether its Secret holds it, and whether it needs a successor. Pure.

A Secret is right if it holds exactly the text that its annotations and the gateway's keys make: nothing that a stranger
wrote is ever read as a token, and nothing has to be remembered elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mwaa_operator.api.fields import seconds
from mwaa_operator.gateway.render.prediction import queue_names
from mwaa_operator.gateway.tokens.jwts import Grant, signed
from mwaa_operator.gateway.tokens.ring import Ring, Signer
from mwaa_operator.gateway.tokens.secrets import Labelled, has_token, labelled_of
from mwaa_operator.route.api import SparkJobRoute
from mwaa_operator.route.queue import QueueToken

_LEEWAY: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class Wanted:
    """One token of a route's spec.

    Attributes:
        route: The route.
        token: What spec says of it.
    """

    route: SparkJobRoute
    token: QueueToken

    @property
    def lifetime(self) -> timedelta:
        """How long it is valid."""
        return timedelta(seconds=seconds(self.token.lifetime))

    @property
    def renewed(self) -> timedelta:
        """How long before its end the next one is written."""
        return timedelta(seconds=seconds(self.token.renew_before))

    def text(self, expires: datetime, key: str) -> str:
        """Return the token.

        Every queue of the route is named, because BPG compares whole names. The queue of jobs that name none is among
        them for the route that serves those jobs, and for no other: BPG asks for a token of that queue as well.
        """
        metadata = self.route.metadata
        grant = Grant(f"{metadata.namespace}/{metadata.name}", queue_names(self.route.spec), expires)
        return signed(grant, key)


def wanted_of(route: SparkJobRoute) -> tuple[Wanted, ...]:
    """Return the tokens that a route's spec asks for."""
    return tuple(Wanted(route, token) for token in route.spec.access.tokens)


def next_token(wanted: Wanted, signer: Signer, *, now: datetime) -> tuple[str, Labelled]:
    """Return a new token, and what the annotations of its Secret say.

    Args:
        wanted: What spec says.
        signer: The key.
        now: UTC.
    """
    moment = now.replace(microsecond=0)
    labelled = Labelled(signer.version, moment, moment + wanted.lifetime)
    return wanted.text(labelled.expires_at, signer.key), labelled


def held(body: Mapping[str, Any], wanted: Wanted, ring: Ring) -> tuple[str, Labelled] | None:
    """Return the token in a Secret of ours; None: it is not one that a key of the ring signed for this route.

    Args:
        body: The Secret.
        wanted: What spec says.
        ring: The gateway's keys.
    """
    labelled = labelled_of(body)
    key = None if labelled is None else ring.key(labelled.version)
    if labelled is None or key is None:
        return None
    text = wanted.text(labelled.expires_at, key)
    return (text, labelled) if has_token(body, text) else None


def is_due(labelled: Labelled, wanted: Wanted, signer: Signer, *, now: datetime) -> bool:
    """Return whether a token that is right should have a successor: soon at its end, too long, or an older key's.

    Args:
        labelled: What is known of it.
        wanted: What spec says.
        signer: The key that signs now.
        now: UTC.
    """
    ends, longest = labelled.expires_at, now + wanted.lifetime + _LEEWAY
    return labelled.version != signer.version or now >= ends - wanted.renewed or ends > longest
