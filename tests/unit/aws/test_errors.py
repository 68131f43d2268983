"""Every exception of botocore becomes one Failure that says whether a mutation may have happened."""

from __future__ import annotations

import inspect
import ssl

import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.failure import Failure
from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.errors import BOTO_ERRORS, AwsError, failure_of, iam_action, permission_of

URL = "https://airflow.eu-west-1.amazonaws.com/environments/e"


def answered(code: str, message: str = "", status: int = 400) -> boto.ClientError:
    return boto.ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op"
    )


UNANSWERED = [
    (boto.EndpointConnectionError(endpoint_url=URL), Kind.UNAVAILABLE, False),
    (boto.ConnectTimeoutError(endpoint_url=URL), Kind.UNAVAILABLE, False),
    (boto.ProxyConnectionError(proxy_url="http://p"), Kind.UNAVAILABLE, False),
    (boto.SSLError(endpoint_url=URL, error="[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), Kind.UNAVAILABLE, False),
    (boto.SSLError(endpoint_url=URL, error="[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]"), Kind.UNAVAILABLE, True),
    (boto.ReadTimeoutError(endpoint_url=URL), Kind.UNAVAILABLE, True),
    (boto.ConnectionClosedError(endpoint_url=URL), Kind.UNAVAILABLE, True),
    (boto.HTTPClientError(error="reset"), Kind.UNAVAILABLE, True),
    (boto.ResponseStreamingError(error="cut"), Kind.UNAVAILABLE, True),
    (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), Kind.UNAVAILABLE, True),
    (ResponseParserError("Unable to parse response, body: hunter2"), Kind.UNAVAILABLE, True),
    (boto.NoCredentialsError(), Kind.CREDENTIALS, False),
    (boto.PartialCredentialsError(provider="env", cred_var="x"), Kind.CREDENTIALS, False),
    (boto.CredentialRetrievalError(provider="p", error_msg="m"), Kind.CREDENTIALS, False),
    (boto.MetadataRetrievalError(error_msg="m"), Kind.CREDENTIALS, False),
    (boto.ProfileNotFound(profile="p"), Kind.CREDENTIALS, False),
    (boto.UnauthorizedSSOTokenError(), Kind.CREDENTIALS, False),
    (boto.ParamValidationError(report="Invalid type for parameter X, value: hunter2, type: ..."), Kind.INVALID, False),
    (boto.NoRegionError(), Kind.INVALID, False),
    (boto.InvalidRegionError(region_name="x"), Kind.INVALID, False),
    (boto.PaginationError(message="same token twice"), Kind.REFUSED, True),
]


@pytest.mark.parametrize(("error", "kind", "open_outcome"), UNANSWERED, ids=lambda case: type(case).__name__)
def test_a_call_without_an_answer_says_whether_it_may_have_happened(
    error: Exception, kind: Kind, open_outcome: bool
) -> None:
    assert isinstance(error, BOTO_ERRORS)
    read = failure_of(error, operation="mwaa:GetEnvironment")
    mutation = failure_of(error, operation="mwaa:CreateEnvironment", mutating=True)
    assert (read.kind, read.may_have_happened) == (kind, False)
    assert (mutation.kind, mutation.may_have_happened) == (kind, open_outcome)
    assert mutation.code == type(error).__name__
    assert "hunter2" not in mutation.message


def test_a_refused_certificate_is_found_behind_the_wrapped_error() -> None:
    error = boto.SSLError(endpoint_url=URL, error="x")
    error.__cause__ = ssl.SSLCertVerificationError(1, "bad")
    assert not failure_of(error, operation="mwaa:CreateEnvironment", mutating=True).may_have_happened


@pytest.mark.parametrize(
    ("status", "open_outcome"), [(400, False), (403, False), (500, True), (502, True), (503, True)]
)
def test_an_answered_mutation_is_open_only_after_a_server_error(status: int, open_outcome: bool) -> None:
    failure = failure_of(answered("Strange", "x", status), operation="mwaa:CreateEnvironment", mutating=True)
    assert failure.may_have_happened is open_outcome


def test_a_throttled_mutation_did_not_happen() -> None:
    failure = failure_of(answered("ThrottlingException", status=429), operation="mwaa:CreateEnvironment", mutating=True)
    assert failure == Failure(
        Kind.THROTTLED,
        "mwaa:CreateEnvironment",
        "ThrottlingException",
        "AWS gave no reason (HTTP status 429)",
        may_have_happened=False,
    )


def test_mwaas_texts_are_read_for_mwaa() -> None:
    error = answered("ValidationException", "Environments with DELETED status cannot be deleted.")
    assert failure_of(error, operation="mwaa:DeleteEnvironment", mutating=True).kind is Kind.ALREADY_DELETED


@given(
    code=st.text(max_size=50),
    message=st.text(max_size=300),
    status=st.integers(100, 599),
    operation=st.sampled_from(["mwaa:CreateEnvironment", "s3:HeadObject", "sts:AssumeRole"]),
    mutating=st.booleans(),
)
def test_any_client_error_becomes_one_failure(
    code: str, message: str, status: int, operation: str, mutating: bool
) -> None:
    failure = failure_of(answered(code, message, status), operation=operation, mutating=mutating)
    assert failure.kind in Kind
    assert 0 < len(failure.message) <= 900
    assert failure.code
    assert mutating or not failure.may_have_happened


@pytest.mark.parametrize("response", [{}, {"Error": {}}, {"ResponseMetadata": {"HTTPStatusCode": 503}}])
def test_an_answer_with_parts_missing_is_still_a_failure(response: dict[str, object]) -> None:
    failure = failure_of(boto.ClientError(response, "Op"), operation="mwaa:GetEnvironment")
    assert failure.kind in (Kind.REFUSED, Kind.UNAVAILABLE)


def test_every_exception_of_botocore_that_can_be_made_without_arguments_has_a_kind() -> None:
    members = inspect.getmembers(boto, inspect.isclass)
    classes = [item for _, item in members if issubclass(item, Exception) and issubclass(item, boto.BotoCoreError)]
    made: list[Exception] = []
    for item in classes:
        try:
            made.append(item())
        except (KeyError, TypeError):
            continue
    assert made
    assert all(failure_of(error, operation="mwaa:GetEnvironment").kind in Kind for error in made)


def test_the_exception_reads_as_its_failure() -> None:
    error = AwsError(Failure(Kind.QUOTA, "mwaa:CreateEnvironment", "ValidationException", "limit reached"))
    assert str(error) == "mwaa:CreateEnvironment: QuotaExceeded: ValidationException: limit reached"


PERMISSIONS = [
    ("mwaa:GetEnvironment", "", "airflow:GetEnvironment"),
    ("mwaa:CreateEnvironment", "User: x is not authorized to perform: iam:PassRole on resource: r", "iam:PassRole"),
    ("s3:HeadObject", "Forbidden", "s3:GetObject"),
    ("s3:PutObject", "Access Denied", "s3:PutObject"),
    ("s3:DeleteObjects", "Access Denied", "s3:DeleteObjectVersion"),
    ("s3:ListObjectVersions", "Access Denied", "s3:ListBucketVersions"),
    ("mwaa-serverless:UpdateWorkflow", "", "airflow-serverless:UpdateWorkflow"),
    ("s3:GetPublicAccessBlock", "Access Denied", "s3:GetBucketPublicAccessBlock"),
    ("service-quotas:GetServiceQuota", "", "servicequotas:GetServiceQuota"),
    ("ec2:DescribeSubnets", "You are not authorized to perform this operation.", "ec2:DescribeSubnets"),
]


@pytest.mark.parametrize(("operation", "message", "action"), PERMISSIONS)
def test_the_missing_permission_is_the_one_that_aws_names_or_that_guards_the_call(
    operation: str, message: str, action: str
) -> None:
    assert permission_of(Failure(Kind.ACCESS_DENIED, operation, "AccessDenied", message)) == action


def test_iam_spells_the_actions_of_mwaa_its_own_way() -> None:
    assert iam_action("mwaa:TagResource") == "airflow:TagResource"
