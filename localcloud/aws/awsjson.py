"""AWS's JSON 1.0 and 1.1 protocols on the server's side, driven by a botocore service model.

The sibling of `wire.RestJson`: every request is a POST to `/` whose header `X-Amz-Target` names the operation. It
checks requests and answers against the model and knows no service.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.aws.faults import Error
from localcloud.aws.shapes import Shapes
from localcloud.aws.wire import REQUEST_ID, BadRequest, Reply, Request, Route, WrongAnswerError, service_model

TARGET = "x-amz-target"
CLIENT_FAULT, SERVER_FAULT = 400, 500
EMPTY: Mapping[str, Any] = {"string": "", "integer": 0, "list": ()}
"""What a required member of an error gets that nobody gave a value."""


class AwsJson:
    """AWS JSON for one service."""

    def __init__(self, service: str) -> None:
        self._model = service_model(service)
        self._requests, self._answers = Shapes(strict=True), Shapes(strict=False)
        self._operations = {name: self._model.operation_model(name) for name in self._model.operation_names}
        self._target = f"{self._model.metadata['targetPrefix']}."
        self._iso = _timestamps_are_iso(self._model)
        self._headers = {
            "Content-Type": f"application/x-amz-json-{self._model.metadata['jsonVersion']}",
            "x-amzn-RequestId": REQUEST_ID,
        }

    def route(self, request: Request) -> Route | None:
        """Return which operation is meant; None when the header names none. Labels: the body's members that are text.

        They say what a call is about; `parse` checks the body.
        """
        target = next((value for name, value in request.headers.items() if name.lower() == TARGET), "")
        operation = target.removeprefix(self._target)
        if request.method != "POST" or not target.startswith(self._target) or operation not in self._operations:
            return None
        try:
            document = _document(request.body)
        except BadRequest:
            document = {}
        return Route(operation, {name: value for name, value in document.items() if isinstance(value, str)})

    def parse(self, route: Route, request: Request) -> dict[str, Any]:
        """Return the parameters. Raises BadRequest."""
        params = _document(request.body)
        if problems := self._requests.problems(self._operations[route.operation].input_shape, params):
            raise BadRequest(problems)
        return params

    def answer(self, operation: str, result: Mapping[str, Any], *, checked: bool = True) -> Reply:
        """Return a success; `checked` False lets an answer pass that is meant to be wrong. Raises WrongAnswerError."""
        if checked and (problems := self._answers.problems(self._operations[operation].output_shape, result)):
            raise WrongAnswerError(f"{operation}: {'; '.join(problems)}")
        body = json.dumps(result, default=self._plain, separators=(",", ":")).encode()
        return Reply(200, body, self._headers)

    def refusal(self, error: Error, members: Mapping[str, Any] | None = None, *, checked: bool = True) -> Reply:
        """Return an error; its HTTP status is the protocol's (400, unless from 500 on) where the model knows the code.

        Args:
            error: Status, code and text.
            members: Further members of the body, which the model must know.
            checked: False for scripted errors: what the model requires and nobody gave is left empty.

        Raises:
            WrongAnswerError: the model knows the code, but not with these members.
        """
        shape = self._model.shape_for_error_code(error.code)
        word = "Message" if shape is not None and "Message" in shape.members else "message"
        content = {word: error.message} if error.message else {}
        content |= members or {}
        if shape is not None and not checked:
            content = _completed(shape, content, error)
        if checked and shape is not None and (problems := self._answers.problems(shape, content)):
            raise WrongAnswerError(f"{error.code}: {problems}")
        headers = dict(self._headers)
        if error.retry_after is not None:
            headers["Retry-After"] = f"{error.retry_after:g}"
        body = json.dumps({"__type": f"com.amazonaws.{self._model.signing_name}#{error.code}", **content}).encode()
        return Reply(_status(shape, error), body, headers, error.code)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat(timespec="milliseconds") if self._iso else value.timestamp()
        raise TypeError(f"{type(value).__name__} has no form in JSON")


def _timestamps_are_iso(model: Any) -> bool:
    """Tell the form of a model's timestamps. Raises NotImplementedError where it has more than one."""
    shapes = (model.shape_for(name) for name in model.shape_names)
    formats = {shape.serialization.get("timestampFormat") for shape in shapes if shape.type_name == "timestamp"}
    if len(formats) > 1:
        raise NotImplementedError(f"{model.service_name}: timestamps in {len(formats)} forms are not served yet")
    return "iso8601" in formats


def _status(shape: Any, error: Error) -> int:
    if shape is None:
        return error.status
    modelled: int | None = shape.metadata.get("error", {}).get("httpStatusCode")
    return modelled or (error.status if error.status >= SERVER_FAULT else CLIENT_FAULT)


def _completed(shape: Any, content: Mapping[str, Any], error: Error) -> dict[str, Any]:
    required = {name: EMPTY.get(shape.members[name].type_name) for name in shape.metadata.get("required", ())}
    told = {"RetryAfterSeconds": int(error.retry_after)} if error.retry_after is not None else {}
    known = {name: value for name, value in told.items() if name in shape.members}
    return {**required, **known, **content}


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        raise BadRequest(["Could not parse request body into json"]) from None
    if not isinstance(document, dict):
        raise BadRequest(["Unexpected type of the request body: an object is needed"])
    return document
