"""Every failure of AWS as one exception with a `Failure`: the only place where botocore's exceptions are read.

What a code or text means stands in `error_table.py`, how a text is made fit to be shown in `scrub.py`. Nothing here
decides about retries: rooms do, from the kind.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from typing import Any

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.aws.error_table import kind_of
from mwaa_operator.aws.particulars import with_particulars
from mwaa_operator.aws.scrub import MAX_READ, parameter_report, scrub

BOTO_ERRORS: tuple[type[Exception], ...] = (boto.BotoCoreError, boto.ClientError, ResponseParserError)
"""All that a client of botocore raises for a call; ResponseParserError has no base of botocore's."""

_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.NoAuthTokenError,
    boto.TokenRetrievalError,
    boto.UnknownCredentialError,
    boto.ProfileNotFound,
    boto.ConfigNotFound,
    boto.ConfigParseError,
    boto.InvalidConfigError,
    boto.RefreshWithMFAUnsupportedError,
    boto.SSOError,
    boto.LoginError,
)
_NEVER_SENT = (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError)
_INVALID = (
    boto.ParamValidationError,
    boto.ValidationError,
    boto.NoRegionError,
    boto.UnknownRegionError,
    boto.UnknownEndpointError,
    boto.EndpointProviderError,
    boto.EndpointVariantError,
    boto.UnknownServiceError,
    boto.InvalidDNSNameError,
    boto.InvalidHostLabelError,
    boto.InvalidEndpointConfigurationError,
)

_IAM_PREFIXES = {"mwaa": "airflow", "mwaa-serverless": "airflow-serverless", "service-quotas": "servicequotas"}
_IAM_ACTIONS = {
    "s3:DeleteObjects": "s3:DeleteObjectVersion",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
}
_DENIED_ACTION = re.compile(r"not authorized to perform:? ?[\"'`]?([a-z0-9-]+:[A-Za-z*]+)")


class AwsError(Exception):
    """A call to AWS failed; `failure` says what follows from it. Its text is fit for logs and conditions."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.operation}: {failure.kind}: {failure.code}: {failure.message}")
        self.failure = failure


def failure_of(error: Exception, *, operation: str, mutating: bool = False) -> Failure:
    """Return what an exception of botocore means.

    Args:
        error: One of `BOTO_ERRORS`.
        operation: `service:Operation`.
        mutating: Whether the call changes something, so that a lost answer leaves the outcome open.

    Returns:
        The failure. `may_have_happened` is true where the request may have been received: a lost or unreadable answer,
        a 5xx, a kind of error that nobody knows; never where a connection could not be made or AWS said no.
    """
    if isinstance(error, boto.ClientError):
        return _answered(error, operation=operation, mutating=mutating)
    kind, open_outcome = _unanswered(error)
    return Failure(
        kind=kind,
        operation=operation,
        code=type(error).__name__,
        message=_text(error),
        may_have_happened=mutating and open_outcome,
    )


def permission_of(failure: Failure) -> str:
    """Return the IAM action that AWS missed: the one that its text names, or else the operation's."""
    if named := _DENIED_ACTION.search(failure.message):
        return named.group(1)
    return iam_action(failure.operation)


def iam_action(operation: str) -> str:
    """Return the IAM action that guards `service:Operation` (AWS service authorization reference)."""
    if operation in _IAM_ACTIONS:
        return _IAM_ACTIONS[operation]
    service, _, name = operation.partition(":")
    return f"{_IAM_PREFIXES.get(service, service)}:{name}"


def _answered(error: boto.ClientError, *, operation: str, mutating: bool) -> Failure:
    answer: dict[str, Any] = error.response.get("Error") or {}
    status = _http_status(error.response)
    code = str(answer.get("Code") or status or "Unknown")
    text = str(answer.get("Message") or "")[:MAX_READ]
    kind = kind_of(operation, code, status, text)
    failure = Failure(
        kind=kind,
        operation=operation,
        code=code,
        message=scrub(text) or f"AWS gave no reason (HTTP status {status or 'unknown'})",
        may_have_happened=mutating and kind is FailureKind.UNAVAILABLE,
    )
    return with_particulars(failure, error.response)


def _unanswered(error: Exception) -> tuple[FailureKind, bool]:
    if isinstance(error, _CREDENTIALS):
        return FailureKind.CREDENTIALS, False
    if isinstance(error, _INVALID):
        return FailureKind.INVALID, False
    if isinstance(error, _NEVER_SENT) or _refused_certificate(error):
        return FailureKind.UNAVAILABLE, False
    if isinstance(error, (boto.HTTPClientError, boto.ConnectionError, boto.ChecksumError, boto.IncompleteReadError)):
        return FailureKind.UNAVAILABLE, True
    if isinstance(error, ResponseParserError):
        return FailureKind.UNAVAILABLE, True
    return FailureKind.REFUSED, True


def _refused_certificate(error: Exception) -> bool:
    """Whether TLS failed on the certificate, before anything was sent; other TLS errors may come after that."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)) or (
        isinstance(error, boto.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _text(error: Exception) -> str:
    if isinstance(error, boto.ParamValidationError):
        return parameter_report(str(error))
    if isinstance(error, ResponseParserError):
        # Its text quotes the body of the answer.
        return "the answer could not be read"
    return scrub(str(error))


def _http_status(response: dict[str, Any]) -> int:
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode")
    return status if isinstance(status, int) else 0
