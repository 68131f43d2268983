"""Texts fit for a status: stable, and without anything of the request."""

from __future__ import annotations

import pytest
from botocore.exceptions import ParamValidationError
from botocore.session import Session
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.aws.scrub import MAX_MESSAGE, parameter_report, scrub

CLEANED = [
    (
        "No such role (Service: Mwaa, Status Code: 400, Request ID: 634a77b4-0105-443d-a64f-d8ef3c141c26, Extended "
        "Request ID: null)",
        "No such role",
    ),
    ("Denied. Request ID: 634a77b4-0105-443d-a64f-d8ef3c141c26", "Denied"),
    ("Denied (RequestId: ABCDEF0123456789; Proxy: null)", "Denied"),
    (
        "You are not authorized to perform this operation. Encoded authorization failure message: abcDEF123",
        "You are not authorized to perform this operation.",
    ),
    (
        "The request signature we calculated does not match. The Canonical String for this request should have been\n"
        "'GET\nx-amz-security-token:SECRET'",
        "The request signature we calculated does not match.",
    ),
    (
        "Signature expired: 20261121T101010Z is now earlier than 20261121T100500Z",
        "Signature expired: <time> is now earlier than <time>",
    ),
    ("expired at 2026-11-21T10:10:10.123+00:00 sharp", "expired at <time> sharp"),
    (
        'Could not connect to the endpoint URL: "https://h/a?token=x&y=z"',
        'Could not connect to the endpoint URL: "https://h/a"',
    ),
    ("proxy http://user:password@proxy:3128 failed", "proxy http://proxy:3128 failed"),
    ("several\n  lines\tof text ", "several lines of text"),
    (
        "User: arn:aws:sts::123456789012:assumed-role/op/session is not authorized to perform: airflow:GetEnvironment "
        "on resource: arn:aws:airflow:eu-west-1:123456789012:environment/e",
        "User: arn:aws:sts::123456789012:assumed-role/op/session is not authorized to perform: airflow:GetEnvironment "
        "on resource: arn:aws:airflow:eu-west-1:123456789012:environment/e",
    ),
    ("key arn:aws:kms:eu-west-1:123456789012:key/634a77b4-0105-443d-a64f-d8ef3c141c26 is disabled",) * 2,
]


@pytest.mark.parametrize(("text", "expected"), CLEANED)
def test_what_changes_from_call_to_call_is_dropped_and_the_rest_stays(text: str, expected: str) -> None:
    assert scrub(text) == expected


def test_a_web_page_is_told_as_such() -> None:
    assert "web page" in scrub("<html><head><title>502 Bad Gateway</title></head></html>")


def test_a_broken_constraint_names_the_member_and_the_rule_but_not_the_value() -> None:
    text = (
        "2 validation errors detected: Value '{core.fernet_key=hunter2}' at 'airflowConfigurationOptions' failed to "
        "satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 65536]; "
        "Value 'hunter3' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "^[a-zA-Z][0-9a-zA-Z-_]*$"
    )
    cleaned = scrub(text)
    assert "hunter" not in cleaned
    assert "airflowConfigurationOptions: Map value must satisfy constraint" in cleaned
    assert "name: Member must satisfy regular expression pattern: ^[a-zA-Z][0-9a-zA-Z-_]*$" in cleaned


@given(st.text(alphabet=st.characters(exclude_characters="'", exclude_categories=["Cs"]), min_size=8))
def test_no_value_of_a_broken_constraint_gets_through(value: str) -> None:
    text = (
        f"1 validation error detected: Value '{value}' at 'name' failed to satisfy constraint: Member must not be null"
    )
    assert scrub(text) == "name: Member must not be null"


@given(st.recursive(st.text(min_size=12), lambda inner: st.lists(inner, max_size=3)))
def test_botocores_parameter_report_loses_the_values(value: object) -> None:
    shape = Session().get_service_model("mwaa").operation_model("UpdateEnvironment").input_shape
    request = {"Name": "e", "Schedulers": value, "AirflowConfigurationOptions": {"core.fernet_key": [value]}}
    error = ParamValidationError(report=ParamValidator().validate(request, shape).generate_report())
    message = parameter_report(str(error))
    assert "Invalid type for parameter Schedulers" in message
    assert "Invalid type for parameter AirflowConfigurationOptions.core.fernet_key" in message
    assert len(message) < 120


def test_a_missing_and_an_unknown_parameter_are_named() -> None:
    shape = Session().get_service_model("mwaa").operation_model("GetEnvironment").input_shape
    report = ParamValidator().validate({"Nom": "e"}, shape).generate_report()
    assert parameter_report(report) == 'Missing required parameter in input: "Name"; Unknown parameter in input: "Nom"'


@given(st.text())
def test_a_text_is_bounded_and_on_one_line(text: str) -> None:
    once = scrub(text * 50)
    assert len(once) <= MAX_MESSAGE
    assert "\n" not in once
