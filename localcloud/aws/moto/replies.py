"""HTTP answers of AWS APIs, in the form of each protocol.

Successes are serialised by moto from the service's model, errors here: moto warns about the codes that models leave
out, such as AccessDenied. It knows no service.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

REQUEST_ID = "00000000-0000-4000-8000-000000000000"
"""Constant, because nothing may depend on it."""


class ApiError(Exception):
    """An error that AWS would answer.

    Attributes:
        code: AWS's error code.
        message: AWS's text.
        status: The HTTP status.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, complete."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default_factory=tuple)

    def header(self, name: str) -> str | None:
        """Return a header's value; case does not matter."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def success(*, service: str, operation: str, protocol: str, result: Mapping[str, Any]) -> Reply:
    """Serialise a result as the service's model says."""
    model = get_service_model(service).operation_model(operation)
    answer = get_serializer_class(service, protocol)(operation_model=model).serialize(result)
    body = answer["body"]
    return Reply(
        answer["status_code"],
        body.encode() if isinstance(body, str) else body,
        tuple((str(key), str(value)) for key, value in answer["headers"].items()),
    )


def failure(error: ApiError, *, protocol: str, head: bool = False) -> Reply:
    """Write an error as the protocol's clients expect it.

    Args:
        error: What went wrong.
        protocol: query, ec2, json, rest-json or rest-xml.
        head: The answer to a HEAD request has no body; clients then see only the status.
    """
    body, headers = _ERRORS[protocol](error)
    return Reply(error.status, b"" if head else body.encode(), (*headers, ("x-amzn-requestid", REQUEST_ID)))


def _query(error: ApiError) -> tuple[str, tuple[tuple[str, str], ...]]:
    detail = f"<Type>Sender</Type><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    body = f"<ErrorResponse><Error>{detail}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    return body, (("Content-Type", "text/xml"),)


def _ec2(error: ApiError) -> tuple[str, tuple[tuple[str, str], ...]]:
    detail = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
    body = f"<Response><Errors>{detail}</Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
    return body, (("Content-Type", "text/xml"),)


def _rest_xml(error: ApiError) -> tuple[str, tuple[tuple[str, str], ...]]:
    detail = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    body = f"<Error>{detail}<RequestId>{REQUEST_ID}</RequestId></Error>"
    return body, (("Content-Type", "application/xml"),)


def _json(error: ApiError) -> tuple[str, tuple[tuple[str, str], ...]]:
    body = json.dumps({"__type": error.code, "message": error.message})
    return body, (("Content-Type", "application/x-amz-json-1.1"),)


def _rest_json(error: ApiError) -> tuple[str, tuple[tuple[str, str], ...]]:
    headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", error.code))
    return json.dumps({"message": error.message}), headers


_ERRORS = {"query": _query, "ec2": _ec2, "rest-xml": _rest_xml, "json": _json, "rest-json": _rest_json}


def access_denied(*, protocol: str, service: str, caller: str, action: str) -> ApiError:
    """Return the refusal that the services of a protocol give: code and status differ."""
    text = f"User: {caller} is not authorized to perform: {action} because no identity-based policy allows it"
    if protocol == "ec2":
        return ApiError(
            "UnauthorizedOperation", f"You are not authorized to perform this operation. {text}", status=403
        )
    if protocol in {"query", "rest-xml"}:
        return ApiError("AccessDenied", text, status=403)
    return ApiError("AccessDeniedException", text, status=403 if service == "eks" else 400)
