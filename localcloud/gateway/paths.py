"""Which operation a method and a path mean below the context path; what they do stands in `service`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from localcloud.gateway.errors import NOT_FOUND, BpgError


class Operation(StrEnum):
    """What can be asked, by the names that fault scripts use."""

    SUBMIT = "SubmitApplication"
    STATUS = "GetStatus"
    SPEC = "GetSpec"
    DRIVER = "GetDriver"
    DESCRIBE = "Describe"
    DELETE = "DeleteSubmission"
    MINE = "GetMySubmissions"
    LOG = "GetLog"
    ALL = "GetAllSubmissions"
    VERSION = "GetVersion"
    HEALTH = "GetHealth"
    OPENAPI = "GetOpenApi"


@dataclass(frozen=True)
class Way:
    """An operation and the submission that its path names, if any."""

    operation: Operation
    submission: str = ""

    @property
    def is_open(self) -> bool:
        """Whether anybody may ask."""
        return self.operation is Operation.OPENAPI


_FIXED: Mapping[str, Mapping[str, Operation]] = {
    "/spark": {"POST": Operation.SUBMIT},
    "/spark/mySubmissions": {"GET": Operation.MINE},
    "/log": {"GET": Operation.LOG},
    "/admin/submissions": {"GET": Operation.ALL},
    "/admin/version": {"GET": Operation.VERSION},
    "/healthcheck/status": {"GET": Operation.HEALTH},
    "/openapi.json": {"GET": Operation.OPENAPI},
}
_OF_SUBMISSION: Mapping[str, Mapping[str, Operation]] = {
    "": {"DELETE": Operation.DELETE},
    "status": {"GET": Operation.STATUS},
    "spec": {"GET": Operation.SPEC},
    "driver": {"GET": Operation.DRIVER},
    "describe": {"GET": Operation.DESCRIBE},
}


def way(method: str, path: str, context_path: str) -> Way:
    """Return what is asked.

    Args:
        method: HTTP.
        path: As sent, decoded.
        context_path: Of the file.

    Raises:
        BpgError: Nothing is there, or not for this method.
    """
    prefix = context_path.rstrip("/")
    if not path.startswith(f"{prefix}/"):
        raise BpgError(404, NOT_FOUND, "javax.ws.rs.NotFoundException")
    methods, submission = _below(path.removeprefix(prefix).rstrip("/"))
    if not methods:
        raise BpgError(404, NOT_FOUND, "javax.ws.rs.NotFoundException")
    if method not in methods:
        raise BpgError(405, "HTTP 405 Method Not Allowed", "javax.ws.rs.NotAllowedException")
    return Way(methods[method], submission)


def _below(place: str) -> tuple[Mapping[str, Operation], str]:
    if place in _FIXED:
        return _FIXED[place], ""
    head, _, rest = place.removeprefix("/").partition("/")
    submission, _, view = rest.partition("/")
    return (_OF_SUBMISSION.get(view, {}) if head == "spark" and submission else {}), submission
