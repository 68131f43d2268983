"""Whether the policy of a role or key lets an AWS service in: resource policies read as far as they can be. Pure.

Three answers, because conditions on keys that only AWS knows cannot be judged here. It knows Allow, Deny, wildcards,
variables and the operators with which such policies are narrowed to an account or an ARN.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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


@dataclass(frozen=True)
class Judged:
    """A statement that speaks of the service and the action.

    Attributes:
        name: Its Sid, or `number 2` where it has none.
        allows: Whether its effect is Allow.
        applies: Whether its conditions hold.
        keys: The condition keys because of which it does not apply, or nobody knows.
    """

    name: str
    allows: bool
    applies: Answer
    keys: tuple[str, ...] = ()


def answer(document: Mapping[str, Any], request: Request) -> Answer:
    """Return what a resource policy says; a deny counts only where it surely applies."""
    found = judged(document, request)
    allowed = {statement.applies for statement in found if statement.allows}
    denied = {statement.applies for statement in found if not statement.allows}
    if Answer.YES in denied:
        return Answer.NO
    if Answer.YES in allowed:
        return Answer.UNSURE if Answer.UNSURE in denied else Answer.YES
    return Answer.UNSURE if Answer.UNSURE in allowed else Answer.NO


def judged(document: Mapping[str, Any], request: Request) -> tuple[Judged, ...]:
    """Return the statements that speak of the request's service and action, in their order."""
    return tuple(
        _judge(statement, number, request)
        for number, statement in enumerate(listed(document.get("Statement")), start=1)
        if isinstance(statement, Mapping)
        and _names_service(statement, request.services)
        and _names_action(statement, request.action)
    )


def listed(value: Any) -> list[Any]:
    """Return a member of a policy as a list: IAM takes a single value in place of a list of one."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _judge(statement: Mapping[str, Any], number: int, request: Request) -> Judged:
    answers = [
        (key, _condition(operator, listed(wanted), key.lower(), request.context))
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, wanted in keys.items()
    ]
    applies = min((said for _, said in answers), key=_DECIDES.index, default=Answer.YES)
    keys = tuple(dict.fromkeys(key for key, said in answers if said is applies and said is not Answer.YES))
    name = str(statement.get("Sid") or f"number {number}")
    return Judged(name, statement.get("Effect", "Deny") == "Allow", applies, keys)


_DECIDES = (Answer.NO, Answer.UNSURE, Answer.YES)
"""All conditions of a statement must hold, so that the first of these to occur decides."""


def _names_service(statement: Mapping[str, Any], services: frozenset[str]) -> bool:
    if "NotPrincipal" in statement:
        return not _is_among(statement["NotPrincipal"], services)
    return _is_among(statement.get("Principal"), services)


def _is_among(principal: Any, services: frozenset[str]) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    return "*" in listed(principal.get("AWS")) or not services.isdisjoint(listed(principal.get("Service")))


def _names_action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(_like(pattern, action, fold_case=True) for pattern in listed(statement["NotAction"]))
    return any(_like(pattern, action, fold_case=True) for pattern in listed(statement.get("Action")))


def _condition(operator: str, wanted: list[Any], key: str, context: Mapping[str, str]) -> Answer:
    name = operator.rpartition(":")[2].removesuffix("IfExists")
    found = context.get(key)
    if found is None:
        return Answer.UNSURE
    if name == "Null":
        return Answer.YES if "false" in (str(value).lower() for value in wanted) else Answer.NO
    if name not in _OPERATORS:
        return Answer.UNSURE
    matches, negated = _OPERATORS[name]
    values = [_expanded(str(value), context) for value in wanted]
    if any(matches(value, found) for value in values if value is not None):
        return Answer.NO if negated else Answer.YES
    if None in values:
        return Answer.UNSURE
    return Answer.YES if negated else Answer.NO


def _expanded(value: str, context: Mapping[str, str]) -> str | None:
    """Put the request's keys in place of the variables; None where one is not known."""
    for variable in set(_VARIABLE.findall(value)):
        known = context.get(variable.lower())
        if known is None:
            return None
        value = value.replace(f"${{{variable}}}", known)
    return value


_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def _equal(pattern: str, text: str) -> bool:
    return pattern == text


def _like(pattern: str, text: str, *, fold_case: bool = False) -> bool:
    flags = re.DOTALL | (re.IGNORECASE if fold_case else 0)
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, flags))


def _like_arn(pattern: str, text: str) -> bool:
    """Match the six parts one by one: a wildcard does not reach over a colon of an ARN's first five."""
    parts, found = pattern.split(":", 5), text.split(":", 5)
    return len(parts) == len(found) and all(map(_like, parts, found))


def _equal_in_any_case(pattern: str, text: str) -> bool:
    return pattern.lower() == text.lower()


_OPERATORS = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_in_any_case, False),
    "StringNotEqualsIgnoreCase": (_equal_in_any_case, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_like_arn, False),
    "ArnNotEquals": (_like_arn, True),
    "ArnLike": (_like_arn, False),
    "ArnNotLike": (_like_arn, True),
}
"""Operator to (what it compares with, is it negated); IAM user guide, "Condition operators"."""
