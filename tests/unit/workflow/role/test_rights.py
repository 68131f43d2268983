"""What a given role may do, by the simulator's answers: allowed, refused with the statement to paste, or unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.api.resourcepolicies import Answer
from mwaa_operator.workflow.role.facts import ReadableObject
from mwaa_operator.workflow.role.rights import Question, judge_right, questions
from tests.support.roles import ACCOUNT, FACTS, PLACE, REGION

LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1b2c3d4e"
OTHER_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/9f8e7d6c"
(WRITES_LOGS, READS) = questions(FACTS)


def results(question: Question, decision: str = "allowed", **more: Any) -> list[dict[str, Any]]:
    """Return the simulator's answer, the same for every action."""
    return [
        {"EvalActionName": action, "EvalResourceName": question.resource, "EvalDecision": decision, **more}
        for action in question.actions
    ]


def test_the_logs_are_asked_about_for_a_stream_of_the_derived_group() -> None:
    assert WRITES_LOGS.actions == ("logs:CreateLogStream", "logs:PutLogEvents")
    assert WRITES_LOGS.resource == f"{LOGS}/aws/mwaa-serverless/data-orders-aaaaaaaaaa:log-stream:preflight"
    assert WRITES_LOGS.grant == (f"{LOGS}/aws/mwaa-serverless/data-orders-*:*",)


def test_the_group_is_known_once_the_workflow_is_or_where_it_is_named() -> None:
    arn = f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/data-orders-Ab3dE6gH9j"
    made = questions(replace(FACTS, place=replace(PLACE, arn=arn)))[0]
    assert made.grant == (f"{LOGS}/aws/mwaa-serverless/data-orders-Ab3dE6gH9j/:*",)
    assert made.resource == f"{LOGS}/aws/mwaa-serverless/data-orders-Ab3dE6gH9j/:log-stream:preflight"
    assert questions(replace(FACTS, log_group="team/logs"))[0].resource == f"{LOGS}team/logs:log-stream:preflight"


def test_the_definition_is_asked_about_and_one_object_only_by_its_own_key() -> None:
    assert READS.actions == ("s3:GetObject", "s3:GetObjectVersion")
    assert READS.resource == "arn:aws:s3:::definitions/mwaa/cluster-1/data/orders/preflight"
    assert READS.grant == ("arn:aws:s3:::definitions/mwaa/cluster-1/data/orders/*",)
    one = questions(replace(FACTS, objects=(ReadableObject("team", "dags/orders.yaml"),)))[1]
    assert (one.resource, one.grant) == ("arn:aws:s3:::team/dags/orders.yaml", ("arn:aws:s3:::team/dags/orders.yaml",))


def test_keys_are_asked_about_once_each_and_the_workflow_s_own_for_more() -> None:
    facts = replace(FACTS, workflow_key_arn=KEY, object_key_arns=(KEY, OTHER_KEY))
    asked = {question.resource: question.actions for question in questions(facts)[2:]}
    assert asked == {
        KEY: ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
        OTHER_KEY: ("kms:Decrypt",),
    }


def test_what_is_allowed_needs_no_words() -> None:
    right = judge_right(WRITES_LOGS, results(WRITES_LOGS))
    assert (right.answer, right.reason, right.statement) == (Answer.YES, "", "")


def test_the_case_of_an_action_does_not_count() -> None:
    found = [{**item, "EvalActionName": item["EvalActionName"].lower()} for item in results(WRITES_LOGS)]
    assert judge_right(WRITES_LOGS, found).answer is Answer.YES


def test_what_is_missing_is_printed_as_a_statement_of_these_actions_only() -> None:
    allowed, refused = results(WRITES_LOGS)[0], results(WRITES_LOGS, "implicitDeny")[1]
    right = judge_right(WRITES_LOGS, [allowed, refused])
    assert right.answer is Answer.NO
    assert right.reason == f"it may not write its logs: logs:PutLogEvents on {WRITES_LOGS.grant[0]}"
    assert json.loads(right.statement) == {
        "Sid": "MwaaServerlessLogs",
        "Effect": "Allow",
        "Action": ["logs:PutLogEvents"],
        "Resource": [f"{LOGS}/aws/mwaa-serverless/data-orders-*:*"],
    }


@pytest.mark.parametrize(
    ("decision", "more", "words"),
    [
        ("explicitDeny", {}, "is denied by a statement"),
        (
            "implicitDeny",
            {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}},
            "is not admitted by the role's permissions boundary",
        ),
        (
            "implicitDeny",
            {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}},
            "is not admitted by a policy of the organization",
        ),
    ],
)
def test_no_statement_is_printed_where_adding_one_does_not_help(
    decision: str, more: dict[str, Any], words: str
) -> None:
    right = judge_right(WRITES_LOGS, results(WRITES_LOGS, decision, **more))
    assert (right.answer, right.statement) == (Answer.NO, "")
    assert words in right.reason


def test_a_limit_that_allows_is_not_the_cause() -> None:
    more = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": True}}
    assert judge_right(READS, results(READS, "implicitDeny", **more)).statement


@pytest.mark.parametrize(
    "found",
    [
        "iam:SimulatePrincipalPolicy is denied",
        [],
        results(WRITES_LOGS)[:1],
        results(WRITES_LOGS, "implicitDeny", MissingContextValues=["aws:SourceVpc"]),
        [{"EvalActionName": action} for action in WRITES_LOGS.actions],
    ],
    ids=["no answer", "no result", "a result is missing", "a key was not given", "no decision"],
)
def test_what_cannot_be_judged_is_unknown_and_never_missing(found: Any) -> None:
    right = judge_right(WRITES_LOGS, found)
    assert (right.answer, right.statement) == (Answer.UNSURE, "")
    assert right.reason


def test_a_sure_refusal_counts_beside_one_that_is_open() -> None:
    open_, sure = (
        results(WRITES_LOGS, "implicitDeny", MissingContextValues=["aws:SourceVpc"])[0],
        results(WRITES_LOGS, "implicitDeny")[1],
    )
    right = judge_right(WRITES_LOGS, [open_, sure])
    assert right.answer is Answer.NO
    assert json.loads(right.statement)["Action"] == ["logs:PutLogEvents"]
