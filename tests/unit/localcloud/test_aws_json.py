"""AWS's JSON protocol on the server's side: routing, checks both ways, the form of errors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud.aws.awsjson import AwsJson
from localcloud.aws.faults import INTERNAL, THROTTLED, Error
from localcloud.aws.wire import BadRequest, Reply, Request, Route, WrongAnswerError

ARN = "arn:aws:airflow-serverless:eu-central-1:123456789012:workflow/one-0123456789"
WIRE = AwsJson("mwaa-serverless")


def request(target: str, body: Any = None, method: str = "POST") -> Request:
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Request(method, "/", body=content, headers={"X-Amz-Target": target})


def document(reply: Reply) -> Any:
    return json.loads(reply.body)


def test_the_target_header_names_the_operation() -> None:
    route = WIRE.route(request("AmazonMWAAServerless.GetWorkflow", {"WorkflowArn": ARN, "Tags": {"a": "b"}}))

    assert route == Route("GetWorkflow", {"WorkflowArn": ARN})


@pytest.mark.parametrize("target", ["", "GetWorkflow", "AmazonMWAAServerless.Frobnicate", "Other.GetWorkflow"])
def test_other_targets_are_no_operation(target: str) -> None:
    assert WIRE.route(request(target)) is None
    assert WIRE.route(request("AmazonMWAAServerless.GetWorkflow", method="GET")) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "parse"),
        (b"[]", "object"),
        ({}, "workflowArn"),
        ({"WorkflowArn": "x"}, "pattern"),
        ({"WorkflowArn": ARN, "Name": "x"}, "Unknown member 'name'"),
        ({"WorkflowArn": ARN, "WorkflowVersion": "short"}, "length"),
    ],
)
def test_requests_are_checked(body: Any, words: str) -> None:
    asked = request("AmazonMWAAServerless.GetWorkflow", body)
    route = WIRE.route(asked)
    assert route is not None

    with pytest.raises(BadRequest, match=words):
        WIRE.parse(route, asked)


def test_answers_are_checked_and_times_are_iso_8601() -> None:
    at = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)

    reply = WIRE.answer("GetWorkflow", {"WorkflowArn": ARN, "CreatedAt": at})

    assert document(reply) == {"WorkflowArn": ARN, "CreatedAt": "2026-11-21T12:00:00.123+00:00"}
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.0"
    with pytest.raises(WrongAnswerError, match="tags"):
        WIRE.answer("GetWorkflow", {"WorkflowArn": ARN, "Tags": {}})
    assert document(WIRE.answer("GetWorkflow", {"Tags": {}}, checked=False)) == {"Tags": {}}


def test_errors_carry_type_message_and_members() -> None:
    error = Error(400, "ConflictException", "taken")

    reply = WIRE.refusal(error, {"ResourceId": "one-0123456789", "ResourceType": "Workflow"})

    assert reply.status == 400
    assert document(reply) == {
        "__type": "com.amazonaws.airflow-serverless#ConflictException",
        "Message": "taken",
        "ResourceId": "one-0123456789",
        "ResourceType": "Workflow",
    }
    with pytest.raises(WrongAnswerError, match="resourceId"):
        WIRE.refusal(error)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Error(404, "ResourceNotFoundException", "gone"), 400),
        (Error(403, "AccessDeniedException", "no"), 400),
        (INTERNAL, 500),
        (Error(418, "Odd", "hm"), 418),
    ],
)
def test_the_protocol_has_two_statuses_for_what_the_model_knows(error: Error, status: int) -> None:
    assert WIRE.refusal(error, checked=False).status == status


def test_scripted_errors_get_the_members_that_the_model_requires() -> None:
    told = document(WIRE.refusal(Error(400, THROTTLED.code, "slower", retry_after=7.0), checked=False))

    assert (told["ServiceCode"], told["QuotaCode"], told["RetryAfterSeconds"]) == ("", "", 7)


def test_models_with_several_forms_of_time_are_not_served() -> None:
    with pytest.raises(NotImplementedError, match="timestamps"):
        AwsJson("glue")
