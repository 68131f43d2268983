"""Managed roles through the whole room: over real ports, with the simulated MWAA Serverless and moto's IAM.

Asserted is what IAM has and was asked for. The service reads definitions by the role's own rights here, so that a role
that is written too late or too narrow makes no workflow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import THROTTLED, Error, Rule
from localcloud.aws.serverless.laws import Habits
from mwaa_operator.api.meta import OWNER_TAG, UID_TAG, ObjectKey
from tests.support.aws import Clock
from tests.support.operatoraws import ACCOUNT, Operator, simulated
from tests.support.serverless import PYTHON, ROLE, dag, task
from tests.support.simulatedserverless import seed
from tests.support.workflowroom import WorkflowRoom, ready, told
from tests.support.workflows import CLUSTER, UID

NAME = "data-etl"
FIRST, SECOND = dag({"only": task(bucket="first-bucket")}).decode(), dag({"only": task(bucket="other-bucket")}).decode()
GIVEN: dict[str, Any] = {"definition": {"yaml": FIRST}, "role": {"managed": {}}}
ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
WRITES = ("CreateRole", "PutRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy", "TagRole", "DeleteRole")


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def world(clock: Clock) -> Iterator[SimulatedAws]:
    with simulated(clock=clock) as running:
        seed(running)
        yield running


@pytest.fixture(scope="module")
def boundary(world: SimulatedAws) -> str:
    """A managed policy that can bound a role."""
    assert world.moto is not None
    made = world.moto.client("iam").create_policy(PolicyName="boundary", PolicyDocument=ANYTHING)
    return str(made["Policy"]["Arn"])


@pytest.fixture(scope="module")
def operator(world: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture
def aws(world: SimulatedAws) -> Iterator[SimulatedAws]:
    world.serverless.configure(habits=Habits(token_outlives_workflow=False, reader="role"))
    yield world
    world.faults.clear()
    world.serverless.clear_scripts()
    for name in world.serverless.names():
        world.serverless.remove(name)
    for role in roles(world):
        remove(world, role)


@pytest.fixture
def room(aws: SimulatedAws, operator: Operator, clock: Clock, boundary: str) -> WorkflowRoom:
    made = WorkflowRoom(scope=operator.forget().clients.scope, clock=clock)
    made.account(managedRoles=limits(boundary))
    return made


def limits(boundary: str, *actions: str) -> dict[str, Any]:
    """Return what the account allows managed roles."""
    allowed = list(actions) or ["s3:*"]
    return {"permissionsBoundaryArn": boundary, "path": "/mwaa/", "allowedActions": allowed}


def iam(aws: SimulatedAws) -> Any:
    assert aws.moto is not None
    return aws.moto.client("iam")


def roles(aws: SimulatedAws) -> list[str]:
    """Return the names of the roles that the operator could have made."""
    found = iam(aws).list_roles()["Roles"]
    return [role["RoleName"] for role in found if role["RoleName"].startswith("mwaas-")]


def role_of(aws: SimulatedAws) -> dict[str, Any]:
    """Return the one role."""
    (name,) = roles(aws)
    found: dict[str, Any] = iam(aws).get_role(RoleName=name)["Role"]
    return found


def policies(aws: SimulatedAws) -> list[dict[str, Any]]:
    """Return the statements of the one role's inline policies."""
    (name,) = roles(aws)
    names = iam(aws).list_role_policies(RoleName=name)["PolicyNames"]
    documents = [iam(aws).get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in names]
    return [statement for document in documents for statement in document["Statement"]]


def lists(aws: SimulatedAws) -> set[str]:
    """Return what the role may list."""
    return {one["Resource"] for one in policies(aws) if one["Action"] == "s3:ListBucket"}


def remove(aws: SimulatedAws, name: str) -> None:
    """Somebody deletes a role with all that it has."""
    for attached in iam(aws).list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam(aws).detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    for policy in iam(aws).list_role_policies(RoleName=name)["PolicyNames"]:
        iam(aws).delete_role_policy(RoleName=name, PolicyName=policy)
    iam(aws).delete_role(RoleName=name)


def tags_of(role: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in role["Tags"]}


def live_role(aws: SimulatedAws) -> str:
    there = aws.serverless.workflow(NAME)
    assert there is not None
    return str(there["RoleArn"])


def resting(room: WorkflowRoom, **spec: Any) -> ObjectKey:
    key = room.create(**GIVEN | spec)
    status = room.settle(key)
    assert ready(status) == ("True", "Succeeded"), told(status)
    return key


