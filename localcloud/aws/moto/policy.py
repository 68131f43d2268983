"""IAM policy documents, evaluated.

Used for role trust (AssumeRole) and for SimulatePrincipalPolicy. Pure; it knows Allow, Deny, wildcards, the Not… forms,
principals and the common condition operators. Not modelled, as in the real simulator by default: SCPs and resource
policies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

Document = Mapping[str, Any]


class Decision(StrEnum):
    """What IAM's simulator calls the three outcomes (botocore model iam: PolicyEvaluationDecisionType)."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True)
class Question:
    """May `principal` do `action` on `resource`?

    Attributes:
        action: For example `s3:GetObject`; case does not matter.
        resource: An ARN, or `*`.
        principal: ARNs and account ids that the caller answers to; only read for statements with a Principal.
        context: Condition keys in lower case and their values.
    """

    action: str
    resource: str = "*"
    principal: frozenset[str] = frozenset()
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)


def decide(documents: Iterable[Document], question: Question) -> Decision:
    """Evaluate all documents together: an explicit deny wins, then an allow, else nothing was said."""
    effects = {
        statement.get("Effect")
        for document in documents
        for statement in listed(document.get("Statement"))
        if applies(statement, question)
    }
    if "Deny" in effects:
        return Decision.EXPLICIT_DENY
    return Decision.ALLOWED if "Allow" in effects else Decision.IMPLICIT_DENY


def applies(statement: Mapping[str, Any], question: Question) -> bool:
    """Whether a statement speaks about this question at all."""
    return (
        _names(statement, "Action", question.action, fold_case=True)
        and ("Principal" in statement or _names(statement, "Resource", question.resource))
        and _names_principal(statement, question.principal)
        and conditions_hold(statement.get("Condition") or {}, question.context)
    )


def listed(value: Any) -> list[Any]:
    """Return a policy's "one or a list" as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def matches(pattern: str, text: str, *, fold_case: bool = False) -> bool:
    """Whether IAM's `*` and `?` pattern covers the whole text."""
    return _compiled(pattern, fold_case).fullmatch(text) is not None


@lru_cache(maxsize=2048)
def _compiled(pattern: str, fold_case: bool) -> re.Pattern[str]:
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(regex, re.DOTALL | (re.IGNORECASE if fold_case else 0))


def _names(statement: Mapping[str, Any], member: str, text: str, *, fold_case: bool = False) -> bool:
    """Whether the statement's Action or Resource, or their Not… form, covers `text`."""
    excluded = listed(statement.get(f"Not{member}"))
    if excluded:
        return not any(matches(pattern, text, fold_case=fold_case) for pattern in excluded)
    return any(matches(pattern, text, fold_case=fold_case) for pattern in listed(statement.get(member)))


def _names_principal(statement: Mapping[str, Any], principal: frozenset[str]) -> bool:
    if "Principal" not in statement:
        return True
    named = statement["Principal"]
    values = [named] if isinstance(named, str) else [item for kind in named.values() for item in listed(kind)]
    return any(value == "*" or value in principal for value in values)


def conditions_hold(conditions: Mapping[str, Any], context: Mapping[str, Sequence[str]]) -> bool:
    """Whether every operator and key of a Condition block is satisfied.

    Raises:
        ValueError: an operator that this evaluator does not know; guessing would make a test lie.
    """
    return all(
        _operator_holds(operator, listed(wanted), context.get(key.lower()))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _operator_holds(operator: str, wanted: list[Any], found: Sequence[str] | None) -> bool:
    name = operator.rpartition(":")[2]
    texts = [str(item).lower() if isinstance(item, bool) else str(item) for item in wanted]
    if name == "Null":
        return (found is None) == (texts[0].lower() == "true")
    optional = name.endswith("IfExists")
    base = name.removesuffix("IfExists")
    negated = "Not" in base
    if found is None:
        return optional or negated
    hits = [any(_equal(base.replace("Not", ""), pattern, value) for pattern in texts) for value in found]
    every = operator.startswith("ForAllValues")
    hit = all(hits) if every else any(hits)
    return hit is not negated


def _equal(operator: str, pattern: str, value: str) -> bool:
    if operator in {"StringLike", "ArnLike", "ArnEquals"}:
        return matches(pattern, value)
    if operator in {"StringEquals", "NumericEquals"}:
        return pattern == value
    if operator in {"StringEqualsIgnoreCase", "Bool"}:
        return pattern.lower() == value.lower()
    raise ValueError(f"condition operator {operator!r} is not known to localcloud's policy evaluator: add it there")
