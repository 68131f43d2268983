"""Whether a role's or key's own policy lets an AWS service in: resource policies read as far as they can be. Pure.

Three answers, because conditions on keys that only AWS knows cannot be judged here. It knows Allow, Deny, wildcards and
the operators with which such policies are narrowed to an account or an ARN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Answer(Enum):
    """What a policy says to a request."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Request:
    """A service's call.

    Attributes:
        services: Spellings of the service principal; one of them is enough.
        action: For example `sts:AssumeRole`.
        context: The condition keys that the service is known to send, in lower case.
    """

    services: frozenset[str]
    action: str
    context: Mapping[str, str]


def answer(document: Mapping[str, Any], request: Request) -> Answer:
    """Return what a resource policy says; a deny counts only where it surely applies."""
    said: dict[str, set[Answer]] = {"Allow": set(), "Deny": set()}
    for statement in _listed(document.get("Statement")):
        if _names_service(statement, request.services) and _names_action(statement, request.action):
            said[statement.get("Effect", "Deny")].add(_conditions(statement.get("Condition") or {}, request.context))
    if Answer.YES in said["Deny"]:
        return Answer.NO
    if Answer.YES in said["Allow"]:
        return Answer.UNSURE if Answer.UNSURE in said["Deny"] else Answer.YES
    return Answer.UNSURE if Answer.UNSURE in said["Allow"] else Answer.NO


def _names_service(statement: Mapping[str, Any], services: frozenset[str]) -> bool:
    principal = statement.get("Principal", {})
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    return "*" in _listed(principal.get("AWS")) or not services.isdisjoint(_listed(principal.get("Service")))


def _names_action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _any_matches(_listed(statement["NotAction"]), action, fold_case=True)
    return _any_matches(_listed(statement.get("Action")), action, fold_case=True)


def _conditions(conditions: Mapping[str, Any], context: Mapping[str, str]) -> Answer:
    """Return whether all conditions hold: NO where one surely does not, UNSURE where one cannot be judged."""
    answers = {
        _condition(operator, _listed(wanted), context.get(key.lower()))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    }
    if Answer.NO in answers:
        return Answer.NO
    return Answer.UNSURE if Answer.UNSURE in answers else Answer.YES


def _condition(operator: str, wanted: list[str], found: str | None) -> Answer:
    name = operator.rpartition(":")[2].removesuffix("IfExists")
    if found is None or name not in _OPERATORS:
        return Answer.UNSURE
    like, negated = _OPERATORS[name]
    hit = _any_matches(wanted, found) if like else found in wanted
    return Answer.YES if hit is not negated else Answer.NO


_OPERATORS = {
    "StringEquals": (False, False),
    "StringNotEquals": (False, True),
    "StringLike": (True, False),
    "StringNotLike": (True, True),
    "ArnEquals": (True, False),
    "ArnNotEquals": (True, True),
    "ArnLike": (True, False),
    "ArnNotLike": (True, True),
}
"""Operator to (does it take wildcards, is it negated); IAM user guide, "Condition operators"."""


def _any_matches(patterns: Iterable[str], text: str, *, fold_case: bool = False) -> bool:
    flags = re.DOTALL | (re.IGNORECASE if fold_case else 0)
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, flags) for pattern in patterns
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
