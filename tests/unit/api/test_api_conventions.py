"""What Kubernetes' API reviewers ask for, over the schemas that we generate.

The rules of kube-api-linter that apply to a finished schema (it reads Go types, so it cannot read ours itself).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mwaa_operator.api.emit import custom_resource_definition, root_schema
from mwaa_operator.api.resource import Definition
from mwaa_operator.api.schema import Schema
from tests.support.kinds import EVERY_DEFINITION

SAFE = 2**53
OPEN = "x-kubernetes-preserve-unknown-fields"
LEFT_OPEN = {
    "ServerlessWorkflow.spec.definition.inline",
    "ServerlessWorkflow.spec.run.parameters",
    "SparkGateway.spec.extraConfig",
}
"""What somebody else judges: the validator of definitions, and the services."""
FOREIGN_WORDS = {"SparkGateway.spec.bpgProfile"}
"""What people outside call things: revisions of BPG."""
AWS_WORDS = re.compile(r"[A-Z]+(_[A-Z]+)*")
OUR_WORDS = re.compile(r"([A-Z][a-z0-9]*)+")


@dataclass(frozen=True)
class Node:
    """One member of spec or status."""

    path: str
    schema: Schema
    required: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def type(self) -> str:
        return str(self.schema["type"])


def walk(schema: Schema, path: str) -> Iterator[Node]:
    for name, member in schema.get("properties", {}).items():
        yield Node(f"{path}.{name}", member, name in schema.get("required", ()))
        yield from walk(member, f"{path}.{name}")
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if inner is not None:
            yield Node(f"{path}[]", inner)
            yield from walk(inner, f"{path}[]")


def nodes() -> Iterator[Node]:
    """Yield every member of every kind, lists' and maps' values included."""
    for definition in EVERY_DEFINITION:
        members = root_schema(definition)["properties"]
        for part in ("spec", "status"):
            yield from walk(members[part], f"{definition.info.kind}.{part}")


def bounded(node: Node) -> bool:
    if node.type == "string":
        return "enum" in node.schema or "maxLength" in node.schema
    if node.type == "array":
        return "maxItems" in node.schema
    if {"additionalProperties", OPEN} & set(node.schema):
        return "maxProperties" in node.schema
    return True


def list_typed(node: Node) -> bool:
    if node.type != "array":
        return True
    kind, items = node.schema["x-kubernetes-list-type"], node.schema["items"]
    if kind == "map":
        return set(node.schema["x-kubernetes-list-map-keys"]) <= set(items["required"])
    return kind in {"set", "atomic"} and (kind == "atomic" or items["type"] != "object")


def sized(node: Node) -> bool:
    if node.type != "integer":
        return True
    values = node.schema.get("enum") or [node.schema["minimum"], node.schema["maximum"]]
    limit = 2**31 if node.schema["format"] == "int32" else SAFE
    return all(-limit <= value < limit for value in values)


def spelled(node: Node) -> bool:
    words = node.schema.get("enum", ())
    texts = [word for word in words if isinstance(word, str)]
    known = all(AWS_WORDS.fullmatch(word) for word in texts) or all(OUR_WORDS.fullmatch(word) for word in texts)
    return known or node.path in FOREIGN_WORDS


RULES: dict[str, Callable[[Node], bool]] = {
    "names are camelCase": lambda n: n.name.endswith("[]") or re.fullmatch(r"[a-z][a-zA-Z0-9]*", n.name) is not None,
    "no floats": lambda n: n.type != "number",
    "integers have a size and bounds that JSON keeps": sized,
    "texts, lists and maps have upper bounds": bounded,
    "lists have a list type, and maps' keys are required": list_typed,
    "items that are objects have a required member": lambda n: (
        not n.path.endswith("[]") or n.type != "object" or bool(n.schema.get("required"))
    ),
    "nothing is nullable": lambda n: "nullable" not in n.schema,
    "no phase": lambda n: n.name.lower() != "phase",
    "no timestamp in names": lambda n: "timestamp" not in n.name.lower(),
    "Ref, not Reference": lambda n: not n.name.endswith(("Reference", "References")),
    "maps hold texts": lambda n: n.schema.get("additionalProperties", {"type": "string"})["type"] == "string",
    "what is required has no default": lambda n: not (n.required and "default" in n.schema),
    "enums are CamelCase, or AWS's own words": spelled,
    "status is optional": lambda n: not (n.path.count(".") == 2 and ".status." in n.path and n.required),
    "status has no defaults": lambda n: ".status." not in n.path or "default" not in n.schema,
    "nothing is left open": lambda n: not {OPEN, "anyOf", "oneOf"} & set(n.schema) or n.path in LEFT_OPEN,
    "formats are known to the API server": lambda n: n.schema.get("format", "int32") in {"int32", "int64", "date-time"},
    "patterns are anchored": lambda n: re.fullmatch(r"\^.*\$", n.schema.get("pattern", "^$")) is not None,
    "descriptions are sentences": lambda n: (
        n.path.endswith("[]") or re.fullmatch(r"[A-Za-z\"{].*[.]", n.schema["description"], re.DOTALL) is not None
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_the_schemas_follow_the_api_conventions(name: str) -> None:
    assert [node.path for node in nodes() if not RULES[name](node)] == []


@pytest.mark.parametrize("definition", EVERY_DEFINITION, ids=lambda definition: str(definition.info.kind))
def test_conditions_have_the_standard_shape(definition: Definition) -> None:
    conditions = root_schema(definition)["properties"]["status"]["properties"]["conditions"]
    members = conditions["items"]["properties"]
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert set(conditions["items"]["required"]) == {"type", "status", "lastTransitionTime", "reason", "message"}
    assert set(members) == {*conditions["items"]["required"], "observedGeneration"}
    assert members["status"]["enum"] == ["True", "False", "Unknown"]


@pytest.mark.parametrize("definition", EVERY_DEFINITION, ids=lambda definition: str(definition.info.kind))
def test_status_is_a_subresource_and_the_only_version_is_stored(definition: Definition) -> None:
    (version,) = custom_resource_definition(definition)["spec"]["versions"]
    assert version["subresources"] == {"status": {}}
    assert (version["served"], version["storage"]) == (True, True)


def broken(**schema: Any) -> Node:
    return Node("Kind.spec.size", {"description": "One."} | schema)


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("no floats", broken(type="number")),
        ("integers have a size and bounds that JSON keeps", broken(type="integer", format="int32", enum=[2**31])),
        ("texts, lists and maps have upper bounds", broken(type="string")),
        ("texts, lists and maps have upper bounds", broken(type="object", **{OPEN: True})),
        ("nothing is left open", broken(type="object", maxProperties=1, **{OPEN: True})),
        ("nothing is nullable", broken(type="string", nullable=True)),
        ("what is required has no default", Node("Kind.spec.size", {"type": "string", "default": "x"}, required=True)),
        ("enums are CamelCase, or AWS's own words", broken(type="string", enum=["camelCase"])),
        ("patterns are anchored", broken(type="string", pattern="^a")),
        ("descriptions are sentences", broken(type="string", description="no sentence")),
        ("names are camelCase", Node("Kind.spec.Size", {"type": "string"})),
    ],
)
def test_a_rule_finds_what_breaks_it(name: str, node: Node) -> None:
    assert not RULES[name](node)
