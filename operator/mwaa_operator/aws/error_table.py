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
        500 502 503 504 DependencyTimeoutException IDPCommunicationError InternalError InternalFailure
        InternalServerError InternalServerException InternalServiceError InternalServiceException KMSInternalException
        RequestTimeout RequestTimeoutException ServiceException ServiceFailure ServiceUnavailable
        ServiceUnavailableException Unavailable""",
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
        BucketAlreadyExists BucketAlreadyOwnedByYou ConflictException EntityAlreadyExists EntityAlreadyExistsException
        ResourceAlreadyExistsException""",
    FailureKind.WRONG_STATE: """
        ConcurrentModification ConcurrentModificationException IncorrectState InvalidStateException
        KMSInvalidStateException OperationAborted OperationAbortedException ResourceInUseException""",
    FailureKind.QUOTA: """
        LimitExceeded LimitExceededException QuotaExceededException ServiceQuotaExceededException""",
    FailureKind.INVALID: """
        InvalidArnException InvalidInput InvalidInputException InvalidParameter InvalidParameterCombination
        InvalidParameterException InvalidParameterValue InvalidParameterValueException InvalidRequestException
        MalformedPolicyDocument MissingParameter PackedPolicyTooLarge SerializationException UnknownOperationException
        UnsupportedOperation ValidationError""",
}

CODES: Mapping[str, FailureKind] = MappingProxyType(
    {code: kind for kind, codes in _CODES.items() for code in codes.split()}
)
"""Error codes whose meaning does not depend on their text."""

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

# The first rule that matches wins; texts seen in public reports of Terraform, CloudFormation and boto3 users stand in
# tests/unit/aws/test_error_table.py.
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
_TEXT_RULES = tuple((kind, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for kind, pattern in _TEXTS)


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

    Only MWAA hides several meanings behind ValidationException; elsewhere it says that the request is wrong.
    """
    if code != "ValidationException":
        return FailureKind.REFUSED
    if service != "mwaa":
        return FailureKind.INVALID
    return next((kind for kind, pattern in _TEXT_RULES if pattern.search(text)), FailureKind.REFUSED)
