"""Queue tokens: JWTs with HS256, checked against every key, and the claims that BPG wants in them. Pure.

Times are checked to the second and without leeway, and only if a time is given. Nothing is minted here. Sources:
apple/batch-processing-gateway, QueueTokenVerifier; auth0 java-jwt 3.16, JWTVerifier, PayloadDeserializer;
compared with that library.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mwaa_operator.gateway.bpg.answer import RefusedError, Stage, refused
from mwaa_operator.gateway.bpg.config import Texts
from mwaa_operator.gateway.bpg.javatext import LONG_MAX, LONG_MIN, double_text, equals_ignore_case, split_at_dots
from mwaa_operator.gateway.bpg.request import Claims

_ISSUERS = ("admin", "airflow")
_LETTERS = re.compile(r"[A-Za-z0-9_-]*")
_CONTACT = "Please provide a valid queue token, or contact service support."
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _InvalidError(Exception):
    """What java-jwt throws for a token that is not valid."""


def check(token: str | Claims, *, secrets: Texts | None, queue: str, now: float | None) -> None:
    """Check a token that came with a request for a secure queue.

    Args:
        token: A JWT, or what one says whose signature is taken for good.
        secrets: The keys of the file, in its order.
        queue: Full name, compared exactly.
        now: Seconds since 1970; None: the times in the token are not looked at.

    Raises:
        RefusedError: BPG refuses the token, or cannot check it.
    """
    if not secrets:
        raise refused(Stage.QUEUE, 500, "Server not configured with secrets to verify queue token")
    claims = token if isinstance(token, Claims) else _verified(token, secrets, now)
    _judge(claims, queue)


def _verified(token: str, secrets: Texts, now: float | None) -> Claims:
    """Return the claims if any key fits; if none does, the error is that of the last key, whatever the others said."""
    claims, last = None, ""
    for secret in secrets:
        try:
            claims, last = _decoded(token, secret, now) or claims, ""
        except _InvalidError as refusal:
            last = str(refusal)
    if claims is not None:
        return claims
    if last:
        raise _not_valid(f": {last}")
    raise refused(Stage.QUEUE, 500, "Server failed to verify queue token. Please contact service support.")


def _decoded(token: str, secret: str | None, now: float | None) -> Claims | None:
    """Return the claims of a token that one key signed; None where java-jwt breaks: no key, or a null in the token."""
    if secret is None:
        return None
    header, payload, signature = _parts(token)
    head, body = map(_json, [_base64(header), _base64(payload)])
    times = {name: _seconds(body or {}, name) for name in ("exp", "nbf", "iat")}
    if head is None:
        return None
    if head.get("alg") != "HS256":
        raise _InvalidError("The provided Algorithm doesn't match the one defined in the JWT's Header.")
    if not secret or not _is_signed(f"{header}.{payload}", signature, secret):
        raise _InvalidError("The Token's Signature resulted invalid when verified using the Algorithm: HmacSHA256")
    if body is None:
        return None
    if now is not None:
        _check_times(times, math.floor(now))
    return Claims(_text(body.get("iss")), _queues(body))


def _is_signed(signed: str, signature: str, secret: str) -> bool:
    try:
        given = _base64(signature)
    except _InvalidError:
        return False
    wanted = hmac.new(secret.encode("utf-8", "replace"), signed.encode("utf-8", "replace"), hashlib.sha256)
    return hmac.compare_digest(wanted.digest(), given)


def _parts(token: str) -> tuple[str, str, str]:
    parts = split_at_dots(token)
    if len(parts) == 2 and token.endswith("."):
        parts.append("")
    if len(parts) != 3:
        raise _InvalidError(f"The token was expected to have 3 parts, but got {len(parts)}.")
    return parts[0], parts[1], parts[2]


def _json(data: bytes) -> Mapping[str, Any] | None:
    text = data.decode("utf-8", "replace")
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        found = ()
    if found is not None and not isinstance(found, dict):
        raise _InvalidError(f"The string '{text}' doesn't have a valid JSON format.")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _base64(text: str) -> bytes:
    """Decode the alphabet for URLs, whose padding may be left out but not be wrong."""
    letters = text.rstrip("=")
    padding = "=" * (-len(letters) % 4)
    if not _LETTERS.fullmatch(letters) or len(letters) % 4 == 1 or text[len(letters) :] not in ("", padding):
        raise _InvalidError("The input is not a valid base 64 encoded string.")
    return base64.urlsafe_b64decode(letters + padding)


def _seconds(body: Mapping[str, Any], name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not LONG_MIN <= value <= LONG_MAX:
        raise _InvalidError(f"The claim '{name}' contained a non-numeric date value.")
    return int(value)


def _check_times(times: Mapping[str, int | None], now: int) -> None:
    for name in ("nbf", "exp", "iat"):
        seconds = times[name]
        if seconds is None:
            continue
        if name == "exp" and now > seconds:
            raise _InvalidError(f"The Token has expired on {_date(seconds)}.")
        if name != "exp" and now < seconds:
            raise _InvalidError(f"The Token can't be used before {_date(seconds)}.")


def _date(seconds: int) -> str:
    """Return a time as Java prints it in UTC."""
    try:
        time = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"
    return f"{_DAYS[time.weekday()]} {_MONTHS[time.month - 1]} {time:%d %H:%M:%S} UTC {time.year}"


def _queues(body: Mapping[str, Any]) -> tuple[str | None, ...] | None:
    """Return `allowedQueues`: no list, or one with a list in it, has no queues at all."""
    found = body.get("allowedQueues")
    if found is None:
        return None
    if not isinstance(found, list) or any(isinstance(item, list | dict) for item in found):
        return ()
    return tuple(_text(item) for item in found)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return double_text(value)
    return str(value) if isinstance(value, int) else ""


def _judge(claims: Claims, queue: str) -> None:
    if not claims.issuer:
        raise _not_valid(": no issuer")
    if not any(equals_ignore_case(claims.issuer, issuer) for issuer in _ISSUERS):
        raise _not_valid(f" due to unsupported issuer: {claims.issuer}")
    if claims.queues is None:
        raise _not_valid(" due to no claim: allowedQueues")
    if not claims.queues:
        raise refused(Stage.QUEUE, 400, f"Queue token has no allowed queues. {_CONTACT}")
    if queue not in claims.queues:
        raise refused(Stage.QUEUE, 400, f"Queue token does not allow queue {queue}. {_CONTACT}")


def _not_valid(why: str) -> RefusedError:
    return refused(Stage.QUEUE, 400, f"Queue token is not valid{why}. {_CONTACT}")
