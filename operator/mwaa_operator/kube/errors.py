"""How a call to the API server failed, told by what follows from it.

    KubeError
    ├── Conflict          409, or a JSON patch whose `test` failed: the object moved on, read again and plan again
    │   └── AlreadyExists 409 on a create: somebody else was first
    ├── NotFound          404: the object, its namespace or its kind is not there
    ├── Forbidden         401 and 403: a right or a credential is missing
    ├── Rejected          other 4xx: the server refuses the content
    └── Unavailable       no answer, 429 or 5xx: try later; a mutation may have happened

Nothing here decides whether to try again: the queue does.
"""

from __future__ import annotations

import json
from typing import Any

MAX_MESSAGE = 900


class KubeError(Exception):
    """A call to the API server failed.

    Attributes:
        status: HTTP status; 0 when no answer came.
        reason: The API server's CamelCase reason (metav1.Status), or the client's exception name.
        retry_after: Seconds that the server asked us to wait, if it did.
    """

    def __init__(self, message: str, *, status: int, reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(message[:MAX_MESSAGE])
        self.status, self.reason, self.retry_after = status, reason, retry_after


class Conflict(KubeError):  # noqa: N818  named by what follows from it
    """The object is not what the caller planned on any more."""


class AlreadyExists(Conflict):
    """A create met an object of that name."""


class NotFound(KubeError):  # noqa: N818  named by what follows from it
    """The object, its namespace or its kind is not there. Never evidence for a deletion in AWS."""


class Forbidden(KubeError):  # noqa: N818  named by what follows from it
    """RBAC, admission or authentication refuses us."""


class Rejected(KubeError):  # noqa: N818  named by what follows from it
    """The server refuses the content of the request; the same request will fail again."""


class Unavailable(KubeError):  # noqa: N818  named by what follows from it
    """No usable answer. A mutation may have taken effect."""


def from_answer(*, method: str, path: str, status: int, content: bytes, retry_after: str | None = None) -> KubeError:
    """Return the error for an HTTP answer outside 2xx.

    Args:
        method: HTTP method, for the message.
        path: Path without query, for the message.
        status: HTTP status, not 2xx.
        content: The body: a metav1.Status where the API server answered, anything where a proxy did.
        retry_after: The header of that name; only its form in seconds is understood.
    """
    body = _status_object(content)
    reason = str(body.get("reason") or "")
    message = str(body.get("message") or content[:200].decode("utf-8", "replace")).strip()
    kind = _kind_of(status, reason, body)
    wait = float(retry_after) if retry_after and retry_after.isdigit() else None
    return kind(f"{method} {path}: {status} {message}", status=status, reason=reason, retry_after=wait)


def _kind_of(status: int, reason: str, body: dict[str, Any]) -> type[KubeError]:
    if status == 409:
        return AlreadyExists if reason == "AlreadyExists" else Conflict
    if status == 422 and _is_failed_test(body):
        return Conflict
    if status == 404:
        return NotFound
    if status in {401, 403}:
        return Forbidden
    # 410 is an expired continue token: the list has to start again, which is the caller's next try.
    if status in {408, 410, 429} or not 400 <= status < 500:
        return Unavailable
    return Rejected


def _is_failed_test(body: dict[str, Any]) -> bool:
    """Whether a 422 means that a JSON patch did not apply: the API server then names neither object nor field."""
    return body.get("kind") == "Status" and not body.get("details")


def _status_object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
