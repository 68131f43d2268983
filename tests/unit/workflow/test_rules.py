"""What the rules of a workflow mean beyond single examples; each rule's examples are in the table of rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.rules import ALLOWED, ALLOWED_PREFIX, CODE_FILES, RESERVED
from tests.support.manifests import serverless_workflow

REST = st.text("ABCXYZ_019", max_size=20)
SOURCES: dict[str, Any] = {
    "inline": {"orders": {}},
    "yaml": "orders:",
    "configMapKeyRef": {"name": "orders", "key": "orders.yaml"},
    "s3": {"bucket": "orders", "key": "orders.yaml"},
}


def refusal(**members: Any) -> str:
    """Return why the model refuses a spec; empty if it takes it."""
    try:
        ServerlessWorkflow.model_validate(serverless_workflow(**members))
    except ValidationError as error:
        return str(error)
    return ""


def variable(name: str) -> list[dict[str, str]]:
    return [{"name": name, "value": "x"}]


@given(st.sampled_from(RESERVED), REST)
def test_no_reserved_name_gets_through_but_those_of_the_secrets_backend(prefix: str, rest: str) -> None:
    name = prefix + rest
    free = name in ALLOWED or name.startswith(ALLOWED_PREFIX)
    assert ("AWS reserves them" in refusal(environment=variable(name))) == (not free)


@given(REST)
def test_further_settings_of_the_secrets_backend_are_free(rest: str) -> None:
    assert refusal(environment=variable(ALLOWED_PREFIX + rest)) == ""


@given(st.sets(st.sampled_from(sorted(SOURCES))))
def test_a_definition_comes_from_one_place(places: set[str]) -> None:
    said = refusal(definition={place: SOURCES[place] for place in places})
    assert ("exactly one of inline, yaml, configMapKeyRef and s3" in said) == (len(places) != 1)


@given(st.text("ab./", min_size=1, max_size=9), st.sampled_from([*CODE_FILES, ".pyc", ".tar.gz", ""]))
def test_code_is_one_of_three_kinds_of_file(path: str, ending: str) -> None:
    said = refusal(code={"s3": {"bucket": "orders", "key": f"a{path}{ending}"}})
    assert ("must end in .py, .sh or .zip" in said) == (not f"{path}{ending}".endswith(CODE_FILES))


def test_an_observing_object_may_say_what_it_would_be() -> None:
    assert refusal(managementPolicy="Observe") == ""
    assert "exactly one" in refusal(managementPolicy="Observe", definition={})


def test_a_variable_is_named_once() -> None:
    assert "equal items (by name)" in refusal(environment=variable("A") + variable("A"))


def test_a_managed_role_takes_nothing_from_its_tenant() -> None:
    assert refusal(role={"managed": {}}) == ""
    for member in ("policy", "statements", "permissionsBoundaryArn", "path", "allowedActions", "name"):
        assert "Extra inputs are not permitted" in refusal(role={"managed": {member: "x"}})


@pytest.mark.parametrize("field", ["schedule", "store", "endpoint", "namespace", "credentials"])
def test_there_is_no_second_place_for_a_schedule_and_no_way_around_the_account(field: str) -> None:
    assert "Extra inputs are not permitted" in refusal(**{field: "x"})
