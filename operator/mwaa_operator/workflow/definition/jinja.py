"""What a Jinja template uses, by its syntax alone: nothing is rendered, compiled or looked up. Pure.

Airflow renders in Jinja's sandbox with the `do` extension, so the same syntax is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, TemplateError, nodes
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.filters import FILTERS

from mwaa_operator.workflow.definition.findings import printable

_MARKS = re.compile(r"\{[{%#]")
_WORD = r"[A-Za-z_]\w*"
_PULL = (
    r"(ti|task_instance)\.xcom_pull\((?:task_ids=)?(?:'([\w.-]+)'|\"([\w.-]+)\")\)"
    r"(?:\['\w+'\]|\[\"\w+\"\]|\[[0-9]{1,9}\])*"
)
_SIMPLE = re.compile(rf"(?<!\{{)\{{\{{\s*(?:{_PULL}|({_WORD})(?:\.({_WORD}))?)\s*\}}\}}")
_WORDS = frozenset({"not", "and", "or", "if", "else", "in", "is", "true", "false", "none", "True", "False", "None"})
_BUILT_IN = frozenset(DEFAULT_NAMESPACE) | {"loop", "self", "super", "caller", "varargs", "kwargs"}
_FILTERS = frozenset(FILTERS)
_INSTANCES = frozenset({"ti", "task_instance"})


@dataclass(frozen=True)
class Usage:
    """What a template uses.

    Attributes:
        refusal: Why Jinja cannot read it; the rest is empty then.
        names: Root variables that the template does not set itself.
        macros: Members of `macros`.
        params: Members of `params`.
        filters: Filters that are not Jinja's own.
        pulls: Ids of tasks that `xcom_pull` names literally.
    """

    refusal: str = ""
    names: frozenset[str] = frozenset()
    macros: frozenset[str] = frozenset()
    params: frozenset[str] = frozenset()
    filters: frozenset[str] = frozenset()
    pulls: frozenset[str] = frozenset()


def environment() -> Environment:
    """Return an environment to parse with; it is never asked to render."""
    return Environment(extensions=["jinja2.ext.do"], autoescape=True, cache_size=0)


def is_template(text: str) -> bool:
    """Whether a text has anything for Jinja."""
    return "{" in text and _MARKS.search(text) is not None


def usage(text: str, parser: Environment) -> Usage:
    """Return what a template uses.

    Args:
        text: The template.
        parser: From `environment`.
    """
    return _simple(text) or _parsed(text, parser)


def _simple(text: str) -> Usage | None:
    """Return what a template of `{{ name }}`, `{{ name.member }}` and plain pulls uses, as most are; None for others.

    Reading these without Jinja's parser makes a definition of 50 KB about five times as fast.
    """
    if _MARKS.search(_SIMPLE.sub(" ", text)):
        return None
    found = _SIMPLE.findall(text)
    roots = [(pulling or name, member) for pulling, _, _, name, member in found]
    if any(name in _WORDS for name, _ in roots):
        return None
    return Usage(
        names=frozenset(name for name, _ in roots) - _BUILT_IN,
        macros=frozenset(member for name, member in roots if name == "macros" and member),
        params=frozenset(member for name, member in roots if name == "params" and member),
        pulls=frozenset(single or double for pulling, single, double, _, _ in found if pulling),
    )


def _parsed(text: str, parser: Environment) -> Usage:
    try:
        tree = parser.parse(text)
    except TemplateError as refusal:
        return Usage(refusal=printable(refusal.message or "it cannot be read")[:200])
    except RecursionError:
        return Usage(refusal="it is nested too deeply")
    except (ValueError, OverflowError):
        return Usage(refusal="a number in it is too long")
    found = list(_nodes(tree))
    names = [node for node in found if isinstance(node, nodes.Name)]
    own = {node.name for node in names if node.ctx != "load"}
    own |= {node.name for node in found if isinstance(node, nodes.Macro)}
    return Usage(
        names=frozenset(node.name for node in names) - own - _BUILT_IN,
        macros=frozenset(_members(found, "macros")),
        params=frozenset(_members(found, "params")),
        filters=frozenset(node.name for node in found if isinstance(node, nodes.Filter)) - _FILTERS,
        pulls=frozenset(name for node in found if isinstance(node, nodes.Call) for name in _pulled(node)),
    )


def _nodes(tree: nodes.Node) -> Iterator[nodes.Node]:
    """Yield every node; not by recursion, since an expression may be nested thousands of levels deep."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.iter_child_nodes()


def _members(found: list[nodes.Node], root: str) -> Iterator[str]:
    for node in found:
        match node:
            case nodes.Getattr(node=nodes.Name(name=name), attr=member) if name == root:
                yield member
            case nodes.Getitem(node=nodes.Name(name=name), arg=nodes.Const(value=str() as member)) if name == root:
                yield member


def _pulled(call: nodes.Call) -> Iterator[str]:
    match call.node:
        case nodes.Getattr(node=nodes.Name(name=name), attr="xcom_pull") if name in _INSTANCES:
            given = [item.value for item in call.kwargs if item.key == "task_ids"] or call.args[:1]
            yield from (name for value in given for name in _literals(value))


def _literals(value: nodes.Expr) -> Iterator[str]:
    match value:
        case nodes.Const(value=str() as name):
            yield name
        case nodes.List(items=items) | nodes.Tuple(items=items):
            yield from (name for item in items for name in _literals(item))
