"""Reasons of conditions and Events: enums of each kind, explained by the text below each member.

Here is what the reference page is made from; the words themselves are in the kind's own `reasons.py`.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


@dataclass(frozen=True)
class Reasons:
    """One table of reasons.

    Attributes:
        title: Where the reasons stand, such as Ready or Events.
        words: The reasons; the class's docstring says what holds for all of them.
    """

    title: str
    words: type[StrEnum]


def meanings(words: type[StrEnum]) -> dict[str, str]:
    """Return every reason with the text below it, in the order of the source.

    The texts are read from the source, as pydantic reads those of the models: Python itself keeps none of them.

    Raises:
        LookupError: A member has no text.
    """
    told = dict(_texts(words))
    silent = [member.name for member in words if member.value not in told]
    if silent:
        raise LookupError(f"{words.__module__}.{words.__name__}: write below {', '.join(silent)} what it means")
    return told


def _texts(words: type[StrEnum]) -> Iterator[tuple[str, str]]:
    (code,) = ast.parse(textwrap.dedent(inspect.getsource(words))).body
    for statement, below in pairwise(code.body if isinstance(code, ast.ClassDef) else ()):
        match statement, below:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))):
                yield words[name].value, " ".join(text.split())
