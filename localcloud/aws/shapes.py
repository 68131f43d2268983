"""Checks values against the shapes of a botocore service model, more strictly than botocore does.

Requests: required and unknown members, types, enums, lengths, ranges and patterns. Answers: the same but lengths,
ranges and patterns, because AWS's own answers break those. Checks are compiled once per shape. It knows no service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Check = Callable[[Any, str, list[str]], None]
"""Gets a value, its path and the list to which problems are added, worded as AWS words them."""

SEPARATORS = " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""Unicode category Z, for a character class."""

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime, int, float),
    "blob": (bytes,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
}


class Shapes:
    """Compiled checks for the shapes of one service model.

    Args:
        strict: True for requests, False for answers.
    """

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._checks: dict[str, Check] = {}

    def problems(self, shape: Any, value: Any) -> list[str]:
        """Return what is wrong with a value, as AWS words it; empty when nothing is. `shape` None allows only {}."""
        found: list[str] = []
        if shape is None:
            return [] if not value else ["Unexpected members"]
        self.check(shape)(value, "", found)
        return found

    def check(self, shape: Any) -> Check:
        """Return the compiled check of a botocore shape."""
        known = self._checks.get(shape.name)
        if known is None:
            # A shape may contain itself: it finds this detour while it is being compiled.
            self._checks[shape.name] = self._later(shape.name)
            known = self._checks[shape.name] = self._compile(shape)
        return known

    def _later(self, name: str) -> Check:
        def check(value: Any, path: str, found: list[str]) -> None:
            self._checks[name](value, path, found)

        return check

    def _compile(self, shape: Any) -> Check:
        if shape.type_name == "structure" and shape.metadata.get("document"):
            return lambda value, path, found: None
        inner = {"structure": self._structure, "map": self._map, "list": self._list}.get(shape.type_name, self._scalar)
        check, types, numeric = inner(shape), TYPES[shape.type_name], shape.type_name not in ("boolean",)

        def typed(value: Any, path: str, found: list[str]) -> None:
            if not isinstance(value, types) or (numeric and isinstance(value, bool)):
                found.append(f"Value at '{path}' failed to satisfy constraint: Member must be a {shape.type_name}")
            else:
                check(value, path, found)

        return typed

    def _structure(self, shape: Any) -> Check:
        members = {name: (self.check(member), _lower(name)) for name, member in shape.members.items()}
        required = list(shape.metadata.get("required", ()))

        def check(value: Mapping[str, Any], path: str, found: list[str]) -> None:
            prefix = f"{path}." if path else ""
            found.extend(
                f"Value null at '{prefix}{_lower(name)}' failed to satisfy constraint: Member must not be null"
                for name in required
                if name not in value
            )
            for name, item in value.items():
                known = members.get(name)
                if known is None:
                    found.append(f"Unknown member '{prefix}{_lower(name)}'")
                else:
                    known[0](item, prefix + known[1], found)

        return check

    def _map(self, shape: Any) -> Check:
        keys, values, size = self.check(shape.key), self.check(shape.value), self._size(shape)

        def check(value: Mapping[str, Any], path: str, found: list[str]) -> None:
            size(value, path, found)
            for key, item in value.items():
                keys(key, path, found)
                values(item, f"{path}.{key}", found)

        return check

    def _list(self, shape: Any) -> Check:
        member, size = self.check(shape.member), self._size(shape)

        def check(value: list[Any], path: str, found: list[str]) -> None:
            size(value, path, found)
            for index, item in enumerate(value, start=1):
                member(item, f"{path}.{index}.member", found)

        return check

    def _scalar(self, shape: Any) -> Check:
        checks: list[Check] = []
        if enum := shape.metadata.get("enum"):
            checks.append(_enum(list(enum)))
        if self._strict:
            if shape.type_name == "string":
                checks.append(self._size(shape))
            if shape.type_name in ("integer", "long", "float", "double"):
                checks.append(_limits(shape, "value", lambda value: value))
            if pattern := shape.metadata.get("pattern"):
                checks.append(_pattern(pattern, sensitive=bool(shape.metadata.get("sensitive"))))

        def check(value: Any, path: str, found: list[str]) -> None:
            for one in checks:
                one(value, path, found)

        return check

    def _size(self, shape: Any) -> Check:
        return _limits(shape, "length", len) if self._strict else _nothing


def _nothing(value: Any, path: str, found: list[str]) -> None:
    """Accept everything."""


def _limits(shape: Any, word: str, measure: Callable[[Any], float]) -> Check:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")

    def check(value: Any, path: str, found: list[str]) -> None:
        size = measure(value)
        if least is not None and size < least:
            found.append(_unsatisfied(path, f"have {word} greater than or equal to {least}"))
        if most is not None and size > most:
            found.append(_unsatisfied(path, f"have {word} less than or equal to {most}"))

    return check if least is not None or most is not None else _nothing


def _enum(allowed: list[str]) -> Check:
    def check(value: Any, path: str, found: list[str]) -> None:
        if value not in allowed:
            found.append(_unsatisfied(path, f"satisfy enum value set: [{', '.join(allowed)}]", value))

    return check


def _pattern(pattern: str, *, sensitive: bool) -> Check:
    try:
        compiled = re.compile(_python(pattern))
    except re.error:
        # Some models have patterns of other dialects (surrogate pairs): those members go unchecked.
        return _nothing

    def check(value: Any, path: str, found: list[str]) -> None:
        if not compiled.fullmatch(value):
            shown = None if sensitive else value
            found.append(_unsatisfied(path, f"satisfy regular expression pattern: {pattern}", shown))

    return check


def _unsatisfied(path: str, constraint: str, value: Any = None) -> str:
    shown = "Value" if value is None else f"Value '{value}'"
    return f"{shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def _python(pattern: str) -> str:
    """Rewrite Unicode classes of a character class, which `re` does not know."""
    for java, python in ((r"\p{L}", r"\w"), (r"\p{N}", r"\w"), (r"\p{Z}", SEPARATORS)):
        pattern = pattern.replace(java, python)
    return pattern


def _lower(name: str) -> str:
    """AWS's texts write members with a small first letter."""
    return name[:1].lower() + name[1:]
