"""What the validator says: findings, their order and their bound, and how they quote what a person wrote.

Everything that is quoted comes from strangers, so it is shortened and printable. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mwaa_operator.workflow.definition.codes import Code

LIMIT = 100
"""Findings that are kept; one more tells how many there were."""
SHOWN = 80
"""Characters of a quoted value."""
POINTER = 512
"""Characters of a JSON pointer; what is longer is cut and ends in `…`."""


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "Error"
    """The service refuses the definition, or it would do harm: it is not sent."""
    WARNING = "Warning"
    """The service takes it; it does not do what it looks like, or may be refused."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a definition.

    Attributes:
        code: Stable CamelCase constant.
        severity: Whether the definition may be sent.
        path: JSON pointer (RFC 6901) into the document; empty for the whole.
        message: What is wrong, one sentence.
        hint: The next step, one sentence.
    """

    code: Code
    severity: Severity
    path: str
    message: str
    hint: str


def error(code: Code, path: str, message: str, hint: str) -> Finding:
    """Return a finding that holds the definition back."""
    return Finding(code, Severity.ERROR, path, message, hint)


def warning(code: Code, path: str, message: str, hint: str) -> Finding:
    """Return a finding that lets the definition pass."""
    return Finding(code, Severity.WARNING, path, message, hint)


def pointer(*parts: object) -> str:
    """Return the JSON pointer of a member, bounded by POINTER."""
    text = "".join(f"/{_part(part)}" for part in parts)
    return text if len(text) <= POINTER else text[: POINTER - 1] + "…"


def shown(value: object) -> str:
    """Return a value as a person may read it: on one line, printable, at most SHOWN characters."""
    text = _text(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def printable(text: str) -> str:
    """Return a text with everything that does not print escaped."""
    return text if text.isprintable() else repr(text)[1:-1]


def listed(values: Iterable[object], *, most: int = 8) -> str:
    """Return values for a sentence, separated by commas; what is beyond `most` is counted."""
    words = [_word(value) for value in values]
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings holds the definition back."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without repetitions, errors first, then by place and code; at most LIMIT and one that counts."""
    unique = set(findings)
    ordered = sorted(unique, key=lambda item: (item.severity, item.path, item.code, item.message))
    rest = ordered[LIMIT:]
    if not rest:
        return tuple(ordered)
    severity = Severity.ERROR if has_errors(rest) else Severity.WARNING
    last = Finding(
        Code.MORE_FINDINGS, severity, "", f"…and {len(rest)} more", "Correct those above, then validate again."
    )
    return (*ordered[:LIMIT], last)


def _part(part: object) -> str:
    if isinstance(part, str) and part.isidentifier():
        return part
    return _word(part, most=POINTER).replace("~", "~0").replace("/", "~1")


def _word(value: object, *, most: int = SHOWN) -> str:
    """Return a string as it is where it can be printed, and everything else quoted."""
    if isinstance(value, str) and value.isprintable():
        return value if len(value) <= most else value[: most - 1] + "…"
    return shown(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return repr(value[: SHOWN + 1])
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > 256:
        return "a very large number"
    return repr(value) if isinstance(value, int | float) else str(value)
