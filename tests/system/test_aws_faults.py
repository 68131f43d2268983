"""What AWS does on a bad day, and what somebody else does to an environment of ours: nothing is lost or done twice."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.aws.faults import EXPIRED_TOKEN, HTML_502, INTERNAL, THROTTLED, UNAVAILABLE, Error, Rule
from localcloud.aws.moto import landscape
from tests.support.cloud import World
from tests.support.team import PREFIX, Team, condition, is_ready, message, ready_reason
from tests.support.wait import eventually

EVERYBODY = "*"

FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"error": THROTTLED},
    "internal error": {"error": INTERNAL},
    "unavailable": {"error": UNAVAILABLE},
    "page of a proxy": {"body": HTML_502},
    "expired token": {"error": EXPIRED_TOKEN},
    "connection closed before": {"drop": True},
    "connection closed after": {"when": "after", "drop": True},
    "answer cut after": {"when": "after", "cut": True},
    "internal error after": {"when": "after", "error": INTERNAL},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_bad_answer_to_any_call_is_survived_and_nothing_is_done_twice(
    world: World, team: Team, fault: dict[str, Any]
) -> None:
    name = f"unlucky-{team.namespace}"
    script = world.cloud.aws.faults
    for operation in ("CreateEnvironment", "UpdateEnvironment", "DeleteEnvironment"):
        script.add(Rule(service="mwaa", operation=operation, resource=name, **fault))
    script.add(Rule(service="mwaa", operation="GetEnvironment", resource=name, skip=2, times=3, **fault))
    environment = team.environment(name=name, maxWorkers=5, deletionPolicy="Delete")
    environment.until_ready()
    environment.patch(maxWorkers=6)
    environment.until_ready()
    assert environment.aws["MaxWorkers"] == 6
    environment.delete()
    environment.until_gone()
    assert len(script.rules) == 0
    made = 1 if fault.get("when") == "after" else 2
    assert environment.sent("CreateEnvironment", code="*") == made
    assert environment.sent("UpdateEnvironment", code="*") == made


def test_a_call_that_hangs_is_given_up_and_tried_again(world: World, team: Team) -> None:
    name = f"hanging-{team.namespace}"
    world.cloud.aws.faults.add(
        Rule(service="mwaa", operation="CreateEnvironment", resource=name, when="after", hold=name)
    )
    environment = team.environment(name=name)
    world.cloud.aws.faults.wait_held(name)
    body = environment.until_ready(within=40)
    assert environment.aws["Tags"][f"{PREFIX}/uid"] == body["metadata"]["uid"]


def test_a_burst_of_throttling_delays_and_changes_nothing_else(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    world.cloud.aws.faults.add(Rule(service="mwaa", resource=environment.name, times=25, error=THROTTLED))
    environment.patch(maxWorkers=6)
    environment.until_ready()
    assert environment.sent("UpdateEnvironment") == 1
    assert environment.aws["MaxWorkers"] == 6


def test_reads_that_fail_on_a_settled_environment_do_not_touch_its_readiness_at_first(world: World, team: Team) -> None:
    environment = team.environment()
    environment.until_ready()
    world.cloud.aws.faults.add(Rule(service="mwaa", resource=environment.name, times=None, error=UNAVAILABLE))
    eventually(lambda: environment.sent("GetEnvironment", code="?*") > 3, within=10, what="failing reads")
    assert is_ready(environment.body)
    body = environment.until(lambda body: condition(body, "Synced").get("status") == "Unknown", "Synced to be unknown")
    assert condition(body, "Ready")["status"] == "True"
    body = environment.until_reason("AwsUnavailable")
    assert condition(body, "Ready")["status"] == "False"
    world.cloud.aws.faults.clear()
    environment.until_ready()
    assert environment.sent("UpdateEnvironment", code="*") == 0


@pytest.mark.usefixtures("patient")
def test_eventual_consistency_makes_no_second_environment_and_no_second_update(world: World, team: Team) -> None:
    world.mwaa.configure(create_invisible=0.4, update_invisible=0.1, tags_invisible=0.1)
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    environment.patch(maxWorkers=6)
    environment.until_ready()
    environment.look()
    assert environment.aws["MaxWorkers"] == 6
    assert environment.sent("CreateEnvironment", code="*") == 1
    assert environment.sent("UpdateEnvironment", code="*") == 1


def test_a_denied_action_is_named_and_its_grant_is_noticed(world: World, team: Team) -> None:
    world.moto.deny(EVERYBODY, "airflow:CreateEnvironment")
    environment = team.environment()
    body = environment.until_reason("AccessDenied")
    assert "CreateEnvironment" in message(body)
    assert condition(body, "Ready")["status"] == "False"
    world.moto.allow(EVERYBODY, "airflow:CreateEnvironment")
    environment.until_ready()


def test_a_denied_read_is_named_and_nothing_is_created(world: World, team: Team) -> None:
    world.moto.deny(EVERYBODY, "airflow:GetEnvironment")
    environment = team.environment()
    body = environment.until_reason("AccessDenied")
    assert "GetEnvironment" in message(body)
    assert environment.sent("CreateEnvironment", code="*") == 0
    world.moto.allow(EVERYBODY, "airflow:GetEnvironment")
    environment.until_ready()


def test_a_check_that_may_not_look_blocks_nothing(world: World, team: Team) -> None:
    world.moto.deny(EVERYBODY, "s3:GetBucketVersioning")
    environment = team.environment()
    body = environment.until_ready()
    assert "BucketVersioning" in message(body, "PreflightPassed")


def test_an_environment_that_somebody_deleted_is_reported_and_made_again_only_on_request(
    world: World, team: Team
) -> None:
    environment = team.environment(maxWorkers=5)
    arn = environment.until_ready()["status"]["arn"]
    world.mwaa.remove(environment.aws_name)
    body = environment.until_reason("ExternallyDeleted")
    assert condition(body, "Stalled")["status"] == "True"
    environment.look()
    assert environment.sent("CreateEnvironment", code="*") == 1
    environment.patch({"recreate": arn})
    environment.until_ready()
    assert environment.sent("CreateEnvironment", code="*") == 2
    assert environment.aws["AirflowVersion"] == "2.10.3"


def test_an_environment_that_somebody_made_anew_is_not_ours(world: World, team: Team) -> None:
    environment = team.environment(deletionPolicy="Delete")
    environment.until_ready()
    world.mwaa.recreate(environment.aws_name)
    environment.until_reason("NotOwned")
    environment.delete()
    environment.until_gone()
    assert world.mwaa.status(environment.aws_name) == "AVAILABLE"
    assert environment.sent("DeleteEnvironment", code="*") == 0


def test_stripped_tags_are_restored(world: World, team: Team) -> None:
    environment = team.environment()
    body = environment.until_ready()
    world.mwaa.strip_tags(environment.aws_name)
    uid = body["metadata"]["uid"]
    eventually(
        lambda: environment.aws.get("Tags", {}).get(f"{PREFIX}/uid") == uid, within=10, what="the tags to be restored"
    )
    environment.until_ready()
    assert environment.sent("UpdateEnvironment", code="*") == 0


def test_a_state_that_nobody_knows_counts_as_busy(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    world.mwaa.force_status(environment.aws_name, "REARRANGING_THINGS")
    body = environment.until_reason("RearrangingThings")
    assert condition(body, "Reconciling")["status"] == "True"
    environment.patch(maxWorkers=6)
    environment.look()
    assert environment.sent("UpdateEnvironment", code="*") == 0
    world.mwaa.force_status(environment.aws_name, "AVAILABLE")
    environment.until_ready()
    assert environment.aws["MaxWorkers"] == 6


def test_nothing_is_sent_during_aws_own_maintenance(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    # For as long as the test needs it: a maintenance of its own length might be over before anybody looked.
    world.mwaa.force_status(environment.aws_name, "MAINTENANCE")
    environment.look()
    body = environment.until(lambda body: ready_reason(body) == "Maintenance", "maintenance")
    assert condition(body, "Ready")["status"] == "True"
    environment.patch(maxWorkers=6)
    environment.until(lambda body: body["status"].get("pendingChanges"), "the change to be seen")
    assert environment.sent("UpdateEnvironment", code="*") == 0
    world.mwaa.force_status(environment.aws_name, "AVAILABLE")
    environment.until_ready()
    assert environment.aws["MaxWorkers"] == 6


def test_an_update_that_aws_refuses_is_told_and_not_sent_again(world: World, team: Team) -> None:
    environment = team.environment(maxWorkers=5)
    environment.until_ready()
    refusal = Error(400, "ValidationException", "maxWorkers must be between 1 and 25")
    world.cloud.aws.faults.add(
        Rule(service="mwaa", operation="UpdateEnvironment", resource=environment.name, times=None, error=refusal)
    )
    environment.patch(maxWorkers=6)
    body = environment.until_reason("UpdateFailed")
    assert "between 1 and 25" in message(body)
    for _ in range(5):
        environment.look()
    assert environment.sent("UpdateEnvironment", code="*") == 1
    world.cloud.aws.faults.clear()
    environment.patch(maxWorkers=7)
    environment.until_ready()


def test_credentials_of_another_account_do_nothing(world: World, team: Team) -> None:
    account = f"other-{team.namespace}"
    path = world.account(account, accountId="999999999999")
    arn = landscape.EXECUTION_ROLE
    environment = team.environment(
        accountRef={"name": account}, executionRoleArn=f"arn:aws:iam::999999999999:role/{arn}"
    )
    environment.until(lambda body: condition(body, "Ready").get("status") == "False", "to be refused")
    environment.look()
    assert environment.sent("*", code="*") == 0
    environment.delete()
    environment.until_gone()
    world.api.delete(path)
