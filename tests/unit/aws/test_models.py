"""The trimmed service models still hold everything that the declared operations need."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from botocore.loaders import create_loader
from botocore.model import ServiceModel, StructureShape

import mwaa_operator.aws
from mwaa_operator.aws.clients import PORTS
from mwaa_operator.aws.models import TrimmedLoader, trim
from mwaa_operator.aws.port import Port

OPERATIONS = {port.SERVICE: port.OPERATIONS for port in PORTS}


@pytest.fixture(scope="module")
def loader() -> TrimmedLoader:
    return TrimmedLoader(OPERATIONS)


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_a_trimmed_model_describes_its_operations_as_the_whole_one_does(service: str, loader: TrimmedLoader) -> None:
    trimmed = ServiceModel(loader.load_service_model(service, "service-2"), service)
    whole = ServiceModel(create_loader().load_service_model(service, "service-2"), service)
    assert set(trimmed.operation_names) == OPERATIONS[service]
    for name in OPERATIONS[service]:
        ours, theirs = trimmed.operation_model(name), whole.operation_model(name)
        assert ours.http == theirs.http
        assert described(ours.input_shape) == described(theirs.input_shape)
        assert described(ours.output_shape) == described(theirs.output_shape)
        assert [shape.name for shape in ours.error_shapes] == [shape.name for shape in theirs.error_shapes]


def described(shape: StructureShape | None, seen: frozenset[str] = frozenset()) -> object:
    if shape is None or shape.name in seen:
        return None
    seen = seen | {shape.name}
    return (
        shape.name,
        shape.type_name,
        dict(shape.serialization),
        dict(shape.metadata),
        {name: described(member, seen) for name, member in getattr(shape, "members", {}).items()},
        described(getattr(shape, "member", None), seen),
        described(getattr(shape, "key", None), seen),
        described(getattr(shape, "value", None), seen),
    )


def test_a_model_is_loaded_once(loader: TrimmedLoader) -> None:
    assert loader.load_service_model("mwaa", "service-2") is loader.load_service_model("mwaa", "service-2")


def test_a_service_that_no_port_declares_stays_whole(loader: TrimmedLoader) -> None:
    whole = create_loader().load_service_model("sso", "service-2")
    assert loader.load_service_model("sso", "service-2") == whole


def test_an_operation_that_botocore_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="Invent"):
        trim({"operations": {}, "shapes": {}}, frozenset({"Invent"}))


def test_a_member_called_documentation_is_kept() -> None:
    shape = {"type": "structure", "members": {"documentation": {"shape": "Text", "documentation": "x"}}}
    model = {
        "operations": {"Op": {"input": {"shape": "In"}}},
        "shapes": {"In": shape, "Text": {"type": "string", "documentation": "y"}, "Unused": {"type": "string"}},
    }
    trimmed = trim(model, frozenset({"Op"}))
    assert trimmed["shapes"] == {
        "In": {"type": "structure", "members": {"documentation": {"shape": "Text"}}},
        "Text": {"type": "string"},
    }


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.SERVICE)
def test_a_port_calls_only_what_it_declares(port: type[Port]) -> None:
    """What a port declares beyond that is called by botocore itself: credentials and redirects."""
    by_botocore = {"AssumeRole", "AssumeRoleWithWebIdentity", "HeadBucket"}
    module = Path(mwaa_operator.aws.__path__[0], f"{port.__module__.rpartition('.')[2]}.py")
    texts = {
        node.value
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    whole = create_loader().load_service_model(port.SERVICE, "service-2")["operations"]
    assert texts & whole.keys() <= port.OPERATIONS
    calls = {
        node.args[0].value
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    }
    assert port.OPERATIONS - by_botocore <= calls
