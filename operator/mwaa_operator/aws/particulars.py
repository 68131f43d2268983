"""What an error answer of AWS says besides its code and text: which resource, which quota, which members, how long.

botocore puts the members of a modelled error beside `Error`. Whatever is taken from there is bounded and made fit to be
shown; nothing is decided from it here. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mwaa_operator.api.failure import Failure, FieldProblem
from mwaa_operator.aws.scrub import bounded, scrub

MAX_FIELDS = 10
MAX_FIELD_MESSAGE = 300
MAX_WORD = 256
MAX_RETRY_AFTER = 3600


def with_particulars(failure: Failure, response: Mapping[str, Any]) -> Failure:
    """Return a failure with what the answer says beyond code and text.

    Args:
        failure: What code and text have told.
        response: `ClientError.response`; members as in botocore's models of ConflictException (`ResourceId`),
            ServiceQuotaExceededException (`ResourceId`, `QuotaCode`), ThrottlingException (`QuotaCode`,
            `RetryAfterSeconds`) and ValidationException (`Reason`, `FieldList`).
    """
    fields = _fields(response.get("FieldList"))
    return replace(
        failure,
        message=_told(failure.message, fields),
        resource_id=_word(response, "ResourceId"),
        quota_code=_word(response, "QuotaCode"),
        reason=_word(response, "Reason"),
        fields=fields,
        retry_after=_seconds(response.get("RetryAfterSeconds")),
    )


def _fields(listed: Any) -> tuple[FieldProblem, ...]:
    if not isinstance(listed, list):
        return ()
    found = (
        FieldProblem(_word(item, "Name"), bounded(scrub(str(item.get("Message") or "")), MAX_FIELD_MESSAGE))
        for item in listed[:MAX_FIELDS]
        if isinstance(item, dict)
    )
    return tuple(field for field in found if field.name or field.message)


def _told(message: str, fields: tuple[FieldProblem, ...]) -> str:
    """Put into a message what it does not say about the members yet: a general text alone would help nobody."""
    missing = [f"{field.name}: {field.message}" for field in fields if field.message not in message]
    return bounded(f"{message.rstrip('. ')}: {'; '.join(missing)}") if missing else message


def _word(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    return value[:MAX_WORD] if isinstance(value, str) else ""


def _seconds(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return min(value, MAX_RETRY_AFTER)
