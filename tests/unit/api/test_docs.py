"""The reference page tells everything that the schema holds, in Markdown that renders."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from mwaa_operator.api.docs import file_name, render
from mwaa_operator.api.emit import root_schema
from mwaa_operator.api.resource import Definition
from mwaa_operator.api.schema import Schema
from tests.support.kinds import EVERY_DEFINITION

every_kind = pytest.mark.parametrize("definition", EVERY_DEFINITION, ids=lambda definition: str(definition.info.kind))


def paths(schema: Schema, path: str) -> Iterator[str]:
    for name, member in schema.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from paths(member.get("items", member), f"{path}.{name}" + ("[]" if "items" in member else ""))


@every_kind
def test_every_field_has_a_row(definition: Definition) -> None:
    text, schema = render(definition), root_schema(definition)
    for part in ("spec", "status"):
        for path in paths(schema["properties"][part], part):
            assert f"| `{path}` |" in text


@every_kind
def test_every_row_of_a_table_has_as_many_cells_as_its_heading(definition: Definition) -> None:
    cells = 0
    for line in render(definition).splitlines():
        found = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (cells and found) or found == cells, line
        cells = found


@every_kind
def test_every_rule_is_told(definition: Definition) -> None:
    text = render(definition)
    assert definition.model.rules or root_schema(definition)["properties"]["spec"]["x-kubernetes-validations"]
    for rule in root_schema(definition)["properties"]["spec"].get("x-kubernetes-validations", ()):
        assert rule["message"].replace("<", "&lt;").replace(">", "&gt;") in text


@every_kind
def test_the_page_is_named_after_the_kind(definition: Definition) -> None:
    assert file_name(definition) == f"{definition.info.kind.lower()}.md"


@pytest.mark.parametrize(
    "words",
    [
        "| `spec.minWorkers` | integer, 1 to 50 |",
        "| `spec.networkConfiguration.subnetIds` | list of 2: string",
        "| `spec.suspend` | boolean |",
        "| `spec.logRetentionDays` | `1` · `3` · `5` |".removesuffix(" |"),
        "| `spec.tags` | map to string, 1 to 256 characters",
        "| `status.createdAt` | date-time |",
        "| `status.observedGeneration` | integer |",
        "| Field selectors | `spec.accountRef.name`,",
    ],
)
def test_types_and_limits_are_told_in_words(words: str) -> None:
    assert words in render(EVERY_DEFINITION[0])
