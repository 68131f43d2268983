"""Jackson's conversions, with the settings that Dropwizard gives it: what becomes a number, a text, a list, or nothing.

Pure. A value that cannot be converted raises UnbindableError, which `bind` turns into a StartFailure. Sources:
jackson-databind 2.13, NumberDeserializers, StringDeserializer, CollectionDeserializer; Dropwizard 2.1,
BaseConfigurationFactory; compared with those libraries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from mwaa_operator.gateway.bpg.config import Texts
from mwaa_operator.gateway.bpg.javatext import (
    INT_MAX,
    INT_MIN,
    LONG_MAX,
    LONG_MIN,
    double_text,
    parse_double,
    parse_long,
    trimmed,
)

Path = tuple[str | int, ...]
Bound = TypeVar("Bound")


class UnbindableError(Exception):
    """A value that does not fit its field.

    Attributes:
        path: Of the value.
        summary: What Dropwizard calls it.
        detail: Which types did not fit.
    """

    def __init__(self, path: Path, summary: str, detail: str) -> None:
        super().__init__(summary)
        self.path, self.summary, self.detail = path, summary, detail


def text(value: Any, path: Path) -> str | None:
    """Return a scalar as text, a number the way Java writes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return _digits(value)
    if isinstance(value, float):
        return double_text(value)
    raise mismatch(value, path, "java.lang.String")


def int32(value: Any, path: Path) -> int:
    """Return an `int`: null and the empty text are 0, a fraction is cut off."""
    return _whole(value, path, "int", INT_MIN, INT_MAX) or 0


def boxed_int32(value: Any, path: Path) -> int | None:
    """Return an `Integer`: null and the empty text are null."""
    return _whole(value, path, "java.lang.Integer", INT_MIN, INT_MAX)


def boxed_int64(value: Any, path: Path) -> int | None:
    """Return a `Long`, as `boxed_int32`."""
    return _whole(value, path, "java.lang.Long", LONG_MIN, LONG_MAX)


def boxed_double(value: Any, path: Path) -> float | None:
    """Return a `Double`: null and the empty text are null."""
    if isinstance(value, bool | list | dict):
        raise mismatch(value, path, "java.lang.Double")
    if isinstance(value, int | float):
        return _float(value)
    if value is None or trimmed(value) in ("", "null"):
        return None
    number = parse_double(value.replace("INF", "Infinity") if trimmed(value) in ("INF", "-INF") else value)
    if number is None:
        raise _wrong_type(path, "Double")
    return number


def boxed_bool(value: Any, path: Path) -> bool | None:
    """Return a `Boolean`: whole numbers and the words true and false will do."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value != 0
    if not isinstance(value, str):
        raise mismatch(value, path, "java.lang.Boolean")
    word = trimmed(value)
    if word in ("true", "True", "TRUE"):
        return True
    if word in ("false", "False", "FALSE"):
        return False
    if word in ("", "null"):
        return None
    raise _wrong_type(path, "Boolean")


def ratio(value: Any, path: Path) -> float:
    """Return what a setter makes of a text that it parses itself: null is not taken."""
    number = None if (word := text(value, path)) is None else parse_double(word)
    if number is None:
        cause = "java.lang.NullPointerException" if word is None else f"no number: {quoted(word)}"
        raise UnbindableError(path, "Failed to parse configuration", cause)
    return number


def texts(value: Any, path: Path) -> Texts | None:
    """Return a list of texts; its null elements stay."""
    return many(value, path, text, of="java.lang.String")


def text_map(value: Any, path: Path) -> Mapping[str, str | None] | None:
    """Return a mapping of texts to texts; its null values stay."""
    found = mapping(value, path, "java.util.LinkedHashMap<java.lang.String,java.lang.String>")
    return None if found is None else {key: text(item, (*path, key)) for key, item in found.items()}


def many(
    value: Any, path: Path, one: Callable[[Any, Path], Bound | None], *, of: str
) -> tuple[Bound | None, ...] | None:
    """Return a list whose elements are each bound by `one`; null elements stay.

    Args:
        value: What is to be a list.
        path: Of the value.
        one: Binds an element that is not null.
        of: The element's Java class.
    """
    if value is None:
        return None
    if not isinstance(value, list):
        raise mismatch(value, path, f"java.util.ArrayList<{of}>")
    return tuple(None if item is None else one(item, (*path, index)) for index, item in enumerate(value))


def mapping(value: Any, path: Path, of: str) -> dict[str, Any] | None:
    """Return an object's members, or None for null.

    Args:
        value: What is to be an object.
        path: Of the value.
        of: Its Java class.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise mismatch(value, path, of)
    return {str(key): item for key, item in value.items()}


def mismatch(value: Any, path: Path, of: str) -> UnbindableError:
    """Return the refusal of a value whose form is wrong, such as a scalar in place of a list."""
    found = {
        str: ("String value", "VALUE_STRING"),
        bool: ("Boolean value", f"VALUE_{str(value).upper()}"),
        int: ("Integer value", "VALUE_NUMBER_INT"),
        float: ("Floating-point value", "VALUE_NUMBER_FLOAT"),
        list: ("Array value", "START_ARRAY"),
        dict: ("Object value", "START_OBJECT"),
    }
    form, token = found.get(type(value), ("null", "VALUE_NULL"))
    detail = f"Cannot deserialize value of type `{of}` from {form} (token `JsonToken.{token}`)"
    return UnbindableError(path, "Failed to parse configuration", detail)


def quoted(value: str | None) -> str:
    """Return a text for a message: printable and short."""
    return repr((value or "")[:80])


def dotted(path: Path) -> str:
    """Return a path as Dropwizard writes it."""
    return ".".join(f"[{part}]" if isinstance(part, int) else part for part in path)


def _whole(value: Any, path: Path, of: str, least: int, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _whole_text(value, path, of, least, most)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise mismatch(value, path, of)
    if isinstance(value, float) and not math.isfinite(value):
        raise _out_of_range(double_text(value), path, of)
    number = int(value)
    if not least <= number <= most:
        raise _out_of_range(_digits(number), path, of)
    return number


def _whole_text(value: str, path: Path, of: str, least: int, most: int) -> int | None:
    word = trimmed(value)
    if word in ("", "null"):
        return None
    number = parse_long(word, least=least, most=most)
    if number is None:
        raise _wrong_type(path, of.rpartition(".")[2])
    return number


def _digits(value: int) -> str:
    # Through Decimal, because Python refuses to write out integers of more than 4,300 digits.
    return format(Decimal(value), "f")


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _wrong_type(path: Path, expected: str) -> UnbindableError:
    return UnbindableError(path, "Incorrect type of value", f"is of type: String, expected: {expected}")


def _out_of_range(number: str, path: Path, of: str) -> UnbindableError:
    kind = "long" if of.endswith("Long") else "int"
    return UnbindableError(
        path, "Failed to parse configuration", f"Numeric value ({number[:80]}) out of range of {kind}"
    )
