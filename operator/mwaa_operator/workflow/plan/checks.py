"""Whether definition and role allow a request to be sent, and what DefinitionValid and RoleReady tell. Pure.

A definition that is live already was judged by AWS; it is judged again only where its bytes or spec changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mwaa_operator.api.conditions import Condition, condition, find
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, Severity
from mwaa_operator.workflow.definition.validate import Verdict, validate_bytes
from mwaa_operator.workflow.plan.situation import Situation, SourceLook
from mwaa_operator.workflow.plan.statuses import print_time
from mwaa_operator.workflow.plan.wish import File
from mwaa_operator.workflow.reasons import DetailReason
from mwaa_operator.workflow.status import DEFINITION_VALID, ROLE_READY, StoredDefinition, StoredObject

TOLD = 8
"""Findings that the condition lists; `mwaa-operator validate` lists all of them."""
HARMFUL = frozenset({Code.TYPE_NOT_ALLOWED, Code.TOO_MANY_ALIASES, Code.TOO_DEEP, Code.TOO_MANY_NODES})
"""What validation: Off does not switch off: it could run code, or bring down whoever reads it."""


def judge(s: Situation) -> Verdict | None:
    """Return what the validator says of the present definition; None where there are no bytes to judge.

    Not of dates that are past: at rest the word on a definition must not change by itself.
    """
    look = s.observed.definition
    if look is None or look.data is None:
        return None
    code = s.spec.code
    named = code.config_map_key_ref.key if code is not None and code.config_map_key_ref is not None else None
    in_s3 = code.s3.key.rpartition("/")[2] if code is not None and code.s3 is not None else None
    return validate_bytes(
        look.data,
        knowledge=s.knowledge,
        has_code=code is not None,
        code_file=named or in_s3,
        strict=s.spec.validation == "Strict",
    )


def refusing(s: Situation, verdict: Verdict | None) -> list[Finding]:
    """Return the findings that keep the definition from being sent."""
    findings = () if verdict is None else verdict.findings
    errors = [item for item in findings if item.severity is Severity.ERROR]
    return errors if s.spec.validation != "Off" else [item for item in errors if item.code in HARMFUL]


def definition_condition(s: Situation, verdict: Verdict | None) -> Condition | None:
    """Return DefinitionValid; None where nothing was judged and the last word stands."""
    if s.spec.definition is None:
        return condition(DEFINITION_VALID, "Unknown", DetailReason.NOT_CHECKED, "The object only observes.")
    if verdict is None:
        return None
    errors = refusing(s, verdict)
    if errors:
        text = f"{_told(errors)} It is not sent; a version that was made before stays live."
        return condition(DEFINITION_VALID, "False", DetailReason.LOCAL_VALIDATION_FAILED, text)
    if s.spec.validation == "Off":
        text = "validation is Off: AWS alone judges the definition."
        return condition(DEFINITION_VALID, "Unknown", DetailReason.NOT_CHECKED, text)
    if verdict.findings:
        return condition(DEFINITION_VALID, "True", DetailReason.WARNINGS, _told(list(verdict.findings)))
    return condition(DEFINITION_VALID, "True", DetailReason.SUCCEEDED, "The check found nothing.")


def rejected_condition(message: str) -> Condition:
    """Return DefinitionValid for a definition that AWS refuses."""
    text = f"AWS refuses the definition: {message} A version that was made before stays live."
    return condition(DEFINITION_VALID, "False", DetailReason.REJECTED_BY_SERVICE, text)


def stored_definition(
    s: Situation, file: File | None, verdict: Verdict | None, *, live: bool
) -> StoredDefinition | None:
    """Return status.definition: what was checked, and where the file is once it is live.

    Args:
        s: The situation.
        file: As it is wished.
        verdict: What the validator said.
        live: Whether AWS has exactly this file now.
    """
    before = s.status.definition or StoredDefinition()
    if file is None:
        return s.status.definition
    errors = None if verdict is None else sum(item.severity is Severity.ERROR for item in verdict.findings)
    checked: dict[str, Any] = {
        "checked_digest": file.digest or None,
        "errors": before.errors if errors is None else errors,
        "warnings": before.warnings if verdict is None else len(verdict.findings) - (errors or 0),
    }
    if live:
        return StoredDefinition(
            **placed(s, file, s.there.definition, look=s.observed.definition, before=before),
            **checked,
            service_warnings=before.service_warnings,
        )
    return before.model_copy(update=checked)


def stored_code(s: Situation, file: File | None) -> StoredObject | None:
    """Return status.code for code that is live."""
    if file is None:
        return None if s.spec.code is None else s.status.code
    return StoredObject(**placed(s, file, s.there.code, look=s.observed.code, before=s.status.code))


def placed(
    s: Situation, file: File, there: Mapping[str, Any], *, look: SourceLook | None, before: StoredObject | None
) -> dict[str, Any]:
    """Return the members of a StoredObject for a file that is live.

    Args:
        s: The situation.
        file: As it is wished.
        there: Where AWS says that it took it from.
        look: What was seen of its source.
        before: What status says of it.
    """
    place = {
        "digest": file.digest or None,
        "source": file.source,
        "bucket": there.get("Bucket") or file.bucket,
        "key": there.get("ObjectKey") or file.key,
        "version_id": there.get("VersionId") or file.version_id,
    }
    newest = look.latest_version_id if look is not None else None
    if file.source != "s3" or newest is None:
        return place
    same = before is not None and before.latest_version_id == newest
    since = before.latest_seen_time if before is not None and same else print_time(s)
    return place | {"latest_version_id": newest, "latest_seen_time": since}


def is_told(s: Situation, file: File | None) -> bool:
    """Whether status says already that exactly this definition is wrong, so that it was an Event before."""
    said = find(s.status.conditions, DEFINITION_VALID)
    known = s.status.definition.checked_digest if s.status.definition is not None else None
    wrong = said is not None and said.reason == DetailReason.LOCAL_VALIDATION_FAILED
    return wrong and file is not None and known == file.digest


def role_condition(s: Situation) -> Condition | None:
    """Return RoleReady; None where the role was not looked at and the last word stands."""
    look = s.observed.role
    if look is None:
        return None
    match look.verdict:
        case "Ready":
            return condition(ROLE_READY, "True", DetailReason.SUCCEEDED, look.message or "The role can be used.")
        case "NotAssumable":
            return condition(ROLE_READY, "False", DetailReason.ROLE_NOT_ASSUMABLE, look.message)
        case "NotFound":
            return condition(ROLE_READY, "False", DetailReason.ROLE_NOT_FOUND, look.message)
        case "NotOwned":
            return condition(ROLE_READY, "False", DetailReason.ROLE_NOT_OWNED, look.message)
        case "LogsMissing":
            return condition(ROLE_READY, "False", DetailReason.LOG_PERMISSION_MISSING, look.message)
        case _:
            return condition(ROLE_READY, "Unknown", DetailReason.NOT_CHECKED, look.message)


def _told(findings: list[Finding]) -> str:
    number = len(findings)
    told = [f"{item.path or '/'}: {item.message} ({item.code}). {item.hint}" for item in findings[:TOLD]]
    more = f" …and {number - TOLD} more." if number > TOLD else ""
    return " ".join(told) + more
