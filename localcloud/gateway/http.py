"""A request and an answer of the gateway's API, apart from any server; no path is known here."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.gateway.errors import BpgError

JSON = "application/json"
TEXT = "application/octet-stream"


@dataclass(frozen=True)
class HttpRequest:
    """One request.

    Attributes:
        path: Decoded.
        query: Its first values.
        headers: By lower-case name.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def user_account(self) -> str | None:
        """The name in BPG's own header."""
        return self.headers.get("user-account")

    @property
    def basic_user(self) -> str | None:
        """The name in basic authentication; its password is nobody's business."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, colon, _ = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return name if colon else None


@dataclass(frozen=True)
class HttpAnswer:
    """One answer; with a stream, its parts follow the body, each sent as it comes."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    stream: Iterator[bytes] | None = None


def as_json(value: Any, status: int = 200) -> HttpAnswer:
    """Return an answer with a JSON body."""
    return HttpAnswer(status, json.dumps(value).encode())


def as_text(text: str) -> HttpAnswer:
    """Return a text as BPG streams it."""
    return HttpAnswer(200, text.encode(), TEXT)


def as_error(error: BpgError) -> HttpAnswer:
    """Return the answer for an error."""
    return as_json(error.body(), error.status)
