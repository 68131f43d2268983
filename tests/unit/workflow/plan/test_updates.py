"""Differences, and when they are sent: one version for each real change, none at rest, never again what was refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import RETRY_REQUESTED_AT
from mwaa_operator.workflow.plan.situation import RoleLook, SourceLook
from mwaa_operator.workflow.plan.updates import LOOP
from tests.support.workflows import ACCOUNT, DEFINITION
from tests.support.workflowworld import CANARY, REFUSED, World, settled

SECRET = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
EDITS: list[dict[str, Any]] = [
    {"description": "new"},
    {"definition": {"yaml": DEFINITION + "# a comment\n"}},
    {"role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/new"}},
    {"triggerMode": "Disabled"},
    {"triggerMode": "ManualOnly"},
    {"environment": [{"name": "A", "value": "1"}]},
    {"network": {"subnetIds": ["subnet-b", "subnet-a"], "securityGroupIds": ["sg-1"]}},
    {"logging": {"logGroupName": "/mine"}},
    {"code": {"s3": {"bucket": "code", "key": "main.py", "versionId": "1"}}},
]


def somebody(world: World, **members: Any) -> None:
    """Somebody else sends an update; None leaves a member out."""
    assert world.aws.members is not None
    world.aws.mint({name: value for name, value in (world.aws.members | members).items() if value is not None})


@pytest.mark.parametrize("edit", EDITS, ids="-".join)
def test_each_edit_makes_one_version_with_the_whole_wish_and_then_there_is_rest(edit: dict[str, Any]) -> None:
    world = settled()
    world.edit(**edit)
    plan = world.step()
    assert [type(action).__name__ for action in plan.actions] == ["UpdateWorkflow"]
    assert {"RoleArn", "DefinitionS3Location", "TriggerMode"} <= plan.actions[0].request.keys()
    assert plan.intent is not None
    assert plan.intent["operation"] == plan.status["operation"]
    assert plan.intent["operation"]["version"] == f"{1:032}"
    assert world.ready == ("False", "Updating")
    world.settle()
    assert (world.ready, world.mutations()) == (("True", "Succeeded"), ["UpdateWorkflow"])
    assert world.notices == ["WorkflowUpdated", "Ready"]
    assert world.status["ownVersions"] == [f"{1:032}", f"{2:032}"]
    world.idle()


def test_hundreds_of_passes_at_rest_write_nothing_in_aws_nor_in_status() -> None:
    spec: dict[str, Any] = {name: value for edit in EDITS[1:] for name, value in edit.items()}
    world = World(spec=spec | {"environment": [SECRET], "tags": {"team": "data"}}, secrets={"s": CANARY})
    world.settle()
    world.idle(400)
    assert (world.ready, world.mutations()) == (("True", "Succeeded"), ["CreateWorkflow"])


@pytest.mark.parametrize("edit", EDITS[:1] + EDITS[5:], ids="-".join)
@pytest.mark.parametrize("kept", [False, True], ids=["AWS drops it", "AWS keeps it"])
def test_what_spec_does_not_name_any_more_is_removed_by_one_version(edit: dict[str, Any], kept: bool) -> None:
    world = settled(**edit)
    if kept:
        old = dict(world.aws.members or {})
        world.aws.writes_its_own_way = lambda given: old | dict(given)
    world.edit(**dict.fromkeys(edit))
    plan = world.step()
    assert (
        not {"Description", "Environment", "NetworkConfiguration", "LoggingConfiguration", "Code"}
        & plan.actions[0].request.keys()
    )
    world.settle()
    assert (world.ready, world.mutations()) == (("True", "Succeeded"), ["UpdateWorkflow"])
    world.idle(20)


def test_a_member_that_was_sent_with_a_lost_answer_and_left_out_again_is_removed() -> None:
    world = settled()
    world.edit(description="short-lived")
    world.step()
    world.edit(description=None)
    world.settle()
    assert world.aws.members is not None
    assert "Description" not in world.aws.members
    assert world.mutations() == ["UpdateWorkflow", "UpdateWorkflow"]
    assert world.status["ownVersions"] == list(world.aws.versions), "the version in between is ours too"


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"network": {"subnetIds": ["subnet-b", "subnet-a"], "securityGroupIds": ["sg-1"]}},
        {"environment": [{"name": "B", "value": ""}, {"name": "A", "value": "1"}]},
        {"engineVersion": 1, "triggerMode": "ManualOnly", "validation": "Off", "runHistoryLimit": 1},
    ],
)
def test_defaults_order_and_spelling_of_aws_are_never_a_difference(spec: dict[str, Any]) -> None:
    world = World()
    world.aws.writes_its_own_way = lambda given: {
        **given,
        "Description": given.get("Description", "AWS fills this in"),
        "TriggerMode": {"manual_only": "MANUAL", "scheduled": "SCHEDULED"}[given["TriggerMode"]],
        "LoggingConfiguration": {"LogGroupName": "/aws/its-own"},
    }
    world.edit(**spec)
    world.settle()
    assert (world.ready, world.mutations()) == (("True", "Succeeded"), ["CreateWorkflow"])
    world.idle(20)


@pytest.mark.parametrize("edit", [{}, {"description": "x"}], ids=["created", "updated"])
def test_what_aws_writes_in_its_own_way_is_not_sent_again(edit: dict[str, Any]) -> None:
    world = World()
    world.aws.writes_its_own_way = lambda given: {
        **given,
        "RoleArn": "masked",
        "Environment": {"Variables": {"A": "***"}},
    }
    world.edit(environment=[{"name": "A", "value": "1"}])
    world.settle()
    world.edit(**edit)
    world.settle()
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 2 if edit else 1)
    world.idle(20)
    world.edit(environment=[{"name": "A", "value": "2"}])
    world.settle()
    assert world.aws.minted == (3 if edit else 2), "an edit is seen all the same"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("hidden", [0, 3])
def test_a_lost_answer_to_an_update_makes_exactly_one_version(when: str, hidden: int) -> None:
    world = settled()
    world.edit(description="new")
    world.lose, world.hidden = {"UpdateWorkflow": when}, 0
    world.step()
    world.hidden = hidden
    assert world.status["operation"]["version"] == f"{1:032}"
    world.settle(most=30)
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 2)
    world.idle(20)


def test_a_crash_between_intent_and_call_or_call_and_status_makes_exactly_one_version() -> None:
    for reached in (False, True):
        world = settled()
        world.edit(description="new")
        before = world.status
        plan = world.step()
        if not reached:
            world.aws.members, world.aws.versions, world.aws.minted = settled().aws.members, {f"{1:032}": {}}, 1
            world.done.clear()
        assert plan.intent is not None
        world.status = plan.intent
        assert world.status != before
        world.settle(most=30)
        assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 2), f"reached AWS: {reached}"


def test_an_update_of_somebody_else_in_between_is_not_taken_for_ours() -> None:
    world = settled()
    world.edit(description="new")
    world.lose = {"UpdateWorkflow": "before"}
    world.step()
    somebody(world, Description="somebody's")
    world.settle()
    assert world.ready == ("True", "Succeeded")
    assert world.mutations() == ["UpdateWorkflow"]
    assert world.status["ownVersions"] == [f"{1:032}", f"{3:032}"]


@pytest.mark.parametrize("edited", [False, True])
def test_a_look_that_shows_an_earlier_version_soon_after_an_update_makes_no_other_version(edited: bool) -> None:
    world = settled(description="first")
    before = world.aws.live()
    world.edit(description="second")
    world.step()
    if not edited:
        world.step()
        assert world.ready == ("True", "Succeeded")
    world._shown, world.hidden = before, 1
    world.step()
    assert world.mutations() == ["UpdateWorkflow"]
    world.settle()
    assert (world.ready, world.mutations()) == (("True", "Succeeded"), ["UpdateWorkflow"])


def test_an_earlier_version_that_is_as_spec_says_again_is_not_taken_for_the_answer() -> None:
    world = settled(description="first")
    before = world.aws.live()
    for text in ("second", "first"):
        world.edit(description=text)
        world.step()
    world._shown, world.hidden = before, 1
    world.step()
    assert world.ready[0] == "False", "it is not told of a version that is not live any more"
    world.settle()
    assert (world.ready, world.count("UpdateWorkflow")) == (("True", "Succeeded"), 2)
    assert world.status["version"] == list(world.aws.versions)[-1]


@pytest.mark.parametrize("edit", ["definition", "code"])
def test_a_wrong_definition_is_never_sent_and_holds_everything_back(edit: str) -> None:
    operator = "airflow.providers.standard.operators.python.PythonOperator"
    python = f"etl: {{tasks: {{t: {{operator: {operator}, python_callable: main.f}}}}}}"
    code = {"code": {"s3": {"bucket": "code", "key": "main.py", "versionId": "1"}}, "definition": {"yaml": python}}
    world = settled(**code) if edit == "code" else settled()
    world.edit(**{"code": None} if edit == "code" else {"definition": {"yaml": "etl: ["}, "description": "waits"})
    world.settle()
    assert (world.ready, world.done) == (("False", "DefinitionInvalid"), [])
    assert world.word("DefinitionValid") == ("False", "LocalValidationFailed")
    assert "The version before stays live." in world.text()
    fields = [item["field"] for item in world.status["pendingChanges"]]
    assert fields == (["code"] if edit == "code" else ["definition", "description"])
    assert world.notices == ["DefinitionInvalid"]
    world.idle(20)
    assert world.notices == ["DefinitionInvalid"], "told once"
    world.edit(**code if edit == "code" else {"definition": {"yaml": DEFINITION}})
    world.settle()
    assert world.ready == ("True", "Succeeded")


def test_a_refused_update_is_not_resent_for_the_same_wish_but_once_by_annotation_and_after_an_edit() -> None:
    world = settled()
    world.edit(description="bad")
    world.refuse = {"UpdateWorkflow": REFUSED}
    world.step()
    assert (world.ready, world.word("Stalled")) == (("False", "RejectedByService"), ("True", "RejectedByService"))
    assert "Schedule is wrong." in world.text()
    assert world.word("DefinitionValid") == ("False", "RejectedByService")
    world.settle()
    world.idle(20)
    tries = count_tries(world)
    world.annotations[RETRY_REQUESTED_AT] = "1"
    world.settle()
    assert (count_tries(world), world.ready) == (tries + 1, ("False", "RejectedByService"))
    world.idle(20)
    world.refuse.clear()
    world.idle(5)
    world.edit(description="good")
    world.settle()
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 2)


def count_tries(world: World) -> int:
    """Count what AWS was asked by what it told of it."""
    return world.notices.count("DefinitionInvalid")


def test_a_retry_of_a_refused_update_that_is_throttled_is_tried_again() -> None:
    world = settled()
    world.edit(description="bad")
    world.refuse = {"UpdateWorkflow": REFUSED}
    world.step()
    world.annotations[RETRY_REQUESTED_AT] = "1"
    world.refuse = {"UpdateWorkflow": Failure(FailureKind.THROTTLED, "mwaa-serverless:UpdateWorkflow", "T", "slow")}
    world.step()
    world.refuse.clear()
    world.settle()
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 2)


def test_a_refused_update_is_sent_again_when_the_secret_that_it_was_about_changes() -> None:
    world = World(spec={"environment": [SECRET]}, secrets={"s": CANARY})
    world.settle()
    world.secrets["s"] = CANARY + "-bad"
    world.refuse = {"UpdateWorkflow": REFUSED}
    world.settle()
    world.idle(10)
    world.refuse.clear()
    world.secrets["s"] = CANARY + "-good"
    world.settle()
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 2)


def test_a_changed_secret_makes_one_version_and_shows_nowhere() -> None:
    world = World(
        spec={"environment": [SECRET, {"name": "A", "value": "1"}], "driftPolicy": "Report"}, secrets={"s": CANARY}
    )
    world.settle()
    world.secrets["s"] = CANARY + "2"
    world.settle()
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 2), "an edit, and no drift"
    somebody(world, Environment={"Variables": {"TOKEN": "theirs", "A": "1"}})
    world.settle()
    assert world.ready == ("True", "Drifted")
    del world.secrets["s"]
    world.step()
    assert world.ready == ("False", "DependencyNotReady")


DRIFTS: list[tuple[str, dict[str, Any]]] = [
    ("description", {"Description": "somebody's"}),
    ("triggerMode", {"TriggerMode": "disabled"}),
    ("role", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/theirs"}),
    ("definition", {"DefinitionS3Location": {"Bucket": "theirs", "ObjectKey": "x.yaml"}}),
]


@pytest.mark.parametrize(("name", "change"), DRIFTS, ids=[name for name, _ in DRIFTS])
@pytest.mark.parametrize("policy", ["Correct", "Report"])
def test_drift_is_corrected_once_or_only_reported(policy: str, name: str, change: dict[str, Any]) -> None:
    world = settled(description="ours", driftPolicy=policy)
    somebody(world, **change)
    world.settle()
    if policy == "Report":
        assert (world.ready, world.word("Synced")) == (("True", "Drifted"), ("False", "Drifted"))
        assert [item["field"] for item in world.status["pendingChanges"]] == [name]
        assert world.mutations() == []
    else:
        assert (world.ready, world.mutations()) == (("True", "Succeeded"), ["UpdateWorkflow"])
        assert world.notices.count("DriftCorrected") == 1
    world.idle(20)


def test_what_somebody_sets_that_spec_leaves_out_is_left_alone() -> None:
    world = settled()
    somebody(world, Description="somebody's", Environment={"Variables": {"A": "1"}})
    world.settle()
    assert (world.ready, world.mutations()) == (("True", "Succeeded"), [])
    assert world.status["ownVersions"] == [f"{1:032}"], "the version is not ours"


@pytest.mark.parametrize("secret", [False, True])
def test_an_update_loop_is_stopped_and_stays_stopped(secret: bool) -> None:
    world = World(spec={"description": "ours", "environment": [SECRET] if secret else []}, secrets={"s": CANARY})
    world.settle()
    for number in range(40):
        theirs = {"Environment": {"Variables": {"TOKEN": str(number)}}} if secret else {"Description": str(number)}
        somebody(world, **theirs)
        world.step()
        world.later(400)
        world.step()
    assert world.count("UpdateWorkflow") <= LOOP + 1
    assert (world.ready, world.notices.count("UpdateLoop")) == (("False", "UpdateLoop"), 1)
    world.idle(20)
    world.annotations[RETRY_REQUESTED_AT] = "1"
    world.settle()
    assert world.ready == ("True", "Succeeded")


def test_reads_that_lag_for_minutes_make_no_second_version_once_aws_has_named_the_first() -> None:
    world = settled()
    world.edit(description="new")
    world.hidden, world._shown = 12, world.aws.live()
    for _ in range(10):
        world.step()
        world.later(50)
    assert (world.ready, world.aws.minted) == (("False", "Updating"), 2)
    world.hidden = 0
    world.settle()
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 2)


def test_a_loop_during_which_no_look_ever_sees_our_version_is_stopped_too() -> None:
    world = settled()
    world.edit(description="new")
    for number in range(20):
        world.step()
        somebody(world, Description=str(number))
        world.later(100)
    assert (world.ready, world.count("UpdateWorkflow")) == (("False", "UpdateLoop"), LOOP)


def test_many_edits_within_an_hour_are_no_loop() -> None:
    world = settled()
    for number in range(15):
        world.edit(description=str(number))
        world.settle()
        assert world.ready == ("True", "Succeeded")
        world.now = world.now.replace(hour=12, minute=number)
    assert world.aws.minted == 16


@pytest.mark.parametrize("policy", [{"suspend": True}, {"managementPolicy": "Observe"}])
def test_suspend_and_observe_change_nothing(policy: dict[str, Any]) -> None:
    world = settled(tags={"team": "data"}, description="ours")
    world.edit(**policy, description="new", tags={"team": "other"}, logging={"retentionDays": 7})
    world.settle()
    assert world.done == []
    assert world.ready == ("True", "Suspended" if "suspend" in policy else "Observe")
    assert [item["field"] for item in world.status["pendingChanges"]] == ["description", "tags"]
    world.idle(20)
    world.edit(suspend=None, managementPolicy=None)
    world.settle()
    assert sorted(world.mutations()) == ["TagResource", "UpdateWorkflow"]


def test_a_suspended_workflow_without_differences_says_that_its_schedule_goes_on() -> None:
    world = settled()
    world.edit(suspend=True)
    world.settle()
    assert (world.ready, world.word("Synced")) == (("True", "Suspended"), ("True", "Succeeded"))
    assert "schedule in AWS goes on" in world.text()


def test_tags_are_set_and_removed_without_a_version_and_others_are_left_alone() -> None:
    world = settled(tags={"team": "data", "cost": "1"})
    world.aws.tags["theirs"] = "x"
    world.edit(tags={"team": "other"})
    world.settle()
    assert world.mutations() == ["TagResource", "UntagResource"]
    assert {key: value for key, value in world.aws.tags.items() if "/" not in key} == {"team": "other", "theirs": "x"}
    world.idle(20)


def test_a_tag_and_a_setting_that_change_together_are_both_sent() -> None:
    world = settled(tags={"team": "data"})
    world.edit(tags={"team": "other"}, description="new")
    world.settle()
    assert sorted(world.mutations()) == ["TagResource", "UpdateWorkflow"]


def test_reported_drift_of_a_tag_does_not_travel_with_the_edit_of_another() -> None:
    world = settled(tags={"team": "data", "cost": "1"}, driftPolicy="Report")
    world.aws.tags["team"] = "theirs"
    world.edit(tags={"team": "data", "cost": "2"})
    world.settle()
    assert (world.ready, world.aws.tags["team"], world.aws.tags["cost"]) == (("True", "Drifted"), "theirs", "2")


def test_retention_is_set_once_and_only_on_the_group_that_aws_made() -> None:
    world = settled(logging={"retentionDays": 7})
    assert world.status["logRetentionDays"] == 7
    world.edit(logging={"retentionDays": 30})
    world.settle()
    assert world.count("SetLogRetention") == 1
    world.idle(20)
    other = settled()
    somebody(other, LoggingConfiguration={"LogGroupName": "/somebodys"})
    other.edit(logging={"retentionDays": 7})
    other.settle()
    assert other.count("SetLogRetention") == 0


def test_encryption_can_not_be_changed_and_says_so() -> None:
    world = settled()
    world.edit(encryption={"kmsKeyArn": f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/2"})
    world.settle()
    assert (world.ready, world.done) == (("False", "ReplacementRequired"), [])


def test_a_role_that_became_unfit_holds_back_updates_only() -> None:
    world = settled()
    world.role = RoleLook("NotAssumable", "Add this statement.")
    world.settle()
    assert (world.ready, world.word("RoleReady")) == (("True", "Succeeded"), ("False", "RoleNotAssumable"))
    world.edit(description="new")
    world.step()
    assert (world.ready, world.done) == (("False", "RoleNotAssumable"), [])
    assert [item["field"] for item in world.status["pendingChanges"]] == ["description"]


@pytest.mark.parametrize("policy", ["Pinned", "Follow"])
def test_a_file_in_s3_is_pinned_or_followed(policy: str) -> None:
    spec = {"definition": {"s3": {"bucket": "theirs", "key": "etl.yaml"}}, "artifactPolicy": policy}
    world = World(spec=spec, sources={"definition": SourceLook(DEFINITION.encode(), "v1", latest_version_id="v1")})
    world.settle()
    newest = "v1" if policy == "Pinned" else "v2"
    world.sources["definition"] = SourceLook(DEFINITION.encode(), newest, latest_version_id="v2")
    world.settle()
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 1 if policy == "Pinned" else 2)
    told = world.status["definition"]
    assert (told["versionId"], told["latestVersionId"]) == (newest, "v2")
    world.idle(20)
    world.sources["definition"] = SourceLook(problem="There is no s3://theirs/etl.yaml.")
    world.settle()
    assert world.ready == ("True", "Succeeded"), "AWS has its own copy"
    world.edit(description="new")
    world.step()
    assert world.ready == ("False", "DependencyNotReady"), "the next version would read the file again"


def test_a_file_that_grows_a_version_between_create_and_first_look_stays_pinned() -> None:
    spec = {"definition": {"s3": {"bucket": "theirs", "key": "etl.yaml"}}}
    world = World(spec=spec, sources={"definition": SourceLook(DEFINITION.encode(), "v1")})
    world.step()
    world.sources["definition"] = SourceLook(DEFINITION.encode(), "v2")
    world.settle()
    assert (world.ready, world.aws.minted) == (("True", "Succeeded"), 1)


def test_no_update_is_begun_while_status_holds_the_intent_of_a_run() -> None:
    world = settled()
    world.status["operation"] = {"type": "StartRun", "hash": "h", "startedAt": "2026-11-18T12:00:00.000000Z"}
    world.edit(description="new")
    world.step()
    assert (world.done, world.status["operation"]["type"]) == ([], "StartRun")
    del world.status["operation"]
    world.settle()
    assert world.mutations() == ["UpdateWorkflow"]


def test_an_intent_of_a_run_survives_rest() -> None:
    world = settled()
    world.status["operation"] = {"type": "StartRun", "hash": "h", "startedAt": "2026-11-18T12:00:00.000000Z"}
    world.settle()
    assert world.status["operation"]["type"] == "StartRun"


happenings = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.sampled_from(EDITS)),
        st.tuples(st.just("drift"), st.sampled_from([change for _, change in DRIFTS])),
        st.tuples(st.just("lose"), st.sampled_from(["before", "after"])),
        st.tuples(st.just("hide"), st.integers(1, 3)),
        st.tuples(st.just("later"), st.sampled_from([1, 30, 600, 4000])),
        st.tuples(st.just("step"), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(what=happenings)
def test_whatever_happens_it_comes_to_rest_and_every_version_has_a_cause(what: list[tuple[str, Any]]) -> None:
    world, causes = settled(), 1
    for name, value in what:
        match name:
            case "edit":
                world.edit(**value)
                causes += 1
            case "drift" if world.hidden == 0:
                somebody(world, **value)
                causes += 2
            case "lose":
                world.lose = {"UpdateWorkflow": value}
            case "hide":
                world.hidden = value
            case "later":
                world.later(value)
                # A version that is hidden for longer than AWS ever takes may be asked for twice.
                causes += world.hidden if value >= 30 else 0
            case "step":
                world.step()
                world.later(1)
    world.hidden = 0
    world.lose.clear()
    world.settle(most=30)
    assert world.ready == ("True", "Succeeded")
    assert world.aws.minted <= causes
    world.idle(30)


def test_a_date_of_the_definition_that_passes_by_is_no_news() -> None:
    operator = "airflow.providers.amazon.aws.operators.s3.S3ListOperator"
    text = f'etl: {{start_date: "2026-11-19", tasks: {{t: {{operator: {operator}, bucket: raw}}}}}}'
    world = settled(definition={"yaml": text})
    assert world.word("DefinitionValid") == ("True", "Succeeded")
    world.idle(3, seconds=86400.0)
