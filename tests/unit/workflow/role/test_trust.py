"""Trust policies of given roles: admitted, missing with the statement to paste, or open until AWS judges."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.workflow.role.facts import SERVICE, TrustScope
from mwaa_operator.workflow.role.trust import Admits, Conditional, Missing, judge_trust, trust_document
from tests.support.roles import ACCOUNT, PLACE, REGION

ARN = f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/data-orders-Ab3dE6gH9j"
MADE = replace(PLACE, arn=ARN)
WORKFLOWS = f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow"


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    """Return a statement about the service; None removes a member."""
    base = {"Effect": effect, "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    return {name: value for name, value in (base | members).items() if value is not None}


def only(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


ACCOUNT_ONLY = only("StringEquals", "aws:SourceAccount", ACCOUNT)
OTHERS = only("StringEquals", "aws:SourceAccount", "210987654321")
OPEN = only("StringEquals", "aws:SourceOrgID", "o-1")

BOTH: dict[str, Any] = {"Condition": {**ACCOUNT_ONLY["Condition"], "StringLike": {"aws:SourceAccount": "9*"}}}
NOT_OURS = only("StringNotEquals", "aws:SourceAccount", ACCOUNT)
ALL_OTHERS = statement("Deny", Principal=None, NotPrincipal={"AWS": "1"})


def account_of(variable: str) -> dict[str, Any]:
    return only("StringEquals", "aws:SourceAccount", variable)


CASES: list[tuple[str, list[dict[str, Any]], type]] = [
    ("nothing is said", [], Missing),
    ("the service is named", [statement()], Admits),
    ("the service stands in a list", [statement(Principal={"Service": ["ec2.amazonaws.com", SERVICE]})], Admits),
    ("another service is named", [statement(Principal={"Service": "airflow.amazonaws.com"})], Missing),
    ("a part of the name is no wildcard of principals", [statement(Principal={"Service": "*.amazonaws.com"})], Missing),
    ("the account is named", [statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})], Missing),
    ("everybody is named", [statement(Principal="*")], Admits),
    ("everybody is named as AWS", [statement(Principal={"AWS": ["*"]})], Admits),
    ("all but another principal", [statement(Principal=None, NotPrincipal={"AWS": "arn:aws:iam::1:root"})], Admits),
    ("all but the service", [statement(Principal=None, NotPrincipal={"Service": SERVICE})], Missing),
    ("another action", [statement(Action="sts:TagSession")], Missing),
    ("the action in a list, in another case", [statement(Action=["sts:tagsession", "STS:assumerole"])], Admits),
    ("any action of the service", [statement(Action="sts:*")], Admits),
    ("all but another action", [statement(Action=None, NotAction="sts:TagSession")], Admits),
    ("all but this action", [statement(Action=None, NotAction="sts:Assume*")], Missing),
    ("only the account", [statement(**ACCOUNT_ONLY)], Admits),
    ("another account", [statement(**OTHERS)], Missing),
    ("one of several accounts", [statement(**only("StringEquals", "aws:SourceAccount", "1", ACCOUNT))], Admits),
    ("the key in another case", [statement(**only("StringEquals", "AWS:sourceaccount", ACCOUNT))], Admits),
    ("all but another account", [statement(**only("StringNotEquals", "aws:SourceAccount", "1"))], Admits),
    ("all but this account", [statement(**only("StringNotEquals", "aws:SourceAccount", ACCOUNT))], Missing),
    ("any workflow", [statement(**only("ArnLike", "aws:SourceArn", f"{WORKFLOWS}/*"))], Admits),
    ("this workflow", [statement(**only("ArnLike", "aws:SourceArn", f"{WORKFLOWS}/data-orders-*"))], Admits),
    ("StringLike does as well", [statement(**only("StringLike", "aws:SourceArn", f"{WORKFLOWS}/data-*"))], Admits),
    ("StringEquals has no wildcard", [statement(**only("StringEquals", "aws:SourceArn", f"{WORKFLOWS}/*"))], Missing),
    ("another workflow", [statement(**only("ArnLike", "aws:SourceArn", f"{WORKFLOWS}/data-other-*"))], Missing),
    ("one suffix, which AWS will not give", [statement(**only("ArnLike", "aws:SourceArn", ARN))], Missing),
    ("some suffixes", [statement(**only("ArnLike", "aws:SourceArn", f"{WORKFLOWS}/data-orders-a*"))], Missing),
    (
        "a wildcard does not reach over the parts of an ARN",
        [statement(**only("ArnLike", "aws:SourceArn", "arn:aws:airflow-serverless:*"))],
        Missing,
    ),
    ("MWAA's environments", [statement(**only("ArnLike", "aws:SourceArn", "arn:aws:airflow:*:*:*"))], Missing),
    ("the account of a variable", [statement(**account_of("${aws:PrincipalAccount}"))], Missing),
    (
        "a variable that is known",
        [statement(**only("ArnLike", "aws:SourceArn", "arn:aws:*:*:${aws:SourceAccount}:workflow/*"))],
        Admits,
    ),
    ("a variable that is not", [statement(**account_of("${aws:SourceOrgID}"))], Conditional),
    ("the key is there", [statement(**only("Null", "aws:SourceArn", "false"))], Admits),
    ("the key is not there", [statement(**only("Null", "aws:SourceArn", "true"))], Missing),
    ("a key that only AWS knows", [statement(**OPEN)], Conditional),
    ("an operator that is not known", [statement(**only("NumericEquals", "aws:SourceAccount", ACCOUNT))], Conditional),
    ("two conditions on one key", [statement(**BOTH)], Missing),
    ("one statement is enough", [statement(**OPEN), statement()], Admits),
    ("a deny wins", [statement(), statement("Deny")], Missing),
    ("a deny of everything else counts", [statement(), ALL_OTHERS], Missing),
    ("a deny for others does not", [statement(), statement("Deny", **OTHERS)], Admits),
    ("a deny for other accounts", [statement(), statement("Deny", **NOT_OURS)], Admits),
    ("a deny that only AWS can judge", [statement(), statement("Deny", **OPEN)], Conditional),
    ("an effect that is not known denies", [statement(), statement("allow")], Missing),
]


@pytest.mark.parametrize(("statements", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_trust_policy_is_judged(statements: list[dict[str, Any]], expected: type) -> None:
    verdict = judge_trust({"Version": "2012-10-17", "Statement": statements}, place=PLACE)
    assert isinstance(verdict, expected), verdict


@pytest.mark.parametrize("document", [{}, {"Statement": []}, {"Statement": "nonsense"}, {"Statement": [None]}])
def test_a_policy_without_statements_lets_nobody_in(document: dict[str, Any]) -> None:
    assert isinstance(judge_trust(document, place=PLACE), Missing)


def test_a_single_statement_needs_no_list() -> None:
    assert isinstance(judge_trust({"Statement": statement()}, place=PLACE), Admits)


def test_the_suffix_counts_once_it_is_known() -> None:
    mine = {"Statement": statement(**only("ArnEquals", "aws:SourceArn", ARN))}
    other = {"Statement": statement(**only("ArnEquals", "aws:SourceArn", ARN[:-1] + "k"))}
    assert isinstance(judge_trust(mine, place=MADE), Admits)
    assert isinstance(judge_trust(other, place=MADE), Missing)


def test_the_statement_to_paste_makes_the_policy_admit_the_workflow() -> None:
    for _, statements, expected in CASES:
        document = {"Statement": statements}
        verdict = judge_trust(document, place=PLACE)
        if expected is Missing and isinstance(verdict, Missing) and "denies" not in verdict.reason:
            pasted = {"Statement": [*statements, json.loads(verdict.statement)]}
            assert isinstance(judge_trust(pasted, place=PLACE), Admits)
            assert isinstance(judge_trust(pasted, place=MADE), Admits)


def test_the_statement_is_the_target_statement() -> None:
    verdict = judge_trust({"Statement": []}, place=PLACE)
    assert isinstance(verdict, Missing)
    assert json.loads(verdict.statement) == {
        "Sid": "MwaaServerlessWorkflow",
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"{WORKFLOWS}/data-orders-*"},
        },
    }
    assert len(verdict.reason) + len(verdict.statement) < 700
    assert "${" not in verdict.statement


def test_the_statement_has_a_sid_that_the_policy_has_not() -> None:
    taken = [statement(Sid="MwaaServerlessWorkflow", **OTHERS), statement(Sid="MwaaServerlessWorkflow2", **OTHERS)]
    verdict = judge_trust({"Statement": taken}, place=PLACE)
    assert isinstance(verdict, Missing)
    assert json.loads(verdict.statement)["Sid"] == "MwaaServerlessWorkflow3"


def test_a_deny_is_named_and_adding_a_statement_is_not_proposed_where_it_would_not_help() -> None:
    verdict = judge_trust({"Statement": [statement(), statement("Deny", Sid="Nobody")]}, place=PLACE)
    assert verdict == Missing("statement Nobody of its trust policy denies it: change that statement", "")
    alone = judge_trust({"Statement": [statement("Deny")]}, place=PLACE)
    assert isinstance(alone, Missing)
    assert json.loads(alone.statement)["Effect"] == "Allow"


def test_the_reason_names_what_does_not_fit() -> None:
    verdict = judge_trust({"Statement": [statement(Sid="Theirs", **OTHERS)]}, place=PLACE)
    assert isinstance(verdict, Missing)
    assert "statement Theirs" in verdict.reason
    assert "aws:SourceAccount" in verdict.reason


def test_the_account_of_the_service_is_explained() -> None:
    wrong = statement(**only("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}"))
    verdict = judge_trust({"Statement": [wrong]}, place=PLACE)
    assert isinstance(verdict, Missing)
    assert "${aws:PrincipalAccount} there is the account of the service" in verdict.reason


def test_what_only_aws_can_judge_is_named() -> None:
    verdict = judge_trust({"Statement": [statement(Sid="Organization", **OPEN)]}, place=PLACE)
    assert verdict == Conditional(
        "statement Organization of its trust policy asks for aws:SourceOrgID, which AWS judges"
    )


@pytest.mark.parametrize("principal", [{"Service": SERVICE}, "*", {"AWS": "*"}])
def test_a_statement_without_conditions_is_cautioned_because_it_makes_the_others_meaningless(principal: Any) -> None:
    careless = statement(Sid="Careless", Principal=principal)
    verdict = judge_trust({"Statement": [careless, statement(**ACCOUNT_ONLY)]}, place=PLACE)
    assert isinstance(verdict, Admits)
    assert verdict.note.startswith("statement Careless of its trust policy has no condition on aws:SourceAccount")


def test_a_careful_policy_is_not_cautioned() -> None:
    for scope in TrustScope:
        assert judge_trust(trust_document(PLACE, scope=scope), place=PLACE) == Admits()
        assert judge_trust(trust_document(PLACE, scope=scope), place=MADE) == Admits()


def test_another_workflow_is_kept_out_by_the_narrow_scope_only() -> None:
    other = replace(PLACE, workflow="data-others")
    assert isinstance(judge_trust(trust_document(PLACE, scope=TrustScope.WORKFLOW), place=other), Missing)
    assert isinstance(judge_trust(trust_document(PLACE, scope=TrustScope.ACCOUNT), place=other), Admits)


@pytest.mark.parametrize(
    "change", [{"account_id": "210987654321"}, {"region": "eu-west-1"}, {"partition": "aws-us-gov"}]
)
def test_another_account_region_or_partition_is_kept_out_by_both_scopes(change: dict[str, str]) -> None:
    for scope in TrustScope:
        document = trust_document(PLACE, scope=scope)
        assert isinstance(judge_trust(document, place=replace(PLACE, **change)), Missing)
