"""There is no workflow: it is made exactly once, whatever is lost on the way, or it is said why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import RETRY_REQUESTED_AT, ObjectKey
from mwaa_operator.workflow.plan import plan_workflow
from mwaa_operator.workflow.plan.situation import Admission, Rival, RoleLook, SourceLook
from tests.support.workflows import ACCOUNT, NOW, ROLE, TAGS, situation
from tests.support.workflowworld import REFUSED, World, settled

KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1"
FULL_SPEC: dict[str, Any] = {
    "description": "what it is for",
    "triggerMode": "ManualOnly",
    "engineVersion": 1,
    "environment": [{"name": "STAGE", "value": "prod"}],
    "network": {"subnetIds": ["subnet-b", "subnet-a"], "securityGroupIds": ["sg-1"]},
    "logging": {"logGroupName": "/mine"},
    "encryption": {"kmsKeyArn": KEY},
    "tags": {"team": "data"},
}


def test_a_workflow_is_made_with_everything_that_spec_says_and_rests() -> None:
    world = World()
    world.edit(**FULL_SPEC)
    plan = world.step()
    request = dict(plan.actions[-1].request)
    variables = request.pop("Environment")["Variables"]
    location = request.pop("DefinitionS3Location")
    assert len(request.pop("ClientToken")) == 64
    assert (variables, location["Bucket"]) == ({"STAGE": "prod"}, "definitions")
    assert request == {
        "Name": "data-etl",
        "RoleArn": ROLE,
        "Description": "what it is for",
        "TriggerMode": "manual_only",
        "EngineVersion": 1,
        "LoggingConfiguration": {"LogGroupName": "/mine"},
        "NetworkConfiguration": {"SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-1"]},
        "EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KEY", "KmsKeyId": KEY},
        "Tags": {"team": "data"} | TAGS,
    }
    world.settle()
    assert (world.ready, world.mutations()) == (("True", "Succeeded"), ["CreateWorkflow"])
    assert world.notices == ["WorkflowCreated", "Ready"]
    assert world.status["ownVersions"] == list(world.aws.versions)
    world.idle()


def test_a_create_of_something_else_has_another_token_so_that_aws_names_who_has_the_name() -> None:
    tokens = []
    for spec in ({}, {}, {"description": "edited before the next look"}, {"tags": {"team": "data"}}):
        world = World(spec=dict(spec))
        tokens.append(dict(world.step().actions[-1].request)["ClientToken"])
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("hidden", [0, 2])
def test_a_lost_answer_to_a_create_never_makes_a_second_workflow(when: str, hidden: int) -> None:
    world = World(lose={"CreateWorkflow": when}, hidden=1 + hidden)
    first = world.step()
    assert first.retry
    second = world.step()
    tries = [plan.actions[-1] for plan in (first, second) if plan.actions]
    assert all(item.request == tries[0].request for item in tries)
    world.settle()
    assert (world.ready, world.aws.made, world.aws.minted) == (("True", "Succeeded"), 1, 1)


def test_a_crash_after_the_create_leaves_its_version_known_as_ours() -> None:
    world = World()
    world.step()
    world.status.clear()
    world.settle()
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 1)
    assert world.status["ownVersions"] == list(world.aws.versions)


def test_a_crash_after_a_workflow_was_made_again_leaves_its_version_known_as_ours() -> None:
    world = settled()
    before = world.status
    world.aws.members, world.aws.versions, world.aws.tags = None, {}, {}
    for _ in range(3):
        world.step()
        world.later(61)
    assert world.aws.made == 2
    world.status = before
    world.settle()
    assert (world.ready, world.aws.made, world.aws.minted) == (("True", "Succeeded"), 2, 2)
    assert world.status["ownVersions"] == list(world.aws.versions)


def test_a_version_that_is_older_than_the_object_is_not_its_own() -> None:
    world = World()
    world.step()
    world.status.clear()
    world.aws.there["CreatedAt"] = NOW - timedelta(days=30)
    world.settle()
    assert world.ready == ("True", "Succeeded")
    assert "ownVersions" not in world.status


def test_a_create_is_the_same_request_in_every_try() -> None:
    now, later = (plan_workflow(create(seconds)).actions[-1].request for seconds in (0, 5000))
    assert now == later


def create(seconds: float) -> Any:
    seen = {"definition": SourceLook(b"etl: {tasks: {t: {operator: airflow.operators.empty.EmptyOperator}}}")}
    return situation(observed=seen | {"role": RoleLook("Ready")}, now=NOW + timedelta(seconds=seconds))


def test_a_refused_create_is_not_sent_again_but_once_by_annotation_or_after_an_edit() -> None:
    world = World(refuse={"CreateWorkflow": REFUSED})
    world.step()
    assert world.ready == ("False", "RejectedByService")
    assert world.word("DefinitionValid") == ("False", "RejectedByService")
    assert world.notices == ["DefinitionInvalid"]
    world.idle()
    world.refuse.clear()
    world.idle(5)
    world.annotations[RETRY_REQUESTED_AT] = "1"
    world.settle()
    assert (world.ready, world.count("CreateWorkflow")) == (("True", "Succeeded"), 1)
    assert world.status["lastHandledRetryAt"] == "1"
    other = World(refuse={"CreateWorkflow": REFUSED})
    other.step()
    other.refuse.clear()
    other.edit(description="mended")
    other.settle()
    assert other.ready == ("True", "Succeeded")


def test_a_retry_that_is_throttled_is_not_answered_and_is_tried_again() -> None:
    world = World(refuse={"CreateWorkflow": REFUSED})
    world.step()
    world.annotations[RETRY_REQUESTED_AT] = "1"
    throttled = Failure(FailureKind.THROTTLED, "mwaa-serverless:CreateWorkflow", "ThrottlingException", "slow down")
    world.refuse = {"CreateWorkflow": throttled}
    world.step()
    assert "lastHandledRetryAt" not in world.status
    world.refuse.clear()
    world.settle()
    assert (world.ready, world.status["lastHandledRetryAt"]) == (("True", "Succeeded"), "1")


def test_a_vanished_workflow_is_made_again_only_after_a_second_absence_a_minute_later() -> None:
    world = settled()
    old = world.status["workflowArn"]
    world.aws.members, world.aws.versions, world.aws.tags = None, {}, {}
    world.step()
    assert (world.done, world.ready) == ([], ("True", "Succeeded"))
    world.later(30)
    world.step()
    assert world.done == []
    world.later(31)
    world.settle()
    assert (world.ready, world.mutations()) == (("True", "Succeeded"), ["CreateWorkflow"])
    assert world.status["workflowArn"] != old, "another token than the first: AWS may still know that one"
    assert world.notices == ["Recreated", "Ready"]
    assert world.status["ownVersions"] == list(world.aws.versions)


def test_one_absence_that_was_none_is_forgotten() -> None:
    world = settled()
    world.hidden, world._shown = 1, None
    world.step()
    assert "absentSince" in world.status
    world.settle()
    assert "absentSince" not in world.status
    assert (world.ready, world.done) == (("True", "Succeeded"), [])


@pytest.mark.parametrize(
    ("spec", "ready"),
    [
        ({"suspend": True}, ("False", "Suspended")),
        ({"adoptionPolicy": "AdoptExisting"}, ("False", "WorkflowNotFound")),
        ({"definition": {"yaml": "etl: ["}}, ("False", "DefinitionInvalid")),
        ({"role": {"managed": {}}}, ("False", "NotPermitted")),
    ],
)
def test_a_vanished_workflow_that_may_not_be_made_again_rests(spec: dict[str, Any], ready: tuple[str, str]) -> None:
    world = settled()
    world.aws.members = None
    world.edit(**spec)
    for _ in range(6):
        world.step()
        world.later(1900)
    assert (world.ready, world.done) == (ready, [])
    world.idle(20)


def test_what_was_known_of_the_first_workflow_is_not_believed_of_the_second() -> None:
    world = settled(logging={"retentionDays": 7})
    assert world.status["logRetentionDays"] == 7
    world.aws.members, world.aws.versions, world.aws.tags = None, {}, {}
    world.settle()
    assert world.count("SetLogRetention") == 1, "the new log group has no retention yet"


def test_the_older_of_two_objects_makes_the_workflow() -> None:
    key = ObjectKey("ServerlessWorkflow", "data", "zzz")
    for created, reason in ((NOW - timedelta(days=9), "NameConflict"), (NOW, None)):
        plan = plan_workflow(situation(observed={"rivals": (Rival(key, created),)}))
        ready = [item["reason"] for item in plan.status.get("conditions", [])][:1]
        assert ready == ([reason] if reason else [])


FROM_CONFIG_MAP = {"definition": {"configMapKeyRef": {"name": "c", "key": "k"}}}
FROM_S3 = {"definition": {"s3": {"bucket": "theirs", "key": "k"}}}
FROM_SECRET = {"environment": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "gone", "key": "k"}}}]}


@pytest.mark.parametrize(
    ("spec", "sources", "says"),
    [
        (FROM_CONFIG_MAP, {"definition": "There is no ConfigMap c."}, "ConfigMap c"),
        (FROM_S3, {"definition": "There is no s3://theirs/k."}, "s3://theirs/k"),
        (FROM_SECRET, {}, "Secret gone"),
    ],
)
def test_what_is_missing_is_waited_for_and_named(spec: dict[str, Any], sources: dict[str, str], says: str) -> None:
    world = World(sources={name: SourceLook(problem=text) for name, text in sources.items()})
    world.edit(**spec)
    assert world.step().retry
    assert (world.ready, world.done) == (("False", "DependencyNotReady"), [])
    assert says in world.text()
    world.later(1800)
    world.step()
    assert world.word("Stalled") == ("True", "DependencyNotReady")


def test_without_a_store_nothing_can_be_uploaded() -> None:
    world = World(admission=Admission("Admitted", account_id=ACCOUNT))
    world.step()
    assert "AwsAccount default has no spec.definitionStore" in world.text()


@pytest.mark.parametrize(
    ("verdict", "sent"), [("NotAssumable", 0), ("NotFound", 0), ("LogsMissing", 1), ("Unknown", 1)]
)
def test_a_role_that_aws_would_refuse_is_not_sent(verdict: Any, sent: int) -> None:
    world = World(role=RoleLook(verdict, "Add this statement: …"))
    world.step()
    assert world.count("CreateWorkflow") == sent
    assert world.ready[1] == ("Creating" if sent else "RoleNotAssumable")
    assert "Add this statement" in world.text("RoleReady")
    world.step()
    assert world.notices.count("RoleNotAssumable") == (verdict == "NotAssumable"), "told once"
    world.role = RoleLook("Ready")
    world.settle()
    assert (world.ready, world.word("RoleReady")) == (("True", "Succeeded"), ("True", "Succeeded"))


@pytest.mark.parametrize(
    ("kind", "reason", "stalls"),
    [
        (FailureKind.THROTTLED, "Throttled", False),
        (FailureKind.NAME_IN_USE, "NameInUse", False),
        (FailureKind.PROPAGATION, "IamPropagation", True),
        (FailureKind.REFUSED, "Refused", True),
        (FailureKind.QUOTA, "QuotaExceeded", True),
        (FailureKind.ACCESS_DENIED, "AccessDenied", True),
    ],
)
def test_a_create_that_fails_is_tried_again_as_the_failure_allows(kind: FailureKind, reason: str, stalls: bool) -> None:
    world = World(refuse={"CreateWorkflow": Failure(kind, "mwaa-serverless:CreateWorkflow", "Code", "text")})
    world.step()
    assert (world.ready, world.word("Reconciling")) == (("False", reason), ("True", "ProgressingWithRetry"))
    world.later(2000)
    world.step()
    assert any(item["type"] == "Stalled" for item in world.status["conditions"]) is stalls
    world.refuse.clear()
    world.settle()
    assert world.ready == ("True", "Succeeded")
