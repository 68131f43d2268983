"""Java's rules for text and numbers, where they differ from Python's and a job's way depends on them. Pure.

Source: Java SE 17 API, `String.equalsIgnoreCase`, `String.split`, `Double.toString`, `Double.valueOf`,
`Long.parseLong`; compared with a running Java 17.
"""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1

_FLOAT = re.compile(
    r"[+-]?(?:NaN|Infinity|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?)"
)
_BLANKS = "".join(map(chr, range(33)))


def equals_ignore_case(left: str, right: str | None) -> bool:
    """Whether two texts differ in case alone, character by character, so `ß` is not `ss`."""
    if right is None or len(left) != len(right):
        return False
    if left.isascii() and right.isascii():
        # Says the same, and a file of 400 entries asks it a million times.
        return left.lower() == right.lower()
    return all(map(_same_letter, left, right))


def trimmed(text: str) -> str:
    """Return a text without blanks and control characters around it, as `String.trim`."""
    return text.strip(_BLANKS)


def split_at_dots(text: str) -> list[str]:
    """Return the parts between dots, as `split` does: empty ones at the end are dropped, so a lone dot has none."""
    parts = text.split(".")
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return [] if parts == [""] and text else parts


def parse_long(text: str, *, least: int = LONG_MIN, most: int = LONG_MAX) -> int | None:
    """Return the number that a text is, in the digits of any script, or None where Java throws.

    Args:
        text: Digits, with a sign at most; no blanks.
        least: Smallest number that fits.
        most: Largest number that fits.
    """
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not 0 < len(digits) <= 4_000:
        return None
    # Not `isdecimal`: Java of version 17 knows fewer scripts than Python, and nobody writes limits in those.
    values = [unicodedata.decimal(digit, None) for digit in digits]
    if None in values:
        return None
    number = int("".join(str(value) for value in values))
    number = -number if text[0] == "-" else number
    return number if least <= number <= most else None


def parse_double(text: str) -> float | None:
    """Return the number that a text is by `Double.parseDouble`, or None where Java throws."""
    bare = trimmed(text)
    if not _FLOAT.fullmatch(bare):
        return None
    if bare.lstrip("+-")[:2].lower() == "0x":
        return _hexadecimal(bare.rstrip("fFdD") if "p" in bare.lower() else bare)
    return float(bare if bare.endswith(("NaN", "Infinity")) else bare.rstrip("fFdD"))


def double_text(number: float) -> str:
    """Return a number as `Double.toString` writes it: `0.5`, `1000.0`, `1.0E7`, `1.0E-4`.

    Java before 19 wrote a digit too many for a few numbers (JDK-4511638); this is what it should have written.
    """
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        plain = format(Decimal(repr(number)), "f")
        return plain if "." in plain else f"{plain}.0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    mantissa = "".join(map(str, digits))
    power = len(digits) - 1 + int(exponent)
    return f"{'-' if sign else ''}{mantissa[0]}.{mantissa[1:] or '0'}E{power}"


def rounded(number: float) -> int:
    """Return a number rounded as `Math.round`: halves up, NaN 0, bounded by what a long holds."""
    if math.isnan(number):
        return 0
    if math.isinf(number):
        return LONG_MAX if number > 0 else LONG_MIN
    return max(LONG_MIN, min(LONG_MAX, math.floor(Decimal(number) + Decimal("0.5"))))


def _same_letter(left: str, right: str) -> bool:
    if left == right:
        return True
    upper_left, upper_right = _upper(left), _upper(right)
    return upper_left == upper_right or _lower(upper_left) == _lower(upper_right)


def _upper(letter: str) -> str:
    upper = letter.upper()
    return upper if len(upper) == 1 else letter


def _lower(letter: str) -> str:
    # U+0130 is the one letter whose simple lower case is not its full one.
    lower = "i" if letter == "\u0130" else letter.lower()
    return lower if len(lower) == 1 else letter


def _hexadecimal(text: str) -> float:
    try:
        return float.fromhex(text)
    except OverflowError:
        return -math.inf if text.startswith("-") else math.inf
