"""From the text of BPG's file to a document, as Jackson reads YAML: scalars of YAML 1.1, no aliases, no merges. Pure.

`yes` is true, `010` is 8 and `3.10` is 3.1, as everywhere in YAML 1.1; `12:30` and dates stay texts, and an alias is
the name of its anchor. Sources: jackson-dataformat-yaml 2.13, YAMLParser; SnakeYAML 1.31, Resolver; compared with those
libraries.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from mwaa_operator.gateway.bpg.config import StartFailure

MAX_CODE_POINTS = 3 * 1024 * 1024
"""SnakeYAML's own limit."""
MAX_DEPTH = 1_000
"""Deeper than any file of BPG's: beyond it the parser takes ever longer for each level."""

_INT = re.compile(r"([-+]?)(?:0b([01_]+)|0([0-7_]+)|(0|[1-9][0-9_]*)|0x([0-9a-fA-F_]+))")
_BASES = (2, 8, 10, 16)
_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?"
)
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*")
"""What SnakeYAML takes for a number and Jackson cannot read."""
_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")
"""An escape that JSON has and SnakeYAML does not."""
_TRUE = frozenset(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"))
_FALSE = frozenset(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"))
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TAGS = ("int", "float", "bool", "null")
_DIGITS = 4_000


def read(text: str) -> Any:
    """Return the first document of a text: mappings with texts for keys, lists and scalars.

    Args:
        text: YAML or JSON.

    Returns:
        The document, None where there is none, or a StartFailure where it is no YAML. Never raises.
    """
    if len(text) > MAX_CODE_POINTS:
        return StartFailure("", f"The incoming YAML document exceeds the limit: {MAX_CODE_POINTS} code points.")
    try:
        # Escaped surrogates, which JSON has and Java takes, are none of YAML's.
        document = json.loads(text, parse_constant=_no_constant)
        return document if not _SLASH.search(text) else _unknown_escape()
    except (ValueError, RecursionError):
        pass
    try:
        return _document(text)
    except yaml.YAMLError as refusal:
        mark = getattr(refusal, "problem_mark", None)
        place = "" if mark is None else f" at line {mark.line + 1}, column {mark.column + 1}"
        return StartFailure("", f"Malformed YAML{place}; {getattr(refusal, 'problem', None) or refusal}")


def _unknown_escape() -> StartFailure:
    return StartFailure("", "Malformed YAML; found unknown escape character /(47)")


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _document(text: str) -> Any:
    loader = _LOADER(text)
    build = _Build()
    try:
        while not isinstance(event := loader.get_event(), yaml.DocumentEndEvent | yaml.StreamEndEvent):
            if _is_quoted(event) and _SLASH.search(text, event.start_mark.index, event.end_mark.index):
                return _unknown_escape()
            build.add(event)
    finally:
        loader.dispose()
    return build.document


def _is_quoted(event: yaml.Event) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.style == '"'


class _Build:
    """Puts a document together from events, without recursion, so that no depth hurts.

    Attributes:
        document: What the events said so far.
    """

    def __init__(self) -> None:
        self.document: Any = None
        self._open: list[dict[str, Any] | list[Any]] = []
        self._keys: list[str | None] = []

    def add(self, event: yaml.Event) -> None:
        """Take the next event."""
        match event:
            case yaml.MappingStartEvent():
                self._begin({})
            case yaml.SequenceStartEvent():
                self._begin([])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
                self._keys.pop()
            case yaml.AliasEvent():
                self._value(str(event.anchor), event.anchor)
            case yaml.ScalarEvent():
                self._value(event.value, _scalar(event))

    def _begin(self, container: dict[str, Any] | list[Any]) -> None:
        if self._open and isinstance(self._open[-1], dict) and self._keys[-1] is None:
            raise yaml.YAMLError("Expected a field name (Scalar value in YAML), got this instead")
        if len(self._open) >= MAX_DEPTH:
            raise yaml.YAMLError(f"more than {MAX_DEPTH} levels of nesting")
        self._value("", container)
        self._open.append(container)
        self._keys.append(None)

    def _value(self, name: str, value: Any) -> None:
        """Take a value, or a key if one is due: a key is a text whatever it looks like."""
        if not self._open:
            self.document = value
        elif isinstance(around := self._open[-1], list):
            around.append(value)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = name
        else:
            around[key] = value
            self._keys[-1] = None


def _scalar(event: yaml.ScalarEvent) -> Any:
    tag = (event.tag or "").rpartition(":")[2]
    if not event.implicit[0] and tag not in _TAGS:
        return event.value
    found = _resolved(event.value)
    return float(found) if tag == "float" and isinstance(found, int) else found


def _resolved(value: str) -> Any:
    if value in _NULL:
        return None
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    if found := _INT.fullmatch(value):
        return _whole(value, found)
    if _FLOAT.fullmatch(value) and len(value) < _DIGITS:
        return float(value.replace("_", ""))
    if _NO_NUMBER.fullmatch(value):
        raise yaml.YAMLError(f"Malformed numeric value '{value[:80]}'")
    return value


def _whole(value: str, found: re.Match[str]) -> Any:
    sign, *forms = found.groups()
    base, digits = next((base, digits) for base, digits in zip(_BASES, forms, strict=True) if digits is not None)
    bare = digits.replace("_", "")
    if not bare or len(bare) > _DIGITS:
        return value
    number = int(bare, base)
    return -number if sign == "-" else number


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: about ten times as fast."""
