"""`kubectl explain` tells default, unit and mutability: what the schema knows, the description says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from mwaa_operator.api.emit import root_schema
from mwaa_operator.api.resource import Definition
from mwaa_operator.api.schema import Schema
from tests.support.kinds import EVERY_DEFINITION

Member = tuple[str, Schema, bool]


def members(schema: Schema, path: str = "spec") -> Iterator[Member]:
    for name, member in schema.get("properties", {}).items():
        yield f"{path}.{name}", member, name in schema.get("required", ())
        yield from members(member.get("items", member), f"{path}.{name}")


def spec_of(definition: Definition) -> Schema:
    found: Schema = root_schema(definition)["properties"]["spec"]
    return found


ALL = [(definition, member) for definition in EVERY_DEFINITION for member in members(spec_of(definition))]
IDS = [f"{definition.info.kind}.{path}" for definition, (path, _, _) in ALL]


@pytest.mark.parametrize(("definition", "member"), ALL, ids=IDS)
def test_a_description_says_what_happens_without_the_field(definition: Definition, member: Member) -> None:
    path, schema, required = member
    text = schema["description"]
    if required:
        assert "Required" in text
    elif "default" in schema:
        assert "Default" in text
    else:
        assert re.search(r"Unset: |Required (unless|with)", text), path


@pytest.mark.parametrize(("definition", "member"), ALL, ids=IDS)
def test_a_description_names_the_default(definition: Definition, member: Member) -> None:
    _, schema, _ = member
    default = schema.get("default")
    if isinstance(default, bool | str) and default != "":
        assert f"Default {str(default).lower() if isinstance(default, bool) else default}" in schema["description"]


@pytest.mark.parametrize("definition", EVERY_DEFINITION, ids=lambda definition: str(definition.info.kind))
def test_a_description_says_immutable_where_a_rule_says_so(definition: Definition) -> None:
    spec = spec_of(definition)
    rules = [rule for rule in spec.get("x-kubernetes-validations", ()) if "is immutable" in rule["message"]]
    ruled = {f"spec{rule['fieldPath']}" for rule in rules}
    said = {path for path, schema, _ in members(spec) if "Immutable" in schema["description"]}
    # A reference is told immutable as a whole, and so is its name.
    assert said - {"spec.accountRef"} == ruled


def test_a_number_of_days_says_so() -> None:
    (text,) = [schema["description"] for _, (path, schema, _) in ALL if path == "spec.logRetentionDays"]
    assert "in days" in text
