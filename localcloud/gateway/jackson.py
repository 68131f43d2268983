"""Jackson's conversions as Dropwizard sets it up: which value fits which type of field, and what it becomes. Pure.

Source: jackson-databind 2.13, "MapperFeature.ALLOW_COERCION_OF_SCALARS" and its deserializers of scalars.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from localcloud.gateway import java
from localcloud.gateway.java import INT, LONG

Place = tuple[str | int, ...]
Texts = tuple[str | None, ...]
TextMap = Mapping[str, str | None]
Made = TypeVar("Made")
Convert = Callable[[Any, Place], Made]


class WrongTypeError(Exception):
    """A value that does not fit.

    Args:
        place: Of the value.
        wanted: The Java type.
        found: What stands there; None for a text of the wrong form.
    """

    def __init__(self, place: Place, wanted: str, found: Any) -> None:
        super().__init__(wanted)
        self.place, self.wanted, self.found = place, wanted, found

    @property
    def path(self) -> str:
        """The place as Dropwizard writes it."""
        return ".".join(f"[{part}]" if isinstance(part, int) else part for part in self.place)


def text(value: Any, place: Place) -> str | None:
    """Return a `String`: any scalar will do."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java.shown(value)
    if isinstance(value, int):
        return format(value, "d") if abs(value) < 10**4000 else hex(value)
    raise WrongTypeError(place, "java.lang.String", value)


def _number(value: Any, place: Place, limit: int) -> int | None:
    wanted = "int" if limit == INT else "long"
    if isinstance(value, str):
        word = java.trim(value)
        if word in ("", "null"):
            return None
        if (found := java.whole(word, limit)) is not None:
            return found
        raise WrongTypeError(place, wanted, value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise WrongTypeError(place, wanted, value)
    if not -limit <= int(value) < limit:
        raise WrongTypeError(place, wanted, value)
    return int(value)


def integer(value: Any, place: Place) -> int:
    """Return an `int`: null is 0, a fraction is cut off."""
    return _number(value, place, INT) or 0


def boxed_integer(value: Any, place: Place) -> int | None:
    """Return an `Integer`."""
    return _number(value, place, INT)


def boxed_long(value: Any, place: Place) -> int | None:
    """Return a `Long`."""
    return _number(value, place, LONG)


def boxed_double(value: Any, place: Place) -> float | None:
    """Return a `Double`."""
    if value is None or (isinstance(value, str) and java.trim(value) in ("", "null")):
        return None
    if isinstance(value, str):
        word = java.trim(value)
        found = java.real(word.replace("INF", "Infinity") if word in ("INF", "-INF") else word)
        if found is not None:
            return found
    elif isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise WrongTypeError(place, "java.lang.Double", value)


def boxed_boolean(value: Any, place: Place) -> bool | None:
    """Return a `Boolean`: whole numbers and three spellings of each word will do."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value != 0
    word = java.trim(value) if isinstance(value, str) else None
    if word in ("", "null"):
        return None
    if word in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return word.lower() == "true"
    raise WrongTypeError(place, "java.lang.Boolean", value)


def ratio(value: Any, place: Place) -> float:
    """Return what BPG's setters of buffer ratios parse from a text themselves: null breaks them."""
    word = text(value, place)
    found = None if word is None else java.real(word)
    if found is None:
        raise WrongTypeError(place, "java.lang.Double", value)
    return found


def many(one: Convert[Made]) -> Convert[tuple[Made | None, ...] | None]:
    """Return the conversion to a `List`, whose null elements stay null."""

    def convert(value: Any, place: Place) -> tuple[Made | None, ...] | None:
        if value is None:
            return None
        if not isinstance(value, list):
            raise WrongTypeError(place, "java.util.ArrayList", value)
        return tuple(None if item is None else one(item, (*place, index)) for index, item in enumerate(value))

    return convert


def members(value: Any, place: Place) -> Mapping[str, Any] | None:
    """Return an object's members, as they are."""
    if value is None or isinstance(value, dict):
        return value
    raise WrongTypeError(place, "java.util.LinkedHashMap", value)


def text_map(value: Any, place: Place) -> TextMap | None:
    """Return a `Map` of texts, whose null values stay null."""
    found = members(value, place)
    return None if found is None else {str(key): text(item, (*place, str(key))) for key, item in found.items()}


texts = many(text)


def made(kind: Callable[..., Made], fields: Mapping[str, tuple[str, Convert[Any]]]) -> Convert[Made]:
    """Return the conversion to an object of our own; members that it does not know are dropped.

    Args:
        kind: A class whose attributes all have defaults.
        fields: A member of the document to the attribute and its conversion.
    """

    def convert(value: Any, place: Place) -> Made:
        found = members(value, place) or {}
        return kind(
            **{fields[key][0]: fields[key][1](item, (*place, key)) for key, item in found.items() if key in fields}
        )

    return convert
