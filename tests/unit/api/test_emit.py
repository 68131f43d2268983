"""The CRD around the schema, and the text of its file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from mwaa_operator.api.emit import SCHEMA_HASH, custom_resource_definition, file_name, render
from mwaa_operator.api.resource import Definition
from mwaa_operator.environment.api import DEFINITION
from mwaa_operator.workflow import api as workflow
from tests.support.kinds import EVERY_DEFINITION

every_kind = pytest.mark.parametrize("definition", EVERY_DEFINITION, ids=lambda definition: str(definition.info.kind))


def version(definition: Definition) -> dict[str, Any]:
    found: dict[str, Any] = custom_resource_definition(definition)["spec"]["versions"][0]
    return found


@every_kind
def test_the_file_holds_the_crd_and_nothing_else(definition: Definition) -> None:
    assert yaml.safe_load(render(definition)) == custom_resource_definition(definition)


@every_kind
def test_the_text_is_the_same_every_time_and_has_no_anchors(definition: Definition) -> None:
    text = render(definition)
    assert text == render(definition)
    assert "&id" not in text


@every_kind
def test_a_crd_is_small_enough_for_every_tool(definition: Definition) -> None:
    assert len(render(definition).encode()) < 60 * 1024


@every_kind
def test_a_fresh_object_never_counts_as_observed(definition: Definition) -> None:
    status = version(definition)["schema"]["openAPIV3Schema"]["properties"]["status"]
    assert status["default"] == {"observedGeneration": -1}


@every_kind
def test_names_are_bounded_so_that_they_fit_a_tag(definition: Definition) -> None:
    metadata = version(definition)["schema"]["openAPIV3Schema"]["properties"]["metadata"]
    assert metadata == {"type": "object", "properties": {"name": {"type": "string", "maxLength": 63}}}


@every_kind
def test_selectable_fields_are_scalars_of_spec(definition: Definition) -> None:
    paths = [entry["jsonPath"] for entry in version(definition)["selectableFields"]]
    assert 0 < len(paths) <= 8
    for path in paths:
        node = version(definition)["schema"]["openAPIV3Schema"]
        for name in path.split(".")[1:]:
            node = node["properties"][name]
        assert node["type"] in {"string", "boolean", "integer"}


@every_kind
def test_columns_begin_with_ready_and_have_an_age(definition: Definition) -> None:
    names = [column["name"] for column in version(definition)["additionalPrinterColumns"]]
    assert names[0] == "Ready"
    assert {"Reason", "Age", "Message"} <= set(names)


def test_the_environment_shows_the_columns_that_people_look_for() -> None:
    columns = version(DEFINITION)["additionalPrinterColumns"]
    assert [column["name"] for column in columns if "priority" not in column] == [
        "Ready",
        "State",
        "Version",
        "Class",
        "Reason",
        "Age",
    ]
    assert [column["name"] for column in columns if column.get("priority") == 1] == ["URL", "Message"]


def test_the_workflow_shows_the_columns_that_people_look_for() -> None:
    columns = version(workflow.DEFINITION)["additionalPrinterColumns"]
    narrow = [column["name"] for column in columns if "priority" not in column]
    assert narrow == ["Ready", "Mode", "Schedule", "Last Run", "State", "Age"]
    assert [column["name"] for column in columns if column.get("priority") == 1] == ["Version", "Reason", "Message"]


def test_the_hash_tells_two_schemas_apart() -> None:
    hashes = [
        custom_resource_definition(definition)["metadata"]["annotations"][SCHEMA_HASH]
        for definition in (DEFINITION, DEFINITION, replace(DEFINITION, selectable=(".spec.region",)))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_kind_without_selectable_fields_says_nothing_of_them() -> None:
    assert "selectableFields" not in version(replace(DEFINITION, selectable=()))


def test_scope_and_names_come_from_the_kind() -> None:
    crds = {definition.info.kind: custom_resource_definition(definition) for definition in EVERY_DEFINITION}
    assert crds["MwaaEnvironment"]["spec"]["scope"] == "Namespaced"
    assert crds["AwsAccount"]["spec"]["scope"] == "Cluster"
    assert crds["AwsAccount"]["spec"]["names"]["shortNames"] == ["awsacct"]
    assert crds["MwaaEnvironment"]["metadata"]["name"] == "mwaaenvironments.mwaa-operator.io"
    assert file_name(DEFINITION) == "mwaa-operator.io_mwaaenvironments.yaml"
