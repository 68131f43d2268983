"""What the simulated MWAA refuses at once, and what it makes of what it accepts."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.aws.mwaa.config import Surroundings
from localcloud.aws.mwaa.laws import Habits, Laws
from localcloud.aws.mwaa.texts import Refusal, role_not_assumable
from tests.support.aws import Machine, create_request

MICRO: dict[str, Any] = {
    "EnvironmentClass": "mw1.micro",
    "MinWorkers": 1,
    "MaxWorkers": 1,
    "Schedulers": 1,
    "MinWebservers": 1,
    "MaxWebservers": 1,
}
SMALL: dict[str, Any] = {**MICRO, "EnvironmentClass": "mw1.small", "MaxWorkers": 5, "Schedulers": 2}
SMALL |= {"MinWebservers": 2, "MaxWebservers": 2}
CENTER = {"StartUrl": "https://d-1234567890.awsapps.com/start", "IdentityStoreId": "d-1234567890"}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"AirflowVersion": "2.10.2"}, "not supported"),
        ({"AirflowVersion": "2.6.3"}, "support ended"),
        ({"EnvironmentClass": "mw1.huge"}, "not valid"),
        ({"EnvironmentClass": "mw1.micro", "MaxWorkers": 2}, "worker count for mw1.micro must be 1"),
        ({"EnvironmentClass": "mw1.micro", "Schedulers": 2}, "scheduler count for mw1.micro must be 1"),
        ({"EnvironmentClass": "mw1.micro", "MaxWebservers": 2}, "web server count for mw1.micro must be 1"),
        ({"Schedulers": 1}, "between 2 and 5"),
        ({"MinWebservers": 1}, "between 2 and 5"),
        ({"MaxWebservers": 6}, "between 2 and 5"),
        ({"MinWebservers": 4, "MaxWebservers": 3}, "MinWebservers"),
        ({"MinWorkers": 11}, "MinWorkers"),
        ({"MaxWorkers": 26}, "limit of 25"),
        ({"WebserverAccessMode": "PUBLIC_AND_PRIVATE", "AirflowVersion": "3.0.6"}, "3.2"),
        ({"AirflowConfigurationOptions": {"log_format": "x"}}, "core.log_format"),
        ({"AirflowConfigurationOptions": {"core.multi_team": "True"}}, "cannot be set"),
        ({"PluginsS3ObjectVersion": "v"}, "PluginsS3Path"),
        ({"NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-2"]}}, "security group"),
        ({"NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-1"], "SecurityGroupIds": ["sg-1"]}}, "different"),
        ({"Tags": {"aws:createdBy": "x"}}, "aws:"),
        ({"Tags": {str(number): "x" for number in range(51)}}, "at most 50"),
        ({"Teams": {"red": {"SourceBucketArn": "arn:aws:s3:::b", "DagS3Path": "red/"}}}, "3.3.1"),
    ],
)
def test_creates_that_break_a_rule_are_refused(members: dict[str, Any], words: str) -> None:
    machine = Machine()

    answer = machine.create(**members)

    assert (answer.code, answer.status) == ("ValidationException", 400)
    assert words in answer.message
    assert machine.world.environments == ()


@pytest.mark.parametrize(
    "members",
    [
        {"EnvironmentClass": "mw1.micro"},
        MICRO,
        SMALL,
        {"EnvironmentClass": "mw1.2xlarge", "MaxWorkers": 25, "Schedulers": 5, "MaxWebservers": 5},
        {"WebserverAccessMode": "PUBLIC_AND_PRIVATE", "AirflowVersion": "3.2.1"},
        {"DagS3Path": "dags/"},
        {"Tags": {str(number): "x" for number in range(50)}},
        {"KmsKey": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
        {"AirflowConfigurationOptions": {}},
        {
            "AirflowVersion": "3.3.1",
            "IdentityCenterConfiguration": CENTER,
            "Teams": {"red": {"SourceBucketArn": "arn:aws:s3:::airflow-bucket", "DagS3Path": "red/"}},
        },
    ],
)
def test_creates_within_the_rules_are_accepted(members: dict[str, Any]) -> None:
    assert "Arn" in Machine().create(**members)


def test_team_folders_must_not_overlap() -> None:
    teams = {
        "red": {"SourceBucketArn": "arn:aws:s3:::airflow-bucket", "DagS3Path": "teams/"},
        "blue": {"SourceBucketArn": "arn:aws:s3:::airflow-bucket", "DagS3Path": "teams/blue/"},
    }

    answer = Machine().create(AirflowVersion="3.3.1", IdentityCenterConfiguration=CENTER, Teams=teams)

    assert "overlap" in answer.message


def test_teams_are_added_and_removed_by_updates() -> None:
    machine = Machine()
    red, blue = ({"SourceBucketArn": "arn:aws:s3:::b", "DagS3Path": path} for path in ("red/", "blue/"))
    machine.available(AirflowVersion="3.3.1", IdentityCenterConfiguration=CENTER, Teams={"red": red})

    machine.update(Teams={"AddOrUpdate": {"blue": blue}, "Remove": ["red"]})

    assert machine.get()["Teams"] == {"blue": blue}
    assert machine.get()["IdentityCenterConfiguration"] == CENTER


def test_a_name_is_taken_until_the_environment_is_gone() -> None:
    machine = Machine()
    machine.create()

    assert "already exists" in machine.create(MaxWorkers=3).message


def test_the_quota_counts_every_environment_that_is_not_deleted() -> None:
    machine = Machine(Laws(environments=2))
    machine.available("one")
    machine.create("two")

    assert "quota" in machine.create("three").message
    machine.delete("one")
    assert "quota" in machine.create("three").message
    machine.forward(machine.world.laws.durations.delete)
    assert machine.status("one") == "DELETED"
    assert "Arn" in machine.create("three")


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("2.10.3", "2.11.2", None),
        ("2.11.2", "2.10.3", None),
        ("2.11.2", "3.0.6", None),
        ("3.0.6", "2.11.2", None),
        ("3.0.6", "3.3.1", None),
        ("2.10.3", "3.0.6", "upgrade to 2.11.2 first"),
        ("2.11.0", "3.0.6", "upgrade to 2.11.2 first"),
        ("3.0.6", "2.10.3", "cannot downgrade"),
        ("2.10.3", "2.6.3", "support ended"),
        ("2.10.3", "9.9.9", "not supported"),
    ],
)
def test_versions_change_along_the_known_paths_only(source: str, target: str, words: str | None) -> None:
    machine = Machine()
    machine.available(AirflowVersion=source)

    answer = machine.update(AirflowVersion=target)

    if words is None:
        assert "Arn" in answer
    else:
        assert words in answer.message


def test_downgrades_are_refused_where_that_is_the_habit() -> None:
    machine = Machine(Laws(habits=Habits(downgrades=False)))
    machine.available(AirflowVersion="2.11.2")

    assert "cannot downgrade" in machine.update(AirflowVersion="2.10.3").message


def test_an_environment_past_support_still_takes_other_updates() -> None:
    machine = Machine()
    machine.now = 1_650_000_000.0
    machine.available(AirflowVersion="2.2.2")
    machine.forward(200_000_000)

    assert "Arn" in machine.update(MaxWorkers=3)


def test_moving_between_micro_and_larger_needs_all_counts() -> None:
    machine = Machine()
    machine.available()

    assert isinstance(machine.update(EnvironmentClass="mw1.micro"), Refusal)
    assert "Arn" in machine.update(**MICRO)
    machine.forward(3600)
    assert isinstance(machine.update(EnvironmentClass="mw1.small"), Refusal)
    assert "Arn" in machine.update(**SMALL)


@pytest.mark.parametrize(
    ("version", "words"), [("2.4.3", None), ("2.2.2", "2.4.3 or later")], ids=["new enough", "too old"]
)
def test_graceful_replacement_needs_a_version(version: str, words: str | None) -> None:
    machine = Machine()
    machine.now = 1_680_000_000.0
    machine.available(AirflowVersion=version)

    answer = machine.update(MaxWorkers=3, WorkerReplacementStrategy="GRACEFUL")

    assert (words is None) == ("Arn" in answer if isinstance(answer, dict) else False)
    if words:
        assert words in answer.message


def test_what_the_account_lacks_is_refused_after_the_rules_and_changes_nothing() -> None:
    machine = Machine()
    around = Surroundings(refusal=role_not_assumable("arn:aws:iam::123456789012:role/airflow"))

    assert (
        "mw1.huge"
        in machine.call("CreateEnvironment", around=around, **create_request(EnvironmentClass="mw1.huge")).message
    )
    assert "airflow-env.amazonaws.com" in machine.call("CreateEnvironment", around=around, **create_request()).message
    assert machine.world.environments == ()
