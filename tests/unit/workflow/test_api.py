"""The kind's models: defaults, the name in AWS, and bounds that are those of the service.

Rules are judged in tests/unit/api/test_rule_verdicts.py, and by a real API server in tests/contract/test_crds.py.
"""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel, Shape
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mwaa_operator.api.emit import root_schema
from mwaa_operator.api.schema import Schema
from mwaa_operator.workflow.api import DEFINITION, MAX_NAME, ServerlessWorkflow
from mwaa_operator.workflow.rules import ALLOWED, ALLOWED_PREFIX, RESERVED, WORKFLOW_NAME
from tests.support.manifests import serverless_workflow

MODEL = botocore.session.get_session().get_service_model("mwaa-serverless")
CREATE: OperationModel = MODEL.operation_model("CreateWorkflow")
NAME = st.from_regex(f"^{WORKFLOW_NAME}$", alphabet=st.characters(codec="ascii")).filter(
    lambda name: 0 < len(name) <= MAX_NAME and not name.endswith("\n")
)

MEMBERS = {
    "Name": "name",
    "DefinitionS3Location": "definition",
    "Code": "code",
    "RoleArn": "role.arn",
    "Description": "description",
    "EncryptionConfiguration": "encryption.kmsKeyArn",
    "LoggingConfiguration": "logging.logGroupName",
    "EngineVersion": "engineVersion",
    "NetworkConfiguration": "network",
    "Environment": "environment",
    "Tags": "tags",
    "TriggerMode": "triggerMode",
}
"""What a person may choose at CreateWorkflow, and where it is said in spec."""


def workflow(object_name: str = "etl", namespace: str = "default", /, **members: Any) -> ServerlessWorkflow:
    return ServerlessWorkflow.model_validate(serverless_workflow(object_name, namespace, **members))


def member(path: str) -> Schema:
    """Return the schema of a member of spec; `[]` stands for the items of a list."""
    node: Schema = root_schema(DEFINITION)["properties"]["spec"]
    for name in path.split("."):
        node = node["items"] if name == "[]" else node["properties"][name]
    return node


def shape(path: str) -> Shape:
    """Return a shape of CreateWorkflow's request; `[]` stands for items or values, `{}` for the keys of a map."""
    node: Any = CREATE.input_shape
    for name in path.split("."):
        match name:
            case "[]":
                node = node.member if node.type_name == "list" else node.value
            case "{}":
                node = node.key
            case _:
                node = node.members[name]
    assert isinstance(node, Shape)
    return node


def test_an_observing_object_needs_no_more_than_a_region() -> None:
    bare = workflow(managementPolicy="Observe", definition=None, role=None)
    assert bare.spec.definition is None
    assert bare.spec.account_ref.name == "default"


def test_a_workflow_without_policies_is_managed_corrected_and_checked() -> None:
    spec = workflow().spec
    assert (spec.management_policy, spec.adoption_policy, spec.drift_policy) == ("Manage", "Never", "Correct")
    assert (spec.trigger_mode, spec.concurrency_policy, spec.success_policy) == ("Scheduled", "Allow", "AllTasks")
    assert (spec.validation, spec.version_history_limit, spec.run_history_limit) == ("Warn", 10, 5)
    assert spec.deletion_policy is None, "what deleting does depends on whether the workflow was adopted"


def test_a_workflow_is_called_after_its_namespace_and_name() -> None:
    assert workflow("orders", "data").aws_name == "data-orders"
    assert workflow("orders", "data", name="Orders.daily").aws_name == "Orders.daily"


def test_the_longest_name_leaves_room_for_what_aws_appends() -> None:
    longest = int(shape("Name").metadata["max"])
    assert longest - len("-0123456789") == MAX_NAME
    assert len(workflow("n" * 63, "s" * 63).aws_name) <= MAX_NAME
    with pytest.raises(ValidationError):
        workflow(name="n" * (MAX_NAME + 1))


@given(NAME)
def test_every_name_that_we_take_is_one_that_aws_takes(name: str) -> None:
    assert re.fullmatch(shape("Name").metadata["pattern"], name)
    assert workflow(name=name).aws_name == name


def test_everything_that_a_workflow_can_be_created_with_has_its_place() -> None:
    assert CREATE.input_shape is not None
    assert set(MEMBERS) == set(CREATE.input_shape.members) - {"ClientToken"}
    for path in MEMBERS.values():
        assert member(path)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("description", "Description"),
        ("code.s3.bucket", "Code.S3Location.Bucket"),
        ("code.s3.key", "Code.S3Location.ObjectKey"),
        ("code.s3.versionId", "Code.S3Location.VersionId"),
        ("environment.[].name", "Environment.Variables.{}"),
        ("environment.[].value", "Environment.Variables.[]"),
    ],
)
def test_a_text_is_as_long_as_the_service_takes_it(path: str, service: str) -> None:
    ours, theirs = member(path), shape(service).metadata
    assert (ours.get("minLength", 0), ours["maxLength"]) == (theirs["min"], theirs["max"])


def test_there_are_as_many_variables_and_tags_as_the_service_takes() -> None:
    assert member("environment")["maxItems"] == shape("Environment.Variables").metadata["max"]
    assert member("tags")["maxProperties"] == shape("Tags").metadata["max"] - 2, "two tags are the operator's"


@pytest.mark.parametrize("item", ["subnetIds", "securityGroupIds"])
def test_what_we_take_as_an_id_the_service_takes_too(item: str) -> None:
    theirs = shape(f"NetworkConfiguration.{item[0].upper()}{item[1:]}.[]").metadata["pattern"]
    for value in ("subnet-0a1b2c3d4e5f60001", "subnet-1", "sg-0a1b2c3d4e5f60001", "sg-", "Subnet-1", "subnet-1 "):
        ours = re.fullmatch(member(f"network.{item}.[]")["pattern"].strip("^$"), value)
        assert not ours or re.fullmatch(theirs, value)


def test_the_names_that_aws_reserves_are_those_of_its_documentation() -> None:
    told = re.findall(r"<code>(A[A-Z_]+\*?)</code>", shape("Environment.Variables").documentation)
    assert sorted(told) == sorted(
        [
            *RESERVED,
            *ALLOWED,
            f"{ALLOWED_PREFIX}*",
        ]
    )


def test_a_run_needs_a_token_and_nothing_else() -> None:
    run = workflow(run={"token": "2026-11-20"}).spec.run
    assert run is not None
    assert (run.parameters, run.version, run.stop) == (None, None, False)
    for token in ("", "t" * 129, "two words", "line\n", "ü"):
        with pytest.raises(ValidationError):
            workflow(run={"token": token})


@pytest.mark.parametrize("members", [{"engineVersion": True}, {"logging": {"retentionDays": True}}])
def test_true_is_not_one_as_it_is_not_for_the_api_server(members: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        workflow(**members)


def test_an_error_does_not_repeat_what_may_be_a_secret() -> None:
    with pytest.raises(ValidationError) as refusal:
        workflow(environment=[{"name": "PASSWORD", "value": "hunter2" * 99}])
    assert "hunter2" not in str(refusal.value)


def test_the_definition_is_as_large_as_the_service_takes_it() -> None:
    assert member("definition.yaml")["maxLength"] == 50 * 1024
