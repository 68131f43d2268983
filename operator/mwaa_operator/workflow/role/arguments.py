"""Reads an operator's argument as text with gaps: what is literal stays, what a run decides becomes a gap. Pure.

Only `params` with a literal default are resolved, the way Airflow does when a run overrides nothing. Nothing is
rendered and nothing is executed; whether a text may stand in an ARN is decided in shapes.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mwaa_operator.workflow.definition.model import Parameter

Gapped = tuple[str | None, ...]
"""A text in pieces; None stands for what only a run knows. Never two of a kind in a row, never an empty piece."""

MOST_VALUES = 100
"""Of one argument. A role for more is of no use and might not fit."""


@dataclass(frozen=True)
class Argument:
    """What an operator's argument says.

    Attributes:
        name: Its dotted path.
        values: One, or those of a list; none if the argument is not set.
        problem: Why it cannot be read as text; then there are no values.
    """

    name: str
    values: tuple[Gapped, ...] = ()
    problem: str = ""


def read_argument(arguments: Mapping[str, Any], name: str, params: Mapping[str, Parameter]) -> Argument:
    """Return one argument.

    Args:
        arguments: Of the task, as written.
        name: Dotted path; a part of it is a key of a nested mapping.
        params: What `params` means inside the task.
    """
    found = _find(arguments, name)
    if isinstance(found, str) and isinstance(default := _default_of(found, params), list):
        found = default
    items = list(found) if isinstance(found, (list, tuple)) else [found]
    items = [item for item in items if item is not None and item != ""]
    if len(items) > MOST_VALUES:
        return Argument(name, problem=f"has more than {MOST_VALUES} values")
    if any(isinstance(item, bool) or not isinstance(item, (str, int)) for item in items):
        return Argument(name, problem="is not a text")
    values = (_gapped(str(item), params) for item in items)
    return Argument(name, tuple(value for value in values if value))


def is_set(arguments: Mapping[str, Any], names: Iterable[str]) -> bool:
    """Return whether one of these arguments is there and neither null, false nor empty."""
    return any(_find(arguments, name) not in (None, False, "", [], {}, ()) for name in names)


def joined(pieces: Iterable[str | None]) -> Gapped:
    """Return pieces with neighbours of a kind made one, and empty ones left out."""
    result: list[str | None] = []
    for piece in pieces:
        if piece == "":
            continue
        if result and piece is None and result[-1] is None:
            continue
        if result and piece is not None and result[-1] is not None:
            result[-1] += piece
        else:
            result.append(piece)
    return tuple(result)


def _find(arguments: Mapping[str, Any], name: str) -> Any:
    found: Any = arguments
    for key in name.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _gapped(text: str, params: Mapping[str, Parameter]) -> Gapped:
    pieces: list[str | None] = []
    start = 0
    while (found := _OPENING.search(text, start)) is not None:
        closed = text.find(_CLOSING[found[0]], found.end())
        if closed < 0:
            break
        pieces += [text[start : found.start()], _resolved(text[found.start() : closed + 2], params)]
        start = closed + 2
    return joined([*pieces, text[start:]])


def _resolved(template: str, params: Mapping[str, Parameter]) -> str | None:
    default = _default_of(template, params)
    return str(default) if isinstance(default, (str, int)) and not isinstance(default, bool) else None


def _default_of(template: str, params: Mapping[str, Parameter]) -> Any:
    """Return the default of the one parameter that a template consists of; None if it is anything else."""
    match = _PARAMETER.fullmatch(template.strip())
    parameter = params.get(match["dotted"] or match["quoted"]) if match else None
    return None if parameter is None or parameter.required else parameter.default


_OPENING = re.compile(r"\{[{%#]")
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_PARAMETER = re.compile(
    r"\{\{-?\s*params(\.(?P<dotted>[A-Za-z_][A-Za-z0-9_]*)|\[(?P<mark>['\"])(?P<quoted>[^'\"]*)(?P=mark)\])\s*-?\}\}"
)
