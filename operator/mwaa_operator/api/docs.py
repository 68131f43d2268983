"""The reference page of a kind, from the same schema that the API server gets.

A table for spec, one for status, the rules, the reasons, and what kubectl shows: nothing that is not in the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mwaa_operator.api.emit import root_schema
from mwaa_operator.api.meta import API_VERSION
from mwaa_operator.api.reasons import meanings
from mwaa_operator.api.resource import CATEGORY, Definition
from mwaa_operator.api.schema import Schema


def file_name(definition: Definition) -> str:
    """Return the name of the kind's page."""
    return f"{definition.info.kind.lower()}.md"


def render(definition: Definition) -> str:
    """Return the kind's page as Markdown."""
    schema = root_schema(definition)
    spec, status = schema["properties"]["spec"], schema["properties"]["status"]
    lines = [
        "<!-- Generated from the models by `mwaa-operator crds --docs`. Do not edit. -->",
        "",
        f"# {definition.info.kind}",
        "",
        schema["description"],
        "",
        *_names(definition),
        "",
        "## spec",
        "",
        *_table(spec, "spec"),
        "",
        "## Rules",
        "",
        "Checked by the API server when an object is written, beside the types and limits above.",
        "",
        *(f"- {text}" for text in _rules(schema)),
        "",
        "## status",
        "",
        "Written by the operator.",
        "",
        *_table(status, "status"),
        "",
        *_reasons(definition),
        "## kubectl get",
        "",
        *_columns(definition),
        "",
    ]
    return "\n".join(lines)


def _names(definition: Definition) -> list[str]:
    info = definition.info
    rows = {
        "apiVersion": f"`{API_VERSION}`",
        "Scope": "namespaced" if info.namespaced else "cluster",
        "Names": ", ".join(f"`{name}`" for name in (info.plural, info.kind.lower(), *info.short_names)),
        "Category": f"`{CATEGORY}`",
    }
    if definition.selectable:
        rows["Field selectors"] = ", ".join(f"`{path.lstrip('.')}`" for path in definition.selectable)
    return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]


def _columns(definition: Definition) -> list[str]:
    rows = [f"| {c.name} | `{_cell(c.path)}` | {'`-o wide`' if c.wide else ''} |" for c in definition.columns]
    return ["| Column | Shows | |", "|---|---|---|", *rows]


def _reasons(definition: Definition) -> Iterator[str]:
    """Yield one table for each enum of reasons."""
    if definition.reasons:
        yield from ("## Reasons", "")
    for table in definition.reasons:
        yield from (f"### {table.title}", "", " ".join((table.words.__doc__ or "").split()), "")
        yield from ("| Reason | When it stands, and what to do |", "|---|---|")
        yield from (f"| `{word}` | {_cell(text)} |" for word, text in meanings(table.words).items())
        yield ""


def _table(schema: Schema, path: str) -> list[str]:
    rows = [
        f"| `{where}` | {_cell(_type(member))} | {_cell(member.get('description', ''))} |"
        for where, member in _members(schema, path)
    ]
    return ["| Field | Type | Meaning |", "|---|---|---|", *rows]


def _members(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Yield every member below `schema` with its path; `[]` stands for the items of a list."""
    for name, member in schema.get("properties", {}).items():
        where = f"{path}.{name}"
        yield where, member
        inner, suffix = (member["items"], "[]") if member["type"] == "array" else (member, "")
        yield from _members(inner, where + suffix)


def _type(member: Schema) -> str:
    """Return type, values and limits of one member in a few words."""
    if member["type"] == "array":
        return f"list of {_count(member, 'Items')}: {_type(member['items'])}"
    if "additionalProperties" in member:
        return f"map to {_type(member['additionalProperties'])}, at most {member['maxProperties']} entries"
    if "enum" in member:
        return " · ".join(f"`{value}`" for value in member["enum"])
    if member["type"] == "integer":
        limits = (member["minimum"], member["maximum"])
        return "integer" if limits[1] >= 2**31 - 1 else f"integer, {limits[0]} to {limits[1]}"
    if member["type"] == "string":
        shape = f", `{member['pattern']}`" if "pattern" in member and len(member["pattern"]) <= 80 else ""
        return str(member.get("format", f"string, {_count(member, 'Length')} characters{shape}"))
    return str(member["type"])


def _count(member: Schema, of: str) -> str:
    least, most = member.get(f"min{of}", 0), member[f"max{of}"]
    if least == most:
        return str(most)
    return f"{least} to {most}" if least else f"at most {most}"


def _rules(schema: Schema) -> Iterator[str]:
    for rule in schema.get("x-kubernetes-validations", ()):
        yield _cell(rule["message"])
    for member in schema.get("properties", {}).values():
        yield from _rules(member["items"] if member["type"] == "array" else member)


def _cell(text: Any) -> str:
    """Return a text that stays in one cell of a table and is not taken for HTML."""
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
