"""Queue tokens: JWTs signed with HS256, tried against every secret, and what they must say.

Only BPG's side of it: nothing is minted. Sources: apple/batch-processing-gateway, QueueTokenVerifier; auth0 java-jwt
3.16, JWTVerifier.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.gateway import jackson, java
from localcloud.gateway.errors import BpgError
from localcloud.gateway.jackson import Texts

_CONTACT = "Please provide a valid queue token, or contact service support."
_ISSUERS = ("admin", "airflow")


class _VerificationError(Exception):
    """java-jwt's JWTVerificationException."""


class _BrokenError(Exception):
    """Where java-jwt breaks in other ways; BPG remembers no text of these."""


def verify(token: str, secrets: Texts | None, queue: str, now: float) -> None:
    """Check that a token opens a queue.

    Args:
        token: As it came.
        secrets: In the file's order.
        queue: Full name, compared exactly.
        now: Seconds since 1970.

    Raises:
        BpgError: It does not, or the server cannot tell.
    """
    if not secrets:
        raise BpgError(500, "Server not configured with secrets to verify queue token")
    claims = None
    last: _VerificationError | None = None
    for secret in secrets:
        try:
            claims, last = _decode(token, secret, now), None
            break
        except _VerificationError as refusal:
            last = refusal
        except _BrokenError:
            last = None
    if claims is None:
        if last is None:
            raise BpgError(500, "Server failed to verify queue token. Please contact service support.")
        raise BpgError(400, f"Queue token is not valid: {last}. {_CONTACT}")
    _judge(claims, queue)


def _judge(claims: Mapping[str, Any], queue: str) -> None:
    issuer, queues = claims.get("iss"), claims.get("allowedQueues")
    if not issuer:
        raise BpgError(400, f"Queue token is not valid: no issuer. {_CONTACT}")
    issuer = jackson.text(issuer, ()) or "" if not isinstance(issuer, list | dict) else ""
    if not any(java.same(issuer, known) for known in _ISSUERS):
        raise BpgError(400, f"Queue token is not valid due to unsupported issuer: {issuer}. {_CONTACT}")
    if queues is None:
        raise BpgError(400, f"Queue token is not valid due to no claim: allowedQueues. {_CONTACT}")
    if not isinstance(queues, list) or not queues or any(isinstance(item, list | dict) for item in queues):
        raise BpgError(400, f"Queue token has no allowed queues. {_CONTACT}")
    if queue not in [jackson.text(item, ()) for item in queues]:
        raise BpgError(400, f"Queue token does not allow queue {queue}. {_CONTACT}")


def _decode(token: str, secret: str | None, now: float) -> Mapping[str, Any]:
    if secret is None:
        raise _BrokenError
    header, payload, signature = _split(token)
    head, claims = _object(header), _object(payload)
    for name in ("exp", "nbf", "iat"):
        _seconds(claims or {}, name)
    if head is None:
        raise _BrokenError
    if head.get("alg") != "HS256":
        raise _VerificationError("The provided Algorithm doesn't match the one defined in the JWT's Header.")
    if not secret or not _signed(f"{header}.{payload}", signature, secret):
        raise _VerificationError("The Token's Signature resulted invalid when verified using the Algorithm: HmacSHA256")
    if claims is None:
        raise _BrokenError
    _check_times(claims, math.floor(now))
    return claims


def _split(token: str) -> tuple[str, str, str]:
    """Split at dots; java-jwt takes a missing signature behind the last dot for an empty one."""
    parts = token.split(".")
    while parts and not parts[-1]:
        parts.pop()
    if len(parts) == 2 and token.endswith("."):
        parts.append("")
    if len(parts) != 3:
        raise _VerificationError(f"The token was expected to have 3 parts, but got {len(parts)}.")
    return parts[0], parts[1], parts[2]


def _bytes(part: str) -> bytes:
    bare = part.rstrip("=")
    padded = bare + "=" * (-len(bare) % 4)
    if part not in (bare, padded) or not all(sign.isalnum() or sign in "-_" for sign in bare):
        raise _VerificationError("The input is not a valid base 64 encoded string.")
    try:
        return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as refusal:
        raise _VerificationError("The input is not a valid base 64 encoded string.") from refusal


def _object(part: str) -> Mapping[str, Any] | None:
    text = _bytes(part).decode(errors="replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = ()
    if found is None or isinstance(found, dict):
        return found
    raise _VerificationError(f"The string '{text}' doesn't have a valid JSON format.")


def _signed(message: str, signature: str, secret: str) -> bool:
    try:
        given = _bytes(signature)
    except _VerificationError:
        return False
    return hmac.compare_digest(hmac.digest(secret.encode(), message.encode(), hashlib.sha256), given)


def _seconds(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _VerificationError(f"The claim '{name}' contained a non-numeric date value.")
    return int(value)


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    """Without leeway, to the second: java-jwt looks at `nbf` before `exp` before `iat`."""
    begins, ends, issued = (_seconds(claims, name) for name in ("nbf", "exp", "iat"))
    if begins is not None and now < begins:
        raise _VerificationError(f"The Token can't be used before {_date(begins)}.")
    if ends is not None and now > ends:
        raise _VerificationError(f"The Token has expired on {_date(ends)}.")
    if issued is not None and now < issued:
        raise _VerificationError(f"The Token can't be used before {_date(issued)}.")


def _date(seconds: int) -> str:
    """Return `java.util.Date.toString` in UTC, which knows English names alone."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return str(seconds)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day} {names[moment.month - 1]} {moment:%d %H:%M:%S} UTC {moment.year}"
