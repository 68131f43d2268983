"""The workflows among the examples are ones that the operator would send: nothing is wrong with their definitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.definition.load import load_operators
from mwaa_operator.workflow.definition.validate import validate

EXAMPLES = Path(__file__).parents[3] / "examples" / "workflows"
KNOWLEDGE = load_operators()


def _workflows() -> Iterator[Any]:
    for file in sorted(EXAMPLES.glob("*.yaml")):
        bodies = list(yaml.safe_load_all(file.read_text("utf-8")))
        texts = {body["metadata"]["name"]: body["data"] for body in bodies if body["kind"] == "ConfigMap"}
        for body in bodies:
            if body["kind"] == "ServerlessWorkflow":
                yield pytest.param(ServerlessWorkflow.model_validate(body), texts, id=file.name)


WORKFLOWS = list(_workflows())


def document(workflow: ServerlessWorkflow, texts: dict[str, dict[str, str]]) -> Any:
    """Return what the definition says, wherever it is."""
    definition = workflow.spec.definition
    assert definition is not None
    if definition.inline is not None:
        return definition.inline
    reference = definition.config_map_key_ref
    return yaml.safe_load(texts[reference.name][reference.key] if reference else definition.yaml or "")


@pytest.mark.parametrize(("workflow", "texts"), WORKFLOWS)
def test_the_definition_of_an_example_has_nothing_to_complain_of(
    workflow: ServerlessWorkflow, texts: dict[str, dict[str, str]]
) -> None:
    code = workflow.spec.code
    file = code.config_map_key_ref.key if code and code.config_map_key_ref else None
    found = validate(
        document(workflow, texts), knowledge=KNOWLEDGE, has_code=code is not None, code_file=file, strict=True
    )
    assert found == []


@pytest.mark.parametrize(("workflow", "texts"), WORKFLOWS)
def test_what_an_example_reads_from_a_config_map_is_in_it(
    workflow: ServerlessWorkflow, texts: dict[str, dict[str, str]]
) -> None:
    for source in (workflow.spec.definition, workflow.spec.code):
        if source is not None and source.config_map_key_ref is not None:
            assert source.config_map_key_ref.key in texts[source.config_map_key_ref.name]
