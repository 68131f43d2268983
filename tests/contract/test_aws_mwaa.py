"""The ports of MWAA, Logs and S3 against the simulated AWS, which checks every request against botocore's models.

Not covered: that real AWS answers as the simulator does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.mwaa.dependencies import Dependencies
from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from tests.support.aws import create_request
from tests.support.operatoraws import ACCOUNT, REGION, Operator, clients_of, simulated

FACTOR = 100_000.0


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAws]:
    with simulated(dependencies=Dependencies(), time_factor=FACTOR) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: SimulatedAws) -> Iterator[SimulatedAws]:
    yield running
    running.faults.clear()
    for name in running.mwaa.names():
        running.mwaa.remove(name)


@pytest.fixture(scope="module")
def shared(running: SimulatedAws) -> Operator:
    return Operator()


@pytest.fixture
def operator(cloud: SimulatedAws, shared: Operator) -> Operator:
    return shared.forget()


@pytest.fixture
def scope(cloud: SimulatedAws, operator: Operator) -> AwsScope:
    return operator.scope()


def test_an_environment_lives_from_create_to_gone(cloud: SimulatedAws, scope: AwsScope) -> None:
    assert scope.mwaa.get_environment("one") is None
    arn = scope.mwaa.create_environment({**create_request("one"), "Tags": {"mwaa-operator.io/uid": "u"}})
    assert arn == f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/one"
    cloud.mwaa.wait_for_status("one", "AVAILABLE")
    assert scope.mwaa.update_environment("one", {"Schedulers": 3}) == arn
    cloud.mwaa.finish("one")
    environment = scope.mwaa.get_environment("one")
    assert environment is not None
    assert environment["Schedulers"] == 3
    assert environment["Tags"] == {"mwaa-operator.io/uid": "u"}
    scope.mwaa.delete_environment("one")
    cloud.mwaa.wait_for_status("one", "DELETED", "")
    scope.mwaa.delete_environment("one")


def test_times_are_in_utc(cloud: SimulatedAws, scope: AwsScope) -> None:
    cloud.mwaa.add("one")
    environment = scope.mwaa.get_environment("one")
    assert environment is not None
    assert isinstance(environment["CreatedAt"], datetime)
    assert environment["CreatedAt"].tzinfo is UTC


def test_an_answer_holds_nothing_but_what_aws_says_about_the_environment(cloud: SimulatedAws, scope: AwsScope) -> None:
    cloud.mwaa.add("one")
    assert "ResponseMetadata" not in str(scope.mwaa.get_environment("one"))


def test_deleting_what_is_gone_is_a_success(cloud: SimulatedAws, scope: AwsScope) -> None:
    scope.mwaa.delete_environment("never-was")


def test_tags_are_set_and_removed_one_by_one(cloud: SimulatedAws, scope: AwsScope) -> None:
    cloud.mwaa.add("one", tags={"theirs": "1"})
    environment = scope.mwaa.get_environment("one")
    assert environment is not None
    scope.mwaa.tag_resource(environment["Arn"], {"mwaa-operator.io/uid": "u", "mwaa-operator.io/owner": "c/ns/n"})
    scope.mwaa.untag_resource(environment["Arn"], ["mwaa-operator.io/owner"])
    environment = scope.mwaa.get_environment("one")
    assert environment is not None
    assert environment["Tags"] == {"theirs": "1", "mwaa-operator.io/uid": "u"}


def test_environments_are_counted_over_all_pages(cloud: SimulatedAws, operator: Operator, scope: AwsScope) -> None:
    cloud.mwaa.configure(environments=200)
    for number in range(53):
        cloud.mwaa.add(f"env-{number}")
    assert scope.mwaa.count_environments() == 53
    assert operator.of("mwaa") == [("ListEnvironments", "OK")] * 3


def test_members_that_the_loaded_model_does_not_know_can_be_told_beforehand(scope: AwsScope) -> None:
    members = scope.mwaa.supported_members("UpdateEnvironment")
    assert {"Name", "AirflowVersion", "WorkerReplacementStrategy"} <= members
    assert "FromTheFuture" not in members


REFUSALS = [
    ("the same name twice", {}, FailureKind.NAME_IN_USE),
    ("bad enum", {"Name": "two", "WebserverAccessMode": "HALF_PUBLIC"}, FailureKind.INVALID),
    ("option without section", {"Name": "two", "AirflowConfigurationOptions": {"nodot": "x"}}, FailureKind.INVALID),
    ("unknown version", {"Name": "two", "AirflowVersion": "9.9.9"}, FailureKind.INVALID),
    ("too many for micro", {"Name": "two", "EnvironmentClass": "mw1.micro", "Schedulers": 3}, FailureKind.INVALID),
]


@pytest.mark.parametrize(("what", "members", "kind"), REFUSALS, ids=[case[0] for case in REFUSALS])
def test_what_mwaa_refuses_is_told_by_kind(
    what: str, members: dict[str, object], kind: FailureKind, cloud: SimulatedAws, scope: AwsScope
) -> None:
    cloud.mwaa.add("one")
    with pytest.raises(AwsError) as refused:
        scope.mwaa.create_environment(create_request("one") | members)
    failure = refused.value.failure
    assert (failure.kind, failure.may_have_happened) == (kind, False), failure.message
    assert failure.operation == "mwaa:CreateEnvironment"


def test_a_role_that_is_not_known_everywhere_yet_is_propagation(cloud: SimulatedAws, scope: AwsScope) -> None:
    cloud.mwaa.role_not_ready(times=1)
    with pytest.raises(AwsError) as refused:
        scope.mwaa.create_environment(create_request("one"))
    assert refused.value.failure.kind is FailureKind.PROPAGATION
    assert scope.mwaa.create_environment(create_request("one"))


@pytest.mark.parametrize("status", ["CREATING", "UPDATING", "CREATE_FAILED"])
def test_an_update_in_a_state_that_does_not_allow_it_is_a_wrong_state(
    status: str, cloud: SimulatedAws, scope: AwsScope
) -> None:
    cloud.mwaa.add("one")
    cloud.mwaa.force_status("one", status)
    with pytest.raises(AwsError) as refused:
        scope.mwaa.update_environment("one", {"Schedulers": 3})
    assert refused.value.failure.kind is FailureKind.WRONG_STATE


def test_the_quota_is_told_as_such(cloud: SimulatedAws, scope: AwsScope) -> None:
    cloud.mwaa.configure(environments=1)
    cloud.mwaa.add("one")
    with pytest.raises(AwsError) as refused:
        scope.mwaa.create_environment(create_request("two"))
    assert refused.value.failure.kind is FailureKind.QUOTA
    cloud.mwaa.configure(environments=200)


def test_a_member_that_botocore_does_not_know_is_refused_without_a_call(
    cloud: SimulatedAws, operator: Operator, scope: AwsScope
) -> None:
    with pytest.raises(AwsError) as refused:
        scope.mwaa.update_environment("one", {"FromTheFuture": "hunter2"})
    failure = refused.value.failure
    assert (failure.kind, failure.code) == (FailureKind.INVALID, "ParamValidationError")
    assert "FromTheFuture" in failure.message
    assert "hunter2" not in failure.message
    assert operator.of("mwaa") == [("UpdateEnvironment", "ParamValidationError")]


def test_retention_and_removal_of_log_groups(cloud: SimulatedAws, scope: AwsScope) -> None:
    assert cloud.moto is not None
    logs = cloud.moto.client("logs", region=REGION)
    logs.create_log_group(logGroupName="airflow-one-Task")
    assert scope.logs.set_retention("airflow-one-Task", 14)
    assert [group.get("retentionInDays") for group in scope.logs.describe("airflow-one-")] == [14]
    assert scope.logs.set_retention("airflow-one-Task", None)
    assert [group.get("retentionInDays") for group in scope.logs.describe("airflow-one-")] == [None]
    assert scope.logs.delete_group("airflow-one-Task")
    assert not scope.logs.delete_group("airflow-one-Task")
    assert not scope.logs.set_retention("airflow-one-Task", 14)
    assert scope.logs.describe("airflow-one-") == []


def test_object_versions_are_found_and_missed(cloud: SimulatedAws, scope: AwsScope) -> None:
    assert cloud.moto is not None
    s3 = cloud.moto.client("s3", region=REGION)
    s3.create_bucket(Bucket="versions", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="versions", Key="plugins.zip", Body=b"one")["VersionId"]
    second = s3.put_object(Bucket="versions", Key="plugins.zip", Body=b"three")["VersionId"]
    newest = scope.s3.latest_version("versions", "plugins.zip")
    assert newest is not None
    assert (newest["VersionId"], newest["ContentLength"]) == (second, 5)
    assert newest["LastModified"].tzinfo is UTC
    assert scope.s3.version_exists("versions", "plugins.zip", first)
    assert scope.s3.latest_version("versions", "absent.txt") is None
    assert scope.s3.latest_version("no-such-bucket", "plugins.zip") is None
    marker = s3.delete_object(Bucket="versions", Key="plugins.zip")["VersionId"]
    assert scope.s3.latest_version("versions", "plugins.zip") is None
    assert not scope.s3.version_exists("versions", "plugins.zip", marker)


def test_an_object_without_versions_has_none(cloud: SimulatedAws, scope: AwsScope) -> None:
    assert cloud.moto is not None
    s3 = cloud.moto.client("s3", region=REGION)
    s3.create_bucket(Bucket="plain", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="plain", Key="k", Body=b"x")
    newest = scope.s3.latest_version("plain", "k")
    assert newest is not None
    assert newest["VersionId"] is None


def test_the_simulator_saw_the_operators_name(cloud: SimulatedAws, scope: AwsScope) -> None:
    """Who calls is told to AWS; the ledger of the simulator keeps principals, so the header is read at the client."""
    client = clients_of(scope).client(scope.access, "mwaa", mutating=False)
    assert client.meta.config.user_agent.startswith("mwaa-operator/")
