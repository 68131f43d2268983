"""Java's ways with texts and numbers, as far as a client of BPG meets them. Pure.

Sources: Java SE 17 API, `String.equalsIgnoreCase`, `Integer.parseInt`, `Double.parseDouble`, `Double.toString`.
"""

from __future__ import annotations

import re
from decimal import Decimal

INT = 2**31
LONG = 2**63

_DIGITS = re.compile(r"[+-]?[0-9]+")
_REAL = re.compile(r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)")
_CONTROL = "".join(map(chr, range(33)))


def same(left: str, right: str | None) -> bool:
    """Compare as `left.equalsIgnoreCase(right)` does: letter by letter."""
    if right is None or len(left) != len(right):
        return False
    return all(a == b or _upper(a) == _upper(b) or _lower(a) == _lower(b) for a, b in zip(left, right, strict=True))


def _upper(letter: str) -> str:
    found = letter.upper()
    return found if len(found) == 1 else letter


def _lower(letter: str) -> str:
    found = _upper(letter).lower()
    return found if len(found) == 1 else letter


def trim(text: str) -> str:
    """Return a text as `String.trim` does."""
    return text.strip(_CONTROL)


def whole(text: str, limit: int) -> int | None:
    """Return what `parseInt` (limit INT) or `parseLong` (LONG) read, None where they throw."""
    if not _DIGITS.fullmatch(text) or len(text) > 40:
        return None
    number = int(text)
    return number if -limit <= number < limit else None


def real(text: str) -> float | None:
    """Return what `Double.parseDouble` reads, None where it throws."""
    word = trim(text)
    if not _REAL.fullmatch(word):
        return None
    if word.endswith(("NaN", "Infinity")):
        return float(word.replace("Infinity", "inf"))
    return float(word.rstrip("fFdD"))


def shown(number: float) -> str:
    """Return `Double.toString`."""
    if number != number or number in (float("inf"), float("-inf")):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(number)]
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        plain = format(Decimal(repr(number)), "f")
        return plain if "." in plain else f"{plain}.0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    letters = "".join(map(str, digits))
    point = len(letters) - 1 + int(exponent)
    return f"{'-' if sign else ''}{letters[0]}.{letters[1:] or '0'}E{point}"
