"""The one table of what AWS's error codes and texts mean for the operator. Data and its reasons; no I/O. Pure.

MWAA answers name clashes, wrong states, quotas, missing propagation and real mistakes with one and the same
ValidationException, so their texts are read by key words; a text that no rule knows is REFUSED, never silently final.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from mwaa_operator.api.failure import FailureKind

_CODES: dict[FailureKind, str] = {
    FailureKind.NOT_FOUND: """
        404 NoSuchBucket NoSuchBucketPolicy NoSuchEntity NoSuchEntityException NoSuchKey NoSuchLifecycleConfiguration
        NoSuchPublicAccessBlockConfiguration NoSuchResourceException NoSuchVersion NotFound NotFoundException
        ResourceNotFound ResourceNotFoundException ServerSideEncryptionConfigurationNotFoundError""",
    FailureKind.THROTTLED: """
        429 BandwidthLimitExceeded EC2ThrottledException PriorRequestNotComplete ProvisionedThroughputExceededException
        RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown ThrottledException Throttling
        ThrottlingException TooManyRequests TooManyRequestsException""",
    FailureKind.UNAVAILABLE: """
        500 502 503 504 BadDigest DependencyTimeoutException IDPCommunicationError InternalError InternalFailure
        InternalServerError InternalServerException InternalServiceError InternalServiceException KMSInternalException
        OperationTimeoutException RequestTimeout RequestTimeoutException ServiceException ServiceFailure
        ServiceUnavailable ServiceUnavailableException TemporaryRedirect Unavailable XAmzContentSHA256Mismatch""",
    FailureKind.ACCESS_DENIED: """
        403 AccessDenied AccessDeniedException AllAccessDisabled AuthorizationError Forbidden NotAuthorized
        OptInRequired SubscriptionRequiredException UnauthorizedException UnauthorizedOperation""",
    FailureKind.CREDENTIALS: """
        401 AuthFailure ExpiredToken ExpiredTokenException IDPRejectedClaim IncompleteSignature
        IncompleteSignatureException InvalidAccessKeyId InvalidClientTokenId InvalidIdentityToken
        InvalidSignatureException InvalidToken MissingAuthenticationToken MissingAuthenticationTokenException
        RegionDisabledException RequestExpired RequestTimeTooSkewed SignatureDoesNotMatch TokenRefreshRequired
        UnrecognizedClientException""",
    FailureKind.NAME_IN_USE: """
        412 BucketAlreadyExists BucketAlreadyOwnedByYou ConflictException EntityAlreadyExists
        EntityAlreadyExistsException PreconditionFailed ResourceAlreadyExistsException""",
    FailureKind.WRONG_STATE: """
        ConcurrentModification ConcurrentModificationException ConditionalRequestConflict DeleteConflict
        DeleteConflictException EntityTemporarilyUnmodifiable EntityTemporarilyUnmodifiableException IncorrectState
        InvalidStateException KMS.KMSInvalidStateException KMSInvalidStateException OperationAborted
        OperationAbortedException ResourceInUseException""",
    FailureKind.QUOTA: """
        LimitExceeded LimitExceededException QuotaExceededException ServiceQuotaExceededException""",
    FailureKind.INVALID: """
        301 AuthorizationHeaderMalformed EntityTooLarge InvalidArnException InvalidBucketName InvalidDigest
        InvalidInput InvalidInputException InvalidParameter InvalidParameterCombination InvalidParameterException
        InvalidParameterValue InvalidParameterValueException InvalidRequestException KMS.DisabledException
        KMS.NotFoundException KeyTooLongError MalformedPolicyDocument MalformedPolicyDocumentException MissingParameter
        PackedPolicyTooLarge PermanentRedirect PolicyNotAttachable PolicyNotAttachableException SerializationException
        UnknownOperationException UnmodifiableEntity UnmodifiableEntityException UnsupportedOperation
        ValidationError""",
}

CODES: Mapping[str, FailureKind] = MappingProxyType(
    {code: kind for kind, codes in _CODES.items() for code in codes.split()}
)
"""Error codes whose meaning does not depend on their text."""

_OPERATION_CODES: Mapping[tuple[str, str], FailureKind] = MappingProxyType(
    {
        # Of these only a create can meet a name (botocore model mwaa-serverless, 2026-11: ConflictException).
        ("mwaa-serverless:UpdateWorkflow", "ConflictException"): FailureKind.WRONG_STATE,
        ("mwaa-serverless:StartWorkflowRun", "ConflictException"): FailureKind.WRONG_STATE,
    }
)
"""Error codes that mean something else for one operation."""

# EC2 makes a code for each resource: InvalidSubnetID.NotFound, VpcLimitExceeded, InvalidGroupId.Malformed.
_CODE_PATTERNS: tuple[tuple[re.Pattern[str], FailureKind], ...] = (
    (re.compile(r"\.NotFound$"), FailureKind.NOT_FOUND),
    (re.compile(r"\.Malformed$"), FailureKind.INVALID),
    (re.compile(r"(?:LimitExceeded|QuotaExceeded)(?:Exception)?$"), FailureKind.QUOTA),
    (re.compile(r"[Tt]hrottl"), FailureKind.THROTTLED),
    (re.compile(r"AlreadyExists(?:Exception)?$"), FailureKind.NAME_IN_USE),
)

_STATES = (
    "CREATING|CREATING_SNAPSHOT|CREATE_FAILED|PENDING|AVAILABLE|UPDATING|UPDATE_FAILED|ROLLING_BACK|UNAVAILABLE"
    "|MAINTENANCE|DELETING"
)

# The first rule that matches wins, here and below; texts seen in public reports of Terraform, CloudFormation and boto3
# users stand in tests/unit/aws/test_error_table.py.
_TEXTS: tuple[tuple[FailureKind, str], ...] = (
    # The API's front end quotes the request, in which any word may stand: before every other rule.
    (FailureKind.INVALID, r"validation errors? detected|failed to satisfy constraint"),
    (FailureKind.ALREADY_DELETED, r"\bDELETED\b.{0,40}cannot be deleted"),
    (FailureKind.WRONG_STATE, r"(?:status|state) cannot be (?:updated|deleted|modified)"),
    (FailureKind.WRONG_STATE, r"\bnot in an? [\w ]{0,30}\b(?:state|status)\b"),
    (FailureKind.WRONG_STATE, rf"\bnot in (?:the )?(?:{_STATES})\b"),
    (FailureKind.WRONG_STATE, r"\bstat(?:e|us)\b.{0,60}(?:does not|doesn't) (?:allow|permit|support)"),
    (FailureKind.WRONG_STATE, rf"cannot be (?:updated|deleted|modified).{{0,60}}\b(?:{_STATES})\b"),
    (FailureKind.WRONG_STATE, rf"\bin (?:the )?(?:{_STATES}) (?:state|status)\b"),
    # The caller's own missing right (iam:PassRole, kms:CreateGrant …); an execution role's is a matter of propagation.
    (FailureKind.ACCESS_DENIED, r"^(?:invalid request provided:? )?user: \S+ is not authorized to perform"),
    (FailureKind.PROPAGATION, r"\bassum(?:e|ed|able)\b|trust (?:policy|relationship)|airflow-env\.amazonaws\.com"),
    (FailureKind.PROPAGATION, r"\brole\b.{0,80}(?:not have|lacks?|missing|insufficient|no) .{0,30}permission"),
    (FailureKind.PROPAGATION, r"permissions? (?:for|to|on) (?:the )?s3\b"),
    (FailureKind.PROPAGATION, r"block ?public ?access|public ?access ?block"),
    (FailureKind.PROPAGATION, r"\bversioning\b"),
    (FailureKind.NAME_IN_USE, r"already (?:exists|in use|taken)|\bname\b.{0,100}\bin use\b"),
    (FailureKind.NAME_IN_USE, r"\bexists with (?:the|this|that)\b"),
    (FailureKind.QUOTA, r"\bquotas?\b|limit (?:is |was |has been )?(?:exceeded|reached)"),
    (FailureKind.QUOTA, r"(?:exceed|reach)\w*.{0,40}\blimit|maximum number of environments"),
    (FailureKind.INVALID, r"expected format|configurations? .{0,60}(?:invalid|format|not (?:allowed|supported))"),
    (FailureKind.INVALID, r"web ?servers?\b|\bschedulers?\b|\bmin ?workers\b|\bmax ?workers\b"),
    (FailureKind.INVALID, r"unsupported|not supported|not a valid|is not valid|\binvalid (?:value|version|enum|name)"),
    (FailureKind.INVALID, r"(?:cannot|can't|could not|unable to|failed to) (?:read|find|access|load) .{0,40}version"),
    (FailureKind.INVALID, r"\bdowngrad|\benum\b|must be (?:one of|between|at least|at most|greater|less|unique)"),
)

# MWAA Serverless has codes of its own for names, quotas and what is not there; its ValidationException is about the
# request or the definition, except that it also names the execution role while IAM has not told everybody about it. The
# texts of definitions stand in AWS's samples (aws-samples/amazon-mwaa-examples, serverless/mcp, 2026-08), that a fresh
# role is named in a ValidationException or AccessDeniedException in public code (alchemy-run/alchemy, 2026-09).
_ASSUMING: tuple[tuple[FailureKind, str], ...] = (
    (FailureKind.ACCESS_DENIED, r"\buser: \S+ is not authorized to perform|\bnot authorized to perform:? iam:PassRole"),
    (FailureKind.PROPAGATION, r"\bassum(?:e|ed|able|ing)\b(?!-role)|trust (?:policy|relationship)"),
)
# A key or a task may have "role" in its name, and so has whoever makes the call: `assumed-role`.
_ROLE = (FailureKind.PROPAGATION, r"(?<![-/.\w])role(?:arn)?(?![-/\w]|\.\w)|:role/")
_SERVERLESS_TEXTS: tuple[tuple[FailureKind, str], ...] = (
    (FailureKind.INVALID, r"validation errors? detected|failed to satisfy constraint"),
    *_ASSUMING,
    # A state has ConflictException, but not for a stop, which the model gives no other code (botocore, 2026-11).
    (FailureKind.WRONG_STATE, r"\b(?:run|workflow)\b.{0,80}\b(?:in (?:the )?(?:state|status)|is disabled)\b"),
    (FailureKind.WRONG_STATE, r"\bnot in an? [\w ]{0,30}\b(?:state|status)\b"),
    (FailureKind.INVALID, r"definition (?:is invalid|validation)|\bpars(?:e|ing)\b.{0,60}\bdefinition\b"),
    (FailureKind.INVALID, r"invalid tasks configuration|keyword arguments?|unexpected element|key ?error|\bcycle\b"),
    (FailureKind.INVALID, r"not supported|unsupported|single dag"),
    _ROLE,
    (FailureKind.INVALID, r"does not exist|not found|\bno such\b|NoSuch(?:Bucket|Key|Version)"),
    (FailureKind.PROPAGATION, r"\b(?:unable to|failed to|could not|cannot) (?:read|access|get|fetch)\b|access denied"),
)

_Rules = tuple[tuple[FailureKind, re.Pattern[str]], ...]


def _compiled(texts: tuple[tuple[FailureKind, str], ...]) -> _Rules:
    return tuple((kind, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for kind, pattern in texts)


_MWAA_RULES = _compiled(_TEXTS)
_SERVERLESS_DENIALS = _compiled((*_ASSUMING, _ROLE))
_SERVERLESS_RULES = _compiled(_SERVERLESS_TEXTS)


def kind_of(operation: str, code: str, status: int, text: str) -> FailureKind:
    """Return what an error answer means.

    Args:
        operation: `service:Operation`.
        code: AWS's error code.
        status: The HTTP status, 0 where there is none.
        text: AWS's text as it came.
    """
    service = operation.partition(":")[0]
    if (operation, code) in _OPERATION_CODES:
        return _OPERATION_CODES[operation, code]
    if service == "mwaa-serverless" and code == "AccessDeniedException":
        return _first(_SERVERLESS_DENIALS, text, default=FailureKind.ACCESS_DENIED)
    return kind_of_code(code, status) or kind_of_text(service, code, text)


def kind_of_code(code: str, status: int) -> FailureKind | None:
    """Return what an error code means, or else its HTTP status; None where only the text can tell."""
    if code in CODES:
        return CODES[code]
    bare = code.rsplit("#", 1)[-1].removeprefix("Client.").removeprefix("Server.")
    if bare in CODES:
        return CODES[bare]
    for pattern, kind in _CODE_PATTERNS:
        if pattern.search(bare):
            return kind
    if status >= 500:
        return FailureKind.UNAVAILABLE
    return CODES.get(str(status))


def kind_of_text(service: str, code: str, text: str) -> FailureKind:
    """Return what an answer means whose code and HTTP status do not tell; REFUSED where no rule knows it.

    Only MWAA hides several meanings behind ValidationException, and MWAA Serverless two; elsewhere it says that the
    request is wrong.
    """
    if code != "ValidationException":
        return FailureKind.REFUSED
    if service == "mwaa":
        return _first(_MWAA_RULES, text, default=FailureKind.REFUSED)
    if service == "mwaa-serverless":
        return _first(_SERVERLESS_RULES, text, default=FailureKind.INVALID)
    return FailureKind.INVALID


def _first(rules: _Rules, text: str, *, default: FailureKind) -> FailureKind:
    return next((kind for kind, pattern in rules if pattern.search(text)), default)
