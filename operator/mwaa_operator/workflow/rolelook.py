"""Looks at the role that spec.role.arn names: may the service assume it, may it write logs and read the definition.

It asks IAM and lets `role/` judge; it never edits a role. What cannot be looked at is "unknown" and holds nothing up,
because AWS judges the role again when the workflow is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mwaa_operator.api.meta import UID_TAG
from mwaa_operator.api.resourcepolicies import Answer
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.workflow.managedlook import tags_of
from mwaa_operator.workflow.plan.rolefacts import role_facts
from mwaa_operator.workflow.plan.situation import RoleLook, Situation
from mwaa_operator.workflow.role.facts import RoleFacts
from mwaa_operator.workflow.role.rights import Question, Right, judge_right, questions
from mwaa_operator.workflow.role.trust import Admits, Missing, judge_trust


class RoleLooks:
    """Answers about roles; those that are all well are kept for a while, because IAM bears few calls.

    Args:
        cache: Keeps them.
    """

    def __init__(self, cache: ReadCache) -> None:
        self._cache = cache

    def look(self, s: Situation, scope: AwsScope) -> RoleLook:
        """Return what is known of the role; never raises AwsError."""
        arn = s.spec.role.arn if s.spec.role is not None else None
        if arn is None:
            return RoleLook("Unknown", "spec.role names no role.")
        facts = role_facts(s, partition=arn.split(":")[1])
        key = ("role", scope.access.identity, arn, facts)
        found = self._cache.get(key, lambda: _looked_at(arn, facts, scope))
        if found.verdict != "Ready":
            self._cache.forget([key])
        return found


def _looked_at(arn: str, facts: RoleFacts, scope: AwsScope) -> RoleLook:
    account = arn.split(":")[4]
    if account != facts.place.account_id:
        text = f"Role {arn} is of account {account}, the workflow of {facts.place.account_id}: AWS passes no role on "
        return RoleLook("NotAssumable", text + "to another account. Use a role of the workflow's own.")
    try:
        role = scope.iam.role(arn.rpartition("/")[2])
    except AwsError as error:
        return RoleLook("Unknown", f"Role {arn} could not be looked at: {_words(error)}")
    if role is None or role.get("Arn") != arn:
        other = f" (there is {role['Arn']})" if role is not None and role.get("Arn") else ""
        return RoleLook("NotFound", f"There is no role {arn}{other}. Make it, or correct spec.role.arn.")
    return _judged(arn, role, facts, scope)


def _judged(arn: str, role: Mapping[str, Any], facts: RoleFacts, scope: AwsScope) -> RoleLook:
    if tags_of(role).get(UID_TAG, facts.identity) != facts.identity:
        text = "was written by the operator for another object: name a role of yours, or set spec.role.managed."
        return RoleLook("NotOwned", f"Role {arn} {text}")
    trust = judge_trust(role.get("AssumeRolePolicyDocument") or {}, place=facts.place)
    if isinstance(trust, Missing):
        paste = f" Add this statement to its trust policy: {trust.statement}" if trust.statement else ""
        return RoleLook("NotAssumable", f"MWAA Serverless cannot assume role {arn}: {trust.reason}.{paste}")
    logs, *others = [_right(arn, question, scope) for question in questions(facts)]
    if logs.answer is Answer.NO:
        return RoleLook("LogsMissing", f"Role {arn}: {_lacking(logs)}")
    notes = [_lacking(right) for right in (logs, *others) if right.answer is not Answer.YES]
    if isinstance(trust, Admits) and not notes:
        return RoleLook("Ready", f"The role can be used; {trust.note}." if trust.note else "")
    open_ = [] if isinstance(trust, Admits) else [f"{trust.reason}."]
    return RoleLook("Unknown", " ".join([f"Role {arn}:", *open_, *notes]))


def _right(arn: str, question: Question, scope: AwsScope) -> Right:
    try:
        results = scope.iam.simulate(arn, actions=question.actions, resource=question.resource, context=())
    except AwsError as error:
        return judge_right(question, _words(error))
    return judge_right(question, results)


def _lacking(right: Right) -> str:
    paste = f" Add this statement to its policies: {right.statement}" if right.statement else ""
    return f"{right.reason}.{paste}"


def _words(error: AwsError) -> str:
    return f"{error.failure.code}: {error.failure.message[:200]}"
