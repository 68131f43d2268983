"""Whether a role lets MWAA Serverless assume it for a workflow, and the statement to paste where it does not. Pure.

It never edits: a role that is not the operator's own is somebody else's. What only AWS can judge stays open, with why.
Source: MWAA Serverless user guide, "Execution role"; IAM user guide, "The confused deputy problem".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mwaa_operator.api.resourcepolicies import Answer, Judged, Request, judged, listed
from mwaa_operator.workflow.role.facts import SERVICE, Place, TrustScope

SID = "MwaaServerlessWorkflow"
"""Of the statement that is printed; with a number where the policy has it already: IAM refuses to have it twice."""

_SUFFIXES = ("aaaaaaaaaa", "Z9Z9Z9Z9Z9")
"""Two that AWS could give: what holds for both holds for any, and what names one of its own holds for neither."""
_OF_THE_SERVICE = "(the service's own account)"
_KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn"})


@dataclass(frozen=True)
class Admits:
    """The service may assume the role.

    Attributes:
        note: What the person should know nevertheless; empty if nothing.
    """

    note: str = ""


@dataclass(frozen=True)
class Missing:
    """The service may not assume the role.

    Attributes:
        reason: One sentence.
        statement: JSON of the statement to add; empty where adding one does not help.
    """

    reason: str
    statement: str


@dataclass(frozen=True)
class Conditional:
    """Whether it may depends on what only AWS knows.

    Attributes:
        reason: One sentence that names the statement and its conditions.
    """

    reason: str


Trust = Admits | Missing | Conditional


def judge_trust(document: Mapping[str, Any], *, place: Place) -> Trust:
    """Return whether a trust policy lets the service assume the role for a workflow.

    Args:
        document: The role's AssumeRolePolicyDocument, decoded.
        place: Of the workflow. Without its ARN, the policy must admit it whatever suffix AWS gives.
    """
    arns = [place.arn] if place.arn else [place.source_arn(TrustScope.WORKFLOW)[:-1] + end for end in _SUFFIXES]
    found = [judged(document, _request(place, arn)) for arn in arns]
    refusing = _first(found, allows=False, applies=Answer.YES)
    if refusing is not None:
        allowed = all(_has(one, allows=True, applies=Answer.YES) for one in found)
        also = "" if allowed else statement_to_add(document, place=place)
        return Missing(f"statement {refusing.name} of its trust policy denies it: change that statement", also)
    if not all(_may(one) for one in found):
        return Missing(_why_not(document, found[0], place), statement_to_add(document, place=place))
    open_ = _first(found, allows=False, applies=Answer.UNSURE)
    if open_ is None and not all(_has(one, allows=True, applies=Answer.YES) for one in found):
        open_ = _first(found, allows=True, applies=Answer.UNSURE)
    if open_ is None:
        return Admits(_caution(document))
    return Conditional(f"statement {open_.name} of its trust policy asks for {', '.join(open_.keys)}, which AWS judges")


def trust_statement(place: Place, *, scope: TrustScope, sid: str = SID) -> dict[str, Any]:
    """Return the one statement that lets the service assume a role for workflows of this account only."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": place.account_id},
            "ArnLike": {"aws:SourceArn": place.source_arn(scope)},
        },
    }


def trust_document(place: Place, *, scope: TrustScope) -> dict[str, Any]:
    """Return the trust policy of a role of the operator's own."""
    return {"Version": "2012-10-17", "Statement": [trust_statement(place, scope=scope)]}


def statement_to_add(document: Mapping[str, Any], *, place: Place) -> str:
    """Return the JSON of a statement to add to a trust policy, with a Sid that the policy does not have yet."""
    taken = {str(item.get("Sid")) for item in listed(document.get("Statement")) if isinstance(item, Mapping)}
    sid, number = SID, 1
    while sid in taken:
        number += 1
        sid = f"{SID}{number}"
    return json.dumps(trust_statement(place, scope=TrustScope.WORKFLOW, sid=sid))


def _request(place: Place, arn: str) -> Request:
    context = {
        "aws:sourceaccount": place.account_id,
        "aws:sourcearn": arn,
        "aws:principalaccount": _OF_THE_SERVICE,
    }
    return Request(frozenset({SERVICE}), action="sts:AssumeRole", context=context)


def _has(found: tuple[Judged, ...], *, allows: bool, applies: Answer) -> bool:
    return any(one.allows is allows and one.applies is applies for one in found)


def _may(found: tuple[Judged, ...]) -> bool:
    return any(one.allows and one.applies is not Answer.NO for one in found)


def _first(found: list[tuple[Judged, ...]], *, allows: bool, applies: Answer) -> Judged | None:
    """Return the first such statement for any of the workflow's possible ARNs."""
    return next((one for each in found for one in each if one.allows is allows and one.applies is applies), None)


def _why_not(document: Mapping[str, Any], found: tuple[Judged, ...], place: Place) -> str:
    close = next((one for one in found if one.allows), None)
    if close is None:
        return f"no statement of its trust policy lets {SERVICE} assume it"
    reason = (
        f"statement {close.name} of its trust policy lets {SERVICE} assume it only where {' and '.join(close.keys)} "
        f"has another value than for workflow {place.workflow} of account {place.account_id}"
    )
    if "${aws:principalaccount}" in json.dumps(document).lower():
        reason += "; ${aws:PrincipalAccount} there is the account of the service: write the number"
    return reason


def _caution(document: Mapping[str, Any]) -> str:
    """Say that one statement without conditions makes the conditions of every other meaningless."""
    for statement in listed(document.get("Statement")):
        if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
            continue
        keys = {key.lower() for members in (statement.get("Condition") or {}).values() for key in members}
        named = json.dumps(statement.get("Principal"))
        if not keys & _KEYS and (SERVICE in named or '"*"' in named):
            name = f"statement {statement['Sid']}" if statement.get("Sid") else "a statement"
            return (
                f"{name} of its trust policy has no condition on aws:SourceAccount or aws:SourceArn, so that workflows "
                "of other accounts are not kept out and conditions of other statements mean nothing"
            )
    return ""
