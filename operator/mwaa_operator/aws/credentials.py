"""Credentials of an access: the process's own, or those of a role that is assumed and renewed before it expires.

Everything that can go wrong on the way to credentials becomes one kind of failure here, so that a missing right on
sts:AssumeRole never looks like a missing right on the call that needed the credentials.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import NoCredentialsError

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.errors import BOTO_ERRORS, AwsError, failure_of
from mwaa_operator.aws.scrub import bounded, scrub

ASSUME_ROLE = "sts:AssumeRole"
AMBIENT = "credentials:Load"

# botocore raises RuntimeError for renewed credentials that are expired already, OSError for an unreadable token file.
_LOADING_ERRORS: tuple[type[Exception], ...] = (*BOTO_ERRORS, RuntimeError, OSError)
_PASSING = (FailureKind.UNAVAILABLE, FailureKind.THROTTLED)
_TRUST_HINT = (
    "; let the role's trust policy name the operator's own role with sts:AssumeRole and sts:TagSession, and ask for no "
    "other external id than that of the AwsAccount"
)


def assumed_role(access: Access, sts: Callable[[], Any]) -> DeferredRefreshableCredentials:
    """Return credentials of the role of `access`, fetched when first used and renewed some minutes before they expire.

    Args:
        access: With `assume_role_arn`.
        sts: Gives the STS client of the process's own credentials; called at each renewal.
    """

    def fetch() -> dict[str, Any]:
        try:
            answer = sts().assume_role(**assume_role_request(access))
        except BOTO_ERRORS as error:
            raise AwsError(credential_failure(error, operation=ASSUME_ROLE)) from None
        given = answer["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    return DeferredRefreshableCredentials(refresh_using=fetch, method="mwaa-operator-assume-role")


def assume_role_request(access: Access) -> dict[str, Any]:
    """Return the members of AssumeRole; the session lasts an hour, the most that role chaining allows (IAM guide)."""
    request: dict[str, Any] = {"RoleArn": access.assume_role_arn, "RoleSessionName": access.session_name}
    if access.external_id is not None:
        request["ExternalId"] = access.external_id
    if access.session_tags:
        request["Tags"] = [{"Key": key, "Value": value} for key, value in access.session_tags.items()]
    return request


def access_key_of(credentials: Any, *, assumed: bool) -> str:
    """Return the present access key id, after fetching or renewing the credentials where that is due.

    Called before every call, so that a renewal neither happens between the fence and a mutation nor passes for a
    failure of the call itself.

    Raises:
        AwsError: Credentials (or Unavailable, Throttled); the next try may succeed.
    """
    return str(frozen(credentials, assumed=assumed).access_key)


def frozen(credentials: Any, *, assumed: bool) -> Any:
    """Return the present credentials as botocore signs with them, after fetching or renewing them where that is due.

    Raises:
        AwsError: As `access_key_of`.
    """
    try:
        return credentials.get_frozen_credentials()
    except _LOADING_ERRORS as error:
        raise AwsError(credential_failure(error, operation=ASSUME_ROLE if assumed else AMBIENT)) from None


def credential_failure(error: Exception, *, operation: str) -> Failure:
    """Return what a failure to get credentials means: Credentials, unless it is plainly a passing one."""
    if not isinstance(error, BOTO_ERRORS):
        return Failure(FailureKind.CREDENTIALS, operation, type(error).__name__, scrub(str(error)))
    failure = failure_of(error, operation=operation)
    if failure.kind in _PASSING:
        return failure
    denied = failure.kind is FailureKind.ACCESS_DENIED and operation == ASSUME_ROLE
    message = bounded(failure.message + _TRUST_HINT) if denied else failure.message
    return replace(failure, kind=FailureKind.CREDENTIALS, message=message)


def no_credentials() -> AwsError:
    """Return the error for a process that has no credentials at all."""
    return AwsError(
        Failure(
            FailureKind.CREDENTIALS,
            AMBIENT,
            NoCredentialsError.__name__,
            "the operator has no AWS credentials; give its service account a role (EKS Pod Identity or IRSA)",
        )
    )
