"""Reads the dated rows about definitions at start, so that the validator itself opens no file."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

from mwaa_operator.workflow.definition.knowledge import (
    Keys,
    Kind,
    OperatorKnowledge,
    OperatorRow,
    State,
    TemplateNames,
)


def load_operators() -> OperatorKnowledge:
    """Return everything in `data/`.

    Raises:
        KeyError: A document misses a member.
        TypeError: A row has a member that nobody knows.
        ValueError: A row has a state or kind that nobody knows, or comes twice; the message names it.
    """
    grammar = _document("grammar.yaml")
    rows = [row for module in _document("operators.yaml")["modules"] for row in _rows(module)]
    operators = {row.path: row for row in rows}
    if len(operators) != len(rows):
        raise ValueError("workflow/definition/data/operators.yaml: an operator comes twice")
    return OperatorKnowledge(
        operators=operators,
        workflow=_keys(grammar["workflow"]),
        tasks=_keys(grammar["tasks"]),
        default_args=_keys(grammar["default_args"]),
        trigger_rules=frozenset(grammar["trigger_rules"]),
        templates=_template_names(grammar["templates"]),
    )


def _rows(module: dict[str, Any]) -> list[OperatorRow]:
    return [_row(module, dict(members)) for members in module["classes"]]


def _row(module: dict[str, Any], members: dict[str, Any]) -> OperatorRow:
    templated = members.pop("templated", None)
    return OperatorRow(
        path=f"{module['module']}.{members.pop('name')}",
        kind=Kind(module["kind"]),
        state=State(members.pop("state", State.SUPPORTED)),
        required=tuple(members.pop("required", ())),
        templated=None if templated is None else frozenset(templated),
        own=frozenset(members.pop("own", ())),
        **members,
    )


def _keys(members: dict[str, Any]) -> Keys:
    return Keys(frozenset(members["taken"]), frozenset(members["dropped"]), members.get("refused", {}))


def _template_names(members: dict[str, Any]) -> TemplateNames:
    return TemplateNames(
        variables=frozenset(members["variables"]),
        macros=frozenset(members["macros"]),
        filters=frozenset(members["filters"]),
        instead=members["instead"],
    )


def _document(name: str) -> dict[str, Any]:
    text = files("mwaa_operator.workflow.definition").joinpath("data", name).read_text("utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506  a safe loader either way
    return document


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
