"""Nothing secret reaches a log line: by value for secrets that were read, by form for those that AWS hands out.

The second net, not the first: secrets are SecretStr wherever they are held, and bodies are never logged. This catches
what a library or an exception's text brings along. It changes log lines only; status and Events do not pass here.
"""

from __future__ import annotations

import base64
import json
import math
import re
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from urllib.parse import quote

STARS = "**********"

SHORTEST = 8
"""Shorter values are not looked for: replacing `admin` or `5432` everywhere would make lines unreadable."""

_MAX_DEPTH = 8
_LINE_OF_A_KEY = 24

_FIELDS = re.compile(
    r"(?:password|passwd|passphrase|secret|token|authorization|cookie|private_?key|api_?key|access_?key(?:_?id)?"
    r"|credentials|signature)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Form:
    """One form of secret: words of which one is in the lower-cased text if the pattern matches, the pattern, and
    what it becomes. The words are there because most lines have none of them, and patterns cost a hundred times more.
    """

    words: tuple[str, ...]
    pattern: re.Pattern[str]
    becomes: str = STARS


# One for each thing that AWS, Kubernetes or Airflow hands out; a group that is kept says what it was.
_FORMS = (
    # A whole PEM key, also with escaped line ends.
    _Form(
        ("private key-----",),
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
    ),
    # Single sign-on of the Airflow UI: the fragment is the token (MWAA user guide, CreateWebLoginToken).
    _Form(("aws-console-sso",), re.compile(r"(aws-console-sso\?[^\s#\"']*#)[^\s\"'<>]+"), rf"\1{STARS}"),
    # Presigned URLs and the headers of signature version 4 (IAM user guide, "Signing AWS API requests").
    _Form(
        ("x-amz-",),
        re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)(?:=|%3D))[^&\s\"'<>]+", re.IGNORECASE),
        rf"\1{STARS}",
    ),
    _Form(
        ("signature=", "awsaccesskeyid="), re.compile(r"(\b(?:AWSAccessKeyId|Signature)=)[^&\s\"',<>]+"), rf"\1{STARS}"
    ),
    # JSON web tokens: service accounts, web login, CLI tokens.
    _Form(("eyj",), re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?")),
    # Session tokens of STS begin with one of these; access key ids with four letters (IAM user guide, "Unique
    # identifiers").
    _Form(("iqoj", "fwog", "fqog"), re.compile(r"\b(?:IQoJ|FwoG|FQoG)[\w/+=-]{40,}")),
    _Form(("akia", "asia"), re.compile(r"\b((?:AKIA|ASIA)[A-Z0-9]{2})[A-Z0-9]{10,28}\b"), rf"\1{STARS}"),
    # `name: value` and `name=value` in any notation.
    _Form(
        ("key", "token", "secret", "auth", "cookie", "passw"),
        re.compile(
            r"((?:secret_?access_?key|session_?token|(?:cli|web)_?token|x-amz-security-token|authorization|cookie"
            r"|password|passwd|private_?key|api_?key|client_?secret)"
            r"\\?[\"']?\s*(?:[:=]|%3A|%3D)\s*\\?[\"']?(?:(?:Bearer|Basic)\s+)?)[^\s\"'\\,;&}]+",
            re.IGNORECASE,
        ),
        rf"\1{STARS}",
    ),
    # User and password in a URL: every Airflow connection can be written so.
    _Form(("://",), re.compile(r"(?<=://)[^/\s:@\"']*:[^/\s@\"']+(?=@)")),
)


class Redactor:
    """Replaces secrets by stars; safe for many threads.

    Args:
        capacity: How many secrets are remembered; the one registered longest ago is forgotten first.
    """

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        # Spellings by their first characters: looking for thousands costs no more than looking for one.
        self._spellings: dict[str, dict[str, int]] = defaultdict(dict)

    def register(self, value: str) -> None:
        """Hide a value from now on, in every spelling in which lines may quote it.

        Called for each secret that is read, again at every read. Values shorter than `SHORTEST` are ignored.
        """
        if len(value) < SHORTEST:
            return
        with self._lock:
            if value in self._known:
                self._known.move_to_end(value)
                return
            self._known[value] = spellings = _spellings_of(value)
            for spelling in spellings:
                bucket = self._spellings[spelling[:SHORTEST]]
                bucket[spelling] = bucket.get(spelling, 0) + 1
            if len(self._known) > self._capacity:
                self._forget(*self._known.popitem(last=False))

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        if len(text) < SHORTEST:
            return text
        text = self._without_known(text)
        lowered = text.lower()
        for form in [known for known in _FORMS for word in known.words if word in lowered]:
            text = form.pattern.sub(form.becomes, text)
        return text

    def value(self, value: object, depth: int = 0) -> object:
        """Return a value as plain JSON (None, bool, int, float, str, list, dict) without secrets.

        Members of mappings whose names say that they are secret are hidden whatever they hold. What is no JSON is
        written as its `str`, which shows a SecretStr as stars.
        """
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, str):
            return self.text(value)
        if depth < _MAX_DEPTH:
            if isinstance(value, Mapping):
                return {str(name): self.field(str(name), member, depth + 1) for name, member in value.items()}
            if isinstance(value, list | tuple | Set):
                return [self.value(member, depth + 1) for member in value]
        return self.text(str(value))

    def field(self, name: str, value: object, depth: int = 0) -> object:
        """Return the value of a named field without secrets."""
        if _FIELDS.search(name) and value is not None and not isinstance(value, bool | int | float):
            return STARS
        return self.value(value, depth)

    def _without_known(self, text: str) -> str:
        if not self._spellings:
            return text
        found = {text[start : start + SHORTEST] for start in range(len(text) - SHORTEST + 1)} & self._spellings.keys()
        if not found:
            return text
        with self._lock:
            spellings = [spelling for prefix in found for spelling in self._spellings.get(prefix, ())]
        # The longest first: one secret may be the beginning of another.
        for spelling in sorted(spellings, key=len, reverse=True):
            text = text.replace(spelling, STARS)
        return text

    def _forget(self, _: str, spellings: tuple[str, ...]) -> None:
        for spelling in spellings:
            bucket = self._spellings[spelling[:SHORTEST]]
            bucket[spelling] -= 1
            if not bucket[spelling]:
                del bucket[spelling]
            if not bucket:
                del self._spellings[spelling[:SHORTEST]]


def _spellings_of(value: str) -> tuple[str, ...]:
    """Return how a line may quote a value: as it is, in JSON, in Python, in a URL, in a Secret, and line by line."""
    spellings = {
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        quote(value, safe=""),
        base64.b64encode(value.encode()).decode().rstrip("="),
    }
    # Of a key in several lines any one line is too much.
    spellings.update(line for line in value.splitlines() if len(line) >= _LINE_OF_A_KEY)
    return tuple(spelling for spelling in spellings if len(spelling) >= SHORTEST)
