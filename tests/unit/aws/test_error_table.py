"""What error codes and MWAA's texts mean. Texts marked "seen" stand in public reports; the others are our guesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.failure import FailureKind as Kind
from mwaa_operator.aws.error_table import CODES, kind_of, kind_of_code, kind_of_text

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
    ("s3", "PreconditionFailed", 412, Kind.NAME_IN_USE),
    ("s3", "ConditionalRequestConflict", 409, Kind.WRONG_STATE),
    ("s3", "PermanentRedirect", 301, Kind.INVALID),
    ("s3", "KMS.NotFoundException", 400, Kind.INVALID),
    ("s3", "KMS.KMSInvalidStateException", 400, Kind.WRONG_STATE),
    ("s3", "BadDigest", 400, Kind.UNAVAILABLE),
    ("iam", "NoSuchEntity", 404, Kind.NOT_FOUND),
    ("iam", "EntityAlreadyExists", 409, Kind.NAME_IN_USE),
    ("iam", "DeleteConflict", 409, Kind.WRONG_STATE),
    ("iam", "ConcurrentModification", 409, Kind.WRONG_STATE),
    ("iam", "MalformedPolicyDocument", 400, Kind.INVALID),
    ("iam", "PolicyNotAttachable", 400, Kind.INVALID),
    ("iam", "UnmodifiableEntity", 400, Kind.INVALID),
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
    ("mwaa-serverless", "ResourceNotFoundException", 400, Kind.NOT_FOUND),
    ("mwaa-serverless", "ServiceQuotaExceededException", 400, Kind.QUOTA),
    ("mwaa-serverless", "OperationTimeoutException", 500, Kind.UNAVAILABLE),
    ("mwaa-serverless", "OperationTimeoutException", 400, Kind.UNAVAILABLE),
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


SERVERLESS_TEXTS = [
    # of AWS's samples
    ("Invalid tasks configuration.", Kind.INVALID),
    ("operator 'S3ListOperator' is not supported", Kind.INVALID),
    ("missing keyword arguments 'data', 's3_key'", Kind.INVALID),
    ("missing keyword arguments 'role_arn', 'role'", Kind.INVALID),
    ("Workflow definition validation failed: task a: role is not a known argument", Kind.INVALID),
    ("Unable to parse the workflow definition as YAML: found a tab", Kind.INVALID),
    ("Only a single DAG is allowed", Kind.INVALID),
    (
        "1 validation error detected: Value 'role' at 'roleArn' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: arn:aws.*",
        Kind.INVALID,
    ),
    ("Cycle detected in DAG", Kind.INVALID),
    ("Something that nobody has seen before", Kind.INVALID),
    ("", Kind.INVALID),
    # public code retries whatever names the role
    ("Unable to assume role arn:aws:iam::123456789012:role/r", Kind.PROPAGATION),
    ("The role defined for the workflow cannot be assumed by the service", Kind.PROPAGATION),
    ("RoleArn: The role r does not exist or is not accessible", Kind.PROPAGATION),
    ("The provided execution role is not valid", Kind.PROPAGATION),
    ("The service is not authorized to access s3://b/definition-0.yaml: Access Denied", Kind.PROPAGATION),
    ("Unable to read s3://b/prefix/definition-0.yaml", Kind.PROPAGATION),
    ("DefinitionS3Location: Unable to read s3://b/role.yaml: NoSuchKey", Kind.INVALID),
    ("The specified bucket does not exist", Kind.INVALID),
    # not seen
    ("The workflow run 1f2e is in state SUCCESS.", Kind.WRONG_STATE),
    ("Workflow orders-a1b2c3d4e5 is not in a valid state for this operation", Kind.WRONG_STATE),
    ("The workflow is disabled", Kind.WRONG_STATE),
    (
        "User: arn:aws:sts::123456789012:assumed-role/op/s is not authorized to perform: iam:PassRole on resource: r",
        Kind.ACCESS_DENIED,
    ),
]


@pytest.mark.parametrize(("text", "kind"), SERVERLESS_TEXTS)
def test_a_text_of_mwaa_serverless_is_about_the_definition_unless_it_names_the_role(text: str, kind: Kind) -> None:
    assert kind_of("mwaa-serverless:CreateWorkflow", "ValidationException", 400, text) is kind


SERVERLESS_DENIALS = [
    ("User: arn:aws:sts::1:assumed-role/op/s is not authorized to perform: iam:PassRole", Kind.ACCESS_DENIED),
    ("User: arn:aws:sts::1:assumed-role/op/s is not authorized to perform: sts:AssumeRole", Kind.ACCESS_DENIED),
    ("arn:aws:sts::1:assumed-role/op/s may not do that", Kind.ACCESS_DENIED),
    ("You do not have sufficient access to perform this action.", Kind.ACCESS_DENIED),
    ("", Kind.ACCESS_DENIED),
    ("The service could not assume the role r", Kind.PROPAGATION),
    ("Role r is not accessible", Kind.PROPAGATION),
]


@pytest.mark.parametrize(("text", "kind"), SERVERLESS_DENIALS)
def test_a_denial_of_mwaa_serverless_is_ours_unless_it_names_the_execution_role(text: str, kind: Kind) -> None:
    assert kind_of("mwaa-serverless:CreateWorkflow", "AccessDeniedException", 403, text) is kind


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("CreateWorkflow", Kind.NAME_IN_USE),
        ("UpdateWorkflow", Kind.WRONG_STATE),
        ("StartWorkflowRun", Kind.WRONG_STATE),
    ],
)
def test_a_conflict_is_about_a_name_only_when_one_is_made(operation: str, kind: Kind) -> None:
    assert kind_of(f"mwaa-serverless:{operation}", "ConflictException", 409, "conflict") is kind


def test_what_one_service_says_by_a_code_is_not_read_into_another() -> None:
    assert kind_of("mwaa:UpdateEnvironment", "ConflictException", 409, "x") is Kind.NAME_IN_USE
    assert kind_of("mwaa:CreateEnvironment", "AccessDeniedException", 403, "role r") is Kind.ACCESS_DENIED


def test_a_validation_exception_of_another_service_means_that_the_request_is_wrong() -> None:
    assert kind_of_text("kms", "ValidationException", "already exists") is Kind.INVALID


def test_a_code_that_nobody_knows_is_refused_and_not_read_by_its_text() -> None:
    assert kind_of_text("mwaa", "NovelException", "already exists") is Kind.REFUSED


def test_an_environment_named_like_an_error_does_not_change_the_meaning() -> None:
    text = "Environments with UPDATING status cannot be updated. Environment: already-exists-quota-exceeded"
    assert kind_of_text("mwaa", "ValidationException", text) is Kind.WRONG_STATE


@given(
    operation=st.sampled_from(["mwaa:CreateEnvironment", "mwaa-serverless:UpdateWorkflow", "s3:PutObject"]),
    code=st.one_of(st.sampled_from(sorted(CODES)), st.text(max_size=40)),
    status=st.integers(0, 599),
    text=st.text(),
)
def test_every_answer_has_exactly_one_kind(operation: str, code: str, status: int, text: str) -> None:
    assert kind_of(operation, code, status, text) in Kind


def test_no_code_stands_under_two_kinds() -> None:
    from mwaa_operator.aws.error_table import _CODES

    listed = [code for codes in _CODES.values() for code in codes.split()]
    assert len(listed) == len(set(listed))
