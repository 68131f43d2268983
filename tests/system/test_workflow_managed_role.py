"""The role that the operator writes for a workflow, from its first policy to its end, as IAM has it.

The service reads definitions by the role's own rights here, so that a version made with too narrow a role is refused.
Looks at IAM are kept for an hour: six seconds, as time goes here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.aws.faults import Rule
from localcloud.aws.moto import landscape
from localcloud.aws.serverless.laws import Habits
from tests.support.cloud import World
from tests.support.serverless import dag, task
from tests.support.team import PREFIX, Team, Workflow, condition, is_ready, message
from tests.support.wait import eventually
from tests.support.watching import Body

SERVICE = "mwaa-serverless"
FIRST, SECOND = (dag({"only": task(bucket=name)}).decode() for name in ("first-bucket", "other-bucket"))
ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


@dataclass(frozen=True)
class Ground:
    """What the tests of a session share.

    Attributes:
        boundary: ARN of a managed policy.
        account: Name of the AwsAccount that admits managed roles.
        path: Of the AwsAccount.
    """

    world: World
    boundary: str
    account: str
    path: str

    def limits(self, *actions: str) -> dict[str, Any]:
        """Return AwsAccount.spec.managedRoles."""
        allowed = list(actions) or ["s3:*"]
        return {"permissionsBoundaryArn": self.boundary, "path": "/mwaa/", "allowedActions": allowed}

    def allow(self, limits: dict[str, Any] | None) -> None:
        """Change what the account allows managed roles."""
        answer = self.world.api.patch(self.path, {"spec": {"managedRoles": limits}})
        assert answer.ok, answer.body

    @property
    def iam(self) -> Any:
        """A client."""
        return self.world.client("iam")


@pytest.fixture
def ground(world: World, team: Team) -> Iterator[Ground]:
    """An AwsAccount of the test's own, and a boundary."""
    world.serverless.configure(habits=Habits(reader="role"))
    policy = world.client("iam").create_policy(PolicyName=f"boundary-{team.namespace}", PolicyDocument=ANYTHING)
    boundary, name = policy["Policy"]["Arn"], f"roles-{team.namespace}"
    path = world.account(name)
    ground = Ground(world, boundary, name, path)
    ground.allow(ground.limits())
    yield ground
    world.api.delete(path)


@dataclass(frozen=True)
class Role:
    """The managed role of one workflow as IAM has it."""

    ground: Ground
    name: str

    @property
    def shown(self) -> Body:
        """What GetRole says."""
        found: Body = self.ground.iam.get_role(RoleName=self.name)["Role"]
        return found

    @property
    def policies(self) -> dict[str, Body]:
        """Its inline policies; one that goes meanwhile is not among them."""
        iam, found = self.ground.iam, {}
        for name in iam.list_role_policies(RoleName=self.name)["PolicyNames"]:
            with suppress(iam.exceptions.NoSuchEntityException):
                found[name] = iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"]
        return found

    @property
    def buckets(self) -> set[str]:
        """The buckets that it may list."""
        statements = [one for document in self.policies.values() for one in document["Statement"]]
        return {one["Resource"].rpartition(":")[2] for one in statements if one["Action"] == "s3:ListBucket"}


def ready(ground: Ground, team: Team, **spec: Any) -> tuple[Workflow, Role]:
    """Return a workflow that is at rest under a role that the operator made."""
    given: dict[str, Any] = {"definition": {"yaml": FIRST}, "role": {"managed": {}}}
    workflow = team.workflow(accountRef={"name": ground.account}, **given | spec)
    body = workflow.until_ready(within=30)
    return workflow, Role(ground, body["status"]["managedRole"]["name"])


def test_a_role_is_made_within_the_accounts_limits_and_goes_with_the_object(
    world: World, team: Team, ground: Ground
) -> None:
    workflow, role = ready(ground, team, tags={"team": "data"}, run={"token": "one"})
    shown = role.shown
    assert workflow.aws["RoleArn"] == shown["Arn"] == f"arn:aws:iam::{landscape.ACCOUNT}:role/mwaa/{role.name}"
    assert shown["PermissionsBoundary"]["PermissionsBoundaryArn"] == ground.boundary
    tags = {tag["Key"]: tag["Value"] for tag in shown["Tags"]}
    assert (tags["team"], tags[f"{PREFIX}/uid"]) == ("data", workflow.body["metadata"]["uid"])
    assert role.buckets == {"first-bucket"}
    body = workflow.until_run("SUCCESS")
    assert (condition(body, "RoleReady")["status"], workflow.minted) == ("True", 1)

    workflow.delete()
    workflow.until_gone()
    assert world.serverless.status(workflow.aws_name) == ""
    assert role.name not in [item["RoleName"] for item in ground.iam.list_roles()["Roles"]]


