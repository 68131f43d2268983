"""What error codes and MWAA's texts mean. Texts marked "seen" stand in public reports; the others are our guesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.error_table import CODES, kind_of_code, kind_of_text

CODES_OF_SERVICES = [
    ("mwaa", "ResourceNotFoundException", 404, Kind.NOT_FOUND),
    ("mwaa", "InternalServerException", 500, Kind.UNAVAILABLE),
    ("mwaa", "ServiceUnavailableException", 503, Kind.UNAVAILABLE),
    ("mwaa", "AccessDeniedException", 403, Kind.ACCESS_DENIED),
    ("mwaa", "ThrottlingException", 429, Kind.THROTTLED),
    ("mwaa", "ThrottlingException", 400, Kind.THROTTLED),
    ("mwaa", "TooManyRequestsException", 429, Kind.THROTTLED),
    ("mwaa", "ExpiredTokenException", 403, Kind.CREDENTIALS),
    ("mwaa", "UnrecognizedClientException", 403, Kind.CREDENTIALS),
    ("mwaa", "InvalidSignatureException", 403, Kind.CREDENTIALS),
    ("s3", "404", 404, Kind.NOT_FOUND),
    ("s3", "403", 403, Kind.ACCESS_DENIED),
    ("s3", "NoSuchBucket", 404, Kind.NOT_FOUND),
    ("s3", "NoSuchPublicAccessBlockConfiguration", 404, Kind.NOT_FOUND),
    ("s3", "ServerSideEncryptionConfigurationNotFoundError", 404, Kind.NOT_FOUND),
    ("s3", "SlowDown", 503, Kind.THROTTLED),
    ("iam", "NoSuchEntity", 404, Kind.NOT_FOUND),
    ("iam", "Throttling", 400, Kind.THROTTLED),
    ("iam", "LimitExceeded", 409, Kind.QUOTA),
    ("iam", "ServiceFailure", 500, Kind.UNAVAILABLE),
    ("ec2", "UnauthorizedOperation", 403, Kind.ACCESS_DENIED),
    ("ec2", "InvalidSubnetID.NotFound", 400, Kind.NOT_FOUND),
    ("ec2", "InvalidGroupId.Malformed", 400, Kind.INVALID),
    ("ec2", "RequestLimitExceeded", 503, Kind.THROTTLED),
    ("ec2", "VpcLimitExceeded", 400, Kind.QUOTA),
    ("ec2", "AuthFailure", 401, Kind.CREDENTIALS),
    ("kms", "NotFoundException", 400, Kind.NOT_FOUND),
    ("kms", "KMSInternalException", 500, Kind.UNAVAILABLE),
    ("logs", "LimitExceededException", 400, Kind.QUOTA),
    ("logs", "OperationAbortedException", 400, Kind.WRONG_STATE),
    ("logs", "ResourceAlreadyExistsException", 400, Kind.NAME_IN_USE),
    ("sts", "PackedPolicyTooLarge", 400, Kind.INVALID),
    ("service-quotas", "NoSuchResourceException", 400, Kind.NOT_FOUND),
    ("any", "com.amazonaws.service#ThrottlingException", 400, Kind.THROTTLED),
    ("any", "Client.UnauthorizedOperation", 400, Kind.ACCESS_DENIED),
    ("any", "SomethingNew", 500, Kind.UNAVAILABLE),
    ("any", "SomethingNew", 404, Kind.NOT_FOUND),
    ("any", "SomethingNew", 429, Kind.THROTTLED),
]


@pytest.mark.parametrize(("service", "code", "status", "kind"), CODES_OF_SERVICES)
def test_a_code_has_one_meaning(service: str, code: str, status: int, kind: Kind) -> None:
    assert kind_of_code(code, status) is kind


TEXTS = [
    # seen
    (
        "Failed to assume role arn:aws:iam::123456789012:role/prod-execution-role. This could be due to the role's "
        "trust policy. Please ensure your role is assumable by 'airflow-env.amazonaws.com' Service Principal and try "
        "again.",
        Kind.PROPAGATION,
    ),
    (
        "Invalid request provided: Provided role does not have sufficient permissions for s3 location b/dags",
        Kind.PROPAGATION,
    ),
    ("Provided role does not have sufficient permissions for s3 location airflow-b/dags", Kind.PROPAGATION),
    (
        "Invalid request provided: Provided bucket does not have BlockPublicAccess set for s3 bucket b. ("
        "Service: Mwaa, Status Code: 400, Request ID: 634a77b4-0105-443d-a64f-d8ef3c141c26, Extended Request ID: null)",
        Kind.PROPAGATION,
    ),
    ("Environments with CREATE_FAILED status cannot be updated.", Kind.WRONG_STATE),
    (
        "Some of the provided configurations do not have the expected format: weekly_maintenance_window_start, "
        "e.g: core.log_format.",
        Kind.INVALID,
    ),
    # of the same meaning, not seen
    ("Unable to check PublicAccessBlock configuration for bucket b (404)", Kind.PROPAGATION),
    ("Cannot assume role arn:aws:iam::123456789012:role/r", Kind.PROPAGATION),
    ("The execution role r is missing the required permission s3:GetBucket*", Kind.PROPAGATION),
    ("Versioning must be enabled for bucket b", Kind.PROPAGATION),
    ("Environments with DELETED status cannot be deleted.", Kind.ALREADY_DELETED),
    ("Environments with DELETING status cannot be deleted.", Kind.WRONG_STATE),
    ("Environments with UPDATING status cannot be updated.", Kind.WRONG_STATE),
    ("Environment is not in a state that allows this operation", Kind.WRONG_STATE),
    ("The environment's status does not allow updates", Kind.WRONG_STATE),
    ("Environment e cannot be updated while it is in the CREATING_SNAPSHOT state", Kind.WRONG_STATE),
    ("Environment e is not in AVAILABLE", Kind.WRONG_STATE),
    ("An environment with the name e already exists in this account and Region.", Kind.NAME_IN_USE),
    ("The name prod-airflow is in use", Kind.NAME_IN_USE),
    ("You have reached the limit of 10 environments in this Region.", Kind.QUOTA),
    ("Maximum number of environments", Kind.QUOTA),
    ("The service quota for workers is 25", Kind.QUOTA),
    ("Account limit exceeded", Kind.QUOTA),
    ("Unable to read version 3 of file requirements.txt", Kind.INVALID),
    ("Cannot read version abc of file plugins.zip", Kind.INVALID),
    ("Number of web servers for mw1.micro must be 1", Kind.INVALID),
    ("Airflow version 9.9.9 is not supported", Kind.INVALID),
    ("Unsupported Airflow version", Kind.INVALID),
    ("Downgrading is not possible", Kind.INVALID),
    (
        "1 validation error detected: Value 'already exists' at 'name' failed to satisfy constraint: Member must "
        "satisfy regular expression pattern: ^[a-zA-Z][0-9a-zA-Z-_]*$",
        Kind.INVALID,
    ),
    (
        "User: arn:aws:sts::123456789012:assumed-role/op/s is not authorized to perform: iam:PassRole on resource: r",
        Kind.ACCESS_DENIED,
    ),
    ("Something that nobody has seen before", Kind.REFUSED),
    ("", Kind.REFUSED),
]


@pytest.mark.parametrize(("text", "kind"), TEXTS)
def test_a_text_of_mwaa_is_read_by_its_key_words(text: str, kind: Kind) -> None:
    assert kind_of_text("mwaa", "ValidationException", text) is kind


def test_a_validation_exception_of_another_service_means_that_the_request_is_wrong() -> None:
    assert kind_of_text("kms", "ValidationException", "already exists") is Kind.INVALID


def test_a_code_that_nobody_knows_is_refused_and_not_read_by_its_text() -> None:
    assert kind_of_text("mwaa", "NovelException", "already exists") is Kind.REFUSED


def test_an_environment_named_like_an_error_does_not_change_the_meaning() -> None:
    text = "Environments with UPDATING status cannot be updated. Environment: already-exists-quota-exceeded"
    assert kind_of_text("mwaa", "ValidationException", text) is Kind.WRONG_STATE


@given(code=st.one_of(st.sampled_from(sorted(CODES)), st.text(max_size=40)), status=st.integers(0, 599), text=st.text())
def test_every_answer_has_exactly_one_kind(code: str, status: int, text: str) -> None:
    kind = kind_of_code(code, status) or kind_of_text("mwaa", code, text)
    assert kind in Kind


def test_no_code_stands_under_two_kinds() -> None:
    from mwaa_operator.aws.error_table import _CODES

    listed = [code for codes in _CODES.values() for code in codes.split()]
    assert len(listed) == len(set(listed))
