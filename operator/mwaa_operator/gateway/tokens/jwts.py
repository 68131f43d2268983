"""What a queue token says, and its text. Pure: the same claims and key always give the same text.

There is neither `iat` nor `nbf`: BPG checks both without leeway, so that a clock that is a second behind would refuse
every new token. Sources: apple/batch-processing-gateway, QueueTokenVerifier; auth0 java-jwt 3.16, JWTVerifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import jwt

ISSUER: Final = "airflow"
"""One of the two issuers that BPG takes."""
ALGORITHM: Final = "HS256"
"""The only one that BPG takes."""


@dataclass(frozen=True)
class Grant:
    """What a token allows.

    Attributes:
        subject: Who it was made for; BPG does not look at it.
        queues: Full names of the queues that it opens, compared exactly.
        expires: When it ends, to the second.
    """

    subject: str
    queues: tuple[str, ...]
    expires: datetime


def signed(grant: Grant, key: str) -> str:
    """Return a token.

    Args:
        grant: What it allows.
        key: Whose bytes in UTF-8 sign it, as BPG takes them.
    """
    claims = {
        "allowedQueues": list(grant.queues),
        "exp": int(grant.expires.timestamp()),
        "iss": ISSUER,
        "sub": grant.subject,
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM)
