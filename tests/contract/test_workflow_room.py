"""The room of ServerlessWorkflow over real ports and the simulated AWS, with a Kubernetes in memory and no process.

Asserted is what AWS has and was asked for, not what the planner says: one workflow, one version for each change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import INTERNAL, Rule
from localcloud.aws.serverless.laws import Habits
from mwaa_operator.api.meta import OWNER_TAG, UID_TAG
from tests.support.aws import Clock
from tests.support.operatoraws import Operator, simulated
from tests.support.serverless import ROLE, dag, task
from tests.support.simulatedserverless import BUCKET, put_object, seed
from tests.support.workflowroom import WorkflowRoom, ready, told
from tests.support.workflows import CLUSTER, UID

NAME = "data-etl"
PREFIX = f"workflows/{CLUSTER}/data/etl/{UID}/"
FIRST, SECOND = dag().decode(), dag({"only": task(retries=2)}).decode()
BROKEN = dag({"only": task("nobody")}).decode()
GIVEN: dict[str, Any] = {"definition": {"yaml": FIRST}, "role": {"arn": ROLE}}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def world(clock: Clock) -> Iterator[SimulatedAws]:
    with simulated(clock=clock) as running:
        seed(running)
        yield running


@pytest.fixture(scope="module")
def operator(world: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture
def aws(world: SimulatedAws) -> Iterator[SimulatedAws]:
    assert world.moto is not None
    world.serverless.configure(habits=Habits(token_outlives_workflow=False))
    yield world
    world.faults.clear()
    world.moto.denials.clear()
    world.serverless.clear_scripts()
    for name in world.serverless.names():
        world.serverless.remove(name)
    for key in stored(world):
        world.moto.client("s3").delete_object(Bucket=BUCKET, Key=key)


@pytest.fixture
def room(aws: SimulatedAws, operator: Operator, clock: Clock) -> WorkflowRoom:
    return WorkflowRoom(scope=operator.forget().clients.scope, clock=clock)


def stored(aws: SimulatedAws, prefix: str = "") -> list[str]:
    """Return the keys in the bucket."""
    assert aws.moto is not None
    listed = aws.moto.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return sorted(item["Key"] for item in listed.get("Contents", ()))


def mutations(aws: SimulatedAws) -> int:
    return sum(entry.mutating for entry in aws.ledger.calls)


def asked(aws: SimulatedAws, operation: str) -> int:
    return aws.ledger.count(service="mwaa-serverless", operation=operation)


def test_a_workflow_is_made_and_becomes_ready(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN, tags={"team": "data"}, environment=[{"name": "STAGE", "value": "test"}])

    status = room.settle(key)

    assert ready(status) == ("True", "Succeeded")
    there = aws.serverless.workflow(NAME)
    assert there is not None
    assert there["Tags"] == {"team": "data", UID_TAG: UID, OWNER_TAG: f"{CLUSTER}/data/etl"}
    assert there["Environment"] == {"Variables": {"STAGE": "test"}}
    assert (status["workflowArn"], status["version"]) == (there["WorkflowArn"], there["WorkflowVersion"])
    assert status["ownVersions"] == aws.serverless.versions(NAME)
    (uploaded,) = stored(aws, PREFIX)
    assert there["DefinitionS3Location"]["ObjectKey"] == uploaded
    assert there["DefinitionS3Location"]["VersionId"] == status["definition"]["versionId"]


def test_the_arn_is_stored_with_the_answer_to_the_create(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)

    room.once(key)

    state = aws.serverless.state(NAME)
    assert state is not None
    assert (room.status(key)["workflowArn"], room.status(key)["version"]) == (state.arn, state.latest.id)
    assert room.status(key)["definition"]["key"].startswith(PREFIX)


def test_an_edit_makes_one_version(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)
    room.settle(key)

    room.kube.edit(key, definition={"yaml": SECOND})
    status = room.settle(key)

    assert ready(status) == ("True", "Succeeded")
    assert aws.serverless.minted(NAME) == 2
    assert status["version"] == aws.serverless.versions(NAME)[-1]
    assert status["ownVersions"] == aws.serverless.versions(NAME)
    assert len(stored(aws, PREFIX)) == 2


def test_two_edits_in_a_row_leave_every_version_known_as_ours(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)
    room.settle(key)

    room.kube.edit(key, definition={"yaml": SECOND})
    room.once(key)
    room.kube.edit(key, description="changed before the version before it was looked at")
    status = room.settle(key)

    assert status["ownVersions"] == aws.serverless.versions(NAME)
    assert aws.serverless.minted(NAME) == 3


def test_an_invalid_definition_leaves_the_version_before_live(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)
    before = room.settle(key)["version"]

    room.kube.edit(key, definition={"yaml": BROKEN})
    status = room.settle(key)

    assert ready(status, "DefinitionValid") == ("False", "LocalValidationFailed")
    assert ready(status) == ("False", "DefinitionInvalid")
    assert (status["version"], aws.serverless.minted(NAME)) == (before, 1)
    assert len(stored(aws, PREFIX)) == 1


@pytest.mark.parametrize("restart", [False, True])
def test_a_lost_answer_to_the_create_makes_no_second_workflow(
    aws: SimulatedAws, room: WorkflowRoom, *, restart: bool
) -> None:
    aws.faults.add(Rule(service="mwaa-serverless", operation="CreateWorkflow", when="after", drop=True))
    key = room.create(**GIVEN)
    room.once(key)
    if restart:
        room.restarted()

    assert ready(room.settle(key)) == ("True", "Succeeded")
    assert (aws.serverless.names(), aws.serverless.minted(NAME)) == ([NAME], 1)


def test_a_create_that_no_list_shows_is_found_by_the_conflict(aws: SimulatedAws, room: WorkflowRoom) -> None:
    """The answer is lost, the token forgotten, and ListWorkflows lags: only the refusal tells who has the name."""
    aws.serverless.configure(list_invisible=3600.0, token=0.001)
    aws.faults.add(Rule(service="mwaa-serverless", operation="CreateWorkflow", when="after", drop=True))
    key = room.create(**GIVEN)
    room.once(key)
    room.clock.forward(1)

    status = room.settle(key)

    aws.serverless.configure(list_invisible=0.0, token=86_400.0)
    assert ready(status) == ("True", "Succeeded")
    assert (aws.serverless.names(), aws.serverless.minted(NAME)) == ([NAME], 1)
    assert asked(aws, "CreateWorkflow") >= 2


@pytest.mark.parametrize("restart", [False, True])
def test_a_lost_answer_to_an_update_makes_one_version(aws: SimulatedAws, room: WorkflowRoom, *, restart: bool) -> None:
    key = room.create(**GIVEN)
    room.settle(key)
    aws.faults.add(Rule(service="mwaa-serverless", operation="UpdateWorkflow", when="after", drop=True))

    room.kube.edit(key, definition={"yaml": SECOND})
    room.once(key)
    if restart:
        room.restarted()

    status = room.settle(key)
    assert ready(status) == ("True", "Succeeded")
    assert aws.serverless.minted(NAME) == 2
    assert status["ownVersions"] == aws.serverless.versions(NAME)


def test_an_update_that_aws_never_saw_is_sent_again(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)
    room.settle(key)
    aws.faults.add(Rule(service="mwaa-serverless", operation="UpdateWorkflow", when="before", drop=True))

    room.kube.edit(key, definition={"yaml": SECOND})

    assert ready(room.settle(key)) == ("True", "Succeeded")
    assert aws.serverless.minted(NAME) == 2


def test_a_crash_before_the_closing_status_makes_nothing_twice(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)
    before = room.status(key)
    room.once(key)
    room.kube.restore_status(key, before)
    room.restarted()
    room.settle(key)

    room.kube.edit(key, definition={"yaml": SECOND})
    written = len(room.kube.statuses)
    room.once(key)
    room.kube.restore_status(key, room.kube.statuses[written])
    room.restarted()

    assert ready(room.settle(key)) == ("True", "Succeeded")
    assert (aws.serverless.names(), aws.serverless.minted(NAME)) == ([NAME], 2)


def test_two_hundred_idle_passes_change_nothing(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN, environment=[{"name": "STAGE", "value": "test"}], tags={"team": "data"})
    room.settle(key)
    before, written = mutations(aws), len(room.kube.statuses)

    for _ in range(200):
        room.clock.forward(600)
        room.once(key)

    assert aws.serverless.minted(NAME) == 1
    assert (mutations(aws), len(room.kube.statuses)) == (before, written)


def test_what_somebody_changes_in_aws_is_corrected_once(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)
    room.settle(key)

    aws.serverless.drift(NAME, TriggerMode="disabled")
    status = room.settle(key)

    assert ready(status) == ("True", "Succeeded")
    assert aws.serverless.minted(NAME) == 3
    there = aws.serverless.workflow(NAME)
    assert there is not None
    assert there["TriggerMode"] == "scheduled"


def test_an_upload_that_fails_asks_nothing_of_the_service(aws: SimulatedAws, room: WorkflowRoom) -> None:
    aws.faults.add(Rule(service="s3", operation="PutObject", error=INTERNAL))
    key = room.create(**GIVEN)
    before = asked(aws, "CreateWorkflow")

    room.once(key)

    assert asked(aws, "CreateWorkflow") == before
    assert ready(room.settle(key)) == ("True", "Succeeded")


def test_a_definition_and_code_in_s3_are_read_in_the_version_that_is_live(
    aws: SimulatedAws, room: WorkflowRoom
) -> None:
    version = put_object(aws, "team/etl.yaml", FIRST.encode())
    key = room.create(**GIVEN | {"definition": {"s3": {"bucket": BUCKET, "key": "team/etl.yaml"}}})
    status = room.settle(key)
    assert ready(status) == ("True", "Succeeded")
    assert status["definition"]["versionId"] == version

    newer = put_object(aws, "team/etl.yaml", SECOND.encode())
    assert room.settle(key)["definition"]["versionId"] == version
    assert aws.serverless.minted(NAME) == 1

    room.kube.edit(key, artifactPolicy="Follow")
    assert room.settle(key)["definition"]["versionId"] == newer
    assert aws.serverless.minted(NAME) == 2


def test_a_config_map_is_followed_and_missed(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN | {"definition": {"configMapKeyRef": {"name": "etl", "key": "dag.yaml"}}})
    room.once(key)
    assert ready(room.status(key)) == ("False", "DependencyNotReady")
    assert "there is no ConfigMap etl" in told(room.status(key))

    room.kube.config_maps["data", "etl"] = {"dag.yaml": FIRST.encode()}
    assert ready(room.settle(key)) == ("True", "Succeeded")
    room.kube.config_maps["data", "etl"] = {"dag.yaml": SECOND.encode()}
    assert ready(room.settle(key)) == ("True", "Succeeded")
    assert aws.serverless.minted(NAME) == 2


def test_a_secrets_value_reaches_aws_and_nothing_else(aws: SimulatedAws, room: WorkflowRoom) -> None:
    room.kube.secrets["data", "api"] = {"token": "canary-41c9"}
    variable = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "api", "key": "token"}}}
    key = room.create(**GIVEN, environment=[variable])
    room.settle(key)

    room.kube.secrets["data", "api"] = {"token": "canary-52d0"}
    status = room.settle(key)

    there = aws.serverless.workflow(NAME)
    assert there is not None
    assert there["Environment"] == {"Variables": {"TOKEN": "canary-52d0"}}
    assert ready(status) == ("True", "Succeeded")
    assert aws.serverless.minted(NAME) == 2
    assert "canary" not in str((room.kube.statuses, room.kube.notices))


def test_deletion_leaves_nothing_but_the_log_group(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)
    room.settle(key)
    put_object(aws, "team/etl.yaml", FIRST.encode())
    aws.serverless.start_run(NAME)

    room.kube.delete(key)
    assert room.settle(key) == {}

    assert room.kube.get(key) is None
    assert aws.serverless.names() == []
    assert stored(aws) == ["team/etl.yaml"]
    assert log_groups(aws)


def test_deletion_takes_the_log_group_along_where_it_is_asked_to(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN, deleteLogGroup=True)
    group = room.settle(key)["logGroup"]
    assert group in log_groups(aws)

    room.kube.delete(key)
    room.settle(key)

    assert room.kube.get(key) is None
    assert group not in log_groups(aws)


def log_groups(aws: SimulatedAws) -> list[str]:
    assert aws.moto is not None
    return [group["logGroupName"] for group in aws.moto.client("logs").describe_log_groups()["logGroups"]]


@pytest.mark.parametrize("members", [{"deletionPolicy": "Retain"}, {"suspend": True}])
def test_retaining_makes_no_call_to_aws(aws: SimulatedAws, room: WorkflowRoom, members: dict[str, Any]) -> None:
    key = room.create(**GIVEN)
    room.settle(key)
    room.kube.edit(key, **members)
    room.settle(key)
    room.kube.delete(key)
    before = len(aws.ledger.calls)

    assert room.once(key) is None

    assert room.kube.get(key) is None
    assert len(aws.ledger.calls) == before
    assert aws.serverless.names() == [NAME]


def test_while_the_kind_goes_everything_stays(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)
    room.settle(key)
    room.kube.crd_deleting = True
    room.kube.delete(key)

    room.settle(key)

    assert room.kube.get(key) is None
    assert (aws.serverless.names(), len(stored(aws, PREFIX))) == ([NAME], 1)


def test_a_workflow_that_somebody_deleted_is_made_again(aws: SimulatedAws, room: WorkflowRoom) -> None:
    """AWS may remember the first create's token for longer than its workflow lives."""
    aws.serverless.configure(habits=Habits(token_outlives_workflow=True))
    key = room.create(uid="33333333-2222-3333-4444-555555555555", **GIVEN)
    before = room.settle(key)["workflowArn"]

    aws.serverless.remove(NAME)
    status = room.settle(key)

    assert ready(status) == ("True", "Succeeded")
    assert status["workflowArn"] != before
    assert aws.serverless.names() == [NAME]


