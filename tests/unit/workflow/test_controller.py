"""One pass of the controller over scripted calls: what is written when, and what a conflict keeps from being sent."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.meta import FINALIZER, UID_TAG, ObjectKey
from mwaa_operator.api.result import RequeueAfter, Wait
from mwaa_operator.workflow.live import Live
from tests.support.awscalls import Answer, failure
from tests.support.scriptedscope import ScriptedScope
from tests.support.workflowroom import WorkflowRoom, ready, told
from tests.support.workflows import ARN, DEFINITION, MEMBERS, UID, VERSION

OURS: dict[str, Any] = {"Tags": {UID_TAG: UID}}
MADE: dict[str, Any] = {"WorkflowArn": ARN, "WorkflowVersion": VERSION}
NAME_TAKEN = "mwaa-serverless:CreateWorkflow"
OTHER = "data-etl-9876543210"


def room(scope: ScriptedScope | None = None) -> tuple[WorkflowRoom, ScriptedScope]:
    scope = scope or ScriptedScope()
    given = scope
    return WorkflowRoom(scope=lambda access: given), scope


def absent(*creates: Answer) -> ScriptedScope:
    """Return a way into an account without workflows, and what its creates answer."""
    none: list[Answer] = [{"Workflows": []} for _ in range(3)]
    puts: list[Answer] = [{"VersionId": "s3v"} for _ in range(3)]
    answers: dict[str, list[Answer]] = {"ListWorkflows": none, "CreateWorkflow": list(creates)}
    return ScriptedScope(mwaa_serverless=answers, s3={"PutObject": puts})


def differing(*updates: Answer) -> ScriptedScope:
    """Return a way to a workflow of ours that differs from the builder's spec, and what its updates answer."""
    versions: Answer = {"WorkflowVersions": [{"WorkflowArn": ARN, "WorkflowVersion": VERSION, "IsLatestVersion": True}]}
    answers: dict[str, list[Answer]] = {
        "ListWorkflows": [{"Workflows": [{"WorkflowArn": ARN, "Name": "data-etl"}]}],
        "GetWorkflow": [MEMBERS] * 5,
        "ListTagsForResource": [OURS] * 5,
        "ListWorkflowVersions": [versions] * 5,
        "ListWorkflowRuns": [{"WorkflowRuns": []}] * 5,
        "UpdateWorkflow": list(updates),
    }
    return ScriptedScope(mwaa_serverless=answers, s3={"PutObject": [{"VersionId": "s3v"}] * 5})


def test_an_object_that_is_gone_is_told_and_forgotten() -> None:
    here, scope = room()
    key = ObjectKey("ServerlessWorkflow", "data", "nothing")
    assert here.once(key) is None
    assert here.reported == [(key, None)]
    assert scope.mutations() == []


def test_an_object_that_breaks_a_rule_is_told_so_and_nothing_is_asked() -> None:
    here, scope = room()
    key = here.create(definition={})
    here.once(key)
    assert ready(here.status(key)) == ("False", "InvalidSpec")
    assert scope.sent() == []


def test_the_finalizer_stands_before_the_first_mutation() -> None:
    here, _ = room(absent(failure(FailureKind.THROTTLED, NAME_TAKEN)))
    key = here.create()
    with pytest.raises(Wait):
        here.controller.reconcile(key)
    body = here.kube.get(key)
    assert body is not None
    assert body["metadata"]["finalizers"] == [FINALIZER]
    assert ready(here.status(key)) == ("False", "Throttled")


def test_the_answer_to_a_create_is_in_the_closing_status() -> None:
    here, _ = room(absent(MADE))
    key = here.create()
    here.once(key)
    status = here.status(key)
    assert (status["workflowArn"], status["version"], status["ownVersions"]) == (ARN, VERSION, [VERSION])
    assert status["definition"]["versionId"] == "s3v"
    assert len(here.kube.statuses) == 1


def test_who_has_the_name_is_looked_at_in_the_next_pass() -> None:
    taken = failure(FailureKind.NAME_IN_USE, NAME_TAKEN, "ConflictException", resource_id=OTHER)
    here, scope = room(absent(taken))
    key = here.create()
    here.once(key)
    other = ARN.rpartition("/")[0] + "/" + OTHER
    scope.calls["mwaa-serverless"].answers |= {
        "GetWorkflow": [MEMBERS | {"WorkflowArn": other}],
        "ListTagsForResource": [{"Tags": {}}],
    }
    here.once(key)
    assert scope.members("GetWorkflow") == {"WorkflowArn": other}
    assert Live(MEMBERS).name in told(here.status(key))


@pytest.mark.parametrize("resource_id", ["", "0123456789abcdef"])
def test_a_conflict_that_names_no_workflow_of_the_name_is_not_remembered(resource_id: str) -> None:
    taken = failure(FailureKind.NAME_IN_USE, NAME_TAKEN, "ConflictException", resource_id=resource_id)
    here, scope = room(absent(taken, taken))
    key = here.create()
    here.once(key)
    here.once(key)
    assert "GetWorkflow" not in scope.sent()


def test_the_intent_is_stored_before_an_update_is_sent() -> None:
    lost = failure(FailureKind.UNAVAILABLE, "mwaa-serverless:UpdateWorkflow", may_have_happened=True)
    here, scope = room(differing(lost))
    key = here.create()
    here.once(key)
    intent, after = here.kube.statuses
    assert (intent["operation"]["type"], intent["operation"]["version"]) == ("Update", VERSION)
    assert ready(intent) == ("Unknown", "Progressing")
    assert after["operation"] == intent["operation"]
    assert scope.sent().count("UpdateWorkflow") == 1


def test_a_conflict_on_the_intent_sends_nothing() -> None:
    here, scope = room(differing(MADE))
    key = here.create()
    here.kube.before_status = lambda: here.kube.edit(key, description="meanwhile")
    assert here.controller.reconcile(key) == RequeueAfter(1.0)
    assert [name for name in scope.mutations() if name != "PutObject"] == []
    assert scope.mutations() == []


def test_an_object_that_goes_between_look_and_write_is_left_alone() -> None:
    here, scope = room(differing(MADE))
    key = here.create()
    here.kube.before_status = lambda: here.kube.delete(key)
    assert here.once(key) is None
    assert scope.mutations() == []


def test_what_a_pass_did_is_told_though_somebody_wrote_before_its_closing_status() -> None:
    here, scope = room(absent(MADE))
    key = here.create()
    here.kube.before_status = lambda: here.kube.annotate(key, note="meanwhile")
    here.once(key)
    assert (scope.sent().count("CreateWorkflow"), here.kube.statuses, here.kube.notices) == (1, [], [])
    here.account(regions=[])
    here.once(key)
    here.once(key)
    assert [notice.reason for notice in here.kube.notices] == ["WorkflowCreated"]


def test_a_status_that_says_nothing_new_is_not_written() -> None:
    here, _ = room(ScriptedScope())
    here.account(regions=[])
    key = here.create()
    here.once(key)
    here.once(key)
    assert len(here.kube.statuses) == 1
    assert [status is not None for _, status in here.reported] == [True, True]


def test_the_definition_is_uploaded_below_the_objects_own_prefix() -> None:
    here, scope = room(absent(MADE))
    here.create(definition={"yaml": DEFINITION})
    here.once(ObjectKey("ServerlessWorkflow", "data", "etl"))
    assert f"/data/etl/{UID}/definition-" in scope.members("PutObject", "s3")["Key"]
