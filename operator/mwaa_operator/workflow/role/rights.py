"""Whether a role may write a workflow's logs and read its definition, and the statement to paste where not. Pure.

It says what to ask IAM's simulator and judges the answers; asking is the caller's. The simulator sees the role's own
policies, its boundary and part of the organization's, not the policies of buckets and keys.
Source: MWAA Serverless user guide, "Execution role"; IAM API reference, "SimulatePrincipalPolicy".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mwaa_operator.api.resourcepolicies import Answer
from mwaa_operator.workflow.role.facts import RoleFacts

LOG_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")
READ_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion")
KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
"""With a customer's key, on the key of the workflow."""

_PROBE = "preflight"
_SUFFIX = "aaaaaaaaaa"


@dataclass(frozen=True)
class Question:
    """One call of SimulatePrincipalPolicy.

    Attributes:
        purpose: What the role needs it for; begins with a verb.
        actions: IAM actions.
        resource: The one ARN to ask about.
        grant: What a statement that grants it names as resources.
        sid: Of that statement.
    """

    purpose: str
    actions: tuple[str, ...]
    resource: str
    grant: tuple[str, ...]
    sid: str


@dataclass(frozen=True)
class Right:
    """What was found about one purpose.

    Attributes:
        purpose: Of the question.
        answer: NO: surely refused. UNSURE: could not be judged.
        reason: One sentence; empty where the answer is YES.
        statement: JSON of the statement to add; empty where none is missing or adding one does not help.
    """

    purpose: str
    answer: Answer
    reason: str = ""
    statement: str = ""


def log_resources(facts: RoleFacts) -> tuple[str, ...]:
    """Return the ARNs that cover a workflow's log group and its streams."""
    return (_log_group(facts, facts.log_group_pattern()),)


def object_resources(facts: RoleFacts) -> tuple[str, ...]:
    """Return the ARNs that cover what the service reads."""
    return tuple(
        f"arn:{facts.place.partition}:s3:::{found.bucket}/{found.key}" + ("*" if found.key.endswith("/") else "")
        for found in facts.objects
    )


def questions(facts: RoleFacts) -> tuple[Question, ...]:
    """Return what to ask the simulator about a given role, the logs first."""
    group = facts.log_group_pattern().replace("*", _SUFFIX)
    stream = f"{_log_group(facts, group)[:-1]}log-stream:{_PROBE}"
    asked = [Question("write its logs", LOG_ACTIONS, stream, log_resources(facts), "MwaaServerlessLogs")]
    asked += [
        Question(f"read {arn}", READ_ACTIONS, arn.replace("*", _PROBE), (arn,), "MwaaServerlessDefinition")
        for arn in object_resources(facts)
    ]
    keys: dict[str, tuple[str, ...]] = dict.fromkeys(facts.object_key_arns, ("kms:Decrypt",))
    if facts.workflow_key_arn is not None:
        keys[facts.workflow_key_arn] = KEY_ACTIONS
    asked += [
        Question(f"use the key {arn}", actions, arn, (arn,), "MwaaServerlessKey")
        for arn, actions in sorted(keys.items())
    ]
    return tuple(asked)


def judge_right(question: Question, results: Sequence[Mapping[str, Any]] | str) -> Right:
    """Return what the simulator's answer to a question means.

    Args:
        question: As asked.
        results: Botocore's EvaluationResults (`IamPort.simulate`), or why there are none.
    """
    if isinstance(results, str):
        return Right(question.purpose, Answer.UNSURE, f"it could not be simulated: {results}")
    said = {str(result.get("EvalActionName", "")).lower(): result for result in results}
    found = {action: said.get(action.lower(), {}) for action in question.actions}
    refused = [action for action, result in found.items() if _decision(result) is Answer.NO]
    if refused:
        return _refused(question, refused, [found[action] for action in refused])
    if all(_decision(result) is Answer.YES for result in found.values()):
        return Right(question.purpose, Answer.YES)
    keys = sorted({key for result in found.values() for key in result.get("MissingContextValues") or ()})
    why = f"its policies ask for {', '.join(keys)}" if keys else "the simulator did not answer for every action"
    return Right(question.purpose, Answer.UNSURE, f"{why}; whether it may {question.purpose} cannot be told")


def _refused(question: Question, actions: list[str], results: list[Mapping[str, Any]]) -> Right:
    what = f"it may not {question.purpose}: {', '.join(actions)}"
    if any(result.get("EvalDecision") == "explicitDeny" for result in results):
        return Right(question.purpose, Answer.NO, f"{what} is denied by a statement: change that statement")
    for member, word, whose in _LIMITS:
        if any(result.get(member, {}).get(word) is False for result in results):
            return Right(question.purpose, Answer.NO, f"{what} is not admitted by {whose}: ask those who keep it")
    statement = {"Sid": question.sid, "Effect": "Allow", "Action": actions, "Resource": list(question.grant)}
    return Right(question.purpose, Answer.NO, f"{what} on {question.grant[0]}", json.dumps(statement))


def _decision(result: Mapping[str, Any]) -> Answer:
    """Say what one EvaluationResult means; a refusal that hangs on a key that was not given is not certain."""
    if result.get("EvalDecision") == "allowed":
        return Answer.YES
    if not result.get("EvalDecision") or result.get("MissingContextValues"):
        return Answer.UNSURE
    return Answer.NO


_LIMITS = (
    ("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary", "the role's permissions boundary"),
    ("OrganizationsDecisionDetail", "AllowedByOrganizations", "a policy of the organization"),
)


def _log_group(facts: RoleFacts, group: str) -> str:
    return facts.place.service_arn("logs", f"log-group:{group}:*")
