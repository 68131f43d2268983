"""Every wall before AWS and every state of it, as a table: what Ready says, and that nothing is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.plan import Plan
from mwaa_operator.workflow.plan import plan_workflow
from mwaa_operator.workflow.plan.situation import Admission, RoleLook, SourceLook
from tests.support.workflows import ACCOUNT, ARN, NOW, STORE, TAGS, situation
from tests.support.workflows import live as aws_live
from tests.support.workflowworld import World, settled

DENIED = Failure(FailureKind.ACCESS_DENIED, "mwaa-serverless:GetWorkflow", "AccessDeniedException", "no")
DOWN = Failure(FailureKind.UNAVAILABLE, "mwaa-serverless:GetWorkflow", "ServiceUnavailable", "later")


def word(plan: Plan, type_: str = "Ready") -> tuple[str, str] | None:
    found = [item for item in plan.status.get("conditions", []) if item["type"] == type_]
    return (found[0]["status"], found[0]["reason"]) if found else None


@pytest.mark.parametrize(
    ("admission", "reason"),
    [
        (Admission("Missing", ("There is no AwsAccount default.",)), "DependencyNotReady"),
        (Admission("Refused", ("executionRoles does not list the role.",)), "NotPermitted"),
        (Admission("Admitted", account_id="999999999999", store=STORE), "AccountChanged"),
    ],
)
def test_no_call_is_planned_behind_the_wall_of_an_account(admission: Admission, reason: str) -> None:
    world = settled()
    world.edit(description="new")
    world.admission = admission
    plan = world.step()
    assert (world.ready, plan.actions, plan.intent) == (("False", reason), (), None)


def test_a_missing_account_is_waited_for_and_then_said_to_be_missing() -> None:
    world = World(admission=Admission("Missing", ("There is no AwsAccount default.",)))
    assert world.step().retry
    assert world.word("Reconciling") == ("True", "ProgressingWithRetry")
    world.later(1800)
    world.step()
    assert world.word("Stalled") == ("True", "DependencyNotReady")


@pytest.mark.parametrize(
    ("failure", "seconds", "ready", "synced"),
    [
        (DOWN, 10, ("True", "Succeeded"), ("True", "Succeeded")),
        (DOWN, 700, ("True", "Succeeded"), ("Unknown", "AwsUnavailable")),
        (DOWN, 4000, ("False", "AwsUnavailable"), ("Unknown", "AwsUnavailable")),
        (DENIED, 4000, ("False", "AccessDenied"), ("Unknown", "AccessDenied")),
    ],
)
def test_a_failing_read_leaves_the_last_truth_for_a_while(
    failure: Failure, seconds: float, ready: tuple[str, str], synced: tuple[str, str]
) -> None:
    world = settled()
    seen = {"failure": failure, "failing_since": NOW - timedelta(seconds=seconds)}
    plan = plan_workflow(situation(observed=seen, status=world.status))
    assert (word(plan), word(plan, "Synced"), plan.actions) == (ready, synced, ())


def test_a_failing_read_of_an_edited_object_is_said_at_once() -> None:
    world = settled()
    plan = plan_workflow(situation(observed={"failure": DOWN}, status=world.status, generation=2))
    assert word(plan) == ("False", "AwsUnavailable")
    assert word(plan, "Reconciling") == ("True", "ProgressingWithRetry")


@pytest.mark.parametrize(("state", "reason"), [("DELETING", "Deleting"), ("SOMETHING_NEW", "Unknown"), ("", "Unknown")])
def test_while_aws_is_at_work_nothing_is_sent(state: str, reason: str) -> None:
    world = settled()
    world.edit(description="new")
    assert world.aws.members is not None
    world.aws.members["WorkflowStatus"] = state
    plan = world.step()
    assert (world.ready, world.word("Reconciling"), plan.actions) == (("False", reason), ("True", "Progressing"), ())


@pytest.mark.parametrize(
    ("changes", "ready", "synced"),
    [
        ({}, ("True", "Succeeded"), ("True", "Succeeded")),
        ({"RoleArn": "arn:aws:iam::123456789012:role/other"}, ("True", "Observe"), ("False", "Observe")),
        ({"WorkflowStatus": "DELETING"}, ("False", "Deleting"), ("False", "Deleting")),
    ],
)
def test_observe_reports_and_does_nothing_not_even_a_finalizer(
    changes: dict[str, Any], ready: tuple[str, str], synced: tuple[str, str]
) -> None:
    spec = {"managementPolicy": "Observe", "definition": None}
    seen = {"definition": SourceLook(), "runs": ()}
    given = situation(aws_live(tags={}, **changes), spec=spec, finalizer=False, observed=seen)
    plan = plan_workflow(given)
    assert (word(plan), word(plan, "Synced"), plan.actions, plan.intent) == (ready, synced, (), None)


def test_observe_says_when_there_is_nothing_and_forgets_differences_that_are_gone() -> None:
    world = settled()
    world.edit(managementPolicy="Observe", description="new")
    world.settle()
    assert world.ready == ("True", "Observe")
    assert [item["field"] for item in world.status["pendingChanges"]] == ["description"]
    world.edit(description=None)
    world.settle()
    assert world.ready == ("True", "Succeeded")
    assert "pendingChanges" not in world.status
    world.aws.members = None
    world.step()
    assert world.ready == ("False", "WorkflowNotFound")
    assert world.mutations() == []


@pytest.mark.parametrize("when", ["absent", "live"])
def test_a_managed_role_is_a_wall_as_long_as_none_is_written(when: str) -> None:
    world = settled() if when == "live" else World()
    world.edit(role={"managed": {}})
    plan = world.step()
    assert (world.ready, plan.actions) == (("False", "NotPermitted"), ())
    assert world.word("Stalled") == ("True", "NotPermitted")
    assert "spec.managedRoles of AwsAccount default" in world.text()


policies = st.fixed_dictionaries(
    {},
    optional={
        "suspend": st.booleans(),
        "managementPolicy": st.sampled_from(["Manage", "Observe"]),
        "driftPolicy": st.sampled_from(["Report", "Correct"]),
        "adoptionPolicy": st.sampled_from(["Never", "AdoptOrCreate", "AdoptExisting"]),
        "triggerMode": st.sampled_from(["Scheduled", "ManualOnly", "Disabled"]),
        "description": st.text("ab", min_size=1, max_size=3),
        "validation": st.sampled_from(["Strict", "Warn", "Off"]),
        "definition": st.sampled_from(
            [
                {"yaml": "a: ["},
                {"yaml": "etl: {tasks: {t: {operator: a.b.C}}}"},
                {"configMapKeyRef": {"name": "c", "key": "k"}},
            ]
        ),
        "tags": st.dictionaries(st.sampled_from(["team", "cost"]), st.sampled_from(["x", "y"])),
        "environment": st.just([{"name": "A", "value": "1"}]),
        "role": st.sampled_from([{"managed": {}}, {"arn": f"arn:aws:iam::{ACCOUNT}:role/new"}]),
    },
)
members = st.fixed_dictionaries(
    {},
    optional={
        "Description": st.sampled_from(["a", "somebody's"]),
        "TriggerMode": st.sampled_from(["scheduled", "DISABLED", "manual", "", "new"]),
        "RoleArn": st.just(f"arn:aws:iam::{ACCOUNT}:role/other"),
        "EngineVersion": st.integers(1, 3),
        "Environment": st.just({"Variables": {}}),
        "WorkflowStatus": st.sampled_from(["READY", "DELETING", "NEW"]),
    },
)
tagged = st.sampled_from([TAGS, {}, {"mwaa-operator.io/uid": "other", "mwaa-operator.io/owner": "c/other/x"}])
looks = st.sampled_from([RoleLook("Ready"), RoleLook("NotFound", "none"), RoleLook("Unknown"), RoleLook("LogsMissing")])


@settings(max_examples=100, deadline=None)
@given(spec=policies, there=st.none() | members, tags=tagged, role=looks, known=st.booleans())
def test_any_situation_comes_to_rest_in_a_few_passes_and_rests(
    spec: dict[str, Any], there: dict[str, Any] | None, tags: dict[str, str], role: RoleLook, known: bool
) -> None:
    world = settled() if known else World()
    if known and there is None:
        world.aws.members = None
    elif there is not None:
        known or world.aws.create({"Name": "data-etl", "ClientToken": "", "Tags": {}, "DefinitionS3Location": {}})
        assert world.aws.members is not None
        world.aws.mint(world.aws.members | there)
        world.aws.members |= there
        world.aws.tags = dict(tags)
    world.role = role
    world.sources = (
        {"definition": SourceLook(problem="There is no ConfigMap c.")}
        if "configMapKeyRef" in spec.get("definition", {})
        else {}
    )
    world.done.clear()
    world.edit(**spec)
    for _ in range(12):
        world.step()
        world.later(2000)
    passive = spec.get("suspend") or spec.get("managementPolicy") == "Observe"
    assert not passive or world.done == [], "suspend and Observe change nothing"
    world.idle(4, seconds=1900)


def test_a_situation_with_an_unknown_arn_of_another_account_is_no_crash() -> None:
    plan = plan_workflow(situation(status={"workflowArn": "odd"}, observed={"failure": DOWN}))
    assert word(plan) == ("False", "AwsUnavailable")
    other = plan_workflow(situation(None, status={"workflowArn": ARN.replace(ACCOUNT, "1" * 12)}))
    assert word(other) == ("False", "AccountChanged")
