"""What all kinds have in common: reading what another version wrote, and writing no more than there is."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mwaa_operator.account.api import AwsAccount
from mwaa_operator.api.meta import attribute_of
from mwaa_operator.environment.api import MwaaEnvironment, MwaaEnvironmentStatus
from tests.support.manifests import aws_account, mwaa_environment


def test_a_status_of_a_newer_operator_is_read_without_what_is_not_known() -> None:
    stored = {"observedGeneration": 3, "shoeSize": 46, "operation": _operation() | {"weather": "fine"}}
    status = MwaaEnvironmentStatus.model_validate(stored)
    assert status.wire() == {"observedGeneration": 3, "operation": _operation()}


def _operation() -> dict[str, Any]:
    return {"type": "Update", "hash": "abc", "startedAt": "2026-11-21T12:00:00.000001Z"}


def test_a_status_writes_neither_nothing_nor_empty_lists() -> None:
    status = MwaaEnvironmentStatus.model_validate({"conditions": [], "appliedFields": {}, "adopted": False})
    assert status.wire() == {"adopted": False}


def test_a_difference_is_from_and_to_on_the_wire() -> None:
    change = {"field": "maxWorkers", "from": "5", "to": "7", "effect": "RollingUpdate"}
    status = MwaaEnvironmentStatus.model_validate({"pendingChanges": [change]})
    assert status.pending_changes[0].from_ == "5"
    assert status.wire() == {"pendingChanges": [change]}


def test_a_spec_with_a_member_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="maxWorker"):
        MwaaEnvironment.model_validate(mwaa_environment(maxWorker=3))


def test_a_number_in_quotes_is_refused_as_the_api_server_refuses_it() -> None:
    with pytest.raises(ValidationError):
        MwaaEnvironment.model_validate(mwaa_environment(maxWorkers="3"))


@pytest.mark.parametrize(("name", "expected"), [(None, "etl"), ("Etl", "Etl")])
def test_the_name_in_aws_is_the_objects_unless_spec_says_otherwise(name: str | None, expected: str) -> None:
    assert MwaaEnvironment.model_validate(mwaa_environment(name=name)).aws_name == expected


@pytest.mark.parametrize(
    ("model", "body"), [(MwaaEnvironment, mwaa_environment("e" * 64)), (AwsAccount, aws_account("e" * 64))]
)
def test_a_name_that_does_not_fit_a_tag_is_refused(model: Any, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"metadata.name must have at most 63"):
        model.model_validate(body)


def test_an_object_that_was_never_looked_at_is_of_no_generation() -> None:
    assert MwaaEnvironment.model_validate(mwaa_environment()).status.observed_generation == -1


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValidationError):
        AwsAccount.model_validate(mwaa_environment())


def test_an_error_does_not_repeat_the_value() -> None:
    with pytest.raises(ValidationError) as refusal:
        MwaaEnvironment.model_validate(mwaa_environment(airflowConfigurationOptions={"smtp.smtp_password": "hünter2"}))
    assert "hünter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("wire", "attribute"), [("s3", "s3"), ("dagS3Path", "dag_s3_path"), ("configMapKeyRef", "config_map_key_ref")]
)
def test_a_wire_name_leads_to_its_attribute(wire: str, attribute: str) -> None:
    assert attribute_of(wire) == attribute
