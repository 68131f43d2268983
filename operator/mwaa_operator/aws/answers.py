"""Reads answers of AWS strictly: what is cut, or is no answer of AWS at all, is an error and never an empty result.

botocore by itself takes half a JSON body, or a proxy's page with status 200, for an answer without members, and does
not compare a body with its Content-Length; "no environments" and "not versioned" must never come from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.parsers import ResponseParserError, ResponseParserFactory
from botocore.utils import parse_timestamp


class GuardedParsers(ResponseParserFactory):  # type: ignore[misc]  # botocore is untyped
    """botocore's parsers behind a check; takes the place of its component `response_parser_factory`."""

    def create_parser(self, protocol_name: str) -> Any:
        """Return a parser for a protocol of a service model."""
        return _GuardedParser(super().create_parser(protocol_name), json_body="json" in protocol_name)


class _GuardedParser:
    def __init__(self, parser: Any, *, json_body: bool) -> None:
        self._parser, self._json_body = parser, json_body

    def parse(self, response: dict[str, Any], shape: Any) -> dict[str, Any]:
        """Parse as botocore does; raises ResponseParserError for what is no answer."""
        body, success = response["body"], response["status_code"] < 300
        if success and isinstance(body, bytes):
            _check_length(response["headers"], body, head=shape is not None and shape.name.startswith("Head"))
            if self._json_body and body:
                _check_json(body)
        try:
            parsed: dict[str, Any] = self._parser.parse(response, shape)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            # How botocore's parsers trip over a foreign body; as they stand these look like mistakes of ours.
            raise ResponseParserError("the answer has another form than AWS promises") from None
        return parsed


def utc_timestamp(value: Any) -> datetime:
    """Return a time of an answer as a datetime in UTC; botocore by itself gives the machine's local time."""
    try:
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        parsed: datetime = parse_timestamp(value)
    except (OverflowError, OSError, RuntimeError, TypeError, ValueError):
        raise ResponseParserError("the answer holds something else in place of a time") from None
    return parsed.astimezone(UTC)


def _check_length(headers: Mapping[str, str], body: bytes, *, head: bool) -> None:
    promised = headers.get("content-length", "")
    if not head and promised.isdecimal() and len(body) != int(promised):
        raise ResponseParserError("the answer was cut off")


def _check_json(body: bytes) -> None:
    try:
        document = json.loads(body)
    except ValueError:
        raise ResponseParserError("the answer is not JSON") from None
    if not isinstance(document, dict):
        raise ResponseParserError("the answer is not a JSON object")
