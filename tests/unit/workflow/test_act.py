"""What the executor sends, and when it refuses to: destructive calls only after a fresh look that agrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.meta import FINALIZER, UID_TAG, key_of
from mwaa_operator.api.result import Outdated
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.workflow import actions as todo
from mwaa_operator.workflow.act import Executor
from mwaa_operator.workflow.facts import Facts
from tests.support.awscalls import Answer, failure
from tests.support.memorykube import MemoryKube
from tests.support.scriptedscope import ScriptedScope
from tests.support.workflows import ARN, LOG_GROUP, MEMBERS, NOW, UID, VERSION, body

OURS: dict[str, Any] = {"Tags": {UID_TAG: UID}}
THEIRS: dict[str, Any] = {"Tags": {UID_TAG: "another"}}
PREFIX = f"cluster/data/etl/{UID}/"
UPLOAD = todo.Upload("definitions", f"{PREFIX}definition.yaml", b"text", "ab" * 32, None)
LOCATION = {"Bucket": "definitions", "ObjectKey": UPLOAD.key}
CREATE = todo.CreateWorkflow(
    {"Name": "data-etl", "RoleArn": MEMBERS["RoleArn"], "ClientToken": "t", "DefinitionS3Location": LOCATION}, UPLOAD
)
UPDATE = todo.UpdateWorkflow(
    {"WorkflowArn": ARN, "RoleArn": MEMBERS["RoleArn"], "DefinitionS3Location": LOCATION}, UPLOAD
)
MADE: dict[str, Any] = {"WorkflowArn": ARN, "WorkflowVersion": VERSION, "Warnings": ["ignored: owner"]}


def executor(
    scope: ScriptedScope | None = None, *, change: Callable[[MemoryKube, Any], None] | None = None, **object_: Any
) -> Executor:
    """Return an executor for an object that was planned on before `change` happened."""
    kube = MemoryKube(lambda: NOW)
    key = kube.create(body(**object_), uid=UID)
    planned = kube.get(key)
    assert planned is not None
    if change is not None:
        change(kube, key)
    return Executor(writer=kube, scope=scope, body=planned)


def refuses(executor: Executor, action: todo.Action) -> None:
    with pytest.raises(Outdated):
        executor.run(action)


def test_a_file_is_uploaded_before_the_request_that_names_its_version() -> None:
    scope = ScriptedScope(s3={"PutObject": [{"VersionId": "s3v"}]}, mwaa_serverless={"CreateWorkflow": [MADE]})
    doing = executor(scope)

    doing.run(CREATE)

    assert scope.members("CreateWorkflow")["DefinitionS3Location"] == {**LOCATION, "VersionId": "s3v"}
    assert scope.members("PutObject", "s3")["IfNoneMatch"] == "*"
    sent = doing.facts.sent
    assert sent is not None
    assert (sent.arn, sent.version, sent.warnings) == (ARN, VERSION, ("ignored: owner",))
    assert (sent.definition["VersionId"], sent.definition_digest) == ("s3v", UPLOAD.sha256)


def test_code_is_uploaded_too() -> None:
    code = {"Bucket": "definitions", "ObjectKey": f"{PREFIX}code/main.py"}
    scope = ScriptedScope(s3={"PutObject": [{"VersionId": "1"}, {"VersionId": "2"}]})
    scope.calls["mwaa-serverless"].answers["UpdateWorkflow"] = [MADE]
    upload = todo.Upload("definitions", code["ObjectKey"], b"code", "cd" * 32, "arn:key")
    action = todo.UpdateWorkflow({**UPDATE.request, "Code": {"S3Location": code}}, UPLOAD, upload)

    executor(scope).run(action)

    assert scope.members("UpdateWorkflow")["Code"] == {"S3Location": {**code, "VersionId": "2"}}
    assert scope.members("PutObject", "s3")["SSEKMSKeyId"] == "arn:key"


def test_an_update_of_somebody_elses_file_uploads_nothing() -> None:
    scope = ScriptedScope(mwaa_serverless={"UpdateWorkflow": [MADE]})
    executor(scope).run(todo.UpdateWorkflow(UPDATE.request))
    assert scope.mutations() == ["UpdateWorkflow"]


@pytest.mark.parametrize(
    ("kind", "told"),
    [(FailureKind.INVALID, FailureKind.REFUSED), (FailureKind.UNAVAILABLE, FailureKind.UNAVAILABLE)],
)
def test_an_upload_that_fails_is_no_verdict_on_the_definition(kind: FailureKind, told: FailureKind) -> None:
    scope = ScriptedScope(s3={"PutObject": [failure(kind, "s3:PutObject", may_have_happened=True)]})
    with pytest.raises(AwsError) as raised:
        executor(scope).run(UPDATE)
    assert (raised.value.failure.kind, raised.value.failure.may_have_happened) == (told, False)
    assert scope.mutations() == ["PutObject"]


def test_an_answer_that_was_lost_after_the_upload_stays_one_that_may_have_happened() -> None:
    scope = ScriptedScope(s3={"PutObject": [{}]})
    lost = failure(FailureKind.UNAVAILABLE, "mwaa-serverless:UpdateWorkflow", may_have_happened=True)
    scope.calls["mwaa-serverless"].answers["UpdateWorkflow"] = [lost]
    with pytest.raises(AwsError) as raised:
        executor(scope).run(UPDATE)
    assert raised.value.failure.may_have_happened


def test_a_secret_is_opened_for_the_call_and_taken_out_of_its_failure() -> None:
    refusal = failure(FailureKind.INVALID, "mwaa-serverless:UpdateWorkflow", message="bad value canary-41c9")
    scope = ScriptedScope(mwaa_serverless={"UpdateWorkflow": [refusal]})
    variables = {"Environment": {"Variables": {"TOKEN": SecretStr("canary-41c9")}}}
    action = todo.UpdateWorkflow({**UPDATE.request, **variables})
    with pytest.raises(AwsError) as raised:
        executor(scope).run(action)
    assert scope.members("UpdateWorkflow")["Environment"] == {"Variables": {"TOKEN": "canary-41c9"}}
    assert "canary" not in raised.value.failure.message
    assert "canary" not in repr(action)


def test_without_a_way_into_aws_nothing_is_sent() -> None:
    refuses(executor(None), CREATE)


def edited(kube: MemoryKube, key: Any) -> None:
    kube.edit(key, deletionPolicy="Retain")


def recreated(kube: MemoryKube, key: Any) -> None:
    del kube.objects[key]
    kube.create(body(deleting=1), uid="another")


def kind_goes(kube: MemoryKube, key: Any) -> None:
    kube.crd_deleting = True


def gone(kube: MemoryKube, key: Any) -> None:
    del kube.objects[key]


DELETIONS: list[todo.Action] = [
    todo.DeleteWorkflow(ARN),
    todo.DeleteVersion(ARN, "old"),
    todo.DeleteStored("definitions", PREFIX),
    todo.DeleteLogGroup(LOG_GROUP),
]


@pytest.mark.parametrize("change", [edited, recreated, kind_goes, gone])
@pytest.mark.parametrize("action", DELETIONS, ids=lambda action: type(action).__name__)
def test_nothing_is_destroyed_for_an_object_that_is_not_what_was_planned_on(
    action: todo.Action, change: Callable[[MemoryKube, Any], None]
) -> None:
    scope = ScriptedScope(mwaa_serverless={"ListTagsForResource": [OURS], "GetWorkflow": [MEMBERS]})
    refuses(executor(scope, change=change, deleting=1, status={"workflowArn": ARN}), action)
    assert scope.mutations() == []


@pytest.mark.parametrize("action", [DELETIONS[0], DELETIONS[2], DELETIONS[3]], ids=lambda action: type(action).__name__)
def test_nothing_is_destroyed_for_an_object_that_stays(action: todo.Action) -> None:
    scope = ScriptedScope(mwaa_serverless={"ListTagsForResource": [OURS]})
    refuses(executor(scope, status={"workflowArn": ARN}), action)
    assert scope.mutations() == []


@pytest.mark.parametrize("tags", [THEIRS, {"Tags": {}}, failure(FailureKind.NOT_FOUND, "ListTagsForResource")])
@pytest.mark.parametrize("action", DELETIONS[:2], ids=lambda action: type(action).__name__)
def test_what_does_not_carry_our_tag_is_not_deleted(action: todo.Action, tags: Answer) -> None:
    scope = ScriptedScope(mwaa_serverless={"ListTagsForResource": [tags], "GetWorkflow": [MEMBERS]})
    refuses(executor(scope, deleting=1), action)
    assert scope.mutations() == []


def test_a_workflow_of_ours_is_deleted() -> None:
    scope = ScriptedScope(mwaa_serverless={"ListTagsForResource": [OURS]})
    executor(scope, deleting=1).run(todo.DeleteWorkflow(ARN))
    assert scope.members("DeleteWorkflow") == {"WorkflowArn": ARN}


def test_an_old_version_is_deleted_and_the_latest_never() -> None:
    answers: dict[str, list[Answer]] = {"ListTagsForResource": [OURS, OURS], "GetWorkflow": [MEMBERS, MEMBERS]}
    scope = ScriptedScope(mwaa_serverless=answers)
    refuses(executor(scope), todo.DeleteVersion(ARN, VERSION))
    assert scope.mutations() == []
    executor(scope).run(todo.DeleteVersion(ARN, "o" * 32))
    assert scope.members("DeleteWorkflow") == {"WorkflowArn": ARN, "WorkflowVersion": "o" * 32}


@pytest.mark.parametrize("prefix", ["", "/", "cluster/data/etl/", f"cluster/data/etl/{UID}", "cluster/data/etl/other/"])
def test_no_other_prefix_than_the_objects_own_is_cleared(prefix: str) -> None:
    scope = ScriptedScope()
    with pytest.raises(ValueError, match="own prefix"):
        executor(scope, deleting=1).run(todo.DeleteStored("definitions", prefix))
    assert scope.sent("s3") == []


def version_of(name: str) -> dict[str, Any]:
    return {"Key": PREFIX + name, "VersionId": "1"}


def test_uploads_go_but_for_those_that_are_named() -> None:
    listed = {"Versions": [version_of("a"), version_of("b")], "DeleteMarkers": [version_of("c")]}
    scope = ScriptedScope(s3={"ListObjectVersions": [listed]})
    executor(scope, deleting=1).run(todo.DeleteStored("definitions", PREFIX, keep=(PREFIX + "b",)))
    deleted = [item["Key"] for item in scope.members("DeleteObjects", "s3")["Delete"]["Objects"]]
    assert deleted == [PREFIX + "a", PREFIX + "c"]


def test_uploads_that_are_not_named_go_while_the_object_stays() -> None:
    scope = ScriptedScope(s3={"ListObjectVersions": [{"Versions": [version_of("a"), version_of("b")]}]})
    executor(scope).run(todo.DeleteStored("definitions", PREFIX, keep=(PREFIX + "b",)))
    assert scope.mutations() == ["DeleteObjects"]


def test_more_uploads_than_one_pass_deletes_are_left_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mwaa_operator.workflow.act.MOST_STORED", 2)
    scope = ScriptedScope(s3={"ListObjectVersions": [{"Versions": [version_of(name) for name in "abc"]}]})
    refuses(executor(scope, deleting=1), todo.DeleteStored("definitions", PREFIX))
    assert len(scope.members("DeleteObjects", "s3")["Delete"]["Objects"]) == 2


def test_a_store_that_is_gone_holds_nothing() -> None:
    scope = ScriptedScope(s3={"ListObjectVersions": [failure(FailureKind.NOT_FOUND, "ListObjectVersions")]})
    executor(scope, deleting=1).run(todo.DeleteStored("definitions", PREFIX))
    assert scope.mutations() == []


@pytest.mark.parametrize(("group", "deleted"), [(LOG_GROUP, True), ("/team/shared", False)])
def test_only_the_log_group_that_aws_made_is_deleted(group: str, *, deleted: bool) -> None:
    scope = ScriptedScope()
    executor(scope, deleting=1, status={"workflowArn": ARN}).run(todo.DeleteLogGroup(group))
    assert bool(scope.mutations()) is deleted


def test_the_finalizer_goes_only_from_an_object_that_is_being_deleted() -> None:
    refuses(executor(), todo.RemoveFinalizer())
    doing = executor(deleting=1)
    doing.run(todo.RemoveFinalizer())
    assert doing.gone
    again = executor(change=gone, deleting=1)
    again.run(todo.RemoveFinalizer())
    assert again.gone


def test_the_finalizer_is_added_to_the_version_that_later_writes_use() -> None:
    doing = executor(finalizer=False)
    before = doing.body["metadata"]["resourceVersion"]
    doing.run(todo.AddFinalizer())
    assert doing.body["metadata"]["finalizers"] == [FINALIZER]
    assert doing.body["metadata"]["resourceVersion"] != before
    assert key_of(doing.body).name == "etl"


def test_a_run_is_started_with_its_token_and_told() -> None:
    scope = ScriptedScope(mwaa_serverless={"StartWorkflowRun": [{"RunId": "run1", "Status": "STARTING"}]})
    doing = executor(scope)
    doing.run(todo.StartRun(ARN, "token", {"day": "monday"}, VERSION))
    assert scope.members("StartWorkflowRun") == {
        "WorkflowArn": ARN,
        "ClientToken": "token",
        "OverrideParameters": {"day": "monday"},
        "WorkflowVersion": VERSION,
    }
    assert doing.facts == Facts(run={"RunId": "run1", "Status": "STARTING"})


@pytest.mark.parametrize(
    ("action", "service", "operation"),
    [
        (todo.StopRun(ARN, "run1"), "mwaa-serverless", "StopWorkflowRun"),
        (todo.TagResource(ARN, {"team": "data"}), "mwaa-serverless", "TagResource"),
        (todo.UntagResource(ARN, ("team",)), "mwaa-serverless", "UntagResource"),
        (todo.SetLogRetention(LOG_GROUP, 7), "logs", "PutRetentionPolicy"),
    ],
)
def test_every_other_action_is_one_call(action: todo.Action, service: str, operation: str) -> None:
    scope = ScriptedScope()
    executor(scope).run(action)
    assert (scope.sent(service), scope.mutations()) == ([operation], [operation])


def test_an_action_that_nobody_knows_how_to_do_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="str"):
        executor(ScriptedScope()).run("no action")