def test_a_namesake_of_nobody_is_left_alone(aws: SimulatedAws, room: WorkflowRoom) -> None:
    aws.serverless.add(NAME)
    before = mutations(aws)

    status = room.settle(room.create(**GIVEN))

    assert ready(status) == ("False", "NotOwned")
    assert mutations(aws) == before


def test_the_same_object_of_a_new_uid_takes_its_workflow_over(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN)
    arn = room.settle(key)["workflowArn"]
    del room.kube.objects[key]

    again = room.create(uid="22222222-2222-3333-4444-555555555555", **GIVEN)
    status = room.settle(again)

    assert ready(status) == ("True", "Succeeded")
    assert status["workflowArn"] == arn
    assert aws.serverless.names() == [NAME]


def test_old_versions_are_pruned_and_foreign_ones_stay(aws: SimulatedAws, room: WorkflowRoom) -> None:
    key = room.create(**GIVEN, versionHistoryLimit=2, driftPolicy="Report")
    room.settle(key)
    foreign = aws.serverless.drift(NAME, Description="somebody")
    for number in range(4):
        room.kube.edit(key, description=f"number {number}")
        room.settle(key)

    status = room.settle(key)

    left = aws.serverless.versions(NAME)
    assert foreign in left
    assert status["ownVersions"] == [name for name in left if name != foreign]
    assert len(status["ownVersions"]) == 2