def test_an_edit_widens_the_role_before_the_version_and_narrows_it_after(
    world: World, team: Team, ground: Ground
) -> None:
    workflow, role = ready(ground, team)
    name = workflow.aws_name
    world.cloud.aws.faults.add(Rule(service=SERVICE, operation="UpdateWorkflow", resource=name, hold=name))
    workflow.patch(definition={"yaml": SECOND})
    world.cloud.aws.faults.wait_held(name, 20)
    assert (role.buckets, workflow.minted) == ({"first-bucket", "other-bucket"}, 1)
    world.cloud.aws.faults.release(name, forward=True)
    workflow.until_ready(within=30)
    eventually(lambda: role.buckets == {"other-bucket"}, within=20, what="the rights of the version before to go")
    assert (workflow.minted, workflow.aws["RoleArn"]) == (2, role.shown["Arn"])
    assert [item["reason"] for item in team.events("RoleCreated")] == ["RoleCreated"]


def test_what_others_change_of_the_role_is_set_right_and_what_they_attach_is_told(team: Team, ground: Ground) -> None:
    workflow, role = ready(ground, team)
    granted, trust = role.policies, role.shown["AssumeRolePolicyDocument"]
    for policy in granted:
        ground.iam.put_role_policy(RoleName=role.name, PolicyName=policy, PolicyDocument=ANYTHING)
    ground.iam.put_role_policy(RoleName=role.name, PolicyName="admin", PolicyDocument=ANYTHING)
    ground.iam.attach_role_policy(RoleName=role.name, PolicyArn=ground.boundary)
    eventually(lambda: role.policies == granted, within=30, what="the policies to be as they were")
    assert role.shown["AssumeRolePolicyDocument"] == trust
    body = workflow.until(lambda body: condition(body, "RoleReady").get("reason") == "PolicyAttached", "to be told")
    command = f"aws iam detach-role-policy --role-name {role.name} --policy-arn {ground.boundary}"
    assert (is_ready(body), command in message(body, "RoleReady")) == (True, True)
    eventually(lambda: team.events("DriftCorrected") and team.events("PolicyAttached"), within=5, what="the Events")
    assert workflow.minted == 1
    workflow.delete()
    looked = f"aws iam list-attached-role-policies --role-name {role.name}"
    workflow.until(lambda body: looked in message(body), "the deletion to say what holds it up")
    ground.iam.detach_role_policy(RoleName=role.name, PolicyArn=ground.boundary)
    workflow.until_gone(within=30)


def test_an_account_that_takes_managed_roles_back_is_told_of_and_nothing_is_widened(team: Team, ground: Ground) -> None:
    workflow, role = ready(ground, team)
    granted = role.policies
    ground.allow(None)
    body = workflow.until_reason("NotPermitted")
    assert condition(body, "Stalled")["status"] == "True"
    assert f"AwsAccount {ground.account} has no spec.managedRoles" in message(body)
    workflow.patch(definition={"yaml": SECOND})
    assert message(workflow.until_reason("NotPermitted")) == message(body)
    assert (role.policies, workflow.minted) == (granted, 1)
    ground.allow(ground.limits())
    workflow.until_ready(within=30)
    eventually(lambda: role.buckets == {"other-bucket"}, within=20, what="the role of the new version")
    assert workflow.minted == 2


def test_what_the_account_takes_back_of_the_actions_goes_from_the_role_and_the_version_stays(
    team: Team, ground: Ground
) -> None:
    workflow, role = ready(ground, team)
    ground.allow(ground.limits("glue:*"))
    body = workflow.until_reason("PolicyScopeWidened", within=30)
    assert "s3:ListBucket" in message(body, "RoleReady")
    eventually(lambda: role.buckets == set(), within=20, what="the rights to go")
    workflow.patch(definition={"yaml": SECOND})
    workflow.until_reason("PolicyScopeWidened", within=30)
    assert (role.buckets, workflow.minted) == (set(), 1)
