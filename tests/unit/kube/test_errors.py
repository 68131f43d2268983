"""Which answer of an API server becomes which error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mwaa_operator.kube.errors import (
    MAX_MESSAGE,
    AlreadyExists,
    Conflict,
    Forbidden,
    KubeError,
    NotFound,
    Rejected,
    Unavailable,
    from_answer,
)

FAILED_TEST: dict[str, Any] = {
    "details": {},
    "message": "the server rejected our request due to an error in our request",
}
INVALID_FIELD: dict[str, Any] = {"details": {"name": "a", "causes": [{"field": "spec"}]}, "message": "spec is invalid"}


def error(status: int, reason: str = "", retry_after: str | None = None, **status_object: Any) -> KubeError:
    body = {"kind": "Status", "reason": reason, **status_object}
    content = json.dumps(body).encode()
    return from_answer(method="PATCH", path="/x", status=status, content=content, retry_after=retry_after)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error(409, "Conflict"), Conflict),
        (error(409, "AlreadyExists"), AlreadyExists),
        (error(422, "Invalid", **FAILED_TEST), Conflict),
        (error(422, "Invalid", **INVALID_FIELD), Rejected),
        (error(400, "BadRequest"), Rejected),
        (error(413, "RequestEntityTooLarge"), Rejected),
        (error(404, "NotFound"), NotFound),
        (error(401, "Unauthorized"), Forbidden),
        (error(403, "Forbidden"), Forbidden),
        (error(410, "Expired"), Unavailable),
        (error(429, "TooManyRequests"), Unavailable),
        (error(500, "InternalError"), Unavailable),
        (error(503, "ServiceUnavailable"), Unavailable),
        (error(302), Unavailable),
    ],
    ids=lambda value: f"{value.status}-{value.reason}" if isinstance(value, KubeError) else value.__name__,
)
def test_an_answer_becomes_the_error_that_says_what_follows(answer: KubeError, expected: type[KubeError]) -> None:
    assert type(answer) is expected


def test_the_servers_wish_to_wait_is_kept() -> None:
    assert error(429, "TooManyRequests", retry_after="7").retry_after == 7.0


@pytest.mark.parametrize("header", [None, "", "Wed, 21 Oct 2026 07:28:00 GMT", "-1"])
def test_a_wish_that_is_not_in_seconds_is_ignored(header: str | None) -> None:
    assert error(429, "TooManyRequests", retry_after=header).retry_after is None


@pytest.mark.parametrize("content", [b"", b"<html>Bad Gateway</html>", b"\xff\xfe", b"[]", b"null"])
def test_a_proxys_answer_is_an_error_too(content: bytes) -> None:
    assert isinstance(from_answer(method="GET", path="/x", status=502, content=content), Unavailable)


def test_a_message_names_the_call_and_stays_short() -> None:
    told = str(error(403, "Forbidden", message="no " * 1000))
    assert told.startswith("PATCH /x: 403 no no")
    assert len(told) <= MAX_MESSAGE
