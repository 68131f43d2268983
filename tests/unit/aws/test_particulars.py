"""What an error answer says beside code and text, as botocore gives it: bounded, and fit to be shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import JSONParser
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.failure import Failure, FieldProblem
from mwaa_operator.aws.errors import failure_of
from mwaa_operator.aws.particulars import MAX_FIELD_MESSAGE, MAX_FIELDS, MAX_RETRY_AFTER, MAX_WORD


def answered(code: str, operation: str = "CreateWorkflow", **members: Any) -> Failure:
    """Return the failure of an error of MWAA Serverless that came over the wire."""
    model = Session().get_service_model("mwaa-serverless").operation_model(operation)
    body = json.dumps({"__type": f"com.amazonaws#{code}", **members}).encode()
    response = JSONParser().parse({"status_code": 400, "headers": {}, "body": body}, model.output_shape)
    shape = next(shape for shape in model.error_shapes if shape.error_code == code)
    response.update(JSONParser().parse({"status_code": 200, "headers": {}, "body": body}, shape))
    return failure_of(ClientError(response, operation), operation=f"mwaa-serverless:{operation}")


def test_a_conflict_tells_who_has_the_name() -> None:
    failure = answered("ConflictException", Message="taken", ResourceId="orders-a1b2c3d4e5", ResourceType="Workflow")
    assert failure.resource_id == "orders-a1b2c3d4e5"


def test_a_quota_tells_which_and_of_what() -> None:
    failure = answered(
        "ServiceQuotaExceededException",
        Message="too many",
        ResourceId="orders-a1b2c3d4e5",
        ResourceType="Workflow",
        ServiceCode="airflow-serverless",
        QuotaCode="L-1234",
    )
    assert (failure.resource_id, failure.quota_code) == ("orders-a1b2c3d4e5", "L-1234")


def test_throttling_tells_for_how_long() -> None:
    failure = answered("ThrottlingException", Message="slow", ServiceCode="x", QuotaCode="L-1", RetryAfterSeconds=7)
    assert (failure.retry_after, failure.quota_code) == (7, "L-1")
    assert answered("InternalServerException", Message="oops", RetryAfterSeconds=3).retry_after == 3


def test_a_mistake_in_the_request_tells_the_members() -> None:
    fields = [{"Name": "DefinitionS3Location", "Message": "no (Request ID: 634a77b4-0105-443d-a64f-d8ef3c141c26)"}]
    failure = answered("ValidationException", Message="Bad.", Reason="fieldValidationFailed", FieldList=fields)
    assert failure.reason == "fieldValidationFailed"
    assert failure.fields == (FieldProblem("DefinitionS3Location", "no"),)
    assert failure.message == "Bad: DefinitionS3Location: no"


def test_of_many_members_the_first_are_told() -> None:
    fields = [{"Name": f"m{number}", "Message": f"wrong {number}"} for number in range(MAX_FIELDS + 5)]
    failure = answered("ValidationException", Message="Bad", Reason="other", FieldList=fields)
    assert [field.name for field in failure.fields] == [f"m{number}" for number in range(MAX_FIELDS)]


def test_what_the_text_says_already_is_not_said_twice() -> None:
    fields = [{"Name": "RoleArn", "Message": "cannot be assumed"}]
    failure = answered("ValidationException", Message="RoleArn: cannot be assumed", Reason="other", FieldList=fields)
    assert failure.message == "RoleArn: cannot be assumed"


def test_a_broken_constraint_of_a_member_is_told_without_its_value() -> None:
    text = "Value 'hunter2' at 'environment.x' failed to satisfy constraint: Member must have length less than 255"
    failure = answered("ValidationException", Message="Bad", Reason="other", FieldList=[{"Name": "x", "Message": text}])
    assert "hunter2" not in failure.message + str(failure.fields)
    assert "environment.x: Member must have length" in failure.message


def test_a_failure_without_particulars_has_none() -> None:
    failure = failure_of(ClientError({"Error": {"Code": "X", "Message": "y"}}, "Op"), operation="s3:GetObject")
    assert (failure.resource_id, failure.quota_code, failure.reason, failure.fields) == ("", "", "", ())
    assert failure.retry_after is None


JUNK = st.one_of(st.none(), st.integers(), st.text(), st.booleans(), st.lists(st.text(), max_size=3))


@given(
    response=st.fixed_dictionaries(
        {},
        optional={
            name: st.one_of(JUNK, st.lists(st.dictionaries(st.sampled_from(["Name", "Message"]), JUNK), max_size=20))
            for name in ("ResourceId", "QuotaCode", "Reason", "FieldList", "RetryAfterSeconds")
        },
    )
)
def test_whatever_an_answer_holds_is_bounded(response: dict[str, Any]) -> None:
    error = ClientError({"Error": {"Code": "ValidationException", "Message": "x"}, **response}, "Op")
    failure = failure_of(error, operation="mwaa-serverless:CreateWorkflow")
    assert 0 < len(failure.message) <= 900
    assert all(len(word) <= MAX_WORD for word in (failure.resource_id, failure.quota_code, failure.reason))
    assert len(failure.fields) <= MAX_FIELDS
    assert all(len(field.message) <= MAX_FIELD_MESSAGE for field in failure.fields)
    assert failure.retry_after is None or 0 <= failure.retry_after <= MAX_RETRY_AFTER


@pytest.mark.parametrize("length", [MAX_FIELD_MESSAGE, MAX_FIELD_MESSAGE + 1])
def test_a_text_about_a_member_that_is_cut_shows_it(length: int) -> None:
    fields = [{"Name": "x", "Message": "y" * length}]
    (field,) = answered("ValidationException", Message="Bad", Reason="other", FieldList=fields).fields
    assert field.message.endswith("…") is (length > MAX_FIELD_MESSAGE)