def test_a_role_is_written_and_the_workflow_runs_under_it(aws: SimulatedAws, room: WorkflowRoom, boundary: str) -> None:
    key = resting(room, tags={"team": "data"})

    role = role_of(aws)
    assert live_role(aws) == role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/mwaa/{role['RoleName']}"
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert tags_of(role) == {"team": "data", UID_TAG: UID, OWNER_TAG: f"{CLUSTER}/data/etl"}
    assert lists(aws) == {"arn:aws:s3:::first-bucket"}
    status = room.status(key)
    assert status["managedRole"]["name"] == role["RoleName"]
    assert ready(status, "RoleReady") == ("True", "Succeeded")
    assert aws.serverless.minted(NAME) == 1


def test_at_rest_iam_is_asked_once_in_a_while_and_nothing_is_written(
    aws: SimulatedAws, room: WorkflowRoom, operator: Operator
) -> None:
    key = resting(room)
    room.once(key)
    before, written = len(operator.of("iam")), len(room.kube.statuses)

    for _ in range(60):
        room.clock.forward(600)
        room.once(key)

    asked = operator.of("iam")[before:]
    assert 9 <= [operation for operation, _ in asked].count("GetRole") <= 11, "once an hour, for ten hours"
    assert not {operation for operation, _ in asked} & set(WRITES)
    assert len(room.kube.statuses) == written
    assert aws.serverless.minted(NAME) == 1


