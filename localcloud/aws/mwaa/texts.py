"""Refusals of Amazon MWAA with their texts.

Texts marked (seen) are those that people quote from the live service; for the others no quotation is known and the
wording is ours. Clients must match key words only. Nothing here decides when a text is due.
"""

from __future__ import annotations

from dataclasses import dataclass

NOT_FOUND = "ResourceNotFoundException"
VALIDATION = "ValidationException"

INCORRECT_CONFIGURATION = "INCORRECT_CONFIGURATION"
TROUBLESHOOTING = (
    "You may need to check the execution role permissions policy for your environment, and that each of the VPC "
    "networking components required by the environment are configured to allow traffic. Troubleshooting: "
    "https://docs.aws.amazon.com/mwaa/latest/userguide/troubleshooting.html"
)
"""(seen) The error message of almost every failed create."""

NO_ENDPOINTS = (
    "The VPC endpoints of the environment were not created within 72 hours. Create them for the endpoint services of "
    "the environment, and create the environment again."
)


@dataclass(frozen=True)
class Refusal:
    """An error answer that changes nothing.

    Attributes:
        code: AWS's error code.
        message: AWS's text.
        status: HTTP status.
        members: Further members of the error's body, as pairs (InvokeRestApi has them).
    """

    code: str
    message: str
    status: int = 400
    members: tuple[tuple[str, object], ...] = ()


def invalid(message: str) -> Refusal:
    """Return a ValidationException; MWAA has no other code for conflicts, quotas and wrong states."""
    return Refusal(VALIDATION, message)


def not_found(name: str) -> Refusal:
    """No environment of that name."""
    return Refusal(NOT_FOUND, f"Environment {name} not found.", 404)


def name_in_use(name: str) -> Refusal:
    """A create of a name that is taken."""
    return invalid(f"An environment with the name {name} already exists in this account and Region.")


def quota(limit: int) -> Refusal:
    """One environment too many."""
    return invalid(f"You have reached the limit of {limit} environments in this Region (service quota). Ask for more.")


def cannot_update(status: str) -> Refusal:
    """A write in a state that does not allow it (seen for CREATE_FAILED)."""
    return invalid(f"Environments with {status} status cannot be updated.")


def cannot_delete(status: str) -> Refusal:
    """A delete in a state that does not allow it (seen for DELETED)."""
    return invalid(f"Environments with {status} status cannot be deleted.")


def role_not_assumable(role_arn: str) -> Refusal:
    """(seen) The trust policy is wrong, or IAM has not told everybody about the role yet."""
    return invalid(
        f"Failed to assume role {role_arn}. This could be due to the role's trust policy. Please ensure your role is "
        "assumable by 'airflow-env.amazonaws.com' Service Principal and try again."
    )


def role_lacks_s3(location: str) -> Refusal:
    """(seen) The role cannot read the bucket and DAG folder."""
    return invalid(f"Provided role does not have sufficient permissions for s3 location {location}")


def bucket_not_blocked(bucket: str) -> Refusal:
    """(seen) Block Public Access is off."""
    return invalid(f"Provided bucket does not have BlockPublicAccess set for s3 bucket {bucket}.")


def unreadable_version(version: str, key: str) -> Refusal:
    """A pinned object version that is not there."""
    return invalid(f"Unable to read version {version} of file {key}")


def option_format(keys: list[str]) -> Refusal:
    """Options without a section."""
    return invalid(f"Provided Airflow configurations {', '.join(keys)} lack the expected format, e.g. core.log_format")


def failed_validation(problems: list[str]) -> Refusal:
    """(seen, in form) Members that break the service model's limits."""
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
    return invalid(count + "; ".join(problems))
