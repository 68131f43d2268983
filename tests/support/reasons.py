"""Where source code says a reason: which literals stand there, and which members of an enum are used.

Pure functions over source text. A literal in a place that is not listed here is not found; the type checker refuses it
in a Verdict.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

PLACES: dict[str, tuple[int | None, frozenset[str]]] = {
    "Verdict": (1, frozenset({"reason", "synced_reason", "stalled_reason"})),
    "_Verdict": (1, frozenset({"reason", "reconciling", "stalled"})),
    "Notice": (0, frozenset({"reason"})),
    "condition": (2, frozenset({"reason"})),
    "Condition": (None, frozenset({"reason"})),
    "Waiting": (None, frozenset({"reason"})),
    "waiting_for": (1, frozenset({"reason"})),
    "blocked": (1, frozenset({"reason"})),
    "invalid_status": (None, frozenset({"reason"})),
    "Wait": (0, frozenset({"reason"})),
    "Stalled": (0, frozenset({"reason"})),
}
"""Callee to the position and the keywords of its arguments that are reasons."""


def literals(source: str) -> list[str]:
    """Return `line: text` for every literal that stands where a reason belongs."""
    return [
        f"{literal.lineno}: {ast.unparse(literal)}"
        for node in ast.walk(ast.parse(source))
        for place in _places(node)
        for literal in _literals(place)
    ]


def members_used(source: str, enum: str, module: str = "") -> set[str]:
    """Return the names of the members of an enum that the code names.

    Args:
        source: The code.
        enum: Its name.
        module: Where it is from; the code may have it under another name then, and others under this one. Empty: it is
            known by its name.
    """
    tree = ast.parse(source)
    names = _known_as(tree, enum, module) if module else {enum}
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
    }


def _known_as(tree: ast.Module, enum: str, module: str) -> set[str]:
    """Return the names under which code has an enum of a module."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == module)
    return {alias.asname or alias.name for node in imports for alias in node.names if alias.name == enum}


def _places(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions of a node that are reasons."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in PLACES:
            position, keywords = PLACES[name]
            if position is not None:
                yield from node.args[position : position + 1]
            yield from (keyword.value for keyword in node.keywords if keyword.arg in keywords)
        case ast.Dict(keys=keys, values=values):
            yield from (value for key, value in zip(keys, values, strict=True) if _says_reason(key))
        case ast.Assign(targets=targets, value=value) if any(_is_reason(target) for target in targets):
            yield value
        case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_reason(target):
            yield value


def _says_reason(key: ast.expr | None) -> bool:
    """Whether a key of a dict is the word reason, or a kind of failure that is mapped to one."""
    match key:
        case ast.Constant(value="reason"):
            return True
        case ast.Attribute(value=ast.Name(id="FailureKind")):
            return True
    return False


def _is_reason(target: ast.expr) -> bool:
    match target:
        case ast.Name(id=name):
            return name == "reason" or name.endswith("_reason")
        case ast.Subscript(slice=ast.Constant(value="reason")):
            return True
    return False


def _literals(value: ast.expr) -> Iterator[ast.expr]:
    """Yield the literals that an expression may come out as: not an empty one, nor what it only compares with."""
    match value:
        case ast.Constant(value=""):
            return
        case ast.Constant(value=str()) | ast.JoinedStr():
            yield value
        case ast.IfExp(body=body, orelse=other):
            yield from _each((body, other))
        case ast.BoolOp(values=values):
            yield from _each(values)
        case ast.Call(func=ast.Attribute(attr="get"), args=args):
            yield from _each(args[1:])


def _each(values: Iterable[ast.expr]) -> Iterator[ast.expr]:
    return (literal for value in values for literal in _literals(value))
