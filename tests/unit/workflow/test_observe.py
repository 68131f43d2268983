"""What the observer sees through scripted calls: which workflow it finds, what it makes of what is missing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, NoReturn

import pytest
from pydantic import SecretStr

from mwaa_operator.account.resolve import Resolver
from mwaa_operator.api.digests import keyed_digest
from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.meta import UID_TAG
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.workflow.api import MAX_DEFINITION, ServerlessWorkflow
from mwaa_operator.workflow.managedlook import ManagedLooks
from mwaa_operator.workflow.memory import Memory
from mwaa_operator.workflow.observe import Look, Observer, Sources
from mwaa_operator.workflow.rolelook import RoleLooks
from mwaa_operator.workflow.sweep import Sweep
from tests.support.accounts import account_body
from tests.support.aws import Clock
from tests.support.awscalls import Answer, failure
from tests.support.memorykube import MemoryKube
from tests.support.scriptedscope import Decoded, ScriptedScope
from tests.support.workflowroom import ADMITTING
from tests.support.workflows import ACCOUNT, ARN, CLUSTER, DEFINITION, KNOWLEDGE, MEMBERS, NOW, ROLE, UID, body

OURS: dict[str, Any] = {"Tags": {UID_TAG: UID}}
OTHER_ARN = ARN.replace("0123456789", "9876543210")
FOUND = {"status": {"workflowArn": ARN}}
NOT_FOUND = failure(FailureKind.NOT_FOUND, "mwaa-serverless:GetWorkflow")
S3 = {"bucket": "team", "key": "etl.yaml"}
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"

HASH_KEY = SecretStr("keyed")


def no_call(*_: Any) -> NoReturn:
    raise AssertionError("AWS was called")


def listed(arn: str = ARN, state: str = "READY") -> dict[str, Any]:
    return {"Workflows": [{"WorkflowArn": arn, "Name": "data-etl", "WorkflowStatus": state}]}


class World:
    """An observer, its Kubernetes, its clock, and what it was asked for."""

    def __init__(self, scope: Callable[[Access], AwsScope] = no_call, **account: Any) -> None:
        self.clock = Clock()
        self.kube = MemoryKube(lambda: NOW)
        self.accesses: list[Access] = []
        if account.pop("exists", True):
            self.kube.create(account_body(**{**ADMITTING, **account}), uid="account")

        def way(access: Access) -> AwsScope:
            self.accesses.append(access)
            return scope(access)

        cluster_id = lambda: CLUSTER  # noqa: E731
        rest = Sweep(scope=way, cache=ReadCache(seconds=60, monotonic=self.clock))
        self.observer = Observer(
            Sources(
                cached=self.kube.get,
                rivals=lambda resource: (),
                cluster=self.kube,
                resolver=Resolver(cached=self.kube.get, namespace_labels=lambda name: {}, cluster_id=cluster_id),
                scope=way,
                sweep=Sweep(scope=way, cache=ReadCache(seconds=5, monotonic=self.clock)),
                memory=Memory(sweep=rest, timings=Timings(), now=lambda: NOW),
                roles=RoleLooks(ReadCache(seconds=3600, monotonic=self.clock)),
                managed=ManagedLooks(ReadCache(seconds=3600, monotonic=self.clock)),
                knowledge=KNOWLEDGE,
                hash_key=lambda: HASH_KEY,
                cluster_id=cluster_id,
                now=lambda: NOW,
            )
        )

    def look(self, **object_: Any) -> Look:
        return self.observer.look(resource(**object_))

    def need(self, *needs: str, **object_: Any) -> Any:
        """Return what is observed after a look and a further one for `needs`."""
        wanted = resource(**object_)
        return self.observer.extend(wanted, self.observer.look(wanted), frozenset(needs)).observed


def resource(**object_: Any) -> ServerlessWorkflow:
    return ServerlessWorkflow.from_body(body(**object_))


def world(scope: ScriptedScope | None = None, **account: Any) -> World:
    def way(access: Access) -> AwsScope:
        return scope or no_call(access)

    return World(way, **account)


def serverless(**answers: list[Answer]) -> ScriptedScope:
    return ScriptedScope(mwaa_serverless=answers)


def there(
    *,
    mwaa_serverless: dict[str, list[Answer]] | None = None,
    s3: dict[str, list[Answer]] | None = None,
    iam: dict[str, list[Answer]] | None = None,
) -> ScriptedScope:
    """Return a way to a workflow of ours."""
    answers: dict[str, list[Answer]] = {"GetWorkflow": [MEMBERS], "ListTagsForResource": [OURS]}
    return ScriptedScope(mwaa_serverless=answers | (mwaa_serverless or {}), s3=s3 or {}, iam=iam or {})


# The account's word


@pytest.mark.parametrize(
    ("account", "spec", "told"),
    [
        ({"exists": False}, {}, "There is no AwsAccount default"),
        ({"regions": []}, {}, "region eu-central-1"),
        ({"executionRoles": []}, {}, f"role.arn {ROLE}"),
        ({"buckets": []}, {"definition": {"s3": S3}}, "definition.s3.bucket team"),
        ({"buckets": []}, {"code": {"s3": {"bucket": "team", "key": "a.py"}}}, "code.s3.bucket team"),
        ({"kmsKeys": []}, {"encryption": {"kmsKeyArn": KEY}}, "encryption.kmsKeyArn"),
        ({"subnets": []}, {"network": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, "subnet-1"),
        ({"securityGroups": []}, {"network": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, "sg-1"),
        ({}, {"role": {"managed": {}}}, "has no spec.managedRoles"),
        (
            {},
            {"definition": {"s3": {"bucket": "definitions", "key": f"workflows/{CLUSTER}/b/x/y.yaml"}}},
            "own uploads",
        ),
    ],
)
def test_without_the_accounts_word_aws_is_not_called(account: dict[str, Any], spec: dict[str, Any], told: str) -> None:
    seen = world(**account).look(spec=spec)
    assert seen.observed.admission.state in ("Missing", "Refused")
    assert told in " ".join(seen.observed.admission.messages)
    assert seen.scope is None


def test_what_is_ours_may_be_deleted_although_the_account_refuses() -> None:
    seen = world(there(), regions=[]).look(deleting=1, **FOUND)
    assert seen.observed.live is not None


def test_the_store_of_the_account_is_a_path() -> None:
    for prefix, path in (("", ""), ("a", "a/"), ("/a/b/", "a/b/")):
        seen = world(there(), definitionStore={"bucket": "definitions", "prefix": prefix}).look(**FOUND)
        assert seen.observed.admission.store is not None
        assert seen.observed.admission.store.prefix == path


@pytest.mark.parametrize("spec", [{"deletionPolicy": "Retain"}, {"suspend": True}, {"managementPolicy": "Observe"}])
def test_retaining_needs_no_look_at_aws(spec: dict[str, Any]) -> None:
    assert world().look(spec=spec, deleting=1).scope is None


def test_a_kind_that_goes_is_retained_without_a_look() -> None:
    here = world()
    here.kube.crd_deleting = True
    seen = here.look(deleting=1)
    assert (seen.scope, seen.observed.crd_removing) == (None, True)


def test_a_deletion_that_must_not_see_its_kind_is_a_failure_and_no_retention() -> None:
    here = world()
    here.kube.forbidden = True
    seen = here.look(deleting=1)
    assert seen.observed.failure is not None
    assert "customresourcedefinitions" in seen.observed.failure.operation
    assert not seen.observed.crd_removing


# Which workflow


def test_the_recorded_workflow_is_looked_at_with_its_tags() -> None:
    scope = there()
    live = world(scope).look(**FOUND).observed.live
    assert live is not None
    assert (live.arn, live.uid) == (ARN, UID)
    assert scope.sent() == ["GetWorkflow", "ListTagsForResource"]


def test_what_is_not_recorded_is_found_by_its_name() -> None:
    scope = there(mwaa_serverless={"ListWorkflows": [listed()]})
    live = world(scope).look().observed.live
    assert live is not None
    assert live.arn == ARN


def test_objects_share_one_list_for_a_few_seconds_and_read_it_as_nobody() -> None:
    scope = serverless(ListWorkflows=[{"Workflows": []}, {"Workflows": []}])
    here = world(scope)
    for _ in range(3):
        assert here.look().observed.live is None
    assert scope.sent() == ["ListWorkflows"]
    assert [access.namespace for access in here.accesses] == ["data", "", "data", "data"]
    here.clock.forward(6)
    here.look()
    assert scope.sent() == ["ListWorkflows"] * 2


def test_a_list_shows_the_workflow_that_came_and_not_the_one_that_goes() -> None:
    both = {"Workflows": [*listed()["Workflows"], *listed(OTHER_ARN, "DELETING")["Workflows"]]}
    scope = there(mwaa_serverless={"ListWorkflows": [both]})
    world(scope).look()
    assert scope.members("GetWorkflow")["WorkflowArn"] == ARN


def test_whom_a_conflict_named_is_looked_at_before_any_list() -> None:
    scope = there()
    here = world(scope)
    here.observer.named(UID, OTHER_ARN)
    here.look()
    assert scope.sent() == ["GetWorkflow", "ListTagsForResource"]
    assert scope.members("GetWorkflow")["WorkflowArn"] == OTHER_ARN


def test_what_was_remembered_of_an_object_goes_with_it() -> None:
    scope = serverless()
    here = world(scope)
    here.observer.named(UID, OTHER_ARN)
    here.observer.forget(UID)
    here.look()
    assert "GetWorkflow" not in scope.sent()


@pytest.mark.parametrize(("uid", "found"), [(UID, True), ("stranger", False)])
def test_a_deletion_finds_what_was_made_anew_and_leaves_a_namesake_out(uid: str, *, found: bool) -> None:
    scope = serverless(
        GetWorkflow=[NOT_FOUND, MEMBERS | {"WorkflowArn": OTHER_ARN}],
        ListTagsForResource=[{"Tags": {UID_TAG: uid}}],
        ListWorkflows=[listed(OTHER_ARN)],
    )
    assert (world(scope).look(deleting=1, **FOUND).observed.live is not None) is found


def test_a_record_of_another_account_is_not_looked_for_here() -> None:
    seen = world(serverless()).look(status={"workflowArn": ARN.replace(ACCOUNT, "999999999999")}, deleting=1)
    assert seen.observed.failure is not None
    assert seen.observed.failure.code == "AccountChanged"


def test_a_workflow_that_goes_between_two_looks_is_absent() -> None:
    going = MEMBERS | {"WorkflowStatus": "DELETING"}
    gone = failure(FailureKind.NOT_FOUND, "tags")
    scope = serverless(GetWorkflow=[going], ListTagsForResource=[gone], ListWorkflows=[{"Workflows": []}])
    seen = world(scope).look(**FOUND)
    assert (seen.observed.live, seen.observed.failure) == (None, None)


def test_a_workflow_whose_tags_are_not_found_is_neither_there_nor_absent() -> None:
    scope = serverless(GetWorkflow=[MEMBERS], ListTagsForResource=[failure(FailureKind.NOT_FOUND, "tags")])
    seen = world(scope).look(**FOUND)
    assert seen.observed.live is None
    assert seen.observed.failure is not None


def test_a_failed_look_says_since_when_looks_fail_until_one_succeeds() -> None:
    down = failure(FailureKind.UNAVAILABLE, "mwaa-serverless:GetWorkflow")
    here = world(serverless(GetWorkflow=[down, MEMBERS, down], ListTagsForResource=[OURS]))
    assert here.look(**FOUND).observed.failing_since == NOW
    assert here.look(**FOUND).observed.failing_since is None
    assert here.look(**FOUND).observed.failing_since == NOW


# Definition, code, variables


@pytest.mark.parametrize(
    ("definition", "data"),
    [
        ({"yaml": DEFINITION}, DEFINITION.encode()),
        ({"inline": {"etl": {"tasks": {"b": 1, "a": "x"}, "schedule": "None"}}}, None),
        ({"configMapKeyRef": {"name": "etl", "key": "dag"}}, b"from a ConfigMap"),
    ],
)
def test_a_definition_is_read_from_where_it_is(definition: dict[str, Any], data: bytes | None) -> None:
    here = world(there())
    here.kube.config_maps["data", "etl"] = {"dag": b"from a ConfigMap"}
    look = here.need("definition", spec={"definition": definition}, **FOUND).definition
    assert look.problem == ""
    expected = b"etl:\n  schedule: null\n  tasks:\n    a: x\n    b: 1\n" if data is None else data
    assert look.data == expected


def test_an_object_that_is_nested_too_deeply_is_a_problem() -> None:
    deep: dict[str, Any] = {}
    for _ in range(2000):
        deep = {"a": deep}
    wanted = resource(**FOUND)
    spec = wanted.spec.model_copy(
        update={"definition": wanted.spec.definition.model_copy(update={"yaml": None, "inline": deep})}  # type: ignore[union-attr]  # the builder gives one
    )
    here = world(there())
    wanted = wanted.model_copy(update={"spec": spec})
    seen = here.observer.extend(wanted, here.observer.look(wanted), frozenset({"definition"})).observed
    assert seen.definition is not None
    assert "nested too deeply" in seen.definition.problem


def object_in_s3(text: bytes = b"text") -> dict[str, list[Answer]]:
    return {"GetObject": [Decoded(Body=BytesIO(text), VersionId="v2")]}


@pytest.mark.parametrize(
    ("spec", "status", "version"),
    [
        ({}, {}, None),
        ({}, {"definition": {**S3, "versionId": "v1"}}, "v1"),
        ({"artifactPolicy": "Follow"}, {"definition": {**S3, "versionId": "v1"}}, None),
        ({}, {"definition": {"bucket": "team", "key": "another.yaml", "versionId": "v1"}}, None),
        ({"definition": {"s3": {**S3, "versionId": "v0"}}}, {"definition": {**S3, "versionId": "v1"}}, "v0"),
    ],
    ids=["newest", "pinned", "followed", "moved", "named"],
)
def test_a_file_in_s3_is_read_in_the_version_that_is_meant(
    spec: dict[str, Any], status: dict[str, Any], version: str | None
) -> None:
    scope = there(s3=object_in_s3())
    look = (
        world(scope)
        .need("definition", spec={"definition": {"s3": S3}} | spec, status={"workflowArn": ARN} | status)
        .definition
    )
    assert (look.data, look.version_id) == (b"text", "v2")
    assert scope.members("GetObject", "s3").get("VersionId") == version


def test_no_more_of_a_file_is_read_than_shows_that_it_is_too_large() -> None:
    scope = there(s3=object_in_s3(b"x" * 200_000))
    look = world(scope).need("definition", spec={"definition": {"s3": S3}}, **FOUND).definition
    assert len(look.data) == MAX_DEFINITION + 1


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (FailureKind.NOT_FOUND, "there is no s3://team/etl.yaml. Upload it"),
        (FailureKind.ACCESS_DENIED, "the operator cannot read s3://team/etl.yaml: AccessDenied"),
        (FailureKind.INVALID, "the operator cannot read s3://team/etl.yaml"),
    ],
)
def test_a_file_that_cannot_be_had_is_told_with_its_field(kind: FailureKind, told: str) -> None:
    scope = there(s3={"GetObject": [failure(kind, "s3:GetObject")]})
    look = world(scope).need("definition", spec={"definition": {"s3": S3}}, **FOUND).definition
    assert look.problem.startswith("spec.definition.s3: ")
    assert told in look.problem
    assert look.data is None


def test_s3_that_does_not_answer_says_nothing_of_the_file() -> None:
    scope = there(s3={"GetObject": [failure(FailureKind.UNAVAILABLE, "s3:GetObject")]})
    seen = world(scope).need("definition", spec={"definition": {"s3": S3}}, **FOUND)
    assert seen.definition is None
    assert seen.failure is not None
    assert seen.failing_since == NOW


def test_code_in_s3_is_not_read_but_its_version_is() -> None:
    scope = there(s3={"HeadObject": [{"VersionId": "v7"}]})
    look = world(scope).need("code", spec={"code": {"s3": {"bucket": "team", "key": "a.zip"}}}, **FOUND).code
    assert (look.data, look.version_id) == (None, "v7")
    assert scope.sent("s3") == ["HeadObject"]


def test_code_is_read_from_a_config_map_as_bytes() -> None:
    here = world(there())
    here.kube.config_maps["data", "code"] = {"main.zip": b"\xff\x00"}
    spec = {"code": {"configMapKeyRef": {"name": "code", "key": "main.zip"}}}
    assert here.need("code", spec=spec, **FOUND).code.data == b"\xff\x00"


@pytest.mark.parametrize("forbidden", [False, True])
@pytest.mark.parametrize("present", [False, True])
def test_a_config_map_that_cannot_be_had_is_told_by_name(*, present: bool, forbidden: bool) -> None:
    here = world(there())
    here.kube.forbidden = forbidden
    if present:
        here.kube.config_maps["data", "etl"] = {"other": b""}
    spec = {"definition": {"configMapKeyRef": {"name": "etl", "key": "dag"}}}
    problem = here.need("definition", spec=spec, **FOUND).definition.problem
    expected = "there is no key dag in ConfigMap etl" if present else "there is no ConfigMap etl"
    assert ("may not read ConfigMap etl" if forbidden else expected) in problem


@pytest.mark.parametrize(
    ("secret", "forbidden", "told"),
    [
        (None, False, "there is no Secret api"),
        ({"other": "x"}, False, "there is no key token in Secret api"),
        ({"token": "x"}, True, "may not read Secret api"),
        ({"token": "canary-41c9"}, False, ""),
    ],
)
def test_a_variable_from_a_secret_is_read_or_told_by_name(
    secret: dict[str, str] | None, told: str, *, forbidden: bool
) -> None:
    here = world(there())
    here.kube.forbidden = forbidden
    if secret is not None:
        here.kube.secrets["data", "api"] = secret
    variables = [
        {"name": "PLAIN", "value": "x"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "api", "key": "token"}}},
    ]
    (look,) = here.need("variables", spec={"environment": variables}, **FOUND).variables
    assert look.name == "TOKEN"
    assert told in look.problem
    assert bool(told) == (look.value is None)
    assert look.digest == ("" if look.value is None else keyed_digest(HASH_KEY, f"{UID}/TOKEN", look.value))
    assert "canary" not in repr(look)


# Role


def trusting(**condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": "airflow-serverless.amazonaws.com"}}
    statement |= {"Action": "sts:AssumeRole"} | ({"Condition": condition} if condition else {})
    return {"Version": "2012-10-17", "Statement": [statement]}


def role(arn: str = ROLE, trust: dict[str, Any] | None = None) -> Decoded:
    made = {"Path": "/", "RoleName": "etl", "RoleId": "AROA0000000000000000", "Arn": arn, "CreateDate": NOW}
    return Decoded(Role=made | {"AssumeRolePolicyDocument": trusting() if trust is None else trust})


def said(*decisions: str) -> list[Answer]:
    """Return one answer of the simulator for each question: logs, then the store."""
    actions = [("logs:CreateLogStream", "logs:PutLogEvents"), ("s3:GetObject", "s3:GetObjectVersion")]
    return [
        {"EvaluationResults": [{"EvalActionName": name, "EvalDecision": decision} for name in names]}
        for decision, names in zip(decisions, actions, strict=False)
    ]


DENIED = failure(FailureKind.ACCESS_DENIED, "iam:GetRole")


@pytest.mark.parametrize(
    ("answers", "verdict", "told"),
    [
        ({"GetRole": [role()], "SimulatePrincipalPolicy": said("allowed", "allowed")}, "Ready", ""),
        ({"GetRole": [failure(FailureKind.NOT_FOUND, "iam:GetRole")]}, "NotFound", "There is no role"),
        ({"GetRole": [role(ROLE.replace("role/", "role/path/"))]}, "NotFound", "role/path/etl"),
        ({"GetRole": [role(trust={"Statement": []})]}, "NotAssumable", '"Sid": "MwaaServerlessWorkflow"'),
        ({"GetRole": [DENIED]}, "Unknown", "AccessDenied"),
        (
            {"GetRole": [role()], "SimulatePrincipalPolicy": said("implicitDeny", "allowed")},
            "LogsMissing",
            '"Sid": "MwaaServerlessLogs"',
        ),
        (
            {"GetRole": [role()], "SimulatePrincipalPolicy": said("allowed", "implicitDeny")},
            "Unknown",
            '"Sid": "MwaaServerlessDefinition"',
        ),
        ({"GetRole": [role()], "SimulatePrincipalPolicy": [DENIED, DENIED]}, "Unknown", "could not be simulated"),
        (
            {
                "GetRole": [role(trust=trusting(StringEquals={"aws:PrincipalOrgID": "o-1"}))],
                "SimulatePrincipalPolicy": said("allowed", "allowed"),
            },
            "Unknown",
            "aws:PrincipalOrgID",
        ),
    ],
)
def test_a_role_is_judged_by_its_trust_and_its_rights(
    answers: dict[str, list[Answer]], verdict: str, told: str
) -> None:
    scope = there(iam={name: list(found) for name, found in answers.items()})
    look = world(scope).need("role", **FOUND).role
    assert (look.verdict, told in look.message) == (verdict, True), look
    assert scope.mutations() == []


def test_a_role_of_another_account_is_not_looked_for_in_this_one() -> None:
    scope = there()
    foreign = ROLE.replace(ACCOUNT, "999999999999")
    look = world(scope).need("role", spec={"role": {"arn": foreign}}, **FOUND).role
    assert look.verdict == "NotAssumable"
    assert scope.sent("iam") == []


@pytest.mark.parametrize(("decision", "calls"), [("allowed", 1), ("implicitDeny", 2)])
def test_a_role_that_is_well_is_not_asked_about_again_for_a_while(decision: str, calls: int) -> None:
    answers: list[Answer] = [*said("allowed", decision), *said("allowed", decision)]
    scope = ScriptedScope(
        mwaa_serverless={"GetWorkflow": [MEMBERS, MEMBERS], "ListTagsForResource": [OURS, OURS]},
        iam={"GetRole": [role(), role()], "SimulatePrincipalPolicy": answers},
    )
    here = world(scope)
    assert here.need("role", **FOUND).role == here.need("role", **FOUND).role
    assert scope.sent("iam").count("GetRole") == calls


# Versions, runs, tasks


def test_versions_and_runs_are_listed_newest_first() -> None:
    versions = [{"WorkflowArn": ARN, "WorkflowVersion": name * 32, "IsLatestVersion": name == "b"} for name in "ab"]
    scope = there(
        mwaa_serverless={
            "ListWorkflowVersions": [{"WorkflowVersions": versions}],
            "ListWorkflowRuns": [{"WorkflowRuns": [{"RunId": "r1", "RunDetailSummary": {"Status": "RUNNING"}}]}],
        }
    )
    seen = world(scope).need("versions", "runs", **FOUND)
    assert {item.version: item.latest for item in seen.versions} == {"a" * 32: False, "b" * 32: True}
    assert [(run.run_id, run.state) for run in seen.runs] == [("r1", "RUNNING")]


def instance(task: str, attempt: int, status: str) -> dict[str, Any]:
    return {"WorkflowArn": ARN, "RunId": "r1", "TaskInstanceId": f"ex_0_{task}_{attempt}", "Status": status}


def test_only_tasks_that_failed_for_good_are_looked_at_alone_and_so_is_their_run() -> None:
    tasks = [
        instance("extract", 1, "SUCCESS"),
        instance("load", 1, "FAILED"),
        instance("load", 2, "FAILED"),
        instance("again", 1, "FAILED"),
        instance("again", 2, "SUCCESS"),
    ]
    alone = {**tasks[2], "TaskId": "load", "AttemptNumber": 2, "ErrorMessage": "boom", "LogStream": "stream"}
    detail = {"RunState": "FAILED", "ErrorMessage": "task failed"}
    scope = there(
        mwaa_serverless={
            "ListWorkflowRuns": [{"WorkflowRuns": [{"RunId": "r1", "RunDetailSummary": {"Status": "FAILED"}}]}],
            "ListTaskInstances": [{"TaskInstances": tasks}],
            "GetTaskInstance": [alone],
            "GetWorkflowRun": [{"RunId": "r1", "RunDetail": detail}],
        }
    )
    seen = world(scope).need("runs", "tasks:r1", **FOUND)
    assert [task.error for task in seen.tasks["r1"]] == ["", "", "boom", "", ""]
    assert scope.sent().count("GetTaskInstance") == 1
    assert [(run.run_id, run.error) for run in seen.runs] == [("r1", "task failed")]


def test_what_nobody_knows_how_to_observe_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="weather"):
        world(there()).need("weather", **FOUND)
