"""What a managed role may not have, and what is only told: limits hold whatever spec says and whenever they change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.account.admit import admitted
from mwaa_operator.api.meta import OWNER_TAG, UID_TAG
from mwaa_operator.workflow.plan.situation import RoleLook
from mwaa_operator.workflow.role.generate import BASE_ACTIONS
from tests.support.iam import granted, statements
from tests.support.managedroles import BOUNDARY, LIMITS, MANAGED, allowing, managed, resting, task, tasked
from tests.support.workflows import ACCOUNT, CLUSTER, UID
from tests.support.workflowworld import World, name_of

PYTHON = "airflow.providers.standard.operators.python.PythonOperator"
DELETES = task("operators.s3.S3DeleteObjectsOperator", bucket="source", keys=["a"])
OPEN = task("operators.s3.S3ListOperator", bucket="{{ ti.xcom_pull('x') }}")
PUBLISHES = task("operators.sns.SnsPublishOperator", target_arn=f"arn:aws:sns:eu-central-1:{ACCOUNT}:t", message="m")
PASSES = task("operators.glue.GlueJobOperator", job_name="j", iam_role_arn=f"arn:aws:iam::{ACCOUNT}:role/admin")
EMR = task(
    "operators.emr.EmrContainerOperator",
    name="job",
    virtual_cluster_id="cluster0",
    execution_role_arn=LIMITS.pass_role_arns[0],
    release_label="emr-7.0.0",
    job_driver={},
)
HOSTILE = task("operators.s3.S3ListOperator", bucket="*")


def names(world: World) -> list[str]:
    """Return the names of all actions that took place."""
    return [name_of(action) for action in world.done]


def test_without_the_accounts_word_there_is_no_role_and_the_field_to_ask_for_is_named() -> None:
    world = managed()
    world.admission = allowing(None)
    world.settle()
    assert world.ready == ("False", "NotPermitted")
    assert "spec.managedRoles of AwsAccount default" in world.text()
    assert world.done == []


@pytest.mark.parametrize(
    ("asking", "told"),
    [
        (PUBLISHES, "sns:Publish, which spec.managedRoles.allowedActions of AwsAccount default does not admit"),
        (PASSES, "role/admin, which spec.managedRoles.passRoleArns of AwsAccount default does not admit"),
        (HOSTILE, "bucket"),
    ],
)
def test_what_the_role_may_not_have_holds_a_new_definition_back(asking: dict[str, Any], told: str) -> None:
    world = resting()
    before, version = world.iam.only, world.status["version"]
    world.edit(definition=tasked({"asks": asking}))
    world.settle()
    assert (world.ready, world.word("RoleReady")) == (("False", "PolicyScopeWidened"), ("False", "PolicyScopeWidened"))
    assert world.word("Stalled") == ("True", "PolicyScopeWidened")
    assert "task asks" in world.text("RoleReady")
    assert told in world.text("RoleReady")
    assert (world.done, world.iam.only, world.status["version"]) == ([], before, version)
    assert world.notices.count("PolicyScopeWidened") == 1
    world.idle()


def test_what_the_role_may_not_have_holds_a_creation_back_and_goes_on_when_the_account_allows_it() -> None:
    world = managed(definition=tasked({"asks": PUBLISHES}))
    world.settle()
    assert (world.ready, world.done) == (("False", "PolicyScopeWidened"), [])
    world.admission = allowing(replace(LIMITS, allowed_actions=("sns:Publish",)))
    world.settle()
    assert world.ready == ("True", "Succeeded")
    assert "sns:Publish" in granted(world.iam.only)


def test_a_role_that_is_wider_than_its_tasks_need_is_told_once_and_holds_nothing_back() -> None:
    world = managed(definition=tasked({"open": OPEN}))
    world.settle()
    assert (world.ready, world.word("RoleReady")) == (("True", "Succeeded"), ("True", "PolicyScopeWidened"))
    assert "task open, bucket" in world.text("RoleReady")
    assert world.notices.count("PolicyScopeWidened") == 1
    world.idle()


@pytest.mark.parametrize("operator", [PYTHON, "airflow.providers.amazon.aws.operators.quantum.BraketOperator"])
def test_for_own_code_and_unknown_operators_nothing_is_granted_and_it_is_told(operator: str) -> None:
    arguments = {"python_callable": "main.run"} if operator == PYTHON else {}
    code = {"code": {"s3": {"bucket": "code", "key": "main.py", "versionId": "1"}}} if operator == PYTHON else {}
    world = managed(definition=tasked({"own": {"operator": operator, **arguments}}), **code)
    world.settle()
    assert (world.ready, world.word("RoleReady")) == (("True", "Succeeded"), ("Unknown", "NotChecked"))
    assert f"task own ({operator})" in world.text("RoleReady")
    assert granted(world.iam.only).keys() <= BASE_ACTIONS
    world.idle()


def test_an_invalid_definition_leaves_role_and_version_as_they_are() -> None:
    world = resting()
    before = world.iam.only
    world.edit(definition={"yaml": "etl: ["})
    world.settle()
    assert (world.ready, world.done, world.iam.only) == (("False", "DefinitionInvalid"), [], before)
    assert world.word("RoleReady") == ("True", "Succeeded")


def test_what_cannot_be_read_by_the_check_gets_no_role() -> None:
    world = managed(
        definition=tasked({"a": task("operators.s3.S3ListOperator", bucket="bucket", dependencies=["nobody"])})
    )
    world.edit(validation="Off")
    world.settle()
    assert (world.ready, world.done) == (("False", "PolicyScopeWidened"), [])
    assert "validation is Off" in world.text()


HOLDING: dict[str, dict[str, Any]] = {
    "the definition as it is": {},
    "a definition that is wrong": {"definition": {"yaml": "etl: ["}},
    "a definition that needs too much": {"definition": tasked({"asks": PUBLISHES})},
    "drift is only reported": {"driftPolicy": "Report"},
    "a role of one's own that is not there": {"role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/none"}},
}


@pytest.mark.parametrize("way", list(HOLDING)[:4])
def test_what_the_account_takes_back_goes_from_the_role_whatever_spec_says(way: str) -> None:
    world = resting(
        definition=tasked({"lists": task("operators.s3.S3ListOperator", bucket="bucket"), "deletes": DELETES})
    )
    assert "s3:DeleteObject" in granted(world.iam.only)
    world.admission = allowing(replace(LIMITS, allowed_actions=("s3:ListBucket",), boundary_arn=f"{BOUNDARY}-2"))
    world.edit(**HOLDING[way])
    world.settle()
    assert granted(world.iam.only).keys() <= BASE_ACTIONS | {"s3:ListBucket"}
    assert "s3:ListBucket" in granted(world.iam.only), "what is still allowed stays"
    assert world.iam.only.boundary_arn == f"{BOUNDARY}-2"
    assert "UpdateWorkflow" not in names(world)
    assert world.ready[0] == "False"
    world.idle()


def test_a_role_that_may_not_be_passed_any_more_is_not_passed_any_more() -> None:
    passing = {**PASSES, "iam_role_arn": LIMITS.pass_role_arns[0]}
    world = resting(definition=tasked({"passes": passing}))
    assert granted(world.iam.only)["iam:PassRole"] == set(LIMITS.pass_role_arns)
    world.admission = allowing(replace(LIMITS, pass_role_arns=()))
    world.edit(definition={"yaml": "etl: ["})
    world.settle()
    assert "iam:PassRole" not in granted(world.iam.only)


def test_what_the_account_takes_back_goes_too_while_the_workflow_is_gone() -> None:
    world = resting()
    world.aws.members, world.aws.versions, world.aws.tags = None, {}, {}
    world.admission = allowing(replace(LIMITS, allowed_actions=("glue:*",)))
    world.edit(definition={"yaml": "etl: ["})
    world.settle()
    assert granted(world.iam.only).keys() <= BASE_ACTIONS
    assert world.ready == ("False", "DefinitionInvalid")


def test_a_call_that_hands_over_a_role_which_is_not_admitted_any_more_is_not_allowed_any_more() -> None:
    limits = replace(LIMITS, allowed_actions=("emr-containers:*",))
    world = managed(definition=tasked({"runs": EMR}))
    world.admission = allowing(limits)
    world.settle()
    assert "emr-containers:StartJobRun" in granted(world.iam.only)
    world.admission = allowing(replace(limits, pass_role_arns=()))
    world.edit(definition={"yaml": "etl: ["})
    world.settle()
    assert "emr-containers:StartJobRun" not in granted(world.iam.only)


WIDE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
FIELDS: dict[str, dict[str, Any]] = {
    "a policy among the tasks": {"definition": tasked({"t": {**HOSTILE, "bucket": "bucket", "policy": WIDE}})},
    "a policy beside the tasks": {"definition": tasked({"t": {**HOSTILE, "bucket": "bucket"}}, role_policy=WIDE)},
    "everything": {"definition": tasked({"t": HOSTILE})},
    "the end of the text": {"definition": tasked({"t": {**HOSTILE, "bucket": '"],"Action":"*","Resource":["*'}})},
    "a wildcard behind a parameter": {"definition": tasked({"t": {**HOSTILE, "bucket": "{{ params.b }}"}},
                                                           params={"b": "*"})},
    "a role to pass": {"definition": tasked({"t": PASSES})},
    "a role behind a parameter": {"definition": tasked({"t": {**PASSES, "iam_role_arn": "{{ params.r }}"}},
                                                       params={"r": f"arn:aws:iam::{ACCOUNT}:role/admin"})},
    "what only others may do": {"definition": tasked({"t": PUBLISHES})},
    "the definitions of others": {"definition": tasked({"t": task(
        "operators.s3.S3CreateObjectOperator", s3_bucket="definitions", s3_key="other/x.yaml", data="d")})},
    "a tag that is ours but for its case": {"tags": {UID_TAG.upper(): "mine", OWNER_TAG.title(): "mine"}},
    "tags that are the same to IAM": {"tags": {"team": "a", "Team": "b", "TEAM": "c"}},
    "a log group of others": {"logging": {"logGroupName": "/aws/mwaa-serverless/other-workflow-0123456789/"}},
    "a name that begins like another": {"name": "data"},
    "code of others": {"code": {"s3": {"bucket": "secrets", "key": "a*b.py", "versionId": "1"}}},
    "a definition of others": {"definition": {"s3": {"bucket": "secrets", "key": "a*b.yaml"}}},
    "no check": {"validation": "Off", "definition": tasked({"t": HOSTILE})},
    "parameters of a run": {"run": {"token": "1", "parameters": {"bucket": "*", "Statement": WIDE}}},
    "variables": {"environment": [{"name": "POLICY", "value": "*"}]},
    "a description": {"description": '"Action":"*"'},
}  # fmt: skip


@pytest.mark.parametrize("way", FIELDS)
@pytest.mark.parametrize("there", [False, True], ids=["from the first day", "by an edit"])
def test_no_field_of_a_tenant_widens_the_role_beyond_the_limits(way: str, *, there: bool) -> None:
    world = resting() if there and "name" not in FIELDS[way] else managed(**FIELDS[way])
    if there:
        world.edit(**FIELDS[way])
    for _ in range(12):
        world.later(world.step().requeue_after or 5)
    written = [*world.iam.history, *world.iam.roles.values()]
    assert written or not there
    for role in written:
        assert role.boundary_arn == BOUNDARY
        assert role.arn.startswith(f"arn:aws:iam::{ACCOUNT}:role/mwaa/mwaas-")
        assert (role.tags[UID_TAG], role.tags[OWNER_TAG]) == (UID, f"{CLUSTER}/data/etl")
        assert len({key.casefold() for key in role.tags}) == len(role.tags)
        check_trust(role.trust)
        check_rights(granted(role))
        assert all("definitions" in str(one["Resource"]) for one in statements(role) if one["Effect"] == "Deny")


def check_trust(trust: Any) -> None:
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "airflow-serverless.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def check_rights(rights: dict[str, set[str]]) -> None:
    """Within the limits; the base reaches the object's own files and logs alone."""
    for action, resources in rights.items():
        assert action == "iam:PassRole" or action in BASE_ACTIONS or admitted(LIMITS.allowed_actions, action)
        assert not resources & {"*", "arn:aws:s3:::*", "arn:aws:s3:::*/*"}, action
    assert not any("other-workflow" in arn for arn in rights.get("logs:PutLogEvents", ()))
    assert rights.get("iam:PassRole", set()) <= set(LIMITS.pass_role_arns)


def test_a_tenant_who_switches_to_managed_gets_nothing_without_the_accounts_word() -> None:
    world = resting(role={"arn": f"arn:aws:iam::{ACCOUNT}:role/etl"})
    world.admission = allowing(None)
    world.edit(**MANAGED)
    world.settle()
    assert (world.ready, world.done, world.iam.roles) == (("False", "NotPermitted"), [], {})


def test_a_role_that_was_written_for_another_object_is_not_used() -> None:
    world = resting(role={"arn": f"arn:aws:iam::{ACCOUNT}:role/etl"})
    world.role = RoleLook("NotOwned", "It was written for another object.")
    world.edit(description="another word")
    world.settle()
    assert (world.ready, world.word("RoleReady")) == (("False", "NotPermitted"), ("False", "RoleNotOwned"))
    assert world.done == []
