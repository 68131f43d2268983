"""pydantic's JSON Schema → the structural OpenAPI v3 schema of a CRD, by a list of what is known to work.

JSON Schema says more than the API server enforces, and some of it (const, propertyNames, unknown formats) the server
accepts and ignores: a kind would install and validate nothing. So what is not on the list is an error here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

Schema = dict[str, Any]

_COMMON: Final = {"type", "title", "description", "default"}
_KEYWORDS: Final = {
    "string": {"minLength", "maxLength", "pattern", "format", "enum", "const"},
    "integer": {"minimum", "maximum", "enum", "const"},
    "boolean": set(),
    "array": {"items", "minItems", "maxItems", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"},
    "object": {
        "properties",
        "required",
        "additionalProperties",
        "maxProperties",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-validations",
    },
}
_BOUNDS: Final = {
    "string": {"maxLength"},
    "integer": {"minimum", "maximum"},
    "array": {"maxItems"},
    "object": {"maxProperties"},
}
_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_NOT_RE2: Final = re.compile(r"\(\?[=!<]|\\[1-9]|\\[dDwWsSbB]")
"""Look-around and back-references are unknown to RE2; the classes mean other things in Rust than in Go."""


class UnknownConstruct(Exception):  # noqa: N818  names what was met
    """A model uses something that is not known to survive the way into a CRD."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'the root'}: {problem}")
        self.path = path


def structural(model: type[BaseModel], *, skip: frozenset[str] = frozenset()) -> Schema:
    """Return the structural schema of a model.

    Args:
        model: Every field needs a description and bounds.
        skip: Wire names of members of the root that are left out.

    Raises:
        UnknownConstruct: The model uses what is not on the list.
    """
    document = model.model_json_schema(by_alias=True, mode="validation")
    definitions = document.pop("$defs", {})
    for name in skip:
        document["properties"].pop(name)
    document["required"] = [name for name in document.get("required", []) if name not in skip]
    return _Converter(definitions).convert(document, "", trail=())


def filled(schema: Schema) -> dict[str, Any]:
    """Return the object that the API server makes of `{}` by applying the defaults of `schema`."""
    members = {}
    for name, member in schema.get("properties", {}).items():
        if "default" in member:
            members[name] = filled(member) if member["type"] == "object" else member["default"]
    return members


