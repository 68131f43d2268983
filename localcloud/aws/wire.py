"""AWS's REST-JSON protocol on the server's side, driven by a botocore service model.

It turns HTTP requests into an operation with parameters and answers into HTTP, and checks both against the model; the
rest of a simulated service sees only operations. It knows no service. (`moto.core.parse` does the same for all
protocols at several times the cost, and checks nothing.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

import botocore.session

from localcloud.aws.faults import Error
from localcloud.aws.shapes import Shapes

JSON = "application/json"
REQUEST_ID = "00000000-0000-4000-8000-000000000000"
"""Constant, because nothing may depend on it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete HTTP answer; `code` is AWS's error code, None for a success."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request: method, path as sent (still percent-encoded), query string, body."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """Which operation a request means, and what its path says."""

    operation: str
    labels: Mapping[str, str]


class BadRequest(Exception):  # noqa: N818  what the caller did, not what went wrong here
    """The request breaks the service model; `problems` as AWS words them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class WrongAnswerError(Exception):
    """The simulated service was about to answer what the service model does not allow: a defect of the simulator."""


class Wire(Protocol):
    """A protocol of AWS for one service."""

    def route(self, request: Request) -> Route | None:
        """Return which operation is meant; None when no operation has this method and path."""
        ...

    def parse(self, route: Route, request: Request) -> dict[str, Any]:
        """Return the parameters. Raises BadRequest."""
        ...

    def answer(self, operation: str, result: Mapping[str, Any], *, checked: bool = True) -> Reply:
        """Return a success. Raises WrongAnswerError."""
        ...

    def refusal(self, error: Error, members: Mapping[str, Any] | None = None, *, checked: bool = True) -> Reply:
        """Return an error. Raises WrongAnswerError."""
        ...


@cache
def service_model(service: str) -> Any:
    """Return botocore's model of a service (loading takes tens of milliseconds)."""
    return botocore.session.get_session().get_service_model(service)


@dataclass(frozen=True)
class _Operation:
    name: str
    model: Any
    segments: tuple[str, ...]
    """Of the path; those in braces are labels."""
    query: Mapping[str, tuple[str, str]]
    """Name in the query string to member and type."""
    labels: Mapping[str, str]
    """Label to member."""


class RestJson:
    """REST-JSON for one service."""

    def __init__(self, service: str) -> None:
        self._model = service_model(service)
        self._requests, self._answers = Shapes(strict=True), Shapes(strict=False)
        self._by_shape: dict[tuple[str, int], list[_Operation]] = {}
        self._operations: dict[str, _Operation] = {}
        for name in self._model.operation_names:
            operation = _operation(self._model.operation_model(name))
            self._operations[name] = operation
            key = operation.model.http["method"], len(operation.segments)
            self._by_shape.setdefault(key, []).append(operation)

    def route(self, request: Request) -> Route | None:
        """Return which operation is meant; None when no operation has this method and path."""
        sent = request.path.strip("/").split("/")
        for operation in self._by_shape.get((request.method, len(sent)), ()):
            labels = _labels(operation, sent)
            if labels is not None:
                return Route(operation.name, labels)
        return None

    def parse(self, route: Route, request: Request) -> dict[str, Any]:
        """Return the parameters. Raises BadRequest."""
        operation = self._operations[route.operation]
        params: dict[str, Any] = _document(request.body)
        params.update(route.labels)
        if request.query:
            params.update(_query(operation, request.query))
        if problems := self._requests.problems(operation.model.input_shape, params):
            raise BadRequest(problems)
        return params

    def answer(self, operation: str, result: Mapping[str, Any], *, checked: bool = True) -> Reply:
        """Return a success; `checked` False lets an answer pass that is meant to be wrong. Raises WrongAnswerError."""
        model = self._operations[operation].model
        if checked and (problems := self._answers.problems(model.output_shape, result)):
            raise WrongAnswerError(f"{operation}: {'; '.join(problems)}")
        body = json.dumps(result, default=_plain, separators=(",", ":")).encode()
        return Reply(model.http.get("responseCode", 200), body, _HEADERS)

    def refusal(self, error: Error, members: Mapping[str, Any] | None = None, *, checked: bool = True) -> Reply:
        """Return an error.

        Args:
            error: Status, code and text.
            members: Further members of the body, which the model must know.
            checked: False for scripted errors, which may be as wrong as they like.

        Raises:
            WrongAnswerError: the model knows the code, but not with this status or these members.
        """
        shape = self._model.shape_for_error_code(error.code)
        word = "Message" if shape is not None and "Message" in shape.members else "message"
        content = {word: error.message} if error.message else {}
        content |= members or {}
        if checked and shape is not None:
            problems = self._answers.problems(shape, content)
            modelled = shape.metadata.get("error", {}).get("httpStatusCode", error.status)
            if problems or modelled != error.status:
                raise WrongAnswerError(f"{error.code} {error.status}: {problems or f'its status is {modelled}'}")
        headers = {**_HEADERS, "x-amzn-ErrorType": error.code}
        if error.retry_after is not None:
            headers["Retry-After"] = f"{error.retry_after:g}"
        return Reply(error.status, json.dumps(content).encode(), headers, error.code)


_HEADERS: Mapping[str, str] = {"Content-Type": JSON, "x-amzn-RequestId": REQUEST_ID}


def _operation(model: Any) -> _Operation:
    query: dict[str, tuple[str, str]] = {}
    labels: dict[str, str] = {}
    for name, member in (model.input_shape.members if model.input_shape else {}).items():
        place = member.serialization
        if place.get("location") == "uri":
            labels[place["name"]] = name
        elif place.get("location") == "querystring":
            query[place["name"]] = (name, member.type_name)
        elif place:
            raise NotImplementedError(f"{model.name}.{name}: {place} is not served yet")
    path = model.http["requestUri"].partition("?")[0]
    return _Operation(model.name, model, tuple(path.strip("/").split("/")), query, labels)


def _labels(operation: _Operation, sent: list[str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for expected, segment in zip(operation.segments, sent, strict=True):
        if expected.startswith("{"):
            found[operation.labels[expected.strip("{}+")]] = unquote(segment)
        elif expected != segment:
            return None
    return found


def _query(operation: _Operation, text: str) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name, values in parse_qs(text, keep_blank_values=True).items():
        if name not in operation.query:
            raise BadRequest([f"Unknown parameter '{name}'"])
        member, kind = operation.query[name]
        if kind == "list":
            params[member] = values
        elif kind in ("integer", "long"):
            params[member] = _integer(member, values[-1])
        else:
            params[member] = values[-1]
    return params


def _integer(member: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadRequest(
            [f"Value '{text}' at '{member}' failed to satisfy constraint: Member must be a number"]
        ) from None


def _document(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        document = json.loads(body)
    except ValueError:
        raise BadRequest(["Could not parse request body into json"]) from None
    if not isinstance(document, dict):
        raise BadRequest(["Unexpected type of the request body: an object is needed"])
    return document


def _plain(value: Any) -> Any:
    """Timestamps go as epoch seconds (the protocol's default in bodies)."""
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
