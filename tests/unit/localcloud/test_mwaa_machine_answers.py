"""What the simulated MWAA shows of what it accepted: defaults, spellings, tags, and the doors into Airflow."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.aws.mwaa.config import Surroundings
from localcloud.aws.mwaa.laws import Habits, Laws
from localcloud.aws.mwaa.pokes import force_status
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.mwaa.versions import VERSIONS
from tests.support.aws import ACCOUNT, Machine

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_ARN = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/{KEY_ID}"
MICRO: dict[str, Any] = {
    "EnvironmentClass": "mw1.micro",
    "MinWorkers": 1,
    "MaxWorkers": 1,
    "Schedulers": 1,
    "MinWebservers": 1,
    "MaxWebservers": 1,
}


def test_get_fills_every_default() -> None:
    machine = Machine()
    machine.available(AirflowVersion=None)

    shown = machine.get()

    assert shown["AirflowVersion"] == VERSIONS[-1].number
    expected = {
        "EnvironmentClass": "mw1.small",
        "MinWorkers": 1,
        "MaxWorkers": 10,
        "Schedulers": 2,
        "MinWebservers": 2,
        "MaxWebservers": 2,
        "WebserverAccessMode": "PRIVATE_ONLY",
        "EndpointManagement": "SERVICE",
        "AirflowConfigurationOptions": {},
        "ServiceRoleArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/airflow.amazonaws.com/"
        "AWSServiceRoleForAmazonMWAA",
        "NetworkConfiguration": {"SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-a", "sg-b"]},
    }
    assert {member: shown[member] for member in expected} == expected
    assert shown["CeleryExecutorQueue"].startswith("arn:aws:sqs:eu-central-1:")
    assert not shown["WebserverUrl"].startswith("https://")
    assert {module: log["Enabled"] for module, log in shown["LoggingConfiguration"].items()} == {
        "DagProcessingLogs": False,
        "SchedulerLogs": False,
        "TaskLogs": True,
        "WebserverLogs": False,
        "WorkerLogs": False,
    }
    assert shown["LoggingConfiguration"]["TaskLogs"]["CloudWatchLogGroupArn"].endswith(":log-group:airflow-one-Task")
    assert "CloudWatchLogGroupArn" not in shown["LoggingConfiguration"]["WorkerLogs"]
    assert "KmsKey" not in shown
    assert "Tags" not in shown


def test_micro_defaults_to_one_of_everything() -> None:
    machine = Machine()

    machine.available(EnvironmentClass="mw1.micro")

    assert {member: machine.get()[member] for member in MICRO} == MICRO


def test_options_are_replaced_as_a_whole_and_cleared_by_an_empty_map() -> None:
    machine = Machine()
    machine.available(AirflowConfigurationOptions={"core.a": "1", "core.b": "2"})

    machine.update(AirflowConfigurationOptions={"core.b": "3"})
    machine.forward(3600)
    assert machine.get()["AirflowConfigurationOptions"] == {"core.b": "3"}
    machine.update(MaxWorkers=3)
    machine.forward(3600)
    assert machine.get()["AirflowConfigurationOptions"] == {"core.b": "3"}
    machine.update(AirflowConfigurationOptions={})

    assert machine.get()["AirflowConfigurationOptions"] == {}


def test_logging_modules_that_are_left_out_keep_their_value() -> None:
    machine = Machine()
    machine.available()

    machine.update(LoggingConfiguration={"WorkerLogs": {"Enabled": True, "LogLevel": "DEBUG"}})

    logs = machine.get()["LoggingConfiguration"]
    assert logs["TaskLogs"]["Enabled"] is True
    assert logs["WorkerLogs"]["LogLevel"] == "DEBUG"
    assert logs["WorkerLogs"]["CloudWatchLogGroupArn"].endswith("airflow-one-Worker")


def test_an_update_changes_security_groups_and_keeps_the_subnets() -> None:
    machine = Machine()
    machine.available()

    machine.update(NetworkConfiguration={"SecurityGroupIds": ["sg-z"]})

    assert machine.get()["NetworkConfiguration"] == {
        "SubnetIds": ["subnet-a", "subnet-b"],
        "SecurityGroupIds": ["sg-z"],
    }


def test_a_path_without_a_version_is_pinned_to_the_current_one() -> None:
    machine = Machine()
    machine.available(PluginsS3Path="plugins.zip")
    made_up = machine.get()["PluginsS3ObjectVersion"]
    around = Surroundings(versions=(("requirements.txt", "current"),))

    machine.call("UpdateEnvironment", around=around, Name="one", RequirementsS3Path="requirements.txt")

    shown = machine.get()
    assert len(made_up) == 32
    assert shown["RequirementsS3ObjectVersion"] == "current"
    assert shown["PluginsS3ObjectVersion"] == made_up


def test_a_version_without_a_path_moves_the_artefact_that_is_there() -> None:
    machine = Machine()
    machine.available(StartupScriptS3Path="startup.sh", StartupScriptS3ObjectVersion="1")

    machine.update(StartupScriptS3ObjectVersion="2")

    assert (machine.get()["StartupScriptS3Path"], machine.get()["StartupScriptS3ObjectVersion"]) == ("startup.sh", "2")


@pytest.mark.parametrize("clears", [True, False])
def test_an_empty_path_clears_the_artefact_or_is_refused(clears: bool) -> None:
    machine = Machine(Laws(habits=Habits(empty_path_clears=clears)))
    machine.available(PluginsS3Path="plugins.zip", PluginsS3ObjectVersion="1")

    answer = machine.update(PluginsS3Path="")

    assert isinstance(answer, Refusal) != clears
    assert ("PluginsS3Path" in machine.get()) != clears


@pytest.mark.parametrize(
    ("habits", "member", "sent", "shown"),
    [
        (Habits(), "DagS3Path", "dags/", "dags/"),
        (Habits(dag_path="bare"), "DagS3Path", "dags/", "dags"),
        (Habits(dag_path="slash"), "DagS3Path", "dags", "dags/"),
        (Habits(), "KmsKey", KEY_ID, KEY_ARN),
        (Habits(), "KmsKey", f"key/{KEY_ID}", KEY_ARN),
        (Habits(kms_key="sent"), "KmsKey", KEY_ID, KEY_ID),
        (Habits(), "KmsKey", KEY_ARN, KEY_ARN),
        (
            Habits(mask_options=True),
            "AirflowConfigurationOptions",
            {"smtp.smtp_password": "secret"},
            {"smtp.smtp_password": "***"},
        ),
    ],
)
def test_get_spells_values_as_the_habits_say(habits: Habits, member: str, sent: Any, shown: Any) -> None:
    machine = Machine(Laws(habits=habits))
    machine.available(**{member: sent})

    assert machine.get()[member] == shown


def test_masked_options_keep_their_values_inside() -> None:
    machine = Machine(Laws(habits=Habits(mask_options=True)))
    machine.available(AirflowConfigurationOptions={"core.a": "1"})

    assert machine.state().config.options == (("core.a", "1"),)


def test_lists_come_in_another_order_unless_the_habit_keeps_it() -> None:
    machine = Machine(Laws(habits=Habits(lists="sent")))
    machine.available()

    assert machine.get()["NetworkConfiguration"]["SubnetIds"] == ["subnet-b", "subnet-a"]


def test_an_update_that_changes_nothing_is_an_update_all_the_same() -> None:
    machine = Machine()
    machine.available()

    machine.update()

    assert machine.status() == "UPDATING"


def test_tags_change_through_the_tag_operations_only_and_in_every_state() -> None:
    machine = Machine()
    machine.create(Tags={"a": "1"})
    arn = machine.get()["Arn"]

    assert machine.call("TagResource", ResourceArn=arn, Tags={"a": "2", "b": "3"}) == {}
    assert machine.get()["Tags"] == {"a": "2", "b": "3"}
    assert machine.call("UntagResource", ResourceArn=arn, tagKeys=["a", "never"]) == {}
    assert machine.call("ListTagsForResource", ResourceArn=arn) == {"Tags": {"b": "3"}}
    assert machine.status() == "CREATING"


def test_tags_wait_for_stable_states_where_that_is_the_habit() -> None:
    machine = Machine(Laws(habits=Habits(tags_when_busy=False)))
    machine.create()
    arn = machine.get()["Arn"]

    assert isinstance(machine.call("TagResource", ResourceArn=arn, Tags={"a": "2"}), Refusal)
    machine.forward(3600)
    assert machine.call("TagResource", ResourceArn=arn, Tags={"a": "2"}) == {}


@pytest.mark.parametrize(
    ("operation", "members", "words"),
    [
        ("TagResource", {"Tags": {"AWS:x": "1"}}, "aws:"),
        ("TagResource", {"Tags": {str(number): "x" for number in range(50)}}, "at most 50"),
        ("UntagResource", {"tagKeys": ["aws:x"]}, "aws:"),
    ],
)
def test_reserved_and_too_many_tags_are_refused(operation: str, members: dict[str, Any], words: str) -> None:
    machine = Machine()
    machine.available(Tags={"kept": "1"})

    answer = machine.call(operation, ResourceArn=machine.get()["Arn"], **members)

    assert words in answer.message
    assert machine.get()["Tags"] == {"kept": "1"}


@pytest.mark.parametrize("operation", ["TagResource", "UntagResource", "ListTagsForResource"])
@pytest.mark.parametrize("arn", ["one", "arn:aws:airflow:eu-central-1:999999999999:environment/one"])
def test_tags_of_an_unknown_arn_are_not_found(operation: str, arn: str) -> None:
    machine = Machine()
    machine.available()

    answer = machine.call(operation, ResourceArn=arn, Tags={"a": "1"}, tagKeys=["a"])

    assert answer.code == "ResourceNotFoundException"


@pytest.mark.parametrize("operation", ["CreateCliToken", "CreateWebLoginToken", "InvokeRestApi"])
def test_the_doors_into_airflow_open_while_it_serves(operation: str) -> None:
    machine = Machine()
    params: dict[str, Any] = {"Name": "one", "Path": "/health", "Method": "GET"}
    machine.create()

    assert machine.call(operation, **params).code == "ResourceNotFoundException"
    machine.forward(3600)
    assert isinstance(machine.call(operation, **params), dict)
    machine.poke(force_status(machine.state(), "UNAVAILABLE", now=machine.now))
    assert machine.call(operation, **params).code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("version", "method", "path", "status"),
    [
        ("2.10.3", "GET", "/health", 200),
        ("2.10.3", "GET", "/monitor/health", 404),
        ("3.3.1", "GET", "/monitor/health", 200),
        ("3.3.1", "GET", "/health", 404),
        ("3.3.1", "GET", "/version", 200),
        ("3.3.1", "POST", "/version", 404),
        ("3.3.1", "DELETE", "/monitor/health", 404),
        ("3.3.1", "GET", "/dags", 404),
    ],
)
def test_the_small_airflow_knows_health_and_version(version: str, method: str, path: str, status: int) -> None:
    machine = Machine()
    machine.available(AirflowVersion=version)

    answer = machine.call("InvokeRestApi", Name="one", Method=method, Path=path)

    if status == 200:
        assert answer["RestApiStatusCode"] == 200
    else:
        assert answer.code == "RestApiClientException"
        assert dict(answer.members)["RestApiStatusCode"] == status


def test_names_of_another_partition_have_that_partition() -> None:
    machine = Machine()
    machine.world = type(machine.world)(ACCOUNT, "cn-north-1")
    machine.available()

    shown = machine.get()

    assert shown["Arn"].startswith("arn:aws-cn:airflow:cn-north-1:")
    assert shown["ServiceRoleArn"].startswith("arn:aws-cn:iam::")
    assert shown["WebserverUrl"].endswith(".airflow.cn-north-1.amazonaws.com.cn")