def test_an_edit_widens_then_narrows_and_makes_one_version(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = resting(room)

    room.kube.edit(key, definition={"yaml": SECOND})
    room.once(key)
    assert lists(aws) == {"arn:aws:s3:::first-bucket", "arn:aws:s3:::other-bucket"}
    assert aws.serverless.minted(NAME) == 1
    status = room.settle(key)

    assert ready(status) == ("True", "Succeeded")
    assert lists(aws) == {"arn:aws:s3:::other-bucket"}
    assert aws.serverless.minted(NAME) == 2


def test_a_live_run_of_the_version_before_keeps_its_rights(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = resting(room)
    aws.serverless.start_run(NAME)
    room.kube.edit(key, definition={"yaml": SECOND})
    for _ in range(6):
        room.once(key)
        room.clock.forward(1)
    both = lists(aws)

    status = room.settle(key)
    for _ in range(20):
        room.clock.forward(600)
        room.once(key)

    assert (ready(status), len(both), lists(aws)) == (("True", "Succeeded"), 2, {"arn:aws:s3:::other-bucket"})


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", ["CreateRole", "PutRolePolicy"])
@pytest.mark.parametrize("restart", [False, True])
def test_a_lost_answer_of_iam_makes_one_role(
    aws: SimulatedAws, room: WorkflowRoom, operation: str, when: Any, *, restart: bool
) -> None:
    aws.faults.add(Rule(service="iam", operation=operation, when=when, drop=True))
    key = room.create(**GIVEN)
    for _ in range(3):
        room.clock.forward(room.once(key) or 0)
    if restart:
        room.restarted()

    status = room.settle(key)
    assert ready(status) == ("True", "Succeeded")
    assert (live_role(aws), lists(aws)) == (role_of(aws)["Arn"], {"arn:aws:s3:::first-bucket"})


@pytest.mark.parametrize("lost", range(1, 6))
def test_a_crash_before_any_closing_status_leaves_one_role_and_one_workflow(
    aws: SimulatedAws, room: WorkflowRoom, lost: int
) -> None:
    key = room.create(**GIVEN)
    for _ in range(lost - 1):
        room.clock.forward(room.once(key) or 0)
    written = len(room.kube.statuses)
    before = room.status(key)
    room.once(key)
    intents = room.kube.statuses[written:-1]
    room.kube.restore_status(key, intents[-1] if intents else before)
    room.restarted()

    assert ready(room.settle(key)) == ("True", "Succeeded")
    assert live_role(aws) == role_of(aws)["Arn"]
    assert (aws.serverless.names(), aws.serverless.minted(NAME)) == ([NAME], 1)


def test_a_role_that_the_service_does_not_see_yet_is_waited_for(aws: SimulatedAws, room: WorkflowRoom) -> None:
    aws.serverless.role_not_ready("*/mwaas-*", times=3)
    key = room.create(**GIVEN)
    reasons = set()
    for _ in range(12):
        room.clock.forward(room.once(key) or 0)
        reasons.add(ready(room.status(key))[1])
    assert "IamPropagation" in reasons
    assert ready(room.settle(key)) == ("True", "Succeeded")
    assert len(roles(aws)) == 1


@pytest.mark.parametrize(
    ("error", "reason"), [(THROTTLED, "Throttled"), (Error(403, "AccessDenied", "no"), "AccessDenied")]
)
def test_iam_that_refuses_is_told_and_asked_again(
    aws: SimulatedAws, room: WorkflowRoom, error: Error, reason: str
) -> None:
    aws.faults.add(Rule(service="iam", operation="CreateRole", error=error, times=2))
    key = room.create(**GIVEN)
    room.once(key)
    assert ready(room.status(key)) == ("False", reason)
    assert ready(room.settle(key)) == ("True", "Succeeded")


def test_without_the_accounts_word_iam_is_not_called(aws: SimulatedAws, room: WorkflowRoom, operator: Operator) -> None:
    room.account()
    status = room.settle(room.create(**GIVEN))
    assert ready(status) == ("False", "NotPermitted")
    assert "spec.managedRoles" in told(status)
    assert (operator.of("iam"), roles(aws)) == ([], [])


def test_what_the_account_takes_back_goes_from_the_role(aws: SimulatedAws, room: WorkflowRoom, boundary: str) -> None:
    key = resting(room)
    room.account(managedRoles=limits(boundary, "glue:*"))
    room.kube.edit(key, definition={"yaml": "one: ["})
    room.clock.forward(3700)
    status = room.settle(key)
    assert ready(status) == ("False", "DefinitionInvalid")
    assert lists(aws) == set()
    assert aws.serverless.minted(NAME) == 1


def test_a_definition_that_needs_too_much_leaves_role_and_version_alone(
    aws: SimulatedAws, room: WorkflowRoom, boundary: str
) -> None:
    room.account(managedRoles=limits(boundary, "s3:ListBucket"))
    key = resting(room)
    writes = task(operator="airflow.providers.amazon.aws.operators.s3.S3CreateObjectOperator")
    writes |= {"s3_bucket": "first-bucket", "s3_key": "a", "data": "d"}
    room.kube.edit(key, definition={"yaml": dag({"writes": writes}).decode()})
    status = room.settle(key)
    assert ready(status) == ("False", "PolicyScopeWidened")
    assert "s3:PutObject" in told(status, "RoleReady")
    assert (lists(aws), aws.serverless.minted(NAME)) == ({"arn:aws:s3:::first-bucket"}, 1)


def test_own_code_gets_the_base_alone(aws: SimulatedAws, room: WorkflowRoom) -> None:
    room.kube.config_maps["data", "code"] = {"main.py": b"def run():\n    pass\n"}
    own = dag({"own": {"operator": PYTHON, "python_callable": "main.run"}}).decode()
    key = resting(room, definition={"yaml": own}, code={"configMapKeyRef": {"name": "code", "key": "main.py"}})
    assert ready(room.status(key), "RoleReady") == ("Unknown", "NotChecked")
    assert lists(aws) == set()


def change_policy(aws: SimulatedAws, name: str) -> None:
    for policy in iam(aws).list_role_policies(RoleName=name)["PolicyNames"]:
        iam(aws).put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=ANYTHING)


def change_trust(aws: SimulatedAws, name: str) -> None:
    trust = ANYTHING.replace('"Resource": "*"', '"Principal": "*"').replace(
        '"Action": "*"', '"Action": "sts:AssumeRole"'
    )
    iam(aws).update_assume_role_policy(RoleName=name, PolicyDocument=trust)


def drop_boundary(aws: SimulatedAws, name: str) -> None:
    iam(aws).delete_role_permissions_boundary(RoleName=name)


def drop_tag(aws: SimulatedAws, name: str) -> None:
    iam(aws).untag_role(RoleName=name, TagKeys=["team"])


@pytest.mark.parametrize("change", [change_policy, change_trust, drop_boundary, drop_tag])
def test_what_somebody_changes_is_set_right_at_the_next_look_at_iam(
    aws: SimulatedAws, room: WorkflowRoom, boundary: str, change: Any
) -> None:
    key = resting(room, tags={"team": "data"})
    before, granted = role_of(aws), policies(aws)
    change(aws, before["RoleName"])
    assert (role_of(aws), policies(aws)) != (before, granted)

    room.clock.forward(3700)
    status = room.settle(key)

    assert ready(status) == ("True", "Succeeded")
    after = role_of(aws)
    assert after["AssumeRolePolicyDocument"] == before["AssumeRolePolicyDocument"]
    assert after["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert tags_of(after) == tags_of(before)
    assert sorted(map(str, policies(aws))) == sorted(map(str, granted))
    assert aws.serverless.minted(NAME) == 1


def test_a_policy_that_somebody_attaches_is_told_and_left_and_holds_up_nothing_but_the_deletion_of_the_role(
    aws: SimulatedAws, room: WorkflowRoom, operator: Operator, boundary: str
) -> None:
    key = resting(room)
    name = role_of(aws)["RoleName"]
    iam(aws).attach_role_policy(RoleName=name, PolicyArn=boundary)
    before = len(operator.of("iam"))
    room.clock.forward(3700)
    status = room.settle(key)
    assert (ready(status), ready(status, "RoleReady")) == (("True", "Succeeded"), ("True", "PolicyAttached"))
    assert f"aws iam detach-role-policy --role-name {name} --policy-arn {boundary}" in told(status, "RoleReady")
    assert [item.reason for item in room.kube.notices].count("PolicyAttached") == 1
    assert not {operation for operation, _ in operator.of("iam")[before:]} & set(WRITES)

    room.kube.delete(key)
    while aws.serverless.names() or "DeleteConflict" not in told(room.status(key)):
        room.clock.forward(room.once(key) or 0)
    assert f"aws iam list-attached-role-policies --role-name {name}" in told(room.status(key))
    assert roles(aws) == [name]
    iam(aws).detach_role_policy(RoleName=name, PolicyArn=boundary)
    assert (room.settle(key), roles(aws)) == ({}, [])


def test_an_operator_that_may_not_list_attached_policies_writes_roles_all_the_same(
    aws: SimulatedAws, room: WorkflowRoom
) -> None:
    denied = Error(403, "AccessDenied", "no")
    aws.faults.add(Rule(service="iam", operation="ListAttachedRolePolicies", error=denied, times=None))
    key = resting(room)
    assert ready(room.status(key), "RoleReady") == ("True", "Succeeded")
    assert "iam:ListAttachedRolePolicies" in told(room.status(key), "RoleReady")
    assert live_role(aws) == role_of(aws)["Arn"]


def test_a_role_that_somebody_deleted_gets_a_successor_of_another_name(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = resting(room)
    before = role_of(aws)["RoleName"]
    remove(aws, before)
    room.clock.forward(3700)

    status = room.settle(key)

    assert ready(status) == ("True", "Succeeded")
    assert role_of(aws)["RoleName"] != before
    assert (live_role(aws), aws.serverless.minted(NAME)) == (role_of(aws)["Arn"], 2)


def test_deletion_leaves_no_role(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = resting(room)
    room.kube.delete(key)
    assert room.settle(key) == {}
    assert (aws.serverless.names(), roles(aws)) == ([], [])


def test_a_role_that_lost_our_tag_stays_and_is_named_in_an_event(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = resting(room)
    name = role_of(aws)["RoleName"]
    iam(aws).untag_role(RoleName=name, TagKeys=[UID_TAG])
    room.kube.delete(key)
    assert room.settle(key) == {}
    assert (aws.serverless.names(), roles(aws)) == ([], [name])
    (note,) = [item.note for item in room.kube.notices if item.reason == "RoleNotOwned"]
    assert name in note


def test_retaining_keeps_the_role(aws: SimulatedAws, room: WorkflowRoom, operator: Operator) -> None:
    key = resting(room, deletionPolicy="Retain")
    room.kube.delete(key)
    before = len(operator.of("iam"))
    assert room.settle(key) == {}
    assert (aws.serverless.names(), len(roles(aws)), len(operator.of("iam"))) == ([NAME], 1, before)


def test_a_role_of_ones_own_takes_the_place_of_the_managed_one(aws: SimulatedAws, room: WorkflowRoom) -> None:
    aws.serverless.configure(habits=Habits(token_outlives_workflow=False))
    key = resting(room)
    room.kube.edit(key, role={"arn": ROLE})
    status = room.settle(key)
    assert ready(status) == ("True", "Succeeded")
    assert (live_role(aws), roles(aws), aws.serverless.minted(NAME)) == (ROLE, [], 2)

    room.kube.edit(key, role={"managed": {}})
    status = room.settle(key)
    assert ready(status) == ("True", "Succeeded")
    assert live_role(aws) == role_of(aws)["Arn"]


def test_a_namesake_of_somebody_else_is_left_alone(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = resting(room)
    name = role_of(aws)["RoleName"]
    iam(aws).tag_role(RoleName=name, Tags=[{"Key": UID_TAG, "Value": "another"}])
    before = policies(aws)
    room.clock.forward(3700)
    room.kube.edit(key, definition={"yaml": SECOND})
    status = room.settle(key)
    assert (ready(status), ready(status, "RoleReady")) == (("False", "NotOwned"), ("False", "RoleNotOwned"))
    assert (policies(aws), aws.serverless.minted(NAME)) == (before, 1)
    iam(aws).tag_role(RoleName=name, Tags=[{"Key": UID_TAG, "Value": UID}])


ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"
HOSTILE: dict[str, dict[str, Any]] = {
    "everything": {"definition": {"yaml": dag({"only": task(bucket="*")}).decode()}},
    "a policy among the arguments": {
        "definition": {"inline": {"one": {"tasks": {"only": task(bucket="first-bucket", policy=json.loads(ANYTHING))}}}}
    },
    "a wildcard behind a parameter": {
        "definition": {"yaml": dag({"only": task(bucket="{{ params.b }}")}, params={"b": "*"}).decode()}
    },
    "the definitions of others": {
        "definition": {
            "yaml": dag(
                {
                    "only": task(
                        operator="airflow.providers.amazon.aws.operators.s3.S3DeleteObjectsOperator",
                        bucket="definitions",
                        prefix="workflows/",
                    )
                }
            ).decode()
        }
    },
    "our own tags but for their case": {"tags": {UID_TAG.upper(): "mine", OWNER_TAG.upper(): "mine", "Team": "a"}},
    "the logs of others": {"logging": {"logGroupName": "/aws/mwaa-serverless/other-0123456789/"}},
    "parameters of a run": {"run": {"token": "1", "parameters": {"bucket": "*", "policy": json.loads(ANYTHING)}}},
    "a role of its own to pass": {
        "definition": {
            "yaml": dag(
                {
                    "only": task(
                        operator="airflow.providers.amazon.aws.operators.glue.GlueJobOperator",
                        job_name="j",
                        iam_role_arn=ADMIN,
                    )
                }
            ).decode()
        }
    },
}


@pytest.mark.parametrize("way", HOSTILE)
def test_whatever_a_tenant_writes_the_role_stays_within_the_limits(
    aws: SimulatedAws, room: WorkflowRoom, boundary: str, way: str
) -> None:
    key = resting(room)
    room.kube.edit(key, **HOSTILE[way])
    for _ in range(8):
        room.clock.forward(room.once(key) or 1)
    role = role_of(aws)
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert (tags_of(role)[UID_TAG], tags_of(role)[OWNER_TAG]) == (UID, f"{CLUSTER}/data/etl")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "airflow-serverless.amazonaws.com"}
    assert may(aws, role["Arn"], "s3:GetObject", f"{OWN_FILES}/definition.yaml")
    assert [item for item in FORBIDDEN if may(aws, role["Arn"], *item)] == []


OWN_FILES = f"arn:aws:s3:::definitions/workflows/{CLUSTER}/data/etl/{UID}"
FORBIDDEN = (
    ("s3:ListBucket", "arn:aws:s3:::another-bucket"),
    ("s3:DeleteObject", f"{OWN_FILES}/definition.yaml"),
    ("s3:PutObject", "arn:aws:s3:::definitions/workflows/another/object"),
    ("iam:PassRole", ADMIN),
    ("glue:StartJobRun", f"arn:aws:glue:eu-central-1:{ACCOUNT}:job/j"),
    ("logs:PutLogEvents", f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:/aws/mwaa-serverless/other-0123456789/:x"),
)


def may(aws: SimulatedAws, role: str, action: str, resource: str) -> bool:
    """Return whether IAM's simulator allows it where the conditions on account and Region hold."""
    context = {"aws:ResourceAccount": ACCOUNT, "aws:RequestedRegion": "eu-central-1"}
    answer = iam(aws).simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in context.items()
        ],
    )
    return bool(answer["EvaluationResults"][0]["EvalDecision"] == "allowed")
