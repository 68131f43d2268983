"""What a text must look like to stand in one place of an ARN. Pure.

The alphabets hold no wildcard, no `$`, no brace, no quote, no control character and nothing outside ASCII, so that
whatever a tenant writes is either itself in the policy or not there at all. A value is checked whole where it is
literal, and piece by piece where a template leaves gaps.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mwaa_operator.workflow.role.arguments import Gapped, joined


def _same(value: Gapped) -> Gapped:
    return value


@dataclass(frozen=True)
class Shape:
    """One kind of text.

    Attributes:
        whole: What a literal value matches.
        part: What every literal piece of a gapped value matches.
        heads: One of these is taken off first; with the place's members in braces.
        headed: Whether a value that begins with text must begin with a head.
        plain: What such a value without a head may be: a name of something that AWS gives an id, which is a gap then.
        cut: Takes the part that counts, before it is checked.
        turn: Makes what stands in the ARN, after it was.
    """

    whole: re.Pattern[str]
    part: re.Pattern[str]
    heads: tuple[str, ...] = ()
    headed: bool = False
    plain: re.Pattern[str] | None = None
    cut: Callable[[Gapped], Gapped] = _same
    turn: Callable[[Gapped], Gapped] = _same

    def fit(self, value: Gapped, heads: tuple[str, ...]) -> Gapped | None:
        """Return what stands in the ARN, or None if the value may not.

        Args:
            value: As read_argument says; never empty.
            heads: What may be taken off: `self.heads`, filled, and for example the ARN up to this place.
        """
        bare = self._bare(value, heads)
        if bare is None:
            return None
        pieces = self.cut(bare)
        if None not in pieces:
            return self.turn(pieces) if self.whole.fullmatch("".join(map(str, pieces))) else None
        return self.turn(pieces) if all(piece is None or self.part.fullmatch(piece) for piece in pieces) else None

    def _bare(self, value: Gapped, heads: tuple[str, ...]) -> Gapped | None:
        first = value[0]
        if first is None:
            return value
        head = next((head for head in heads if head and first.startswith(head)), None)
        if head is None and self.headed:
            return (None,) if self.plain and len(value) == 1 and self.plain.fullmatch(first) else None
        if head is None:
            return value
        return joined((first[len(head) :], *value[1:]))


def _below(value: Gapped) -> Gapped:
    """Make a folder of a key: without the slash, what begins with its name would count as inside."""
    last = value[-1]
    return value if last is not None and last.endswith("/") else joined((*value, "/"))


def _bucket_of(value: Gapped) -> Gapped:
    """Return what comes before the first slash."""
    pieces: list[str | None] = []
    for piece in value:
        if piece is not None and "/" in piece:
            pieces.append(piece.partition("/")[0])
            break
        pieces.append(piece)
    return joined(pieces)


def _key_of(value: Gapped) -> Gapped:
    """Return what comes after the first slash; all of it may be, where a template stands before."""
    for number, piece in enumerate(value):
        if piece is not None and "/" in piece:
            return joined((piece.partition("/")[2], *value[number + 1 :]))
    return (None,) if None in value else ()


def _before_wildcard(value: Gapped) -> Gapped:
    """Return what a listing asks for that is then filtered by a pattern."""
    pieces: list[str | None] = []
    for piece in value:
        found = _WILDCARD.search(piece) if piece is not None else None
        pieces.append(piece[: found.start()] if piece is not None and found else piece)
        if found:
            break
    return joined(pieces)


def _key_before_wildcard(value: Gapped) -> Gapped:
    return _before_wildcard(_key_of(value))


def _revision(value: Gapped) -> Gapped:
    """Make any revision of a name that has none: AWS takes the newest then."""
    return value if any(piece is not None and ":" in piece for piece in value) else joined((*value, ":*"))


def _lower(value: Gapped) -> Gapped:
    return tuple(None if piece is None else piece.lower() for piece in value)


def _rx(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


_WILDCARD = re.compile(r"[*?\[]")
_KEY_CHARACTERS = r"A-Za-z0-9/!_.'()=+@,&; -"
_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_BUCKET_PART = _rx(r"[a-z0-9.-]+")
_KEY, _KEY_PART = _rx(rf"[{_KEY_CHARACTERS}]{{1,1024}}"), _rx(rf"[{_KEY_CHARACTERS}]+")
_PREFIX = _rx(rf"[{_KEY_CHARACTERS}]{{0,1024}}")
_IN_S3 = _rx(rf"{_BUCKET}(/[{_KEY_CHARACTERS}]*)?")
_S3 = ("s3://", "s3a://", "s3n://")
_NAME, _NAME_PART = _rx(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}"), _rx(r"[A-Za-z0-9._-]+")

SHAPES = {
    "name": Shape(_NAME, _NAME_PART),
    "id": Shape(_NAME, _NAME_PART, headed=True, plain=_NAME),
    "lower": Shape(_NAME, _NAME_PART, turn=_lower),
    "path": Shape(_rx(r"[A-Za-z0-9_/][A-Za-z0-9._/-]{0,1023}"), _rx(r"[A-Za-z0-9._/-]+")),
    "colons": Shape(_rx(r"(?!arn:)[A-Za-z0-9_][A-Za-z0-9._:-]{0,1023}"), _rx(r"(?!arn:)[A-Za-z0-9._:-]+")),
    "revision": Shape(_rx(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,254}(:[0-9]+)?"), _rx(r"[A-Za-z0-9_:-]+"), turn=_revision),
    "role": Shape(_rx(r"([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64}"), _rx(r"[A-Za-z0-9+=,.@_/-]+")),
    "bucket": Shape(_rx(_BUCKET), _BUCKET_PART),
    "key": Shape(_KEY, _KEY_PART),
    "folder": Shape(_KEY, _KEY_PART, turn=_below),
    "prefix": Shape(_PREFIX, _KEY_PART, cut=_before_wildcard),
    "s3": Shape(_rx(rf"{_BUCKET}/[{_KEY_CHARACTERS}]+"), _KEY_PART, _S3, headed=True),
    "s3folder": Shape(_IN_S3, _KEY_PART, _S3, headed=True, turn=_below),
    "s3bucket": Shape(_rx(_BUCKET), _BUCKET_PART, _S3, headed=True, cut=_bucket_of),
    "s3prefix": Shape(_PREFIX, _KEY_PART, _S3, headed=True, cut=_key_before_wildcard),
    "queue": Shape(
        _rx(r"[A-Za-z0-9_-]{1,80}(\.fifo)?"),
        _rx(r"[A-Za-z0-9_.-]+"),
        ("https://sqs.{region}.amazonaws.com/{account}/", "https://{region}.queue.amazonaws.com/{account}/"),
    ),
}
"""By name; `name` is meant where a template names none."""
