"""Requests and answers of the simulated MWAA against the service model, more strictly than botocore checks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.aws.cloud import SimulatedAws
from tests.support.aws import HOUR, Clock, create_request, error_of, refused, simulated_mwaa


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock) -> Iterator[SimulatedAws]:
    with simulated_mwaa(clock=clock) as running:
        yield running


@pytest.fixture
def mwaa(aws: SimulatedAws) -> Any:
    return aws.client()


def available(mwaa: Any, clock: Clock, **members: Any) -> dict[str, Any]:
    mwaa.create_environment(**create_request(**members))
    clock.forward(HOUR)
    shown: dict[str, Any] = mwaa.get_environment(Name="one")["Environment"]
    assert shown["Status"] == "AVAILABLE"
    return shown


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Name": "x" * 81}, "less than or equal to 80"),
        ({"Name": "1st"}, "regular expression"),
        ({"Schedulers": 9}, "less than or equal to 5"),
        ({"WebserverAccessMode": "OPEN"}, "enum value set: [PRIVATE_ONLY, PUBLIC_ONLY, PUBLIC_AND_PRIVATE]"),
        ({"NetworkConfiguration": {"SubnetIds": ["subnet-1"] * 3, "SecurityGroupIds": ["sg-1"]}}, "equal to 2"),
        ({"Tags": {}}, "greater than or equal to 1"),
        ({"Tags": {"a": "\n"}}, "regular expression"),
        ({"AirflowConfigurationOptions": {"core.x": "two\nlines"}}, "airflowConfigurationOptions.core.x"),
        ({"WeeklyMaintenanceWindowStart": "SUN:03:15"}, "regular expression"),
        (
            {"LoggingConfiguration": {"TaskLogs": {"Enabled": True, "LogLevel": "LOUD"}}},
            "loggingConfiguration.taskLogs",
        ),
    ],
)
def test_requests_that_botocore_lets_pass_are_refused_by_the_model(
    mwaa: Any, members: dict[str, Any], words: str
) -> None:
    error = refused(mwaa.create_environment, **create_request(**members))

    code, status, answer = error_of(error)
    assert (code, status) == ("ValidationException", 400)
    assert words in answer["Error"]["Message"]


def test_a_refused_option_value_is_not_repeated(mwaa: Any) -> None:
    options = {"smtp.smtp_password": "geheim\n"}

    error = refused(mwaa.create_environment, **create_request(AirflowConfigurationOptions=options))

    assert "geheim" not in str(error)


def test_several_problems_are_told_at_once_as_aws_words_them(mwaa: Any) -> None:
    error = refused(mwaa.create_environment, **create_request(Name="1", Schedulers=9))

    assert error.response["Error"]["Message"].startswith("2 validation errors detected: ")


def test_an_answer_that_the_model_does_not_know_is_caught(aws: SimulatedAws, clock: Clock) -> None:
    mwaa = aws.client()
    available(mwaa, clock)
    store = aws.service.store("123456789012", "eu-central-1")
    original = store.act
    wrong: Any = {"Environment": {"Name": "one", "Colour": "red", "MaxWorkers": "many", "Status": "RED"}}
    store.act = lambda *_, **__: wrong  # type: ignore[method-assign]  # a deliberately wrong simulator

    clock.forward(1)
    aws.mwaa.drift("one", MaxWorkers=3)
    error = refused(mwaa.get_environment, Name="one")

    store.act = original  # type: ignore[method-assign]
    assert error_of(error)[:2] == ("InternalServerException", 500)
    defect = aws.server.defects.pop()
    assert "Unknown member 'environment.colour'" in defect
    assert "environment.maxWorkers" in defect
    assert "enum value set" in defect
    assert mwaa.get_environment(Name="one")["Environment"]["MaxWorkers"] == 3


def test_a_cloud_with_defects_fails_its_test() -> None:
    running = SimulatedAws(moto=False)

    with pytest.raises(AssertionError, match="wrong answers"), running:
        running.server.defects.append("GetEnvironment: Unknown member")


def test_states_and_members_of_a_newer_service_reach_the_client(aws: SimulatedAws, clock: Clock) -> None:
    mwaa = aws.client()
    available(mwaa, clock)
    aws.mwaa.force_status("one", "HIBERNATING")
    aws.mwaa.configure(unknown_members=True)

    assert mwaa.get_environment(Name="one")["Environment"]["Status"] == "HIBERNATING"
    assert aws.server.defects == []
