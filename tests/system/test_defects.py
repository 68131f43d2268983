"""What others got wrong, each as a test that must never fail here.

First the twelve failures of the most used controller for MWAA, then what a framework of handlers and annotations would
have brought along. The order is that of a user's week, not of importance.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.aws.faults import THROTTLED, Rule
from localcloud.aws.moto.landscape import REQUIREMENTS
from localcloud.faultrules import Refuse
from localcloud.faultrules import Rule as ApiRule
from tests.support.cloud import World
from tests.support.team import PREFIX, Environment, Team, condition, is_ready, message
from tests.support.wait import eventually

TESTS = "Python-urllib"
"""The field manager under which tests write; everybody else here is the operator."""

BURST = 12
"""Looks asked for one after the other where nothing may be sent."""


def test_a_failed_update_stays_visible_is_not_resent_and_can_be_changed_or_deleted(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5, deletionPolicy="Delete")
    environment.until_ready()
    world.mwaa.fail_next_update(environment.aws_name, message="Unable to install the packages.")
    environment.patch(maxWorkers=6)
    body = environment.until_reason("UpdateFailed")
    assert "Unable to install the packages." in message(body)
    assert condition(body, "Stalled")["status"] == "True"
    assert condition(body, "Available")["status"] == "True"
    burst(environment)
    assert condition(environment.body, "Ready")["reason"] == "UpdateFailed"
    assert environment.sent("UpdateEnvironment", code="*") == 1
    environment.patch(maxWorkers=7)
    environment.until_ready()
    assert environment.aws["MaxWorkers"] == 7
    assert environment.sent("UpdateEnvironment", code="*") == 2
    world.mwaa.fail_next_update(environment.aws_name)
    environment.patch(maxWorkers=8)
    environment.until_reason("UpdateFailed")
    environment.delete()
    environment.until_gone()
    assert environment.sent("DeleteEnvironment") == 1


def test_a_failed_update_is_sent_once_more_on_request(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    world.mwaa.fail_next_update(environment.aws_name, times=2)
    environment.patch(maxWorkers=6)
    environment.until_reason("UpdateFailed")
    environment.patch({"retry-requested-at": "1"})
    environment.until_reason("Updating")
    environment.until_reason("UpdateFailed")
    burst(environment)
    assert environment.sent("UpdateEnvironment", code="*") == 2
    environment.patch({"retry-requested-at": "2"})
    environment.until_ready()
    assert environment.sent("UpdateEnvironment", code="*") == 3


@pytest.mark.parametrize("habit", ["UPDATE_FAILED", "AVAILABLE"])
def test_a_rolled_back_update_is_a_failed_one_whatever_state_aws_ends_in(world: World, team: Team, habit: str) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    world.mwaa.fail_next_update(environment.aws_name, settles=habit)
    environment.patch(maxWorkers=6)
    body = environment.until_reason("UpdateFailed")
    assert body["status"]["state"] == habit
    burst(environment)
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_what_failed_to_be_created_can_be_deleted(world: World, team: Team) -> None:
    environment = failing_create(world, team, deletionPolicy="Delete")
    body = environment.until_reason("CreateFailed")
    assert body["status"]["state"] == "CREATE_FAILED"
    environment.delete()
    environment.until_gone()
    assert environment.sent("DeleteEnvironment") == 1
    assert world.mwaa.status(environment.aws_name) in ("", "DELETED")


def test_ready_is_never_true_while_an_update_runs(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    for workers in (6, 7):
        environment.patch(maxWorkers=workers)
        environment.until_ready()
    for body in world.environments.versions(environment.key):
        if body.get("status", {}).get("state") in ("UPDATING", "ROLLING_BACK", "CREATING_SNAPSHOT"):
            assert condition(body, "Ready")["status"] != "True", body["status"]
    assert environment.story().count("False/Updating") == 2
    assert environment.story()[-1] == "True/Succeeded"


def test_iam_that_is_still_propagating_is_waited_for(world: World, team: Team) -> None:
    role = f"late-{team.namespace}"
    arn = copy_role(world, role)
    world.mwaa.role_not_ready(f"*{role}", times=3)
    environment = team.environment(executionRoleArn=arn)
    environment.until_ready()
    assert environment.sent("CreateEnvironment", code="*") == 4
    assert "False/IamPropagation" in environment.story()


def test_iam_that_never_propagates_is_reported_and_still_mended(world: World, team: Team) -> None:
    role = f"never-{team.namespace}"
    arn = copy_role(world, role)
    world.mwaa.role_not_ready(f"*{role}", times=None, seconds=4.0)
    environment = team.environment(executionRoleArn=arn)
    body = environment.until(lambda body: condition(body, "Stalled").get("status") == "True", "stalled")
    assert condition(body, "Ready")["reason"] == "IamPropagation"
    assert "trust policy" in message(body)
    environment.until_ready()


def test_changes_of_options_reach_aws_and_removing_them_clears_them(team: Team) -> None:
    environment = team.environment(airflowConfigurationOptions={"core.parallelism": "64", "core.dag_concurrency": "8"})
    environment.until_ready()
    environment.patch(airflowConfigurationOptions={"core.parallelism": "32"})
    environment.until_ready()
    assert environment.aws["AirflowConfigurationOptions"] == {"core.parallelism": "32", "core.dag_concurrency": "8"}
    environment.patch(airflowConfigurationOptions={"core.dag_concurrency": None})
    environment.until_ready()
    assert environment.aws["AirflowConfigurationOptions"] == {"core.parallelism": "32"}
    environment.patch(airflowConfigurationOptions=None)
    environment.until_ready()
    assert environment.aws.get("AirflowConfigurationOptions", {}) == {}
    assert environment.sent("UpdateEnvironment", code="*") == 3


@pytest.mark.parametrize("masked", [False, True], ids=["shown", "masked"])
def test_options_that_aws_shows_as_stars_are_no_difference(world: World, team: Team, masked: bool) -> None:
    world.mwaa.configure(mask_options=masked)
    team.secret("smtp", password=team.canary())
    source = {"name": "smtp.smtp_password", "valueFrom": {"secretKeyRef": {"name": "smtp", "key": "password"}}}
    environment = team.environment(
        airflowConfigurationOptions={"core.parallelism": "64"}, airflowConfigurationOptionsFrom=[source]
    )
    environment.until_ready()
    burst(environment)
    assert environment.sent("UpdateEnvironment", code="*") == 0
    environment.patch(airflowConfigurationOptions={"core.parallelism": "32"})
    environment.until_ready()
    burst(environment)
    assert environment.aws["AirflowConfigurationOptions"]["core.parallelism"] == "32"
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_what_aws_fills_in_is_never_sent_back(world: World, team: Team) -> None:
    world.mwaa.configure(dag_path="slash", lists="sorted", kms_key="arn")
    minimal = team.environment("minimal", airflowVersion=None)
    partial = team.environment(
        "partial",
        loggingConfiguration={"taskLogs": {"enabled": True, "logLevel": "INFO"}},
        requirementsS3Path=REQUIREMENTS,
        minWorkers=1,
        networkConfiguration={
            "subnetIds": list(reversed(minimal.manifest()["spec"]["networkConfiguration"]["subnetIds"])),
            "securityGroupIds": minimal.manifest()["spec"]["networkConfiguration"]["securityGroupIds"],
        },
    )
    for environment in (minimal, partial):
        environment.until_ready()
        burst(environment)
        assert environment.sent("GetEnvironment") > BURST
        assert environment.sent("UpdateEnvironment", code="*") == 0
        assert environment.sent("TagResource", code="*") == 0
        assert is_ready(environment.body)


def test_a_delete_during_an_update_waits_for_it_and_happens(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5, deletionPolicy="Delete")
    environment.until_ready()
    world.mwaa.script_next("UpdateEnvironment", name=environment.aws_name, verdict="stuck")
    environment.patch(maxWorkers=6)
    world.mwaa.wait_for_status(environment.aws_name, "UPDATING")
    environment.delete()
    body = environment.until_reason("Deleting")
    assert "UPDATING" in message(body)
    environment.until(lambda body: body["metadata"].get("deletionTimestamp"), "to be terminating")
    assert environment.sent("DeleteEnvironment", code="*") == 0
    world.mwaa.force_status(environment.aws_name, "AVAILABLE")
    environment.until_gone()
    assert environment.sent("DeleteEnvironment") == 1


def test_the_object_outlives_the_deletion_in_aws(world: World, team: Team) -> None:
    environment = team.environment(deletionPolicy="Delete")
    environment.until_ready()
    world.mwaa.script_next("DeleteEnvironment", name=environment.aws_name, verdict="stuck")
    environment.delete()
    environment.until(lambda body: body["status"].get("state") == "DELETING", "AWS to be deleting")
    reads = environment.sent("GetEnvironment")
    eventually(lambda: environment.sent("GetEnvironment") > reads + BURST, within=10, what="many looks")
    assert condition(environment.body, "Ready")["reason"] == "Deleting"
    world.mwaa.remove(environment.aws_name)
    environment.until_gone()


def test_an_authority_of_ones_own_is_trusted() -> None:
    with World(tls=True) as world, world.team() as team:
        assert world.cloud.aws.url.startswith("https://")
        environment = team.environment(requirementsS3Path=REQUIREMENTS)
        environment.until_ready()
        assert environment.sent("CreateEnvironment", code="*") == 1


def test_a_read_that_fails_right_after_the_create_causes_no_update(world: World, team: Team) -> None:
    environment = team.handle(f"throttled-{team.namespace}")
    script = world.cloud.aws.faults
    script.add(
        Rule(service="mwaa", operation="GetEnvironment", resource=environment.name, skip=1, times=5, error=THROTTLED)
    )
    team.environment(name=environment.name)
    environment.until_ready()
    burst(environment)
    assert environment.sent("GetEnvironment", code="ThrottlingException") == 5
    assert environment.sent("CreateEnvironment", code="*") == 1
    assert environment.sent("UpdateEnvironment", code="*") == 0


@pytest.mark.parametrize("invisible", [0.0, 0.5], ids=["seen at once", "seen late"])
def test_a_create_whose_answer_is_lost_ends_in_one_environment_that_is_ours(
    world: World, team: Team, invisible: float
) -> None:
    world.mwaa.configure(create_invisible=invisible)
    name = f"lost-{team.namespace}"
    world.cloud.aws.faults.add(
        Rule(service="mwaa", operation="CreateEnvironment", resource=name, when="after", drop=True)
    )
    environment = team.environment(name=name)
    body = environment.until_ready()
    assert environment.aws["Tags"][f"{PREFIX}/uid"] == body["metadata"]["uid"]
    assert world.mwaa.state(name) is not None
    assert "True/NotOwned" not in environment.story()
    assert not any("NotOwned" in word for word in environment.story())
    assert environment.sent("UpdateEnvironment", code="*") == 0


def test_spec_is_never_rewritten(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5, deletionPolicy="Delete")
    before = environment.until_ready()["spec"]
    world.mwaa.drift(environment.aws_name, MaxWorkers=20)
    environment.until_reason("Drifted")
    world.mwaa.script_next("UpdateEnvironment", name=environment.aws_name, verdict="stuck")
    wanted = environment.patch(maxWorkers=12)["spec"]
    world.mwaa.wait_for_status(environment.aws_name, "UPDATING")
    environment.delete()
    environment.until_reason("Deleting")
    assert environment.body["spec"] == wanted == {**before, "maxWorkers": 12}
    for version in world.environments.versions(environment.key):
        assert owned_by_us(version) <= {"f:status", "f:metadata"}, version["metadata"]["managedFields"]
    world.mwaa.force_status(environment.aws_name, "AVAILABLE")
    environment.until_gone()


def test_a_conflict_on_a_status_write_is_no_lost_wake_up(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    # As many as would take half a minute if each of them had to wait for the next look at an object at rest.
    rule = world.proxy.add(
        ApiRule(Refuse(409), methods=["PATCH"], subresource="status", path=f"/{environment.name}/", times=30)
    )
    environment.patch(maxWorkers=6)
    environment.until_ready()
    assert rule.matched > 30
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_a_status_that_the_server_rejects_is_tried_again(world: World, team: Team) -> None:
    environment = team.handle(f"rejected-{team.namespace}")
    rule = world.proxy.add(
        ApiRule(Refuse(422), methods=["PATCH"], subresource="status", path=f"/{environment.name}/", times=3)
    )
    team.environment(name=environment.name)
    environment.until_ready()
    assert rule.matched > 3
    assert environment.sent("CreateEnvironment", code="*") == 1


def test_an_object_of_300_kilobytes_is_handled_like_any_other(team: Team) -> None:
    options = {f"section.option_{number}": "x" * 4096 for number in range(75)}
    environment = team.environment(airflowConfigurationOptions=options)
    body = environment.until_ready()
    assert len(json.dumps(body)) > 300_000
    assert len(json.dumps(body["status"])) < 16_384
    burst(environment)
    assert environment.sent("CreateEnvironment", code="*") == 1
    assert environment.sent("UpdateEnvironment", code="*") == 0


def test_replacing_the_object_without_annotations_and_finalizer_creates_nothing(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    body = environment.body
    body["metadata"] = {name: body["metadata"][name] for name in ("name", "namespace", "resourceVersion")}
    del body["status"]
    body["spec"]["maxWorkers"] = 6
    answer = world.api.put(environment.path, body)
    assert answer.ok, answer.body
    assert "finalizers" not in answer.body["metadata"]
    environment.since = int(answer.body["metadata"]["resourceVersion"])
    body = environment.until_ready()
    assert body["metadata"]["finalizers"] == [f"{PREFIX}/finalizer"]
    assert environment.sent("CreateEnvironment", code="*") == 1
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_a_status_restored_from_an_older_object_changes_nothing_in_aws(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    old = environment.until_ready()
    environment.patch(maxWorkers=6)
    environment.until_ready()
    environment.delete()
    environment.until_gone()
    restored = {**old, "metadata": {"name": environment.name, "namespace": team.namespace}}
    answer = world.api.post(team.path(), restored)
    assert answer.ok, answer.body
    environment.since = int(answer.body["metadata"]["resourceVersion"])
    world.api.patch(f"{environment.path}/status", {"status": old["status"]})
    uid = environment.body["metadata"]["uid"]
    eventually(lambda: environment.aws["Tags"][f"{PREFIX}/uid"] == uid, within=10, what="our tag on it")
    body = environment.look()
    assert condition(body, "Ready")["status"] == "True"
    assert environment.sent("CreateEnvironment", code="*") == 1
    assert environment.sent("DeleteEnvironment", code="*") == 0


def test_an_object_whose_finalizer_was_forced_off_leaves_its_environment_alone(world: World, team: Team) -> None:
    environment = team.environment(deletionPolicy="Delete")
    environment.until_ready()
    # Before it deletes anything the operator looks at the object once more.
    look = world.proxy.add(ApiRule(Refuse(503), methods=["GET"], path=f"/{environment.name}", times=None))
    environment.delete()
    assert look.fired.wait(30)
    answer = world.api.patch(environment.path, {"metadata": {"finalizers": None}})
    assert answer.ok, answer.body
    environment.until_gone()
    look.release()
    again = team.environment(name=environment.aws_name)
    again.until_ready()
    assert environment.sent("DeleteEnvironment", code="*") == 0
    assert environment.sent("CreateEnvironment", code="*") == 1


def test_nothing_of_the_framework_appears_on_our_objects(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    environment.patch(maxWorkers=6)
    environment.until_ready()
    environment.delete()
    environment.until_gone()
    for version in world.environments.versions(environment.key):
        assert "kopf" not in json.dumps(version)
        assert set(version["metadata"].get("finalizers", ())) <= {f"{PREFIX}/finalizer"}
    for account in world.accounts.versions(("", "default")):
        assert "kopf" not in json.dumps(account)
        assert set(account["metadata"].get("finalizers", ())) <= {f"{PREFIX}/finalizer"}


def burst(environment: Environment) -> None:
    """Ask for many looks, one after the other."""
    for _ in range(BURST):
        environment.look()


def failing_create(world: World, team: Team, **spec: Any) -> Environment:
    """Create an environment that ends in CREATE_FAILED."""
    name = f"failing-{team.namespace}"
    world.mwaa.fail_next_create(name)
    return team.environment(name=name, **spec)


def copy_role(world: World, name: str) -> str:
    """Make an execution role like the seeded one and return its ARN."""
    from localcloud.aws.moto.rolepolicy import execution_policy, execution_trust

    iam = world.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(execution_trust()))
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(execution_policy()))
    return str(made["Role"]["Arn"])


def owned_by_us(body: dict[str, Any]) -> set[str]:
    """Return the top-level fields that a manager of the operator's owns."""
    entries = body["metadata"].get("managedFields", [])
    ours = [entry for entry in entries if entry["manager"] != TESTS]
    return {field for entry in ours for field in entry.get("fieldsV1", {})}