class _Converter:
    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions

    def convert(self, node: Schema, path: str, *, trail: tuple[str, ...]) -> Schema:
        node, trail = self._resolve(node, path, trail)
        kind = node.get("type")
        if kind not in _KEYWORDS:
            raise UnknownConstruct(path, f"type {kind!r} is not one of {', '.join(_KEYWORDS)}")
        if unknown := set(node) - _COMMON - _KEYWORDS[kind]:
            raise UnknownConstruct(path, f"{', '.join(sorted(unknown))} on a {kind}")
        if "const" in node:
            node = {key: value for key, value in node.items() if key != "const"} | {"enum": [node["const"]]}
        result: Schema = {"type": kind}
        if "description" in node:
            result["description"] = " ".join(node["description"].split())
        result |= getattr(self, f"_{kind}")(node, path, trail)
        if node.get("default") is not None:
            result["default"] = _default(node["default"], result, path)
        return result

    def _resolve(self, node: Schema, path: str, trail: tuple[str, ...]) -> tuple[Schema, tuple[str, ...]]:
        """Inline references, and take the type out of `X | None`."""
        while "$ref" in node or "anyOf" in node:
            siblings = {key: value for key, value in node.items() if key not in {"$ref", "anyOf"}}
            if "$ref" in node:
                name = node["$ref"].removeprefix("#/$defs/")
                if name in trail:
                    raise UnknownConstruct(path, f"{name} contains itself")
                trail, target = (*trail, name), self._definitions[name]
            else:
                branches = [branch for branch in node["anyOf"] if branch != {"type": "null"}]
                if len(branches) != 1 or len(node["anyOf"]) != 2:
                    raise UnknownConstruct(path, "a union of types other than `X | None`")
                target = branches[0]
            node = target | siblings
        return node, trail

    def _string(self, node: Schema, path: str, trail: tuple[str, ...]) -> Schema:
        if node.get("format", "date-time") != "date-time":
            raise UnknownConstruct(path, f"format {node['format']}")
        if found := _NOT_RE2.search(node.get("pattern", "")):
            raise UnknownConstruct(path, f"{found.group()} in a pattern")
        return _kept(node, path, "format", "enum", "minLength", "maxLength", "pattern")

    def _integer(self, node: Schema, path: str, trail: tuple[str, ...]) -> Schema:
        largest = max(node.get("enum") or [node.get("maximum", 0)])
        size = "int32" if largest < 2**31 else "int64"
        return {"format": size} | _kept(node, path, "enum", "minimum", "maximum")

    def _boolean(self, node: Schema, path: str, trail: tuple[str, ...]) -> Schema:
        return {}

    def _array(self, node: Schema, path: str, trail: tuple[str, ...]) -> Schema:
        if "x-kubernetes-list-type" not in node:
            raise UnknownConstruct(path, "a list without a list type: annotate it with ListType")
        result = _kept(node, path, "minItems", "maxItems", "x-kubernetes-list-type", "x-kubernetes-list-map-keys")
        items = self.convert(node["items"], f"{path}[]", trail=trail)
        for key in node.get("x-kubernetes-list-map-keys", ()):
            if key not in items.get("required", ()):
                raise UnknownConstruct(path, f"{key} is a key of the list but not required in its items")
        return result | {"items": items}

    def _object(self, node: Schema, path: str, trail: tuple[str, ...]) -> Schema:
        if _OPEN in node:
            return _kept(node, path, "maxProperties", _OPEN)
        extra = node.get("additionalProperties", False)
        if "properties" not in node:
            return self._map(node, extra, path, trail)
        if extra not in (False, True):
            raise UnknownConstruct(path, "members beside a map")
        properties = {
            name: self.convert(member, f"{path}.{name}".lstrip("."), trail=trail)
            for name, member in node["properties"].items()
        }
        for name, member in properties.items():
            if not member.get("description"):
                raise UnknownConstruct(f"{path}.{name}", "no description")
        result: Schema = {"properties": properties}
        if node.get("required"):
            result["required"] = list(node["required"])
        if rules := node.get("x-kubernetes-validations"):
            result["x-kubernetes-validations"] = [_rule(rule, properties, path) for rule in rules]
        return result

    def _map(self, node: Schema, values: Any, path: str, trail: tuple[str, ...]) -> Schema:
        if not isinstance(values, dict):
            raise UnknownConstruct(path, "an object without members")
        if "maxProperties" not in node:
            raise UnknownConstruct(path, "a map without maxProperties")
        converted = self.convert(values, f"{path}{{}}", trail=trail)
        return {"maxProperties": node["maxProperties"], "additionalProperties": converted}


def _kept(node: Schema, path: str, *keywords: str) -> Schema:
    """Return the named keywords of a node, in this order; a missing upper bound is an error where there is no enum."""
    missing = _BOUNDS[node["type"]] - set(node)
    if missing and "enum" not in node:
        raise UnknownConstruct(path, f"no {', '.join(sorted(missing))}")
    return {keyword: node[keyword] for keyword in keywords if keyword in node}


def _default(value: Any, schema: Schema, path: str) -> Any:
    """Return the default to write. An object's is spelled out: the API server judges it by the rules as it stands."""
    if isinstance(value, str | int):
        return value
    if isinstance(value, dict) and _given(value) == filled(schema) and not schema.get("required"):
        return filled(schema)
    raise UnknownConstruct(path, "a default that is neither a scalar nor an object of its members' own defaults")


def _given(value: Any) -> Any:
    """Return `value` without what a CRD leaves out: None, and empty lists and maps."""
    if not isinstance(value, dict):
        return value
    return {key: _given(member) for key, member in value.items() if member not in (None, [], {})}


def _rule(rule: Schema, properties: Schema, path: str) -> Schema:
    """Return a rule with its members in a fixed order; the field that it blames must exist."""
    node = {"properties": properties}
    for name in rule.get("fieldPath", "").split(".")[1:]:
        if name not in node.get("properties", {}):
            raise UnknownConstruct(path, f"a rule blames {rule['fieldPath']}, which does not exist")
        node = node["properties"][name]
    return {key: rule[key] for key in ("rule", "message", "reason", "fieldPath") if key in rule}
