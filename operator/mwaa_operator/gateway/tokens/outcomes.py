"""What is told of the tokens of a route: each by itself, and all of them in one condition. Pure.

Messages have neither times nor versions in them, so that they stay the same while nothing changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mwaa_operator.api.conditions import ConditionStatus, rfc3339
from mwaa_operator.gateway.tokens.judge import Wanted
from mwaa_operator.gateway.tokens.secrets import Labelled
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.route.reasons import DetailReason
from mwaa_operator.route.status import TokenStatus

RETRY: Final = 30.0
"""Seconds until what could not be done is tried again."""
MOST: Final = 8
"""Tokens that a route's status has room for."""


@dataclass(frozen=True)
class Outcome:
    """What became of one token.

    Attributes:
        status: What the route's status says of it.
        ready: Whether it opens its queues in the file that serves.
        reason: Of TokensReady.
        message: What to do about it; empty: nothing.
        renew_in: Seconds until there is something to do.
    """

    status: TokenStatus
    ready: ConditionStatus
    reason: DetailReason
    message: str
    renew_in: float


def written(wanted: Wanted, labelled: Labelled, *, now: datetime, trouble: str = "") -> Outcome:
    """Return what is told of a token that opens its queues.

    Args:
        wanted: What spec says.
        labelled: What its Secret holds.
        now: UTC.
        trouble: Why its successor could not be written; empty: none is due.
    """
    token = wanted.token
    status = TokenStatus(
        name=token.name,
        secret_name=token.secret_name,
        key_version=labelled.version,
        issued_at=rfc3339(labelled.issued_at),
        expires_at=rfc3339(labelled.expires_at),
    )
    due = max((labelled.expires_at - wanted.renewed - now).total_seconds(), 0.0)
    message = f"Token {token.name} is not renewed: {trouble}" if trouble else ""
    return Outcome(status, "True", DetailReason.SUCCEEDED, message, RETRY if trouble else due)


def pending(wanted: Wanted, why: str) -> Outcome:
    """Return what is told of a token that is not there, or opens nothing.

    Args:
        wanted: What spec says.
        why: What stood in the way.
    """
    token = wanted.token
    status = TokenStatus(name=token.name, secret_name=token.secret_name)
    message = f"Token {token.name} is not written: {why}"
    return Outcome(status, "False", DetailReason.TOKEN_PENDING, message, RETRY)


def unseen(wanted: Wanted, why: str) -> Outcome:
    """Return what is told of a token whose Secret could not be read: what was known before.

    Args:
        wanted: What spec says.
        why: What stood in the way.
    """
    token = wanted.token
    known = (item for item in wanted.route.status.tokens if item.secret_name == token.secret_name)
    status = next(known, TokenStatus(name=token.name, secret_name=token.secret_name))
    told = status.model_copy(update={"name": token.name})
    return Outcome(told, "Unknown", DetailReason.TOKEN_PENDING, f"Token {token.name}: {why}", RETRY)


def foreign(wanted: Wanted) -> Outcome:
    """Return what is told of a token whose Secret exists and is not the route's."""
    name, secret = wanted.token.name, wanted.token.secret_name
    text = f"Token {name}: Secret {secret} exists and is not the route's: choose another secretName."
    return Outcome(TokenStatus(name=name, secret_name=secret), "False", DetailReason.SECRET_NOT_OWNED, text, RETRY)


def told(outcomes: Iterable[Outcome], *, left: Iterable[TokenStatus] = ()) -> TokensOf:
    """Return what is told of all tokens of a route.

    Args:
        outcomes: Of those in spec.
        left: Those that spec does not have any more, and that could not be deleted.
    """
    found = list(outcomes)
    worst = min(found, key=lambda item: _RANK.index((item.ready, item.reason)), default=None)
    names = {item.status.name for item in found}
    rest = [item for item in left if item.name not in names]
    renew_in = min((item.renew_in for item in found), default=math.inf)
    return TokensOf(
        tokens=(*(item.status for item in found), *rest)[:MOST],
        ready=worst.ready if worst else "True",
        reason=worst.reason if worst else DetailReason.SUCCEEDED,
        message="; ".join(item.message for item in found if item.message),
        renew_in=min(renew_in, RETRY) if rest else renew_in,
    )


_RANK: Final[tuple[tuple[ConditionStatus, DetailReason], ...]] = (
    ("False", DetailReason.SECRET_NOT_OWNED),
    ("False", DetailReason.TOKEN_PENDING),
    ("Unknown", DetailReason.TOKEN_PENDING),
    ("True", DetailReason.SUCCEEDED),
)
